// Facts of single Python texts, and which texts are taken for broken ones.
import assert from "node:assert/strict";
import { test } from "node:test";
import { noFacts } from "../../../types/facts-request.ts";
import { loadPythonReader } from "./read-facts.ts";

const reader = loadPythonReader({
  ...noFacts,
  functions: true,
  declarations: true,
  typeUses: true,
  comments: true,
  strings: true,
  globals: ["print", "os"],
  calls: ["subprocess.run", "open"],
  localCalls: ["log"],
});
const plain = loadPythonReader(noFacts);

test("read() gives imports with positions from 1, names and statements as they stand", () => {
  const { imports } = plain.read("a.py", "x = 1\nif x:\n    from .b import (\n        a as c,\n        d,\n    )\nimport os, sys as s\n");
  assert.deepEqual(imports, [
    {
      kind: "value",
      isType: false,
      specifier: ".b",
      names: [
        { imported: "a", isType: false },
        { imported: "d", isType: false },
      ],
      line: 3,
      column: 5,
      endLine: 6,
      statement: "from .b import (\n        a as c,\n        d,\n    )",
    },
    { kind: "value", isType: false, specifier: "os", names: [{ imported: "*", isType: false }], line: 7, column: 1, endLine: 7, statement: "import os, sys as s" },
    { kind: "value", isType: false, specifier: "sys", names: [{ imported: "*", isType: false }], line: 7, column: 12, endLine: 7, statement: "import os, sys as s" },
  ]);
});

test("read() tells imports for types, at run time and later ones apart", () => {
  const text =
    "if TYPE_CHECKING:\n    import a\nelse:\n    import b\nif t.TYPE_CHECKING:\n    def f():\n        import c\ndef g():\n    import d\nasync def h():\n    import_module(name)\nclass K:\n    import e\nimport_module('f')\n";
  assert.deepEqual(
    plain.read("a.py", text).imports.map((one) => [one.specifier, one.kind, one.line]),
    [
      ["a", "type", 2],
      ["b", "value", 4],
      ["c", "type", 7],
      ["d", "dynamic", 9],
      [undefined, "dynamic", 11],
      ["e", "value", 13],
      ["f", "dynamic", 14],
    ],
  );
});

test("read() knows what a module binds and passes on", () => {
  const { exports } = plain.read("a/__init__.py", "from .b import c as d\nfrom .e import *\nclass F:\n    g = 1\nh: int = 2\ndef i():\n    j = 1\n");
  assert.deepEqual(
    exports.map((one) => [one.name, one.from?.specifier, one.from?.imported]),
    [
      ["d", ".b", "c"],
      ["*", ".e", "*"],
      ["F", undefined, undefined],
      ["h", undefined, undefined],
      ["i", undefined, undefined],
    ],
  );
});

test("read() gives declarations with what they are in, and functions with their lines", () => {
  const body = "        x()\n".repeat(11);
  const { declarations, functions } = reader.read("a.py", `@decorated\nclass A(B):\n    limit = 1\n    def run(self):\n${body}\n    # after\nMAX = 1\nasync def go(): pass\n`);
  assert.deepEqual(
    declarations.map((one) => [one.kind, one.name, one.container, one.line, one.endLine]),
    [
      ["class", "A", undefined, 2, 15],
      ["field", "limit", "A", 3, 3],
      ["method", "run", "A", 4, 15],
      ["constant", "MAX", undefined, 18, 18],
      ["function", "go", undefined, 19, 19],
    ],
  );
  assert.deepEqual(functions, [{ name: "run", line: 4, column: 5, endLine: 15, lines: 12 }]);
});

test("read() sees calls and globals by the name that was imported, and no parameters, attributes and own names", () => {
  const { calls, globals, typeUses } = reader.read(
    "a.py",
    "from subprocess import run as go\nimport os, typing as t\ndef f(x: t.Any):\n    go(['a'], cwd='b', check=True)\n    print('c', end='')\n    g(print=1)\n    self.print(os.environ['x'])\n    run('d')\n    open('e', mode)\n",
  );
  assert.deepEqual(
    calls.map((one) => [one.callee, one.literals, one.keys, one.inFunction, one.line]),
    [
      ["go", ["a"], ["cwd", "check"], "f", 4],
      ["open", ["e", undefined], [], "f", 9],
    ],
  );
  assert.deepEqual(globals.map((one) => `${one.name}:${one.line}`), ["print:5", "os.environ:7"]);
  assert.deepEqual(typeUses, [{ name: "Any", inDeclaration: "f", line: 3, column: 10 }]);
});

test("read() sees calls of local names only where they are asked for", () => {
  const { calls } = reader.read("a.py", "self.log.info('a', b=1)\nself.other('b')\nx.log('c')\n");
  assert.deepEqual(calls.map((one) => [one.callee, one.isLocal, one.literals, one.keys]), [["self.log.info", true, ["a"], ["b"]], ["x.log", true, ["c"], []]]);
});

test("read() gives comments and strings, format strings in parts", () => {
  const { comments, strings } = reader.read("a.py", "x = 'a#b'  # one\n# two\ny = f\"{x!r:>{width}} c {'d'}\" r'\\e'\n");
  assert.deepEqual(comments.map((one) => [one.text, one.line]), [["one", 1], ["two", 2]]);
  assert.deepEqual(strings.map((one) => [one.text, one.line]), [["a#b", 1], ["", 3], [" c ", 3], ["d", 3], ["", 3], ["\\e", 3]]);
});

/** Texts that Python 3.13 takes. */
const valid = [
  "",
  "\n\n",
  "# only\n",
  "x = 1",
  "if x: pass\nelse: pass\n",
  "a, = b\n",
  "for x, in y: pass\n",
  "x = 1; pass; del x;\n",
  "def f(a, /, b, *, c=1, **d) -> int: ...\n",
  "print(*a, **b)\n",
  "x[1:, ::2, ...] = y\n",
  "match x:\n    case [1, *_] if y: pass\n    case {'a': 1, **rest}: pass\n    case A(b=1) | -1: pass\n    case _: pass\n",
  "match = 1\nmatch(x)\ntype = match[0]\ntype X[T] = list[T]\n",
  "f'{x}' f\"{'a' + f'{y!r}'}\" 'b'\n",
  "f'''{\nx\n}'''\n",
  "f\"{x:{'a'}>{w}}\" f'{{}}' rf'\\{x}' f'{x=}' f'{x = !r}'\n",
  "lambda: (yield)\n",
  "x = lambda *a, b=1: a if b else c\n",
  "async def f():\n    async with a as b, c: await d\n    return [x async for x in y if not x]\n",
  "try: pass\nexcept* E as e: raise X from e\n",
  "with (a as b, c as d,):\n    pass\n",
  "@a.b(c)\n@d\nclass E[T: int](F, metaclass=G): x: int\n",
  "if a:\n\tb\n\n# c\n\telse_ = 1\n",
  "x = a if b else not c\nx = a is not b not in c\n",
  "del (a), b\n",
  "x = 0xE+1 - 1e-5 + 1_000j + .5\n",
  "a = b'c' rb'\\'d'\n",
  "global x, y\n",
  "x: int\ny: 'a.b' = 1\n",
  "(x := 1)\n",
  "def f():\n  return\n",
  "class A: pass\n",
  "x = {**a, 'b': c}\ny = {*a}\n",
  "raise\n",
  "assert x, 'y'\n",
  "if x:\r\n    y\r\n",
];

test("read() takes what is valid Python for valid", () => {
  assert.deepEqual(valid.filter((text) => plain.read("a.py", text).problems.length > 0), []);
});

const broken: readonly (readonly [text: string, line: number])[] = [
  ["def f(:\n    pass\n", 1],
  ["x = (1,\n", 1],
  ["x = 1)\n", 1],
  ["x = 'a\n", 1],
  ["'''a\n", 1],
  ["if x\n    y\n", 2],
  ["if x:\ny\n", 2],
  ["x\n  y\n", 2],
  ["if x:\n    y\n  z\n", 3],
  ["x = = 1\n", 1],
  ["x y\n", 1],
  ["def (a): pass\n", 1],
  ["import\n", 2],
  ["from a import\n", 2],
  ["from a import (b\n", 2],
  ["import a b\n", 1],
  ["class A\n", 2],
  ["f(a, , b)\n", 1],
  ["x = [1, 2\ny = 3\n", 2],
  ["{a: : b}\n", 1],
  ["x = 1 +\n", 2],
  ["a.\n", 2],
  ["return = 1\n", 1],
  ["f'{x'\n", 1],
  ["x ? y\n", 1],
  ["else:\n", 2],
  ["<<<<<<< HEAD\n", 1],
];

test("read() finds what is no Python, near its line", () => {
  for (const [text, line] of broken) {
    const [problem] = plain.read("a.py", text).problems;
    assert.ok(problem !== undefined && Math.abs(problem.line - line) <= 1, `${JSON.stringify(text)}: ${JSON.stringify(problem)}`);
  }
});
