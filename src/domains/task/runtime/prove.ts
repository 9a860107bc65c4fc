// Proves features: the harness runs their checks on clean checkouts, in the sandbox. What an agent says about them does not count.
import { plural } from "../../../base/text.ts";
import type { ProcessResult } from "../../../providers/index.ts";
import { compileGlobs } from "../../lint/index.ts";
import type { Commit } from "../../worktree/index.ts";
import { changedBetween, removeDeadTrees } from "../../worktree/runtime/index.ts";
import { testsSection } from "../config.ts";
import { failuresOf } from "../service/failures.ts";
import { currentFeature } from "../service/features.ts";
import type { Feature, TaskState, ValidationFailure } from "../types/index.ts";
import { inCleanTree, layTestsOver } from "./clean-tree.ts";
import type { TaskRun } from "./run.ts";
import { runInWorktree } from "./sandboxed.ts";

const outputCharsMax = 4000;

async function runCheckOf(run: TaskRun, state: TaskState, options: { readonly feature: Feature; readonly path: string; readonly signal: AbortSignal }): Promise<ProcessResult> {
  if (!state.worktree) throw new Error("BUG: expected a worktree to prove a feature");
  const { timeoutSeconds } = (await run.configurationAt(state.worktree.baseCommit)).read(testsSection);
  return runInWorktree(run.providers, {
    command: options.feature.check,
    worktreePath: options.path,
    timeoutMs: timeoutSeconds * 1000,
    runId: `${state.id}.${options.feature.id}`,
    isUnsandboxedAllowed: state.isUnsandboxedAllowed,
    signal: options.signal,
  });
}

const hasPassed = (result: ProcessResult): boolean => result.outcome === "exited" && result.exitCode === 0;
const howOf = (result: ProcessResult): string => (result.outcome === "exited" ? `exit code ${result.exitCode}` : result.outcome);

/** Those of the features whose check passes at a commit already. */
export async function findPassing(
  run: TaskRun,
  state: TaskState,
  options: { readonly features: readonly Feature[]; readonly commit: Commit; readonly signal: AbortSignal },
): Promise<readonly Feature[]> {
  return inCleanTree(run, state, options.commit, options.signal, async (path) => {
    const passing: Feature[] = [];
    for (const feature of options.features) if (hasPassed(await runCheckOf(run, state, { feature, path, signal: options.signal }))) passing.push(feature);
    return passing;
  });
}

/** Every feature's check on one checkout: what speaks against it, nothing where all pass. */
export async function failingFeatures(run: TaskRun, state: TaskState, path: string, signal: AbortSignal): Promise<readonly ValidationFailure[]> {
  const failures: ValidationFailure[] = [];
  for (const feature of state.features?.list?.features ?? []) {
    const result = await runCheckOf(run, state, { feature, path, signal });
    if (!hasPassed(result))
      failures.push({
        channel: "test-output",
        title: `the feature ${feature.id} does not pass: \`${feature.check}\` (${howOf(result)})`,
        text: failuresOf(result.output, outputCharsMax),
      });
  }
  return failures;
}

/** What speaks against the feature in work: its check fails at the head, or passes at the commit before it with the tests of the head. */
export async function proveFeature(run: TaskRun, state: TaskState, signal: AbortSignal): Promise<readonly ValidationFailure[]> {
  const feature = currentFeature(state);
  const { worktree, head, features } = state;
  const startCommit = features?.startCommit;
  if (!feature || !worktree || !head || !startCommit || !features) throw new Error("BUG: expected a feature, a worktree and a head to prove it");
  await removeDeadTrees(run.providers, run.repository);
  const after = await inCleanTree(run, state, head, signal, (path) => runCheckOf(run, state, { feature, path, signal }));
  if (!hasPassed(after))
    return [
      {
        channel: "test-output",
        title: `\`${feature.check}\` does not pass on a clean checkout (${howOf(after)})`,
        text: failuresOf(after.output, outputCharsMax),
      },
    ];
  const isTest = compileGlobs((await run.configurationAt(worktree.baseCommit)).read(testsSection).paths);
  const changed = (await changedBetween(run.providers.git, worktree.path, { from: startCommit, to: head })).filter((entry) => entry.path !== features.path);
  if (changed.length === 0) return []; // an earlier feature has brought it along
  const tests = changed.filter((entry) => isTest(entry.path));
  const before = await inCleanTree(run, state, startCommit, signal, async (path) => {
    await layTestsOver(run, path, head, tests);
    return runCheckOf(run, state, { feature, path, signal });
  });
  if (!hasPassed(before)) return [];
  return [
    {
      channel: "harness",
      title: "the check passes without the change",
      text: `The harness ran \`${feature.check}\` on the code before this feature with only your tests (${plural(tests.length, "file")}) laid over, and it passed. Its test must fail there: make it demand what the feature brings.`,
    },
  ];
}
