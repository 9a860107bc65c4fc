// What the rules say about one file, and what that rests on: the part of a check that stays while the file and what it asked of others stay. Pure.
import type { ResolvedFacts } from "../types/facts.ts";
import type { FindingDraft } from "../types/finding.ts";
import { countImports, type FileCounts } from "./coverage.ts";
import { checkEdges } from "./edge-rules.ts";
import { type FactsUse, recordUse } from "./facts-index.ts";
import { checkFile } from "./file-rules.ts";
import { type RuntimeEdge, runtimeEdges } from "./graph-rules.ts";
import type { KindInput } from "./kinds/kind.ts";
import { checkFileKinds } from "./kinds/run-file.ts";

export interface FileVerdict {
  readonly file: string;
  readonly drafts: readonly FindingDraft[];
  readonly edges: readonly RuntimeEdge[];
  readonly counts: FileCounts;
  readonly use: FactsUse;
  /** Names that it exports, `*` among them; those that it only declares. */
  readonly exports: readonly string[];
  readonly declared: readonly string[];
}

/** Verdicts in the order of `files`; `known.index` holds every file of the repository. */
export function judgeFiles(files: readonly ResolvedFacts[], known: KindInput): readonly FileVerdict[] {
  const recorded = recordUse(known.index);
  const input: KindInput = { ...known, index: recorded.index };
  return files.map((facts) => {
    const drafts = [...checkFile(facts, known.configuration), ...checkEdges(facts, input), ...checkFileKinds(facts, input)];
    const exports = [...new Set(facts.exports.map((one) => one.name))];
    const declared = facts.declarations.length === 0 ? [] : [...new Set(facts.declarations.map((one) => one.name))].filter((name) => !exports.includes(name));
    return { file: facts.file, drafts, edges: runtimeEdges(facts), counts: countImports(facts, known.placeOf), use: recorded.take(), exports, declared };
  });
}

/** What other files' verdicts can rest on, as text: equal texts mean that no other file has to be judged again. */
export function interfaceOf(facts: ResolvedFacts): string {
  return JSON.stringify([facts.imports.map((one) => [one.specifier, one.kind, one.isType, one.names, one.target]), facts.exports]);
}

export interface FileChange {
  readonly file: string;
  readonly isInterfaceSame: boolean;
  readonly exportsBefore: readonly string[];
  readonly exportsNow: readonly string[];
}

/** Places in `kept` of the files besides the changed ones whose verdict may be another now. */
export function filesToJudgeAgain(kept: readonly FileVerdict[], changes: readonly FileChange[]): readonly number[] {
  const changed = new Set(changes.map((one) => one.file));
  const others = new Set(changes.filter((one) => !one.isInterfaceSame).map((one) => one.file));
  const names = new Set<string>();
  for (const { exportsBefore, exportsNow } of changes) {
    const [before, now] = [new Set(exportsBefore), new Set(exportsNow)];
    for (const name of [...before, ...now]) if (before.has(name) !== now.has(name)) names.add(name);
  }
  const isAnyExport = names.has("*");
  return kept.flatMap(({ file, use }, at) => {
    if (changed.has(file)) return [];
    const isTouched =
      use.isAny ||
      (others.size > 0 && (use.isAnyImport || use.files.some((one) => others.has(one)))) ||
      (names.size > 0 && use.names.some((name) => isAnyExport || names.has(name)));
    return isTouched ? [at] : [];
  });
}

/** The same of facts. */
export function namesOfFacts(files: readonly Pick<ResolvedFacts, "exports" | "declarations">[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const one of files) {
    for (const { name } of one.exports) names.add(name);
    for (const { name } of one.declarations) names.add(name);
  }
  return names;
}

/** Names that the sources declare or export. */
export function namesOf(verdicts: readonly FileVerdict[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { exports, declared } of verdicts) {
    for (const name of exports) names.add(name);
    for (const name of declared) names.add(name);
  }
  return names;
}

