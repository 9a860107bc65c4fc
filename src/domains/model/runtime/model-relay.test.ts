// The relay over real sockets: what reaches the model, what comes back, what is counted, and that the key stays here.
import assert from "node:assert/strict";
import { createServer, request } from "node:http";
import type { IncomingHttpHeaders, Server, ServerResponse } from "node:http";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { call, startScriptedModel, text } from "../../../../test/programs/scripted-model/index.ts";
import { createNodeProviders } from "../../../providers/node/index.ts";
import { Secret } from "../../../providers/index.ts";
import type { Usage, WireName } from "../types.ts";
import { createModelRelay, openReplay, openTranscript } from "./index.ts";
import type { ModelRelayOptions } from "./index.ts";

const wires = ["responses", "chat", "messages", "gemini"] as const;
const keyOfTest = "sk-key-of-the-relay-test-000000000000";

interface World { readonly url: string; readonly usages: Usage[]; readonly waits: number[]; readonly refused: string[]; readonly folder: string }

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => { server.listen(0, "127.0.0.1", resolve); });
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  return `http://127.0.0.1:${address.port}`;
}

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "inspan-relay-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function openRelay(t: TestContext, wire: WireName, baseUrl: string, more: Partial<ModelRelayOptions> & { readonly folder?: string } = {}): Promise<World> {
  const folder = more.folder ?? folderOf(t);
  const real = createNodeProviders({ env: { TEST_KEY: keyOfTest }, statePath: folder, version: "0.0.0" });
  const world = { usages: [] as Usage[], waits: [] as number[], refused: [] as string[], folder };
  const relay = createModelRelay({
    providers: { ...real, clock: { ...real.clock, sleep: (_ms, signal) => real.clock.sleep(0, signal) } },
    wire,
    baseUrl,
    key: real.secrets.fromEnvironment("TEST_KEY"),
    price: { inputUsd: 1, outputUsd: 10 },
    onModelCall: () => undefined,
    onUsage: (usage) => {
      world.usages.push(usage);
    },
    onWait: ({ waitMs }) => world.waits.push(waitMs),
    onRefused: (what) => world.refused.push(what),
    ...more,
  });
  const server = createServer((request, response) => { void relay.handle(request, response, request.url ?? "/"); });
  const url = await listen(server);
  t.after(() => { server.close(); server.closeAllConnections(); });
  return { ...world, url };
}

const paths: Readonly<Record<WireName, string>> = { responses: "/responses", chat: "/chat/completions", messages: "/messages", gemini: "/models/m:streamGenerateContent?alt=sse" };

function bodyOf(wire: WireName, words: string, isStream: boolean): Record<string, unknown> {
  if (wire === "gemini") return { contents: [{ role: "user", parts: [{ text: words }] }] };
  return {
    model: "m",
    stream: isStream,
    ...(wire === "responses" ? { input: [{ type: "message", role: "user", content: words }] } : { messages: [{ role: "user", content: words }] }),
  };
}

const ask = (url: string, wire: WireName, body: unknown, path = paths[wire]) =>
  fetch(`${url}${path}`, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json", authorization: "Bearer of the sandbox", "x-api-key": "of the sandbox" },
  });

for (const wire of wires) {
  test(`the relay counts what ${wire} answers, streamed and whole, exactly as the model does, and puts the key in`, async (t) => {
    const model = await startScriptedModel({ script: () => ({ ...text("an answer of some words"), reasoning: "thinking about it" }) });
    t.after(() => model.close());
    const relay = await openRelay(t, wire, model.url);
    for (const isStream of [true, false]) {
      const path = wire === "gemini" && !isStream ? "/models/m:generateContent" : paths[wire];
      const answer = await ask(relay.url, wire, bodyOf(wire, `ask ${String(isStream)}`, isStream), path);
      assert.equal(answer.status, 200);
      assert.match(await answer.text(), /words/);
    }
    const billed = model.usage();
    const sum = (field: "inputTokens" | "cachedInputTokens" | "outputTokens") => relay.usages.reduce((total, usage) => total + usage[field], 0);
    assert.deepEqual(
      [sum("inputTokens"), sum("cachedInputTokens"), sum("outputTokens"), relay.usages.length],
      [billed.inputTokens, billed.cachedInputTokens, billed.outputTokens, 2],
    );
    assert.deepEqual(relay.usages.map((usage) => usage.source), ["wire", "wire"]);
    const headers = model.requests[0]?.conversation.headers ?? {};
    assert.ok(Object.values(headers).some((value) => value.includes(keyOfTest)) && !JSON.stringify(headers).includes("of the sandbox"), JSON.stringify(headers));
  });
}

async function upstream(t: TestContext, answer: (count: number, response: ServerResponse, headers: IncomingHttpHeaders) => void): Promise<string> {
  let count = 0;
  const server = createServer((request, response) => { request.resume(); request.on("end", () => answer(++count, response, request.headers)); });
  t.after(() => { server.close(); server.closeAllConnections(); });
  return listen(server);
}

test("a limit of rate is waited out as long as the provider says, and told", async (t) => {
  const url = await upstream(t, (count, response) => {
    if (count <= 2) response.writeHead(429, { "retry-after": "7" }).end("{}");
    else response.writeHead(200, { "content-type": "application/json" }).end('{"usage":{"prompt_tokens":3,"completion_tokens":1}}');
  });
  const relay = await openRelay(t, "chat", url);
  const answer = await ask(relay.url, "chat", bodyOf("chat", "x", false));
  assert.deepEqual([answer.status, relay.waits, relay.usages.map((usage) => usage.inputTokens)], [200, [7_000, 7_000], [3]]);
});

test("a limit is known by its body, too: Google's delay is waited for, an account without money is the client's to see", async (t) => {
  const google = await openRelay(
    t,
    "gemini",
    await upstream(t, (count, response) => {
      if (count === 1) response.writeHead(429).end('{"error":{"details":[{"retryDelay":"7s"}]}}');
      else response.end("{}");
    }),
  );
  assert.deepEqual([(await ask(google.url, "gemini", bodyOf("gemini", "x", true))).status, google.waits], [200, [7_000]]);
  const body = '{"error":{"code":"insufficient_quota"}}';
  const broke = await openRelay(t, "chat", await upstream(t, (_count, response) => { response.writeHead(429, { "retry-after": "1" }).end(body); }));
  const answer = await ask(broke.url, "chat", bodyOf("chat", "x", false));
  assert.deepEqual([answer.status, await answer.text(), broke.waits], [429, body, []]);
});

const encoders = { gzip: gzipSync, "x-gzip": gzipSync, deflate: deflateSync, br: brotliCompressSync, zstd: zstdCompressSync } as const;

test("an answer that was compressed unasked is passed on plain and counted, and so is a request", async (t) => {
  const plain = 'data: {"choices":[{"delta":{"content":"words"}}]}\n\ndata: {"choices":[{"delta":{}}],"usage":{"prompt_tokens":3,"completion_tokens":1}}\n\n';
  for (const [name, encode] of Object.entries(encoders)) {
    let seen: IncomingHttpHeaders = {};
    const relay = await openRelay(
      t,
      "chat",
      await upstream(t, (_count, response, headers) => {
        seen = headers;
        response.writeHead(200, { "content-type": "text/event-stream", "content-encoding": name }).end(encode(plain));
      }),
    );
    const answer = await fetch(`${relay.url}/chat/completions`, { method: "POST", headers: { "content-encoding": name }, body: encode(JSON.stringify(bodyOf("chat", "x", true))) });
    assert.deepEqual([answer.headers.get("content-encoding"), await answer.text()], [null, plain], name);
    assert.deepEqual(
      [relay.usages.map(({ inputTokens, source }) => [inputTokens, source]), seen["content-encoding"], seen["content-length"]],
      [[[3, "wire"]], undefined, String(JSON.stringify({ ...bodyOf("chat", "x", true), stream_options: { include_usage: true } }).length)],
      name,
    );
  }
  const unknown = await openRelay(t, "chat", await upstream(t, (_count, response) => { response.writeHead(200, { "content-encoding": "aws-chunked" }).end("whatever"); }));
  const answer = await ask(unknown.url, "chat", bodyOf("chat", "x", false));
  assert.deepEqual([await answer.text(), unknown.usages[0]?.source], ["whatever", "unknown"]);
});

test("the event of counts that only we asked for does not reach the client", async (t) => {
  const model = await startScriptedModel({ script: () => text("some words") });
  t.after(() => model.close());
  for (const isAsked of [false, true]) {
    const relay = await openRelay(t, "chat", model.url);
    const streamed = await (await ask(relay.url, "chat", { ...bodyOf("chat", "x", true), ...(isAsked ? { stream_options: { include_usage: true } } : {}) })).text();
    const events = streamed
      .split("\n")
      .filter((line) => line.startsWith("data: {"))
      .map((line) => JSON.parse(line.slice(6)) as { readonly choices: readonly unknown[] }); // the model's own form
    assert.equal(events.some(({ choices }) => choices.length === 0), isAsked, streamed);
    assert.ok(events.length > 0 && relay.usages[0]?.source === "wire");
  }
});

test("a redirection is refused, a request above the bound is told as such, headers of one connection stay here", async (t) => {
  const failures: (number | undefined)[] = [];
  let seen: IncomingHttpHeaders = {};
  const relay = await openRelay(
    t,
    "chat",
    await upstream(t, (_count, response, headers) => {
      seen = headers;
      response.writeHead(307, { location: "http://127.0.0.1:9/" }).end();
    }),
    {
      onFailure: ({ status }) => {
        failures.push(status);
      },
    },
  );
  const answer = await fetch(`${relay.url}/chat/completions`, { method: "POST", body: "{}", redirect: "manual" });
  assert.deepEqual([answer.status, relay.usages, failures], [307, [], [307]]);
  await new Promise<void>((resolve) => {
    request(`${relay.url}/chat/completions`, { method: "POST", headers: { connection: "x-hop, close", "x-hop": "1", "x-kept": "1" } }, (hop) => {
      hop.resume().on("end", resolve);
    }).end("{}");
  });
  assert.deepEqual([seen["x-hop"], seen["x-kept"]], [undefined, "1"]);
  const large = await fetch(`${relay.url}/chat/completions`, {
    method: "POST",
    headers: { "content-encoding": "gzip" },
    body: gzipSync(Buffer.alloc(65 * 1024 * 1024), { level: 1 }),
  });
  assert.deepEqual([large.status, failures], [413, [307, 307, 413]]);
});

test("a base address with a query keeps it behind the path", async (t) => {
  const urls: (string | undefined)[] = [];
  const server = createServer((incoming, response) => { urls.push(incoming.url); incoming.resume().on("end", () => { response.end("{}"); }); });
  t.after(() => { server.close(); server.closeAllConnections(); });
  const relay = await openRelay(t, "chat", `${await listen(server)}/openai/v1?api-version=preview`);
  await (await ask(relay.url, "chat", bodyOf("chat", "x", false), "/chat/completions?beta=true&key=leaked")).text();
  assert.deepEqual(urls, ["/openai/v1/chat/completions?api-version=preview&beta=true"]);
});

test("a wait that no client would stand is the client's to see", async (t) => {
  const relay = await openRelay(t, "chat", await upstream(t, (_count, response) => { response.writeHead(429, { "retry-after": "900" }).end("later"); }));
  const answer = await ask(relay.url, "chat", bodyOf("chat", "x", false));
  assert.deepEqual([answer.status, answer.headers.get("retry-after"), await answer.text(), relay.waits, relay.usages], [429, "900", "later", [], []]);
});

test("an answer without counts is told as unknown, and costs no known price; one that was cut off is estimated, and says so", async (t) => {
  const silent = await openRelay(t, "chat", await upstream(t, (_count, response) => { response.writeHead(200, { "content-type": "application/json" }).end("{}"); }));
  await (await ask(silent.url, "chat", bodyOf("chat", "x", false))).text();
  assert.deepEqual(silent.usages.map(({ source, costUsd }) => [source, costUsd]), [["unknown", null]]);
  const cut = await openRelay(
    t,
    "messages",
    await upstream(t, (_count, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write('data: {"message":{"usage":{"input_tokens":5,"output_tokens":1}}}\n\n', () => response.destroy());
    }),
  );
  await ask(cut.url, "messages", bodyOf("messages", "x", true)).then((answer) => answer.text()).catch(() => "");
  assert.deepEqual(cut.usages.map(({ source, inputTokens, outputTokens, costUsd }) => [source, inputTokens, outputTokens, costUsd]), [["unknown", 5, 1, 15 / 1e6]]);
  const body = bodyOf("chat", "x".repeat(3_000), true);
  const early = await openRelay(
    t,
    "chat",
    await upstream(t, (_count, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write('data: {"choices":[]}\n\n'.repeat(7), () => response.destroy());
    }),
  );
  await ask(early.url, "chat", body).then((answer) => answer.text()).catch(() => "");
  const [usage] = early.usages;
  assert.deepEqual([usage?.source, usage?.outputTokens], ["unknown", 7]);
  assert.ok(usage !== undefined && usage.inputTokens > 1_000 && usage.inputTokens < 1_200 && usage.costUsd !== null, JSON.stringify(usage));
});

test("a refused call and a foreign path never reach the model", async (t) => {
  const model = await startScriptedModel({ script: () => text("never") });
  t.after(() => model.close());
  const relay = await openRelay(t, "messages", model.url, { onModelCall: () => "the budget is used" });
  const answer = await ask(relay.url, "messages", bodyOf("messages", "x", true));
  assert.equal(answer.status, 400);
  assert.match(await answer.text(), /the budget is used/);
  for (const path of ["/files", "/messages/batches", "/../admin", "/responses"]) assert.equal((await ask(relay.url, "messages", {}, path)).status, 404);
  assert.equal(model.requests.length, 0);
  assert.equal(relay.refused.length, 4);
});

test("a note goes behind the answer that called for it, once, and stays there in later requests", async (t) => {
  const model = await startScriptedModel({ script: () => text("fine") });
  t.after(() => model.close());
  let count = 0;
  const relay = await openRelay(t, "chat", model.url, { onToolAnswer: () => Promise.resolve(++count === 1 ? "NOTE-OF-THE-HARNESS" : undefined) });
  const messages: unknown[] = [{ role: "user", content: "go" }];
  const round = async (id: string) => {
    messages.push(
      { role: "assistant", tool_calls: [{ id, type: "function", function: { name: "f", arguments: "{}" } }] },
      { role: "tool", tool_call_id: id, content: `done ${id}` },
    );
    await (await ask(relay.url, "chat", { model: "m", messages })).text();
    return model.requests.at(-1)?.conversation.toolResults.map((result) => result.text);
  };
  await (await ask(relay.url, "chat", { model: "m", messages })).text();
  assert.equal(count, 0);
  assert.deepEqual(await round("a"), ["done a\n\nNOTE-OF-THE-HARNESS"]);
  await (await ask(relay.url, "chat", { model: "m", messages })).text();
  assert.deepEqual(await round("b"), ["done a\n\nNOTE-OF-THE-HARNESS", "done b"]);
  assert.equal(count, 2);
});

test("a session is recorded without secrets and replayed without a model", async (t) => {
  const model = await startScriptedModel({ script: ({ toolResults }) => (toolResults.length === 0 ? call("look", {}) : text(`The key is ${keyOfTest}`)) });
  t.after(() => model.close());
  const folder = folderOf(t);
  const { files, secrets, clock, log } = createNodeProviders({ env: { TEST_KEY: keyOfTest }, statePath: folder, version: "0.0.0" });
  secrets.fromEnvironment("TEST_KEY");
  const path = join(folder, "wire.jsonl");
  const bodies = [
    bodyOf("chat", `${keyOfTest} first`, true),
    {
      model: "m",
      stream: true,
      messages: [
        { role: "user", content: "x" },
        { role: "tool", tool_call_id: "a", content: "seen" },
      ],
    },
  ];
  const recording = await openRelay(t, "chat", model.url, { transcript: openTranscript({ files, secrets, clock, log }, path), folder });
  const first: string[] = [];
  for (const body of bodies) first.push(await (await ask(recording.url, "chat", body)).text());
  const recorded = readFileSync(path, "utf8");
  assert.ok(!recorded.includes(keyOfTest) && recorded.trimEnd().split("\n").length === 2, recorded);
  await model.close();
  const replaying = await openRelay(t, "chat", "http://127.0.0.1:9", { replay: await openReplay(files, path), folder });
  const again: string[] = [];
  for (const body of bodies) again.push(await (await ask(replaying.url, "chat", body)).text());
  assert.equal(again[0], first[0]);
  assert.match(again[1] ?? "", /The key is/);
  assert.deepEqual(
    replaying.usages.map(({ inputTokens, outputTokens }) => [inputTokens, outputTokens]),
    recording.usages.map(({ inputTokens, outputTokens }) => [inputTokens, outputTokens]),
  );
  const other = await ask(replaying.url, "chat", bodies[0]);
  assert.equal(other.status, 400);
  await assert.rejects(openReplay(files, join(folder, "none")), { code: "REPLAY_MISSING" });
});

test("a model that is not there is told in the wire's own form", async (t) => {
  const relay = await openRelay(t, "messages", "http://127.0.0.1:9", { key: new Secret(keyOfTest) });
  const answer = await ask(relay.url, "messages", bodyOf("messages", "x", false));
  assert.equal(answer.status, 502);
  const words = await answer.text();
  assert.match(words, /"type":"error".*Cannot reach the model/);
  assert.ok(!words.includes(keyOfTest));
});

test("side requests to a small model cost what that model costs, and nobody knows it where its price is not told", async (t) => {
  const model = await startScriptedModel({ script: () => text("some words") });
  t.after(() => model.close());
  const check = async (smallModel: ModelRelayOptions["smallModel"], name: string): Promise<number | null | undefined> => {
    const relay = await openRelay(t, "chat", model.url, { smallModel });
    await (await ask(relay.url, "chat", { ...bodyOf("chat", "x", true), model: name })).text();
    return relay.usages[0]?.costUsd;
  };
  const whole = await check(undefined, "m");
  assert.ok(typeof whole === "number" && whole > 0);
  assert.equal(await check({ name: "small", price: { inputUsd: 1, outputUsd: 10 } }, "small"), whole);
  assert.equal(await check({ name: "small", price: { inputUsd: 0, outputUsd: 0 } }, "small"), 0);
  assert.equal(await check({ name: "small", price: { inputUsd: 0, outputUsd: 0 } }, "m"), whole);
  assert.equal(await check({ name: "small" }, "small"), null);
});
