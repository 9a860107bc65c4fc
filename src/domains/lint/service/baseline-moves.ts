// Known findings whose file was renamed or moved: the same finding under another path is no new one. Pure.
import type { Baseline, BaselineEntry } from "../types/baseline.ts";
import type { FindingDraft } from "../types/finding.ts";

export interface BaselineMove { readonly entry: BaselineEntry; readonly from: string; readonly to: string }

interface Identity { readonly rule: string; readonly file: string; readonly to: string }

/**
 * Pairs each entry whose file (or target) is gone with a finding of the same rule that no entry knows, in a file of the same name or in the same folder, at most one each.
 * What was renamed and moved at once is not followed: nothing but a person can tell it from other code with the same fault.
 */
export function findMoves(drafts: readonly FindingDraft[], baseline: Baseline | undefined, allFiles: readonly string[]): readonly BaselineMove[] {
  const entries = baseline?.entries ?? [];
  if (entries.length === 0) return [];
  const files = new Set(allFiles);
  const found = new Map(drafts.map((draft): [string, Identity] => [keyOf(draft.rule, draft.file, draft.to), draft]));
  const known = new Set(entries.map((entry) => keyOf(entry.rule, entry.from, entry.to)));
  const strays = new Map<string, Identity[]>();
  for (const [key, one] of found) {
    if (known.has(key)) continue;
    for (const name of namesOf(one.rule, one.file)) { const list = strays.get(name); if (list === undefined) strays.set(name, [one]); else list.push(one); }
  }
  const likeness = (old: string, now: string): number => {
    if (old === now) return 3;
    if (files.has(old) || !files.has(now) || endingOf(old) !== endingOf(now)) return 0;
    return nameOf(old) === nameOf(now) ? 2 : folderOf(old) === folderOf(now) ? 1 : 0;
  };
  const pairs = entries.filter((entry) => !found.has(keyOf(entry.rule, entry.from, entry.to)) && (!files.has(entry.from) || !files.has(entry.to))).flatMap((entry) =>
    [...new Set(namesOf(entry.rule, entry.from).flatMap((name) => strays.get(name) ?? []))].flatMap((one) => {
      const [from, to] = [likeness(entry.from, one.file), likeness(entry.to, one.to)];
      return from === 0 || to === 0 ? [] : [{ entry, one, weight: from + to }];
    }));
  const taken = new Set<BaselineEntry | Identity>();
  return pairs.sort((left, right) => right.weight - left.weight).flatMap(({ entry, one }) => {
    if (taken.has(entry) || taken.has(one)) return [];
    taken.add(entry).add(one);
    return [{ entry, from: one.file, to: one.to }];
  });
}

/** The same entries under the paths that their files have now. */
export function followMoves(baseline: Baseline | undefined, moves: readonly BaselineMove[]): Baseline | undefined {
  if (baseline === undefined || moves.length === 0) return baseline;
  const byKey = new Map(moves.map((move) => [keyOf(move.entry.rule, move.entry.from, move.entry.to), move]));
  return {
    ...baseline,
    entries: baseline.entries.map((entry) => {
      const move = byKey.get(keyOf(entry.rule, entry.from, entry.to));
      return move === undefined ? entry : { ...entry, from: move.from, to: move.to };
    }),
  };
}

/** By what an old path may be found again: its folder or its name. */
function namesOf(rule: string, file: string): readonly string[] { return [`${rule}\0${folderOf(file)}/`, `${rule}\0${nameOf(file)}`]; }
function keyOf(rule: string, file: string, to: string): string { return `${rule}\0${file}\0${to}`; }
function folderOf(path: string): string { return path.slice(0, Math.max(0, path.lastIndexOf("/"))); }
function nameOf(path: string): string { return path.slice(path.lastIndexOf("/") + 1); }
function endingOf(path: string): string { return /\.[^.]*$/.exec(nameOf(path))?.[0] ?? ""; }
