// Known findings: which of them a baseline hides, which of its entries are stale, and how it may change. Pure.
import type { Baseline, BaselineChange, BaselineEntry } from "../types/baseline.ts";
import { baselineFile } from "../types/baseline-path.ts";
import type { FindingDraft } from "../types/finding.ts";
import type { BaselineMove } from "./baseline-moves.ts";

/** Findings about the check itself are never known: hiding one hides what the check does not see. */
const neverKnown: readonly string[] = ["coverage", "exceptions", "baseline", "boundaries"];

export interface JudgedDraft { readonly draft: FindingDraft; readonly isKnown: boolean }

/** The same drafts in the same order. Of several with one identity the first `count` are known, those at the top of the file first. */
export function judgeByBaseline(drafts: readonly FindingDraft[], baseline: Baseline | undefined): readonly JudgedDraft[] {
  if (baseline === undefined || baseline.entries.length === 0) return drafts.map((draft) => ({ draft, isKnown: false }));
  const left = new Map(baseline.entries.map((entry) => [keyOfEntry(entry), { count: entry.count, measure: entry.measure }]));
  const known = new Set<FindingDraft>();
  for (const draft of [...drafts].sort((one, other) => one.line - other.line || one.column - other.column)) {
    const entry = left.get(keyOf(draft));
    if (entry === undefined || entry.count === 0 || neverKnown.includes(draft.rule)) continue;
    if (draft.measure !== undefined && entry.measure !== undefined && draft.measure > entry.measure) continue;
    entry.count--;
    known.add(draft);
  }
  return drafts.map((draft) => ({ draft, isKnown: known.has(draft) }));
}

/** One finding for each entry that promises more than there is: a baseline only ever gets shorter. `isRun` tells which rules this run has tried. */
export function checkBaseline(
  drafts: readonly FindingDraft[],
  baseline: Baseline | undefined,
  isRun: (rule: string) => boolean,
  moves: readonly BaselineMove[] = [],
): FindingDraft[] {
  if (baseline === undefined) return [];
  const byEntry = new Map(moves.map((move) => [move.entry, move]));
  const counts = countOf(drafts);
  return baseline.entries.flatMap((entry, at): FindingDraft[] => {
    const found = counts.get(keyOfEntry(entry))?.count ?? 0;
    if (found >= entry.count || !isRun(entry.rule)) return [];
    const line = lineOfEntry(at);
    const move = byEntry.get(entry);
    const where = (from: string, to: string) => `${from}${to === "" ? "" : ` (${to})`}`;
    return [{
      rule: "baseline", severity: "error", file: baselineFile, line, column: 1, endLine: line, to: `${entry.rule} ${entry.from} ${entry.to}`,
      found: `the baseline knows ${entry.count} of ${entry.rule} in ${where(entry.from, entry.to)}, but ${move === undefined ? `there ${found === 1 ? "is 1" : `are ${found}`}` : `it is in ${where(move.from, move.to)} now: renamed or moved?`}`,
      expected: "a baseline that holds only what is still there",
      fix:
        move === undefined
          ? "Run `inspan baseline update` and commit the shorter file."
          : "Run `inspan baseline update`: it follows the move without a reason and grows by nothing. Commit the file.",
    }];
  });
}

export interface BaselinePlan {
  readonly next: Baseline;
  readonly removed: readonly BaselineChange[];
  readonly added: readonly BaselineChange[];
  /** New, and of rules that are not accepted: they stay findings. */ readonly left: readonly BaselineChange[];
}

/** The baseline that holds exactly these findings; entries that stay keep their reason and the smaller measure, those of rules that did not run stay as they are. */
export function planBaseline(
  drafts: readonly FindingDraft[],
  before: Baseline | undefined,
  options: {
    readonly isAccepting: boolean;
    readonly reason: string;
    isRun?(rule: string): boolean;
    /** Only what is new of these is accepted; of all rules unless told. */ isAccepted?(rule: string): boolean;
  },
): BaselinePlan {
  const old = new Map((before?.entries ?? []).map((entry) => [keyOfEntry(entry), entry]));
  const now = countOf(drafts.filter((draft) => !neverKnown.includes(draft.rule)));
  const removed: BaselineChange[] = [];
  const added: BaselineChange[] = [], left: BaselineChange[] = [];
  const entries: BaselineEntry[] = [];
  const change = (entry: { readonly rule: string; readonly from: string; readonly to: string }, count: number): BaselineChange => ({
    rule: entry.rule,
    from: entry.from,
    to: entry.to,
    count,
  });
  for (const [key, entry] of old) {
    if (now.has(key)) continue;
    if (options.isRun?.(entry.rule) === false) entries.push(entry); else removed.push(change(entry, entry.count));
  }
  for (const [key, { draft, count, measure }] of now) {
    const known = old.get(key);
    const identity = { rule: draft.rule, from: draft.file, to: draft.to };
    const hasGrown = measure !== undefined && known?.measure !== undefined && measure > known.measure;
    const more = Math.max(0, count - (known?.count ?? 0));
    if (known !== undefined && known.count > count) removed.push(change(identity, known.count - count));
    const isWanted = options.isAccepted?.(draft.rule) ?? true;
    if (more > 0 || hasGrown) (isWanted ? added : left).push(change(identity, Math.max(1, more)));
    const isTaken = (options.isAccepting && isWanted) || (known !== undefined && more === 0 && !hasGrown);
    if (isTaken)
      entries.push({
        ...identity,
        count,
        ...(measure === undefined ? {} : { measure }),
        reason: more > 0 || hasGrown || known === undefined ? options.reason : known.reason,
      });
    else if (known !== undefined) entries.push({ ...known, count: Math.min(count, known.count) });
  }
  const sorted = entries.sort((one, other) => compare(one.rule, other.rule) || compare(one.from, other.from) || compare(one.to, other.to));
  return { next: { version: 1, entries: sorted }, removed, added, left };
}

export function countOfBaseline(baseline: Baseline | undefined): number {
  return (baseline?.entries ?? []).reduce((sum, entry) => sum + entry.count, 0);
}

/** One entry a line, so that a diff shows entries; ends with a newline. */
export function renderBaselineFile(baseline: Baseline): string {
  return `{\n"version": 1,\n"entries": [\n${baseline.entries.map((entry) => JSON.stringify(entry)).join(",\n")}\n]\n}\n`;
}

function lineOfEntry(at: number): number {
  return at + 4;
}

function countOf(drafts: readonly FindingDraft[]): Map<string, { readonly draft: FindingDraft; count: number; measure: number | undefined }> {
  const found = new Map<string, { readonly draft: FindingDraft; count: number; measure: number | undefined }>();
  for (const draft of drafts) {
    const one = found.get(keyOf(draft));
    if (one === undefined) found.set(keyOf(draft), { draft, count: 1, measure: draft.measure });
    else { one.count++; one.measure = draft.measure === undefined ? one.measure : Math.max(one.measure ?? 0, draft.measure); }
  }
  return found;
}

function keyOf(draft: FindingDraft): string { return `${draft.rule}\0${draft.file}\0${draft.to}`; }
function keyOfEntry(entry: BaselineEntry): string { return `${entry.rule}\0${entry.from}\0${entry.to}`; }
function compare(left: string, right: string): number { return left < right ? -1 : left > right ? 1 : 0; }
