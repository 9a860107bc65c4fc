// One repository opened for a check: its files listed, its facts read and resolved on demand. Keeps nothing between checks.
import { InspanError } from "../../../base/errors.ts";
import type { Providers } from "../../../providers/index.ts";
import type { ResolvedFacts, UnreadFile } from "../types/facts.ts";
import { listFiles } from "./list-files.ts";
import { loadFactsReader } from "./read-facts.ts";
import { createManifestGuard } from "./manifest-guard.ts";
import { readSources } from "./read-sources.ts";
import { type ImportResolver, loadImportResolver } from "./resolve-imports.ts";
import { readManifests, workspacePackages } from "./workspace.ts";

export interface OpenSourcesOptions {
  readonly providers: Providers;
  readonly rootPath: string;
  readonly watchedGlobals: readonly string[];
  readonly signal?: AbortSignal;
}

export interface Sources {
  /** Absolute, links resolved. */
  readonly rootPath: string;
  /** Every file of the repository, of any kind, relative to the root, sorted. */
  readonly allFiles: readonly string[];
  /** All source files, relative to the root, sorted. */
  readonly files: readonly string[];
  /** Facts of these files, resolved; in their order. */
  read(files: readonly string[]): Promise<{ readonly facts: readonly ResolvedFacts[]; readonly unread: readonly UnreadFile[] }>;
}

/** Throws ROOT_MISSING where the folder does not exist. */
export async function openSources(options: OpenSourcesOptions): Promise<Sources> {
  const { providers, signal } = options;
  const rootPath = await providers.files.realPath(options.rootPath);
  if (rootPath === undefined) throw new InspanError("ROOT_MISSING", `Cannot check "${options.rootPath}": there is no such folder, expected the root of a repository.`, { kind: "usage" });
  // The parser is loaded while git lists.
  const [listed, reader] = await Promise.all([listFiles(providers, rootPath, signal), loadFactsReader(options.watchedGlobals)]);
  const known = new Set(listed.sources);
  const regular = new Set<string>(); // read, so no links to folders
  const isSource = (file: string) => known.has(file);
  const guard = createManifestGuard(providers, rootPath, (file) => regular.has(file));
  let plain: ImportResolver | undefined;
  let full: ImportResolver | undefined;
  const loadFull = async (): Promise<ImportResolver> => {
    const manifests = await readManifests(providers, rootPath, listed.manifests);
    return loadImportResolver({ rootPath, isSource, manifests, packages: workspacePackages(manifests), guard });
  };
  return {
    rootPath, allFiles: listed.all, files: listed.sources,
    async read(files) {
      const { facts, unread, absent } = await readSources(providers, rootPath, files, reader, signal);
      for (const file of absent) known.delete(file);
      for (const one of facts) regular.add(one.file);
      // The manifests of a large monorepo cost more than one file's whole check; its relative imports do not need them.
      plain ??= await loadImportResolver({ rootPath, isSource, manifests: new Map(), packages: new Map(), guard });
      const plainResolver = plain;
      const needsManifests = full !== undefined || files.length > 50 || (await Promise.all(facts.map(plainResolver))).some((one) => one.imports.some(isOpenQuestion));
      full = needsManifests ? full ?? await loadFull() : undefined;
      return { facts: await Promise.all(facts.map(full ?? plainResolver)), unread };
    },
  };
}

function isOpenQuestion(fact: ResolvedFacts["imports"][number]): boolean {
  return fact.specifier !== undefined && (fact.target.kind === "unresolved" || fact.target.kind === "asset");
}
