import assert from "node:assert/strict";
import { test } from "node:test";
import { applyHunks } from "./patch-apply.ts";
import { parsePatch } from "./patch-parse.ts";

const wrap = (...lines: readonly string[]): string => ["*** Begin Patch", ...lines, "*** End Patch"].join("\n");

/** Applies an update of one file; the new text, or the message. */
function apply(old: string, ...lines: readonly string[]): string {
  const parsed = parsePatch(wrap("*** Update File: f", ...lines));
  if (parsed.kind === "error") return parsed.message;
  const [change] = parsed.changes;
  assert.ok(change?.kind === "update");
  const applied = applyHunks("f", old, change.hunks);
  return applied.kind === "applied" ? applied.text : applied.message;
}

test("parsePatch() reads all four kinds of change", () => {
  assert.deepEqual(parsePatch(wrap("*** Add File: a b.md", "+one", "+", "*** Delete File: old", "*** Update File: x", "*** Move to: y", "@@ class A", "@@ def f", " c", "-o", "+n", "*** End of File")), {
    kind: "patch", changes: [
      { kind: "add", path: "a b.md", lines: ["one", ""] },
      { kind: "delete", path: "old" },
      {
        kind: "update",
        path: "x",
        moveTo: "y",
        hunks: [
          {
            anchors: ["class A", "def f"],
            isAtEnd: true,
            patchLine: 8,
            lines: [
              { kind: "context", text: "c" },
              { kind: "remove", text: "o" },
              { kind: "add", text: "n" },
            ],
          },
        ],
      },
    ],
  });
});

test("parsePatch() takes a patch out of fences and here-documents, and one without its last line", () => {
  const plain = parsePatch("*** Begin Patch\n*** Delete File: x\n*** End Patch");
  assert.equal(plain.kind, "patch");
  for (const text of [
    "```\n*** Begin Patch\n*** Delete File: x\n*** End Patch\n```",
    "apply_patch <<'EOF'\r\n*** Begin Patch\r\n*** Delete File: x\r\n*** End Patch\r\nEOF\r\n",
    "*** Begin Patch\n*** Delete File: x",
  ])
    assert.deepEqual(parsePatch(text), plain);
});

test("parsePatch() says which line is wrong", () => {
  const check = (text: string, message: RegExp): void => {
    const parsed = parsePatch(text);
    assert.ok(parsed.kind === "error");
    assert.match(parsed.message, message);
  };
  check("--- a\n+++ b", /^The patch has no line "\*\*\* Begin Patch"/);
  check(wrap(), /^The patch changes no file/);
  check(wrap("hello"), /^Line 2 of the patch is "hello", expected a line that begins with/);
  check(wrap("*** Add File: a", "x"), /^Line 3 of the patch is "x", expected a line of the new file "a" with a leading \+/);
  check(wrap("*** Update File: a", "@@", "x"), /^Line 4 of the patch is "x", expected a line of "a" that begins with/);
  check(wrap("*** Update File: a"), /holds no lines/);
  check(wrap("*** Update File: "), /expected a path/);
  check(wrap("*** Delete File: a", "*** Delete File: a"), /names "a" twice/);
  check("x".repeat(2_000_001), /at most 2000000/);
});

test("applyHunks() matches exactly first, then without trailing space, then trimmed, and keeps the file's own context", () => {
  assert.equal(apply("  a\na\n", "-a", "+b"), "  a\nb\n");
  assert.equal(apply("a  \nx\n", " a", "-x", "+y"), "a  \ny\n");
  assert.equal(apply("\ta\nx\n", " a", "-x", "+y"), "\ta\ny\n");
});

test("applyHunks() goes to the place that the @@ lines name", () => {
  const old = "class A\n  run\nclass B\n  run\n";
  assert.equal(apply(old, "@@ class B", "-  run", "+  walk"), "class A\n  run\nclass B\n  walk\n");
  assert.equal(apply(old, "@@ class B", "+  walk"), "class A\n  run\nclass B\n  walk\n  run\n");
  assert.equal(apply(old, "@@ class B", " class B", "-  run", "+  walk"), "class A\n  run\nclass B\n  walk\n");
  assert.equal(apply(old, "@@ -1,2 +1,2 @@", "-  run", "+  walk"), "class A\n  walk\nclass B\n  run\n");
  assert.match(apply(old, "@@ class C", "-  run"), /^The line "@@ class C" before the hunk of "f" does not match/);
});

test("applyHunks() keeps line ends and a missing last newline", () => {
  assert.equal(apply("a\r\nb\r\n", " a", "+c"), "a\r\nc\r\nb\r\n");
  assert.equal(apply("a\nb", "-a", "+c"), "c\nb");
  assert.equal(apply("", "+new"), "new\n");
  assert.equal(apply("a\n", "-a"), "");
  assert.equal(apply("a\nb\na\n", "-a", "+z", "*** End of File"), "a\nb\nz\n");
});

test("applyHunks() says which hunk did not match and shows the nearest lines", () => {
  assert.equal(apply("one\ntwo\nthree\nfour\n", "@@", "-one", "+1", "@@", " two", "-drei", "+3"), [
    'Hunk 2 of 2 of "f" does not match the file. Looked for:', "two", "drei", "The nearest lines of the file are:", "1| one", "2| two", "3| three", "4| four",
    "Copy the lines as they are in the file and send the whole patch again. Nothing was changed.",
  ].join("\n"));
  assert.match(apply("one\n", "-zwei"), /None of these lines stands in the file \(1 lines\)/);
  assert.match(apply("one\ntwo\n", "@@", "-two", "+2", "@@", "-one", "+1"), /Hunk 2 of 2 of "f" is in line 1 of the file, above the place/);
});

test("applyHunks() gives up on a large file with a large wrong hunk", () => {
  const file = Array.from({ length: 200_000 }, (_, index) => `line ${index % 7}`).join("\n");
  assert.match(apply(file, ...Array.from({ length: 400 }, (_, index) => ` line ${(index + 3) % 7}`), "-nowhere"), /does not match/);
});

/** Numbers in [0, 1) from a printed seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

test("a patch made from two texts turns the one into the other", () => {
  for (let seed = 1; seed <= 500; seed++) {
    const random = seeded(seed);
    // Distinct lines, so that each hunk has one place.
    const old = Array.from({ length: 1 + Math.floor(random() * 30) }, (_, index) => `${" ".repeat(Math.floor(random() * 4))}line ${index} ${seed}`);
    const marks = old.map((line) => ({ line, verb: random() < 0.2 ? "remove" : "keep", added: random() < 0.2 ? [`new ${line}`] : [] }));
    const hunks: string[][] = [];
    marks.forEach((mark, index) => {
      if (mark.verb === "keep" && mark.added.length === 0) return;
      const isNext = index > 0 && (marks[index - 1]?.verb === "remove" || (marks[index - 1]?.added.length ?? 0) > 0);
      const hunk = isNext ? hunks.at(-1) ?? [] : ["@@"];
      if (!isNext) hunks.push(hunk);
      hunk.push(`${mark.verb === "keep" ? " " : "-"}${mark.line}`, ...mark.added.map((line) => `+${line}`));
    });
    if (hunks.length === 0) continue;
    const wanted = marks.flatMap((mark) => [...(mark.verb === "keep" ? [mark.line] : []), ...mark.added]);
    assert.equal(apply(`${old.join("\n")}\n`, ...hunks.flat()), wanted.length === 0 ? "" : `${wanted.join("\n")}\n`, `seed ${seed}`);
  }
});
