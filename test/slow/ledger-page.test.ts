// The ledger's page of `inspan serve` in a real browser: every guardrail with since, recurrences and cost; what signals say stays text, and broken data is told.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { makeBrowserWorld, missingBrowser } from "../support/browser-world.ts";
import { checkoutPath } from "../support/command-line.ts";

/** The page asks for the ledger when it is open; a look takes a second on a busy machine. */
const looksMax = 60;
const hostile = '<img src=x onerror="document.title=\'broken in\'"><script>document.title="broken in"</script>';
const guardrail = (id: string, title: string, more: object) => JSON.stringify({
  version: 1, id, title, rung: "prompt", file: "AGENTS.md", lesson: "Give each fetch a timeout.", why: "It hung.", causes: ["text:none"], terms: ["fetch", "timeout", "worker"],
  signals: [
    { kind: "comment", at: "2026-11-01T00:00:00Z", link: "" },
    { kind: "comment", at: "2026-11-02T00:00:00Z", link: "" },
  ],
  lastSignalAt: "2026-11-02T00:00:00Z",
  proposedAt: "2026-11-03T00:00:00Z",
  ...more,
});

test("the ledger's page shows every guardrail with since, recurrences and cost, and runs nothing that a signal says", { skip: missingBrowser, timeout: 180_000 }, async () => {
  const closes: (() => void | Promise<void>)[] = [];
  try {
    const world = await makeBrowserWorld({ after: (close) => { closes.push(close); } });
    world.write({
      ".inspan/guardrails/g0000000a.json": guardrail("g0000000a", "Fetches have a timeout", {}),
      ".inspan/guardrails/g0000000b.json": guardrail("g0000000b", hostile, { rung: "reviewer", file: "docs/reviewers/a.md", terms: ["never", "said"] }),
      ".inspan/guardrails/g0000000c.json": guardrail("g0000000c", "long ".repeat(20_000), { terms: ["never", "said"] }), ".inspan/guardrails/broken.json": "{ no json",
    });
    world.git("add", "-A");
    world.git("commit", "--quiet", "-m", "guardrails");
    for (const text of [hostile, "this fetch has no timeout and the worker hangs"]) assert.equal((await world.inspan(["feedback", "add", text])).exitCode, 0);
    const child = spawn(process.execPath, [join(checkoutPath, "bin", "inspan.js"), "serve", "--port", "0"], {
      cwd: world.path,
      env: { ...process.env, INSPAN_HOME: world.statePath },
      stdio: ["ignore", "pipe", "pipe"],
    });
    closes.push(async () => {
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      if (child.exitCode === null && child.signalCode === null) await gone;
    });
    const said: string[] = [];
    const url = await new Promise<string>((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr])
        createInterface({ input: stream }).on("line", (line) => {
          said.push(line);
          const found = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
          if (found !== undefined) resolve(found);
        });
      child.once("exit", () => { reject(new Error(`serve ended: ${said.join(" | ")}`)); });
    });
    world.write({ "inspan.yaml": `version: 1\nbrowser:\n  origins: ${JSON.stringify([url])}\n` });
    const opened = await world.browser(["open", `${url}/#/guardrails`]);
    assert.equal(opened.exitCode, 0, opened.stderr + JSON.stringify(opened.error));
    let page = "";
    for (let looks = 0; looks < looksMax && !page.includes("What was learnt"); looks++) page = (await world.browser(["screenshot", "--text"])).text.replaceAll(/\s+/g, " ");
    for (const part of [
      "What was learnt",
      "Fetches have a timeout",
      "prompt, AGENTS.md",
      "since 2026-",
      "rests on 2 signals",
      "came back 1 times",
      "tokens in 0 tasks",
      "<img src=x",
      "broken.json is no guardrail",
    ])
      assert.ok(page.includes(part), `${part} in ${page}`);
    assert.ok(page.length < 10_000, `a page of ${page.length} characters`);
    const after = await world.browser(["snapshot"]);
    assert.deepEqual([after.title.includes("broken in"), after.text.includes("script")], [false, true], after.text);
    const picture = await world.browser(["screenshot", "--full"]);
    assert.ok(statSync(picture.file ?? "").size > 5_000, picture.said);
  } finally { for (const close of closes.reverse()) await close(); }
});
