// A session with every kind of action becomes a journey that plays; and an action waits for its element as long as something goes on, not longer.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { missingBrowser } from "../support/browser-world.ts";
import { makeInstanceWorld } from "../support/instance-world.ts";

const pagesPath = fileURLToPath(new URL("../programs/pages/hostile.mjs", import.meta.url));
const yaml = `services:\n  web: { run: "${process.execPath} ${pagesPath}", ports: [PORT], ready: { http: / } }\n`;

/** Of one command, on a machine that may have twenty times its load. */
const journeyMsMax = 240_000;

interface Reply { readonly text: string; readonly said: string; readonly error?: { readonly code: string; readonly message: string } }

test("what was filled, emptied, chosen, pressed, given, hovered and dragged plays green as a journey; what cannot be told is named", { skip: missingBrowser, timeout: 480_000 }, async (t) => {
  const world = makeInstanceWorld(t, yaml);
  const browser = async (args: readonly string[], cwd = world.path): Promise<Reply> =>
    JSON.parse((await world.inspan(["browser", ...args, "--json"], { cwd, timeoutMs: journeyMsMax })).stdout) as Reply; // our own form
  const act = async (...args: readonly string[]): Promise<Reply> => {
    const reply = await browser(["act", ...args]);
    assert.equal(reply.error, undefined, JSON.stringify(reply.error));
    return reply;
  };
  try {
    world.write({ "files/plan.txt": "a plan" });
    mkdirSync(join(world.path, "files"), { recursive: true });
    await world.up();
    const opened = await browser(["open", "/form"]);
    const handle = (name: string): string => new RegExp(`"${name}" ((?:f\\d+)?e\\d+)`).exec(opened.text)?.[1] ?? assert.fail(`no ${name} in ${opened.text}`);
    await act("fill", handle("Name"), "Ada = Eve");
    await act("fill", handle("Note"));
    await act("select", handle("Size"), "Large in list view");
    await act("fill", "searchbox Search", "desk");
    assert.match((await act("press", "searchbox Search", "Enter")).text, /Found desk/);
    const given = await browser(["act", "upload", handle("Plan"), "plan.txt"], join(world.path, "files"));
    assert.match(given.text, /Plan plan\.txt/, JSON.stringify(given));
    assert.match((await act("hover", handle("Help"))).text, /Ask us/);
    assert.match((await act("drag", handle("Card"), 'region "Done"')).text, /Moved/);
    await act("click", handle("Send in list = now"));
    await act("scroll");
    assert.match((await act("click", handle("Order"))).text, /Ordered Ada = Eve without note Large in list view/);
    const kept = await browser(["record", "--as-journey", "order"]);
    assert.match(kept.said, /left out: click \S+: no role and name point at it alone/, kept.said);
    const text = readFileSync(join(world.path, "docs/journeys/order.md"), "utf8");
    for (const line of ["open /form", 'fill textbox "Name" = Ada = Eve', 'fill textbox "Note" = ""', 'upload button "Plan" = files/plan.txt', 'see "Moved"'])
      assert.ok(text.includes(`   ${line}\n`), `${line} in:\n${text}`);
    const played = await world.inspan(["journey", "run", "order", "--json"], { timeoutMs: journeyMsMax });
    assert.equal(played.exitCode, 0, `${played.stdout}\n${text}`);
    const elsewhere = await world.inspan(["journey", "run", "order", "--json"], { cwd: join(world.path, "files"), timeoutMs: journeyMsMax });
    assert.equal(elsewhere.exitCode, 0, elsewhere.stdout);
    world.write({ "docs/journeys/order.md": text.replaceAll("Found desk", "Found chair") });
    assert.equal((await world.inspan(["journey", "run", "order"], { timeoutMs: journeyMsMax })).exitCode, 1, "it can fail");
  } finally { await world.inspan(["stop", "--all"]); }
});

test("what stays disabled, covered or away while nothing moves is told at once with its cause; what comes while the page is at it is waited for", { skip: missingBrowser, timeout: 480_000 }, async (t) => {
  const world = makeInstanceWorld(t, yaml);
  const browser = async (...args: readonly string[]): Promise<Reply> =>
    JSON.parse((await world.inspan(["browser", ...args, "--json"], { timeoutMs: journeyMsMax })).stdout) as Reply; // our own form
  try {
    await world.up();
    await browser("open", "/disabled");
    const disabled = (await browser("act", "click", "button Send")).error;
    assert.deepEqual([disabled?.code, /not enabled\. Nothing on the page moves any more\./.test(disabled?.message ?? "")], ["PAGE_TIMED_OUT", true], disabled?.message);
    assert.match((await browser("act", "wait", "button Gone")).error?.message ?? "", /has not come after \d s, and nothing on the page moves any more/);
    await browser("open", "/covered");
    assert.match((await browser("act", "click", "button Send")).error?.message ?? "", /Over all.*intercepts pointer events\. Nothing on the page moves/);
    await browser("open", "/late");
    const late = await browser("act", "click", "button Send");
    assert.match(late.text, /Sent/, JSON.stringify(late));
  } finally { await world.inspan(["stop", "--all"]); }
});
