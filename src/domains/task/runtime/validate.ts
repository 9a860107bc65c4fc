// Is this head what the author says it is? Judged by the harness alone: reproduction at base and head, the repository's rules, a real product change.
import { boundText, plural } from "../../../base/text.ts";
import type { ProcessResult } from "../../../providers/index.ts";
import { compileGlobs } from "../../lint/index.ts";
import { renderFindingsForAgent, runCheck } from "../../lint/runtime/index.ts";
import { copySection, setupSection, type Commit, type Worktree } from "../../worktree/index.ts";
import { changedPaths, copyDeclaredPaths, removeDeadTrees, runSetup, withTemporaryTree, type ChangedPath } from "../../worktree/runtime/index.ts";
import { testsSection } from "../config.ts";
import { judgeFailure } from "../service/reproduction.ts";
import type { Reproduction, TaskState, ValidationFailure } from "../types/index.ts";
import type { TaskRun } from "./run.ts";
import { runInWorktree } from "./sandboxed.ts";

// What one failure shows to the author; the command can be run again for the rest.
const outputCharsMax = 4000;

type Shown = Extract<Reproduction, { kind: "shown" }>;

async function runReproduction(run: TaskRun, state: TaskState, options: { readonly command: string; readonly path: string; readonly name: string; readonly signal: AbortSignal }): Promise<ProcessResult> {
  const { timeoutSeconds } = (await run.configurationAt(baseOf(state))).read(testsSection);
  return runInWorktree(run.providers, { command: options.command, worktreePath: options.path, timeoutMs: timeoutSeconds * 1000, runId: `${state.id}.${options.name}`, isUnsandboxedAllowed: state.isUnsandboxedAllowed, signal: options.signal });
}

function baseOf(state: TaskState): Commit {
  if (!state.worktree) throw new Error("BUG: expected a worktree to validate");
  return state.worktree.baseCommit;
}

/** Puts the tests of the head over a tree of the base: what was changed, added and deleted of them. */
async function layTestsOver(run: TaskRun, tree: string, head: Commit, tests: readonly ChangedPath[]): Promise<void> {
  const env = { GIT_LITERAL_PATHSPECS: "1" };
  const listOf = (isDeleted: boolean) => tests.filter((entry) => (entry.kind === "deleted") === isDeleted).map((entry) => `${entry.path}\0`).join("");
  const fromStdin = ["--pathspec-from-file=-", "--pathspec-file-nul"];
  if (listOf(true) !== "") await run.providers.git.run(["rm", "--quiet", "--force", "--ignore-unmatch", ...fromStdin], { cwd: tree, env, input: listOf(true) });
  if (listOf(false) !== "") await run.providers.git.run(["checkout", "--quiet", head, ...fromStdin], { cwd: tree, env, input: listOf(false) });
}

/** Tests that changed after they showed the fault have to show it still: at the base, with the head's tests laid over it, an assertion must fail again. */
async function checkStillFails(run: TaskRun, state: TaskState, shown: Shown, tests: readonly ChangedPath[], signal: AbortSignal): Promise<readonly ValidationFailure[]> {
  const { providers, repository, context: { progress } } = run;
  const { head, isUnsandboxedAllowed } = state;
  if (!head) throw new Error("BUG: expected a head commit to validate");
  const configuration = await run.configurationAt(baseOf(state));
  await removeDeadTrees(providers, repository);
  const result = await withTemporaryTree(providers, repository, { commit: baseOf(state), signal }, async (tree) => {
    await copyDeclaredPaths({ providers, repository, copy: configuration.read(copySection), progress }, tree);
    await runSetup({ providers, setup: configuration.read(setupSection), isUnsandboxedAllowed, progress, signal }, tree);
    await layTestsOver(run, tree, head, tests);
    return runReproduction(run, state, { command: shown.command, path: tree, name: "base", signal });
  });
  const judgement = judgeFailure({ exitCode: result.outcome === "exited" ? result.exitCode : null, output: result.output });
  await run.record(state, [{ type: "reproduction", data: { command: shown.command, judgement: judgement.kind, exitCode: result.exitCode, durationMs: Math.round(result.durationMs), at: "base" } }]);
  if (judgement.kind === "reproduced") return [];
  const why = judgement.kind === "passes" ? "it passes there" : judgement.kind === "hangs" ? "it does not end there" : "it fails there, but not by an assertion";
  return [
    { channel: "harness", title: "the reproducing test no longer shows the fault", text: `Tests changed after they had shown the fault. The harness ran \`${shown.command}\` with your tests on the code as it was before your change, and ${why}. The test must fail by an assertion there, and pass with your change: restore what it demanded.` },
    ...(result.output.trim() === "" ? [] : [{ channel: "test-output" as const, title: `\`${shown.command}\` at the base`, text: boundText(result.output, outputCharsMax) }]),
  ];
}

/** The reproduction's command must pass now, and its tests, where they changed since, must fail at the base as they did. */
async function checkReproduction(run: TaskRun, state: TaskState, worktree: Worktree, signal: AbortSignal): Promise<readonly ValidationFailure[]> {
  const { reproduction } = state;
  if (reproduction?.kind !== "shown") return [];
  const result = await runReproduction(run, state, { command: reproduction.command, path: worktree.path, name: "validate", signal });
  const how = result.outcome === "exited" ? `exit code ${result.exitCode}` : result.outcome;
  const isPassing = result.outcome === "exited" && result.exitCode === 0;
  const now: readonly ValidationFailure[] = isPassing ? [] : [{ channel: "test-output", title: `\`${reproduction.command}\` still fails (${how})`, text: boundText(result.output, outputCharsMax) }];
  const isTest = compileGlobs((await run.configurationAt(worktree.baseCommit)).read(testsSection).paths);
  const since = reproduction.commit ? (await changedPaths(run.providers.git, worktree.path, reproduction.commit)).filter((entry) => isTest(entry.path)) : [];
  if (since.length === 0) return now;
  const deleted = since.filter((entry) => entry.kind === "deleted" && reproduction.files.includes(entry.path));
  if (deleted.length > 0) return [{ channel: "harness", title: "the reproducing test was deleted", text: `Restore it: ${deleted.map((entry) => entry.path).join(", ")}` }, ...now];
  const tests = (await changedPaths(run.providers.git, worktree.path, worktree.baseCommit)).filter((entry) => isTest(entry.path));
  return [...(await checkStillFails(run, state, reproduction, tests, signal)), ...now];
}

async function checkRules(run: TaskRun, worktree: Worktree, signal: AbortSignal): Promise<readonly ValidationFailure[]> {
  const configuration = await run.configurationAt(worktree.baseCommit);
  const report = await runCheck({ providers: run.providers, rootPath: worktree.path, configuration, changedSince: worktree.baseCommit, signal });
  const errors = report.findings.filter((finding) => finding.severity === "error" && !finding.baselined);
  if (errors.length === 0) return [];
  return [{ channel: "finding", title: `${plural(errors.length, "finding")} of the repository's rules: ${[...new Set(errors.map((finding) => finding.rule))].join(", ")}`, text: renderFindingsForAgent(errors) }];
}

/** What speaks against this head; empty where nothing does. Rejects where a command cannot be run at all. */
export async function validateHead(run: TaskRun, state: TaskState, signal: AbortSignal): Promise<readonly ValidationFailure[]> {
  const { worktree } = state;
  if (!worktree) throw new Error("BUG: expected a worktree to validate");
  const changed = await changedPaths(run.providers.git, worktree.path, worktree.baseCommit);
  if (changed.length === 0) return [{ channel: "harness", title: "nothing changed", text: "The worktree is the same as the base. Make the change that the task asks for." }];
  const isTest = compileGlobs((await run.configurationAt(worktree.baseCommit)).read(testsSection).paths);
  const hasProduct = changed.some((entry) => !isTest(entry.path));
  const reproduced = await checkReproduction(run, state, worktree, signal);
  const rules = await checkRules(run, worktree, signal);
  const onlyTests: readonly ValidationFailure[] = !hasProduct && state.reproduction?.kind === "shown" ? [{ channel: "harness", title: "only tests changed", text: "The fault is reproduced but no product file has changed." }] : [];
  return [...onlyTests, ...reproduced, ...rules];
}
