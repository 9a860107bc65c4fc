// After a merge: where the base became red, and whose change that is. Pure; runtime reads what checks say and runs those that nobody has run.
import type { BaseChecks } from "../types.ts";

export type { BaseChecks } from "../types.ts";

/** One commit of the base's own line, as its history tells it. */
export interface BaseCommit {
  readonly commit: string;
  readonly title: string;
  /** The Inspan-Task trailer: which task, or which pull request of a person. */
  readonly task: string | undefined;
  readonly headCommit: string | undefined;
}

export type BaseStep =
  | { readonly kind: "green" }
  | { readonly kind: "wait" }
  /** Its checks are to be run here. */
  | { readonly kind: "test"; readonly commit: string }
  | { readonly kind: "found"; readonly culprit: BaseCommit; readonly failed: readonly { readonly name: string; readonly log: string }[] }
  /** Red for longer than we look back, or nobody can run the checks between these. */
  | { readonly kind: "open"; readonly candidates: readonly BaseCommit[]; readonly failed: readonly { readonly name: string; readonly log: string }[] };

/** Reads `git log -z --first-parent --format=%H%x1f%s%x1f<task>%x1f<head>`, newest first. */
export function parseBaseLog(text: string): readonly BaseCommit[] {
  return text.split("\0").flatMap((record) => {
    const [commit = "", title = "", task = "", head = ""] = record.split("\x1f").map((field) => field.trim());
    return commit === "" ? [] : [{ commit, title, task: task === "" ? undefined : task, headCommit: head === "" ? undefined : head }];
  });
}

/**
 * The next step to find who made the base red; `history` is newest first. Between the last green and the first red one that are known it halves, so that of several
 * changes that landed together the one is found; `canTest` is false where inspan.yaml names no checks that could be run here.
 */
export function nextBaseStep(history: readonly BaseCommit[], known: ReadonlyMap<string, BaseChecks>, canTest: boolean): BaseStep {
  const tip = history[0];
  if (tip === undefined) return { kind: "green" };
  const stateOf = ({ commit }: BaseCommit): BaseChecks => known.get(commit) ?? { kind: "unknown" };
  const atTip = stateOf(tip);
  if (atTip.kind === "green") return { kind: "green" };
  if (atTip.kind === "pending") return { kind: "wait" };
  if (atTip.kind === "unknown") return canTest ? { kind: "test", commit: tip.commit } : { kind: "wait" };
  const greenAt = history.findIndex((one) => stateOf(one).kind === "green");
  const older = greenAt < 0 ? history.length : greenAt;
  const redAt = history.findLastIndex((one, index) => index < older && stateOf(one).kind === "red");
  const [culprit] = history.slice(redAt, redAt + 1);
  const found = culprit === undefined ? atTip : stateOf(culprit);
  const failed = found.kind === "red" ? found.failed : atTip.kind === "red" ? atTip.failed : [];
  const between = history.slice(redAt + 1, older);
  if (between.length === 0 && culprit !== undefined && greenAt >= 0) return { kind: "found", culprit, failed };
  const middle = between[Math.floor(between.length / 2)];
  if (middle !== undefined && canTest && stateOf(middle).kind === "unknown") return { kind: "test", commit: middle.commit };
  // A commit whose checks still run keeps the search waiting; without any to run it stays open.
  const untested = between.find((one) => stateOf(one).kind === "unknown");
  if (untested !== undefined && canTest) return { kind: "test", commit: untested.commit };
  if (between.some((one) => stateOf(one).kind === "pending")) return { kind: "wait" };
  return { kind: "open", candidates: history.slice(redAt, older), failed };
}
