import assert from "node:assert/strict";
import { test } from "node:test";
import { namedPaths } from "./named-paths.ts";
import { treeOf } from "./paths.ts";

const tree = treeOf(["src/rooms/book.ts", "src/rooms/index.ts", "src/users/index.ts", "README.md", "test/book.test.ts"]);

test("namedPaths() finds files by path, by the end of a path and by a name that only one has", () => {
  for (const [text, paths] of [
    ["Mend `src/rooms/book.ts`, please.", ["src/rooms/book.ts"]],
    ["see ./src/rooms/book.ts:12:3.", ["src/rooms/book.ts"]],
    ["book.ts is wrong", ["src/rooms/book.ts"]],
    ["rooms/index.ts and README.md", ["src/rooms/index.ts", "README.md"]],
    ["the folder src/rooms/ is odd", ["src/rooms"]], ["(test/book.test.ts)#L3", ["test/book.test.ts"]],
    ["index.ts", []], ["src", []], ["../src/rooms/book.ts", []], ["/etc/passwd", []], ["no file at all", []], ["src/gone.ts", []],
  ] as const) assert.deepEqual(namedPaths(text, tree), paths, text);
});

test("namedPaths() is bounded in files and in characters", () => {
  const many = treeOf(Array.from({ length: 50 }, (_, index) => `src/a${index}.ts`));
  assert.equal(namedPaths([...many.files].join(" "), many).length, 12);
  assert.deepEqual(namedPaths(`${"x ".repeat(20_000)}src/a1.ts`, many), []);
});
