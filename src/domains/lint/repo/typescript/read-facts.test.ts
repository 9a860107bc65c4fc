// Facts of single texts: imports with positions, exports, functions, globals with names that hide them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { noFacts } from "../../types/facts-request.ts";
import { loadFactsReader } from "./read-facts.ts";

const reader = await loadFactsReader({ ...noFacts, functions: true, globals: ["Date", "Math", "console", "process", "performance"] });

test("read() gives positions from 1, names, and statements as they stand", () => {
  const { imports } = reader.read("a.ts", 'const x = 1;\n  import {\n  a as b,\n  type C,\n} from "./b.ts";\nimport(x);\n');
  assert.deepEqual(imports, [
    {
      kind: "value",
      isType: false,
      specifier: "./b.ts",
      names: [
        { imported: "a", isType: false },
        { imported: "C", isType: true },
      ],
      line: 2,
      column: 3,
      endLine: 5,
      statement: 'import {\n  a as b,\n  type C,\n} from "./b.ts";',
    },
    { kind: "dynamic", isType: false, specifier: undefined, names: [], line: 6, column: 1, endLine: 6, statement: undefined },
  ]);
});

test("read() follows symbols that are imported and exported again", () => {
  const { exports } = reader.read(
    "a.ts",
    'import { a } from "./a.ts";\nexport { a as b };\nexport * from "./c.ts";\nexport * as d from "./d.ts";\nexport const { e, f: [g] } = x;\nexport default a;\nexport class H {}\nexport type I = 1;\n',
  );
  assert.deepEqual(exports.map((one) => [one.name, one.from?.specifier, one.from?.imported]), [
    ["b", "./a.ts", "a"],
    ["*", "./c.ts", "*"],
    ["d", "./d.ts", "*"],
    ["e", undefined, undefined],
    ["g", undefined, undefined],
    ["default", "./a.ts", "a"],
    ["H", undefined, undefined],
    ["I", undefined, undefined],
  ]);
});

test("read() takes reference comments and workers for imports, and text in comments and strings for none", () => {
  const { imports } = reader.read(
    "a.ts",
    '/// <reference path="globals.d.ts" />\n// import "./x.ts"\nconst s = \'import "./y.ts"\';\nnew Worker(new URL("./w.ts", import.meta.url));\n',
  );
  assert.deepEqual(imports.map((one) => [one.kind, one.specifier, one.line]), [["dynamic", "./w.ts", 4], ["type", "./globals.d.ts", 1]]);
});

function globalsOf(text: string): string[] {
  return reader.read("a.ts", text).globals.map((use) => `${use.name}:${use.line}`);
}

test("read() sees uses of globals in every form", () => {
  assert.deepEqual(globalsOf("Date.now();\nnew Date();\nnew Date(0);\nconst now = Date.now;\nglobalThis.Date.now();\nDate[\"now\"]();\nconst { env, argv: a } = process;\nconsole.log(Math.random());\nx = { Date };\nnew Date(Date.now());\n"), [
    "Date.now:1",
    "new Date():2",
    "new Date(…):3",
    "Date.now:4",
    "Date.now:5",
    "Date.now:6",
    "process.env:7",
    "process.argv:7",
    "console.log:8",
    "Math.random:8",
    "Date:9",
    "new Date(…):10",
    "Date.now:10",
  ]);
});

test("read() does not take hidden names, properties, types and labels for globals", () => {
  assert.deepEqual(
    globalsOf(
      "function f(Date: Clock) { Date.now(); }\n{ const console = log; console.info(); }\nx.Date.now();\ny = { console: 1 };\nlet z: Date;\ntype P = typeof process;\nclass A { process() {} }\ntry {} catch (console) { console.log(); }\n",
    ),
    [],
  );
  assert.deepEqual(globalsOf("{ const console = log; }\nconsole.log();\nimport process from 'node:process';\nprocess.env;\n"), ["console.log:2"]);
});

test("read() names functions by what holds them and counts their lines", () => {
  const body = "{\n" + "  x();\n".repeat(10) + "}";
  const { functions } = reader.read("a.ts", `function a() ${body}\nconst b = () => ${body};\nclass C { d() ${body}\n#e = () => ${body}; }\nrun(() => ${body});\n`);
  assert.deepEqual(functions.map((one) => [one.name, one.lines]), [["a", 12], ["b", 12], ["d", 12], ["e", 12], ["callback of run", 12]]);
});
