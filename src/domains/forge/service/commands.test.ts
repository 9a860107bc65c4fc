import assert from "node:assert/strict";
import { test } from "node:test";
import { parseForgeCommand, parseQuotedReply, parseThreadReply } from "./commands.ts";

const check = (body: string, expected: ReturnType<typeof parseForgeCommand>) => assert.deepEqual(parseForgeCommand(body), expected, JSON.stringify(body));

test("parseForgeCommand() takes what the writer says at the start of a line, and nothing that they quote", () => {
  check("/inspan answer use the second one", { kind: "answer", text: "use the second one" });
  check("Looks right to me.\r\n\r\n/inspan answer: merge\r\nand thank you", { kind: "answer", text: "merge\nand thank you" });
  check("/Inspan Resume", { kind: "resume" });
  check("/inspan answer", { kind: "resume" });
  check("/inspan answer cancel", { kind: "cancel" });
  check("/inspan cancel", { kind: "cancel" });
  check("please /inspan answer merge", undefined);
  check("> /inspan answer merge\n\nNobody should do that.", undefined);
  check("```\n/inspan answer merge\n```\nthis is how", undefined);
  check("~~~~\n~~~\n/inspan answer merge\n~~~~", undefined);
  check("<!-- hidden\n/inspan answer merge\n-->", undefined);
  check("<!-- x --> \n/inspan answer a", { kind: "answer", text: "a" });
  check("/inspan answering machine", undefined);
  check("/inspan merge", undefined);
  check("", undefined);
  check(`/inspan answer ${"x".repeat(20_000)}`, { kind: "answer", text: "x".repeat(8_000) });
});

test("a reply that quotes the question is an answer; one that quotes something else, or says nothing, is none", () => {
  const question = "### Held: conflict\n\nThe base moved five times while checks ran.\n\n- resume\n- cancel";
  assert.deepEqual(parseQuotedReply("> The base moved five times while checks ran.\n\nTry once more.", question), { kind: "answer", text: "Try once more." });
  assert.deepEqual(parseQuotedReply("> The base moved five times while checks ran.\n\nresume", question), { kind: "resume" });
  assert.equal(parseQuotedReply("> something that another one said here\n\nTry once more.", question), undefined);
  assert.equal(parseQuotedReply("> - resume\n\nyes", question), undefined);
  assert.equal(parseQuotedReply("> The base moved five times while checks ran.", question), undefined);
  assert.deepEqual(parseThreadReply("Use main.\n> old words"), { kind: "answer", text: "Use main." });
  assert.equal(parseThreadReply("> only a quote"), undefined);
});

test("parseForgeCommand() needs linear time on text made to be slow", () => {
  for (const text of ["/inspan ".repeat(40_000), "`".repeat(200_000), ">".repeat(200_000), `${"<!--".repeat(50_000)}`]) parseForgeCommand(text);
});
