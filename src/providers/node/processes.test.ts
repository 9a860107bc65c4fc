// Proves with small misbehaving programs that a child is bounded in time, output and offspring.
import { strict as assert } from "node:assert";
import { tmpdir } from "node:os";
import { dirname } from "node:path";
import { afterEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { deadOwnerOf } from "./process-table.ts";
import { createNodeProcesses } from "./processes.ts";
import type { ProcessSpec } from "../processes.ts";

const processes = createNodeProcesses();
afterEach(() => processes.stopAll());

function program(name: string, ...args: readonly string[]): [string, ...string[]] {
  return [process.execPath, fileURLToPath(new URL(`../../../test/programs/processes/${name}.mjs`, import.meta.url)), ...args];
}

function specOf(name: string, args: readonly string[] = [], more: Partial<ProcessSpec> = {}): ProcessSpec {
  return { command: program(name, ...args), cwd: tmpdir(), env: processes.environment(), timeoutMs: 20_000, ...more };
}

async function firstLines(lines: AsyncIterable<string>, count: number): Promise<string[]> {
  const found: string[] = [];
  for await (const line of lines) {
    found.push(line);
    if (found.length === count) break;
  }
  return found;
}

test("run() passes the exit code through", async () => {
  for (const code of [0, 7]) {
    const result = await processes.run(specOf("exit", [String(code)]));
    assert.deepEqual([result.outcome, result.exitCode, result.signal], ["exited", code, null]);
  }
});

test("run() keeps the end of a large output and counts what it dropped", async () => {
  const result = await processes.run(specOf("print", ["5000000"], { outputBytesMax: 1000 }));
  assert.equal(Buffer.byteLength(result.stdout), 1000);
  assert.equal(result.output, result.stdout);
  assert.match(result.stdout, /x\n$/);
  assert.ok(result.omittedBytes >= 4_999_000, String(result.omittedBytes));
});

test("run() keeps a small output whole, both streams apart", async () => {
  const result = await processes.run({ ...specOf("exit"), command: [process.execPath, "-e", "console.log('a ä'); console.error('b')"] });
  assert.deepEqual([result.stdout, result.stderr, result.omittedBytes], ["a ä\n", "b\n", 0]);
  assert.deepEqual(result.output.split("\n").sort(), ["", "a ä", "b"]);
});

test("run() ends a child that ignores TERM after the grace and reports the total timeout", async () => {
  const child = await processes.start(specOf("ignore-term", [], { graceMs: 200 }));
  assert.deepEqual(await firstLines(child.lines, 1), ["ready"]);
  const stopped = await child.stop();
  assert.deepEqual([stopped.outcome, stopped.signal, stopped.stdout], ["cancelled", "SIGKILL", "ready\nTERM ignored\n"]);
  const late = await processes.run(specOf("silent", [], { timeoutMs: 300, graceMs: 200 }));
  assert.equal(late.outcome, "timed-out");
  assert.ok(late.durationMs >= 300, String(late.durationMs));
});

test("run() tells silence from slowness", async () => {
  const silent = await processes.run(specOf("silent", [], { idleTimeoutMs: 150 }));
  assert.deepEqual([silent.outcome, silent.signal], ["idle", "SIGTERM"]);
  // A shell begins to print at once, also on a busy machine; all in all it takes longer than the bound on silence.
  const chatter = ["sh", "-c", "for i in 1 2 3 4 5 6 7 8 9 10 11 12; do printf .; sleep 0.2; done"] as const;
  const busy = await processes.run({ ...specOf("exit", [], { idleTimeoutMs: 2000 }), command: chatter });
  assert.deepEqual([busy.outcome, busy.exitCode, busy.stdout], ["exited", 0, ".".repeat(12)]);
});

test("stop() lets a child end in order and is idempotent", async () => {
  const child = await processes.start(specOf("end-on-term"));
  assert.deepEqual(await firstLines(child.lines, 1), ["ready"]);
  const [first, second] = await Promise.all([child.stop(), child.stop()]);
  assert.deepEqual([first.outcome, first.exitCode, first.stdout], ["cancelled", 5, "ready\nbye\n"]);
  assert.equal(second, first);
});

test("an aborted signal ends the child, and starts none where it came first", async () => {
  const controller = new AbortController();
  const child = await processes.start(specOf("end-on-term", [], { signal: controller.signal }));
  await firstLines(child.lines, 1);
  controller.abort();
  assert.equal((await child.exited).outcome, "cancelled");
  const never = await processes.start(specOf("silent", [], { signal: controller.signal }));
  assert.equal(never.pid, 0);
  assert.equal((await never.exited).outcome, "cancelled");
});

/** What would be waited for where the grace did not hold: the bound of specOf(); a busy machine takes seconds for the rest. */
const heldMs = 18_000;

test("a grandchild that holds the pipe delays the report by a short grace and is ended with the group", async () => {
  const result = await processes.run(specOf("hold-pipe"));
  assert.deepEqual([result.outcome, result.exitCode], ["exited", 0]);
  assert.ok(result.durationMs < heldMs, String(result.durationMs));
  assert.equal(processes.isAlive(Number(result.stdout), undefined), false);
});

test("a grandchild in another session does not hold the report up", async () => {
  const result = await processes.run(specOf("hold-pipe", ["setsid"]));
  const pid = Number(result.stdout);
  assert.equal(processes.isAlive(pid, undefined), true, "the control: without a marker it lives on");
  process.kill(pid, "SIGKILL");
  assert.ok(result.durationMs < heldMs, String(result.durationMs));
});

test("stop() finds children in other sessions by an explicit INSPAN_RUN_ID", { skip: process.platform !== "linux" }, async () => {
  const env = processes.environment({ INSPAN_RUN_ID: `test-${process.pid}-family` });
  const child = await processes.start(specOf("family", [], { env, graceMs: 200 }));
  const pids = (await firstLines(child.lines, 2)).map(Number);
  assert.deepEqual(pids.map((pid) => processes.isAlive(pid, undefined)), [true, true]);
  await child.stop();
  assert.deepEqual(pids.map((pid) => processes.isAlive(pid, undefined)), [false, false]);
});

test("stop() spares a sibling that carries the same INSPAN_RUN_ID", async () => {
  const env = processes.environment({ INSPAN_RUN_ID: `test-${process.pid}-siblings` });
  const [first, second] = await Promise.all([processes.start(specOf("end-on-term", [], { env })), processes.start(specOf("end-on-term", [], { env }))]);
  await Promise.all([firstLines(first.lines, 1), firstLines(second.lines, 1)]);
  await first.stop();
  assert.equal(processes.isAlive(second.pid, processes.startTimeOf(second.pid)), true);
});

test("what a killed owner left of a marked run ends with the next marked start; what a living one owns stays", { skip: process.platform !== "linux" }, async () => {
  const owner = `
    import { createNodeProcesses } from ${JSON.stringify(new URL("processes.ts", import.meta.url).href)};
    const processes = createNodeProcesses();
    const child = await processes.start({ command: ["sh", "-c", "echo $$; exec sleep 31530"], cwd: "/", env: processes.environment({ INSPAN_RUN_ID: "test-owner" }), timeoutMs: 60_000 });
    for await (const line of child.lines) process.stdout.write(line + "\\n");
  `;
  const startOwner = async () => {
    const started = await createNodeProcesses().start({
      command: [process.execPath, "--input-type=module", "-e", owner],
      cwd: "/",
      env: processes.environment(),
      timeoutMs: 60_000,
    });
    return { started, pid: Number((await firstLines(started.lines, 1))[0]) };
  };
  const [killed, living] = await Promise.all([startOwner(), startOwner()]);
  process.kill(killed.started.pid, "SIGKILL");
  await killed.started.exited;
  // Whether it outlives its owner until here is not asked: any Inspan of this machine may have ended it by now.
  const next = createNodeProcesses();
  await next.run({ command: ["sleep", "0.01"], cwd: "/", env: next.environment({ INSPAN_RUN_ID: "test-next" }), timeoutMs: 60_000 });
  assert.deepEqual([killed, living].map(({ pid }) => processes.isAlive(pid, undefined)), [false, true]);
  await living.started.stop();
  process.kill(living.pid, "SIGKILL");
});

test("deadOwnerOf() names owners of our own pid namespace that are dead, and none of which we are part", () => {
  const own = { mark: "pid:[1]/10/a-1", around: "A=b\0INSPAN_OWNER=pid:[1]/11/a-1\0" };
  const dead = (owner: string, around = own.around) =>
    deadOwnerOf(`A=b\0INSPAN_OWNER=${owner}\0C=d\0`, { ...own, around }, (pid, startTime) => pid === 12 && startTime === "a-2") !== undefined;
  const cases: Readonly<Record<string, boolean>> = {
    "pid:[1]/12/a-2": false,
    "pid:[1]/12/a-1": true,
    "pid:[1]/13/a-2": true,
    "pid:[2]/13/a-2": false,
    "pid:[1]/11/a-1": false,
    "pid:[1]/13": false,
    "pid:[1]/x/a-2": false,
    "": false,
  };
  assert.deepEqual(Object.fromEntries(Object.keys(cases).map((owner) => [owner, dead(owner)])), cases);
  assert.equal(dead("pid:[1]/11/a-1", ""), true);
  assert.equal(deadOwnerOf("XINSPAN_OWNER=pid:[1]/13/a-2\0", own, () => false), undefined);
});

test("every child carries an INSPAN_RUN_ID and nothing that was not given", async () => {
  const result = await processes.run(specOf("print-environment", [], { env: { ONLY: "this" } }));
  const seen: unknown = JSON.parse(result.stdout);
  assert.ok(typeof seen === "object" && seen !== null);
  assert.deepEqual(Object.keys(seen).sort(), ["INSPAN_RUN_ID", "ONLY"]);
});

test("standard input is closed unless told, takes text, or stays open for a dialogue", async () => {
  assert.equal((await processes.run(specOf("count-stdin"))).stdout, "0\n");
  const text = "z".repeat(3_000_000);
  assert.equal((await processes.run(specOf("count-stdin", [], { stdin: { kind: "text", text } }))).stdout, "3000000\n");
  assert.equal((await processes.run(specOf("exit", ["0"], { stdin: { kind: "text", text } }))).exitCode, 0, "a child that does not read is no error");
  const child = await processes.start(specOf("echo-lines", [], { stdin: { kind: "open" } }));
  const lines = child.lines[Symbol.asyncIterator]();
  await child.write("one\n");
  assert.deepEqual(await lines.next(), { done: false, value: "ONE" });
  await child.write("two\n");
  assert.deepEqual(await lines.next(), { done: false, value: "TWO" });
  child.closeStdin();
  assert.equal((await lines.next()).done, true);
  assert.equal((await child.exited).exitCode, 0);
  await assert.rejects(child.write("three\n"), /standard input is closed/);
});

test("lines gives every line to a reader that is slower than the child, and holds the child back meanwhile", async () => {
  const child = await processes.start(specOf("print", ["8000000"]));
  const lines = child.lines[Symbol.asyncIterator]();
  assert.deepEqual(await lines.next(), { done: false, value: `0 ${"x".repeat(90)}` });
  // 8 MB do not fit between child and reader: it must still be running after it was given all the time to end.
  const winner = await Promise.race([child.exited.then(() => "ended"), new Promise((resolve) => { setTimeout(() => resolve("held back"), 500); })]);
  assert.equal(winner, "held back");
  let count = 1;
  for (let next = await lines.next(); next.done !== true; next = await lines.next()) {
    assert.equal(Number(next.value.split(" ")[0]), count);
    count += 1;
  }
  assert.ok(count > 80_000, String(count));
  assert.equal((await child.exited).exitCode, 0);
});

test("a child whose lines nobody reads, or no longer reads, runs to its end", async () => {
  const unread = await processes.start(specOf("print", ["8000000"]));
  assert.equal((await unread.exited).exitCode, 0);
  const left = await processes.start(specOf("print", ["8000000"]));
  await firstLines(left.lines, 3);
  assert.equal((await left.exited).exitCode, 0);
});

test("a line above 16 MiB is cut and the next one is whole", async () => {
  const child = await processes.start(specOf("long-line", ["18"]));
  const [long, end] = await firstLines(child.lines, 2);
  assert.deepEqual([long?.length, end], [16 * 1024 * 1024, "end"]);
});

test("a program that cannot be started is an outcome, with the reason in stderr", async () => {
  const missing = await processes.run({ ...specOf("exit"), command: ["no-such-program-of-inspan"] });
  assert.deepEqual([missing.outcome, missing.exitCode], ["not-started", null]);
  assert.match(missing.stderr, /^Cannot start "no-such-program-of-inspan": .*ENOENT/);
  const nowhere = await processes.run(specOf("exit", [], { cwd: "/no/such/folder" }));
  assert.match(nowhere.stderr, /working folder "\/no\/such\/folder" does not exist/);
});

test("onOutput sees characters whole, whatever the chunks", async () => {
  const seen: string[] = [];
  const code = "const b = Buffer.from('ä'); process.stdout.write(b.subarray(0, 1)); setTimeout(() => process.stdout.write(b.subarray(1)), 60)";
  await processes.run({ ...specOf("exit"), command: [process.execPath, "-e", code], onOutput: (stream, text) => seen.push(`${stream}:${text}`) });
  assert.deepEqual(seen, ["stdout:ä"]);
});

test("environment() is an allow-list with our own Node first and no relative PATH entries", () => {
  const own = createNodeProcesses({ env: { PATH: `.:/usr/bin:${dirname(process.execPath)}:bin`, HOME: "/home/a", SECRET_TOKEN: "s" } });
  assert.deepEqual(own.environment({ A: "b" }), { PATH: `${dirname(process.execPath)}:/usr/bin`, HOME: "/home/a", A: "b" });
});

test("isAlive() tells a process from a later one with the same id", () => {
  const startTime = processes.startTimeOf(process.pid);
  assert.equal(typeof startTime, "string");
  assert.equal(processes.startTimeOf(process.pid), startTime);
  assert.equal(processes.isAlive(process.pid, startTime), true);
  assert.equal(processes.isAlive(process.pid, "another"), false);
  assert.equal(processes.isAlive(0, undefined), false);
  assert.equal(processes.startTimeOf(2 ** 22 + 1), undefined);
});

test("stopAll() ends every child, and onSpawn is told of each", async () => {
  const pids: number[] = [];
  const own = createNodeProcesses({ onSpawn: ({ pid }) => pids.push(pid) });
  const children = await Promise.all([own.start(specOf("silent")), own.start(specOf("silent"))]);
  assert.deepEqual(pids, children.map(({ pid }) => pid));
  await own.stopAll();
  assert.deepEqual(pids.map((pid) => own.isAlive(pid, undefined)), [false, false]);
});
