// Violations planted behind every way to name a file in TypeScript and JavaScript, without a build and without an install: each is found once, at its line.
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { buildHouse, shortly } from "../support/lint-house.ts";

interface Way {
  /** Files besides the target; `secret` is the name of what may not be imported. */
  readonly files?: Readonly<Record<string, string>>;
  readonly links?: Readonly<Record<string, string>>;
  /** The target; `packages/core/src/secret.ts` unless told. */
  readonly target?: string;
  readonly specifier: string;
  readonly from?: string;
  /** Statement around the specifier S. */
  readonly statement?: string;
}

const json = (value: object): string => JSON.stringify(value);
const core = (fields: object): Readonly<Record<string, string>> => ({ "packages/core/package.json": json({ name: "@acme/core", ...fields }) });
const appConfig = (options: object, more: object = {}): Readonly<Record<string, string>> => ({ "packages/app/tsconfig.json": json({ compilerOptions: options, ...more }) });

const ways: Readonly<Record<string, Way>> = {
  "a relative path": { specifier: "../../core/src/secret.ts" },
  "a relative path without an ending": { specifier: "../../core/src/secret" },
  ".js for .ts": { specifier: "../../core/src/secret.js" },
  ".js for .tsx": { specifier: "../../core/src/secret.js", target: "packages/core/src/secret.tsx" },
  ".js for .jsx": { specifier: "../../core/src/secret.js", target: "packages/core/src/secret.jsx" },
  ".jsx for .tsx": { specifier: "../../core/src/secret.jsx", target: "packages/core/src/secret.tsx" },
  ".mjs for .mts": { specifier: "../../core/src/secret.mjs", target: "packages/core/src/secret.mts" },
  ".cjs for .cts": { specifier: "../../core/src/secret.cjs", target: "packages/core/src/secret.cts", statement: 'const later = require("S");' },
  "a .mts without an ending": { specifier: "../../core/src/secret", target: "packages/core/src/secret.mts" },
  "a declaration": { specifier: "../../core/src/secret.js", target: "packages/core/src/secret.d.ts", statement: 'import type { one } from "S";' },
  "a name with dots": { specifier: "../../core/src/secret.config", target: "packages/core/src/secret.config.ts" },
  "?raw": { specifier: "../../core/src/secret.ts?raw" },
  "?worker&inline on a name without an ending": { specifier: "../../core/src/secret?worker&inline" },
  "a folder with an index": { specifier: "../../core/src/secret", target: "packages/core/src/secret/index.tsx" },
  "a folder with a trailing slash": { specifier: "../../core/src/secret/", target: "packages/core/src/secret/index.ts" },
  "a folder with a package.json": {
    specifier: "../../core/secret",
    target: "packages/core/secret/lib/start.ts",
    files: { "packages/core/secret/package.json": json({ main: "./lib/start.js" }) },
  },
  "the folder itself": {
    specifier: ".",
    target: "packages/app/src/index.ts",
    from: "packages/app/src/probe.ts",
    files: { "packages/app/src/index.ts": "export const one = 1;\n" },
  },
  "a plain template": { specifier: "../../core/src/secret.ts", statement: "const later = () => import(`S`);" },
  "a type query": { specifier: "../../core/src/secret.ts", statement: 'export type One = import("S").one;' },
  "import =": { specifier: "../../core/src/secret.js", statement: 'import one = require("S");' },
  "a side effect": { specifier: "../../core/src/secret.js", statement: 'import "S";' },
  "export *": { specifier: "../../core/src/secret.js", statement: 'export * from "S";' },
  "a worker's URL": { specifier: "../../core/src/secret.ts", statement: 'const worker = new URL("S", import.meta.url);' },
  "a workspace name by main in dist": { specifier: "@acme/core", files: core({ main: "./dist/secret.js" }) },
  "a workspace name by exports with conditions": {
    specifier: "@acme/core",
    files: core({ exports: { ".": { types: "./dist/secret.d.ts", import: "./dist/secret.mjs", require: "./dist/secret.cjs" } } }),
  },
  "a workspace name by exports that are a string": { specifier: "@acme/core", files: core({ exports: "./dist/esm/secret.js" }) },
  "a subpath of exports": { specifier: "@acme/core/it", files: core({ exports: { "./it": "./dist/secret.js" } }) },
  "a subpath by a pattern of exports": { specifier: "@acme/core/secret", files: core({ exports: { "./*": { default: "./dist/*.js" } } }) },
  "a pattern of exports with an ending": { specifier: "@acme/core/secret.js", files: core({ exports: { "./*.js": "./build/*.js" } }) },
  "a subpath without exports": { specifier: "@acme/core/src/secret", files: core({}) },
  "a subpath into dist without exports": { specifier: "@acme/core/dist/secret", files: core({}) },
  "an output folder that only tsconfig names": {
    specifier: "@acme/core",
    target: "packages/core/source/secret.ts",
    files: { ...core({ exports: "./made/secret.js" }), "packages/core/tsconfig.json": json({ compilerOptions: { outDir: "made", rootDir: "source" } }) },
  },
  "the package's own name": {
    specifier: "@acme/app/secret",
    target: "packages/app/src/secret.ts",
    files: { "packages/app/package.json": json({ name: "@acme/app", exports: { "./*": "./dist/*.js" } }) },
  },
  "imports of the package": {
    specifier: "#secret",
    target: "packages/app/src/secret.ts",
    files: { "packages/app/package.json": json({ name: "@acme/app", imports: { "#secret": { node: "./dist/secret.js" } } }) },
  },
  "imports by a pattern": {
    specifier: "#in/secret",
    target: "packages/app/src/secret.ts",
    files: { "packages/app/package.json": json({ name: "@acme/app", imports: { "#in/*": "./src/*.ts" } }) },
  },
  "imports that name another package": {
    specifier: "#core",
    files: { ...core({ exports: "./dist/secret.js" }), "packages/app/package.json": json({ name: "@acme/app", imports: { "#core": "@acme/core" } }) },
  },
  "conditions in conditions, beside a browser's": {
    specifier: "@acme/core",
    files: {
      ...core({ exports: { ".": { node: { import: "./dist/secret.mjs" }, default: "./dist/browser.js" } } }),
      "packages/core/src/browser.ts": "export const one = 1;\n",
    },
  },
  "an output folder that only tsconfig.build.json names": {
    specifier: "@acme/core",
    target: "packages/core/source/secret.ts",
    files: {
      ...core({ main: "made/secret.js" }),
      "packages/core/tsconfig.json": "{}",
      "packages/core/tsconfig.build.json": json({ compilerOptions: { outDir: "made", rootDir: "source" } }),
    },
  },
  "a dependency under another name": {
    specifier: "kernel",
    files: { ...core({ main: "dist/secret.js" }), "packages/app/package.json": json({ dependencies: { kernel: "link:../core" } }) },
  },
  "a workspace dependency under another name": {
    specifier: "kernel",
    files: { ...core({ main: "dist/secret.js" }), "packages/app/package.json": json({ dependencies: { kernel: "workspace:@acme/core@*" } }) },
  },
  "paths of the nearest tsconfig": { specifier: "~core/secret", files: appConfig({ paths: { "~core/*": ["../core/src/*"] } }) },
  "paths without a star": { specifier: "core", files: appConfig({ paths: { core: ["../core/src/secret.ts"] } }) },
  "paths with a second target": { specifier: "~core/secret", files: appConfig({ paths: { "~core/*": ["./none/*", "../core/src/*"] } }) },
  "the longest of several paths": { specifier: "~/core/secret", files: appConfig({ paths: { "~/*": ["./src/*"], "~/core/*": ["../core/src/*"], "*": ["./none/*"] } }) },
  "paths with comments and trailing commas": {
    specifier: "~core/secret",
    files: { "packages/app/tsconfig.json": '// words\n{ "compilerOptions": { /* more */ "paths": { "~core/*": ["../core/src/*",], }, }, }\n' },
  },
  "paths relative to baseUrl": { specifier: "~core/secret", files: appConfig({ baseUrl: "..", paths: { "~core/*": ["core/src/*"] } }) },
  "baseUrl alone": { specifier: "core/src/secret", files: appConfig({ baseUrl: ".." }) },
  "paths of an extended tsconfig": {
    specifier: "~core/secret",
    files: {
      ...appConfig({ strict: true }, { extends: "../../tsconfig.base" }),
      "tsconfig.base.json": json({ compilerOptions: { paths: { "~core/*": ["./packages/core/src/*"] } } }),
    },
  },
  "paths through a chain of extends": {
    specifier: "~core/secret",
    files: {
      ...appConfig({}, { extends: "./a.json" }),
      "packages/app/a.json": json({ extends: ["./b.json", "../../tsconfig.base.json"] }),
      "packages/app/b.json": "{}",
      "tsconfig.base.json": json({ compilerOptions: { paths: { "~core/*": ["packages/core/src/*"] } } }),
    },
  },
  "paths of a workspace package that is extended": {
    specifier: "~core/secret",
    files: {
      ...appConfig({}, { extends: "@acme/tsconfig/base.json" }),
      "packages/tsconfig/package.json": json({ name: "@acme/tsconfig" }),
      "packages/tsconfig/base.json": json({ compilerOptions: { paths: { "~core/*": ["../core/src/*"] } } }),
    },
  },
  "paths of a workspace package that is extended by its exports": {
    specifier: "~core/secret",
    files: {
      ...appConfig({}, { extends: "@acme/tsconfig/react" }),
      "packages/tsconfig/package.json": json({ name: "@acme/tsconfig", exports: { "./react": "./src/react.json" } }),
      "packages/tsconfig/src/react.json": json({ compilerOptions: { paths: { "~core/*": ["../../core/src/*"] } } }),
    },
  },
  "paths of a workspace package that is extended by its tsconfig field": {
    specifier: "~core/secret",
    files: {
      ...appConfig({}, { extends: "@acme/tsconfig" }),
      "packages/tsconfig/package.json": json({ name: "@acme/tsconfig", tsconfig: "base.json" }),
      "packages/tsconfig/base.json": json({ compilerOptions: { paths: { "~core/*": ["../core/src/*"] } } }),
    },
  },
  "own paths beside an extended package that is not installed": {
    specifier: "~core/secret",
    files: appConfig({ paths: { "~core/*": ["../core/src/*"] } }, { extends: "@tsconfig/strictest" }),
  },
  "paths with ${configDir}": {
    specifier: "~core/secret",
    files: {
      ...appConfig({}, { extends: "../../tsconfig.base.json" }),
      "tsconfig.base.json": json({ compilerOptions: { paths: { "~core/*": ["${configDir}/../core/src/*"] } } }),
    },
  },
  "paths of a project that the nearest tsconfig refers to": {
    specifier: "~core/secret",
    files: {
      "packages/app/tsconfig.json": json({ files: [], references: [{ path: "./tsconfig.app.json" }] }),
      "packages/app/tsconfig.app.json": json({ compilerOptions: { paths: { "~core/*": ["../core/src/*"] } } }),
    },
  },
  "paths of the one of several projects that the file belongs to": {
    specifier: "~core/secret",
    files: {
      "packages/app/tsconfig.json": json({ files: [], references: [{ path: "./tsconfig.node.json" }, { path: "./tsconfig.app.json" }] }),
      "packages/app/tsconfig.node.json": json({
        compilerOptions: { paths: { "~core/*": ["../core/other.ts"] } },
        include: ["*.config.ts", "src/**/*.node.ts"],
      }),
      "packages/app/tsconfig.app.json": json({ compilerOptions: { paths: { "~core/*": ["../core/src/*"] } }, include: ["src"], exclude: ["src/**/*.node.ts"] }),
      "packages/core/other.ts": "export const one = 1;\n",
    },
  },
  "a folder laid over another by rootDirs": { specifier: "./made/secret", target: "packages/app/generated/made/secret.ts", files: appConfig({ rootDirs: ["src", "generated"] }) },
  "paths of a jsconfig": { specifier: "~core/secret", files: { "packages/app/jsconfig.json": json({ compilerOptions: { paths: { "~core/*": ["../core/src/*"] } } }) } },
  "paths into an output that nobody has built": { specifier: "~core/secret", files: { ...core({}), ...appConfig({ paths: { "~core/*": ["../core/dist/*"] } }) } },
  "a link to the file": { specifier: "./linked.ts", links: { "packages/app/src/linked.ts": "../../core/src/secret.ts" } },
  "a link to the root": { specifier: "./up/packages/core/src/secret.ts", links: { "packages/app/src/up": "../../.." } },
  "a link to the folder": { specifier: "./linked/secret", links: { "packages/app/src/linked": "../../core/src" } },
};

async function findings(t: TestContext, way: Way, rename: (text: string) => string): Promise<{ readonly found: readonly string[]; readonly unresolved: number }> {
  const probe = way.from ?? "packages/app/src/probe.ts";
  const statement = (way.statement ?? 'import { one } from "S";').replace("S", () => way.specifier);
  const target = way.target ?? "packages/core/src/secret.ts";
  const files = {
    "package.json": json({ name: "house", workspaces: ["packages/*"], dependencies: { pino: "1" } }),
    "tsconfig.json": "{}",
    [target]: "export const one = 1;\nexport default one;\n",
    ...way.files,
    [probe]: `// one\n// two\n${statement}\n`,
  };
  const house = await buildHouse(t, Object.fromEntries(Object.entries(files).map(([file, text]) => [rename(file), rename(text)])));
  for (const [file, to] of Object.entries(way.links ?? {})) await house.link(file, rename(to));
  const report = await house.check(
    'version: 1\nrules: [{ name: wall, from: "packages/app/**", to: ["packages/**/*secret*", "packages/**/secret/**", "packages/app/src/index.ts"], why: w, fix: f }]\n',
  );
  return { found: shortly(report), unresolved: report.coverage.importsUnresolved };
}

for (const [name, way] of Object.entries(ways)) {
  test(`an import by ${name} is found at its line, and the same way to an allowed file is not`, async (t) => {
    assert.deepEqual(await findings(t, way, (text) => text), { found: [`wall ${way.from ?? "packages/app/src/probe.ts"}:3`], unresolved: 0 });
    if (way.specifier === ".") return;
    assert.deepEqual(await findings(t, way, (text) => text.replaceAll("secret", "public")), { found: [], unresolved: 0 });
  });
}

test("a tsconfig that extends what is not installed is a warning where an import stays unresolved for it, and none where not", async (t) => {
  const config = (imported: string) =>
    buildHouse(t, { "packages/app/tsconfig.json": json({ extends: "@acme/missing/base.json" }), "packages/app/a.ts": `import "${imported}";\n` });
  const check = async (imported: string) =>
    (await (await config(imported)).check("version: 1\n")).findings.map((finding) => [finding.rule, finding.severity, finding.file, finding.found]);
  assert.deepEqual(await check("~/x"), [
    [
      "parse",
      "warning",
      "packages/app/tsconfig.json",
      'packages/app/tsconfig.json extends "@acme/missing/base.json", which is not there (not installed?): what it says about paths is unknown',
    ],
  ]);
  assert.deepEqual(await check("zod"), []);
});
