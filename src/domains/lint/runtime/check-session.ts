// One repository held ready between edits: its list of files, its manifests and the facts of files seen, each believed only while the disk agrees.
import type { Configuration } from "../../../base/config-section.ts";
import type { Providers } from "../../../providers/index.ts";
import { type LintConfiguration, readLintConfiguration } from "../config/lint-configuration.ts";
import { createMemoryCache, type FactsCache } from "../repo/facts-cache.ts";
import { isSource, type ListedFiles, listFiles } from "../repo/list-files.ts";
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

  const committed = createCommitted(providers, signal);

  const refresh = async (): Promise<void> => {
    const real = await providers.files.realPath(rootPath) ?? rootPath;
    const next = await listFiles(providers, real, signal);
    listedAtMs = providers.clock.monotonicMs();
    const isSame = listed !== undefined && listed.files.length === next.files.length && listed.files.every((file, at) => file === next.files[at]);
    if (isSame) return;
    listed = next;
    view = undefined;
  };
  const isCurrent = (one: View, stamp: string): boolean => one.configurationStamp === stamp && one.sources.areManifestsSame();
  const open = async (files: readonly string[]): Promise<View> => {
    const facts = disk.facts(`${rootPath}/inspan.yaml`);
    const configurationStamp = facts === undefined ? "" : stampText(facts);
    if (view !== undefined && isCurrent(view, configurationStamp)) { view.sources.renew(files.map((file) => relativeTo(rootPath, rootPath, file))); return view; }
    if (listed === undefined) await refresh();
    const configuration = view?.configurationStamp === configurationStamp ? view.configuration : readLintConfiguration(await options.loadConfiguration());
    const request = requestFacts(configuration);
    if (memory?.request !== JSON.stringify(request)) memory = { request: JSON.stringify(request), cache: createMemoryCache() };
    const sources = await openSources({ providers, rootPath, request, memory: memory.cache, ...(listed === undefined ? {} : { listed }), ...(signal === undefined ? {} : { signal }) });
    view = { configurationStamp, configuration, sources, checker: createFileChecker({ providers, configuration, sources }) };
    return view;
  };
  const answer = async (files: readonly string[]): Promise<{ readonly view: View; readonly findings: readonly Finding[] }> => {
    let current = await open(files);
    const relative = files.map((file) => relativeTo(current.sources.rootPath, rootPath, file));
    // A file that is not in the list may have been made just now.
    const isUnlisted = relative.some((file) => isSource(file) && !current.sources.files.includes(file) && disk.facts(`${current.sources.rootPath}/${file}`)?.kind === "file");
    if (isUnlisted) { await refresh(); current = await open(files); }
    let found = await current.checker.checkBriefly(relative);
    if (found.isAnyUnresolved && !isUnlisted && providers.clock.monotonicMs() - listedAtMs > listAgeMsMin) {
      const before = current;
      await refresh();
      current = await open(files);
      if (current !== before) found = await current.checker.checkBriefly(relative);
    }
    return { view: current, findings: found.findings };
  };
  return {
    refresh,
    async check(files) {
      const { view: current } = await answer(files);
      return (await current.checker.check(files.map((file) => relativeTo(current.sources.rootPath, rootPath, file)))).findings;
    },
    checkText: async (file, text) => (await open([file])).checker.checkText(file, text),
    async checkNew(files) {
      const { view: current, findings } = await answer(files);
      const fresh: Finding[] = [];
      for (const file of new Set(findings.map((finding) => finding.file))) {
        const own = findings.filter((finding) => finding.file === file && !finding.baselined);
        if (own.length > 0) fresh.push(...newFindings(own, await committed.findings(current.checker, current.sources.rootPath, file)));
      }
      if (fresh.length === 0) return [];
      // Only what is told is worth the search for the best repair.
      const whole = (await current.checker.check([...new Set(fresh.map((finding) => finding.file))])).findings;
      return fresh.map((one) => whole.find((other) => other.id === one.id && other.line === one.line && other.column === one.column) ?? one);
    },
    async touched() {
      const sinceMs = touchedAtMs;
      touchedAtMs = Date.parse(providers.clock.nowIso());
      await refresh();
      const { sources } = await open([]);
      const found = sources.files.filter((file) => (sources.stamps.of(file)?.modifiedMs ?? 0) > sinceMs);
      return found.length > touchedMax ? [] : found;
    },
  };
}

/** Files whose committed findings are remembered; a session that edits more is a generator's. */
const committedMax = 2_000;

interface Committed { findings(checker: FileChecker, rootPath: string, file: string): Promise<readonly Finding[]> }

/** What the last commit's text of a file was found guilty of, remembered until HEAD moves. */
function createCommitted(providers: Providers, signal: AbortSignal | undefined): Committed {
  const known = new Map<string, readonly Finding[]>();
  let log: string | undefined; // the journal of HEAD: git writes to it whenever HEAD moves
  let seen = "";
  return {
    async findings(checker, rootPath, file) {
      log ??= await headLog(providers, rootPath);
      const stamp = log === "" ? undefined : providers.files.now.facts(log);
      if (stamp === undefined || stampText(stamp) !== seen || known.size > committedMax) known.clear();
      seen = stamp === undefined ? "" : stampText(stamp);
      const remembered = known.get(file);
      if (remembered !== undefined) return remembered;
      const text = await textOfHead(providers, rootPath, file, signal);
      const findings = text === undefined ? [] : await checker.checkTextBriefly(file, text);
      if (stamp !== undefined) known.set(file, findings);
      return findings;
    },
  };
}

/** Empty where there is none. */
async function headLog(providers: Providers, rootPath: string): Promise<string> {
  try { return (await providers.git.text(["rev-parse", "--path-format=absolute", "--git-path", "logs/HEAD"], { cwd: rootPath })).trim(); } catch { return ""; } // no git, no repository: nothing is remembered
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
