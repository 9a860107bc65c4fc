// Rules of other tools become rules of ours that find the same violations; what has no form here is said.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { parse } from "yaml";
import { buildTree, shortly } from "../../../../test/support/lint-house.ts";
import { readStaticValue } from "../repo/static-value.ts";
import { globsOfRegex } from "../service/importers/regex-globs.ts";
import { runImportRules } from "./import-rules.ts";

interface Case {
  readonly file: string;
  readonly text: string;
  /** A house without findings; EACH of `bad` alone adds the findings it is given with. */
  readonly clean: Readonly<Record<string, string>>;
  readonly bad: Readonly<Record<string, string>>;
  readonly findings: readonly string[];
  readonly notCarried?: readonly RegExp[];
}

async function checkCase(t: TestContext, one: Case): Promise<void> {
  const house = await buildTree(t, { ...one.clean, [one.file]: one.text });
  const report = await runImportRules({ providers: house.providers, rootPath: house.rootPath, isWriting: false });
  assert.equal(report.file, one.file);
  assert.equal(report.notCarried.length, one.notCarried?.length ?? 0, report.notCarried.join("\n"));
  for (const [at, pattern] of (one.notCarried ?? []).entries()) assert.match(report.notCarried[at] ?? "", pattern);
  const configuration = `version: 1\n${report.yaml}${report.yaml.includes("name: cycles") ? "" : "  - { name: cycles, severity: off }\n"}`;
  assert.deepEqual(shortly(await house.check(configuration)), []);
  await house.write(one.bad);
  assert.deepEqual(shortly(await house.check(configuration)), one.findings, report.yaml);
}

const pythonHouse: Readonly<Record<string, string>> = Object.fromEntries(
  ["", "high/", "middle/", "low/", "side/", "plug/one/", "plug/two/"].map((folder) => [`src/app/${folder}__init__.py`, ""]),
);

test("import-linter: layers, forbidden, independence, protected and acyclic contracts", (t) => checkCase(t, {
  file: ".importlinter",
  text: "[importlinter]\nroot_package = app\ninclude_external_packages = True\n\n[importlinter:contract:1]\nname = Layers\ntype = layers\n; a comment\ncontainers = app\nlayers =\n    high\n    (middle)  # optional\n    low | side\nexhaustive = true\n\n[importlinter:contract:2]\nname=No database\ntype=forbidden\nsource_modules = app.low\nforbidden_modules =\n    sqlalchemy\n    app.plug\nignore_imports = app.low.a -> app.plug.b\n\n[importlinter:contract:3]\nname = Plugs\ntype = independence\nmodules = app.plug.*\n\n[importlinter:contract:4]\nname = Middle is protected\ntype = protected\nprotected_modules = app.middle\nallowed_importers = app.high\n",
  clean: {
    ...pythonHouse,
    "src/app/high/a.py": "from app.middle import b\nfrom app.low import c\nfrom app.plug import one, two\n",
    "src/app/middle/b.py": "from app.low import c\n",
    "src/app/low/c.py": "import os\n",
    "src/app/plug/one/p.py": "import os\n",
  },
  bad: {
    "src/app/low/c.py": "import os\nfrom app.other import way\nfrom sqlalchemy.orm import Session\n",
    "src/app/other.py": "from app.high import a as way\n",
    "src/app/plug/two/p.py": "from app.plug.one import p\n",
    "src/app/side/s.py": "from app.middle import b\n",
  },
  findings: [
    "layers-app-low-side src/app/low/c.py:2",
    "no-database src/app/low/c.py:2",
    "no-database src/app/low/c.py:3",
    "plugs src/app/plug/two/p.py:1",
    "layers-app-low-side src/app/side/s.py:1",
    "layers-app-low-side-apart src/app/side/s.py:1",
    "middle-is-protected src/app/side/s.py:1",
  ],
  notCarried: [/exhaustive/, /ignore_imports \(app\.low\.a -> app\.plug\.b\)/],
}));

test("import-linter: the same contracts in pyproject.toml", (t) => checkCase(t, {
  file: "pyproject.toml",
  text: '[project]\nname = "app"\n\n[tool.importlinter]\nroot_packages = ["app"]\n\n[[tool.importlinter.contracts]]\nname = "Layers"\ntype = "layers"\nlayers = ["app.high", "app.low"]\n',
  clean: { ...pythonHouse, "src/app/high/a.py": "from app.low import x\n" }, bad: { "src/app/low/c.py": "from ..high import a\n" }, findings: ["layers-app-low src/app/low/c.py:1"],
}));

test("tach: every module imports what it depends on, and utilities", (t) => checkCase(t, {
  file: "tach.toml",
  text: 'source_roots = ["src"]\nexact = true\n\n[[modules]]\npath = "app.high"\ndepends_on = ["app.low"]\n\n[[modules]]\npath = "app.low"\ndepends_on = []\n\n[[modules]]\npath = "app.low.deep"\ndepends_on = [{ path = "app.high" }]\n\n[[modules]]\npath = "app.side"\nutility = true\n\n[[interfaces]]\nexpose = ["x"]\n',
  clean: {
    ...pythonHouse,
    "src/app/low/deep/__init__.py": "from app.high import a\n",
    "src/app/high/a.py": "from app.low import c\nfrom app.side import s\n",
    "src/app/low/c.py": "from app.side import s\n",
    "src/app/side/s.py": "from app.high import a\n",
  },
  bad: { "src/app/low/c.py": "from app.side import s\nfrom app.high import a\n", "src/app/high/b.py": "from app.low import deep\n" },
  findings: ["tach-app-high src/app/high/b.py:1", "tach-app-low src/app/low/c.py:2"], notCarried: [/interfaces/],
}));

test("dependency-cruiser: paths, groups, siblings, circles, reach and undeclared packages, read without running the file", (t) => checkCase(t, {
  file: ".dependency-cruiser.cjs",
  text: `const prefix = "^src/";
const shared = [prefix + "shared/"];
/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = { forbidden: [
  { name: "no-circular", severity: "warn", from: {}, to: { circular: true } },
  { name: "web-not-db", comment: "the web knows no tables", severity: "error", from: { path: "^src/web/", pathNot: "[.]spec[.](?:js|ts)$" }, to: { path: \`\${prefix}db\` } },
  { name: "features", severity: "error", from: { path: "^src/features/([^/]+)/" }, to: { path: "^src/features/", pathNot: "^src/features/$1/" } },
  { name: "cli-stays", severity: "error", from: { path: "(^src/cli/)" }, to: { pathNot: ["$1", ...shared], dependencyTypesNot: ["npm", "core", "type-only"] } },
  { name: "no-fs", severity: "error", from: { path: "^src/web" }, to: { path: "^(fs|path)$", dependencyTypes: ["core"] } },
  { name: "no-lodash", severity: "error", from: {}, to: { path: "node_modules/lodash" } },
  { name: "far", severity: "error", from: { path: "^src/shared/" }, to: { path: "^src/db/", reachable: true } },
  { name: "undeclared", severity: "error", from: {}, to: { dependencyTypes: ["npm-no-pkg", "npm-unknown"] } },
  { name: "orphans", severity: "error", from: { orphan: true }, to: {} },
  { name: "computed", severity: "error", from: { path: process.env.WHERE }, to: { path: "^x" } },
  { name: "look-behind", severity: "error", from: { path: "(?<!x)y" }, to: { path: "^x" } },
] };
`,
  clean: {
    "package.json": '{ "name": "house", "dependencies": { "zod": "1" } }',
    "src/web/a.ts": 'import "../shared/s.js";\nimport "zod";\n',
    "src/web/a.spec.ts": 'import "../db/d.js";\n',
    "src/shared/s.ts": "export {};\n",
    "src/db/d.ts": 'import "node:fs";\n',
    "src/features/one/f.ts": 'import "./g.js";\n',
    "src/features/one/g.ts": "export {};\n",
    "src/features/two/f.ts": "export {};\n",
    "src/cli/c.ts": 'import "../shared/s.js";\nimport type { X } from "../web/a.js";\n',
  },
  bad: {
    "src/web/a.ts": 'import "../db/d.js";\nimport "node:fs";\nimport "lodash/get";\n',
    "src/features/two/f.ts": 'import "../one/f.js";\n',
    "src/cli/c.ts": 'import "../web/a.js";\n',
    "src/shared/s.ts": 'import "./t.js";\n',
    "src/shared/t.ts": 'import "../web/a.js";\n',
  },
  findings: [
    "cli-stays src/cli/c.ts:1",
    "features src/features/two/f.ts:1",
    "far src/shared/t.ts:1",
    "web-not-db src/web/a.ts:1",
    "no-fs src/web/a.ts:2",
    "no-lodash src/web/a.ts:3",
    "undeclared src/web/a.ts:3",
  ],
  notCarried: [/"orphans".*entries/, /"computed": `process\.env\.WHERE` is computed/, /"look-behind".*no exact glob/],
}));

test("eslint-plugin-boundaries: the policies of version 7", (t) => checkCase(t, {
  file: "eslint.config.mjs",
  text: `import boundaries from "eslint-plugin-boundaries";
export default [{ plugins: { boundaries }, settings: { "boundaries/elements": [{ type: "ui", pattern: "src/ui/*" }, { type: "model", pattern: "src/model/*" }, { type: "db", pattern: "src/db/*" }] },
  rules: { "boundaries/dependencies": [2, { default: "disallow", policies: [
    { from: { element: { type: "ui" } }, allow: { to: { element: { types: { anyOf: ["model", "db"] } } } } },
    { from: { element: { type: "!ui" } }, allow: { to: { element: { type: "model" } } } },
    { from: { element: { type: "ui" } }, disallow: [{ to: { element: { type: "db" } } }] },
    { disallow: { to: { file: { categories: "test" } } } },
  ] }] } }];
`,
  clean: {
    "package.json": '{ "dependencies": { "eslint-plugin-boundaries": "1" } }',
    "src/ui/a/a.js": 'import "../../model/a/a.js";\n',
    "src/db/a/a.js": 'import "../../model/a/a.js";\n',
    "src/model/a/a.js": "export {};\n",
  },
  bad: { "src/ui/a/b.js": "import \"../../db/a/a.js\";\n", "src/model/a/b.js": "import \"../../ui/a/a.js\";\n" },
  findings: ["boundaries-model src/model/a/b.js:1", "boundaries-ui src/ui/a/b.js:1"],
  notCarried: [/selector `file` has no form here/],
}));

test("eslint-plugin-boundaries: elements and which may import which", (t) => checkCase(t, {
  file: "eslint.config.js",
  text: `import boundaries from "eslint-plugin-boundaries";
import { defineConfig } from "eslint/config";
export default defineConfig([
  boundaries.configs.recommended,
  { plugins: { boundaries }, settings: { "boundaries/elements": [
    { type: "helpers", pattern: "helpers/*" }, { type: "components", pattern: "components/*" }, { type: "modules", pattern: ["modules/*", "apps/*"] }, { type: "entry", pattern: "src/main.js", mode: "file" },
  ] }, rules: { "boundaries/element-types": [2, { default: "disallow", message: "\${file.type} may not", rules: [
    { from: "components", allow: ["helpers"] }, { from: ["modules"], allow: ["helpers", "components", "modules"] }, { from: "entry", allow: "*" },
  ] }], "boundaries/no-private": "error", "boundaries/external": ["warn", { default: "allow", rules: [{ from: "helpers", disallow: ["react"] }] }] } },
]);
`,
  clean: {
    "package.json": '{ "dependencies": { "react": "1", "eslint": "1", "eslint-plugin-boundaries": "1" } }',
    "src/helpers/h/i.js": "export {};\n",
    "src/components/c/i.js": 'import "../../helpers/h/i.js";\nimport "react";\n',
    "src/modules/m/i.js": 'import "../../components/c/i.js";\n',
    "src/main.js": 'import "./modules/m/i.js";\n',
  },
  bad: {
    "src/helpers/h/i.js": 'import "../../components/d/i.js";\nimport "react";\n',
    "src/components/d/i.js": 'import "../../modules/m/i.js";\n',
    "src/helpers/g/i.js": 'import "../h/i.js";\n',
    "src/modules/n/i.js": 'import "../m/i.js";\n',
  },
  findings: [
    "boundaries-components src/components/d/i.js:1",
    "boundaries-helpers-apart src/helpers/g/i.js:1",
    "boundaries-helpers src/helpers/h/i.js:1",
    "boundaries-external-react src/helpers/h/i.js:2",
  ],
  notCarried: [/boundaries\.configs\.recommended/, /no-private/],
}));

test("import-rules writes a new inspan.yaml and never over one, and refuses what it does not know", async (t) => {
  const house = await buildTree(t, { ...pythonHouse, "tach.toml": "[[modules]]\npath = \"app.high\"\ndepends_on = []\n\n[[modules]]\npath = \"app.low\"\n" });
  const run = (options: { readonly isWriting: boolean; readonly file?: string }) => runImportRules({ providers: house.providers, rootPath: house.rootPath, ...options });
  const report = await run({ isWriting: true });
  assert.deepEqual([report.format, report.rules, report.isWritten], ["tach", 1, true]);
  const written = await readFile(join(house.rootPath, "inspan.yaml"), "utf8");
  assert.deepEqual((parse(written) as { rules: { name: string }[] }).rules.map((one) => one.name), ["tach-app-high"]); // a map written by the code under test
  await assert.rejects(run({ isWriting: true }), { code: "CONFIG_EXISTS" });
  assert.equal(await readFile(join(house.rootPath, "inspan.yaml"), "utf8"), written);
  await assert.rejects(run({ isWriting: false, file: "src/app/__init__.py" }), { code: "RULES_MISSING" });
  await assert.rejects(run({ isWriting: false, file: ".importlinter" }), { code: "RULES_MISSING" });
  await house.write({ "tach.toml": "[[modules\n" });
  await assert.rejects(run({ isWriting: false, file: "tach.toml" }), { code: "RULES_INVALID" });
  for (const text of ["{ nope", "{ \"forbidden\": [ }"]) {
    await house.write({ ".dependency-cruiser.json": text });
    await assert.rejects(run({ isWriting: false, file: ".dependency-cruiser.json" }), { code: "RULES_INVALID" });
  }
  await house.write({ ".dependency-cruiser.cjs": "const rules = 1;\n" });
  await assert.rejects(run({ isWriting: false, file: ".dependency-cruiser.cjs" }), { code: "RULES_MISSING" });
});

test("globsOfRegex() gives globs that match what the expression matches, or none", () => {
  const check = (regex: string, expected: readonly string[] | undefined) => { assert.deepEqual(globsOfRegex(regex), expected, regex); };
  check("^src/a/", ["src/a/**"]);
  check("^src/a", ["src/a*", "src/a*/**"]);
  check("^src/a$", ["src/a"]);
  check("\\.test\\.[jt]sx?$", ["**/*.test.[jt]s", "**/*.test.[jt]sx"]);
  check("(^|/)index[.]js$", ["**/index.js"]);
  check("^(src|lib)/(?:a|b)/", ["src/a/**", "src/b/**", "lib/a/**", "lib/b/**"]);
  check("^src/[^/]+/x", ["src/*/x*", "src/*/x*/**"]);
  check("^src/.+/x[.]js$", ["src/{*,*/**/*}/x.js"]);
  check("^src/.*", ["src/**"]);
  check("/dist/", ["**/dist/**"]);
  for (const none of ["^src/\\w+/", "(?!x)y", "^a{2}", "[^.]+", "(a", "a)", "\\d", "(a|b)+", "[a", "^a$b"]) check(none, undefined);
});

test("readStaticValue() knows literals and constants, and names what it cannot know", async () => {
  const check = async (text: string, expected: unknown) => { assert.deepEqual(await readStaticValue("a.mjs", text), expected, text); };
  await check("const a = 'x'; export default { a, [`b`]: [1, -2, !true, null, /c\\/d/i], 'e': a + 'f', g: `${a}h`, ...{ i: 1 } };", {
    a: "x",
    b: [1, -2, false, null, "c\\/d"],
    e: "xf",
    g: "xh",
    i: 1,
  });
  await check("const a = ['x', 'y']; module.exports = [...a, a.join('|'), ({ b: 1 }).b];", ["x", "y", "x|y", 1]);
  await check("export default [f(), x, await import('y')];", [{ notLiteral: "f()" }, { notLiteral: "x" }, { notLiteral: "await import('y')" }]);
  await check("const a = b, b = a; export default a;", { notLiteral: "b" });
  const doubled = Array.from({ length: 50 }, (_, at) => `const a${at} = [a${at + 1}, a${at + 1}];`).join("");
  assert.ok(JSON.stringify(await readStaticValue("a.mjs", `${doubled} const a50 = 1; export default a0;`)).length < 10_000_000);
  await check("export const a = 1;", undefined);
  await check("export default { __proto__: { polluted: 1 }, a: { ...f(), b: 2 } };", { a: { "...": { notLiteral: "f()" }, b: 2 } });
  await check("export default function () { return 1; }", { notLiteral: "function () { return 1; }" });
});
