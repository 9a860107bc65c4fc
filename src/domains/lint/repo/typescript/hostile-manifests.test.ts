// Manifests that a hostile repository plants for resolution: pipes that would never end, devices, dumps. A check opens none of them and ends.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { buildHouse } from "../../../../../test/support/lint-house.ts";

interface Planted { readonly files?: Readonly<Record<string, string>>; readonly pipes?: readonly string[]; readonly links?: Readonly<Record<string, string>> }

/** Unresolved imports of a house where `src/y/i.js` imports this besides `./x.js`. */
async function unresolved(t: TestContext, planted: Planted, specifier: string): Promise<number> {
  const house = await buildHouse(t, { "src/y/i.js": `import "${specifier}";\nimport "./x.js";\n`, "src/y/x.js": "", ...planted.files });
  const at = (file: string) => { mkdirSync(dirname(join(house.rootPath, file)), { recursive: true }); return join(house.rootPath, file); };
  for (const file of planted.pipes ?? []) execFileSync("mkfifo", [at(file)]);
  for (const [file, target] of Object.entries(planted.links ?? {})) symlinkSync(target, at(file));
  const { coverage } = await house.check();
  assert.equal(coverage.filesUnread, 0);
  return coverage.importsUnresolved;
}

const hostile: Readonly<Record<string, readonly [Planted, string]>> = {
  "a package.json beside the file that is a link to a device": [{ links: { "src/y/package.json": "/dev/zero" } }, "#q"],
  "a package.json above the file that is a pipe": [{ pipes: ["src/package.json"] }, "./x.js"],
  "a tsconfig.json that is a pipe": [{ pipes: ["src/y/tsconfig.json"] }, "foo"],
  "a link inside of the repository to a pipe": [{ pipes: ["p"], links: { "src/y/package.json": "../../p" } }, "foo"],
  "a manifest of many megabytes": [{ files: { "src/y/package.json": " ".repeat(5 * 1024 * 1024) } }, "foo"],
  "what a tsconfig extends": [{ files: { "src/y/tsconfig.json": '/* " */ {"extends": "./base", # "\n}' }, pipes: ["src/y/base.json"] }, "foo"],
  "what a tsconfig refers to": [{ files: { "src/y/tsconfig.json": '{"references": [{"path": "./part"},]}' }, pipes: ["src/y/part/tsconfig.json"] }, "./x.js"],
  "the folder that a relative import names": [{ pipes: ["src/z/package.json"] }, "../z"],
  "the folder of the file that a relative import names": [{ pipes: ["src/z/package.json"] }, "../z/deep/file"],
  "the folder that an alias names": [{ files: { "src/y/tsconfig.json": '{"compilerOptions": {"paths": {"~/*": ["../*"]}}}' }, pipes: ["src/z/package.json"] }, "~/z"],
  "the folder that an import of a package names": [{ files: { "src/y/package.json": '{"imports": {"#x/*": "./inner/*/a.js"}}' }, pipes: ["src/y/inner/q/package.json"] }, "#x/q"],
  "an installed package": [{ pipes: ["node_modules/foo/package.json"] }, "foo"],
  "the folder that an installed package exports": [
    { files: { "node_modules/foo/package.json": '{"exports": {"./*": "./s/*"}}' }, pipes: ["node_modules/foo/s/package.json"] },
    "foo/x.js",
  ],
  "the folder that an installed package has as its entry": [
    { files: { "node_modules/foo/package.json": '{"main": "./lib"}' }, pipes: ["node_modules/foo/lib/package.json"] },
    "foo",
  ],
};

for (const [name, [planted, specifier]] of Object.entries(hostile)) {
  test(`a check does not open ${name}, and resolves what does not need it`, { timeout: 20_000 }, async (t) => {
    assert.ok(await unresolved(t, planted, specifier) <= 1);
  });
}

test("usual manifests are read, also one that links to another of the repository", async (t) => {
  const files = { "src/y/real.json": '{"name": "y", "imports": {"#q": "./x.js"}}', "src/y/tsconfig.json": '// words\n{"extends": "../../tsconfig.json",}' };
  for (const specifier of ["#q", "@/domains/rooms/index", "./x"]) assert.equal(await unresolved(t, { files, links: { "src/y/package.json": "real.json" } }, specifier), 0);
  assert.equal(await unresolved(t, { files }, "#q"), 1);
});
