// A small workspace in TypeScript with one violation for each way to write an import, and beside each its nearest allowed neighbour: the ground on
// which scripts/compare-peers.ts measures recall. Nothing is installed and nothing is built in it.
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

export interface Planted { readonly file: string; readonly line: number; readonly way: string }

const from = "packages/app/src/service";
const walled = "packages/core/src/runtime";
const open = "packages/core/src/public";

interface Way { readonly statement: string; readonly specifier: string; readonly ending?: string }

const relative = "../../../core/src/ZONE/thing";
const value = 'import { thing } from "S";\nexport const kept = thing;';
/** S is the specifier, ZONE the folder of the target. Statements begin on line 3. */
const statements: Readonly<Record<string, string>> = {
  "value": value,
  "default": 'import thing from "S";\nexport const kept = thing;',
  "namespace": 'import * as thing from "S";\nexport const kept = thing;',
  "side effect": 'import "S";',
  "type": 'import type { Thing } from "S";\nexport type Kept = Thing;',
  "inline type": 'import { type Thing } from "S";\nexport type Kept = Thing;',
  "type query": 'export type Kept = import("S").Thing;',
  "typeof import": 'export type Kept = typeof import("S");',
  "import =": 'import thing = require("S");\nexport const kept = thing;',
  "dynamic": 'export const later = () => import("S");',
  "dynamic, template": "export const later = () => import(`S`);",
  "dynamic in React.lazy": 'export const Page = lazy(() => import("S"));',
  "require": 'export const kept = require("S");',
  "require.resolve": 'export const kept = require.resolve("S");',
  "createRequire": 'export const kept = createRequire(import.meta.url)("S");',
  "reexport": 'export { thing } from "S";', "reexport type": 'export type { Thing } from "S";', "export *": 'export * from "S";', "export * as": 'export * as things from "S";',
  "many lines": 'import {\n  thing,\n} from "S";\nexport const kept = thing;',
  "after code": 'export const first = 1; import { thing } from "S";\nexport const kept = thing;',
  "mock of vitest": 'vi.mock("S");',
  "mock of jest": 'jest.mock("S");',
  "reference path": '/// <reference path="S" />\nexport {};',
  "worker": 'export const worker = new Worker(new URL("S", import.meta.url));',
  "import.meta.resolve": 'export const kept = import.meta.resolve("S");',
};

const spellings: Readonly<Record<string, { readonly specifier: string; readonly target?: string }>> = {
  "relative, no ending": { specifier: relative },
  ".js for .ts": { specifier: `${relative}.js` },
  ".ts": { specifier: `${relative}.ts` },
  "folder": { specifier: "../../../core/src/ZONE" },
  "folder with slash": { specifier: "../../../core/src/ZONE/" },
  "escape over the root": { specifier: "../../../../packages/core/src/ZONE/thing" },
  ".mjs for .mts": { specifier: "../../../core/src/ZONE/mod.mjs" },
  ".cjs for .cts": { specifier: "../../../core/src/ZONE/com.cjs" },
  ".jsx for .tsx": { specifier: "../../../core/src/ZONE/view.jsx" },
  ".tsx without ending": { specifier: "../../../core/src/ZONE/view" },
  "query": { specifier: `${relative}.ts?raw` },
  "alias of tsconfig": { specifier: "@core/ZONE/thing" },
  "alias of an extended tsconfig": { specifier: "~base/ZONE/thing" },
  "alias without star": { specifier: "the-ZONE" },
  "baseUrl": { specifier: "core/src/ZONE/thing" },
  "workspace name": { specifier: "@acme/core/ZONE/thing" },
  "workspace name by main": { specifier: "@acme/ZONE" },
  "imports of package.json": { specifier: "#ZONE/thing" },
  "link to the file": { specifier: "./linked-ZONE.ts" },
  "link to the folder": { specifier: "./folder-ZONE/thing" },
};

const isLoose = (way: string): boolean => way === "value" || way === "type" || way === "dynamic" || way === "reexport";

/** Writes the house below a folder; gives where each violation stands. Files of allowed neighbours begin with `allowed-`. */
export function plantHouse(root: string): readonly Planted[] {
  const write = (file: string, text: string): void => { mkdirSync(dirname(join(root, file)), { recursive: true }); writeFileSync(join(root, file), text); };
  const json = (file: string, data: object): void => write(file, `${JSON.stringify(data, null, 2)}\n`);
  json("package.json", { name: "planted", private: true, workspaces: ["packages/*"] });
  json("tsconfig.base.json", { compilerOptions: { module: "nodenext", jsx: "preserve", allowImportingTsExtensions: true, paths: { "~base/*": ["./packages/core/src/*"] } } });
  json("tsconfig.json", {
    extends: "./tsconfig.base.json",
    compilerOptions: {
      baseUrl: "packages",
      paths: { "@core/*": ["core/src/*"], "~base/*": ["core/src/*"], "the-runtime": ["core/src/runtime/thing.ts"], "the-public": ["core/src/public/thing.ts"] },
    },
  });
  json("packages/core/package.json", { name: "@acme/core", exports: { "./*": { types: "./dist/*.d.ts", default: "./dist/*.js" } } });
  json("packages/app/package.json", {
    name: "@acme/app",
    dependencies: { "@acme/core": "workspace:*", "@acme/runtime": "workspace:*", "@acme/public": "workspace:*" },
    imports: { "#runtime/*": "@acme/core/runtime/*", "#public/*": "@acme/core/public/*" },
  });
  const thing = "export interface Thing { readonly name: string }\nexport const thing = 1;\nexport default thing;\n";
  for (const [zone, folder] of [["runtime", walled], ["public", open]] as const) {
    for (const name of ["thing.ts", "index.ts", "mod.mts", "com.cts", "view.tsx"]) write(`${folder}/${name}`, thing);
    // A package of its own whose main was never built, inside of the zone.
    json(`packages/${zone}/package.json`, { name: `@acme/${zone}`, main: "./dist/index.js" });
    write(`packages/${zone}/src/index.ts`, thing);
    mkdirSync(join(root, from), { recursive: true });
    symlinkSync(`../../../core/src/${zone}/thing.ts`, join(root, from, `linked-${zone}.ts`));
    symlinkSync(`../../../core/src/${zone}`, join(root, from, `folder-${zone}`));
  }
  write("packages/app/src/main.ts", "export {};\n");
  const planted: Planted[] = [];
  for (const [kind, statement] of Object.entries(statements)) {
    for (const [spelling, { specifier }] of Object.entries(spellings)) {
      const isPlain = spelling === (kind === "worker" || kind === "reference path" ? ".ts" : ".js for .ts");
      if (!isPlain && !isLoose(kind)) continue;
      const way = isPlain ? kind : `${kind}, ${spelling}`;
      const name = way.replaceAll(/[^a-zA-Z]+/g, "-").toLowerCase().replaceAll(/^-|-$/g, "");
      const file = `${from}/planted-${name}-${planted.length}.ts`;
      const text = (zone: string): string =>
        `// one\n// two\n${statement.replaceAll('S"', `${specifier.replaceAll("ZONE", zone)}"`).replaceAll("S`", `${specifier.replaceAll("ZONE", zone)}\``)}\n`;
      write(file, text("runtime"));
      write(`${from}/allowed-${name}-${planted.length}.ts`, text("public"));
      planted.push({ file, line: 3, way });
    }
  }
  return planted;
}

/** Where violations may come from and may not lead, as globs. */
export const wall = { from: `${from}/**`, to: [`${walled}/**`, "packages/runtime/**"], fromFolder: from, toFolders: [walled, "packages/runtime"] } as const;
