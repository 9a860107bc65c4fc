// The lazy tree gives the very facts that the whole tree gives: forms that it holds, forms that it lacks and that make a text doubtful, and this domain's own sources.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { noFacts } from "../../types/facts-request.ts";
import type { FileFacts } from "../../types/facts.ts";
import { loadFactsReader } from "./read-facts.ts";

const request = { ...noFacts, functions: true, declarations: true, globals: ["Date", "process"] };
/** Comments are in the whole tree only as far as the reader goes. */
const whole = { ...request, comments: true };
const long = (head: string, tail = "") => `${head}{\n${"  work();\n".repeat(10)}}${tail}\n`;

const texts: Readonly<Record<string, string>> = {
  "imports.ts":
    "import a, { b as c, type D, default as e, \"x y\" as f } from './a.js';\nimport * as g from \"./g\";\nimport type { H } from '../h';\nimport {} from './i';\nimport './j';\nimport type K, {} from './k';\n/* a */ import /* b */ { l } from './l' with { type: 'json' };\n",
  "reexports.ts":
    "export * from './a';\nexport * as b from './b';\nexport type * from './c';\nexport { d, e as f, type G, default as h } from './d';\nexport type { I } from './i';\nimport { j } from './j';\nexport { j, j as k };\nexport default j;\nexport type L = j;\n",
  "modules.d.ts":
    "import type { A } from './a';\ndeclare module 'b' { import { c } from 'c'; export * from './d'; export const e: A; }\ndeclare global { interface Window { f: string } import g = h.i; }\ndeclare namespace J.K { const l: number; }\nnamespace M { export const n = 1; }\nexport as namespace O;\n",
  "references.ts": "/// <reference path=\"a.d.ts\" />\n/// <reference types='node' />\nexport {};\n",
  "declarations.ts":
    "export abstract class A<T> extends B.C<T> implements D { #p = 1; static s = 2; private q; protected r; public t; [u] = 3; 'v' = 4; accessor w = 5; get x() { return 1; } set x(y) {} constructor(private z: 1) { super(); } abstract m(): void; n?() {} static { } declare o: 1; [k: string]: unknown }\ninterface E { a: 1; b(): 2; get c(): 3; [d: string]: 4; (): 5; readonly 'f': 6; [g]: 7 }\nenum H { I, J = 2, 'K' }\nconst enum L { M }\ndeclare function n(): void;\nexport default function () {}\nfunction o(): void; function o() {}\nlet p = 1, { q, r: [s, t = 1], ...u } = v, w = () => 1, x = function y() {};\nvar z;\nexport const aa = class bb {};\ntype CC<T> = T;\nexport declare const dd: 1;\n",
  "default-class.ts": "export default class extends A { b() {} }\n",
  "default-name.ts": "const a = 1;\nexport default a;\n",
  "default-value.ts": "export default { a: 1 };\n",
  "assigned.cts": "const a = 1;\nexport = a;\n",
  "alias-export.ts": "export import A = B.C;\nimport D = E.F;\n",
  "functions.tsx": [
    long("function a() "),
    long("const b = () => "),
    long("const c = async function "),
    long("export const d = async (e) => "),
    long("class F { g() ", " h = () => { return 1; }\n}"),
    long("const i = { j() ", ", k: 1 }"),
    long("const l = { m: () => ", ", 'n': 2 };"),
    long("o = () => "),
    long("test('p', () => ", ");"),
    long("q.r(() => ", ");"),
    long("(function () ", ")();"),
    long("const s = <T,>(t: T) => ", ";"),
    long("class U { static async *v() ", " #w() { } }"),
    long("const x = () => () => "),
    long("useEffect(function y() ", ", []);"),
    long("declare_(class { constructor() ", "});"),
    long("export default () => "),
  ].join("\n"),
  "rest.ts": "const [a, ...b] = c;\nexport const { d, ...e } = f;\n", "spread.ts": "export const a = [...b], c = { ...d };\n",
  "heritage.ts": long("class A extends mixin(() => ", ") { b() {} }"), "heritage-call.ts": "class A extends b() {}\nclass C extends D<E> implements F {}\n",
  "dynamic.ts": "const a = import('./a');\nlet b: import('./b').B;\nfunction f(this: import('./c').C) {}\nimport d = require('./d');\n",
  "required.js": "class A extends require('./a') {}\nconst b = require(`./b`);\nmodule.require('./c');\n",
  "watched.ts": "export const now = () => Date.now();\nfunction f(...Date) { return Date; }\nclass A extends process.B {}\n",
  "directive.ts": "'use client';\nexport const a = 1;\n",
  "hashbang.mjs": "#!/usr/bin/env node\nexport const a = 1;\n",
  "wide.ts": "// äöü 🙂\nimport { a } from './ä';\nexport const ü = 1; export const b = '🙂'; export function c() {}\n",
  "element.tsx": `import { A } from './a';\n${long("export const B = () => ")}export default () => <A.C d={<E />} {...f}>{g}</A.C>;\n`,
  "decorated.ts": "@a(() => 1) export class B { @c d = 1; @e() f(@g h) {} }\n",
  "broken.ts": "import { a from './a';\nexport const b = ;\n",
  "empty.ts": "",
  "comment.ts": "// import { a } from './a';\n",
};

test("every form gives the same facts, whichever tree it is read from", async () => {
  const [lazy, eager] = [await loadFactsReader(request), await loadFactsReader(whole)];
  for (const [file, text] of Object.entries(texts)) assert.deepEqual(lazy.read(file, text), plain(eager.read(file, text)), file);
});

test("this domain's own sources give the same facts, whichever tree they are read from", async () => {
  const [lazy, eager] = [await loadFactsReader(request), await loadFactsReader(whole)];
  const root = join(import.meta.dirname, "..", "..");
  for (const file of readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"))) {
    const text = readFileSync(join(root, file), "utf8");
    assert.deepEqual(lazy.read(file, text), plain(eager.read(file, text)), file);
  }
});

function plain(facts: FileFacts): FileFacts {
  return { ...facts, comments: [] };
}
