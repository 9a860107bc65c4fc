// The quick way through a plain block says what YAML says; anything else goes YAML's way.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readFrontMatter } from "./front-matter.ts";

/** A comment is more than a plain line: the same block is then read as YAML. */
const byYaml = (block: readonly string[]) => readFrontMatter(["---", ...block, "# read as YAML", "---"]);

const lines = [
  "owner: team", "status: draft", "title: Two words and a-dash", "path: docs/a.b/c_d", "Key-Name: x  y", "trailing: word   ", "single: a",
  "yes: word",
  "word: yes",
  "on: Off",
  "nothing: null",
  "number: 12",
  "date: 2026-11-21",
  'quoted: "a"',
  "hash: a #b",
  "colon: a: b",
  "list: [a, b]",
  "empty:",
  "__proto__: x",
  "constructor: y",
  " indented: z",
  "version: v1.2",
  "dots: a...",
  "dash: a -",
  "Überschrift: x",
  "value: Ümlaut",
  "anchor: &a b",
  "tab:\tx",
];

for (const line of lines) {
  test(`a block with "${line}" is what YAML makes of it`, () => {
    const block = ["owner: somebody else".replace("owner", line.startsWith("owner") ? "holder" : "owner"), line];
    const quick = readFrontMatter(["---", ...block, "---", "text"]);
    const slow = byYaml(block);
    assert.deepEqual({ ...quick, endLine: 0 }, { ...slow, endLine: 0 });
  });
}

test("a key that is there twice is refused, as by YAML", () => {
  assert.notEqual(readFrontMatter(["---", "a: x", "a: y", "---"])?.problem, undefined);
});
