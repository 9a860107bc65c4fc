// Facts of single Go, Rust and Java texts: declarations, functions, calls, globals, types, comments, strings.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type FactsRequest, noFacts } from "../../types/facts-request.ts";
import type { FileFacts } from "../../types/facts.ts";
import { goGrammar } from "./go/grammar.ts";
import { parseGoMod } from "./go/resolve-imports.ts";
import { javaGrammar } from "./java/grammar.ts";
import { readCrate } from "./rust/crates.ts";
import { rustGrammar } from "./rust/grammar.ts";
import { maskRust } from "./rust/mask.ts";
import { expandUse } from "./rust/paths.ts";
import { loadTreeReader } from "./tree-reader.ts";

const request: FactsRequest = {
  ...noFacts,
  functions: true,
  declarations: true,
  typeUses: true,
  comments: true,
  strings: true,
  globals: ["time", "System", "std"],
  calls: ["*"],
  localCalls: ["log"],
};
const go = await loadTreeReader(goGrammar, request);
const rust = await loadTreeReader(rustGrammar, request);
const java = await loadTreeReader(javaGrammar, request);

function shortly(facts: FileFacts): Record<string, readonly string[]> {
  return {
    imports: facts.imports.map((one) => `${one.kind} ${one.specifier} ${one.line}:${one.column}`),
    exports: facts.exports.map((one) => one.name),
    functions: facts.functions.map((one) => `${one.name} ${one.lines}`),
    declarations: facts.declarations.map((one) => `${one.isExported ? "" : "own "}${one.kind} ${one.container === undefined ? "" : `${one.container}.`}${one.name}:${one.line}`),
    calls: facts.calls.map(
      (one) =>
        `${one.callee}(${one.literals.map((text) => text ?? "…").join()}) in ${one.inFunction} from ${one.origin?.specifier ?? (one.isLocal === true ? "here" : "nowhere")}`,
    ),
    globals: facts.globals.map((one) => `${one.name}:${one.line}`), typeUses: facts.typeUses.map((one) => `${one.name} in ${one.inDeclaration}`),
    comments: facts.comments.map((one) => one.text), strings: facts.strings.map((one) => one.text), problems: facts.problems.map((one) => one.message),
  };
}

const ten = "\n".repeat(10);

test("Go: facts of one file", () => {
  assert.deepEqual(shortly(go.read("a.go", `package a\n\nimport (\n\tt "time"\n\t"os/exec"\n)\n\n// Wörld says "ö".\ntype World struct {\n\tName, other string\n}\ntype Reader interface { Read(any) }\nconst Max = 1\nvar x interface{}\n\nfunc (w *World) Run() {${ten}\texec.Command("ls", name)\n\tw.log.Info("hi")\n\tlocal()\n}\nfunc now() { var y = t.Now(); println(y) }\n`)), {
    imports: ["value time 4:2", "value os/exec 5:2"], exports: ["World", "Reader", "Max", "x", "now"], functions: ["Run 14"],
    declarations: [
      "class World:9",
      "field World.Name:10",
      "own field World.other:10",
      "interface Reader:12",
      "method Reader.Read:12",
      "constant Max:13",
      "own variable x:14",
      "method World.Run:16",
      "own function now:30",
    ],
    calls: ["exec.Command(ls,…) in Run from os/exec", "w.log.Info(hi) in Run from here", "t.Now() in now from time", "println(…) in now from nowhere"],
    globals: ["time.Now:30"], typeUses: ["any in Read", "interface{} in x"], comments: ["Wörld says \"ö\"."], strings: ["ls", "hi"], problems: [],
  });
});

test("Rust: facts of one file", () => {
  assert.deepEqual(shortly(rust.read("a.rs", `use std::process::Command as Cmd;\npub use crate::b::{self as c, D};\n/// Docs of \`ö\`.\npub struct S { pub a: u8 }\nenum E { A }\npub trait T { fn t(&self); }\nimpl S {\n  pub fn run(&self) {${ten}    Cmd::new("ls"); self.log.info("hi"); local(); std::env::var(x);\n  }\n}\nmod inner { fn deep() {} }\nconst MAX: u8 = 1;\n`)), {
    imports: ["value std::process::Command 1:1", "reexport crate::b 2:20", "reexport crate::b::D 2:31", "value std::env::var 18:51"],
    exports: ["c", "D", "S", "E", "T", "MAX"], functions: ["run 12"],
    declarations: ["class S:4", "field S.a:4", "own enum E:5", "interface T:6", "own method T.t:6", "method S.run:8", "own function deep:21", "own constant MAX:22"],
    calls: ["Cmd.new(ls) in run from std::process::Command", "self.log.info(hi) in run from here", "std.env.var(…) in run from std"],
    globals: ["std.process.Command.new:18", "std.env.var:18"], typeUses: [], comments: ["Docs of `ö`."], strings: ["ls", "hi"], problems: [],
  });
});

test("Java: facts of one file", () => {
  assert.deepEqual(shortly(java.read("A.java", `package a;\nimport java.util.List;\n/** Docs. */\npublic class A<T> {\n  public static final int MAX = 1;\n  private Object o = new java.io.File("ö");\n  void run() {${ten}    List.of("a", o); this.log.info("hi"); local(); System.out.println(1);\n  }\n  interface B { void b(); }\n}\nenum E { X }\n`)), {
    imports: ["value java.util.List 2:1", "value java.io.File 6:26"], exports: ["A", "E"], functions: ["run 12"],
    declarations: ["class A:4", "constant A.MAX:5", "own field A.o:6", "own method A.run:7", "own interface A.B:19", "own method B.b:19", "own enum E:21"],
    calls: ["new java.io.File(ö) in  from nowhere", "List.of(a,…) in run from java.util.List", "this.log.info(hi) in run from here", "System.out.println(…) in run from nowhere"],
    globals: ["System.out.println:17"], typeUses: ["Object in o"], comments: ["Docs."], strings: ["ö", "a", "hi"], problems: [],
  });
});

test("maskRust() blanks comments and literals and nothing else", () => {
  const words = (text: string) => { assert.equal(maskRust(text).length, text.length); return maskRust(text).split(/ +/).filter((word) => word !== ""); };
  assert.deepEqual(words("a // b"), ["a"]);
  assert.deepEqual(words("c /* d /* e */ f */ g"), ["c", "g"]);
  assert.deepEqual(words("\"a\\\"b\" c"), ["\"", "c"]);
  assert.deepEqual(words("r#\"a\"b\"# c br\"d\" e"), ["r", "c", "br", "e"]);
  assert.deepEqual(words("'a' '\\'' '\\u{1F600}' &'b str"), ["'", "'", "'", "&'b", "str"]);
});

test("expandUse() gives every leaf of nested groups", () => {
  assert.deepEqual(
    expandUse("a::{self, b::{c as d, *}, ::e, r#type}").map((one) => `${one.segments.join("::")} ${one.name} ${one.local}`),
    ["a self a", "a::b c d", "a::b * *", "a e e", "a type type"],
  );
  assert.deepEqual(expandUse("a").map((one) => [one.segments, one.name]), [[[], "a"]]);
});

test("parseGoMod() gives the module and what it replaces by folders of the repository", () => {
  assert.deepEqual(
    parseGoMod(
      "module example.com/a // x\n\nreplace b.com/c v1.2.3 => ../c\nreplace (\n\td.com/e => ./e\n\tf.com/g => h.com/i v1.0.0\n\tj.com/k => ../../out\n)\n",
      "mod",
    ),
    [
      { path: "example.com/a", folder: "mod" },
      { path: "b.com/c", folder: "c" },
      { path: "d.com/e", folder: "mod/e" },
    ],
  );
});

test("readCrate() gives names as code writes them, roots and renamed dependencies", () => {
  const crate = readCrate(
    { package: { name: "a-b" }, lib: { path: "lib.rs" }, bin: [{ path: "x/y.rs" }], dependencies: { c: { package: "d-e" }, "f-g": "1" } },
    "p",
    new Set(["p/lib.rs", "p/src/bin/z.rs", "p/tests/t.rs", "p/tests/common/mod.rs"]),
  );
  assert.deepEqual(
    [crate?.name, crate?.library, [...(crate?.roots ?? [])].sort(), [...(crate?.dependencies ?? [])]],
    [
      "a_b",
      "p/lib.rs",
      ["p/build.rs", "p/lib.rs", "p/src/bin/z.rs", "p/src/main.rs", "p/tests/t.rs", "p/x/y.rs"],
      [
        ["c", "d_e"],
        ["f_g", "f_g"],
      ],
    ],
  );
  assert.equal(readCrate({ workspace: {} }, "", new Set()), undefined);
  const taken = readCrate(
    { package: { name: "a-b" }, lib: { name: "ab" }, dependencies: { c: { workspace: true }, d: { workspace: true }, e: { package: "own-e" } } },
    "p",
    new Set(),
    { c: { package: "real-c", path: "x" }, d: "1", e: { package: "other" } },
  );
  assert.deepEqual([taken?.name, taken?.packageName, [...taken?.dependencies ?? []]], ["ab", "a_b", [["c", "real_c"], ["d", "d"], ["e", "own_e"]]]);
});
