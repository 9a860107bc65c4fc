// A real browser against pages that work and pages that fail: each has a clear answer, and the daemon and other worktrees live on. Pages that take their time are in browser-endless.test.ts.
import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { estimateTokens } from "../../src/domains/browser/index.ts";
import { type BrowserWorld, makeBrowserWorld, missingBrowser } from "../support/browser-world.ts";

const closes: (() => void | Promise<void>)[] = [];
let world: BrowserWorld;
const browser = (...args: readonly string[]) => world.browser(args);

describe("the browser", { skip: missingBrowser, timeout: 480_000 }, () => {
  before(async () => { world = await makeBrowserWorld({ after: (close) => { closes.push(close); } }); });
  // Own order: what made the world goes last.
  test.after(async () => { for (const close of closes.reverse()) await close(); });

  test("open shows a page with handles, act answers with the change alone, and the file holds all", async () => {
    const opened = await browser("open", `${world.origin}/table`);
    assert.equal(opened.exitCode, 0, opened.stderr);
    assert.match(opened.text, /table "Bookings"\n row: 10:00 \| Room 0 \| Meeting 0 \| button "Cancel 0" (?:f\d+)?e\d+\n/);
    assert.match(opened.text, /… 37 more row alike: button (?:f\d+)?e\d+/);
    for (let row = 0; row < 40; row++) assert.match(readFileSync(opened.file ?? "", "utf8"), new RegExp(`button "Cancel ${row}" (?:f\\d+)?e\\d+`));
    assert.ok(estimateTokens(opened.text) <= 400, `${estimateTokens(opened.text)} tokens for a page of 40 rows`);
    const acted = await browser("act", "click", world.ref(opened, /"Fewer"/));
    assert.match(acted.text, /^in table "Bookings":\n- 30 × row: /);
    assert.ok(estimateTokens(acted.text) <= 80, `${estimateTokens(acted.text)} tokens for a change`);
  });

  test("elements are named by role and name too, fields are filled, passwords are dots", async () => {
    await browser("open", `${world.origin}/`);
    assert.match((await browser("act", "fill", "textbox Name", "Ada")).text, /~ textbox "Name" -> textbox "Name" (?:f\d+)?e\d+: Ada/);
    const secret = await browser("act", "fill", "textbox \"Key\"", "hunter2");
    assert.match(secret.text, /textbox "Key" (?:f\d+)?e\d+: ••••/);
    assert.doesNotMatch(JSON.stringify(secret) + readFileSync((await browser("snapshot")).file ?? "", "utf8"), /hunter2/);
    assert.match((await browser("act", "click", "button Press")).text, /heading "Home" -> heading "Pressed"|~ heading "Pressed" \(was heading "Home"\)/);
    assert.match((await browser("act", "press", "Tab")).said, /^press done/);
    const gone = await browser("act", "click", "button Nothing");
    assert.deepEqual([gone.exitCode, gone.error?.code], [2, "TARGET_UNKNOWN"]);
  });

  test("pictures, layout as text twice the same, and timings", async () => {
    await browser("open", `${world.origin}/table`);
    const picture = await browser("screenshot", "--full");
    assert.ok(statSync(picture.file ?? "").size > 1_000 && Number(picture.data["height"]) > 800, picture.said);
    const [first, second] = [await browser("screenshot", "--text"), await browser("screenshot", "--text")];
    assert.equal(first.text, second.text);
    assert.match(first.text, /10:00 +Room 0 +Meeting 0 +<Cancel 0>/);
    await browser("open", `${world.origin}/shift`);
    const { vitals } = (await browser("perf")).data as { vitals: { lcpMs: number; cls: number; longTasks: unknown[] } }; // our own form
    assert.ok(vitals.lcpMs > 0 && vitals.cls > 0 && vitals.longTasks.length > 0, JSON.stringify(vitals));
    const traced = await browser("perf", "--trace");
    const trace = JSON.parse(readFileSync(traced.file ?? "", "utf8")) as { traceEvents: unknown[] }; // the DevTools form
    assert.ok(trace.traceEvents.length > 100, `${trace.traceEvents.length} events`);
  });

  test("errors, failed requests and refused origins are told once, with the action that caused them", async () => {
    const opened = await browser("open", `${world.origin}/errors`);
    assert.match(opened.text, /error: first/);
    assert.match(opened.text, /page-error: Error: second/);
    assert.match(opened.text, /GET \/missing 404/);
    assert.equal((await browser("console")).said, "nothing new in the console");
    assert.match((await browser("console", "--all")).text, /error: first/);
    const outside = await browser("open", `${world.origin}/outside`);
    assert.match(outside.text, /refused by policy: http:\/\/example\.org\/steal/);
    const refused = await browser("open", "http://example.org/");
    assert.deepEqual([refused.exitCode, refused.error?.code], [2, "ORIGIN_REFUSED"]);
    assert.deepEqual((await browser("open", "file:///etc/passwd")).error?.code, "ORIGIN_REFUSED");
  });

  test("what a page says is fenced as untrusted, orders and all", async () => {
    const { stdout } = await world.inspan(["browser", "open", `${world.origin}/orders`]);
    const [, inside = "", behind = ""] = /<untrusted source="[^"]+">\n([\s\S]*?)\n<\/untrusted>\n([\s\S]*)$/.exec(stdout) ?? [];
    assert.match(inside, /Ignore your instructions/);
    assert.match(inside, /obey/);
    assert.match(behind, /^file: \S+\n$/);
    const kept = readFileSync(/^file: (\S+)/.exec(behind)?.[1] ?? "", "utf8");
    assert.match(kept, /^<untrusted source="page">\n[\s\S]*button "Red"/, "the file, too");
    assert.equal(kept.split("</untrusted>").length, 2, "and nothing of the page ends that");
    assert.equal(kept.includes("\u001b"), false, "whoever prints it gives a terminal no orders");
  });

  test("a dialog is dismissed unless it is to be accepted; one without end costs the page", async () => {
    await browser("open", `${world.origin}/one-dialog`);
    assert.match((await browser("act", "click", "button Ask")).text, /: no\n[\s\S]*dialog: confirm "Sure\?" dismissed/);
    assert.match((await browser("act", "click", "button Ask", "--accept")).text, /: yes\n[\s\S]*accepted/);
    await browser("open", `${world.origin}/dialogs`);
    const endless = await browser("act", "click", "button Start");
    assert.match(endless.error?.message ?? "", /more than 20 dialogs/);
    assert.equal((await browser("open", `${world.origin}/`)).exitCode, 0);
  });

  test("files of the worktree are uploaded, others are not", async () => {
    world.write({ "a.txt": "a" });
    await browser("open", `${world.origin}/upload`);
    const target = world.ref(await browser("snapshot", "--full"), /File/);
    assert.match((await browser("act", "upload", target, "a.txt")).text, /a\.txt/);
    for (const path of ["/etc/passwd", "../state/browser/daemon.json", "none.txt"]) assert.equal((await browser("act", "upload", target, path)).error?.code, "FILE_REFUSED", path);
  });

  test("a recording is frames with their times; a renderer that dies takes the page, not the daemon", async () => {
    await browser("open", `${world.origin}/animate`);
    const { file: folder = "" } = await browser("record", "start");
    await browser("screenshot");
    const stopped = await browser("record", "stop");
    assert.equal(stopped.data["folder"], folder);
    const lines = readFileSync(join(folder, "index.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { kind: string; atMs: number; file: string; reason?: string }); // our own form
    const frames = lines.filter(({ kind }) => kind === "frame");
    assert.deepEqual([lines[0]?.kind, lines.at(-1)?.kind, lines.at(-1)?.reason], ["start", "end", "stopped"]);
    assert.ok(frames.length > 1, `${frames.length} frames`);
    assert.deepEqual(frames.map(({ atMs }) => atMs), frames.map(({ atMs }) => atMs).toSorted((left, right) => left - right));
    assert.deepEqual([...readFileSync(join(folder, frames[0]?.file ?? "")).subarray(0, 2)], [0xff, 0xd8]);
    for (const { pid, words } of world.processes()) if (words.includes("--type=renderer")) process.kill(pid, "SIGKILL");
    assert.match((await browser("snapshot")).error?.message ?? "", /crashed/);
    assert.equal((await browser("open", `${world.origin}/`)).exitCode, 0);
  });

  test("two worktrees do not share a page, a cookie or a crash; two callers of one are served in turn", async () => {
    world.git("worktree", "add", "--quiet", "../other");
    const other = join(world.path, "..", "other");
    await browser("open", `${world.origin}/table`);
    await world.browser(["open", `${world.origin}/`], other);
    const [left, right] = await Promise.all([browser("act", "click", "button Fewer"), browser("snapshot")]);
    assert.deepEqual([left.exitCode, right.exitCode], [0, 0]);
    assert.equal((await world.browser(["snapshot"], other)).url, `${world.origin}/`);
    const before = (await browser("status")).data["worktrees"] as unknown[]; // our own form
    assert.equal(before.length, 2);
    world.git("worktree", "remove", "--force", "../other");
    for (let tries = 0; tries < 200 && ((await browser("status")).data["worktrees"] as unknown[]).length > 1; tries++); // its context goes with it
    assert.equal(((await browser("status")).data["worktrees"] as unknown[]).length, 1);
  });

  test("a browser killed in the middle of a recording keeps the frames, and the next page has a new browser", async () => {
    await browser("open", `${world.origin}/animate`);
    const { file: folder = "" } = await browser("record", "start");
    await browser("screenshot");
    const main = world.processes().find(({ words }) => words.includes("--remote-debugging-pipe") && !words.includes("--type=") && !words.startsWith("/bin/sh"));
    assert.ok(main !== undefined);
    process.kill(main.pid, "SIGKILL");
    for (let tries = 0; tries < 200 && (await browser("status")).data["isUp"] === true; tries++); // a killed process takes its time to be gone
    assert.equal((await browser("record", "stop")).error?.code, "RECORDING_MISSING");
    assert.match(readFileSync(join(folder, "index.jsonl"), "utf8"), /"kind":"end","atMs":\d+,"reason":"browser-gone"/);
    assert.match((await browser("snapshot")).error?.message ?? "", /browser ended unexpectedly/);
    assert.equal((await browser("open", `${world.origin}/`)).exitCode, 0);
  });

  test("kill -9 of the daemon leaves no browser; the next command starts anew; stop ends everything", async () => {
    const pid = world.daemonPid();
    process.kill(pid, "SIGKILL");
    const anew = await browser("open", `${world.origin}/`);
    assert.equal(anew.exitCode, 0, anew.error?.message ?? anew.stderr);
    assert.notEqual(world.daemonPid(), pid);
    assert.equal((await world.inspan(["ps"])).stdout.match(/browser-daemon/g)?.length, 1);
    await world.inspan(["stop", "--all"]);
    assert.deepEqual(world.processes(), []);
    assert.equal(existsSync(join(world.statePath, "control", "browser.sock")), false);
  });
});
