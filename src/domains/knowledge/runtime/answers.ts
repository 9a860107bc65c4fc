// Answers the questions of document rules, all of a round at once: what a rule asked in one pass it knows in the next.
import type { DocFinding } from "../types/document.ts";
import type { Answer, Questions } from "../types/world.ts";
import { findNames, findNamesAt, findOutside, type GitPlace, lastCommitOf } from "../repo/ask-git.ts";

/** Each round answers what the one before asked; a rule asks at most three things in a row. */
const roundsMax = 5;
/** Names that are missing from the sources; for each of them git searches an old tree. */
const lostNamesMax = 120;

interface Asked { readonly outside: Set<string>; readonly symbols: Map<string, { readonly file: string; readonly name: string; readonly verifiedAt: string | undefined }>; readonly changes: Set<string> }

/** Runs `decide` until it asks nothing new; its last answer counts. */
export async function decideInRounds(place: GitPlace, declared: () => Promise<ReadonlySet<string>>, decide: (ask: Questions) => readonly DocFinding[]): Promise<readonly DocFinding[]> {
  const known = { outside: new Map<string, Answer>(), symbols: new Map<string, string | undefined>(), changes: new Map<string, string | undefined>() };
  for (let round = 1; ; round++) {
    place.signal?.throwIfAborted();
    const asked: Asked = { outside: new Set(), symbols: new Map(), changes: new Set() };
    const findings = decide({
      isOutside: (path) => { const answer = known.outside.get(path); if (answer === undefined) asked.outside.add(path); return answer ?? "unknown"; },
      lostSymbol: (file, name, verifiedAt) => { const key = `${file}\n${name}`; if (!known.symbols.has(key)) asked.symbols.set(key, { file, name, verifiedAt }); return known.symbols.get(key); },
      changesSince: () => undefined,
      exportsHash: () => undefined,
      lastChange: (file) => { if (!known.changes.has(file)) asked.changes.add(file); return known.changes.get(file); },
    });
    const isDone = asked.outside.size + asked.symbols.size + asked.changes.size === 0;
    if (isDone || round === roundsMax) return findings;
    const outside = await findOutside(place, [...asked.outside]);
    for (const path of asked.outside) known.outside.set(path, outside.has(path) ? "yes" : "no");
    for (const file of asked.changes) known.changes.set(file, (await lastCommitOf(place, file))?.date);
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
  for (const file of new Set(missing.map((one) => one.file))) {
    const own = missing.filter((one) => one.file === file);
    const commit = own[0]?.verifiedAt ?? (await lastCommitOf(place, file))?.commit;
    if (commit === undefined) continue;
    for (const name of await findNamesAt(place, commit, own.map((one) => one.name))) known.set(`${file}\n${name}`, commit);
  }
}
