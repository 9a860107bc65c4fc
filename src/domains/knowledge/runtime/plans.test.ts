// The life of a plan, the context of a path and the report of documents, on real files and real git.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { buildDocHouse } from "../../../../test/support/doc-house.ts";
import { checkPlansOf, completePlan, contextOf, newPlan, reportDocuments } from "./index.ts";

const index = "# Plans\n\n| plan | status | date |\n|---|---|---|\n| [old](completed/0001-old.md) | completed | 2030-01-01 |\n";
const read = (root: string, file: string): string => readFileSync(join(root, file), "utf8");

test("a plan is written with the next number, entered in the index, and green at once", async (t) => {
  const house = buildDocHouse(t, {
    "inspan.yaml": "version: 1\ndocs: { plans: {}, map: { loop: false } }\n",
    "AGENTS.md": "# M\n",
    "docs/exec-plans/index.md": index,
    "docs/exec-plans/completed/0001-old.md": "# Old\n",
  });
  const made = await newPlan(house.context, "Back-to-back  bookings | fail");
  assert.deepEqual(made, { version: 1, plan: "docs/exec-plans/active/0002-back-to-back-bookings-fail.md", updated: ["docs/exec-plans/index.md"] });
  assert.equal(read(house.path, "docs/exec-plans/index.md"), `${index}| [Back-to-back bookings   fail](active/0002-back-to-back-bookings-fail.md) | active | 2030-06-01 |\n`);
  assert.deepEqual((await checkPlansOf(house.context, "2")).findings, []);
  await assert.rejects(newPlan(house.context, "  "), /title is empty/);
  await assert.rejects(checkPlansOf(house.context, "nothing"), /PLAN_UNKNOWN|Cannot find the plan/);
});

test("completing is refused with open boxes and without a retrospective, and then moves the plan, its entry and its links", async (t) => {
  const house = buildDocHouse(t, {
    "inspan.yaml": "version: 1\ndocs: { plans: {} }\n",
    "docs/exec-plans/README.md": "# Plans\n\n- [old](completed/0001-old.md): completed, 2030-01-01\n",
    "docs/note.md": "See [the plan](exec-plans/active/0001-move-a-room.md#purpose).\n",
  });
  const { plan } = await newPlan(house.context, "Move a room");
  assert.equal(plan, "docs/exec-plans/active/0001-move-a-room.md");
  const refused = await completePlan(house.context, "move-a");
  assert.deepEqual([refused.isCompleted, refused.findings.map((one) => one.rule)], [false, ["plan-open-items", "plan-outcome"]]);
  assert.ok(existsSync(join(house.path, plan)));
  house.write({
    [plan]: read(house.path, plan)
      .replace("- [ ] the first step, small enough to be proved by itself", "- [x] 2030-06-01 11:00 done")
      .replace(/Open: .*/, "All of it was reached."),
  });
  const done = await completePlan(house.context, plan);
  assert.deepEqual(done, {
    version: 1,
    isCompleted: true,
    plan: "docs/exec-plans/completed/0001-move-a-room.md",
    findings: [],
    updated: ["docs/exec-plans/README.md", "docs/note.md"],
  });
  assert.equal(existsSync(join(house.path, plan)), false);
  assert.equal(
    read(house.path, "docs/exec-plans/README.md"),
    "# Plans\n\n- [old](completed/0001-old.md): completed, 2030-01-01\n- [Move a room](completed/0001-move-a-room.md): completed, 2030-06-01\n",
  );
  assert.equal(read(house.path, "docs/note.md"), "See [the plan](exec-plans/completed/0001-move-a-room.md#purpose).\n");
  assert.deepEqual((await completePlan(house.context, "1")).updated, []);
});

test("the context of a path holds rules, decisions, documents, journeys and history, newest first, and says what did not fit", async (t) => {
  const house = buildDocHouse(t, {
    "inspan.yaml": "version: 1\nrules:\n  - { name: no-clock, in: \"src/**\", ban: [Date.now], why: \"tests hold the clock\", fix: \"take the clock\" }\n",
    "src/pay/charge.ts": "export const c = 1;\n",
    "src/pay/README.md": "# Pay\n\nCharges cards and nothing else at all.\n",
    "src/other.ts": "",
    "docs/other.md": "# Other\n\n`src/other.ts`\n",
    "docs/adr/0001.md": "---\ndate: 2029-01-01\n---\n# Cards first\n\nWe charge in `src/pay/charge.ts` because of reasons.\n",
    "docs/adr/0002.md": "---\ndate: 2029-05-01\n---\n# Twice\n\nSee [charge](../../src/pay/charge.ts) for how it goes.\n",
    "docs/guide.md": "---\ncovers: src/pay/*.ts\n---\n# Guide\n\nHow to charge a card step by step.\n",
    "docs/journeys/buy.md": "# Buy\n\nUses `src/pay/` from the start to the end.\n",
    "docs/reviewers/money.md": '---\nname: money\ndescription: Is money counted once?\npaths: ["src/pay/**"]\n---\n- once\n',
  });
  house.commit("pay: cards");
  const answer = await contextOf(house.context, "src/pay/charge.ts", 2000);
  assert.deepEqual(answer.entries.map((one) => `${one.kind} ${one.kind === "commit" ? one.title : one.where}`), [
    "guardrail no-clock",
    "guardrail file-size",
    "guardrail docs/reviewers/money.md",
    "decision docs/adr/0002.md",
    "decision docs/adr/0001.md",
    "document docs/guide.md",
    "document src/pay/README.md",
    "journey docs/journeys/buy.md",
    "commit pay: cards",
  ]);
  assert.deepEqual(answer.omitted, {});
  const small = await contextOf(house.context, "src/pay/charge.ts", 100);
  assert.ok(small.tokens <= 100 && Object.values(small.omitted).reduce((sum, one) => sum + one, 0) === answer.entries.length - small.entries.length);
  await assert.rejects(contextOf(house.context, "../elsewhere", 2000), /outside of the repository/);
});

test("the report counts documents and tokens for each hop, and names what is not reached", async (t) => {
  const house = buildDocHouse(t, { "AGENTS.md": "[a](docs/a.md)\n", "docs/a.md": "[b](b.md)\n", "docs/b.md": "x".repeat(400), "docs/lost.md": "x\n" });
  const report = await reportDocuments(house.context);
  assert.deepEqual(report.hops, [{ hops: 0, documents: 1, tokens: 4 }, { hops: 1, documents: 1, tokens: 3 }, { hops: 2, documents: 1, tokens: 100 }]);
  assert.deepEqual(
    report.documents.map((one) => [one.file, one.hops, one.via]),
    [
      ["AGENTS.md", 0, null],
      ["docs/a.md", 1, "AGENTS.md"],
      ["docs/b.md", 2, "docs/a.md"],
      ["docs/lost.md", null, null],
    ],
  );
});
