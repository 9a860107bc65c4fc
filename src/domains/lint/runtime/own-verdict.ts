// The verdict of our own rules, taken from the last check where neither a file nor the configuration nor the engine has changed since.
import type { Configuration } from "../../../base/config-section.ts";
import { readEngineStamp } from "../repo/engine-stamp.ts";
import { fingerprint, hashBytes } from "../repo/facts-cache.ts";
import { isAnswerSame, type Look } from "../repo/looks.ts";
import type { Sources } from "../repo/open-sources.ts";
import { isRacy, stampText } from "../repo/stamps.ts";
import { readVerdict, writeVerdict } from "../repo/verdict-cache.ts";
import { type CheckInput, decideOwn, type OwnVerdict } from "../service/check.ts";
import type { ResolvedFacts } from "../types/facts.ts";
import type { LintOptions } from "./check.ts";

/** A file that has just been written is told apart by its content up to this size; a larger one makes the verdict be decided anew. */
const racyBytesMax = 8 * 1024 * 1024;

export interface OwnInput {
  readonly options: LintOptions & { readonly contributed?: unknown };
  readonly sources: Sources;
  readonly known: Omit<CheckInput, "files" | "unread">;
  /** Every value of the configuration that the rules were made from. */
  readonly recorded: readonly unknown[];
}

export interface OwnAnswer {
  readonly own: OwnVerdict;
  /** What the disk was asked for it beside the listed files; undefined where that was too much to ask again. */
  readonly looks: readonly Look[] | undefined;
  /** Names that the sources declare or export. */
  declaredNames(): Promise<ReadonlySet<string>>;
}

/** The same view of a configuration, with all that is read of it written down. */
export function recordConfiguration(configuration: Configuration): { readonly configuration: Configuration; readonly values: unknown[] } {
  const values: unknown[] = [];
  const read: Configuration["read"] = (section) => {
    const value = configuration.read(section);
    values.push(section.key, value);
    return value;
  };
  return { configuration: { ...configuration, read }, values };
}

/** As it is stored: written below under its key, with a checksum, so that it is read as it was written. */
interface Stored { readonly own: OwnVerdict; readonly names: readonly string[]; readonly looks: readonly Look[] }

/** Only the whole check is kept: a part of it is asked for once. */
export async function judgeOwn(input: OwnInput): Promise<OwnAnswer> {
  const { sources } = input;
  const { files } = input.options.providers;
  const { cachePath } = sources;
  const key = cachePath === undefined || input.known.isWanted !== undefined ? undefined : await keyOf(input);
  const stored = key === undefined || cachePath === undefined ? undefined : parseStored(readVerdict(files, cachePath, key));
  if (stored?.looks.every((look) => isAnswerSame(files.now, look)) === true) return { own: stored.own, looks: stored.looks, declaredNames: async () => new Set(stored.names) };
  const { facts, unread } = await sources.read(sources.files);
  const own = decideOwn({ ...input.known, files: facts, unread, notes: sources.notes() });
  const names = namesOf(facts);
  const looks = sources.looks();
  if (key !== undefined && cachePath !== undefined && looks !== undefined) await writeVerdict(files, cachePath, key, JSON.stringify({ own, names: [...names], looks } satisfies Stored));
  return { own, looks, declaredNames: async () => names };
}

function parseStored(text: string | undefined): Stored | undefined {
  return text === undefined ? undefined : JSON.parse(text) as Stored; // see Stored
}

function namesOf(facts: readonly ResolvedFacts[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const one of facts) {
    for (const { name } of one.exports) names.add(name);
    for (const { name } of one.declarations) names.add(name);
  }
  return names;
}

/** Undefined where a file is too fresh and too large to be sure of. */
async function keyOf({ options, sources, known, recorded }: OwnInput): Promise<string | undefined> {
  const { files, clock } = options.providers;
  const nowMs = Date.parse(clock.nowIso());
  const parts: string[] = [await readEngineStamp(files), JSON.stringify(recorded), known.today, String(options.contributed !== undefined), String(known.configuration.isWritten)];
  for (const file of sources.allFiles) {
    const stamp = sources.stamps.of(file);
    if (stamp === undefined) { parts.push(file); continue; }
    parts.push(`${file} ${stampText(stamp)}`);
    if (stamp.kind !== "file" || !isRacy(stamp, nowMs)) continue;
    const read = files.now.readRegular(`${sources.rootPath}/${file}`, racyBytesMax);
    if (read.kind !== "file") return undefined;
    parts.push(hashBytes(read.bytes));
  }
  const { texts, stamps, sizes } = known.asked;
  for (const [file, { text, modifiedMs }] of texts) parts.push(`${file} ${modifiedMs} ${fingerprint(text)}`);
  parts.push(JSON.stringify([[...stamps], [...sizes]]));
  return fingerprint(parts.join("\n"));
}
