// A small repository with a history, graded through the real engine: what a commit made worse is found at that commit.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { parseConfiguration } from "../../src/app/configuration.ts";
import type { OperationContext } from "../../src/providers/index.ts";
import { createNodeProviders } from "../../src/providers/node/index.ts";
import { contribution as lint } from "../../src/domains/lint/ui/index.ts";
import { contribution as quality } from "../../src/domains/quality/ui/index.ts";
import { gradeRepository } from "../../src/domains/quality/runtime/index.ts";

const files = {
  "inspan.yaml": "version: 1\ndomains: src/domains/*\nlayers: [types, service, ui]\n",
  "src/domains/cart/types.ts": "export interface Cart { readonly items: number }\n",
  "src/domains/cart/service.ts": 'import type { Cart } from "./types.ts";\nexport function total(cart: Cart): number { return cart.items; }\n',
  "src/domains/cart/service.test.ts": 'import { total } from "./service.ts";\ntotal({ items: 1 });\n',
  "coverage/lcov.info": "SF:src/domains/cart/service.ts\nDA:1,1\nDA:2,1\nend_of_record\nSF:src/domains/cart/types.ts\nDA:1,1\nend_of_record\n",
  "junit.xml": '<testsuites><testcase file="src/domains/cart/service.test.ts" time="0.1"/></testsuites>',
  "docs/cart.md": "---\nverified: 2026-01-01\ncovers: src/domains/cart/**\n---\n# Cart\n",
};

function world(t: TestContext) {
  const root = mkdtempSync(join(tmpdir(), "inspan-grade-"));
  t.after(() => { rmSync(root, { recursive: true, force: true }); });
  const cwd = join(root, "checkout"), statePath = join(root, "state");
  let day = 0;
  const git = (...args: string[]) =>
    execFileSync("git", args, {
      cwd,
      encoding: "utf8",
      env: { ...process.env, GIT_AUTHOR_DATE: `2026-01-0${day}T12:00:00Z`, GIT_COMMITTER_DATE: `2026-01-0${day}T12:00:00Z` },
    });
  const commit = (changed: Readonly<Record<string, string>>) => {
    day++;
    for (const [file, text] of Object.entries(changed)) { mkdirSync(dirname(join(cwd, file)), { recursive: true }); writeFileSync(join(cwd, file), text); }
    git("add", ".");
    git("-c", "user.name=n", "-c", "user.email=e@example.com", "commit", "-qm", `day ${day}`);
    return git("rev-parse", "HEAD").trim();
  };
  mkdirSync(cwd);
  git("init", "-q");
  const providers = createNodeProviders({ env: { ...process.env, INSPAN_HOME: statePath }, statePath, version: "0.0.0" });
  const sections = [...lint.configSections, ...quality.configSections];
  // What grading asks of a context; the rest belongs to other operations.
  const context = {
    providers,
    cwd,
    callerPath: cwd,
    statePath,
    signal: new AbortController().signal,
    progress: () => undefined,
    parseConfiguration: (text: string | undefined, path: string) => Promise.resolve(parseConfiguration({ text, path, sections })),
  } as unknown as OperationContext;
  return { cwd, commit, git, context };
}

test("gradeRepository() grades every commit once, and names the commit and the reason of a drop", async (t) => {
  const { cwd, commit, git, context } = world(t);
  commit(files);
  const bad = commit({
    "src/domains/cart/service.ts":
      'import { page } from "./ui.ts";\nimport type { Cart } from "./types.ts";\nexport function total(cart: Cart): number { return page + cart.items; }\n',
    "src/domains/cart/ui.ts": "export const page = 1;\n",
  });
  commit({ "README.md": "# Cart\n" });
  const first = await gradeRepository(context, { since: "2025-12-01", isWriting: false });
  assert.deepEqual(first.drops.map(({ domain, layer, from, to, commit: at }) => [domain, layer, from, to, at]), [["cart", "service", "A", "F", bad]]);
  assert.match(first.drops[0]?.reason ?? "", /^F: 1 new violation of a boundary in src\/domains\/cart\/service\.ts:1$/);
  assert.deepEqual([first.history.length, first.failed, git("worktree", "list").trim().split("\n").length, git("status", "--porcelain")], [3, [], 1, ""]);
  await gradeRepository(context, { since: undefined, isWriting: true });
  assert.equal(readFileSync(join(cwd, ".inspan/grades.jsonl"), "utf8").trim().split("\n").length, 1);
  const page = readFileSync(join(cwd, "docs/QUALITY_SCORE.md"), "utf8");
  assert.match(page, /\| cart \| A \| F \| B \|/);
  await gradeRepository(context, { since: undefined, isWriting: true });
  assert.deepEqual(
    [readFileSync(join(cwd, "docs/QUALITY_SCORE.md"), "utf8"), readFileSync(join(cwd, ".inspan/grades.jsonl"), "utf8").trim().split("\n").length],
    [page, 1],
    "twice with no difference",
  );
});

test("gradeRepository() says what was not measured, refuses to write grades of what no commit holds, and a date that is none", async (t) => {
  const { cwd, commit, context } = world(t);
  const { "coverage/lcov.info": _coverage, "junit.xml": _tests, "docs/cart.md": _document, ...bare } = files;
  commit(bare);
  const { record } = await gradeRepository(context, { since: undefined, isWriting: false });
  assert.deepEqual(
    record.cells.map(({ layer, grade, unknown }) => [layer, grade, unknown]),
    [
      ["service", "B", ["coverage", "documents", "speed"]],
      ["types", "B", ["coverage", "documents", "speed"]],
    ],
  );
  writeFileSync(join(cwd, "src/domains/cart/types.ts"), "export interface Cart { readonly items: string }\n");
  await assert.rejects(gradeRepository(context, { since: undefined, isWriting: true }), { code: "WORKTREE_DIRTY" });
  await assert.rejects(gradeRepository(context, { since: "2026-02-31", isWriting: false }), { code: "SINCE_INVALID" });
  await assert.rejects(gradeRepository(context, { since: "yesterday-ish", isWriting: false }), { code: "SINCE_INVALID" });
});

test("gradeRepository() grades what somebody wrote: nothing of a repository without a commit, and neither vendored nor generated files", async (t) => {
  const { commit, context } = world(t);
  const nothing = await gradeRepository(context, { since: undefined, isWriting: false });
  assert.deepEqual([nothing.record.overall, nothing.record.cells], ["?", []]);
  await assert.rejects(gradeRepository(context, { since: undefined, isWriting: true }), { code: "COMMIT_MISSING" });
  commit(files);
  const before = await gradeRepository(context, { since: undefined, isWriting: false });
  commit({ "src/domains/cart/vendor/broken.js": "((((", "src/domains/cart/service/api.ts": "// Code generated by a tool. DO NOT EDIT.\n((((", "dist/app.js": "((((" });
  const after = await gradeRepository(context, { since: undefined, isWriting: false });
  assert.deepEqual(after.record.cells.map(({ layer, grade, reason }) => [layer, grade, reason]), before.record.cells.map(({ layer, grade, reason }) => [layer, grade, reason]));
});
