// inspan.yaml as people get it wrong: each complaint names line and column, and nothing but CONFIG_INVALID comes out.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { z } from "zod";
import { InspanError } from "../base/errors.ts";
import { parseConfiguration } from "./configuration.ts";

const budgets = {
  key: "budgets", summary: "Limits of a task", example: "budgets: {}",
  schema: z.strictObject({ turns: z.number().int().positive().default(40), per: z.strictObject({ tokens: z.number().default(10) }).prefault({}) }).prefault({}),
};
const checks = { key: "checks", summary: "Commands", example: "checks: []", schema: z.array(z.strictObject({ name: z.string(), run: z.string() })).default([]) };
const parse = (text: string | undefined) => parseConfiguration({ text, path: "inspan.yaml", sections: [budgets, checks] });

/** The complaints of a text, without their heading. */
function complaints(text: string): readonly string[] {
  try {
    parse(text);
  } catch (error) {
    assert.ok(error instanceof InspanError, String(error));
    assert.deepEqual([error.code, error.kind], ["CONFIG_INVALID", "usage"]);
    assert.match(error.remedy ?? "", /^edit inspan\.yaml:\d+, then run: inspan check$/);
    return error.message.split("\n").slice(1);
  }
  return [];
}

describe("parseConfiguration() accepts", () => {
  test("no file, and gives every section's defaults", () => {
    const configuration = parse(undefined);
    assert.deepEqual([configuration.path, configuration.keys, configuration.read(budgets), configuration.read(checks)], [undefined, [], { turns: 40, per: { tokens: 10 } }, []]);
  });
  test("a file with some keys, and gives the others' defaults", () => {
    const configuration = parse("version: 1\nbudgets:\n  turns: 3\n");
    assert.deepEqual([configuration.path, configuration.keys, configuration.read(budgets)], ["inspan.yaml", ["version", "budgets"], { turns: 3, per: { tokens: 10 } }]);
  });
  test("a reserved key, and an anchor that is used a few times", () => {
    assert.deepEqual(complaints("version: 1\ntrackers: { anything: [1, 2] }\nchecks:\n  - &one { name: a, run: b }\n  - *one\n  - *one\n"), []);
  });
});

describe("parseConfiguration() complains with line and column about", () => {
  test("an unknown key, with the nearest known one", () => {
    assert.deepEqual(complaints("version: 1\n\nbudget: {}\n"), ['inspan.yaml:3:1 unknown key "budget", did you mean "budgets"?']);
    assert.deepEqual(complaints("version: 1\nzebra: 1\n"), ['inspan.yaml:2:1 unknown key "zebra"']);
  });
  test("an unknown key inside a section", () => {
    assert.deepEqual(complaints("version: 1\nbudgets:\n  turns: 3\n  per:\n    tokens: 5\n    token: 6\n"), ['inspan.yaml:6:5 budgets.per: Unrecognized key: "token"']);
    assert.deepEqual(complaints("version: 1\nchecks:\n  - { name: a, run: b }\n  - { name: a, run: b, when: never }\n"), ['inspan.yaml:4:24 checks.1: Unrecognized key: "when"']);
  });
  test("a value of the wrong type", () => {
    assert.match(complaints("version: 1\nbudgets:\n  turns: many\n").join(), /^inspan\.yaml:3:3 budgets\.turns: .*expected number/);
    assert.match(complaints("version: 1\nchecks: none\n").join(), /^inspan\.yaml:2:1 checks: .*expected array/);
  });
  test("a value that fits none of several forms, or one of them nearly", () => {
    const house = { key: "house", summary: "s", example: "e", schema: z.union([z.array(z.string()), z.strictObject({ order: z.array(z.string()) })]).optional() };
    const says = (text: string) => {
      try {
        parseConfiguration({ text: `version: 1\n${text}`, path: "inspan.yaml", sections: [house] });
      } catch (error) {
        return String(error).split("\n").slice(1);
      }
      return [];
    };
    assert.deepEqual(says("house: 5\n"), ["inspan.yaml:2:1 house: Invalid input: expected list or map, received number"]);
    assert.match(says("house: [1]\n").join(), /^inspan\.yaml:2:9 house\.0: .*expected string/);
    assert.match(says("house: { order: 5 }\n").join(), /house\.order: .*expected array/);
  });
  test("a name that its section refuses, with what it expects", () => {
    const houses = { key: "houses", summary: "s", example: "e", schema: z.record(z.string().regex(/^[a-z]+$/, "expected small letters"), z.number()).optional() };
    assert.throws(
      () => parseConfiguration({ text: "version: 1\nhouses:\n  a: 1\n  My house: 2\n", path: "inspan.yaml", sections: [houses] }),
      /\ninspan\.yaml:4:3 houses\.My house: expected small letters$/,
    );
  });
  test("a key that is missing, at the nearest place that is there", () => {
    assert.match(complaints("version: 1\nchecks:\n  - name: a\n").join(), /^inspan\.yaml:3:5 checks\.0\.run: /);
  });
  test("a key that stands twice", () => {
    assert.match(complaints("version: 1\nbudgets: {}\nbudgets: {}\n").join(), /^inspan\.yaml:3:1 Map keys must be unique/);
  });
  test("another version, or none", () => {
    assert.deepEqual(complaints("version: 2\n"), ['inspan.yaml:1:1 expected "version: 1", got 2']);
    assert.deepEqual(complaints("# nothing yet\nbudgets: {}\n"), ['inspan.yaml:2:1 expected "version: 1", got none']);
    assert.deepEqual(complaints(""), ['inspan.yaml:1:1 expected "version: 1", got none']);
  });
  test("a file that is no map", () => {
    for (const text of ["- a\n- b\n", "just text\n", "42\n"]) assert.deepEqual(complaints(text), ["inspan.yaml:1:1 expected a map of keys, for example: version: 1"]);
  });
  test("text that is no YAML", () => {
    assert.match(complaints("version: 1\nbudgets: {turns: 3\n").join(), /^inspan\.yaml:\d+:\d+ /);
  });
  test("aliases that would blow up", () => {
    const levels = Array.from({ length: 12 }, (_, level) => `a${level}: &a${level} [${Array.from({ length: 10 }, () => (level === 0 ? "x" : `*a${level - 1}`)).join(", ")}]`);
    assert.match(complaints(`version: 1\n${levels.join("\n")}\n`).join(), /^inspan\.yaml:1:1 .*alias/i);
  });
  test("an alias of nothing", () => {
    assert.match(complaints("version: 1\nchecks: *nothing\n").join(), /^inspan\.yaml:\d+:\d+ .*alias.*nothing/i);
  });
  test("a name that Object has too, as about any other", () => {
    assert.deepEqual(complaints("version: 1\nconstructor: 1\n__proto__: { polluted: 1 }\n"), [
      'inspan.yaml:2:1 unknown key "constructor"',
      'inspan.yaml:3:1 unknown key "__proto__"',
    ]);
  });
  test("a file that nobody wrote by hand", () => {
    assert.match(complaints(`version: 1\n# ${"x".repeat(600_000)}\n`).join(), /^inspan\.yaml:1:1 the file has \d+ characters, expected at most 524288$/);
  });
  test("many things at once, ten of them in full", () => {
    const lines = complaints(`version: 1\n${Array.from({ length: 13 }, (_, index) => `zebra${index}: 1`).join("\n")}\n`);
    assert.equal(lines.length, 11);
    assert.equal(lines.at(-1), "… and 3 more");
  });
});
