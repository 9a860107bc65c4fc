// Answers the questions of document rules, all of a round at once: what a rule asked in one pass it knows in the next.
import { mapBounded } from "../../../base/async.ts";
import type { DocFinding } from "../types/document.ts";
import type { Answer, Changes, Questions } from "../types/world.ts";
import { findChanges } from "../repo/covered-changes.ts";
import { findNames, findOutside, type GitPlace, lastCommitOf } from "../repo/ask-git.ts";
import { createOldTrees } from "../repo/old-names.ts";
import type { KeptDocuments, LastCommit } from "../repo/kept-documents.ts";

/** Each round answers what the one before asked; a rule asks at most three things in a row. */
const roundsMax = 5;
/** Names that are missing from the sources; for each of them git searches an old tree. */
const lostNamesMax = 200;
/** Old trees that are searched; each costs about as much as the check's own reading. */
const treesMax = 4;

interface Asked {
  readonly outside: Set<string>;
  readonly symbols: Map<string, { readonly file: string; readonly name: string; readonly verifiedAt: string | undefined }>;
  readonly changes: Set<string>;
  readonly covered: Map<string, { readonly commit: string; readonly covers: readonly string[] }>;
}

/** What the answers rest on besides documents, manifests and the commit: the words of all other files. */
export interface Evidence {
  /** True where it was asked what changed in files since a commit. */
  readonly isAnyCovered: boolean;
  /** False where the search for names did not end. */
  readonly isComplete: boolean;
  readonly declared: readonly string[];
  /** Names that are not declared, but stand in these files (some of them). */
  readonly found: readonly (readonly [name: string, files: readonly string[]])[];
  readonly missing: readonly string[];
}

export interface RoundsInput {
  readonly place: GitPlace;
  readonly head: string | undefined;
  readonly kept: KeptDocuments;
  declared(): Promise<ReadonlySet<string>>;
  decide(ask: Questions): readonly DocFinding[];
}

/** Runs `decide` until it asks nothing new; its last answer counts. */
export async function decideInRounds(input: RoundsInput): Promise<{ readonly findings: readonly DocFinding[]; readonly evidence: Evidence }> {
  const { place, decide } = input;
  const evidence = { isAnyCovered: false, isComplete: true, declared: new Set<string>(), found: new Map<string, readonly string[]>(), missing: new Set<string>() };
  const known = {
    outside: new Map<string, Answer>(),
    symbols: new Map<string, string | undefined>(),
    changes: new Map<string, string | undefined>(),
    covered: new Map<string, Changes>(),
  };
  for (let round = 1; ; round++) {
    place.signal?.throwIfAborted();
    const asked: Asked = { outside: new Set(), symbols: new Map(), changes: new Set(), covered: new Map() };
    const findings = decide({
      isOutside: (path) => { const answer = known.outside.get(path); if (answer === undefined) asked.outside.add(path); return answer ?? "unknown"; },
      lostSymbol: (file, name, verifiedAt) => {
        const key = `${file}\n${name}`;
        if (!known.symbols.has(key)) asked.symbols.set(key, { file, name, verifiedAt });
        return known.symbols.get(key);
      },
      changesSince: (commit, covers) => {
        const key = JSON.stringify([commit, covers]);
        if (!known.covered.has(key)) asked.covered.set(key, { commit, covers });
        return known.covered.get(key);
      },
      lastCommit: (file) => { if (!known.changes.has(file)) asked.changes.add(file); return known.changes.get(file); },
    });
    const isDone = asked.outside.size + asked.symbols.size + asked.changes.size + asked.covered.size === 0;
    if (isDone || round === roundsMax) return { findings, evidence: { ...evidence, declared: [...evidence.declared], found: [...evidence.found], missing: [...evidence.missing] } };
    const outside = await findOutside(place, [...asked.outside]);
    for (const path of asked.outside) known.outside.set(path, outside.has(path) ? "yes" : "no");
    for (const file of asked.changes) known.changes.set(file, (await lastCommit(input, file))?.commit);
    if (asked.covered.size > 0) evidence.isAnyCovered = true;
    for (const [key, one] of asked.covered) known.covered.set(key, await findChanges(place, one.commit, one.covers));
    await answerSymbols(input, asked, known.symbols, evidence);
  }
}

async function lastCommit({ place, head, kept }: RoundsInput, file: string): Promise<LastCommit | undefined> {
  const known = head === undefined ? undefined : kept.lastCommitOf(head, file);
  if (known !== undefined) return known;
  const found = await lastCommitOf(place, file);
  // A history that could not be read is no answer.
  if (head !== undefined && found !== undefined) kept.putLastCommit(head, file, found);
  return found;
}

interface Gathered { isComplete: boolean; readonly declared: Set<string>; readonly found: Map<string, readonly string[]>; readonly missing: Set<string> }

async function answerSymbols(input: RoundsInput, asked: Asked, known: Map<string, string | undefined>, evidence: Gathered): Promise<void> {
  const { place } = input;
  if (asked.symbols.size === 0) return;
  for (const key of asked.symbols.keys()) known.set(key, undefined);
  const names = await input.declared();
  const rest = [...asked.symbols.values()].filter((one) => { if (names.has(one.name)) evidence.declared.add(one.name); return !names.has(one.name); });
  const found = await findNames(place, [...new Set(rest.map((one) => one.name))]);
  if (found === undefined) { evidence.isComplete = false; return; }
  const missing = rest
    .filter((one) => {
      const files = found.get(one.name);
      if (files === undefined) evidence.missing.add(one.name);
      else evidence.found.set(one.name, files);
      return files === undefined;
    })
    .slice(0, lostNamesMax);
  const commits = await mapBounded([...new Set(missing.map((one) => one.verifiedAt ?? one.file))], 4, async (one) =>
    missing.some((two) => two.verifiedAt === one) ? { commit: one, date: "" } : lastCommit(input, one),
  );
  const trees = [...new Map(commits.flatMap((one) => (one === undefined ? [] : [[one.commit, one.date] as const])))]
    .sort((left, right) => (left[1] < right[1] ? -1 : 1))
    .map(([commit]) => commit);
  // Whatever tree knew the name proves that it is lost; a few spread over time answer for all documents.
  const step = Math.max(1, trees.length / treesMax);
  const old = createOldTrees(place);
  const every = [...new Set(missing.map((one) => one.name))];
  for (let at = trees.length - 1; at >= 0; at -= step) {
    const commit = trees[Math.floor(at)];
    const open = missing.filter((one) => known.get(`${one.file}\n${one.name}`) === undefined);
    if (commit === undefined || open.length === 0) break;
    const isKnown = open.every((one) => input.kept.wasNamedAt(commit, one.name) !== undefined);
    const there = isKnown ? new Set<string>() : await old.findNamesAt(commit, every).then((names) => (names === undefined ? undefined : new Set(names)));
    if (!isKnown && there !== undefined && isWholeCommit(commit)) for (const name of every) input.kept.putNamedAt(commit, name, there.has(name));
    for (const one of open) if (there?.has(one.name) === true || input.kept.wasNamedAt(commit, one.name) === true) known.set(`${one.file}\n${one.name}`, commit);
  }
}

/** A document may say any word where a commit is expected; what a branch held is no fact about it. */
function isWholeCommit(commit: string): boolean {
  return /^[0-9a-f]{40,64}$/.test(commit);
}
