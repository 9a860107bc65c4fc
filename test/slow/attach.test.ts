// A program that runs already and has its debugging port open: attached, acted upon, filmed, detached. Here a Chromium of its own stands for Electron, which speaks the same protocol.
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test, type TestContext } from "node:test";
import { makeBrowserWorld, missingBrowser } from "../support/browser-world.ts";

/** What is made last goes first, so that the daemon ends before its folder does. */
function reversed(t: TestContext): { after(close: () => void | Promise<void>): void } {
  const closes: (() => void | Promise<void>)[] = [];
  t.after(async () => { for (const close of closes.reverse()) await close(); });
  return { after: (close) => { closes.push(close); } };
}

/** Prints its port on standard error when it listens. */
async function startProgram(t: TestContext, executable: string, url: string): Promise<{ readonly child: ChildProcess; readonly port: number }> {
  const profile = mkdtempSync(join(tmpdir(), "inspan-program-"));
  const child = spawn(
    executable,
    ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", `--user-data-dir=${profile}`, "--remote-debugging-port=0", url],
    { stdio: ["ignore", "ignore", "pipe"], detached: true },
  );
  t.after(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, "exit");
      try {
        process.kill(-(child.pid ?? 0), "SIGKILL");
      } catch {
        child.kill("SIGKILL");
      }
      await ended;
    }
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  });
  for await (const line of createInterface({ input: child.stderr })) {
    const port = /DevTools listening on ws:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1];
    if (port !== undefined) { child.stderr.resume(); return { child, port: Number(port) }; }
  }
  throw new Error("it ended without a port");
}

test("open --cdp attaches to a program that runs: the same verbs, masks and films; close detaches and the program goes on", { skip: missingBrowser, timeout: 240_000 }, async (t) => {
  const world = await makeBrowserWorld(reversed(t));
  const own = await world.browser(["open", `${world.origin}/table`]);
  assert.equal(own.exitCode, 0, own.stderr);
  const { browser: found } = (await world.browser(["status"])).data as { browser: { path: string } }; // our own form
  const { child, port } = await startProgram(t, found.path, `${world.origin}/secrets`);

  const attached = await world.browser(["open", "--cdp", String(port)]);
  assert.equal(attached.exitCode, 0, attached.stderr + JSON.stringify(attached.error));
  assert.match(attached.said, /^attached to .*Chrom/);
  assert.match(attached.text, /button "Sign in"/);
  assert.equal(attached.url, `${world.origin}/secrets`);
  const started = await world.browser(["record", "start"]);
  assert.equal(started.exitCode, 0, JSON.stringify(started.error));
  await world.browser(["act", "fill", "textbox Password", "hunter2hunter2"]);
  const clicked = await world.browser(["act", "click", "button \"Sign in\""]);
  assert.match(clicked.text, /Welcome back/);
  assert.doesNotMatch(JSON.stringify(clicked), /hunter2/);
  assert.match((await world.browser(["record", "stop"])).file ?? "", /-film\.(?:mp4|webm)$/);
  assert.match((await world.browser(["screenshot"])).said, /^picture of /);
  assert.match((await world.browser(["console", "--all"])).text, /signed in with ••••/);
  const moved = await world.browser(["open", `${world.origin}/table`]);
  assert.match(moved.text, /table "Bookings"/, "what is opened now is opened in the program");
  assert.equal((await world.browser(["open", "http://example.org/"])).error?.code, "ORIGIN_REFUSED");

  assert.equal((await world.browser(["close"])).exitCode, 0);
  const list = await (await fetch(`http://127.0.0.1:${port}/json/list`)).json() as { type: string; url: string }[]; // the protocol's own form
  assert.deepEqual(list.filter(({ type }) => type === "page").map(({ url }) => url), [`${world.origin}/table`], "its page is there as before");
  assert.equal(child.exitCode, null);
  assert.match((await world.browser(["open", `${world.origin}/table`])).text, /table "Bookings"/);

  const second = await world.browser(["open", "--cdp", `http://localhost:${port}`]);
  assert.equal(second.exitCode, 0, JSON.stringify(second.error));
  const ended = once(child, "exit");
  process.kill(-(child.pid ?? 0), "SIGKILL"); // the browser's program may be a script around it
  await ended;
  for (let tries = 0; ; tries++) {
    const after = await world.browser(["snapshot"]);
    if (after.error?.code === "PAGE_GONE") break;
    assert.ok(tries < 20, `a program that has ended: ${after.said}${JSON.stringify(after.error)}`);
  }
  const isAttached = async () => ((await world.browser(["status"])).data as { worktrees: { isAttached: boolean }[] }).worktrees.some((one) => one.isAttached); // our own form
  for (let tries = 0; await isAttached(); tries++) assert.ok(tries < 20, "its end is never noticed");
  const again = await world.browser(["open", `${world.origin}/table`]);
  assert.equal(again.exitCode, 0, `the next page is ours again: ${JSON.stringify(again.error)}`);
});

test("open --cdp takes a loopback address of such a program and nothing else", { skip: missingBrowser, timeout: 120_000 }, async (t) => {
  const world = await makeBrowserWorld(reversed(t));
  const other = createServer((_request, response) => { response.end(JSON.stringify({ webSocketDebuggerUrl: "ws://192.0.2.1:9/elsewhere" })); });
  other.listen(0, "127.0.0.1");
  await once(other, "listening");
  t.after(() => other.close());
  const address = other.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const check = async (cdp: string, exitCode: number, code: string) => {
    const answer = await world.browser(["open", "--cdp", cdp]);
    assert.deepEqual([answer.exitCode, answer.error?.code], [exitCode, code], cdp);
  };
  await check("http://192.0.2.1:9222", 2, "USAGE");
  await check("https://127.0.0.1:9222", 2, "USAGE");
  await check("http://127.0.0.1.example.org:9222", 2, "USAGE");
  await check("http://ada@127.0.0.1:9222", 2, "USAGE");
  await check("0", 2, "USAGE");
  await check(String(port), 3, "PROGRAM_MISSING");
  other.closeAllConnections();
  await new Promise((closed) => { other.close(closed); });
  await check(String(port), 3, "PROGRAM_MISSING");
});
