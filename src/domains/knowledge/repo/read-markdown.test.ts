// Facts of Markdown: places exact to the column, slugs of GitHub, and bad input that ends.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readMarkdown } from "./read-markdown.ts";

const places = (text: string): string[] => {
  const facts = readMarkdown("a.md", text);
  return [
    ...facts.links.map((one) => `${one.kind} ${one.target} ${one.line}:${one.column}`),
    ...facts.codeSpans.map((one) => `code ${one.text} ${one.line}:${one.column}`),
  ];
};

test("readMarkdown() gives the exact line and column of each link, image, HTML link and code span", () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ["see [a](b.md) and `c`\n", ["link b.md 1:5", "code c 1:19"]],
    ["# H `x`\n\n> quoted [l](m.md)\n> more `y`\n", ["link m.md 3:10", "code x 1:5", "code y 4:8"]],
    ["- one\n  - two [l](m.md#n)\n    and ![i](p.png)\n", ["link m.md#n 2:9", "image p.png 3:9"]],
    ["| a | b |\n|---|---|\n| `q` | `q` [l](m.md) |\n", ["link m.md 3:13", "code q 3:3", "code q 3:9"]],
    ["[l][ref] [ref]\n\n[ref]: m.md 'title'\n", ["link m.md 1:1", "link m.md 1:10"]],
    ["[![alt `no`](i.png)](m.md)\n", ["link m.md 1:1", "image i.png 1:2"]],
    ["<p>\n<a href=\"m.md\">x</a> <img src='i.png'>\n</p>\n", ["html m.md 2:4", "html i.png 2:27"]],
    ["text <a href=m.md>x</a>\n<!-- <a href=\"gone.md\"> -->\n", ["html m.md 1:9"]],
    ["---\nowner: a\n---\n[l](m.md)\n", ["link m.md 4:1"]],
    ["\uFEFF[l](m.md)\r\n\r\n`c`\r\n", ["link m.md 1:1", "code c 3:1"]],
    ["``` sh\n[no](m.md) `no`\n```\n\n    [no](m.md)\n\n`[no](m.md)`\n", ["code [no](m.md) 7:1"]],
    ["<https://a.example/b> \\[no](m.md\n", []],
  ];
  for (const [text, expected] of cases) assert.deepEqual(places(text), expected, JSON.stringify(text));
});

test("readMarkdown() makes the slugs of GitHub, repeated headings counted", () => {
  const slugs = (text: string) => readMarkdown("a.md", text).headings.map((heading) => heading.slug);
  assert.deepEqual(slugs("# A b\n\n## A b\n\n### `code()` & _more_ of it!\n\nSetext [link](x.md)\n---\n\n# snake_case **x**\n\n# Ünï 1.2\n"), [
    "a-b",
    "a-b-1",
    "code--more-of-it",
    "setext-link",
    "snake_case-x",
    "ünï-12",
  ]);
});

test("readMarkdown() reads front matter, boxes, tables, fences and anchors", () => {
  const facts = readMarkdown("a.md", "---\nowner: team\nn: [1]\n---\n# T\n\n- [ ] open\n- [x] done\n1. one\n\n| h |\n|---|\n| c |\n\n```Bash x\nls\n```\n<a id=\"here\"></a>\n");
  assert.deepEqual(facts.frontMatter, { endLine: 4, value: { owner: "team", n: [1] }, lines: { owner: 2, n: 3 }, problem: undefined });
  assert.deepEqual(facts.items.map((item) => [item.line, item.isChecked, item.number]), [[7, false, undefined], [8, true, undefined], [9, undefined, 1]]);
  assert.deepEqual(facts.tables, [{ line: 11, header: ["h"], rows: [{ line: 13, cells: ["c"] }] }]);
  assert.deepEqual(facts.fences.map((fence) => [fence.language, fence.line, fence.text]), [["bash", 15, "ls\n"]]);
  assert.deepEqual(facts.anchors, ["here"]);
});

test("readMarkdown() says what is wrong with front matter, and a rule at the head is none", () => {
  const problem = (text: string) => readMarkdown("a.md", text).frontMatter?.problem;
  assert.match(problem("---\na: [\n---\n") ?? "", /line/);
  assert.match(problem("---\n- a\n---\n") ?? "", /no map/);
  assert.match(problem(`---\na: ${"x".repeat(70_000)}\n---\n`) ?? "", /64 KiB/);
  const bomb = ["a: &a [x,x,x,x,x,x,x,x,x]", ..."bcdefghi".split("").map((name, at) => `${name}: &${name} [${`*${"abcdefgh"[at]},`.repeat(9)}]`)].join("\n");
  assert.match(problem(`---\n${bomb}\n---\n`) ?? "", /alias/i);
  assert.match(problem(`---\na: ${"[".repeat(20_000)}\n---\n`) ?? "", /./);
  assert.equal(readMarkdown("a.md", "---\n\ntext\n").frontMatter, undefined);
});

test("readMarkdown() ends on soup: 100,000 links, unclosed marks, deep quotes, HTML without end", () => {
  const many = readMarkdown("a.md", "[a](b.md) ".repeat(100_000));
  assert.ok(many.links.length > 5_000 && many.omitted > 0);
  const lines = readMarkdown("a.md", "[a](b.md)\n\n".repeat(60_000));
  assert.equal(lines.links.length + lines.omitted, 60_000);
  for (const soup of [
    "[".repeat(50_000),
    "`".repeat(50_000),
    "*a ".repeat(50_000),
    "> ".repeat(20_000),
    "<a href=".repeat(20_000),
    "<!-- ".repeat(20_000),
    "![](".repeat(20_000),
    "|".repeat(50_000),
    "[a][b]".repeat(20_000),
    "- ".repeat(5_000),
  ]) {
    assert.equal(readMarkdown("a.md", soup).file, "a.md");
  }
});
