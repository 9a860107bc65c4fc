import assert from "node:assert/strict";
import { test } from "node:test";
import { keyHeader, routeOf } from "./wire-routes.ts";

test("routeOf() passes model calls and nothing else of what a key may open", () => {
  assert.equal(routeOf("responses", "POST", "/responses"), "call");
  assert.equal(routeOf("chat", "POST", "/chat/completions"), "call");
  assert.equal(routeOf("messages", "POST", "/messages"), "call");
  assert.equal(routeOf("messages", "POST", "/messages/count_tokens"), "free");
  assert.equal(routeOf("gemini", "POST", "/models/gemini-x:streamGenerateContent"), "call");
  assert.equal(routeOf("gemini", "POST", "/models/gemini-x:countTokens"), "free");
  for (const [method, path] of [
    ["GET", "/responses"],
    ["POST", "/files"],
    ["POST", "/messages/batches"],
    ["DELETE", "/models/x"],
    ["POST", "/chat/completions/../files"],
    ["POST", "/models/x:tune"],
  ] as const) {
    for (const wire of ["responses", "chat", "messages", "gemini"] as const) assert.equal(routeOf(wire, method, path), undefined, `${wire} ${method} ${path}`);
  }
  assert.deepEqual(keyHeader("messages", "k"), ["x-api-key", "k"]);
});
