// Rules that another domain contributes: run inside the check, bound by settings, exceptions and paths like our own.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { buildHouse, cleanConfiguration, configurationOf, type House, shortly } from "../../../../test/support/lint-house.ts";
import type { CheckSubject, ContributedCheck, ContributedFinding, OperationContext } from "../../../providers/index.ts";
import { explainRule } from "../service/explain.ts";
import { readLintConfiguration } from "../config/lint-configuration.ts";
import { runCheck } from "./index.ts";

/** A tiny rule of another domain: no Markdown file says "TODO". */
const noTodo: ContributedCheck = {
  rules: [{ name: "docs-todo", summary: "Documents are finished.", why: "A reader cannot follow what is not written." }],
  async run(_context: OperationContext, subject: CheckSubject) {
    const found: ContributedFinding[] = [];
    for (const file of subject.files.filter((one) => one.endsWith(".md"))) {
      const lines = (await readFile(join(subject.rootPath, file), "utf8")).split("\n");
      lines.forEach((line, at) => {
        if (line.includes("TODO"))
          found.push({
            rule: "docs-todo",
            severity: "error",
            file,
            line: at + 1,
            column: 1,
            endLine: at + 1,
            to: line,
            found: line,
            expected: "no TODO",
            fix: "Write it.",
          });
      });
    }
    return found;
  },
};
const files = { "docs/a.md": "# A\nTODO a\n", "docs/b.md": "TODO b\n" };

async function check(house: House, more = "", options: { readonly paths?: readonly string[]; readonly checks?: readonly ContributedCheck[] } = {}) {
  const contributed = { checks: options.checks ?? [noTodo], context: {} as OperationContext }; // these rules ask for nothing of it
  return runCheck({ providers: house.providers, rootPath: house.rootPath, configuration: configurationOf(cleanConfiguration + more), contributed, paths: options.paths ?? [] });
}

test("findings of a contributed rule are in the report, with id and reference", async (t) => {
  const house = await buildHouse(t, files);
  const report = await check(house);
  assert.deepEqual(shortly(report), ["docs-todo docs/a.md:2", "docs-todo docs/b.md:1"]);
  assert.match(report.findings[0]?.id ?? "", /^[0-9a-f]{16}$/);
  assert.equal(report.findings[0]?.reference, "inspan explain docs-todo");
});

test("settings change the severity, except files, and switch the rule off", async (t) => {
  const house = await buildHouse(t, files);
  assert.deepEqual((await check(house, "rules: [{ name: docs-todo, severity: warning }]\n")).findings.map((one) => one.severity), ["warning", "warning"]);
  assert.deepEqual(shortly(await check(house, "rules: [{ name: docs-todo, except: docs/a.md }]\n")), ["docs-todo docs/b.md:1"]);
  assert.deepEqual(shortly(await check(house, "rules: [{ name: docs-todo, severity: off }]\n".replace("off", '"off"'))), []);
});

test("exceptions and paths bind contributed findings, and a path may hold documents only", async (t) => {
  const house = await buildHouse(t, files);
  assert.deepEqual(shortly(await check(house, 'exceptions: [{ rule: docs-todo, file: docs/a.md, reason: later, until: "2999-01-31" }]\n')), ["docs-todo docs/b.md:1"]);
  assert.deepEqual(shortly(await check(house, "", { paths: ["docs/b.md"] })), ["docs-todo docs/b.md:1"]);
});

test("a setting for a rule that nobody has is refused, with the names there are", async (t) => {
  const house = await buildHouse(t);
  await assert.rejects(check(house, "rules: [{ name: docs-todos, severity: warning }]\n"), (error: Error) => /"docs-todos".*docs-todo/.test(error.message));
});

test("a contributed rule that throws is a finding, and the others still run", async (t) => {
  const house = await buildHouse(t, files);
  const broken: ContributedCheck = { rules: [{ name: "docs-broken", summary: "s", why: "w" }], run: () => Promise.reject(new TypeError("boom")) };
  const report = await check(house, "", { checks: [broken, noTodo] });
  assert.deepEqual(shortly(report), ["docs-todo docs/a.md:2", "docs-todo docs/b.md:1", "docs-broken inspan.yaml:1"]);
  assert.match(report.findings[2]?.found ?? "", /boom/);
});

test("explainRule() knows contributed rules", () => {
  const explanation = explainRule("docs-todo", readLintConfiguration(configurationOf(cleanConfiguration)), noTodo.rules);
  assert.equal(explanation?.why, "A reader cannot follow what is not written.");
});
