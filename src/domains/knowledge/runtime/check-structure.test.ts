// What documents owe where inspan.yaml asks for it: owners, indexes, reach, age, cover, plans. Each finding beside its nearest neighbour that is none.
import assert from "node:assert/strict";
import { test } from "node:test";
import { buildDocHouse } from "../../../../test/support/doc-house.ts";

const map = "# Map\n\n1. a\n2. b\n3. c\n\n[docs](docs/index.md)\n";

test("without the key docs nothing of structure is asked", async (t) => {
  const house = buildDocHouse(t, {
    "docs/lost.md": "# Lost\n",
    "docs/design-docs/index.md": "# I\n",
    "docs/design-docs/a.md": "# A\n",
    "docs/exec-plans/active/p.md": "# P\n",
    "docs/exec-plans/completed/q.md": "- [ ] open\n",
  });
  assert.deepEqual(await house.shortly(), []);
  assert.deepEqual(await house.shortly("version: 1"), []);
});

test("every document is reached from the map in few hops, over links, folders and named paths", async (t) => {
  const house = buildDocHouse(t, {
    "AGENTS.md": map,
    "docs/index.md": "[a](a.md) and `docs/b.md` and [folder](notes) and [dir](guide)\n",
    "docs/a.md": "# A\n[far](far.md)\n",
    "docs/b.md": "# B\n",
    "docs/notes/n.md": "# N\n",
    "docs/guide/README.md": "# G\n",
    "docs/guide/inner.md": "# Inner\n",
    "docs/far.md": "# Far\n", "docs/lost.md": "# Lost one\n",
  });
  const findings = await house.check("version: 1\ndocs: { reachable: { in: \"docs/**\", hopsMax: 2 } }\n");
  assert.deepEqual(findings.map((one) => `${one.rule} ${one.file}: ${one.found}`), [
    "docs-reachable docs/far.md: 3 hops from AGENTS.md, the last by docs/a.md",
    "docs-reachable docs/guide/inner.md: no way leads from AGENTS.md to this document",
    "docs-reachable docs/lost.md: no way leads from AGENTS.md to this document",
  ]);
  assert.equal(findings.at(-1)?.fix, "Add a line to docs/index.md: `- [Lost one](lost.md)`, or remove the document.");
});

test("an index lists every document with status and date, and its text alone is enough to repair it", async (t) => {
  const yaml = "version: 1\ndocs: { indexes: [docs/design-docs/index.md] }\n";
  const house = buildDocHouse(t, {
    "AGENTS.md": map.replace("[docs](docs/index.md)", ""), "docs/design-docs/a.md": "# A\n", "docs/design-docs/b.md": "# B\n", "docs/design-docs/c.md": "# C\n",
    "docs/design-docs/index.md": "| document | status | verified |\n|---|---|---|\n| [A](a.md) | accepted | 2030-01-01 |\n| [B](b.md) | | |\n",
  });
  const findings = await house.check(yaml);
  assert.deepEqual(
    findings.map((one) => `${one.rule} ${one.line} ${one.to}: ${one.found}`),
    [
      "docs-index 4 docs/design-docs/b.md: the entry of docs/design-docs/b.md has no status and no date",
      "docs-index 4 docs/design-docs/c.md: docs/design-docs/c.md is not in the index",
    ],
  );
  const rows = findings.map((one) => /`(\| \[.*\|)`/.exec(one.fix)?.[1] ?? "");
  house.write({ "docs/design-docs/index.md": `| document | status | verified |\n|---|---|---|\n| [A](a.md) | accepted | 2030-01-01 |\n${rows.join("\n")}\n` });
  assert.deepEqual(await house.shortly(yaml), []);
});

test("owner, status and other keys are asked of the documents that are named, each by its own rule", async (t) => {
  const yaml = "version: 1\ndocs: { frontMatter: { in: \"docs/*.md\", required: [owner, status, tier] }, map: { loop: false } }\n";
  const house = buildDocHouse(t, {
    "AGENTS.md": "# M\n",
    "docs/a.md": "# A\n",
    "docs/b.md": "---\nowner: team\nstatus: perfect\ntier: operational\nverified: 2030-05-01\n---\n# B\n",
    "docs/c.md": "---\nowner: team\nstatus: draft\ntier: foundational\nverified: 2030-05-01\n---\n# C\n",
    "docs/sub/d.md": "# D\n",
    "docs/e.md": "---\nstatus: draft\n---\n",
  });
  assert.deepEqual(await house.shortly(yaml), ["docs-front-matter docs/e.md:1:1", "docs-owner docs/a.md:1:1", "docs-owner docs/e.md:1:1", "docs-status docs/b.md:3:1"]);
});

test("age is counted by tier, from the day of verification to the day after its limit", async (t) => {
  const house = buildDocHouse(t, {
    "AGENTS.md": "# M\n",
    "a.md": "---\ntier: tactical\nverified: 2030-05-18\n---\n",
    "b.md": "---\ntier: tactical\nverified: 2030-05-17\n---\n",
    "c.md": "---\ntier: tactical\n---\n",
    "d.md": "---\ntier: sometimes\nverified: 2030-05-31\n---\n",
    "e.md": "---\ntier: foundational\nverified: 2029-07-01\n---\n",
  });
  assert.deepEqual(
    (await house.check("version: 1\ndocs: { map: { loop: false } }\n")).map((one) => `${one.severity} ${one.rule} ${one.file}:${one.line}`),
    ["warning docs-age b.md:3", "warning docs-age c.md:2", "error docs-age d.md:2"],
  );
});

test("a document is stale when what it covers changed since it was verified: an error for interfaces, a warning for insides", async (t) => {
  const house = buildDocHouse(t, { "src/pay.ts": "export function pay(): number {\n  return 1;\n}\n", "src/other.ts": "export const o = 1;\n" });
  const commit = house.commit();
  house.write({
    "docs/pay.md": `---\ncovers: [src/pay*.ts]\nverified: ${commit.slice(0, 12)} 2030-05-30\n---\n# Pay\n`,
    "docs/none.md": "---\ncovers: src/gone/**\n---\n",
    "docs/bare.md": "---\ncovers: src/pay.ts\n---\n",
    "docs/odd.md": "---\ncovers: src/pay.ts\nverified: 0123456789ab 2030-05-30\n---\n",
  });
  const shortly = async () => (await house.check()).filter((one) => one.rule === "docs-stale").map((one) => `${one.severity} ${one.file}:${one.line}`);
  const others = ["warning docs/bare.md:2", "error docs/none.md:2", "warning docs/odd.md:3"];
  house.write({ "src/other.ts": "export const changed = 1;\n" });
  assert.deepEqual(await shortly(), others);
  house.write({ "src/pay.ts": "export function pay(): number {\n  return 2;\n}\n" });
  assert.deepEqual(await shortly(), [...others, "warning docs/pay.md:3"]);
  house.write({ "src/pay.ts": "export function payAll(): number {\n  return 2;\n}\n" });
  assert.deepEqual(await shortly(), [...others, "error docs/pay.md:3"]);
  const finding = (await house.check()).find((one) => one.file === "docs/pay.md");
  assert.ok(finding?.fix.includes(`git diff ${commit.slice(0, 12)} -- src/pay.ts`) && finding.fix.includes(`set \`verified: ${commit.slice(0, 12)} 2030-06-01\``), finding?.fix);
});

test("references have source and date, modules their files, sets their links both ways, the architecture its size", async (t) => {
  const house = buildDocHouse(t, {
    "AGENTS.md": "# M\n",
    "ARCHITECTURE.md": "a\n\n".repeat(20),
    "docs/references/ok-llms.txt": "Source: https://a.example\nDate: 2030-05-01\n",
    "docs/references/old-llms.txt": "# T\n\n- Source: https://a.example\n- Date: 2029-01-01\n",
    "docs/references/bare-llms.txt": "text\n",
    "src/a/README.md": "x\n",
    "src/a/x.ts": "",
    "src/b/y.ts": "",
    "docs/set/one.md": "[two](two.md)\n",
    "docs/set/two.md": "text\n",
    "docs/set/three.md": "[four](four.md)\n",
    "docs/set/four.md": "[three](three.md)\n",
  });
  assert.deepEqual((await house.check("version: 1\ndocs: { map: { loop: false }, references: docs/references, modules: { path: \"src/*\", files: [README.md] }, bothWays: \"docs/set/*.md\", architecture: { linesMax: 30 } }\n")).map((one) => `${one.severity} ${one.rule} ${one.file}:${one.line}`), [
    "error docs-architecture ARCHITECTURE.md:31",
    "error docs-both-ways docs/set/two.md:1",
    "error docs-modules src/b/README.md:1",
    "error docs-references docs/references/bare-llms.txt:1",
    "warning docs-references docs/references/old-llms.txt:1",
  ]);
});

test("a generated file whose sources changed later is told, one that is missing too", async (t) => {
  const yaml =
    'version: 1\ndocs: { map: { loop: false }, generated: [{ path: gen/api.md, command: "npm run gen", sources: "src/**" }, { path: gen/none.md, command: "npm run gen" }] }\n';
  const house = buildDocHouse(t, { "AGENTS.md": "# M\n", "src/a.ts": "export const a = 1;\n", "gen/api.md": "a\n" });
  house.commit();
  assert.deepEqual((await house.check(yaml)).map((one) => `${one.severity} ${one.rule} ${one.to}`), ["error docs-generated gen/none.md"]);
  house.write({ "src/a.ts": "export const b = 1;\n" });
  assert.deepEqual((await house.check(yaml)).map((one) => `${one.severity} ${one.rule} ${one.to}`), ["warning docs-generated gen/api.md", "error docs-generated gen/none.md"]);
});

test("the index of plans, where one is named, is there and leads to each plan", async (t) => {
  const plan = "# P\n\n## Purpose\n\nx\n\n## Progress\n\n- [ ] open\n\n## Surprises\n\n## Decisions\n\n## Outcome\n";
  const yaml = "version: 1\ndocs: { plans: { path: docs/plans, index: docs/plans/index.md } }\n";
  const files = { "AGENTS.md": map.replace("[docs](docs/index.md)", ""), "docs/plans/active/a.md": plan, "docs/plans/completed/README.md": "# R\n" };
  const found = async (more: Readonly<Record<string, string>>, text = yaml) =>
    (await buildDocHouse(t, { ...files, ...more }).check(text)).map((one) => `${one.rule} ${one.file} ${one.to}`);
  assert.deepEqual(await found({}), ["docs-index docs/plans/index.md missing"]);
  assert.deepEqual(await found({ "docs/plans/index.md": "# Plans\n" }), ["docs-index docs/plans/index.md docs/plans/active/a.md"]);
  assert.deepEqual(await found({ "docs/plans/index.md": "# Plans\n\n[A](active/a.md)\n" }), []);
  assert.deepEqual(await found({}, yaml.replace(", index: docs/plans/index.md", "")), []);
});

test("plans have their sections and times; a completed one has no open box, a decision and a retrospective", async (t) => {
  const whole =
    "# P\n\n## Purpose\n\nx\n\n## Progress\n\n- [x] 2030-05-01 10:00 done\n- [ ] open\n\n## Surprises & discoveries\n\nNone.\n\n## Decision log\n\n- 2030-05-01: a, because b\n\n## Outcomes & retrospective\n\nOpen.\n";
  const house = buildDocHouse(t, {
    "AGENTS.md": "# M\n",
    "docs/exec-plans/active/ok.md": whole,
    "docs/exec-plans/active/README.md": "# R\n",
    "docs/exec-plans/active/bad.md": "# P\n\n## Purpose\n\nx\n\n## Progress\n\n- [x] done without a time\n- [ ] open\n",
    "docs/exec-plans/completed/done.md": whole.replace("- [ ] open\n", "").replace("Open.", "Reached."),
    "docs/exec-plans/completed/early.md": whole.replace("- 2030-05-01: a, because b\n", ""),
  });
  assert.deepEqual(await house.shortly("version: 1\ndocs: { map: { loop: false }, plans: {} }\n"), [
    "plan-decisions docs/exec-plans/completed/early.md:16:1", "plan-open-items docs/exec-plans/completed/early.md:10:1", "plan-outcome docs/exec-plans/completed/early.md:19:1",
    "plan-progress docs/exec-plans/active/bad.md:9:1",
    "plan-sections docs/exec-plans/active/bad.md:1:1",
    "plan-sections docs/exec-plans/active/bad.md:1:1",
    "plan-sections docs/exec-plans/active/bad.md:1:1",
  ]);
});
