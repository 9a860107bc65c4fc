// Proves with real processes that what holds the output of a command that is over is ended, and that nothing else is.
import { strict as assert } from "node:assert";
import { tmpdir } from "node:os";
import { afterEach, describe, test } from "node:test";
import type { HeldOutput } from "../../../providers/index.ts";
import { createNodeProviders } from "../../../providers/node/index.ts";
import { watchHeldCalls } from "./held-calls.ts";

const { clock, processes, random } = createNodeProviders({ env: process.env, statePath: tmpdir(), version: "0.0.0" });
afterEach(() => processes.stopAll());

/** A client that prints a line when its shell's output is closed, by whoever held it; the shell's own end comes first. */
const clientProgram = `
const { spawn } = require("node:child_process");
const child = spawn("sh", ["-c", process.argv[1]], { stdio: ["ignore", "pipe", "pipe"] });
child.stdout.on("data", (chunk) => process.stdout.write("said " + chunk));
child.on("exit", () => process.stdout.write("over\\n"));
child.on("close", () => process.stdout.write("closed\\n"));`;

async function startClient(shell: string) {
  const runId = random.hex(16);
  const client = await processes.start({
    command: [process.execPath, "-e", clientProgram, shell],
    cwd: tmpdir(),
    env: processes.environment({ INSPAN_RUN_ID: runId }),
    timeoutMs: 60_000,
    graceMs: 100,
  });
  const lines = client.lines[Symbol.asyncIterator]();
  const next = async (): Promise<string | undefined> => { const line = await lines.next(); return line.done === true ? undefined : line.value; };
  return { client, place: { pid: client.pid, runId }, next };
}

/** Looks until exactly these are found: between fork and exec a process still bears its starter's name. The test's own bound ends it. */
async function untilHeld(place: { readonly pid: number; readonly runId: string }, ...commands: readonly string[]): Promise<readonly HeldOutput[]> {
  for (;;) {
    const held = processes.heldOutputs(place);
    if (held.map(({ command }) => command).join() === commands.join()) return held;
    await clock.sleep(20, new AbortController().signal);
  }
}

const isElsewhere = process.platform !== "linux"; // nobody can tell there

describe("heldOutputs()", { timeout: 50_000, skip: isElsewhere }, () => {
  test("finds what lost its parent and holds the output that the client reads", async () => {
    const { place, next } = await startClient("echo a; sleep 41921 & (setsid sleep 41921 &)");
    assert.deepEqual([await next(), await next()], ["said a", "over"]);
    assert.equal((await untilHeld(place, "sleep 41921", "sleep 41921")).length, 2);
  });

  test("finds nothing while the command itself runs, or where its output goes elsewhere", async () => {
    const busy = await startClient("(setsid sleep 41922 &); echo a; exec sleep 41922");
    assert.equal(await busy.next(), "said a");
    assert.deepEqual(processes.heldOutputs(busy.place), []);
    const quiet = await startClient("(setsid sleep 41923 >/dev/null 2>&1 &); setsid sleep 41923 2>/dev/null | sleep 41923 >/dev/null 2>&1 & echo a");
    assert.deepEqual([await quiet.next(), await quiet.next(), await quiet.next()], ["said a", "over", "closed"]);
    assert.deepEqual(processes.heldOutputs(quiet.place), []);
  });
});

describe("watchHeldCalls()", { timeout: 50_000, skip: isElsewhere }, () => {
  const quick = { pollMs: 20, graceMs: 60 };

  test("ends what holds a call, also what does not heed TERM, and tells once", async () => {
    const { place, next } = await startClient(`echo a; (setsid sh -c 'trap "" TERM; while :; do sleep 41924; done' &)`);
    assert.deepEqual([await next(), await next()], ["said a", "over"]);
    const told: string[] = [];
    const end = new AbortController();
    const watch = watchHeldCalls({ clock, processes, client: place, isCalling: () => true, tell: (text) => told.push(text), signal: end.signal, ...quick });
    assert.equal(await next(), "closed");
    end.abort();
    await watch;
    assert.match(told.join("\n"), /left running.*sleep 41924.*redirect its output/);
    assert.equal(told.filter((text) => text.includes("trap")).length, 1, told.join("\n"));
  });

  test("leaves all in peace while no call runs", async () => {
    const { place, next } = await startClient("echo a; (setsid sleep 41925 &)");
    assert.deepEqual([await next(), await next()], ["said a", "over"]);
    const [held] = await untilHeld(place, "sleep 41925");
    const end = new AbortController();
    let asked = 0;
    // It is asked anew at each look: after some of them something would have been ended.
    await watchHeldCalls({
      clock,
      processes,
      client: place,
      isCalling: () => {
        if (++asked === 10) end.abort();
        return false;
      },
      tell: () => assert.fail("told"),
      signal: end.signal,
      ...quick,
    });
    assert.equal(processes.isAlive(held?.pid ?? 0, held?.startTime), true);
  });
});
