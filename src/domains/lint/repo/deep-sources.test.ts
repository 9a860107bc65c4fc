// Files that are nested deeper than the native parser survives: each is told and none takes the process with it; their shallow neighbours pass.
import assert from "node:assert/strict";
import { test } from "node:test";
import { buildHouse, shortly } from "../../../../test/support/lint-house.ts";

const many = 20_000;
const bombs: Readonly<Record<string, (count: number) => string>> = {
  parentheses: (count) => `x = ${"(".repeat(count)}1${")".repeat(count)};`,
  lists: (count) => `x = ${"[".repeat(count)}${"]".repeat(count)};`,
  "lists that are spread": (count) => `x = ${"[...".repeat(count)}a${"]".repeat(count)};`,
  objects: (count) => `x = ${"{a:".repeat(count)}1${"}".repeat(count)};`,
  blocks: (count) => `${"{".repeat(count)}${"}".repeat(count)}`,
  functions: (count) => `${"function f(){".repeat(count)}${"}".repeat(count)}`,
  arrows: (count) => `x = ${"a=>".repeat(count)}1;`,
  conditions: (count) => `x = ${"a?b:".repeat(count)}c;`,
  assignments: (count) => `${"a=".repeat(count)}1;`,
  types: (count) => `type A = ${"A<".repeat(count)}B${">".repeat(count)};`,
  "keys of keys": (count) => `type A = ${"keyof ".repeat(count)}B;`,
  "types of functions": (count) => `type A = ${"()=>".repeat(count)}B;`,
  loops: (count) => `${"for(;;)".repeat(count)};`,
  templates: (count) => `x = ${"`${".repeat(count)}1${"}`".repeat(count)};`,
  "elements of JSX": (count) => `x = ${"<a>".repeat(count)}${"</a>".repeat(count)};`,
  negations: (count) => `x = ${"!".repeat(count)}1;`,
  sums: (count) => `x = ${"1+".repeat(count)}1;`,
  "arrows over lines": (count) => `x = ${"a=>\n".repeat(count)}1;`,
  "conditions over lines": (count) => `x = ${"a\n  ?b\n  :".repeat(count)}c;`,
  "keys of keys over lines": (count) => `type A = ${"keyof\n".repeat(count)}B;`,
  "loops over lines": (count) => `${"for(;;)\n".repeat(count)};`,
  questions: (count) => `${"if(a)\n".repeat(count)};`,
  "other questions": (count) => `${"if(a)b\nelse ".repeat(count)};`,
  "types of values": (count) => `x = ${"typeof\n".repeat(count)}1;`,
  members: (count) => `x = a${".b".repeat(count)};`,
};

/** The native parser takes these in a loop, and nothing of them is asked for: they are read like any other text. */
const harmless = ["members", "negations", "sums"];

test("long files without a comma, a brace or a semicolon are read: constants line by line, texts in pieces, pictures, comments", async (t) => {
  const house = await buildHouse(t, {
    "src/app/constants.ts": Array.from({ length: 5_000 }, (_, at) => `export const a${at} = ${at} < 3 ? 1 : 2`).join("\n"),
    "src/app/pieces.ts": `export const b = ${Array.from({ length: 5_000 }, () => "\"a=b?c:d\"").join(" +\n  ")}\n`,
    "src/app/picture.ts": `export const c = \`<svg>${"<path d=\"M1 2\"/>".repeat(5_000)}</svg>\`\n`,
    "src/app/comment.ts": `${"// ==== if a = b then c : d ====\n".repeat(2_000)}/*${"\n * a = b".repeat(5_000)} */\nexport const d = 1\n`,
  });
  assert.deepEqual(shortly(await house.check()).filter((line) => line.startsWith("parse ")), []);
});

test("twenty thousand levels are a finding or read, fifty are read, and no file takes the check with it", async (t) => {
  const files = Object.fromEntries(Object.entries(bombs).flatMap(([name, make]) => {
    const file = name.replaceAll(" ", "-");
    return [[`src/app/deep-${file}.tsx`, `${make(many)}\n`], [`src/app/flat-${file}.tsx`, `let x, a, b, c, f, A, B;\n${make(50)}\n`]];
  }));
  const house = await buildHouse(t, files);
  const found = shortly(await house.check()).filter((line) => line.startsWith("parse "));
  assert.deepEqual(
    found.map((line) => line.replace(/:\d+$/, "")),
    Object.keys(bombs)
      .filter((name) => !harmless.includes(name))
      .map((name) => `parse src/app/deep-${name.replaceAll(" ", "-")}.tsx`)
      .sort(),
  );
});
