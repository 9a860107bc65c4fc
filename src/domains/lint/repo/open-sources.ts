// One repository opened for a check: its files listed, its facts read (or taken from the cache) and resolved on demand.
import { join } from "node:path";
import { defined } from "../../../base/assert.ts";
import { InspanError } from "../../../base/errors.ts";
import type { Providers } from "../../../providers/index.ts";
import type { FactsRequest } from "../types/facts-request.ts";
import type { FileFacts, ManifestNote, ResolvedFacts, UnreadFile } from "../types/facts.ts";
import type { Adapter, FactsReader, ImportResolver } from "./adapter.ts";
import { adapterOf } from "./adapters.ts";
import { readEngineStamp } from "./engine-stamp.ts";
import { checkFolder } from "./check-folder.ts";
import { type FactsCache, openFactsCache } from "./facts-cache.ts";
import { type ListedFiles, listFiles } from "./list-files.ts";
import { isAnswerSame, type Look, recordLooks } from "./looks.ts";
import { startParseThread } from "./parse-thread.ts";
import { readSources } from "./read-sources.ts";
import { createStamps, type Stamps } from "./stamps.ts";
import { Tree } from "./tree.ts";

/** Between so many resolutions others get their turn: the rules of documents wait for git meanwhile. */
const turnFiles = 500;
/** Fewer files are parsed sooner than a cache of thousands is read. */
const cachedFilesMin = 100;

/** What reading and resolving needs of the world. */
export type SourceProviders = Pick<Providers, "files" | "git" | "clock">;

export interface OpenSourcesOptions {
  readonly providers: SourceProviders;
  readonly rootPath: string;
  readonly request: FactsRequest;
  /** State folder, for facts between checks; nothing is kept without it. */
  readonly statePath?: string;
  readonly signal?: AbortSignal;
  /** What a session knows already: the list of files, and facts by stamp in memory. */
  readonly listed?: ListedFiles;
  readonly memory?: FactsCache;
}

export interface Sources {
  /** Absolute, links resolved. */
  readonly rootPath: string;
  /** All source files, relative to the root, sorted. */
  readonly files: readonly string[];
  /** Every file, sources or not, relative to the root, sorted. */
  readonly allFiles: readonly string[];
  readonly stamps: Stamps;
  /** True for the absolute path of a regular file of `allFiles`, whose stamp tells a change. */
  isListed(path: string): boolean;
  /** Folder of this repository for what is kept between checks. */
  readonly cachePath: string | undefined;
  /** What resolution has asked the disk so far; undefined where that was too much to ask again. */
  looks(): readonly Look[] | undefined;
  /** What resolution could not follow in manifests so far. */
  notes(): readonly ManifestNote[];
  /** False where a manifest that resolution has read is not what it was. */
  areManifestsSame(): boolean;
  /** Facts of these files, resolved; in their order. `onFacts` is told them before their imports are resolved. */
  read(files: readonly string[], onFacts?: (facts: readonly FileFacts[]) => void): Promise<{ readonly facts: readonly ResolvedFacts[]; readonly unread: readonly UnreadFile[] }>;
  /** Facts of a text as if it stood in this file. */
  readText(file: string, text: string): Promise<ResolvedFacts>;
  /** Facts of these files are known from elsewhere: they are there, and no links; of the other sources nothing is. */
  assumeRead(files: Iterable<string>): void;
  /** For a session: the disk is asked again about files and about the imports of these (relative to the root); the list and the manifests stay. */
  renew(files: readonly string[]): void;
}

/** Throws ROOT_MISSING where the folder does not exist. */
export async function openSources(options: OpenSourcesOptions): Promise<Sources> {
  const { providers, signal } = options;
  const rootPath = await providers.files.realPath(options.rootPath);
  if (rootPath === undefined)
    throw new InspanError("ROOT_MISSING", `Cannot check "${options.rootPath}": there is no such folder, expected the root of a repository.`, { kind: "usage" });
  const cachePath = options.statePath === undefined ? undefined : checkFolder(options.statePath, rootPath);
  const listed = options.listed ?? await listFiles(providers, rootPath, signal);
  const known = new Set(listed.sources);
  const every = new Set(listed.files);
  const gone = new Set<string>();
  const regular = new Set<string>(); // seen on the disk, so no links to folders
  const isSource = (file: string) => known.has(file) && !gone.has(file);
  const isRegular = (file: string) => regular.has(file);
  const looks = recordLooks(providers.files.now);
  const tree = new Tree({ disk: looks.disk, rootPath, files: every, isSource, isRegular });
  const stamps = createStamps(providers.files.now, rootPath);
  const languages = createLanguages(options.request, (adapter) => adapter.loadResolver({ providers, rootPath, tree, files: listed.files, isSource, isRead: isRegular }));
  return {
    rootPath, files: listed.sources, allFiles: listed.files, stamps, cachePath, looks: looks.all, notes: () => tree.notes(),
    isListed(path) {
      const file = path.startsWith(`${rootPath}/`) ? path.slice(rootPath.length + 1) : "";
      return every.has(file) && stamps.of(file)?.kind === "file";
    },
    areManifestsSame() {
      for (const look of looks.texts()) if (!isAnswerSame(providers.files.now, look)) return false;
      return true;
    },
    async read(files, onFacts) {
      // A part of the sources reads what is there, and leaves the rest of it as it is.
      const isPart = files.length < listed.sources.length;
      const cache = options.memory ?? (files.length < cachedFilesMin ? undefined : await openCache(options, cachePath, isPart));
      const { facts, unread, absent } = await readSources({
        disk: providers.files.now,
        rootPath,
        files,
        stamps,
        cache,
        nowMs: Date.parse(providers.clock.nowIso()),
        readerOf: languages.readerOf,
        startThread: () => startParseThread({ request: options.request }),
        ...(signal === undefined ? {} : { signal }),
      });
      for (const file of absent) gone.add(file);
      for (const one of facts) regular.add(one.file);
      onFacts?.(facts);
      const resolved = await languages.resolve(facts);
      await cache?.save();
      return { facts: resolved, unread };
    },
    async readText(file, text) {
      const [resolved] = await languages.resolve([(await languages.readerOf(file)).read(file, text)]);
      return defined(resolved, "facts of one text");
    },
    assumeRead(files) {
      for (const file of files) regular.add(file);
      for (const file of listed.sources) if (stamps.of(file)?.kind !== "file") gone.add(file);
    },
    renew(files) {
      stamps.renew();
      tree.renew(files);
      gone.clear();
      regular.clear();
    },
  };
}

async function openCache({ providers, request }: OpenSourcesOptions, cachePath: string | undefined, isPart: boolean): Promise<FactsCache | undefined> {
  if (cachePath === undefined) return undefined;
  const cache = await openFactsCache({ files: providers.files, path: join(cachePath, "facts"), engine: await readEngineStamp(providers.files), request });
  return isPart ? { ...cache, save: () => Promise.resolve() } : cache;
}

interface Languages {
  readerOf(file: string): Promise<FactsReader>;
  resolve(facts: readonly FileFacts[]): Promise<readonly ResolvedFacts[]>;
}

/** Parsers and resolvers by language, each loaded for the first file that needs it. */
function createLanguages(request: FactsRequest, loadResolver: (adapter: Adapter) => Promise<ImportResolver>): Languages {
  const readers = new Map<Adapter, Promise<FactsReader>>();
  const resolvers = new Map<Adapter, Promise<ImportResolver>>();
  const adapterFor = (file: string) => defined(adapterOf(file), `an adapter for ${file}`);
  return {
    readerOf(file) {
      const adapter = adapterFor(file);
      const reader = readers.get(adapter) ?? adapter.loadReader(request);
      readers.set(adapter, reader);
      return reader;
    },
    async resolve(facts) {
      const resolved: ResolvedFacts[] = [];
      let last: { readonly adapter: Adapter; readonly resolve: ImportResolver } | undefined;
      for (const [at, one] of facts.entries()) {
        if (at % turnFiles === 0 && facts.length > turnFiles) await new Promise(setImmediate);
        const adapter = adapterFor(one.file);
        if (last?.adapter !== adapter) {
          const loaded = resolvers.get(adapter) ?? loadResolver(adapter);
          resolvers.set(adapter, loaded);
          last = { adapter, resolve: await loaded };
        }
        const answer = last.resolve(one);
        resolved.push(answer instanceof Promise ? await answer : answer);
      }
      return resolved;
    },
  };
}
