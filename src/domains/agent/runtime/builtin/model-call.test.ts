import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text as readText } from "node:stream/consumers";
import { test } from "node:test";
import { call, startScriptedModel, text } from "../../../../../test/programs/scripted-model/index.ts";
import type { Script } from "../../../../../test/programs/scripted-model/index.ts";
import { createNodeProviders } from "../../../../providers/node/index.ts";
import { AgentsConfig } from "../../config.ts";
import type { BuiltinConfig } from "../../config.ts";
import type { HistoryEntry } from "../../repo/history-format.ts";
import { callModel } from "./model-call.ts";
import type { ModelAnswer } from "./model-call.ts";
import { prepareModel, requireModel } from "./model.ts";

type Provider = BuiltinConfig["provider"];
interface Wire { readonly bodies: string[]; ask(entries: readonly HistoryEntry[], signal?: AbortSignal): Promise<ModelAnswer> }

/** A scripted model behind a server that keeps each request's body. */
async function withWire(provider: Provider, script: Script, work: (wire: Wire) => Promise<void>): Promise<void> {
  const model = await startScriptedModel({ script });
  const bodies: string[] = [];
  const server = createServer(async (request, response) => {
    const body = await readText(request);
    bodies.push(body);
    const answer = await fetch(`${model.url}${request.url ?? ""}`, { method: "POST", headers: { "content-type": "application/json", "anthropic-version": "2023-06-01" }, body });
    response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "" }).end(await answer.text());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // it listens on a port
  const { secrets } = createNodeProviders({ env: { KEY: "key-of-this-test" }, statePath: "/nowhere", version: "0.0.0" });
  const config = AgentsConfig.parse({ builtin: { provider, baseUrl: `http://127.0.0.1:${port}`, model: "scripted", apiKeyEnv: "KEY" } }).builtin;
  const prepared = await prepareModel(config, requireModel(config, undefined, secrets), { relayUrl: `http://127.0.0.1:${port}`, headers: {} });
  const tools = [{ name: "look", description: "Looks.", inputSchema: { type: "object", properties: {} } }];
  try {
    await work({
      bodies,
      ask: (entries, signal = new AbortController().signal) =>
        callModel({ prepared, instructions: "You are tested.", entries, tools, effort: undefined, outputTokensMax: 1_000, signal }),
    });
  } finally {
    server.closeAllConnections();
    server.close();
    await model.close();
  }
}

function expectAnswer(answer: ModelAnswer): Extract<ModelAnswer, { kind: "answer" }> {
  assert.equal(answer.kind, "answer", JSON.stringify(answer));
  return answer as Extract<ModelAnswer, { kind: "answer" }>; // checked in the line above
}

const start: HistoryEntry = { kind: "user", text: "go" };

for (const provider of ["openai", "anthropic"] as const) {
  test(`callModel() keeps the sealed reasoning of ${provider} and sends it back with the next request`, async () => {
    const script: Script = ({ toolResults }) => (toolResults.length === 0 ? call("look", {}, { reasoning: "First I look.", text: "Looking." }) : text("done"));
    await withWire(provider, script, async ({ bodies, ask }) => {
      const first = expectAnswer(await ask([start]));
      assert.deepEqual(
        first.parts.map((part) => (part.kind === "call" ? [part.kind, part.tool, part.input] : [part.kind, part.text])),
        [
          ["reasoning", "First I look."],
          ["text", "Looking."],
          ["call", "look", {}],
        ],
      );
      const seal = /sealed:[\w-]+/.exec(JSON.stringify(first.parts))?.[0];
      assert.ok(seal !== undefined, JSON.stringify(first.parts));
      const callId = first.parts.flatMap((part) => (part.kind === "call" ? [part.callId] : [])).join();
      // As a history that was written and read again.
      const entries: HistoryEntry[] = [
        start,
        JSON.parse(JSON.stringify({ kind: "assistant", parts: first.parts })),
        { kind: "result", callId, tool: "look", text: "a wall", isError: false },
      ];
      const second = expectAnswer(await ask(entries));
      assert.deepEqual(second.parts.map((part) => (part.kind === "call" ? part.tool : part.text)), ["done"]);
      assert.ok(bodies[1]?.includes(seal) && bodies[1].includes("First I look.") && bodies[1].includes("a wall"), bodies[1]);
    });
  });
}

test("callModel() takes an empty text as no arguments, and keeps the text of arguments that are no plain object", async () => {
  const check = async (sent: string, expected: string | undefined): Promise<void> => withWire("openai-compatible", () => call("look", sent), async ({ ask }) => {
    const answer = expectAnswer(await ask([start]));
    assert.deepEqual([...answer.brokenCalls.values()], expected === undefined ? [] : [expected], sent);
    assert.deepEqual(answer.parts.flatMap((part) => (part.kind === "call" ? [part.input] : [])), [{}]);
  });
  await check("{}", undefined);
  await check(" ", undefined);
  await check("{\"path\": ", "{\"path\": ");
  await check("[1]", "[1]");
  await check("{\"__proto__\": {\"isAdmin\": true}}", "{\"__proto__\": {\"isAdmin\": true}}");
});

test("callModel() never rejects: an aborted request and a server's refusal are failures", async () => {
  await withWire("openai-compatible", () => text("x"), async ({ ask }) => {
    const aborted = new AbortController();
    aborted.abort();
    assert.equal((await ask([start], aborted.signal)).kind, "failed");
  });
  await withWire("openai-compatible", () => ({ kind: "httpError", status: 503, message: "later" }), async ({ ask }) => {
    assert.deepEqual(await ask([start]), { kind: "failed", failure: { status: 503, retryAfterSeconds: undefined, message: "later", isConnection: true } });
  });
});
