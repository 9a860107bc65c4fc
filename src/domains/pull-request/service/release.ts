// The gate before a release: approvals and the smoke result of one commit, and what is missing. Apart from merging; pure.
import type { CheckResult } from "../types.ts";
import { CommentNote, isoOf, parseNoteLines, plain } from "./notes.ts";

export const releaseMarker = "<!-- inspan:release:approval -->";
/** Smoke results lie beside those of checks, under names of their own. */
export const smokePrefix = "release.";

export interface Approval { readonly by: string; /** ISO 8601. */ readonly at: string; readonly note: string }

/** Names that the harness, its agents and programs bear: their word opens no gate. */
export function isMachineIdentity(name: string): boolean {
  const lower = name.trim().toLowerCase();
  return lower.startsWith("inspan/") || lower === "inspan@localhost" || /\[bot\](@|$)/.test(lower);
}

/** When each said something of this commit's release last, in seconds since 1970; 0 where never. */
export function lastWordOf(discussion: string, by: string): number {
  return parseNoteLines(discussion, CommentNote).reduce(
    (last, { note }) => (note.description?.endsWith(releaseMarker) === true && plain(note.author) === by ? Math.max(last, Number(note.timestamp)) : last),
    0,
  );
}

/** The last word of each person on this commit, where it approves; sorted by person. A word that names another commit came here with a copied note, and of two of one second the withdrawal counts. */
export function readApprovals(discussion: string, commit: string): readonly Approval[] {
  const last = new Map<string, { readonly timestamp: number; readonly isApproved: boolean; readonly approval: Approval }>();
  for (const { note } of parseNoteLines(discussion, CommentNote)) {
    if (note.description?.endsWith(releaseMarker) !== true || note.resolved === undefined) continue;
    const timestamp = Number(note.timestamp);
    const by = plain(note.author);
    if (isMachineIdentity(by) || (note.location?.commit !== undefined && note.location.commit !== commit)) continue;
    const known = last.get(by);
    if (known && (known.timestamp > timestamp || (known.timestamp === timestamp && !known.isApproved))) continue;
    last.set(by, { timestamp, isApproved: note.resolved, approval: { by, at: isoOf(note.timestamp), note: plain(note.description.slice(0, -releaseMarker.length)).trim() } });
  }
  return [...last.values()].filter(({ isApproved }) => isApproved).map(({ approval }) => approval).sort((a, b) => (a.by < b.by ? -1 : 1));
}

export interface ReleaseState { readonly isReady: boolean; readonly failed: readonly string[]; readonly missing: readonly string[] }

/** `smoke` are the results of this very commit; what has none counts as missing, never as passed. */
export function decideRelease(options: {
  readonly wanted: readonly string[];
  readonly smoke: readonly CheckResult[];
  readonly approvals: readonly Approval[];
  readonly approvalsNeeded: number;
}): ReleaseState {
  const { wanted, smoke, approvals, approvalsNeeded } = options;
  const resultOf = (name: string): CheckResult | undefined => smoke.find((result) => result.name === `${smokePrefix}${name}`);
  const failed = wanted.filter((name) => { const result = resultOf(name); return result !== undefined && result.status !== "passed"; });
  const missing = [
    ...(wanted.length === 0 ? ["release.smoke names no check"] : []), ...wanted.filter((name) => resultOf(name) === undefined).map((name) => `no result of ${name}`),
    ...(approvals.length < approvalsNeeded ? [`${approvals.length} of ${approvalsNeeded} approvals`] : []),
  ];
  return { isReady: failed.length === 0 && missing.length === 0, failed, missing };
}
