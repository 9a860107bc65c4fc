// Answers the questions of document rules, all of a round at once: what a rule asked in one pass it knows in the next.
import { mapBounded } from "../../../base/async.ts";
import type { DocFinding } from "../types/document.ts";
import type { Answer, Changes, Questions } from "../types/world.ts";
import { findChanges } from "../repo/covered-changes.ts";
import { findNames, findOutside, type GitPlace, lastCommitOf } from "../repo/ask-git.ts";
import { createOldTrees } from "../repo/old-names.ts";

/** Each round answers what the one before asked; a rule asks at most three things in a row. */
const roundsMax = 5;
/** Names that are missing from the sources; for each of them git searches an old tree. */
const lostNamesMax = 200;
/** Old trees that are searched; each costs about as much as the check's own reading. */
const treesMax = 4;

interface Asked { readonly outside: Set<string>; readonly symbols: Map<string, { readonly file: string; readonly name: string; readonly verifiedAt: string | undefined }>; readonly changes: Set<string>; readonly covered: Map<string, { readonly commit: string; readonly covers: readonly string[] }> }

/** Runs `decide` until it asks nothing new; its last answer counts. */
export async function decideInRounds(place: GitPlace, declared: () => Promise<ReadonlySet<string>>, decide: (ask: Questions) => readonly DocFinding[]): Promise<readonly DocFinding[]> {
  const known = { outside: new Map<string, Answer>(), symbols: new Map<string, string | undefined>(), changes: new Map<string, string | undefined>(), covered: new Map<string, Changes>() };
  for (let round = 1; ; round++) {
    place.signal?.throwIfAborted();
    const asked: Asked = { outside: new Set(), symbols: new Map(), changes: new Set(), covered: new Map() };
    const findings = decide({
      isOutside: (path) => { const answer = known.outside.get(path); if (answer === undefined) asked.outside.add(path); return answer ?? "unknown"; },
      lostSymbol: (file, name, verifiedAt) => { const key = `${file}\n${name}`; if (!known.symbols.has(key)) asked.symbols.set(key, { file, name, verifiedAt }); return known.symbols.get(key); },
      changesSince: (commit, covers) => { const key = JSON.stringify([commit, covers]); if (!known.covered.has(key)) asked.covered.set(key, { commit, covers }); return known.covered.get(key); },
      lastCommit: (file) => { if (!known.changes.has(file)) asked.changes.add(file); return known.changes.get(file); },
    });
    const isDone = asked.outside.size + asked.symbols.size + asked.changes.size + asked.covered.size === 0;
    if (isDone || round === roundsMax) return findings;
    const outside = await findOutside(place, [...asked.outside]);
    for (const path of asked.outside) known.outside.set(path, outside.has(path) ? "yes" : "no");
    for (const file of asked.changes) known.changes.set(file, (await lastCommitOf(place, file))?.commit);
    for (const [key, one] of asked.covered) known.covered.set(key, await findChanges(place, one.commit, one.covers));
    await answerSymbols(place, declared, asked, known.symbols);
  }
}

async function answerSymbols(place: GitPlace, declared: () => Promise<ReadonlySet<string>>, asked: Asked, known: Map<string, string | undefined>): Promise<void> {
  if (asked.symbols.size === 0) return;
  for (const key of asked.symbols.keys()) known.set(key, undefined);
  const names = await declared();
  const rest = [...asked.symbols.values()].filter((one) => !names.has(one.name));
  const found = await findNames(place, [...new Set(rest.map((one) => one.name))]);
  if (found === undefined) return;
  const missing = rest.filter((one) => !found.has(one.name)).slice(0, lostNamesMax);
  const commits = await mapBounded([...new Set(missing.map((one) => one.verifiedAt ?? one.file))], 4, async (one) => (missing.some((two) => two.verifiedAt === one) ? { commit: one, date: "" } : lastCommitOf(place, one)));
  const trees = [...new Map(commits.flatMap((one) => (one === undefined ? [] : [[one.commit, one.date] as const])))].sort((left, right) => (left[1] < right[1] ? -1 : 1)).map(([commit]) => commit);
  // Whatever tree knew the name proves that it is lost; a few spread over time answer for all documents.
  const step = Math.max(1, trees.length / treesMax);
  const old = createOldTrees(place);
  for (let at = trees.length - 1; at >= 0; at -= step) {
    const commit = trees[Math.floor(at)];
    const rest = missing.filter((one) => known.get(`${one.file}\n${one.name}`) === undefined);
    if (commit === undefined || rest.length === 0) break;
    const there = new Set(await old.findNamesAt(commit, [...new Set(rest.map((one) => one.name))]));
    for (const one of rest) if (there.has(one.name)) known.set(`${one.file}\n${one.name}`, commit);
  }
}
