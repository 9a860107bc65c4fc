// Texts that nest or repeat as no person writes: read in time that grows with the text, whatever comes out.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type FactsRequest, noFacts } from "../../types/facts-request.ts";
import { adapterOf } from "../adapters.ts";

const request: FactsRequest = {
  ...noFacts,
  functions: true,
  declarations: true,
  typeUses: true,
  comments: true,
  strings: true,
  globals: ["System", "os"],
  calls: ["*"],
  localCalls: [],
};
const nested = (open: string, inside: string, close: string, depth: number) => open.repeat(depth) + inside + close.repeat(depth);

const texts: Readonly<Record<string, string>> = {
  "brackets.py": `x = ${nested("(", "1", ")", 1400)}\n`,
  "blocks.py": `${Array.from({ length: 300 }, (_, depth) => `${" ".repeat(depth)}if x:\n`).join("")}${" ".repeat(300)}pass\n`,
  "lines.py": "a.b(c)[d] = {e: f'{g}' for g in h}\n".repeat(3000),
  "brackets.go": `package a\n\nvar x = ${nested("(", "1", ")", 1400)}\n`,
  "blocks.go": `package a\n\nfunc f() ${nested("{", "", "}", 1400)}\n`,
  "chain.go": `package a\n\nvar x = a${".b(1)".repeat(1000)}\n`,
  "brackets.rs": `fn f() { let x = ${nested("(", "1", ")", 1400)}; }\n`,
  "modules.rs": `${nested("mod a { ", "use super::x; ", "}", 300)}\n`,
  "paths.rs": `fn f() { ${"crate::a::b(); ".repeat(3000)} }\n`,
  "Classes.java": `${nested("class A { ", "", "}", 300)}\n`,
  "Sum.java": `class A { int x = ${"a.b.C + ".repeat(1000)}1; }\n`,
  "Chain.java": `class A { int x = a${".b(System.out)".repeat(1000)}; }\n`,
};

for (const [file, text] of Object.entries(texts)) {
  test(`${file} is read without a problem`, async () => {
    const reader = await adapterOf(file)?.loadReader(request);
    assert.deepEqual(reader?.read(file, text).problems, []);
  });
}

test("columns count characters of the text, not bytes", async () => {
  const reader = await adapterOf("a.go")?.loadReader(request);
  assert.deepEqual(reader?.read("a.go", "package a\n\nvar x, y = \"😀é\", z\n").strings.map((one) => [one.text, one.column]), [["😀é", 12]]);
});
