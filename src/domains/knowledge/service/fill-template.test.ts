// Places of templates: filled once, dropped where empty, refused where unknown.
import assert from "node:assert/strict";
import { test } from "node:test";
import { detectFacts } from "./detect-facts.ts";
import { fillTemplate, templateValues } from "./fill-template.ts";
import type { RepositoryListing } from "../types/repository.ts";

const empty: RepositoryListing = { folderName: "place", files: [], folders: [], packageJson: undefined, pyproject: undefined, goModule: undefined, cargo: undefined, domains: undefined, hasProviders: false };

test("fillTemplate() fills places in and between lines, drops an empty line's, and reads no value as a template", () => {
  const cases: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
    ["a {{x}} b {{x}}\n", { x: "1" }, "a 1 b 1\n"],
    ["a\n{{x}}\nb\n", { x: "" }, "a\nb\n"],
    ["a\n{{x}}\nb\n", { x: "1\n2" }, "a\n1\n2\nb\n"],
    ["{{x}}\n{{y}}\n", { x: "{{y}} $& $1", y: "2" }, "{{y}} $& $1\n2\n"],
  ];
  for (const [text, values, expected] of cases) assert.equal(fillTemplate(text, values), expected);
  assert.throws(() => fillTemplate("{{z}}", {}), /BUG: expected a value for the place "z"/);
});

test("detectFacts() says of an empty folder nothing but its name", () => {
  assert.deepEqual(detectFacts(empty), { name: "place", description: undefined, proofs: [], commands: [], copied: [], folders: [], domains: undefined, providersPath: undefined });
});

test("detectFacts() names the package manager by its field, then by its lockfile", () => {
  const proof = (files: readonly string[], manifest: object) => detectFacts({ ...empty, files, packageJson: JSON.stringify({ scripts: { test: "x", "type-check": "y" }, ...manifest }) }).proofs.map((script) => script.command);
  assert.deepEqual(proof([], {}), ["npm test", "npm run type-check"]);
  assert.deepEqual(proof(["yarn.lock"], {}), ["yarn test", "yarn run type-check"]);
  assert.deepEqual(proof(["yarn.lock"], { packageManager: "pnpm@9.1.0" }), ["pnpm test", "pnpm run type-check"]);
  assert.deepEqual(proof(["bun.lock"], {}), ["bun run test", "bun run type-check"]);
  assert.deepEqual(proof([], { scripts: { test: 'echo "Error: no test specified" && exit 1' } }), []);
});

test("templateValues() proposes layers only where two of them are found, and says where a domain has no door", () => {
  const yaml = (parts: readonly string[], hasDoors: boolean) => templateValues(detectFacts({ ...empty, domains: { path: "src/features", names: ["a"], parts, hasDoors, isPackages: false } }))["domainsYaml"] ?? "";
  assert.match(yaml(["service", "types"], true), /^domains: src\/features\/\*\n# Files.*\nlayers: \[/m);
  assert.match(yaml(["types"], true), /^# layers: \[/m);
  assert.doesNotMatch(yaml(["types"], true), /None has such a file/);
  assert.match(yaml(["types"], false), /None has such a file/);
});
