import assert from "node:assert/strict";
import { test } from "node:test";
import { readMcpMessage, renderMcpResult } from "./mcp-messages.ts";

const tools = [{ name: "submit_plan", description: "Hands in a plan", inputSchema: { properties: {} } }];
const ask = (message: unknown) =>
  readMcpMessage(typeof message === "string" ? message : JSON.stringify({ jsonrpc: "2.0", ...(message as object) }), tools, "HOW"); // the cases below are objects
const result = (message: unknown): unknown => {
  const question = ask(message);
  assert.ok(question.kind === "answer");
  return (
    (JSON.parse(question.text) as { result?: unknown; error?: { code: number } }).result ??
    (JSON.parse(question.text) as { error?: { code: number } }).error?.code
  );
}; // our own text

test("readMcpMessage() answers what a client of tools asks", () => {
  assert.deepEqual(result({ id: 1, method: "initialize", params: { protocolVersion: "2024-11-05" } }), {
    protocolVersion: "2024-11-05",
    capabilities: { tools: {} },
    serverInfo: { name: "inspan", version: "1" },
    instructions: "HOW",
  });
  assert.deepEqual(result({ id: "a", method: "tools/list" }), { tools: [{ ...tools[0], inputSchema: { properties: {}, type: "object" } }] });
  assert.deepEqual(result({ id: 2, method: "ping" }), {});
  assert.deepEqual(ask({ id: 3, method: "tools/call", params: { name: "submit_plan", arguments: { a: 1 } } }), { kind: "call", id: 3, tool: "submit_plan", input: { a: 1 } });
  assert.deepEqual(ask({ method: "notifications/initialized" }), { kind: "silence" });
  assert.deepEqual(ask({ id: 4, result: {} }), { kind: "silence" });
  assert.deepEqual(JSON.parse(renderMcpResult(3, { text: "kept", isError: false })), {
    jsonrpc: "2.0",
    id: 3,
    result: { content: [{ type: "text", text: "kept" }], isError: false },
  });
});

test("readMcpMessage() tells what it does not understand in the protocol's own words", () => {
  assert.equal(result("{"), -32_700);
  assert.equal(result("[]"), -32_600);
  assert.equal(result({ id: 1, method: "resources/list" }), -32_601);
  assert.equal(result({ id: 1, method: "tools/call", params: {} }), -32_602);
});
