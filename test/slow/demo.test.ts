// `npm run demo` as somebody runs it: two reports merged, the second shown by a browser before and after; and the same on a machine without a browser.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { test, type TestContext } from "node:test";
import { missingBrowser } from "../support/browser-world.ts";
import { git } from "../support/desk-repository.ts";

const script = fileURLToPath(new URL("../../scripts/demo.ts", import.meta.url));

interface DemoRun { readonly exitCode: number | null; readonly stdout: string; readonly stderr: string; readonly origin: string }

async function runDemo(t: TestContext, env: Readonly<Record<string, string>>): Promise<DemoRun> {
  const home = mkdtempSync(join(tmpdir(), "inspan-demo-"));
  const child = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, INSPAN_HOME: home, ...env } });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => { stdout += text; });
  child.stderr.setEncoding("utf8").on("data", (text: string) => { stderr += text; });
  const exitCode = await new Promise<number | null>((resolve) => { child.on("close", resolve); });
  const origin = /origin: (\S+)\)/.exec(stderr)?.[1] ?? "";
  t.after(() => { rmSync(home, { recursive: true, force: true, maxRetries: 3 }); if (origin !== "") rmSync(dirname(origin), { recursive: true, force: true, maxRetries: 3 }); });
  return { exitCode, stdout, stderr, origin };
}

/** The page of a report, by its number. */
const pageOf = (run: DemoRun, number: number): string => new RegExp(`^Evidence of report ${number}: (\\S+)$`, "m").exec(run.stdout)?.[1] ?? "";

function assertMerged(run: DemoRun): void {
  assert.equal(run.exitCode, 0, run.stderr.slice(-4_000));
  assert.match(run.stderr, /finding shown in the turn/, "a finding was repaired in the same turn");
  assert.match(run.stderr, /P2 correctness: .* open[\s\S]*P2 correctness: .* resolved/, "a review's finding was answered");
  assert.match(run.stderr, /check generated-docs: failed[\s\S]*check generated-docs: passed/, "a failed check was repaired");
  assert.equal(run.stderr.match(/merge: merged/g)?.length, 2);
  assert.deepEqual(git(run.origin, "log", "--format=%s", "main").split("\n").length, 3);
  assert.match(git(run.origin, "show", "main:src/domains/booking/ui/web/page.css"), /one-room caption \{.*pointer-events: none/);
}

test("with a browser the second report is shown by a film before and one after, and the pull request carries both", { skip: missingBrowser, timeout: 900_000 }, async (t) => {
  const run = await runDemo(t, {});
  assertMerged(run);
  assert.match(run.stdout, /video before the change: "Cancel while one room is shown"/);
  assert.match(run.stdout, /video after the change: "Cancel while one room is shown"/);
  const page = readFileSync(pageOf(run, 2), "utf8");
  assert.ok((page.match(/<video src="data:video\//g)?.length ?? 0) >= 2, "both films are in the page");
  assert.match(page, /intercepts pointer events/, "the page says what was seen before");
  assert.match(page, /<h2>Risks<\/h2>/);
  const refs = git(run.origin, "for-each-ref", "--format=%(refname)", "refs/inspan/evidence").split("\n");
  assert.equal(refs.length, 2);
  const names = git(run.origin, "ls-tree", "--name-only", refs.find((ref) => git(run.origin, "ls-tree", "--name-only", ref).includes("before-video")) ?? "");
  assert.match(names, /before-video[\s\S]*index\.html/);
  assert.match(git(run.origin, "log", "--format=%B", "main"), /^## Evidence\n\n- touches the journey cancel-in-one-room/m);
});

test("without a browser both are merged all the same, and it is said why there is no film", { timeout: 900_000 }, async (t) => {
  const run = await runDemo(t, { INSPAN_CHROME: "/nowhere/chromium" });
  assertMerged(run);
  assert.match(run.stderr, /product code changed without a reproduction[\s\S]*The demo answers as the person who owns it: merge/);
  assert.match(run.stdout, /no video .*because .*Cannot start the browser "\/nowhere\/chromium"/);
  assert.doesNotMatch(run.stdout, /video (?:before|after) the change: "/);
  assert.ok(existsSync(pageOf(run, 1)));
  assert.match(readFileSync(pageOf(run, 2), "utf8"), /Nothing was seen to fail before/);
});
