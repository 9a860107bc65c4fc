// Places of templates: filled once, dropped where empty, refused where unknown.
import assert from "node:assert/strict";
import { test } from "node:test";
import { detectFacts } from "./detect-facts.ts";
import { fillTemplate, templateValues } from "./fill-template.ts";
import type { RepositoryListing } from "../types/repository.ts";

const empty: RepositoryListing = {
  folderName: "place",
  files: [],
  folders: [],
  packageJson: undefined,
  pyproject: undefined,
  goModule: undefined,
  cargo: undefined,
  proposal: { domains: [], names: [], doors: [], layers: [], providers: null, reasons: [], findings: { layers: 0, domains: 0, providers: 0 } },
};

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
  assert.deepEqual(detectFacts(empty), { name: "place", description: undefined, proofs: [], commands: [], copied: [], folders: [], proposal: empty.proposal });
});

test("detectFacts() names the package manager by its field, then by its lockfile", () => {
  const proof = (files: readonly string[], manifest: object) =>
    detectFacts({ ...empty, files, packageJson: JSON.stringify({ scripts: { test: "x", "type-check": "y" }, ...manifest }) }).proofs.map(
      (script) => script.command,
    );
  assert.deepEqual(proof([], {}), ["npm test", "npm run type-check"]);
  assert.deepEqual(proof(["yarn.lock"], {}), ["yarn test", "yarn run type-check"]);
  assert.deepEqual(proof(["yarn.lock"], { packageManager: "pnpm@9.1.0" }), ["pnpm test", "pnpm run type-check"]);
  assert.deepEqual(proof(["bun.lock"], {}), ["bun run test", "bun run type-check"]);
  assert.deepEqual(proof([], { scripts: { test: 'echo "Error: no test specified" && exit 1' } }), []);
});

test("templateValues() says what is proposed, and where nothing is, how it would be declared", () => {
  const values = (more: Partial<RepositoryListing["proposal"]>) => templateValues(detectFacts({ ...empty, proposal: { ...empty.proposal, ...more } }));
  assert.match(
    values({ domains: ["src/features/*"], names: ["a"], layers: ["types", "ui"] })["domainsYaml"] ?? "",
    /^domains: src\/features\/\*\n# Files.*\nlayers: \[types, ui\]$/m,
  );
  assert.match(values({})["domainsYaml"] ?? "", /^# domains: [^]*\n# layers: \[/m);
  assert.match(values({ domains: ["src/features/*"], names: ["a"] })["domains"] ?? "", /^Domains, in `src\/features\/`: `a`\./);
});
