// One repository held ready between edits: its list of files, its manifests and the facts of files seen, each believed only while the disk agrees.
import type { Configuration } from "../../../base/config-section.ts";
import type { Providers } from "../../../providers/index.ts";
import { type LintConfiguration, readLintConfiguration } from "../config/lint-configuration.ts";
import { createMemoryCache, type FactsCache } from "../repo/facts-cache.ts";
import { isSource, type ListedFiles, listFiles } from "../repo/list-files.ts";
import { isAnswerSame } from "../repo/looks.ts";
import { openSources, type Sources } from "../repo/open-sources.ts";
import { stampText } from "../repo/stamps.ts";
import { requestFacts } from "../service/facts-request.ts";
import { newFindings } from "../service/hook.ts";
import type { Finding } from "../types/finding.ts";
import { createFileChecker, type FileChecker } from "./check-files.ts";
import { relativeTo } from "./check.ts";

/** An import that leads nowhere may lead to a file of this very moment; asking git more often than this only makes edits slow. */
const listAgeMsMin = 1_000;
/** Files that a shell command touched; more at once is a checkout or a generator, whose findings the next check tells. */
const touchedMax = 20;

export interface CheckSessionOptions {
  readonly providers: Providers;
  readonly rootPath: string;
  /** Rejects with CONFIG_INVALID. */
  loadConfiguration(): Promise<Configuration>;
  readonly signal?: AbortSignal;
}

export interface CheckSession {
  /** All findings in these files (absolute or relative to the root). */
  check(files: readonly string[]): Promise<readonly Finding[]>;
  /** Findings in this text if it stood in this file (relative to the root). */
  checkText(file: string, text: string): Promise<readonly Finding[]>;
  /** Those of them that the file of the last commit does not have. */
  checkNew(files: readonly string[]): Promise<readonly Finding[]>;
  /** Sources that were written since the last call of this function, or since the session began; relative to the root. */
  touched(): Promise<readonly string[]>;
  /** Lists the files again; without it new files are noticed when one of them is asked for. */
  refresh(): Promise<void>;
}

interface View { readonly configurationStamp: string; readonly configuration: LintConfiguration; readonly sources: Sources; readonly checker: FileChecker }

export function createCheckSession(options: CheckSessionOptions): CheckSession {
  const { providers, rootPath, signal } = options;
  const disk = providers.files.now;
  let listed: ListedFiles | undefined;
  let listedAtMs = 0;
  let touchedAtMs = Date.parse(providers.clock.nowIso());
  let view: View | undefined;
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
  const isCurrent = (one: View, stamp: string): boolean => one.configurationStamp === stamp && (one.sources.looks()?.every((look) => look[0] !== "read" || isAnswerSame(disk, look)) ?? false);
  const open = async (): Promise<View> => {
    const facts = disk.facts(`${rootPath}/inspan.yaml`);
    const configurationStamp = facts === undefined ? "" : stampText(facts);
    if (view !== undefined && isCurrent(view, configurationStamp)) { view.sources.renew(); return view; }
    if (listed === undefined) await refresh();
    const configuration = view?.configurationStamp === configurationStamp ? view.configuration : readLintConfiguration(await options.loadConfiguration());
    const request = requestFacts(configuration);
    if (memory?.request !== JSON.stringify(request)) memory = { request: JSON.stringify(request), cache: createMemoryCache() };
    const sources = await openSources({ providers, rootPath, request, memory: memory.cache, ...(listed === undefined ? {} : { listed }), ...(signal === undefined ? {} : { signal }) });
    view = { configurationStamp, configuration, sources, checker: createFileChecker({ providers, configuration, sources }) };
    return view;
  };
  const answer = async (files: readonly string[]): Promise<{ readonly view: View; readonly findings: readonly Finding[] }> => {
    let current = await open();
    const relative = files.map((file) => relativeTo(current.sources.rootPath, rootPath, file));
    // A file that is not in the list may have been made just now.
    const isUnlisted = relative.some((file) => isSource(file) && !current.sources.files.includes(file) && disk.facts(`${current.sources.rootPath}/${file}`)?.kind === "file");
    if (isUnlisted) { await refresh(); current = await open(); }
    let found = await current.checker.check(relative);
    if (found.isAnyUnresolved && !isUnlisted && providers.clock.monotonicMs() - listedAtMs > listAgeMsMin) {
      const before = current;
      await refresh();
      current = await open();
      if (current !== before) found = await current.checker.check(relative);
    }
    return { view: current, findings: found.findings };
  };
  return {
    refresh,
    check: async (files) => (await answer(files)).findings,
    checkText: async (file, text) => (await open()).checker.checkText(file, text),
    async checkNew(files) {
      const { view: current, findings } = await answer(files);
      const fresh: Finding[] = [];
      for (const file of new Set(findings.map((finding) => finding.file))) {
        const own = findings.filter((finding) => finding.file === file && !finding.baselined);
        const committed = own.length === 0 ? undefined : await textOfHead(providers, current.sources.rootPath, file, signal);
        fresh.push(...newFindings(own, committed === undefined ? [] : await current.checker.checkText(file, committed)));
      }
      return fresh;
    },
    async touched() {
      const sinceMs = touchedAtMs;
      touchedAtMs = Date.parse(providers.clock.nowIso());
      await refresh();
      const { sources } = await open();
      const found = sources.files.filter((file) => (sources.stamps.of(file)?.modifiedMs ?? 0) > sinceMs);
      return found.length > touchedMax ? [] : found;
    },
  };
}

/** Undefined where there is no commit, or it does not have the file. */
async function textOfHead(providers: Providers, rootPath: string, file: string, signal: AbortSignal | undefined): Promise<string | undefined> {
  try {
    const result = await providers.git.run(["cat-file", "blob", `HEAD:./${file}`], { cwd: rootPath, acceptExitCodes: [1, 128], timeoutMs: 5_000, ...(signal === undefined ? {} : { signal }) });
    return result.exitCode === 0 ? result.stdout : undefined;
  } catch {
    return undefined; // without git every finding of an edited file is new
  }
}
