// Is this head what the author says it is? Judged by the harness alone: reproduction at base and head, the repository's rules, a real product change.
import { compileGlobs } from "../../lint/index.ts";
import type { Commit } from "../../worktree/index.ts";
import { changedBetween, identityOfFiles, removeDeadTrees, type ChangedPath } from "../../worktree/runtime/index.ts";
import { testsSection } from "../config.ts";
import { failuresOf } from "../service/failures.ts";
import { judgeFailure, showingGlobs } from "../service/reproduction.ts";
import type { Reproduction, TaskState, ValidationFailure } from "../types/index.ts";
import { checkRules } from "./check-rules.ts";
import { judgeGoal } from "./goal.ts";
import { baseOf, inCleanTree, layTestsOver } from "./clean-tree.ts";
import { isJourneyProven, keepRun, noteNoVideo, playJourneys, showByJourney, type JourneysPlayed } from "./journeys.ts";
import { failingFeatures } from "./prove.ts";
import type { TaskRun } from "./run.ts";
import { runInWorktree, type WorktreeRun } from "./sandboxed.ts";

// What one failure shows to the author; the command can be run again for the rest.
const outputCharsMax = 4000;

type Shown = Extract<Reproduction, { kind: "shown" }>;

async function runReproduction(
  run: TaskRun,
  state: TaskState,
  options: { readonly command: string; readonly path: string; readonly name: string; readonly signal: AbortSignal },
): Promise<WorktreeRun> {
  const { timeoutSeconds } = (await run.configurationAt(baseOf(state))).read(testsSection);
  return runInWorktree(run.providers, {
    command: options.command,
    worktreePath: options.path,
    timeoutMs: timeoutSeconds * 1000,
    runId: `${state.id}.${options.name}`,
    isUnsandboxedAllowed: state.isUnsandboxedAllowed,
    signal: options.signal,
  });
}

/** At the base, with the head's tests laid over it, an assertion must fail; without these tests it must not, or they prove nothing. */
async function proveAtBase(
  run: TaskRun,
  state: TaskState,
  options: { readonly shown: Shown; readonly head: Commit; readonly tests: readonly ChangedPath[]; readonly signal: AbortSignal },
): Promise<readonly ValidationFailure[]> {
  const { shown, head, tests, signal } = options;
  if (shown.journey !== undefined) return proveJourneyAtBase(run, state, { journey: shown.journey, head, tests, signal });
  const [without, result] = await inCleanTree(run, state, baseOf(state), signal, async (tree) => {
    const before = await runReproduction(run, state, { command: shown.command, path: tree, name: "base", signal });
    await layTestsOver(run, tree, head, tests);
    return [before, await runReproduction(run, state, { command: shown.command, path: tree, name: "base", signal })] as const;
  });
  const judgement = judgeFailure({ exitCode: result.outcome === "exited" ? result.exitCode : null, output: result.output });
  const isSameWithout = judgeFailure({ exitCode: without.outcome === "exited" ? without.exitCode : null, output: without.output }).kind === "reproduced";
  await run.record(state, [
    {
      type: "reproduction",
      data: { command: shown.command, judgement: judgement.kind, exitCode: result.exitCode, durationMs: Math.round(result.durationMs), at: "base" },
    },
  ]);
  if (judgement.kind === "reproduced" && !isSameWithout) return [];
  const why =
    judgement.kind === "reproduced"
      ? "it fails in the same way without your tests, so they prove nothing"
      : judgement.kind === "passes"
        ? "it passes there"
        : judgement.kind === "hangs"
          ? "it does not end there"
          : "it fails there, but not by an assertion";
  return [
    {
      channel: "harness",
      title: "the reproducing test does not show the fault at the base",
      text: `The harness ran \`${shown.command}\` with your tests on a clean checkout of the code before your change, and ${why}. The test must fail by an assertion there, and pass with your change: restore what it demanded.`,
    },
    ...(result.output.trim() === "" ? [] : [{ channel: "test-output" as const, title: `\`${shown.command}\` at the base`, text: failuresOf(result.output, outputCharsMax) }]),
  ];
}

/** A journey that changed since it was seen to fail has to fail at the base once more. */
async function proveJourneyAtBase(
  run: TaskRun,
  state: TaskState,
  options: { readonly journey: string; readonly head: Commit; readonly tests: readonly ChangedPath[]; readonly signal: AbortSignal },
): Promise<readonly ValidationFailure[]> {
  const { journey, head, tests, signal } = options;
  if (await isJourneyProven(run, state, { head, journey })) return [];
  const shown = await showByJourney(run, state, { id: journey, files: tests.filter(({ kind }) => kind !== "deleted").map(({ path }) => path), signal });
  return shown.kind === "shown"
    ? []
    : [
        {
          channel: "harness",
          title: `the journey ${journey} does not show the fault at the base`,
          text: `The harness played it on the code before your change: ${shown.reason}`,
        },
      ];
}

interface Head { readonly commit: Commit; readonly changed: readonly ChangedPath[]; readonly tests: readonly ChangedPath[] }

/** The repository's rules, then the reproduction's command or the checks of all features, both on a clean checkout of the head; the rules first, since the command may write. */
async function checkHead(run: TaskRun, state: TaskState, head: Head, signal: AbortSignal): Promise<JourneysPlayed> {
  return inCleanTree(run, state, head.commit, signal, async (tree) => {
    const rules = await checkRules(run, state, { tree, changed: head.changed, signal });
    const goal = await judgeGoal(run, state, { tree, head: head.commit });
    const found = [...rules, ...goal, ...(goal.length > 0 ? [] : await failingProof(run, state, { tree, signal }))];
    // A walk through the product costs seconds: only a head that stands otherwise is walked through.
    if (found.length > 0) return { failures: found, journeys: state.journeys ?? [] };
    const played = await playJourneys(run, state, { tree, head: head.commit, paths: head.changed.map(({ path }) => path), signal });
    await noteNoVideo(run, state, tree, played.journeys);
    return played;
  });
}

/** What the command of the reproduction, or the checks of all features, say of a checkout of the head. */
async function failingProof(run: TaskRun, state: TaskState, { tree, signal }: { readonly tree: string; readonly signal: AbortSignal }): Promise<readonly ValidationFailure[]> {
  const { reproduction } = state;
  if (reproduction?.kind !== "shown") return failingFeatures(run, state, tree, signal);
  if (reproduction.journey !== undefined) return []; // played with the others
  const { command } = reproduction;
  const result = await runReproduction(run, state, { command, path: tree, name: "head", signal });
  if (result.outcome === "exited" && result.exitCode === 0) { await keepRun(run, state, { tree, command, result, role: "after" }); return []; }
  const how = result.outcome === "exited" ? `exit code ${result.exitCode}` : result.outcome;
  return [{ channel: "test-output", title: `\`${command}\` still fails (${how})`, text: failuresOf(result.output, outputCharsMax) }];
}

export interface Validation extends JourneysPlayed { readonly provenFiles?: string }

/** What speaks against this head; no failure where nothing does. Only what is committed counts. Rejects where a command cannot be run at all. */
export async function validateHead(run: TaskRun, state: TaskState, signal: AbortSignal): Promise<Validation> {
  const { worktree, head: commit, reproduction } = state;
  if (!worktree || !commit) throw new Error("BUG: expected a worktree and a head to validate");
  const { git } = run.providers;
  const changed = await changedBetween(git, worktree.path, { from: worktree.baseCommit, to: commit });
  if (changed.length === 0)
    return {
      journeys: [],
      failures: [{ channel: "harness", title: "nothing changed", text: "The branch is the same as the base. Make the change that the task asks for." }],
    };
  const isTest = compileGlobs([...showingGlobs((await run.configurationAt(worktree.baseCommit)).read(testsSection).paths)]);
  const head: Head = { commit, changed, tests: changed.filter((entry) => isTest(entry.path)) };
  await removeDeadTrees(run.providers, run.repository);
  const { failures: found, journeys } = await checkHead(run, state, head, signal);
  const failures = [...found];
  if (reproduction?.kind !== "shown") return { failures, journeys };
  if (changed.every((entry) => isTest(entry.path)))
    failures.unshift({ channel: "harness", title: "only tests changed", text: "The fault is reproduced but no product file has changed." });
  const deleted = head.tests.filter((entry) => entry.kind === "deleted" && reproduction.files.includes(entry.path)).map((entry) => entry.path);
  const gone = [...deleted, ...reproduction.files.filter((file) => !head.tests.some((entry) => entry.path === file))];
  if (gone.length > 0) failures.unshift({ channel: "harness", title: "the reproducing test was deleted", text: `Restore it: ${[...new Set(gone)].join(", ")}` });
  const provenFiles = await identityOfFiles(git, worktree.path, { commit, files: head.tests.map((entry) => entry.path) });
  if (gone.length > 0 || provenFiles === reproduction.provenFiles) return { failures, journeys };
  const unproven = await proveAtBase(run, state, { shown: reproduction, head: commit, tests: head.tests, signal });
  return unproven.length === 0 ? { failures, journeys, provenFiles } : { failures: [...unproven, ...failures], journeys };
}
