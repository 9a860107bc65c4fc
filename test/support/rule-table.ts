// Table tests of rules: tiny repositories, one rule, and the findings by file and line; each violation beside its nearest allowed neighbour.
import assert from "node:assert/strict";
import { test } from "node:test";
import { buildHouse, shortly } from "./lint-house.ts";

export interface RuleCase {
  /** The entry of `rules` in YAML flow form. */
  readonly rule: string;
  readonly files: Readonly<Record<string, string>>;
  /** `rule file:line`, sorted by file. */
  readonly expected: readonly string[];
  /** Parts that the first finding's found, expected and fix have to hold, joined by newlines. */
  readonly says?: readonly RegExp[];
}

/** One test a row. The house of the other tests is there too; files of an empty text are left out of it. */
export function testRules(table: Readonly<Record<string, RuleCase>>): void {
  for (const [name, { rule, files, expected, says }] of Object.entries(table)) {
    test(name, async (t) => {
      const house = await buildHouse(t, files);
      const report = await house.check(`version: 1\nrules:\n  - ${rule}\n`);
      assert.deepEqual(shortly(report), expected);
      const [first] = report.findings;
      for (const pattern of says ?? []) assert.match(`${first?.found ?? ""}\n${first?.expected ?? ""}\n${first?.fix ?? ""}`, pattern);
    });
  }
}
