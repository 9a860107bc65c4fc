// The kinds of rules about the import graph: each violation at its line, its nearest allowed neighbour not at all.
import { testRules } from "../../../../../test/support/rule-table.ts";

const a = "src/features/a/index.ts";
const b = "src/features/b/index.ts";
const manifest = (name: string, dependencies: Readonly<Record<string, string>>) => JSON.stringify({ name, dependencies });

testRules({
  "packages: a type in a comment of JavaScript needs no declaration, an import does": {
    rule: "{ kind: packages, in: lib/** }",
    files: {
      "lib/a.cjs": "/** @type {import('undeclared').Options} */\nmodule.exports = require('other');\n",
      "lib/a.ts": "import type { Options } from 'undeclared';\nexport type { Options };\n",
    },
    expected: ["packages lib/a.cjs:2", "packages lib/a.ts:1"],
  },
  "independence: a sibling may not be imported, in any way": {
    rule: '{ kind: independence, modules: "src/features/*" }',
    files: {
      [a]: 'import { b } from "../b/index.ts";\nexport const a = () => import("../b/index.ts");\nexport type { B } from "../b/index.ts";\nvoid b;\n',
      [b]: "export const b = 1;\nexport type B = 1;\n",
    },
    expected: [`independence ${a}:1`, `independence ${a}:2`, `independence ${a}:3`], says: [/src\/features\/a imports its sibling src\/features\/b/],
  },
  "independence: the own inside, shared files and being imported from above are fine": {
    rule: '{ kind: independence, modules: "src/features/*" }',
    files: {
      [a]: 'import { inner } from "./inner.ts";\nimport { shared } from "../../shared.ts";\nexport const a = inner + shared;\n',
      "src/features/a/inner.ts": "export const inner = 1;\n",
      "src/shared.ts": "export const shared = 1;\n",
      [b]: "export const b = 1;\n",
      "src/app.ts": `import "./features/a/index.ts";\nimport "./features/b/index.ts";\n`,
    },
    expected: [],
  },
  "independence: a way through a shared file counts only where that is asked for": {
    rule: '{ kind: independence, modules: "src/features/*", isTransitive: true }',
    files: {
      [a]: 'import { shared } from "../../shared.ts";\nexport const a = shared;\n',
      "src/shared.ts": 'export { b as shared } from "./features/b/index.ts";\n',
      [b]: "export const b = 1;\n",
    },
    expected: [`independence ${a}:1`], says: [/over src\/features\/a\/index\.ts → src\/shared\.ts → src\/features\/b\/index\.ts/],
  },
  "independence: the same way without being asked for": {
    rule: '{ kind: independence, modules: "src/features/*" }',
    files: {
      [a]: 'import { shared } from "../../shared.ts";\nexport const a = shared;\n',
      "src/shared.ts": 'export { b as shared } from "./features/b/index.ts";\n',
      [b]: "export const b = 1;\n",
    },
    expected: [],
  },
  "reach: a package at the end of a chain, with the chain": {
    rule: '{ kind: reach, name: no-log, in: "src/web/**", to: pino }',
    files: {
      "src/web/page.ts": 'import "./part.ts";\nimport "../mid.ts";\n',
      "src/web/part.ts": "export {};\n",
      "src/mid.ts": 'import "./end.ts";\n',
      "src/end.ts": 'import pino from "pino";\npino();\n',
    },
    expected: ["no-log src/web/page.ts:2"], says: [/src\/web\/page\.ts → src\/mid\.ts → src\/end\.ts → pino/],
  },
  "reach: the step out of the bound files is reported, not the ones before it; `through` ends the search": {
    rule: '{ kind: reach, in: "src/web/**", to: src/end.ts, through: src/gate.ts }',
    files: {
      "src/web/page.ts": 'import "./part.ts";\n',
      "src/web/part.ts": '\nimport "../end.ts";\nimport "../gate.ts";\n',
      "src/gate.ts": 'import "./end.ts";\n',
      "src/end.ts": "export {};\n",
    },
    expected: ["reach src/web/part.ts:2"],
  },
  "reach: types can be left out": {
    rule: '{ kind: reach, in: "src/web/**", to: src/end.ts, withTypes: false }',
    files: { "src/web/page.ts": 'import type { End } from "../end.ts";\nexport type { End };\n', "src/end.ts": "export type End = 1;\n" },
    expected: [],
  },
  "packages: what the nearest package.json does not declare, and what it does": {
    rule: "{ kind: packages }",
    files: {
      "packages/one/package.json": manifest("one", { zod: "1", two: "1" }), "packages/two/package.json": manifest("two", {}),
      "packages/one/index.ts": 'import "zod";\nimport "pino";\nimport "node:fs";\nimport "two";\nimport "./own.ts";\n',
      "packages/one/own.ts": "export {};\n",
      "packages/two/index.ts": 'import type {} from "one";\n',
      "packages/one/nested/package.json": '{ "type": "module" }', "packages/one/nested/deep.ts": 'import "zod";\nimport "pino/file";\n',
    },
    expected: ["packages packages/one/index.ts:2", "packages packages/one/nested/deep.ts:2", "packages packages/two/index.ts:1"],
    says: [/pino is not declared in packages\/one\/package\.json/],
  },
  "packages: a path into another package, and its name instead": {
    rule: "{ kind: packages }",
    files: {
      "packages/one/package.json": manifest("one", { two: "1" }),
      "packages/two/package.json": manifest("two", {}),
      "packages/one/index.ts": 'import "../two/index.ts";\nimport "two";\n',
      "packages/two/index.ts": "export {};\n",
    },
    expected: ["packages packages/one/index.ts:1"], says: [/a path into the package two/],
  },
  "packages: allowed names need no declaration": {
    rule: '{ kind: packages, allow: ["@types/*", left-*], in: "packages/**" }',
    files: { "packages/one/package.json": manifest("one", {}), "packages/one/index.ts": 'import "left-pad";\nimport "right-pad";\n' },
    expected: ["packages packages/one/index.ts:2"],
  },
  "folder-cycles: folders that import each other though no files do": {
    rule: '{ kind: folder-cycles, folders: "src/*" }',
    files: { "src/x/one.ts": 'import "../y/one.ts";\n', "src/y/one.ts": "export {};\n", "src/y/two.ts": '\nimport "../x/two.ts";\n', "src/x/two.ts": "export {};\n" },
    expected: ["folder-cycles src/x/one.ts:1"], says: [/src\/x → src\/y → src\/x: src\/x\/one\.ts:1 imports src\/y\/one\.ts; src\/y\/two\.ts:2 imports src\/x\/two\.ts/],
  },
  "folder-cycles: types do not count unless told, and one direction is no circle": {
    rule: '{ kind: folder-cycles, folders: "src/*" }',
    files: {
      "src/x/one.ts": 'import "../y/one.ts";\nimport "../y/two.ts";\n',
      "src/y/one.ts": "export {};\n",
      "src/y/two.ts": 'import type { T } from "../x/two.ts";\nexport type { T };\n',
      "src/x/two.ts": "export type T = 1;\n",
    },
    expected: [],
  },
  "orphans: a file that no entry reaches, and one that is reached late": {
    rule: '{ kind: orphans, in: "lib/**", entries: lib/main.ts }',
    files: {
      "lib/main.ts": 'import("./late.ts");\n',
      "lib/late.ts": 'export type { T } from "./type.ts";\n',
      "lib/type.ts": "export type T = 1;\n",
      "lib/dead.ts": 'import "./main.ts";\n',
    },
    expected: ["orphans lib/dead.ts:1"],
  },
  "dead-exports: a name that nobody imports, at its declaration; names used over barrels, whole namespaces and entries are alive": {
    rule: '{ kind: dead-exports, in: "lib/**", entries: lib/entry.ts }',
    files: {
      "lib/entry.ts": 'import { one } from "./barrel.ts";\nimport * as whole from "./whole.ts";\nexport const main = [one, whole];\n',
      "lib/barrel.ts": 'export { inner as one, dead } from "./parts.ts";\n',
      "lib/parts.ts": "export const inner = 1;\n\nexport const dead = 2;\n",
      "lib/whole.ts": "export const all = 1;\n",
    },
    expected: ["dead-exports lib/barrel.ts:1", "dead-exports lib/parts.ts:3"], says: [/nothing imports dead/],
  },
  "dead-exports: `export *` passes the use on": {
    rule: '{ kind: dead-exports, in: "lib/**", entries: lib/entry.ts }',
    files: {
      "lib/entry.ts": 'import { deep } from "./star.ts";\nvoid deep;\n',
      "lib/star.ts": 'export * from "./star2.ts";\n',
      "lib/star2.ts": 'export * from "./deep.ts";\n',
      "lib/deep.ts": "export const deep = 1;\nexport const dead = 2;\n",
    },
    expected: ["dead-exports lib/deep.ts:2"],
  },
});
