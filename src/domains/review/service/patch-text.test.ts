import assert from "node:assert/strict";
import { test } from "node:test";
import { fitDiff } from "./diff.ts";
import { parseChangedLines } from "./findings.ts";
import { nameOnSide, patchesIn, unquoteName } from "./patch-text.ts";

const added = (name: string, lines: string): string =>
  `diff --git ${name.replace("b/", "a/")} ${name}\nnew file mode 100644\n--- /dev/null\n+++ ${name}\n@@ -0,0 +1,2 @@\n${lines}`;

test("unquoteName() reads names as git quotes them, and leaves others alone", () => {
  for (const [quoted, name] of [
    ['"a\\"b"', 'a"b'],
    ['"t\\tb\\nc"', "t\tb\nc"],
    ['"back\\\\slash"', "back\\slash"],
    ['"\\303\\251 é \\001"', "é é \u0001"],
    ['plain "x', 'plain "x'],
    ["é b", "é b"],
  ] as const)
    assert.equal(unquoteName(quoted), name);
  assert.deepEqual([nameOnSide('+++ "b/a\\tb"'), nameOnSide("+++ b/a b\t"), nameOnSide("+++ /dev/null")], ["a\tb", "a b", undefined]);
});

test("patchesIn() names each file by its head alone: no line of a file passes for another patch", () => {
  for (const end of ["\r", "\u2028", "\u2029"]) {
    const diff = added("b/src/a.js", `+ok()${end}diff --git a/z b/z\n+evil()${end}@@ -1 +1 @@${end}Binary files x differ\n`);
    assert.deepEqual(patchesIn(diff).map(({ path, isBinary }) => [path, isBinary]), [["src/a.js", false]], JSON.stringify(end));
    assert.equal(fitDiff(diff, { isConcerned: (path) => path === "src/a.js" }).text, diff);
  }
  const mode = "diff --git a/x b/y b/x b/y\nold mode 100644\nnew mode 100755\n";
  const quoted = 'diff --git "a/q\\"" "b/q\\""\nnew file mode 100644\nindex 0000000..e69de29\n';
  const gone = "diff --git a/g b/g\ndeleted file mode 100644\n--- a/g\n+++ /dev/null\n@@ -1 +0,0 @@\n-++ b/other\n--- a/other\n";
  assert.deepEqual(patchesIn(mode + quoted + gone + added('"b/t\\tb"', "+x\n+y\n")).map(({ path }) => path), ["x b/y", 'q"', "g", "t\tb"]);
  assert.deepEqual([...parseChangedLines(added('"b/t\\tb"', "+x\n+y\n"))], [["t\tb", [[1, 2]]]]);
});
