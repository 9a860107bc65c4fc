// Trees of pages: read, shown in few lines, compared. Small pages as the driver gives them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { compareTrees } from "./compare-trees.ts";
import { actionableNodes, parseTree } from "./parse-tree.ts";
import { headOf, renderTree } from "./render-tree.ts";
import { estimateTokens } from "./tokens.ts";

type Raw = { readonly role: string; readonly [key: string]: unknown } | string;

const tree = (...children: readonly Raw[]) => parseTree([{ role: "generic", active: true, ref: "e1", children }]).root;
const lines = (...children: readonly Raw[]) => renderTree(tree(...children), { isFolded: true });
const row = (number: number): Raw => ({
  role: "row",
  ref: `e${number}0`,
  children: [
    { role: "cell", name: `R${number}`, ref: `e${number}1` },
    { role: "cell", ref: `e${number}2`, children: [{ role: "button", name: `Cancel ${number}`, ref: `e${number}3` }] },
  ],
});
const table = (count: number, from = 1): Raw => ({
  role: "table",
  name: "Day",
  ref: "e9",
  children: [{ role: "rowgroup", children: Array.from({ length: count }, (_, index) => row(index + from)) }],
});
const change = (before: readonly Raw[], after: readonly Raw[]) => compareTrees(tree(...before), tree(...after)).lines;

test("renderTree() leaves out wrappers, labels that a name says, and handles that nobody needs", () => {
  assert.deepEqual(lines(
    { role: "generic", ref: "e2", children: ["Title", { role: "textbox", name: "Title", ref: "e3", text: "v1", placeholder: "ph" }] },
    { role: "heading", name: "Hi", level: 1, ref: "e4" },
    { role: "generic", ref: "e5", cursor: "pointer", text: "More" },
    { role: "paragraph", ref: "e6", children: ["Some", { role: "link", name: "link", ref: "e7", url: "/x" }, "after"] },
    { role: "button", name: "Save", ref: "e8", disabled: true },
  ), ["textbox \"Title\" e3 placeholder \"ph\": v1", "heading \"Hi\"", "clickable e5: More", "paragraph", " Some", " link \"link\" e7", " after", "button \"Save\" e8 disabled"]);
});

test("renderTree() without folding has every handle and address", () => {
  assert.deepEqual(renderTree(tree({ role: "heading", name: "Hi", ref: "e4" }, { role: "link", name: "l", ref: "e7", url: "/x" }), { isFolded: false }), [
    'heading "Hi" e4',
    'link "l" e7 -> /x',
  ]);
});

test("a choice is one line with what is chosen", () => {
  assert.deepEqual(
    lines({
      role: "combobox",
      name: "Room",
      ref: "e2",
      children: [
        { role: "option", name: "A" },
        { role: "option", name: "B", selected: true },
      ],
    }),
    ['combobox "Room" e2 = B (of A, B)'],
  );
});

test("rows are folded from the sixth on, and every control in them keeps its handle", () => {
  assert.deepEqual(lines(table(5)).length, 6);
  assert.deepEqual(lines(table(6)), [
    'table "Day"',
    ' row: R1 | button "Cancel 1" e13',
    ' row: R2 | button "Cancel 2" e23',
    ' row: R3 | button "Cancel 3" e33',
    " … 3 more row alike: button e43 e53 e63",
  ]);
  const shown = lines(table(40)).join("\n");
  for (const { ref } of actionableNodes(tree(table(40)))) assert.match(shown, new RegExp(`\\b${ref}\\b`));
});

test("values of password fields are dots, the same text elsewhere is not", () => {
  const { root } = parseTree([{ role: "textbox", name: "pw", ref: "e1", text: "hunter2" }, "hunter2"], ["hunter2", ""]);
  assert.deepEqual(renderTree(root, { isFolded: true }), ["textbox \"pw\" e1: ••••", "hunter2"]);
});

test("parseTree() is bounded in nodes and depth, and takes anything", () => {
  let deep: Raw = { role: "group", name: "x" };
  for (let count = 0; count < 5_000; count++) deep = { role: "group", name: "x", children: [deep] };
  assert.equal(parseTree([deep]).isCut, true);
  assert.equal(parseTree([{ role: "list", children: Array.from({ length: 30_000 }, () => ({ role: "listitem", text: "a" })) }]).isCut, true);
  for (const odd of [undefined, null, 3, "words", {}, [null, { role: 4 }], { role: "list", children: 5 }]) assert.equal(parseTree(odd).isCut, false);
});

test("compareTrees() says nothing about equal pages, whatever their handles", () => {
  assert.deepEqual(change([table(3)], [table(3)]), []);
  assert.deepEqual(compareTrees(tree({ role: "button", name: "A", ref: "e1" }), tree({ role: "button", name: "A", ref: "e77" })).lines, []);
});

test("compareTrees() counts rows that went, and shows rows that came", () => {
  assert.deepEqual(change([table(40)], [table(10)]), ["in table \"Day\":", "- 30 × row: R11 | button \"Cancel 11\" e113 and alike"]);
  assert.deepEqual(change([table(2)], [table(3)]), ["in table \"Day\":", "+ row: R3 | button \"Cancel 3\" e33"]);
  assert.deepEqual(change([table(3)], [table(2, 2)]), ["in table \"Day\":", "- row: R1 | button \"Cancel 1\" e13"]);
  assert.deepEqual(change([table(0)], [table(40)]).length, 5);
});

test("compareTrees() names what became of a field, a text, a state and a choice", () => {
  assert.deepEqual(change([{ role: "textbox", name: "T", ref: "e1" }], [{ role: "textbox", name: "T", ref: "e1", text: "x" }]), ["~ textbox \"T\" -> textbox \"T\" e1: x"]);
  assert.deepEqual(change([{ role: "status", text: "a" }], [{ role: "status", text: "b" }]), ["~ status: a -> status: b"]);
  assert.deepEqual(change([{ role: "button", name: "B", ref: "e1" }], [{ role: "button", name: "B", ref: "e1", disabled: true }]), [
    '~ button "B" e1 disabled (was button "B")',
  ]);
  const choice = (chosen: string): Raw => ({ role: "combobox", name: "R", ref: "e1", children: ["A", "B"].map((name) => ({ role: "option", name, selected: name === chosen })) });
  assert.deepEqual(change([choice("A")], [choice("B")]), ["~ combobox \"R\" e1 = B (of A, B)"]);
});

test("compareTrees() tells what came and went at another place", () => {
  assert.deepEqual(change([{ role: "main", children: [{ role: "heading", name: "H" }] }], [{ role: "main", children: [{ role: "heading", name: "H" }, { role: "dialog", name: "Sure?", children: [{ role: "button", name: "OK", ref: "e5" }] }] }]),
    ["in main:", "+ dialog \"Sure?\"", "+  button \"OK\" e5"]);
  assert.deepEqual(change([{ role: "alert", text: "no" }], []), ["- alert: no"]);
});

test("compareTrees() of random pages finds no change in a copy and some in any other, within a bounded time", () => {
  let seed = 7;
  const random = (max: number): number => { seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648; return seed % max; };
  const build = (depth: number): Raw =>
    depth === 0 || random(4) === 0
      ? `word ${random(1_000_000)}`
      : {
          role: ["list", "group", "region", "row"][random(4)] ?? "list",
          name: `n${random(3)}`,
          children: Array.from({ length: random(6) + 1 }, () => build(depth - 1)),
        };
  for (let round = 0; round < 60; round++) {
    const page = build(5);
    assert.deepEqual(change([page], [structuredClone(page)]), [], `seed round ${round}`);
    assert.notDeepEqual(change([page, "tail"], [page, "other tail"]), []);
  }
  const wide = (offset: number): Raw => ({
    role: "list",
    children: Array.from({ length: 2_000 }, (_, index) => ({ role: "listitem", text: `item ${(index * 7 + offset) % 2_001}` })),
  });
  assert.ok(change([wide(0)], [wide(3)]).length < 40);
});

test("headOf() keeps whole lines and counts the rest", () => {
  assert.deepEqual(headOf(["abc", "de", "f"], 7), { text: "abc\nde", leftOut: 1 });
  assert.deepEqual(headOf(["abc"], 4), { text: "abc", leftOut: 0 });
});

test("the reply for a page of 40 rows stays below its bound of tokens, and that for an action far below", () => {
  const page = lines(table(40)).join("\n");
  assert.ok(estimateTokens(page) <= 250, `${estimateTokens(page)} tokens`);
  assert.ok(estimateTokens(change([table(40)], [table(10)]).join("\n")) <= 40);
});
