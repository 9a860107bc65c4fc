// Table tests of rules: tiny repositories, one rule, and the findings by file and line; each violation beside its nearest allowed neighbour.
import assert from "node:assert/strict";
import { test } from "node:test";
import { followFix } from "./follow-fix.ts";
import { buildHouse, shortly } from "./lint-house.ts";

export interface RuleCase {
  /** The entry of `rules` in YAML flow form. */
  readonly rule: string;
  readonly files: Readonly<Record<string, string>>;
  /** `rule file:line`, sorted by file. */
  readonly expected: readonly string[];
  /** Parts that the first finding's found, expected and fix have to hold, joined by newlines. */
  readonly says?: readonly RegExp[];
  /** True where following the text of each fix, one after the other, has to make the check green. */
  readonly isRepairable?: boolean;
}

/** One test a row. The house of the other tests is there too; files of an empty text are left out of it. */
export function testRules(table: Readonly<Record<string, RuleCase>>): void {
  for (const [name, { rule, files, expected, says, isRepairable }] of Object.entries(table)) {
    test(name, async (t) => {
      const house = await buildHouse(t, files);
      const configuration = `version: 1\nrules:\n  - ${rule}\n`;
      const check = async () => (await house.check(configuration)).findings;
      const report = await house.check(configuration);
      assert.deepEqual(shortly(report), expected);
      const [first] = report.findings;
      for (const pattern of says ?? []) assert.match(`${first?.found ?? ""}\n${first?.expected ?? ""}\n${first?.fix ?? ""}`, pattern);
      if (isRepairable !== true) return;
      for (let left = await check(); left.length > 0; left = await check()) {
        await followFix(house, left[0]?.fix ?? "");
        const after = await check();
        assert.ok(after.length < left.length, `one finding less after: ${left[0]?.fix ?? ""}`);
      }
    });
  }
}
