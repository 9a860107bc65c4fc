import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Conversation, ModelStep, Script, WireName } from "./index.ts";
import { call, muteText, startScriptedModel, text } from "./index.ts";

const paths: Readonly<Record<WireName, string>> = { responses: "/responses", chat: "/chat/completions", messages: "/messages", gemini: "/models/m:generateContent" };
const userText = "fix it";

function bodyOf(wire: WireName, words: string, extra: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const message = { role: "user", content: words };
  if (wire === "responses")
    return {
      model: "m",
      stream: true,
      instructions: "be good",
      input: [{ type: "message", role: "user", content: [{ type: "input_text", text: words }] }],
      ...extra,
    };
  if (wire === "chat") return { model: "m", stream: true, messages: [{ role: "system", content: "be good" }, message], ...extra };
  return { model: "m", stream: true, system: [{ type: "text", text: "be good" }], messages: [message], ...extra };
}

async function withModel<T>(
  script: Script,
  work: (
    model: Awaited<ReturnType<typeof startScriptedModel>>,
    post: (wire: WireName, body: unknown, headers?: Record<string, string>) => Promise<Response>,
  ) => Promise<T>,
): Promise<T> {
  const model = await startScriptedModel({ script });
  try {
    return await work(model, (wire, body, headers = {}) =>
      fetch(`${model.url}${paths[wire]}`, { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json", ...headers } }),
    );
  } finally { await model.close(); }
}

function dataOf(stream: string): Record<string, unknown>[] {
  return stream.split("\n").filter((line) => line.startsWith("data: {")).map((line) => JSON.parse(line.slice(6)) as Record<string, unknown>); // the server's own JSON
}

for (const wire of ["responses", "chat", "messages"] as const) {
  test(`startScriptedModel() shows one conversation form and bills the same tokens on the ${wire} wire`, async () => {
    let seen: Conversation | undefined;
    const step: ModelStep = { kind: "text", text: "done", reasoning: "hm", usage: { inputTokens: 100, cachedInputTokens: 40, outputTokens: 20, reasoningTokens: 5 } };
    await withModel((conversation) => { seen = conversation; return step; }, async (model, post) => {
      const events = dataOf(await (await post(wire, bodyOf(wire, userText))).text());
      const { headers: _headers, ...conversation } = seen ?? assert.fail("the script was not asked");
      assert.deepEqual(conversation, {
        wire, key: conversation.key, model: "m", system: "be good", messages: [{ kind: "user", text: userText }],
        toolsOffered: [], freeformTools: [], lastUserText: userText, toolResults: [],
      });
      const usages = JSON.stringify(events);
      assert.match(usages, wire === "messages" ? /"input_tokens":60,"cache_read_input_tokens":40/ : /"cached_tokens":40/);
      assert.deepEqual(model.usage(conversation.key), step.usage);
      assert.deepEqual(model.usage("another"), { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, reasoningTokens: 0 });
    });
  });

  test(`startScriptedModel() answers plainly on the ${wire} wire where no stream is asked for`, async () => {
    await withModel(() => text("done"), async (_model, post) => {
      assert.match(await (await post(wire, bodyOf(wire, userText, { stream: false }))).text(), /"done"/);
    });
  });
}

test("startScriptedModel() answers a freeform tool with custom_tool_call and a namespaced one with its namespace", async () => {
  const script: Script = (conversation) => ({
    kind: "calls",
    calls: [
      { tool: "apply_patch", arguments: { patch: "*** Begin Patch" } },
      { tool: "mcp__rules/get_rules", arguments: { n: conversation.toolsOffered.length } },
    ],
  });
  await withModel(script, async (_model, post) => {
    const tools = [{ type: "custom", name: "apply_patch" }, { type: "namespace", name: "mcp__rules", tools: [{ type: "function", name: "get_rules" }] }];
    const items = dataOf(await (await post("responses", bodyOf("responses", userText, { tools }))).text())
      .filter((event) => event["type"] === "response.output_item.done")
      .map((event) => event["item"]);
    const [first, second] = items as [{ call_id: string }, { call_id: string }]; // what the two calls above become
    assert.deepEqual(items, [
      {
        id: items.length > 0 ? (first as { id?: string }).id : "",
        status: "completed",
        type: "custom_tool_call",
        call_id: first.call_id,
        name: "apply_patch",
        input: "*** Begin Patch",
      },
      { id: (second as { id?: string }).id, status: "completed", type: "function_call", call_id: second.call_id, name: "get_rules", namespace: "mcp__rules", arguments: '{"n":2}' },
    ]);
  });
});

test("startScriptedModel() pairs results with their calls and keeps concurrent conversations apart", async () => {
  const script: Script = ({ toolResults, lastUserText }) =>
    toolResults.length === 0
      ? call("read", { path: lastUserText })
      : text(toolResults.map((result) => `${result.tool} ${result.arguments} ${result.text}`).join());
  await withModel(script, async (_model, post) => {
    const answers = await Promise.all(Array.from({ length: 20 }, async (_, index) => {
      const followUp = {
        messages: [
          { role: "user", content: `file${index}` },
          { role: "assistant", tool_calls: [{ id: "c", type: "function", function: { name: "read", arguments: `{"path":"file${index}"}` } }] },
          { role: "tool", tool_call_id: "c", content: `text${index}` },
        ],
      };
      return (await post("chat", bodyOf("chat", "", { stream: false, ...followUp }))).text();
    }));
    answers.forEach((answer, index) => assert.ok(answer.includes(`read {\\"path\\":\\"file${index}\\"} text${index}`), answer));
  });
});

test("a flaky step passes after as many faults as told, for each content apart", async () => {
  const script: Script = () => ({ kind: "flaky", times: 1, fault: { kind: "httpError", status: 500, message: "no", retryAfterSeconds: 1 }, then: text("fine") });
  await withModel(script, async (model, post) => {
    const statuses = [];
    for (const words of ["a", "b", "a", "b"]) statuses.push((await post("chat", bodyOf("chat", words))).status);
    assert.deepEqual(statuses, [500, 500, 200, 200]);
    assert.deepEqual(model.requests.map((request) => request.step.kind), ["httpError", "httpError", "text", "text"]);
  });
});

test("a script that throws gives 400 and the server lives on", async () => {
  await withModel(({ lastUserText }) => { if (lastUserText === "x") throw new Error("lost"); return text("fine"); }, async (_model, post) => {
    const refused = await post("messages", bodyOf("messages", "x"));
    assert.deepEqual([refused.status, await refused.json()], [400, { type: "error", error: { type: "api_error", message: "scripted model: lost" } }]);
    assert.equal((await post("messages", bodyOf("messages", "y"))).status, 200);
  });
});

test("muteText() cuts the blocks of a channel and no other, escaped quotes too", () => {
  const blocks = (quote: string) => `a<untrusted source=${quote}review/style${quote}>\nfix x\n</untrusted>b<untrusted source=${quote}logs${quote}>\ny\n</untrusted>c`;
  assert.equal(muteText(blocks('"'), ["review"]), 'ab<untrusted source="logs">\ny\n</untrusted>c');
  assert.equal(muteText(blocks('\\"'), ["review", "logs"]), "abc");
  assert.equal(muteText(blocks('"'), []), blocks('"'));
});

test("mute() makes the script deaf while the log keeps what was sent", async () => {
  await withModel(({ lastUserText }) => text(lastUserText.includes("rename") ? "renamed" : "nothing to do"), async (model, post) => {
    const words = 'look: <untrusted source="review">\nrename a\n</untrusted>';
    assert.match(await (await post("chat", bodyOf("chat", words, { stream: false }))).text(), /renamed/);
    model.mute("review");
    assert.match(await (await post("chat", bodyOf("chat", words, { stream: false }))).text(), /nothing to do/);
    assert.equal(model.requests[1]?.conversation.lastUserText, words);
  });
});

test("main.ts prints its url, serves models and token counts, and ends with 0 on SIGTERM", async () => {
  const child = spawn(process.execPath, [fileURLToPath(new URL("main.ts", import.meta.url)), "--script", "echo"], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const [line] = await once(child.stdout, "data") as [Buffer]; // the first chunk of a pipe
    const { url } = JSON.parse(line.toString()) as { url: string }; // the one line that it prints
    assert.match(await (await fetch(`${url}/models`)).text(), /"scripted"/);
    assert.match(await (await fetch(`${url}/messages/count_tokens`, { method: "POST", body: "{}" })).text(), /"input_tokens":1/);
    assert.match(await (await fetch(`${url}/chat/completions`, { method: "POST", body: JSON.stringify(bodyOf("chat", "hello", { stream: false })) })).text(), /You said: hello/);
    assert.equal((await fetch(`${url}/nothing`)).status, 404);
  } finally { child.kill("SIGTERM"); }
  assert.deepEqual(await once(child, "exit"), [0, null]);
});
