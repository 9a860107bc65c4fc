// The shutdown registry as a terminal meets it: in a process of its own, with a child that ignores every kind signal.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";

const here = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);
const ignoreTerm = fileURLToPath(new URL("../../test/programs/processes/ignore-term.mjs", import.meta.url));

/** Starts a program that registers `body` and a child that ignores TERM; resolves with both when the child says that it runs. */
async function startProgram(t: TestContext, body: string) {
  const folder = mkdtempSync(join(tmpdir(), "inspan-shutdown-"));
  const path = join(folder, "program.mjs");
  writeFileSync(path, `
    import { createShutdown } from ${here("./shutdown.ts")};
    import { createNodeProcesses } from ${here("../providers/node/processes.ts")};
    const shutdown = createShutdown();
    const processes = createNodeProcesses();
    shutdown.onKill(() => processes.killAll());
    const child = await processes.start({ command: [process.execPath, ${JSON.stringify(ignoreTerm)}], cwd: ${JSON.stringify(folder)}, env: processes.environment(), timeoutMs: undefined, graceMs: 200, onOutput: (_, text) => { if (text.includes("ready")) console.log("ready " + child.pid); } });
    ${body}
  `);
  const program = spawn(process.execPath, [path], { stdio: ["ignore", "pipe", "inherit"] });
  let childPid = 0;
  t.after(() => {
    if (program.exitCode === null && program.signalCode === null) program.kill("SIGKILL");
    if (childPid > 0) { try { process.kill(-childPid, "SIGKILL"); } catch { /* gone, as it should be */ } }
    rmSync(folder, { recursive: true, force: true });
  });
  const lines = createInterface({ input: program.stdout })[Symbol.asyncIterator]();
  const next = async () => String((await lines.next()).value ?? "");
  childPid = Number(/^ready (\d+)$/.exec(await next())?.[1]);
  assert.ok(childPid > 1);
  return { program, childPid, next };
}

/** A zombie of a machine whose process 1 reaps nothing does not live. */
function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^\d+ \(.*\) [ZX] /s.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch { return false; }
}

test("the first Ctrl-C aborts the signal and lets everything close in reverse order", async (t) => {
  const { program, childPid, next } = await startProgram(t, `
    shutdown.onClose(() => processes.stopAll());
    shutdown.onClose(() => { throw new Error("one that fails"); });
    shutdown.onClose(() => { console.log("closed"); });
    shutdown.signal.addEventListener("abort", async () => { console.log("aborted " + shutdown.signal.reason.code); await shutdown.close(); process.exit(130); });
  `);
  program.kill("SIGINT");
  assert.equal(await next(), "aborted CANCELLED");
  assert.equal(await next(), "closed");
  assert.deepEqual(await once(program, "exit"), [130, null]);
  assert.equal(lives(childPid), false);
});

test("the second Ctrl-C kills at once, and no child survives", async (t) => {
  const { program, childPid, next } = await startProgram(t, `
    shutdown.onClose(() => new Promise(() => undefined));
    shutdown.onKill(() => { throw new Error("one that fails"); });
    shutdown.signal.addEventListener("abort", () => { console.log("aborted"); void shutdown.close(); });
  `);
  program.kill("SIGINT");
  assert.equal(await next(), "aborted");
  assert.equal(lives(childPid), true);
  program.kill("SIGINT");
  assert.deepEqual(await once(program, "exit"), [130, null]);
  for (let look = 0; lives(childPid) && look < 300; look += 1) await new Promise((done) => { setTimeout(done, 10); }); // the kernel ends it a moment later
  assert.equal(lives(childPid), false);
});

test("a second SIGTERM does not cut the closing short", async (t) => {
  const { program, next } = await startProgram(t, `
    shutdown.onClose(() => processes.stopAll());
    let count = 0;
    process.on("SIGTERM", async () => { count += 1; console.log("term " + count); if (count === 2) { await shutdown.close(); process.exit(0); } });
  `);
  program.kill("SIGTERM");
  assert.equal(await next(), "term 1");
  program.kill("SIGTERM");
  assert.equal(await next(), "term 2");
  assert.deepEqual(await once(program, "exit"), [0, null]);
});
