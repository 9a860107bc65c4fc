import assert from "node:assert/strict";
import { test } from "node:test";
import { areScriptsChanged, reasonsForPerson, type ChangeFacts } from "./guarding.ts";

const facts: ChangeFacts = {
  paths: ["src/a.ts"],
  reviewersFolder: "docs/reviewers",
  checkCommands: ["npm test", "bash ./scripts/check.sh --all"],
  guard: [],
  changedScripts: [],
  noReproductionReason: undefined,
  testPaths: ["**/*.test.ts"],
  policies: [],
  draw: 50,
};

function check(change: Partial<ChangeFacts>, expected: RegExp | undefined) {
  const found = reasonsForPerson({ ...facts, ...change });
  if (expected === undefined) assert.deepEqual(found, []);
  else assert.match(found.join("; "), expected);
}

test("reasonsForPerson() names what defines the judgement, and lets the rest pass", () => {
  check({}, undefined);
  check({ paths: ["inspan.yaml"] }, /inspan\.yaml/);
  check({ paths: ["docs/inspan.yaml.md"] }, undefined);
  check({ paths: ["docs/reviewers/new.md"] }, /docs\/reviewers\/new\.md/);
  check({ paths: ["review/new.md"], reviewersFolder: "./review/" }, /review\/new\.md/);
  check({ paths: ["scripts/check.sh"] }, /scripts\/check\.sh/);
  check({ paths: ["scripts/other.sh"] }, undefined);
  check({ paths: ["src/.gitattributes"] }, /gitattributes/);
  check({ paths: ["Makefile"], guard: ["Makefile"] }, /Makefile/);
  check({ paths: ["docs/golden-principles.md"] }, /golden-principles/);
  check({ paths: ["docs/golden.md"] }, undefined);
  check({ changedScripts: ["package.json"] }, /package\.json/);
  check({ noReproductionReason: "lazy" }, /without a reproduction \("lazy"\)/);
  check({ noReproductionReason: "prose only", paths: ["README.md", "docs/a.md"] }, undefined);
});

test("areScriptsChanged() sees scripts and nothing else of package.json", () => {
  assert.equal(areScriptsChanged('{"scripts":{"test":"node --test"}}', '{"scripts":{"test":"true"}}'), true);
  assert.equal(areScriptsChanged('{"scripts":{"test":"a"},"version":"1"}', '{"scripts":{"test":"a"},"version":"2"}'), false);
  assert.equal(areScriptsChanged(undefined, '{"scripts":{"test":"a"}}'), true);
  assert.equal(areScriptsChanged(undefined, "{}"), false);
  assert.equal(areScriptsChanged("{}", "{"), true);
});

test("merge.paths says who looks at which files", () => {
  const policies = [
    { paths: ["src/billing/**"], policy: "person" as const, percent: 10 },
    { paths: ["src/**"], policy: "sample" as const, percent: 20 },
    { paths: ["docs/**"], policy: "auto" as const, percent: 10 },
  ];
  check({ policies, paths: ["src/billing/a.ts"] }, /asks for a person where src\/billing/);
  check({ policies, paths: ["src/billing/line\nbreak.ts"] }, /asks for a person where src\/billing/);
  check({ policies, paths: ["src/a.ts"], draw: 19 }, /drawn for the sample of 20 in 100/);
  check({ policies, paths: ["src/a.ts"], draw: 20 }, undefined);
  check({ policies, paths: ["docs/a.md"], draw: 0 }, undefined);
});
