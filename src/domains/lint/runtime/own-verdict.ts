// The verdict of our own rules: of the last check where nothing has changed, judged again for what has, and from the beginning where too much has.
import type { Configuration } from "../../../base/config-section.ts";
import { defined } from "../../../base/assert.ts";
import { readEngineStamp } from "../repo/engine-stamp.ts";
import { fingerprint } from "../repo/facts-cache.ts";
import type { Look } from "../repo/looks.ts";
import { isSource } from "../repo/list-files.ts";
import type { Sources } from "../repo/open-sources.ts";
import { openStoredFacts, StoredFactsGone, writeTargets } from "../repo/stored-facts.ts";
import { type CheckInput, decideWhole, kindInputOf, type OwnVerdict } from "../service/check.ts";
import { type FileVerdict, filesToJudgeAgain, interfaceOf, judgeFiles, namesOf, namesOfFacts } from "../service/file-verdict.ts";
import { requestFacts } from "../service/facts-request.ts";
import type { ResolvedFacts } from "../types/facts.ts";
import { joinRequests } from "../types/facts-request.ts";
import { changedFilesMax, type KeptCheck, type KeptState } from "./kept-check.ts";
import type { LintOptions } from "./check.ts";

export interface OwnInput {
  readonly options: LintOptions & { readonly contributed?: unknown };
  readonly sources: Sources;
  readonly known: Omit<CheckInput, "files" | "unread">;
  readonly state: KeptState | undefined;
  /** Told as soon as it is known which names the sources declare or export. */
  onNames(names: ReadonlySet<string>): void;
}

export interface OwnAnswer {
  readonly own: OwnVerdict;
  /** What the disk was asked for it beside the listed files; undefined where that was too much to ask again. */
  readonly looks: readonly Look[] | undefined;
  /** What the next check can begin with, besides what other domains leave; undefined where that is nothing. */
  readonly kept: Omit<KeptCheck, "stamps" | "contributed"> | undefined;
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

export async function judgeOwn(input: OwnInput): Promise<OwnAnswer> {
  try {
    return await judgeChanged(input) ?? await judgeAll(input);
  } catch (error) {
    if (error instanceof StoredFactsGone) return judgeAll(input);
    throw error;
  }
}

async function judgeAll({ options, sources, known, state, onNames }: OwnInput): Promise<OwnAnswer> {
  const { facts, unread } = await sources.read(sources.files, (read) => onNames(namesOfFacts(read)));
  await new Promise(setImmediate);
  const notes = sources.notes();
  const input: CheckInput = { ...known, files: facts, unread, notes };
  const kinds = kindInputOf(input);
  const verdicts = judgeFiles(facts, kinds);
  const own = decideWhole(input, verdicts, kinds);
  const looks = sources.looks();
  await new Promise(setImmediate); // rules of other domains wait for git meanwhile
  if (state === undefined || looks === undefined) return { own, looks, kept: undefined };
  const targetsKey = fingerprint(`${state.key}\n${state.stamps.join("\n")}`);
  await writeTargets(options.providers.files, state.cachePath, targetsKey, facts);
  return {
    own,
    looks,
    kept: {
      unread,
      notes,
      looks,
      verdicts,
      interfaces: facts.map((one) => fingerprint(interfaceOf(one))),
      whole: withoutFiles(own, verdicts),
      targetsKey,
      fresh: {},
    },
  };
}

/** What the rules about the whole repository said: what those about single files did is kept with them. */
function withoutFiles(own: OwnVerdict, verdicts: readonly FileVerdict[]): OwnVerdict {
  return { ...own, drafts: own.drafts.slice(verdicts.reduce((sum, one) => sum + one.drafts.length, 0)) };
}

/** Undefined where nothing is kept, or where more has changed than the contents of a few sources. */
async function judgeChanged({ options, sources, known, state, onNames }: OwnInput): Promise<OwnAnswer | undefined> {
  const kept = state?.kept;
  if (state === undefined || kept === undefined || state.changed.length > changedFilesMax) return undefined;
  const changed = state.changed.filter(isSource);
  if (changed.length === 0) { onNames(namesOf(kept.verdicts)); return answerOf(kept, kept.verdicts); }
  const places = new Map(kept.verdicts.map((one, at) => [one.file, at]));
  // One that could not be read, or can be read no more, is a file that came or went.
  if (!changed.every((file) => places.has(file))) return undefined;
  sources.assumeRead(places.keys());
  const { facts, unread } = await sources.read(changed);
  const notes = sources.notes();
  if (unread.length > 0 || facts.length !== changed.length) return undefined;
  const verdictOf = (file: string): FileVerdict => defined(kept.verdicts[places.get(file) ?? -1], `a verdict about ${file}`);
  // A note belongs to whichever file asked first: where one may come or go, all are asked again.
  const isNoteMoving = facts.some((one) => verdictOf(one.file).counts.unresolved > 0 || one.imports.some(({ target }) => target.kind === "unresolved"));
  if (kept.notes.length + notes.length > 0 && isNoteMoving) return undefined;
  const fresh: Record<string, ResolvedFacts> = { ...kept.fresh, ...Object.fromEntries(facts.map((one) => [one.file, one])) };
  if (Object.keys(fresh).length > changedFilesMax) return undefined;
  const stampAt = new Map(sources.allFiles.map((file, at) => [file, at]));
  const stored = openStoredFacts({
    files: options.providers.files,
    cachePath: state.cachePath,
    engine: await readEngineStamp(options.providers.files),
    request: requestOf(options, known),
    targetsKey: kept.targetsKey,
  });
  const stampOf = (file: string): string => (state.stamps[stampAt.get(file) ?? -1] ?? "").split(" ").slice(0, stampWords).join(" ");
  const files = kept.verdicts.map((one, at) => fresh[one.file] ?? stored.lazy(one.file, stampOf(one.file), at));
  const input: CheckInput = { ...known, files, unread: kept.unread, notes: kept.notes };
  const kinds = kindInputOf(input);
  const interfaces = [...kept.interfaces];
  const first = judgeFiles(facts, kinds);
  const again = filesToJudgeAgain(kept.verdicts, facts.map((one, index) => {
    const at = places.get(one.file) ?? -1;
    const before = interfaces[at];
    const now = interfaces[at] = fingerprint(interfaceOf(one));
    return { file: one.file, isInterfaceSame: before === now, exportsBefore: verdictOf(one.file).exports, exportsNow: first[index]?.exports ?? [] };
  }));
  const judged = new Map([...first, ...judgeFiles(again.flatMap((at) => files[at] ?? []), kinds)].map((one) => [one.file, one]));
  const verdicts = kept.verdicts.map((one) => judged.get(one.file) ?? one);
  onNames(namesOf(verdicts));
  const own = decideWhole(input, verdicts, kinds);
  const looks = joinLooks(kept.looks, sources.looks());
  const next = { ...kept, looks: looks ?? [], verdicts, interfaces, whole: withoutFiles(own, verdicts), fresh };
  return { own, looks, kept: looks === undefined ? undefined : next };
}

/** Kind, size, two times and the inode; what follows is a content. */
const stampWords = 5;

function answerOf(kept: KeptCheck, verdicts: readonly FileVerdict[]): OwnAnswer {
  return { own: { ...kept.whole, drafts: [...verdicts.flatMap((one) => one.drafts), ...kept.whole.drafts] }, looks: kept.looks, kept };
}

export function joinLooks(before: readonly Look[], now: readonly Look[] | undefined): readonly Look[] | undefined {
  return now === undefined ? undefined : [...new Map([...before, ...now].map((look) => [`${look[0]} ${look[1]}`, look])).values()];
}

/** As the sources were opened with. */
export function requestOf(options: { readonly contributed?: unknown }, { configuration }: Pick<CheckInput, "configuration">): ReturnType<typeof joinRequests> {
  // Rules of other domains may ask which names are declared.
  return joinRequests([requestFacts(configuration), { declarations: options.contributed !== undefined }]);
}
