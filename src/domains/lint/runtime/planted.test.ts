// Violations planted for every kind of import and every import rule: each is found exactly once, at its line, and its nearest allowed neighbour is not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { buildHouse, cleanConfiguration, shortly } from "../../../../test/support/lint-house.ts";

/** Statement by kind; S stands for the specifier. All begin on line 3 of a probe. */
const kinds: Readonly<Record<string, string>> = {
  "value": 'import { thing } from "S";',
  "default": 'import thing from "S";',
  "namespace": 'import * as thing from "S";',
  "side-effect": 'import "S";',
  "type": 'import type { thing } from "S";',
  "inline-type": 'import { type thing } from "S";',
  "type-query": 'export type Query = import("S").thing;',
  "typeof-import": 'export type Query = typeof import("S");',
  "import-equals": 'import thing = require("S");',
  "dynamic": 'export const later = () => import("S");',
  "dynamic-template": "export const later = () => import(`S`);",
  "dynamic-sum": 'export const later = () => import("" + "S");',
  "require": 'export const thing = require("S");',
  "require-resolve": 'export const path = require.resolve("S");',
  "meta-resolve": 'export const path = import.meta.resolve("S");',
  "create-require": 'export const thing = createRequire(import.meta.url)("S");',
  "create-require-kept": 'const load = node.createRequire(import.meta.url), thing = 1, path = load("S");',
  "create-require-resolve": 'export const path = createRequire(import.meta.url).resolve("S");',
  "jest-actual": 'const thing = jest.requireActual("S");',
  "jest-mock": 'jest.mock("S", () => ({}));',
  "vitest-mock": 'vi.mock("S");',
  "vitest-actual": 'const thing = await vi.importActual("S");',
  "node-mock": 't.mock.module("S", {});',
  "reexport": 'export { thing } from "S";',
  "reexport-type": 'export type { thing } from "S";',
  "reexport-all": 'export * from "S";',
  "reexport-namespace": 'export * as thing from "S";',
  "many-lines": 'import {\n  thing,\n} from "S";',
};

/** Ways to write the same target from `src/domains/<d>/<layer>/probe-*.ts`. */
function spellings(target: string): Readonly<Record<string, string>> {
  const below = target.replace(/^src\//, "");
  return {
    relative: `../../../${below}`,
    escape: `../../../../src/${below}`,
    js: `../../../${below.replace(/\.ts$/, ".js")}`,
    bare: `../../../${below.replace(/\.ts$/, "")}`,
    alias: `@/${below.replace(/\.ts$/, "")}`,
    workspace: `house/${below}`,
  };
}

interface Wall { readonly rule: string; readonly folder: string; readonly target: string; readonly allowed: string; readonly extra?: string }

const walls: readonly Wall[] = [
  { rule: "layers", folder: "src/domains/rooms/service", target: "src/domains/rooms/runtime/session.ts", allowed: "src/domains/rooms/config.ts" },
  { rule: "domains", folder: "src/domains/booking/service", target: "src/domains/rooms/service/price.ts", allowed: "src/domains/rooms/index.ts" },
  { rule: "providers", folder: "src/providers/a/b/c", target: "src/domains/rooms/index.ts", allowed: "src/app/flags.ts" },
  { rule: "providers", folder: "src/domains/rooms/types", target: "src/providers/index.ts", allowed: "src/app/flags.ts" },
  {
    rule: "not-app",
    folder: "src/domains/rooms/service",
    target: "src/app/main.ts",
    allowed: "src/app/flags.ts",
    extra: '\nrules: [{ name: not-app, from: "src/domains/**", to: "src/app/**", except: src/app/flags.ts, why: "the app is the top", fix: "pass it in" }]\n',
  },
];

const appFiles = { "src/app/main.ts": "export const main = 1;\n", "src/app/flags.ts": "export const flags = 1;\n" };

for (const wall of walls) {
  test(`the rule ${wall.rule} sees every kind and spelling of an import from ${wall.folder} once, and lets the allowed target pass`, async (t) => {
    const probes: Record<string, string> = {};
    const up = (target: string) =>
      Object.entries(spellings(target)).map(
        ([name, specifier]) => [name, wall.folder.startsWith("src/providers") ? specifier.replace(/^\.\.\/\.\.\/\.\.\//, "../../../../") : specifier] as const,
      );
    for (const [kind, text] of Object.entries(kinds)) {
      for (const [spelling, specifier] of kind === "value" || kind === "type" || kind === "dynamic" ? up(wall.target) : up(wall.target).slice(0, 1)) {
        probes[`${wall.folder}/planted-${kind}-${spelling}.ts`] = `// one\n// two\n${text.replace("S", specifier)}\n`;
      }
      probes[`${wall.folder}/allowed-${kind}.ts`] = `// one\n// two\n${text.replace("S", up(wall.allowed)[0]?.[1] ?? "")}\n`;
    }
    const house = await buildHouse(t, { ...appFiles, ...probes });
    const report = await house.check(cleanConfiguration + (wall.extra ?? ""));
    const expected = Object.keys(probes).filter((file) => file.includes("/planted-")).map((file) => `${wall.rule} ${file}:3`).sort();
    assert.deepEqual(shortly(report).sort(), expected);
    assert.equal(report.coverage.importsUnresolved, 0);
  });
}

test("imports in comments and in declarations of modules are imports of types", async (t) => {
  const target = "../runtime/session.ts";
  const texts: Readonly<Record<string, string>> = {
    "reference.ts": `/// <reference path="${target}" />`,
    "reference-types.ts": '/// <reference preserve="true" types="pino" />',
    "module.ts": `declare module "${target}" { export const more: number }`,
    "jsdoc-import.js": `/** @import { Session, Session as Other } from "${target}" */`,
    "jsdoc-namespace.mjs": `/** @import * as session from "${target}" */`,
    "jsdoc-type.js": `/** @type {Array<import("${target}").Session>} */`,
    "jsdoc-record.jsx": `/** @param {{ a: number, b: import('${target}').Session }} one What it is. */`,
    "jsdoc-typedef.cjs": `/** @typedef {typeof import("${target}")} Session */`,
  };
  const planted = Object.fromEntries(Object.entries(texts).map(([name, text]) => [`src/domains/rooms/service/planted-${name}`, `// one\n// two\n${text}\nexport {};\n`]));
  const allowed = {
    "src/domains/rooms/service/allowed.ts": `/** @type {import("${target}").Session} */\ndeclare module "pino" { export const more: number }\nexport {};\n`,
    "src/domains/rooms/service/allowed.js": `/* @type {import("${target}").Session} */\n/** Like import("${target}"), see {@link import("${target}")}. */\n/** @example {import("${target}").Session} */\n/** @type {number} import("${target}") */\nexport {};\n`,
    "src/domains/rooms/service/allowed-virtual.ts": `jest.mock("${target}", () => ({}), { virtual: true });\nload("${target}");\njest.fn("${target}");\n`,
  };
  const report = await (await buildHouse(t, { ...planted, ...allowed })).check();
  assert.deepEqual(shortly(report).sort(), Object.keys(planted).map((file) => `${file.includes("reference-types") ? "providers" : "layers"} ${file}:3`).sort());
});

test("both branches of a conditional import are seen, and globs of bundlers are counted as unresolved", async (t) => {
  const house = await buildHouse(t, {
    "src/domains/rooms/service/branches.ts": 'export const later = (a: boolean) => import(a ? "../runtime/session.ts" : "../config.ts");\n',
    "src/domains/rooms/service/globs.ts": 'export const all = [import.meta.glob("../runtime/*.ts"), require.context("../runtime")];\n',
  });
  const report = await house.check();
  assert.deepEqual(shortly(report), ["layers src/domains/rooms/service/branches.ts:1"]);
  assert.equal(report.coverage.importsUnresolved, 2);
});

test("a package of Providers is seen where no package.json declares it and nothing is installed", async (t) => {
  const files = {
    "package.json": "{}",
    "src/domains/rooms/service/planted.ts":
      '// one\nimport { trace } from "@opentelemetry/api";\nimport { other } from "@elsewhere/api";\nexport const x = [trace, other];\n',
  };
  const house = await buildHouse(t, files);
  const report = await house.check(
    cleanConfiguration.replace("[pino]", '["@opentelemetry/*", pino]') +
      '\nrules: [{ name: no-elsewhere, from: "src/**", to: "@elsewhere/**", why: "w", fix: "f" }]\n',
  );
  assert.deepEqual(shortly(report), ["providers src/domains/rooms/service/planted.ts:2", "no-elsewhere src/domains/rooms/service/planted.ts:3"]);
});

test("packages of Providers are seen in every kind, with the Provider to use instead", async (t) => {
  const files = Object.fromEntries(Object.entries(kinds).map(([kind, text]) => [`src/domains/rooms/service/planted-${kind}.ts`, `// one\n// two\n${text.replace("S", "pino")}\n`]));
  const house = await buildHouse(t, { ...files, "src/domains/rooms/service/allowed.ts": 'import { z } from "zod";\nexport const schema = z;\n' });
  const report = await house.check();
  assert.deepEqual(shortly(report).sort(), Object.keys(files).map((file) => `providers ${file}:3`).sort());
  assert.match(report.findings[0]?.fix ?? "", /Use the Provider src\/providers\/index\.ts/);
});

test("a link to a file of a later layer counts as that file", async (t) => {
  const house = await buildHouse(t, {
    "src/domains/rooms/service/probe.ts": 'import { open } from "./linked.ts";\nimport { again } from "./folder/session.ts";\nexport { open, again };\n',
  });
  await house.link("src/domains/rooms/service/linked.ts", "../runtime/session.ts");
  await house.link("src/domains/rooms/service/folder", "../runtime");
  assert.deepEqual(shortly(await house.check()), ["layers src/domains/rooms/service/probe.ts:1", "layers src/domains/rooms/service/probe.ts:2"]);
});

test("a symbol that comes through a file without a layer counts as imported from where it is defined", async (t) => {
  const house = await buildHouse(t, {
    "src/domains/rooms/index.ts": 'export type { Room } from "./types.ts";\nexport { open } from "./runtime/session.ts";\n',
    "src/domains/rooms/service/bad.ts": 'import { open } from "../index.ts";\nexport { open };\n',
    "src/domains/rooms/service/good.ts": 'import type { Room } from "../index.ts";\nexport type { Room };\n',
  });
  const report = await house.check(`${cleanConfiguration}rules: [{ name: cycles, severity: off }]\n`);
  assert.deepEqual(shortly(report), ["layers src/domains/rooms/service/bad.ts:1"]);
});

test("doors, their layers and the order of domains are kept", async (t) => {
  const house = await buildHouse(t, {
    "src/domains/rooms/runtime/index.ts": "export const run = 1;\n",
    "src/domains/rooms/ui/index.ts": "export const contribution = 1;\n",
    "src/domains/rooms/service/late.ts": 'import type { Booking } from "../../booking/index.ts";\nexport type { Booking };\n',
    "src/domains/booking/runtime/index.ts": 'import { run } from "../../rooms/runtime/index.ts";\nexport { run };\n',
    "src/domains/booking/service.ts": 'import { run } from "../rooms/runtime/index.ts";\nexport { run };\n',
    "src/domains/booking/ui/index.ts": 'import { contribution } from "../../rooms/ui/index.ts";\nexport { contribution };\n',
    "src/domains/extra/types.ts": "export const extra = 1;\n",
    "src/app/main.ts": 'import { contribution } from "../domains/rooms/ui/index.ts";\nexport { contribution };\n',
  });
  const report = await house.check(
    cleanConfiguration.replace(
      "domains: src/domains/*",
      'domains: { path: "src/domains/*", order: [rooms, booking], doors: [{ path: "index.ts" }, { path: "runtime/index.ts", layers: [runtime, ui] }, { path: "ui/index.ts", layers: [] }] }',
    ),
  );
  assert.deepEqual(shortly(report), [
    "domains src/domains/booking/service.ts:1",
    "domains src/domains/booking/ui/index.ts:1",
    "domains src/domains/extra/types.ts:1",
    "domains src/domains/rooms/service/late.ts:1",
  ]);
});

test("edges replace the default, and strict forbids skipping a layer", async (t) => {
  const house = await buildHouse(t, { "src/domains/rooms/ui.ts": 'import { roomsMax } from "./types.ts";\nexport { roomsMax };\n' });
  const withLayers = (layers: string) => house.check(cleanConfiguration.replace("layers: [types, config, repo, service, runtime, ui]", layers));
  assert.deepEqual(shortly(await withLayers("layers: { order: [types, config, repo, service, runtime, ui], edges: { ui: [runtime] } }")), ["layers src/domains/rooms/ui.ts:1"]);
  assert.deepEqual(shortly(await withLayers("layers: { order: [types, config, repo, service, runtime, ui], edges: { ui: [types] } }")), []);
  assert.deepEqual(shortly(await withLayers("layers: { order: [types, config, repo, service, runtime, ui], strict: adjacent }")), [
    "layers src/domains/rooms/runtime/session.ts:1",
    "layers src/domains/rooms/runtime/session.ts:2",
    "layers src/domains/rooms/service/price.ts:1",
    "layers src/domains/rooms/ui.ts:1",
  ]);
});

test("circles of imports at run time are found once; circles of types and of later loading are none", async (t) => {
  const house = await buildHouse(t, {
    "src/app/a.ts": 'import { b } from "./b.ts";\nexport const a = () => b;\n',
    "src/app/b.ts": '\nimport { c } from "./c.ts";\nexport const b = () => c;\n',
    "src/app/c.ts": 'export { a as c } from "./a.ts";\n',
    "src/app/d.ts": 'import type { e } from "./e.ts";\nexport type d = typeof e;\n',
    "src/app/e.ts": 'export const e = () => import("./d.ts");\n',
  });
  const report = await house.check();
  assert.deepEqual(shortly(report), ["cycles src/app/a.ts:1"]);
  assert.equal(report.findings[0]?.found, "src/app/a.ts → src/app/b.ts → src/app/c.ts → src/app/a.ts");
});
