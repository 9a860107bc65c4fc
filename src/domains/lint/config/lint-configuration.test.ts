// The keys of lint in inspan.yaml: defaults, forms, and errors that name the fault.
import assert from "node:assert/strict";
import { test } from "node:test";
import { configurationOf } from "../../../../test/support/lint-house.ts";
import { readLintConfiguration } from "./lint-configuration.ts";

test("readLintConfiguration() gives defaults for an empty file", () => {
  const configuration = readLintConfiguration(configurationOf("version: 1"));
  assert.deepEqual(
    [configuration.domains.paths, configuration.layers.order, configuration.providers, configuration.sizeRules.map((rule) => [rule.name, rule.linesMax])],
    [[], [], undefined, [["file-size", 350]]],
  );
});

test("readLintConfiguration() lets a layer import itself and all before it, or what edges and strict say", () => {
  const edges = (text: string) => readLintConfiguration(configurationOf(text)).layers.edges;
  assert.deepEqual(edges("layers: [a, b, c]"), { a: ["a"], b: ["a", "b"], c: ["a", "b", "c"] });
  assert.deepEqual(edges("layers: { order: [a, b, c], strict: adjacent }"), { a: ["a"], b: ["a", "b"], c: ["b", "c"] });
  assert.deepEqual(edges("layers: { order: [a, b, c], edges: { c: [a] } }"), { a: ["a"], b: ["a", "b"], c: ["a", "c"] });
});

const faults: Readonly<Record<string, RegExp>> = {
  "layers: [a, a]": /named twice/,
  "layers: { order: [a], edges: { b: [a] } }": /unknown layer/,
  "layers: { order: [a], edges: { a: [a] }, strict: adjacent }": /exclude each other/,
  "layers: { order: [a], strict: always }": /adjacent/,
  "domains: { path: x, doors: [{ path: index.ts, layers: [b] }] }": /names the layer "b"/,
  "providers: { path: x, package: [] }": /package/,
  "rules: [{ name: file-size }]": /linesMax/,
  "rules: [{ name: layers, from: a, to: b, why: w, fix: f }]": /belongs to a built-in rule/,
  "rules: [{ name: own, from: a, to: b, why: w }]": /fix/,
  "rules: [{ name: own, from: a, to: b, why: w, fix: f, until: x }]": /until/,
  "rules: [{ name: own, in: a, ban: [\"a b\"], why: w, fix: f }]": /Date\.now/,
  "rules: [{ name: own, in: a, ban: [x], why: w, fix: f }, { name: own, in: a, ban: [y], why: w, fix: f }]": /twice/,
  "exceptions: [{ rule: layers, file: a, reason: r, until: soon }]": /date/i,
  "exceptions: [{ rule: layers, file: a, until: 2030-01-01 }]": /reason/,
};

for (const [text, pattern] of Object.entries(faults)) {
  test(`readLintConfiguration() refuses ${text}`, () => {
    assert.throws(() => readLintConfiguration(configurationOf(text)), (error: Error) => pattern.test(error.message));
  });
}
