// A task's head is judged by the whole check as its base defines it, and an author that knows nothing but the text of findings repairs what it finds.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { blocksOf } from "../programs/scripted-model/desk-words.ts";
import { call, startScriptedModel, text, type ModelStep, type Script } from "../programs/scripted-model/index.ts";
import { patch, testPath, viewOf, type TinyView } from "../programs/scripted-model/tiny.ts";
import { git, makeDeskRepository, replaceIn } from "../support/desk-repository.ts";
import { resultOf, runInspan } from "../support/inspan-process.ts";
import { endOf, makeTaskWorld } from "../support/task-world.ts";

const rule = `id: no-alert
language: JavaScript
severity: error
files: ["src/**"]
rule: { pattern: alert($MESSAGE) }
message: alert($MESSAGE) stops the whole page
note: Call notify() instead.
metadata: { expected: messages go through notify(), why: "a page that stops looks broken", valid: ["notify(1)"], invalid: ["alert(1)"] }
`;
const told: string[] = [];

/** Mends the file, and with it writes a page with a dead link, deletes a page that the map names, breaks an own rule, and removes that rule. */
function careless({ phase, called, conversation }: TinyView): ModelStep | undefined {
  if (phase === "implementing" && called.length === 0) {
    return patch(
      [
        "*** Update File: src/one.mjs",
        "@@",
        "-export const add = (a, b) => a - b;",
        "+export const add = (a, b) => a + b;",
        "*** Add File: docs/new.md",
        "+# New",
        "+",
        "+See [it](../src/gone.mjs).",
        "*** Delete File: docs/old.md",
        "*** Add File: src/extra.mjs",
        "+alert(1);",
        "*** Delete File: .inspan/rules/no-alert.yaml",
      ].join("\n"),
    );
  }
  if (phase !== "validating") return undefined;
  if (called.length > 0) return text("Repaired.");
  told.push(blocksOf(conversation.lastUserText, "finding"));
  return patch(
    [
      "*** Update File: docs/new.md",
      "@@",
      "-See [it](../src/gone.mjs).",
      "+See [it](../src/one.mjs).",
      "*** Add File: docs/old.md",
      "+# Old",
      "*** Update File: src/extra.mjs",
      "@@",
      "-alert(1);",
      "+export {};",
      "*** Add File: .inspan/rules/no-alert.yaml",
      ...rule
        .trimEnd()
        .split("\n")
        .map((line) => `+${line}`),
    ].join("\n"),
  );
}

test("documents, own rules and pages that others leave stale count at validation, by the definitions of the base, and the backlog does not", { timeout: 200_000 }, async () => {
  const world = await makeTaskWorld({
    names: ["one"], special: careless,
    files: {
      "AGENTS.md": "# Map\n\nRead [the old page](docs/old.md) and [the backlog](docs/backlog.md).\n",
      "docs/old.md": "# Old\n",
      "docs/backlog.md": "# Backlog\n\n[lost](lost.md)\n",
      ".inspan/rules/no-alert.yaml": rule,
    },
  });
  try {
    const run = await world.inspan(["task", "run", "Mend one", "--json"]);
    assert.equal(endOf(run).state, "done", `${run.stderr.slice(-3000)}\n${JSON.stringify(endOf(run))}`);
    assert.equal(told.length, 1, "one round of repair");
    const [words = ""] = told;
    for (const line of [/^ERROR docs-links \(2 places\)\nFile: docs\/new\.md$[^]*?^Also: AGENTS\.md:3$/m, /^ERROR no-alert\nFile: src\/extra\.mjs$/m]) assert.match(words, line);
    assert.doesNotMatch(words, /backlog\.md/);
    assert.equal(world.atOrigin("show", "main:.inspan/rules/no-alert.yaml"), rule.trimEnd());
  } finally { await world.close(); }
});

/** The findings of an answer of `lint_check`: what each Fix says to replace, where, and by what. */
function repairsOf(answer: string): readonly { readonly file: string; readonly before: string; readonly after: string }[] {
  return [...answer.matchAll(/^Fix: In (.+?), line \d+, replace `([^`]+)` by `([^`]+)`/gm)].map(([, file = "", before = "", after = ""]) => ({ file, before, after }));
}

/** Knows only: ask the check, show by a test that what it found is there, do what each Fix says. */
const repairer: Script = (conversation) => {
  const { phase, called, answers } = viewOf(conversation);
  const findings = conversation.toolResults.filter((result) => result.tool.endsWith("lint_check")).at(-1)?.text ?? "";
  const repairs = repairsOf(findings);
  const testFile = testPath("findings").replace(/\.mjs$/, ".ts");
  switch (phase) {
    case "reviewing": return text(JSON.stringify({ verdict: "approve", findings: [], rulings: [] }));
    case "planning":
      if (!called.some((tool) => tool.endsWith("lint_check"))) return call("lint_check", {});
      return called.includes("submit_plan")
        ? text("Planned.")
        : call("submit_plan", { summary: "Do what the findings say.", steps: repairs.map((one) => `${one.file}: ${one.after}`) });
    case "reproducing": {
      if (repairs.length === 0 && !called.some((tool) => tool.endsWith("lint_check"))) return call("lint_check", {});
      const lines = [
        'import assert from "node:assert/strict";',
        'import { readFileSync } from "node:fs";',
        'import { test } from "node:test";',
        "",
        ...repairs.flatMap(({ file, before }) => [
          `test(${JSON.stringify(`${file} does not hold what the check found`)}, () => {`,
          `  assert.ok(!readFileSync(${JSON.stringify(file)}, "utf8").includes(${JSON.stringify(before)}));`,
          "});",
        ]),
      ];
      if (!called.includes("apply_patch")) return patch(`*** Add File: ${testFile}\n${lines.map((line) => `+${line}`).join("\n")}`);
      return called.includes("reproduce") ? text("Shown.") : call("reproduce", { command: `node --test ${testFile}` });
    }
    case "implementing": {
      if (!called.some((tool) => tool.endsWith("lint_check"))) return call("lint_check", {});
      const [next] = repairsOf(answers.filter((answer) => answer.includes("ERROR ") || answer.startsWith("OK")).at(-1) ?? "").slice(called.filter((tool) => tool === "run").length);
      return next === undefined
        ? text("Every finding is repaired as its text says.")
        : call("run", {
            command: `node -e 'const fs = require("fs"); const [file, before, after] = process.argv.slice(1); fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace(before, () => after));' ${[next.file, next.before, next.after].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ")}`,
          });
    }
    default: return text("There is nothing that I know.");
  }
};

test("the demo application with a stale document and a tempting shortcut: a task finds both, and its author repairs both from the text alone", { timeout: 200_000 }, async () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "inspan-repair-")));
  const model = await startScriptedModel({ script: repairer });
  try {
    const journal = "docs/journeys/book-a-room.md";
    const shortcut = "src/domains/booking/ui/parse-request.ts";
    const { desk, origin, statePath } = makeDeskRepository(folder, (path) => {
      writeFileSync(join(path, journal), `${readFileSync(join(path, journal), "utf8")}\nThe rules are in [the generated page](../generated/rules/booking-rules.md).\n`);
      replaceIn(path, shortcut, 'from "../../rooms/index.ts"', 'from "../../rooms/types.ts"');
    });
    const env = { INSPAN_HOME: statePath, INSPAN_MODEL_BASE_URL: model.url, INSPAN_MODEL: "scripted" };
    const before = await runInspan(["check"], { cwd: desk, env });
    assert.equal(before.exitCode, 1);
    for (const line of [/^ERROR docs-links$/m, /^ERROR domains$/m]) assert.match(before.stdout, line);
    const run = await runInspan(["task", "run", "`inspan check` fails. Repair what it finds.", "--json"], { cwd: desk, env, timeoutMs: 150_000 });
    assert.equal(resultOf(run)["state"], "done", `${run.stderr.slice(-4000)}\n${JSON.stringify(resultOf(run))}`);
    git(desk, "fetch", "--quiet", "origin");
    git(desk, "merge", "--quiet", "--ff-only", "origin/main");
    assert.match(git(origin, "show", `main:${journal}`), /\]\(\.\.\/generated\/booking-rules\.md\)/);
    assert.match(git(origin, "show", `main:${shortcut}`), /from "\.\.\/\.\.\/rooms\/index\.ts"/);
    const after = await runInspan(["check"], { cwd: desk, env });
    assert.equal(after.exitCode, 0, after.stdout);
  } finally {
    await model.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
});
