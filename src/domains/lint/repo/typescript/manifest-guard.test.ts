// Manifests that a hostile repository plants for the resolver: each is a pipe that would never end, so a check that opens one hangs.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { buildHouse } from "../../../../../test/support/lint-house.ts";
import { createManifestGuard } from "./manifest-guard.ts";

interface Planted { readonly files?: Readonly<Record<string, string>>; readonly pipes?: readonly string[]; readonly links?: Readonly<Record<string, string>> }

/** The answer of the guard for one import of `src/y/i.js`; the guard itself must not open what it refuses. */
async function refusal(t: TestContext, planted: Planted, specifier: string): Promise<string | undefined> {
  const house = await buildHouse(t, { "src/y/i.js": "", ...planted.files });
  const at = (file: string) => { mkdirSync(dirname(join(house.rootPath, file)), { recursive: true }); return join(house.rootPath, file); };
  for (const file of planted.pipes ?? []) execFileSync("mkfifo", [at(file)]);
  for (const [file, target] of Object.entries(planted.links ?? {})) symlinkSync(target, at(file));
  const root = await house.providers.files.realPath(house.rootPath) ?? "";
  return createManifestGuard(house.providers, root, () => false).refuse("src/y/i.js", specifier);
}

const hostile: Readonly<Record<string, readonly [Planted, string, RegExp]>> = {
  "a package.json beside the file that is a link to a device": [{ links: { "src/y/package.json": "/dev/zero" } }, "#q", /^src\/y\/package\.json is a link that leaves the repository$/],
  "a package.json above the file that is a pipe": [{ pipes: ["src/package.json"] }, "./x.js", /^src\/package\.json is no regular file$/],
  "a tsconfig.json that is a pipe": [{ pipes: ["src/y/tsconfig.json"] }, "foo", /^src\/y\/tsconfig\.json is no regular file$/],
  "a link inside of the repository to a pipe": [{ pipes: ["p"], links: { "src/y/package.json": "../../p" } }, "foo", /is no regular file$/],
  "a manifest of many megabytes": [{ files: { "src/y/package.json": " ".repeat(5 * 1024 * 1024) } }, "foo", /has 5\.0 MB, at most 4 MB are read$/],
  "what a tsconfig extends": [{ files: { "src/y/tsconfig.json": '/* " */ {"extends": "./base", # "\n}' }, pipes: ["src/y/base.json"] }, "foo", /^src\/y\/base\.json is no regular file$/],
  "what a tsconfig refers to": [{ files: { "src/y/tsconfig.json": '{"references": [{"path": "./part"},]}' }, pipes: ["src/y/part/tsconfig.json"] }, "./x.js", /^src\/y\/part\/tsconfig\.json is no regular file$/],
  "the folder that a relative import names": [{ pipes: ["src/z/package.json"] }, "../z", /^src\/z\/package\.json/],
  "the folder of the file that a relative import names": [{ pipes: ["src/z/package.json"] }, "../z/deep/file", /^src\/z\/package\.json/],
  "the folder that an alias names": [{ files: { "src/y/tsconfig.json": '{"compilerOptions": {"paths": {"~/*": ["../*"]}}}' }, pipes: ["src/z/package.json"] }, "~/z", /^src\/z\/package\.json/],
  "the folder that an import of a package names": [{ files: { "src/y/package.json": '{"imports": {"#x/*": "./inner/*/a.js"}}' }, pipes: ["src/y/inner/q/package.json"] }, "#x/q", /^src\/y\/inner\/q\/package\.json/],
  "an installed package": [{ pipes: ["node_modules/foo/package.json"] }, "foo", /^node_modules\/foo\/package\.json/],
  "the folder that an installed package exports": [{ files: { "node_modules/foo/package.json": '{"exports": {"./*": "./s/*"}}' }, pipes: ["node_modules/foo/s/package.json"] }, "foo/x.js", /^node_modules\/foo\/s\/package\.json/],
  "the folder that an installed package has as its entry": [{ files: { "node_modules/foo/package.json": '{"main": "./lib"}' }, pipes: ["node_modules/foo/lib/package.json"] }, "foo", /^node_modules\/foo\/lib\/package\.json/],
};

for (const [name, [planted, specifier, expected]] of Object.entries(hostile)) {
  test(`createManifestGuard() refuses ${name}`, async (t) => {
    assert.match(await refusal(t, planted, specifier) ?? "nothing", expected);
  });
}

test("createManifestGuard() lets usual manifests pass, also one that links to another of the repository", async (t) => {
  const planted = { files: { "src/y/real.json": '{"name": "y"}', "src/y/tsconfig.json": '// words\n{"extends": "../../tsconfig.json",}', "node_modules/foo/package.json": '{"main": "./lib/a.js"}' }, links: { "src/y/package.json": "real.json" } };
  for (const specifier of ["foo", "./x.js", "@/domains/rooms", "#none", "node:fs"]) assert.equal(await refusal(t, planted, specifier), undefined);
});

test("a check says why imports below a planted manifest are not resolved, and resolves the others", async (t) => {
  const house = await buildHouse(t, { "src/y/i.js": 'import "#q";\nimport "./x.js";\n', "src/y/x.js": "" });
  symlinkSync("/dev/zero", join(house.rootPath, "src/y/package.json"));
  writeFileSync(join(house.rootPath, "src/y/plain.txt"), "");
  const { coverage } = await house.check();
  assert.deepEqual([coverage.importsUnresolved, coverage.edges], [2, 10]);
});
