// Is this head what the author says it is? Judged by the harness alone: reproduction at base and head, the repository's rules, a real product change.
import { boundText, plural } from "../../../base/text.ts";
import { compileGlobs } from "../../lint/index.ts";
import { renderFindingsForAgent, runCheck } from "../../lint/runtime/index.ts";
import { changedPaths } from "../../worktree/runtime/index.ts";
import type { Worktree } from "../../worktree/index.ts";
import { testsSection } from "../config.ts";
import type { TaskState, ValidationFailure } from "../types/index.ts";
import type { TaskRun } from "./run.ts";
import { runInWorktree } from "./sandboxed.ts";

// What one failure shows to the author; the command can be run again for the rest.
const outputCharsMax = 4000;

/** The reproduction's command must pass now. That the test still fails at the base is known from the reproduction, as long as its files are the same. */
async function checkReproduction(run: TaskRun, state: TaskState, worktree: Worktree, signal: AbortSignal): Promise<readonly ValidationFailure[]> {
  const { reproduction } = state;
  if (reproduction?.kind !== "shown") return [];
  const failures: ValidationFailure[] = [];
  if (reproduction.commit) {
    const since = await changedPaths(run.providers.git, worktree.path, reproduction.commit);
    const weakened = since.filter((entry) => reproduction.files.includes(entry.path) && entry.kind === "deleted");
    if (weakened.length > 0) failures.push({ channel: "harness", title: "the reproducing test was deleted", text: weakened.map((entry) => entry.path).join(", ") });
  }
  const { timeoutSeconds } = (await run.configurationAt(worktree.baseCommit)).read(testsSection);
  const result = await runInWorktree(run.providers, { command: reproduction.command, worktreePath: worktree.path, timeoutMs: timeoutSeconds * 1000, runId: `${state.id}.validate`, isUnsandboxedAllowed: state.isUnsandboxedAllowed, signal });
  if (result.outcome === "exited" && result.exitCode === 0) return failures;
  const how = result.outcome === "exited" ? `exit code ${result.exitCode}` : result.outcome;
  return [...failures, { channel: "test-output", title: `\`${reproduction.command}\` still fails (${how})`, text: boundText(result.output, outputCharsMax) }];
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
