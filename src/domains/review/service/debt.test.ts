import assert from "node:assert/strict";
import { test } from "node:test";
import type { ReviewFinding } from "../types.ts";
import { withDebt } from "./debt.ts";

const finding = (more: Partial<ReviewFinding> = {}): ReviewFinding => ({
  id: "0123456789", reviewer: "tests", priority: "P2", file: "src/domains/desk/service/rule.ts", line: 3, title: "A | in\nthe title", detail: "", evidence: "", suggestion: "",
  state: "deferred", reply: { decision: "defer", reason: "needs the new index" }, firstRound: 1, commit: "c", ...more,
});
const row = "| R-01234567 | service | A \\| in the title (src/domains/desk/service/rule.ts); deferred: needs the new index | medium | open (review by tests) |";
const table = "# Debt\n\n| id | area | debt | cost | status |\n|---|---|---|---|---|\n| D1 | x | y | z | open |\n";

test("withDebt() adds each deferred finding once, to the end of the table", () => {
  const added = withDebt(`${table}\nAfter.\n`, [finding(), finding({ id: "ffffffffff", state: "open" })]);
  assert.equal(added, `${table}${row}\n\nAfter.\n`);
  assert.equal(withDebt(added, [finding()]), undefined);
  assert.equal(withDebt(table, [finding({ state: "fixed" })]), undefined);
});

test("withDebt() makes the table where there is none, and keeps to the columns that it finds", () => {
  assert.equal(withDebt(undefined, [finding()]), `# Technical debt\n\n| id | area | debt | cost | status |\n|---|---|---|---|---|\n${row}\n`);
  assert.equal(withDebt("# Words\n", [finding()]), `# Words\n\n| id | area | debt | cost | status |\n|---|---|---|---|---|\n${row}\n`);
  assert.match(withDebt("| Id | Status |\n|--|--|\n", [finding()]) ?? "", /^\| R-01234567 \| open \(review by tests\) \|$/m);
});
