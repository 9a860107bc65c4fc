// One repository opened for a check: its files listed, its facts read and resolved on demand. Keeps nothing between checks.
import { defined } from "../../../base/assert.ts";
import { InspanError } from "../../../base/errors.ts";
import type { Providers } from "../../../providers/index.ts";
import type { FactsRequest } from "../types/facts-request.ts";
import type { ResolvedFacts, UnreadFile } from "../types/facts.ts";
import type { Adapter, FactsReader, ImportResolver } from "./adapter.ts";
import { adapterOf } from "./adapters.ts";
import { listFiles } from "./list-files.ts";
import { Tree } from "./tree.ts";
import { readSources } from "./read-sources.ts";

export interface OpenSourcesOptions {
  readonly providers: Providers;
  readonly rootPath: string;
  readonly request: FactsRequest;
  readonly signal?: AbortSignal;
}

export interface Sources {
  /** Absolute, links resolved. */
  readonly rootPath: string;
  /** All source files, relative to the root, sorted. */
  readonly files: readonly string[];
  /** Every file, sources or not, relative to the root, sorted. */
  readonly allFiles: readonly string[];
  /** Facts of these files, resolved; in their order. */
  read(files: readonly string[]): Promise<{ readonly facts: readonly ResolvedFacts[]; readonly unread: readonly UnreadFile[] }>;
}

interface Language { readonly reader: FactsReader; readonly resolve: ImportResolver }

/** Throws ROOT_MISSING where the folder does not exist. */
export async function openSources(options: OpenSourcesOptions): Promise<Sources> {
  const { providers, request, signal } = options;
  const rootPath = await providers.files.realPath(options.rootPath);
  if (rootPath === undefined) throw new InspanError("ROOT_MISSING", `Cannot check "${options.rootPath}": there is no such folder, expected the root of a repository.`, { kind: "usage" });
  const listed = await listFiles(providers, rootPath, signal);
  const known = new Set(listed.sources);
  const regular = new Set<string>(); // read, so no links to folders
  const isSource = (file: string) => known.has(file);
  const isRegular = (file: string) => regular.has(file);
  const tree = new Tree({ disk: providers.files.now, rootPath, files: new Set(listed.files), isSource, isRegular });
  const languages = new Map<Adapter, Promise<Language>>();
  const load = async (adapter: Adapter): Promise<Language> => {
    const input = { providers, rootPath, tree, files: listed.files, isSource, isRead: isRegular };
    const [reader, resolve] = await Promise.all([adapter.loadReader(request), adapter.loadResolver(input)]);
    return { reader, resolve };
  };
  const languageOf = (file: string): Promise<Language> => {
    const adapter = defined(adapterOf(file), `an adapter for ${file}`);
    const language = languages.get(adapter) ?? load(adapter);
    languages.set(adapter, language);
    return language;
  };
  return {
    rootPath, files: listed.sources, allFiles: listed.files,
    async read(files) {
      const loaded = new Map<Adapter, Language>();
      for (const file of files) {
        const adapter = adapterOf(file);
        if (adapter !== undefined && !loaded.has(adapter)) loaded.set(adapter, await languageOf(file));
      }
      const loadedFor = (file: string) => defined(loaded.get(defined(adapterOf(file), `an adapter for ${file}`)), `the language of ${file} to be loaded`);
      const { facts, unread, absent } = await readSources(providers, rootPath, files, (file) => loadedFor(file).reader, signal);
      for (const file of absent) known.delete(file);
      for (const one of facts) regular.add(one.file);
      return { facts: await Promise.all(facts.map((one) => loadedFor(one.file).resolve(one))), unread };
    },
  };
}
