// The loop before and after: clear, look, walk, look, mend, restart, again, until nothing is left, bounded in rounds and in waiting.
import { join } from "node:path";
import { fingerprint } from "../../../base/hash.ts";
import type { OperationContext } from "../../../providers/index.ts";
import { runVerb } from "../../browser/runtime/index.ts";
import { findCheckout } from "../../instance/runtime/index.ts";
import type { JourneyRun } from "../types.ts";
import { playJourney, type PlayResult } from "./play.ts";

/** How soon an edit is seen; asking git costs about 10 ms. */
const lookMs = 500;
/** Edits come in bursts; the services are restarted for the last of them. */
const quietMs = 1_000;
const fixMsMax = 30 * 60_000;
/** What the repair is told of the faults. */
const toldCharsMax = 8_000;

export interface UntilCleanOptions {
  readonly id: string;
  readonly record: boolean;
  readonly rounds: number;
  /** A command that mends, run in the sandbox with the faults in INSPAN_FAULTS; without one somebody's edits are waited for. */
  readonly fix: string | undefined;
  readonly waitSeconds: number;
}

export interface CleanRound {
  readonly round: number;
  readonly status: JourneyRun["status"];
  readonly faults: readonly string[];
  readonly comparison: readonly string[];
  readonly snapshot: string | undefined;
  readonly film: string | undefined;
}

/** `rounds-used`: as many as allowed; `unchanged`: the repair changed nothing; `nobody-came`: no edit within the time. */
export type CleanEnd = "clean" | "rounds-used" | "unchanged" | "nobody-came";
export interface CleanResult { readonly run: JourneyRun; readonly comparison: readonly string[]; readonly rounds: readonly CleanRound[]; readonly end: CleanEnd }

/** Of everything in the worktree that is not ignored. */
async function stateOf(context: OperationContext, rootPath: string): Promise<string> {
  const { git } = context.providers;
  const options = { cwd: rootPath, signal: context.signal };
  const [status, diff, head] = [
    await git.text(["status", "--porcelain", "-z", "--untracked-files=all"], options),
    await git.text(["diff", "HEAD"], options),
    await git.text(["rev-parse", "HEAD"], options),
  ];
  const facts = status
    .split("\0")
    .filter((row) => row.startsWith("??"))
    .map((row) => {
      const found = context.providers.files.now.facts(join(rootPath, row.slice(3)));
      return `${row}:${found?.changedMs ?? 0}`;
    });
  return fingerprint([head, status, diff, ...facts].join("\0"));
}

async function runFix(context: OperationContext, rootPath: string, given: { readonly command: string; readonly faults: string }): Promise<void> {
  const { processes, sandbox } = context.providers;
  const env = processes.environment({ NO_COLOR: "1", INSPAN_FAULTS: given.faults.slice(0, toldCharsMax) });
  const spec = { command: ["/bin/sh", "-c", given.command] as const, cwd: rootPath, env, timeoutMs: fixMsMax, signal: context.signal };
  const prepared = await sandbox.prepare(spec, { writable: [rootPath], readOnly: [join(rootPath, ".git")], network: "loopback" }, { isUnsandboxedAllowed: false });
  try {
    const { outcome, exitCode } = await processes.run(prepared.spec);
    context.progress(`the repair ended with ${outcome === "exited" ? exitCode : outcome}`);
  } finally { await prepared.dispose(); }
}

/** True where something was edited and has been quiet since. */
async function awaitEdit(context: OperationContext, rootPath: string, options: { readonly before: string; readonly waitSeconds: number }): Promise<boolean> {
  const { clock } = context.providers;
  const untilMs = clock.monotonicMs() + options.waitSeconds * 1_000;
  let last = options.before;
  let changedMs: number | undefined;
  while (clock.monotonicMs() < untilMs) {
    await clock.sleep(lookMs, context.signal);
    const now = await stateOf(context, rootPath);
    if (now !== last) { last = now; changedMs = clock.monotonicMs(); continue; }
    if (changedMs !== undefined && now !== options.before && clock.monotonicMs() - changedMs >= quietMs) return true;
  }
  return false;
}

/** Rejects where the journey cannot be played at all. */
export async function playUntilClean(context: OperationContext, options: UntilCleanOptions): Promise<CleanResult> {
  const { rootPath } = await findCheckout(context);
  const rounds: CleanRound[] = [];
  for (let round = 1; ; round++) {
    const played: PlayResult = await playJourney(context, { id: options.id, restart: round > 1, record: options.record });
    const page = await runVerb(context, "snapshot", { full: true }).catch(() => undefined); // a page that is gone was told by a step
    rounds.push({
      round,
      status: played.run.status,
      faults: played.run.faults.map(({ text }) => text),
      comparison: played.comparison,
      snapshot: page?.file,
      film: played.run.film,
    });
    context.progress(`round ${round}: ${played.run.status}${played.run.faults[0] === undefined ? "" : `, first cause: ${played.run.faults[0].text}`}`);
    const finish = (end: CleanEnd): CleanResult => ({ ...played, rounds, end });
    if (played.run.status === "pass") return finish("clean");
    if (round >= options.rounds) return finish("rounds-used");
    const before = await stateOf(context, rootPath);
    if (options.fix === undefined) {
      context.progress(`waits for an edit, ${options.waitSeconds} s at most`);
      if (!(await awaitEdit(context, rootPath, { before, waitSeconds: options.waitSeconds }))) return finish("nobody-came");
    } else {
      await runFix(context, rootPath, { command: options.fix, faults: played.run.faults.map(({ text }) => text).join("\n") });
      if (await stateOf(context, rootPath) === before) return finish("unchanged");
    }
  }
}
