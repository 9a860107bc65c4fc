// A tiny agent of the Agent Client Protocol: it asks its model over the Messages wire and does what it says. Its prompt's first word may make it
// misbehave; INSPAN_TEST_AGENT names faults from the start. For tests of the driver only.
import { spawn, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";

const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
const waiters = new Map();
let lastId = 0;
const ask = (method, params) => new Promise((resolve) => { const id = ++lastId; waiters.set(id, resolve); send({ id, method, params }); });
const storePath = `${process.env.CLAUDE_CONFIG_DIR}/history.json`;
const readHistory = () => { try { return JSON.parse(readFileSync(storePath, "utf8")); } catch { return []; } };

let session = { id: "", cwd: "", servers: [], system: "" };
let messages = [];
let isCancelled = false;
const update = (body) => send({ method: "session/update", params: { sessionId: session.id, update: body } });

async function callModel() {
  const answer = await fetch(`${process.env.ANTHROPIC_BASE_URL}/v1/messages`, { method: "POST", headers: { "content-type": "application/json", "x-api-key": process.env.ANTHROPIC_API_KEY ?? "" }, body: JSON.stringify({ model: process.env.ANTHROPIC_MODEL, system: session.system, messages, tools: [{ name: "run" }, { name: "edit" }, { name: "operation" }] }) });
  if (!answer.ok) throw new Error(`the model said ${answer.status}: ${(await answer.text()).slice(0, 200)}`);
  return (await answer.json()).content;
}

function mcpCall(name, input) {
  const server = session.servers[0];
  const lines = [{ id: 1, method: "initialize", params: { protocolVersion: "2025-06-18" } }, { id: 2, method: "tools/call", params: { name, arguments: input } }].map((one) => JSON.stringify({ jsonrpc: "2.0", ...one })).join("\n");
  const { stdout } = spawnSync(server.command, server.args, { input: `${lines}\n`, encoding: "utf8" });
  return JSON.parse(stdout.trim().split("\n").at(-1)).result.content[0].text;
}

async function useTool({ id, name, input }) {
  const call = name === "edit"
    ? { toolCallId: id, title: `edit ${input.path}`, kind: "edit", status: "pending", locations: [{ path: input.path }], content: [{ type: "diff", path: input.path, newText: input.text }] }
    : { toolCallId: id, title: input.command ?? name, kind: "execute", status: "pending" };
  update({ sessionUpdate: "tool_call", ...call });
  const { result } = await ask("session/request_permission", { sessionId: session.id, toolCall: call, options: [{ optionId: "yes", kind: "allow_once", name: "Yes" }, { optionId: "no", kind: "reject_once", name: "No" }] });
  let output = "rejected";
  if (result?.outcome?.optionId === "yes") {
    if (name === "edit") { writeFileSync(`${session.cwd}/${input.path}`, input.text); output = "written"; }
    else if (name === "operation") output = mcpCall(input.name, input.input);
    else output = await new Promise((resolve) => { const child = spawn("sh", ["-c", input.command], { cwd: session.cwd, stdio: ["ignore", "pipe", "pipe"] }); let text = ""; for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => { text += chunk; }); child.on("exit", () => resolve(text)); });
  }
  update({ sessionUpdate: "tool_call_update", toolCallId: id, status: output === "rejected" ? "failed" : "completed", content: [{ type: "content", content: { type: "text", text: output } }] });
  return { type: "tool_result", tool_use_id: id, content: output };
}

async function prompt(text) {
  if (text.startsWith("EXIT") || process.env.TEST_EXIT) process.exit(3);
  if (text.startsWith("HANG")) return new Promise(() => undefined);
  if (text.startsWith("NONSENSE")) process.stdout.write("this is no protocol\n{\"half\": \n\u0000\u0001\n");
  if (text.startsWith("MEGABYTES")) for (let count = 0; count < 30; count++) update({ sessionUpdate: "agent_message_chunk", content: { type: "text", text: "x".repeat(1_000_000) } });
  if (text.startsWith("UNKNOWN")) return { stopReason: "bored" };
  if (text.startsWith("EXPIRED")) throw Object.assign(new Error("Authentication required"), { code: -32000 });
  if (text.startsWith("MALFORMED")) {
    send({ method: "session/update", params: null });
    const asked = await ask("session/request_permission", {});
    update({ sessionUpdate: "agent_message_chunk", content: { type: "text", text: `answered ${asked.error?.code}` } });
    return { stopReason: "end_turn" };
  }
  if (text.startsWith("SERVER")) spawn("sleep", ["31818"], { detached: true, stdio: "ignore" }).unref();
  messages.push({ role: "user", content: [{ type: "text", text }] });
  for (;;) {
    const content = await callModel();
    messages.push({ role: "assistant", content });
    for (const part of content) if (part.type === "text") update({ sessionUpdate: "agent_message_chunk", content: { type: "text", text: part.text } });
    const calls = content.filter((part) => part.type === "tool_use");
    if (calls.length === 0) break;
    const results = [];
    for (const call of calls) results.push(await useTool(call));
    messages.push({ role: "user", content: results });
    if (isCancelled) break;
  }
  writeFileSync(storePath, JSON.stringify({ id: session.id, messages }));
  return { stopReason: isCancelled ? "cancelled" : "end_turn" };
}

const answers = {
  initialize: () => ({ protocolVersion: process.env.TEST_PROTOCOL ? Number(process.env.TEST_PROTOCOL) : 1, agentCapabilities: { loadSession: true } }),
  "session/new": ({ cwd, mcpServers, _meta }) => { session = { id: "s-1", cwd, servers: mcpServers, system: _meta?.systemPrompt?.append ?? "" }; return { sessionId: session.id }; },
  "session/load": ({ sessionId, cwd, mcpServers, _meta }) => { const kept = readHistory(); if (kept.id !== sessionId) throw new Error("no such session"); messages = kept.messages; session = { id: sessionId, cwd, servers: mcpServers, system: _meta?.systemPrompt?.append ?? "" }; return null; },
  "session/prompt": ({ prompt: [first] }) => { isCancelled = false; return prompt(first.text); },
};

createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method, params, result, error } = JSON.parse(line);
  if (method === undefined) { waiters.get(id)?.({ result, error }); waiters.delete(id); return; }
  if (method === "session/cancel") { isCancelled = true; return; }
  Promise.resolve().then(() => answers[method](params)).then((answer) => send({ id, result: answer }), (failure) => send({ id, error: { code: failure.code ?? -32603, message: String(failure.message ?? failure) } }));
}).on("close", () => process.exit(0));
