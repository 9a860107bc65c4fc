// One repository held ready between edits: its list of files, its manifests and the facts of files seen, each believed only while the disk agrees.
import { isSource } from "../repo/list-files.ts";
import { newFindings } from "../service/hook.ts";
import type { Finding } from "../types/finding.ts";
import { relativeTo } from "./relative-to.ts";
import type { FileAnswer } from "./check-files.ts";
import { type Contributed } from "./contributed.ts";
import { checkContributedNew, checkContributedText, isAnsweredAtOnce } from "./contributed-files.ts";
import { createCommitted } from "./committed-findings.ts";
import { createReadyRepository, type ReadyOptions, type ReadyRepository, type ReadyView } from "./ready-repository.ts";

/** An import that leads nowhere may lead to a file of this very moment; asking git more often than this only makes edits slow. */
const listAgeMsMin = 1_000;
/** Files that a shell command touched; more at once is a checkout or a generator, whose findings the next check tells. */
const touchedMax = 20;

export interface CheckSessionOptions extends ReadyOptions {
  /** Rules of other domains; without them documents are not answered for. */
  contributed?(): Promise<Contributed>;
}

export interface CheckSession {
  /** All findings in these files (absolute or relative to the root). */
  check(files: readonly string[]): Promise<readonly Finding[]>;
  /** The answer of a check of these files (relative to the root); undefined where one is none of the repository's sources, or ignored. */
  report(files: readonly string[]): Promise<FileAnswer | undefined>;
  /** Findings in this text if it stood in this file (relative to the root), a source or a document; none in what nobody answers for. */
  checkText(file: string, text: string): Promise<readonly Finding[]>;
  /** Those of them that the file of the last commit does not have. */
  checkNew(files: readonly string[]): Promise<readonly Finding[]>;
  /** Sources and documents that were written since the last call of this function, or since the session began; relative to the root. */
  touched(): Promise<readonly string[]>;
  /** Lists the files again; without it new files are noticed when one of them is asked for. */
  refresh(): Promise<void>;
}

export function createCheckSession(options: CheckSessionOptions): CheckSession {
  const { providers, rootPath, signal } = options;
  const disk = providers.files.now;
  const ready = createReadyRepository(options);
  const { open, refresh } = ready;
  const committed = createCommitted(providers, signal);
  let touchedAtMs = Date.parse(providers.clock.nowIso());
  const answer = async (files: readonly string[]): Promise<{ readonly view: ReadyView; readonly findings: readonly Finding[] }> => {
    let current = await open(files);
    const relative = files.map((file) => relativeTo(current.sources.rootPath, rootPath, file));
    // A file that is not in the list may have been made just now.
    const isUnlisted = relative.some((file) => isSource(file) && !current.sources.files.includes(file) && disk.facts(`${current.sources.rootPath}/${file}`)?.kind === "file");
    if (isUnlisted) { await refresh(); current = await open(files); }
    let found = await current.checker.checkBriefly(relative);
    if (found.isAnyUnresolved && !isUnlisted && ready.listAgeMs() > listAgeMsMin) {
      const before = current;
      await refresh();
      current = await open(files);
      if (current !== before) found = await current.checker.checkBriefly(relative);
    }
    return { view: current, findings: found.findings };
  };
  /** New findings of other domains' rules; these files are listed anew, since a document names others that may have come with it. */
  const othersNew = async (view: ReadyView, files: readonly string[]): Promise<readonly Finding[]> => {
    // Of sources only rules of the repository itself say something beside our own.
    const relative = files.map((file) => relativeTo(view.sources.rootPath, rootPath, file)).filter((file) => !isSource(file) || view.hasRules);
    const contributed = relative.length === 0 ? undefined : await options.contributed?.();
    if (contributed === undefined || !relative.some((file) => isAnsweredAtOnce(contributed, file))) return [];
    if (relative.some((file) => !isSource(file))) await refresh();
    const { sources, written, configuration } = await open([]);
    return checkContributedNew({ contributed, rootPath: sources.rootPath, written, configuration, allFiles: sources.allFiles, ...(signal === undefined ? {} : { signal }) }, relative);
  };
  return {
    refresh,
    async check(files) {
      const { view: current } = await answer(files);
      return (await current.checker.check(files.map((file) => relativeTo(current.sources.rootPath, rootPath, file)))).findings;
    },
    async report(files) {
      const { view: { sources, checker } } = await answer(files);
      const relative = files.map((file) => relativeTo(sources.rootPath, rootPath, file));
      return relative.every((file) => sources.files.includes(file)) ? checker.check(relative) : undefined;
    },
    checkText: async (file, text) => (isSource(file) ? (await open([file])).checker.checkText(file, text) : checkPageText({ options, open }, file, text)),
    async checkNew(files) {
      const { view: current, findings } = await answer(files);
      const others = await othersNew(current, files);
      const fresh: Finding[] = [];
      for (const file of new Set(findings.map((finding) => finding.file))) {
        const own = findings.filter((finding) => finding.file === file && !finding.baselined);
        if (own.length > 0) fresh.push(...newFindings(own, await committed.findings(current.checker, current.sources.rootPath, file)));
      }
      if (fresh.length === 0) return others;
      // Only what is told is worth the search for the best repair.
      const whole = (await current.checker.check([...new Set(fresh.map((finding) => finding.file))])).findings;
      return [...fresh.map((one) => whole.find((other) => other.id === one.id && other.line === one.line && other.column === one.column) ?? one), ...others];
    },
    async touched() {
      const sinceMs = touchedAtMs;
      touchedAtMs = Date.parse(providers.clock.nowIso());
      await refresh();
      const { sources } = await open([]);
      const contributed = await options.contributed?.();
      const answered = contributed === undefined ? sources.files : [...new Set([...sources.files, ...sources.allFiles.filter((file) => isAnsweredAtOnce(contributed, file))])];
      const found = answered.filter((file) => (sources.stamps.of(file)?.modifiedMs ?? 0) > sinceMs);
      return found.length > touchedMax ? [] : found;
    },
  };
}

/** What rules of other domains say about a document that holds this text. */
async function checkPageText({ options, open }: { readonly options: CheckSessionOptions; readonly open: ReadyRepository["open"] }, file: string, text: string): Promise<readonly Finding[]> {
  const contributed = await options.contributed?.();
  if (contributed === undefined || !isAnsweredAtOnce(contributed, file)) return [];
  const { sources, written, configuration } = await open([]);
  return checkContributedText(
    {
      contributed,
      rootPath: sources.rootPath,
      written,
      configuration,
      allFiles: sources.allFiles,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    },
    file,
    text,
  );
}
