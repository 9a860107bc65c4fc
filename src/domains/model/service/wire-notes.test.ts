import assert from "node:assert/strict";
import { test } from "node:test";
import type { WireName } from "../types.ts";
import { addNotes, askForUsage, lastToolAnswer } from "./wire-notes.ts";

const bodies: Readonly<Record<WireName, unknown>> = {
  responses: {
    input: [
      { type: "message", role: "user" },
      { type: "function_call_output", call_id: "a", output: "one" },
      { type: "custom_tool_call_output", call_id: "b", output: [{ type: "input_text", text: "two" }] },
    ],
  },
  chat: {
    messages: [
      { role: "user", content: "x" },
      { role: "tool", tool_call_id: "a", content: "one" },
      { role: "tool", tool_call_id: "b", content: [{ type: "text", text: "two" }] },
    ],
  },
  messages: {
    messages: [
      { role: "user", content: "x" },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "a", content: "one" },
          { type: "tool_result", tool_use_id: "b", content: [{ type: "text", text: "two" }] },
        ],
      },
    ],
  },
  gemini: {
    contents: [
      { parts: [{ text: "x" }] },
      { parts: [{ functionResponse: { name: "f", response: { output: "one" } } }, { functionResponse: { id: "b", name: "f", response: { output: "two" } } }] },
    ],
  },
};

for (const wire of ["responses", "chat", "messages", "gemini"] as const) {
  test(`addNotes() puts a note behind its own answer alone, in the form of ${wire}`, () => {
    const body = structuredClone(bodies[wire]);
    assert.equal(lastToolAnswer(wire, body), "b");
    const first = wire === "gemini" ? "#1" : "a";
    assert.equal(addNotes(wire, body, new Map([[first, "NOTE-1"], ["b", "NOTE-2"], ["gone", "NOTE-3"]])), true);
    const text = JSON.stringify(body);
    assert.match(text, /one\\n\\nNOTE-1/);
    assert.ok(text.indexOf("NOTE-2") > text.indexOf("two"), text);
    assert.ok(!text.includes("NOTE-3"));
    assert.equal(addNotes(wire, structuredClone(bodies[wire]), new Map([["gone", "x"]])), false);
  });
}

test("lastToolAnswer() finds none where nothing was called, or where a body is odd", () => {
  for (const body of [{}, { messages: [{ role: "user", content: "x" }] }, null, 7, { messages: "x" }, { messages: [{ role: "tool" }] }])
    assert.equal(lastToolAnswer("chat", body), undefined);
});

test("askForUsage() asks for the counts of a stream, once, in one wire only", () => {
  const check = (wire: WireName, body: Record<string, unknown>, isChanged: boolean, options: unknown) => {
    assert.equal(askForUsage(wire, body), isChanged);
    assert.deepEqual(body["stream_options"], options);
  };
  check("chat", { stream: true }, true, { include_usage: true });
  check("chat", { stream: true, stream_options: { x: 1 } }, true, { x: 1, include_usage: true });
  check("chat", { stream: true, stream_options: { include_usage: true } }, false, { include_usage: true });
  check("chat", {}, false, undefined);
  check("messages", { stream: true }, false, undefined);
});
