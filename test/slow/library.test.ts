// The architecture as ordinary tests of a user's own: they fail where a boundary is broken, and where it was taken away.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { pathToFileURL } from "node:url";
import { checkoutPath, makePlace, run, type Place } from "../support/command-line.ts";
import { architectureTests, ArchitectureError, assertArchitecture, checkArchitecture } from "../../src/app/library.ts";

const yaml = `version: 1
domains: src/domains/*
layers: [types, service, ui]
providers: { path: src/providers, packages: [pino] }
rules:
  - { name: no-express, from: "src/**", to: express, why: w, fix: f }
`;
const required = ["layers", "domains", "providers", "no-express"];
const forbidden = [
  { from: "src/domains/rooms/types.ts", to: "src/domains/rooms/ui.ts" }, { from: "src/domains/booking/ui.ts", to: "src/domains/rooms/service.ts" },
  { from: "src/domains/rooms/ui.ts", to: "pino" }, { from: "src/a.ts", to: "express" },
];

function makeHouse(t: TestContext): Place {
  const place = makePlace(t);
  place.write({
    "inspan.yaml": yaml,
    "src/domains/rooms/types.ts": "export const a = 1;\n",
    "src/domains/rooms/service.ts": 'export { a } from "./types.ts";\n',
    "src/domains/rooms/ui.ts": 'export { a } from "./service.ts";\n',
    "src/domains/booking/ui.ts": "export const b = 1;\n", "src/providers/index.ts": "export const p = 1;\n", "docs/a.md": "[lost](lost.md)\n",
  });
  return place;
}

test("checkArchitecture() is fine in a clean house, tells a broken boundary with its repair, and documents only when asked", async (t) => {
  const place = makeHouse(t);
  const options = { cwd: join(place.path, "src"), required, forbidden };
  const clean = await assertArchitecture(options);
  assert.deepEqual([clean.isFine, clean.findings, clean.text, clean.coverage.files], [true, [], "", 5]);
  assert.deepEqual((await checkArchitecture({ ...options, documents: true })).findings.map((one) => one.rule), ["docs-links"]);
  place.write({ "src/domains/rooms/types.ts": 'export { a as b } from "./ui.ts";\nexport const a = 1;\n' });
  await assert.rejects(
    assertArchitecture({ ...options, rules: ["layers"] }),
    (error) =>
      error instanceof ArchitectureError &&
      /^1 finding against the architecture\.\n\nERROR layers\nFile: src\/domains\/rooms\/types\.ts\nLine: 1, [^]*^Fix: /m.test(error.message),
  );
  assert.equal((await checkArchitecture({ ...options, rules: ["domains"] })).isFine, true);
});

// Each way to lose a boundary, and the finding that it breaks the tests with.
const lost: Readonly<Record<string, readonly [change: (text: string) => string, found: readonly RegExp[]]>> = {
  "layers taken out": [(text) => text.replace(/^layers.*\n/m, ""), [/the boundary layers is not declared/, /types\.ts may import src\/domains\/rooms\/ui\.ts/]],
  "layers in another order": [(text) => text.replace("[types, service, ui]", "[ui, service, types]"), [/rooms\/types\.ts may import src\/domains\/rooms\/ui\.ts/]],
  "domains taken out": [
    (text) => text.replace(/^(domains|layers).*\n/gm, ""),
    [/the boundary domains/, /the boundary layers/, /booking\/ui\.ts may import/, /types\.ts may import/],
  ],
  "a door for everything": [(text) => text.replace("domains: src/domains/*", 'domains: { path: src/domains/*, doors: [{ path: "**" }] }'), [/booking\/ui\.ts may import/]],
  "Providers taken out": [(text) => text.replace(/^providers.*\n/m, ""), [/the boundary providers/, /may import pino/]],
  "an own rule taken out": [(text) => text.replace(/^ {2}- .*\n/m, "  - { name: cycles, severity: warning }\n"), [/the boundary no-express/, /may import express/]],
  "a rule that only warns": [(text) => text.replace("fix: f", "fix: f, severity: warning"), [/the boundary no-express/, /may import express/]],
  "an exception that lets it pass": [
    (text) => `${text}exceptions:\n  - { rule: layers, file: "src/domains/rooms/types.ts", reason: r, until: 2099-01-01 }\n`,
    [/rooms\/types\.ts may import/],
  ],
};
for (const [name, [change, found]] of Object.entries(lost)) {
  test(`a boundary that is removed breaks the tests: ${name}`, async (t) => {
    const place = makeHouse(t);
    place.write({ "inspan.yaml": change(yaml) });
    const { findings } = await checkArchitecture({ cwd: place.path, required, forbidden });
    const said = findings.filter((one) => one.rule === "boundaries").map((one) => one.found);
    assert.equal(said.length, found.length, said.join("\n"));
    for (const pattern of found) assert.ok(said.some((one) => pattern.test(one)), `${pattern} in ${said.join("\n")}`);
  });
}

test("the command says the same to runners of other languages, and a baseline cannot hide it", async (t) => {
  const place = makeHouse(t);
  const ask = ["check", "--require", "layers", "--require", "no-express", "--forbid", "src/domains/rooms/types.ts -> src/domains/rooms/ui.ts", "src"];
  assert.equal((await place.inspan(ask)).exitCode, 0);
  place.write({ "inspan.yaml": yaml.replace(/^layers.*\n/m, "") });
  const broken = await place.inspan(ask);
  assert.equal(broken.exitCode, 1);
  assert.match(broken.stdout, /^ERROR boundaries\nFile: inspan\.yaml/m);
  await place.inspan(["baseline", "update", "--accept-new", "--reason", "r"]);
  assert.equal((await place.inspan(ask)).exitCode, 1);
  assert.equal((await place.inspan(["check", "--forbid", "nonsense"])).exitCode, 2);
});

test("architectureTests() registers one test a boundary and one for the rest, in a runner of the user's own", async (t) => {
  const place = makeHouse(t);
  const registered: string[] = [];
  architectureTests((name) => registered.push(name), { cwd: place.path, required });
  assert.deepEqual(registered, ["architecture: layers", "architecture: domains", "architecture: providers", "architecture: no-express", "architecture: everything else"]);
  writeFileSync(
    join(place.path, "a.test.mjs"),
    `import { test } from "node:test";\nimport { architectureTests } from ${JSON.stringify(pathToFileURL(join(checkoutPath, "src/app/library.ts")).href)};\narchitectureTests(test, { required: ${JSON.stringify(required)} });\n`,
  );
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const play = () => run([process.execPath, "--no-warnings", "--test", "--test-reporter=tap", "a.test.mjs"], { cwd: place.path, env: { ...env, INSPAN_HOME: place.statePath } });
  const green = await play();
  assert.match(green.stdout, /# pass 5\n/, green.stdout);
  place.write({ "src/domains/booking/ui.ts": 'import "express";\nexport const b = 1;\n' });
  const red = await play();
  assert.equal(red.exitCode, 1);
  assert.match(red.stdout, /^not ok 4 - architecture: no-express$/m);
  assert.match(red.stdout, /# pass 4\n/);
});
