// Waits for what a forge has to say about one head: words of people and bots, and its own checks. Answers as soon as there is something to do.
import { boundText } from "../../../base/text.ts";
import { changeRequesters, decideChecks, findOpenFeedback, type ForgeCheck, type OpenFeedback, type PullSnapshot } from "../../forge/index.ts";
import { wholeSnapshot, type OpenedForge } from "../../forge/runtime/index.ts";
import type { Clock, Secrets } from "../../../providers/index.ts";
import type { CheckResult } from "../types.ts";

export type ForgeSweep =
  /** Nothing to wait for: no forge, or all said and green. `requesters` are people who asked for changes and have not approved since. */
  | { readonly kind: "clear"; readonly requesters: readonly string[]; readonly flakes: readonly string[] }
  | { readonly kind: "feedback"; readonly open: readonly OpenFeedback[] }
  | { readonly kind: "failed"; readonly results: readonly CheckResult[] }
  | { readonly kind: "silent"; readonly names: readonly string[] }
  | { readonly kind: "moved"; readonly headCommit: string }
  | { readonly kind: "conflict" }
  | { readonly kind: "merged" | "closed" };

export interface SweepOptions { readonly number: number; readonly headCommit: string; readonly baseCommit: string; readonly signal: AbortSignal; progress?(line: string): void }

// A forge registers the checks of a new head within seconds; none of them before that is no proof that there are none.
const settleMs = 20_000;
const logCharsMax = 16_000;
// The common picture takes from before what the forge's lists say has not changed; a job may end within a pipeline that goes on. What is waited for is looked at whole this often, and before it counts as silent.
const wholeLookMs = 10 * 60_000;

interface Parts { readonly opened: OpenedForge; readonly clock: Clock; readonly secrets: Secrets; readonly account: string }

async function look({ opened }: Parts, options: SweepOptions, isWhole: boolean): Promise<PullSnapshot> {
  if (isWhole) return wholeSnapshot(opened.forge, await opened.forge.readSnapshot(options.number));
  const shared = await opened.look(options.number, options.signal);
  // The common picture may be older than our push.
  const snapshot = shared.pull.headCommit === options.headCommit ? shared : await opened.forge.readSnapshot(options.number);
  return wholeSnapshot(opened.forge, snapshot);
}

async function resultOf({ opened, secrets }: Parts, check: ForgeCheck, options: SweepOptions): Promise<CheckResult> {
  const log = boundText(secrets.redact(await opened.forge.readCheckLog(check)), logCharsMax);
  const durationMs = check.startedAt && check.completedAt ? Math.max(0, Date.parse(check.completedAt) - Date.parse(check.startedAt)) : 0;
  return {
    name: check.name,
    status: check.status === "timed-out" ? "timed-out" : check.status === "cancelled" ? "cancelled" : "failed",
    exitCode: null,
    durationMs,
    log,
    commit: options.headCommit,
    baseCommit: options.baseCommit,
  };
}

async function rerun({ opened, clock }: Parts, checks: readonly ForgeCheck[], head: string): Promise<void> {
  for (const check of checks) if (opened.store.noteRerun(head, check.name, clock.nowMs())) await opened.forge.rerunCheck(check);
}

/** Rejects when the signal aborts, and where the forge cannot be read. Bounded by `forge.checksMinutes`. */
export async function sweepForge(parts: Parts, options: SweepOptions): Promise<ForgeSweep> {
  const { opened: { config, store }, clock, account } = parts;
  const { headCommit, signal, progress } = options;
  const startedMs = clock.monotonicMs();
  let told = "";
  let wholeMs = startedMs;
  let isWhole: boolean = false;
  for (;;) {
    signal.throwIfAborted();
    const { pull, comments, checks } = await look(parts, options, isWhole);
    if (pull.state !== "open") return { kind: pull.state };
    if (pull.headCommit !== headCommit) return { kind: "moved", headCommit: pull.headCommit };
    const open = findOpenFeedback(comments, account);
    if (open.length > 0) return { kind: "feedback", open };
    if (pull.mergeable === "no") return { kind: "conflict" };
    const waitedMs = clock.monotonicMs() - startedMs;
    const decision = decideChecks({
      checks,
      head: headCommit,
      config,
      today: clock.nowIso().slice(0, 10),
      isTimeOver: waitedMs >= config.checksMinutes * 60_000,
      reruns: store.reruns(headCommit),
    });
    if (decision.kind === "failed") return { kind: "failed", results: await Promise.all(decision.checks.map((check) => resultOf(parts, check, options))) };
    const wasWhole: boolean = isWhole;
    isWhole = !wasWhole && (decision.kind === "silent" || (decision.kind === "wait" && clock.monotonicMs() - wholeMs >= wholeLookMs));
    if (isWhole) { wholeMs = clock.monotonicMs(); continue; }
    if (decision.kind === "silent") return { kind: "silent", names: decision.names };
    const isSettled =
      config.checks.length > 0 ||
      checks.some(({ name, commit }) => commit === headCommit && !name.startsWith("inspan/")) ||
      waitedMs >= Math.min(settleMs, config.pollSeconds * 1000);
    if (decision.kind === "passed" && isSettled) return { kind: "clear", requesters: changeRequesters(comments), flakes: decision.flakes.map(({ name }) => name) };
    if (decision.kind === "rerun") await rerun(parts, decision.checks, headCommit);
    const line =
      decision.kind === "wait"
        ? `waiting for ${[...decision.missing, ...decision.pending].join(", ")}`
        : decision.kind === "rerun"
          ? `running ${decision.checks.map(({ name }) => name).join(", ")} again`
          : "waiting for the forge's checks";
    if (line !== told) progress?.(told = line);
    await clock.sleep(Math.min(config.pollSeconds * 1000, 15_000), signal);
  }
}
