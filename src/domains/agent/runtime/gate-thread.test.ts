// Proves that answers stream through the thread of the gates while ours is busy, and that another thread takes the ports of one that ended.
import { strict as assert } from "node:assert";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { Worker } from "node:worker_threads";
import type { GateAsks, GateModel } from "./gate-questions.ts";
import { createNodeProviders } from "../../../providers/node/index.ts";
import { openThreadGate } from "./gate-thread.ts";
import { SessionDoors } from "./session-doors.ts";
import type { Answers } from "./thread-channel.ts";

const nothing = (): undefined => undefined;
const idle: Answers<GateAsks> = {
  modelCall: nothing,
  usage: nothing,
  toolAnswer: nothing,
  wait: nothing,
  failure: nothing,
  refused: nothing,
  hook: (body) => `{"asked":${body}}`,
  mcp: nothing,
  record: nothing,
  replay: nothing,
  now: () => new Date(0).toISOString(),
  sleep: nothing,
  wake: nothing,
};

async function openGate(t: TestContext, model: GateModel | undefined, answers: Partial<Answers<GateAsks>> = {}) {
  const gate = await openThreadGate({ token: "t", allowedHosts: [], model }, { ...idle, ...answers });
  t.after(() => gate.close());
  return { gate, url: `http://127.0.0.1:${gate.port}/t` };
}

/** Begins its answer at once, and ends it when a file is there; a process of its own, since ours stands still meanwhile. */
const modelProgram = `
const { existsSync } = require("node:fs");
require("node:http").createServer((request, response) => {
  request.resume();
  response.writeHead(200, { "content-type": "text/event-stream" }).write("data: {\\"choices\\":[]}\\n\\n");
  const timer = setInterval(() => {
    if (!existsSync(process.argv[1])) return;
    clearInterval(timer);
    response.write("data: {\\"choices\\":[{\\"delta\\":{\\"content\\":\\"LATER\\"}}]}\\n\\n");
    response.end('data: {"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":7}}\\n\\n');
  }, 10);
}).listen(0, "127.0.0.1", function () { process.stdout.write(String(this.address().port)); });`;

/** Says in one file that the answer has begun, and in another that the later event came. */
const readerProgram = `
const { writeFileSync } = require("node:fs");
fetch(process.argv[1] + "/v1/chat/completions", { method: "POST", body: "{}" }).then(async (response) => {
  let text = "";
  for await (const chunk of response.body) {
    text += Buffer.from(chunk).toString();
    writeFileSync(process.argv[2], text);
    if (text.includes("LATER")) writeFileSync(process.argv[3], text);
  }
});`;

test("an answer streams on while our own thread stands still, and its cost is counted afterwards", { timeout: 60_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "inspan-gate-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const [go, begun, later] = [join(folder, "go"), join(folder, "begun"), join(folder, "later")];
  const model = spawn(process.execPath, ["-e", modelProgram, go], { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => { model.kill(); });
  const [port] = await once(model.stdout, "data") as [Buffer]; // the first chunk of a pipe
  const used: number[] = [];
  const { gate, url } = await openGate(
    t,
    {
      wire: "chat",
      baseUrl: `http://127.0.0.1:${String(port)}/v1`,
      key: undefined,
      price: undefined,
      smallModel: undefined,
      isRecorded: false,
      isReplayed: false,
    },
    {
      usage: ({ inputTokens, outputTokens }) => {
        used.push(inputTokens, outputTokens);
      },
    },
  );
  const reader = spawn(process.execPath, ["-e", readerProgram, url, begun, later], { stdio: ["ignore", "inherit", "inherit"] });
  const ended = once(reader, "exit");
  while (!existsSync(begun) && reader.exitCode === null) await new Promise((resolve) => { setTimeout(resolve, 10); });
  // From here on our thread stands still until the later event came.
  execFileSync("sh", ["-c", `: >"$1"; while [ ! -e "$2" ]; do sleep 0.02; done`, "sh", go, later], { timeout: 40_000 });
  assert.deepEqual(used, [], "our thread was asked nothing meanwhile");
  await ended;
  await gate.settled();
  assert.deepEqual(used, [5, 7]);
});

test("a thread that ended is followed by another, and every gate keeps its port", { timeout: 60_000 }, async (t) => {
  const workers: Worker[] = [];
  const onWorker = (worker: Worker) => { workers.push(worker); };
  process.on("worker", onWorker);
  t.after(() => { process.off("worker", onWorker); });
  const gates = await Promise.all([openGate(t, undefined), openGate(t, undefined, { hook: () => "{}" })]);
  const hooks = () => Promise.all(gates.map(async ({ url }) => (await fetch(`${url}/hook`, { method: "POST", body: "1" })).text()));
  assert.deepEqual(await hooks(), ['{"asked":1}', "{}"]);
  assert.equal(workers.length, 1);
  await workers[0]?.terminate();
  for (;;) {
    try {
      assert.deepEqual(await hooks(), ['{"asked":1}', "{}"]);
      break;
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
  } // fetch's own error: nobody listens yet
  assert.equal(workers.length, 2);
});

test("a hook that fails fails the question, and a closed gate answers nobody", { timeout: 60_000 }, async (t) => {
  const { gate, url } = await openGate(t, undefined, { hook: () => Promise.reject(new Error("the guard is broken")) });
  const answer = await fetch(`${url}/hook`, { method: "POST", body: "1" });
  assert.deepEqual([answer.status, (await answer.text()).includes("the guard is broken")], [500, true]);
  await gate.close();
  await assert.rejects(fetch(`${url}/hook`, { method: "POST", body: "1" }));
});

test("where no thread can be had, a session's gate is in ours", { timeout: 60_000 }, async (t) => {
  const workers: Worker[] = [];
  const onWorker = (worker: Worker) => { workers.push(worker); void worker.terminate(); };
  process.on("worker", onWorker);
  t.after(() => { process.off("worker", onWorker); });
  const folder = mkdtempSync(join(tmpdir(), "inspan-gate-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const doors = new SessionDoors({
    providers: createNodeProviders({ env: {}, statePath: folder, version: "0.0.0" }),
    client: "test",
    token: "t",
    model: undefined,
    setting: { keyVariable: undefined, model: undefined },
    allowedHosts: [],
    tools: [],
  });
  const port = await doors.open();
  t.after(() => doors.close());
  assert.equal(workers.length, 1);
  assert.equal(await (await fetch(`http://127.0.0.1:${port}/t/hook`, { method: "POST", body: "1" })).text(), "{}");
});
