// The fast regular expressions say what RE2's automaton says.
import assert from "node:assert/strict";
import { test } from "node:test";
import { RE2JS } from "re2js";
import { compileAnchoredRegex, compileRegex } from "./regex.ts";

const patterns = [
  "a",
  "a.b",
  "^a",
  "b$",
  "a|b",
  "(a|b)c",
  "a*b",
  "a+?b",
  "[a-c]+",
  "[^a]x",
  "\\d+",
  "\\w\\s\\w",
  "\\bab\\b",
  "(?i)AB",
  "(?s)a.b",
  "a{2,3}",
  "a{2}",
  "(ab)*c",
  "(a*)*c",
  ".*b.*",
  "x?a?b",
  "(?P<n>a)b",
  "\\.",
  "[.]",
  "[\\d-]",
  "a\\/b",
  "é.",
  "\\x41",
  "[[:alpha:]]+",
  "(a|ab)(c|bcd)",
];
const texts = ["", "a", "b", "ab", "aab", "a\nb", "abc", "abcd", "AB", "xab", "a b", "1-2", "a.b", "a/b", "éa", "aaa", "c", "ababc", "A", "a\rb"];

test("compileRegex() and compileAnchoredRegex() agree with RE2's automaton", () => {
  for (const pattern of patterns) {
    for (const text of texts) {
      assert.equal(compileRegex(pattern).test(text), RE2JS.compile(pattern).matcher(text).find(), `${pattern} in ${JSON.stringify(text)}`);
      assert.equal(compileAnchoredRegex(pattern).test(text), RE2JS.compile(`^(?s:${pattern})$`).matcher(text).find(), `${pattern} is ${JSON.stringify(text)}`);
      const found = RE2JS.compile(pattern).matcher(text);
      assert.equal(compileRegex(pattern).exec(text)?.groups[0], found.find() ? found.group() ?? undefined : undefined, `${pattern} of ${JSON.stringify(text)}`);
    }
  }
});
