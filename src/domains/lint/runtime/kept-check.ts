// What the last whole check knew, file by file: which of it still holds, and what has to be judged again. Believed only under the key of everything else that a check rests on.
import { fingerprint, hashBytes } from "../repo/facts-cache.ts";
import { readCommitStamp } from "../repo/kept-report.ts";
import { isAnswerSame, type Look } from "../repo/looks.ts";
import type { Sources } from "../repo/open-sources.ts";
import { isRacy, stampText } from "../repo/stamps.ts";
import { readVerdict, writeVerdict } from "../repo/verdict-cache.ts";
import type { CheckInput, OwnVerdict } from "../service/check.ts";
import type { FileVerdict } from "../service/file-verdict.ts";
import type { ManifestNote, ResolvedFacts, UnreadFile } from "../types/facts.ts";
import type { LintOptions } from "./check.ts";

/** A file that has just been written is told apart by its content up to this size; a larger one counts as changed. */
const racyBytesMax = 8 * 1024 * 1024;
/** More files than this at once is another branch: then everything is judged anew. */
export const changedFilesMax = 300;
/** More looks cost more than deciding anew. */
const looksMax = 20_000;

/** As it is stored: JSON behind its key and a checksum, so that it is read as it was written. */
export interface KeptCheck {
  /** What the disk said of `allFiles`, in their order; the content is told where the time of writing may not tell a change. */
  readonly stamps: readonly string[];
  readonly unread: readonly UnreadFile[];
  readonly notes: readonly ManifestNote[];
  /** What resolution asked the disk. */
  readonly looks: readonly Look[];
  /** In the order of the sources that were read, with hashes of what other verdicts can rest on. */
  readonly verdicts: readonly FileVerdict[];
  readonly interfaces: readonly string[];
  /** What the rules about the whole repository said. */
  readonly whole: OwnVerdict;
  /** Names the file with targets of imports that was written with it. */
  readonly targetsKey: string;
  /** Facts that are newer than those on the disk, by file. */
  readonly fresh: Readonly<Record<string, ResolvedFacts>>;
  /** What other domains left, and what they had asked the disk for it. */
  readonly contributed: { readonly key: string; readonly looks: readonly Look[]; readonly values: Readonly<Record<string, unknown>> } | undefined;
}

export interface KeptState {
  readonly key: string;
  readonly cachePath: string;
  /** Now, in the order of `allFiles`. */
  readonly stamps: readonly string[];
  readonly contributedKey: string;
  /** Of the last check, where its key is this one. */
  readonly kept: KeptCheck | undefined;
  /** Files whose content is not what it was, where `kept` is there. */
  readonly changed: readonly string[];
}

export interface KeptStateInput {
  readonly options: LintOptions & { readonly contributed?: unknown };
  readonly sources: Sources;
  readonly known: Omit<CheckInput, "files" | "unread">;
  /** What readProgramStamp() says. */
  readonly program: string;
  /** Every value of the configuration that the rules were made from. */
  readonly recorded: readonly unknown[];
}

/** To be called before anything is read: what changes while the check runs is then noticed by the next one. Undefined where nothing can be kept. */
export async function openKeptState(input: KeptStateInput): Promise<KeptState | undefined> {
  const { options: { providers: { files, clock } }, sources, known } = input;
  const { cachePath } = sources;
  if (cachePath === undefined) return undefined;
  const key = keyOf(input);
  const nowMs = Date.parse(clock.nowIso());
  const text = readVerdict(files, cachePath, key);
  const kept = text === undefined ? undefined : unpack(JSON.parse(text) as PackedCheck); // written below
  const isSame = kept !== undefined && kept.stamps.length === sources.allFiles.length && kept.looks.every((look) => isAnswerSame(files.now, look));
  const contentOf = (file: string): string => {
    const read = files.now.readRegular(`${sources.rootPath}/${file}`, racyBytesMax);
    return read.kind === "file" ? hashBytes(read.bytes) : "?";
  };
  const changed: string[] = [];
  const stamps = sources.allFiles.map((file, at): string => {
    const stamp = sources.stamps.of(file);
    const own = stamp === undefined ? "" : stampText(stamp);
    const before = kept?.stamps[at];
    // A stamp that was taken right after the file was written may stay as it is when the file is written again.
    const wasRacy = before !== undefined && before.length > own.length && before.startsWith(`${own} `);
    const now = stamp?.kind === "file" && (wasRacy || isRacy(stamp, nowMs)) ? `${own} ${contentOf(file)}` : own;
    const isUnchanged = before !== undefined && !now.endsWith("?") && (now === before || (!wasRacy && own === before));
    if (isSame && !isUnchanged) changed.push(file);
    return now;
  });
  const contributedKey = fingerprint(`${readCommitStamp(files, sources.rootPath)}\n${stampOf(files.now.facts(`${sources.rootPath}/inspan.yaml`))}`);
  return { key, cachePath, stamps, contributedKey, kept: isSame ? kept : undefined, changed };
}

/** What the disk was asked for what other domains left, where that still stands. */
export function keptLooks({ kept, contributedKey }: KeptState, files: Parameters<typeof isAnswerSame>[0]): readonly Look[] {
  const contributed = kept?.contributed;
  return contributed?.key === contributedKey && contributed.looks.every((look) => isAnswerSame(files, look)) ? contributed.looks : [];
}

/** What another domain left at the last check, where it still stands but for the contents of these files. */
export function keptOfContributed(
  { kept, contributedKey, changed }: KeptState,
  files: Parameters<typeof isAnswerSame>[0],
  name: string,
): { readonly value: unknown; readonly changed: readonly string[] } | undefined {
  const contributed = kept?.contributed;
  if (contributed === undefined || contributed.key !== contributedKey || changed.length > changedFilesMax) return undefined;
  const value = contributed.values[name];
  return value === undefined || !contributed.looks.every((look) => isAnswerSame(files, look)) ? undefined : { value, changed };
}

/** Nothing is written where the disk was asked too much to ask again, or where the same is there already. */
export async function writeKeptState(files: LintOptions["providers"]["files"], { key, cachePath, kept: before, changed }: KeptState, kept: KeptCheck): Promise<void> {
  if (
    before !== undefined &&
    changed.length === 0 &&
    before.contributed?.key === kept.contributed?.key &&
    JSON.stringify(before.contributed?.values) === JSON.stringify(kept.contributed?.values)
  )
    return;
  if (kept.looks.length + (kept.contributed?.looks.length ?? 0) > looksMax) return;
  await writeVerdict(files, cachePath, key, JSON.stringify(pack(kept)));
}

type PackedVerdict = readonly [
  file: string,
  drafts: FileVerdict["drafts"],
  edges: readonly (number | string)[],
  counts: readonly number[],
  exports: readonly string[],
  declared: readonly string[],
  use: FileVerdict["use"] | 0,
];
type PackedCheck = Omit<KeptCheck, "verdicts"> & { readonly verdicts: readonly PackedVerdict[] };

/** Lists in place of objects: it is read and written at every check, and most of it is names of files. */
function pack(kept: KeptCheck): PackedCheck {
  const places = new Map(kept.verdicts.map((one, at) => [one.file, at]));
  const verdicts = kept.verdicts.map(({ file, drafts, edges, counts, exports, declared, use }): PackedVerdict => [
    file,
    drafts,
    edges.flatMap((edge) => [places.get(edge.to) ?? edge.to, edge.line, edge.column, edge.endLine]),
    [counts.imports, counts.unresolved, counts.edges, counts.edgesBetweenLayers],
    exports,
    declared,
    use.files.length + use.names.length === 0 && !use.isAnyImport && !use.isAny ? 0 : use,
  ]);
  return { ...kept, verdicts };
}

const noUse: FileVerdict["use"] = { files: [], names: [], isAnyImport: false, isAny: false };

function unpack(kept: PackedCheck): KeptCheck {
  const fileOf = (to: number | string | undefined): string => (typeof to === "number" ? kept.verdicts[to]?.[0] : to) ?? "";
  const verdicts = kept.verdicts.map(([file, drafts, packed, [imports = 0, unresolved = 0, edges = 0, edgesBetweenLayers = 0], exports, declared, use]): FileVerdict => {
    const own: { to: string; line: number; column: number; endLine: number }[] = [];
    for (let at = 0; at < packed.length; at += 4)
      own.push({ to: fileOf(packed[at]), line: Number(packed[at + 1]), column: Number(packed[at + 2]), endLine: Number(packed[at + 3]) });
    return { file, drafts, edges: own, counts: { imports, unresolved, edges, edgesBetweenLayers }, exports, declared, use: use === 0 ? noUse : use };
  });
  return { ...kept, verdicts };
}

function keyOf({ options, sources, known, program, recorded }: KeptStateInput): string {
  const parts: string[] = [program, JSON.stringify(recorded), known.today, String(options.contributed !== undefined), String(known.configuration.isWritten), ...sources.allFiles];
  const { texts, stamps, sizes } = known.asked;
  for (const [file, { text, modifiedMs }] of texts) parts.push(`${file} ${modifiedMs} ${fingerprint(text)}`);
  parts.push(JSON.stringify([[...stamps], [...sizes]]));
  return fingerprint(parts.join("\n"));
}

function stampOf(stamp: Parameters<typeof stampText>[0] | undefined): string {
  return stamp === undefined ? "" : stampText(stamp);
}
