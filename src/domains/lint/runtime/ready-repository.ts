// A repository opened once and kept: list of files, configuration, manifests, facts in memory; each believed only while the disk agrees.
import type { Configuration } from "../../../base/config-section.ts";
import type { Providers } from "../../../providers/index.ts";
import { isPatternFile } from "../config/rule-files.ts";
import { type LintConfiguration, readLintConfiguration } from "../config/lint-configuration.ts";
import { createMemoryCache, type FactsCache } from "../repo/facts-cache.ts";
import { type ListedFiles, listFiles } from "../repo/list-files.ts";
import { openSources, type Sources } from "../repo/open-sources.ts";
import { stampText } from "../repo/stamps.ts";
import { requestFacts } from "../service/facts-request.ts";
import { createFileChecker, type FileChecker } from "./check-files.ts";
import { relativeTo } from "./relative-to.ts";

export interface ReadyOptions {
  readonly providers: Providers;
  readonly rootPath: string;
  /** Rejects with CONFIG_INVALID. */
  loadConfiguration(): Promise<Configuration>;
  readonly signal?: AbortSignal;
}

export interface ReadyView {
  readonly configurationStamp: string;
  readonly written: Configuration;
  readonly configuration: LintConfiguration;
  readonly sources: Sources;
  readonly checker: FileChecker;
  /** True where the repository keeps rules of its own; asked of all files once. */ readonly hasRules: boolean;
}

export interface ReadyRepository {
  /** The view that is right now; the imports of these files are resolved anew. Rejects with CONFIG_INVALID. */
  open(files: readonly string[]): Promise<ReadyView>;
  /** Lists the files again. */
  refresh(): Promise<void>;
  /** Milliseconds since the files were listed. */
  listAgeMs(): number;
}

export function createReadyRepository(options: ReadyOptions): ReadyRepository {
  const { providers, rootPath, signal } = options;
  const disk = providers.files.now;
  let listed: ListedFiles | undefined;
  let listedAtMs = 0;
  let view: ReadyView | undefined;
  let memory: { readonly request: string; readonly cache: FactsCache } | undefined;

  const refresh = async (): Promise<void> => {
    const real = await providers.files.realPath(rootPath) ?? rootPath;
    const next = await listFiles(providers, real, signal);
    listedAtMs = providers.clock.monotonicMs();
    const isSame = listed !== undefined && listed.files.length === next.files.length && listed.files.every((file, at) => file === next.files[at]);
    if (isSame) return;
    listed = next;
    view = undefined;
  };
  const isCurrent = (one: ReadyView, stamp: string): boolean => one.configurationStamp === stamp && one.sources.areManifestsSame();
  const open = async (files: readonly string[]): Promise<ReadyView> => {
    const facts = disk.facts(`${rootPath}/inspan.yaml`);
    const configurationStamp = facts === undefined ? "" : stampText(facts);
    if (view !== undefined && isCurrent(view, configurationStamp)) { view.sources.renew(files.map((file) => relativeTo(rootPath, rootPath, file))); return view; }
    if (listed === undefined) await refresh();
    const written = view?.configurationStamp === configurationStamp ? view.written : await options.loadConfiguration();
    const configuration = view?.written === written ? view.configuration : readLintConfiguration(written);
    const request = requestFacts(configuration);
    if (memory?.request !== JSON.stringify(request)) memory = { request: JSON.stringify(request), cache: createMemoryCache() };
    const sources = await openSources({
      providers,
      rootPath,
      request,
      memory: memory.cache,
      ...(listed === undefined ? {} : { listed }),
      ...(signal === undefined ? {} : { signal }),
    });
    view = {
      configurationStamp,
      written,
      configuration,
      sources,
      checker: createFileChecker({ providers, configuration, sources }),
      hasRules: sources.allFiles.some(isPatternFile),
    };
    return view;
  };
  return { open, refresh, listAgeMs: () => providers.clock.monotonicMs() - listedAtMs };
}
