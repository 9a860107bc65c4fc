// Runs a check: opens the repository, reads facts, lets service decide. The only place of lint that knows the clock.
import type { Configuration } from "../../../base/config-section.ts";
import { defined } from "../../../base/assert.ts";
import { InspanError } from "../../../base/errors.ts";
import type { CheckSubject, Providers } from "../../../providers/index.ts";
import { type LintConfiguration, readLintConfiguration } from "../config/lint-configuration.ts";
import { configurationOf } from "../config/values-configuration.ts";
import { readBaseline, writeBaseline } from "../repo/baseline-file.ts";
import { readProgramStamp } from "../repo/engine-stamp.ts";
import { fingerprint } from "../repo/facts-cache.ts";
import { readVerdict, writeVerdict } from "../repo/verdict-cache.ts";
import { isSource, listChangedFiles, listStagedFiles } from "../repo/list-files.ts";
import { recordFiles } from "../repo/looks.ts";
import { openSources, type Sources } from "../repo/open-sources.ts";
import { readSizes, readStamps, readTexts } from "../repo/read-texts.ts";
import { countOfBaseline, planBaseline, renderBaselineFile } from "../service/baseline.ts";
import { followMoves } from "../service/baseline-moves.ts";
import { type CheckVerdict, finishCheck } from "../service/check.ts";
import { buildGraph } from "../service/graph.ts";
import { formatOfRules } from "../service/importers/index.ts";
import { kindSizes, kindStamps, kindTexts } from "../service/kinds/run.ts";
import { proposeConfiguration } from "../service/proposal/propose.ts";
import { workspaceManifests } from "../service/proposal/workspaces.ts";
import { type Baseline, baselineFile, type BaselineReport } from "../types/baseline.ts";
import type { BoundaryDemand } from "../types/boundary-demand.ts";
import type { ResolvedFacts } from "../types/facts.ts";
import type { Finding } from "../types/finding.ts";
import type { Proposal } from "../types/proposal.ts";
import type { CheckReport, GraphReport } from "../types/report.ts";
import { type ImportedTool, toolOfRule } from "../types/tool-report.ts";
import type { Asked } from "../types/repository-text.ts";
import { checkContributedNew } from "./contributed-files.ts";
import { aloneMax } from "./alone.ts";
import { relativeTo } from "./relative-to.ts";
import { createFileChecker, type FileAnswer } from "./check-files.ts";
import { applySettings, type Contributed, requireKnownRules, runContributed } from "./contributed.ts";
import { runImportRules } from "./import-rules.ts";
import { keptLooks, keptOfContributed, openKeptState, writeKeptState } from "./kept-check.ts";
import { joinLooks, judgeOwn, recordConfiguration, requestOf } from "./own-verdict.ts";
import { openKeeper } from "./recall.ts";
import { type ToolReport, wordReports } from "./tool-findings.ts";

export interface LintOptions {
  readonly providers: Providers;
  /** Absolute path of the repository's root. */
  readonly rootPath: string;
  readonly configuration: Configuration;
  /** Folder for what is kept between checks, in the state folder; nothing is kept without it. */
  readonly statePath?: string;
  readonly signal?: AbortSignal;
}

export interface RunCheckOptions extends LintOptions {
  /** Every file of the repository, where somebody has asked git already. */
  readonly listing?: Promise<readonly string[]>;
  /** Files or folders, absolute or relative to the root; findings elsewhere are left out, coverage stays that of the whole repository. */
  readonly paths?: readonly string[];
  /** Rules of other domains; without them only our own are run. */
  readonly contributed?: Contributed;
  /** What other linters printed; their findings are judged like those of contributed rules. */
  readonly reports?: readonly ToolReport[];
  /** Boundaries that a test says must be there. */
  readonly demand?: BoundaryDemand;
  /** Only findings in files that changed since this commit, or are untracked. */
  readonly changedSince?: string;
  /** Where the change under judgement begins, for rules about changes as a whole; `changedSince` unless told. */
  readonly since?: string;
  /** Only findings in files that are staged for the next commit. */
  readonly isStaged?: boolean;
}

/** The whole check. Rejects with CONFIG_INVALID, PATH_UNKNOWN where a path holds no source file, GIT_FAILED. */
export async function runCheck(options: RunCheckOptions): Promise<CheckReport> {
  const { providers } = options;
  const startedMs = providers.clock.monotonicMs();
  const alone = await judgeAlone(options);
  if (alone !== undefined) return { version: 1, findings: [...alone.findings], coverage: alone.coverage, scope: "files", exceptionsUsed: 0, durationMs: Math.round(providers.clock.monotonicMs() - startedMs) };
  const { verdict, imported, keep } = await judge(options);
  const proposal = verdict.proposal === undefined ? {} : { proposal: await withImported(options, verdict.proposal) };
  const report: CheckReport = {
    version: 1,
    findings: [...verdict.findings],
    coverage: verdict.coverage,
    exceptionsUsed: verdict.exceptionsUsed,
    ...(imported === undefined ? {} : { imported: [...imported] }),
    ...proposal,
    durationMs: Math.round(providers.clock.monotonicMs() - startedMs),
  };
  await keep?.(report);
  return report;
}

export interface UpdateBaselineOptions extends LintOptions {
  readonly contributed: Contributed;
  readonly reports?: readonly ToolReport[];
  /** Findings that are not known yet are taken in, for this reason; without it an update only ever shortens the baseline. */
  readonly acceptReason?: string;
  /** Only what is new of these rules is accepted; everything unless told. */
  readonly acceptRules?: readonly string[];
}

/** Makes the baseline fit what is found now, and says what came and went. Refuses to grow without a reason: nothing is written then. */
export async function updateBaseline(options: UpdateBaselineOptions): Promise<BaselineReport> {
  const { acceptReason, acceptRules, ...rest } = options;
  const { verdict } = await judge(rest);
  const before = await readBaseline(options.providers, options.rootPath);
  const { moves } = verdict;
  const plan = planBaseline(verdict.drafts, followMoves(before, moves), {
    isAccepting: acceptReason !== undefined,
    reason: acceptReason ?? "",
    ...(acceptRules === undefined ? {} : { isAccepted: (rule: string) => acceptRules.includes(rule) }),
    isRun: (rule) => {
      const tool = toolOfRule(rule);
      return tool === undefined || options.reports?.some((one) => one.tool === tool) === true;
    },
  });
  const isRefused = plan.added.length > 0 && acceptReason === undefined;
  const text = renderBaselineFile(plan.next);
  const isWritten = !isRefused && (before === undefined ? plan.next.entries.length > 0 : renderBaselineFile(before) !== text);
  if (isWritten) await writeBaseline(options.providers, options.rootPath, text);
  return {
    version: 1,
    isWritten,
    isRefused,
    file: baselineFile,
    before: countOfBaseline(before),
    after: countOfBaseline(isRefused ? before : plan.next),
    moved: moves.map(({ entry, from, to }) => ({ rule: entry.rule, from: entry.from, to: entry.to, nowFrom: from, nowTo: to })),
    removed: [...plan.removed],
    added: [...plan.added],
    left: [...plan.left],
  };
}

/** Single source files are answered without reading the others; undefined where a folder, a document or more than a few files are asked for. */
async function judgeAlone(options: RunCheckOptions): Promise<FileAnswer | undefined> {
  const { paths = [], changedSince, isStaged, rootPath } = options;
  if (paths.length === 0 || paths.length > aloneMax || options.reports !== undefined || options.demand !== undefined || changedSince !== undefined || isStaged === true) return undefined;
  const real = await options.providers.files.realPath(rootPath) ?? rootPath;
  const files = paths.map((path) => relativeTo(real, rootPath, path));
  if (!files.every((file) => isSource(file) && options.providers.files.now.facts(`${real}/${file}`)?.kind === "file")) return undefined;
  const configuration = readLintConfiguration(options.configuration);
  if (options.contributed !== undefined) requireKnownRules(options.contributed, configuration);
  const sources = await open(options, configuration);
  // One that git ignores is told by the way of the whole check.
  return files.every((file) => sources.files.includes(file)) ? createFileChecker({ providers: options.providers, configuration, sources }).check(files) : undefined;
}

interface Judged { readonly verdict: CheckVerdict; readonly imported?: readonly ImportedTool[]; /** Writes the answer down for the next check; there where the whole was checked. */ readonly keep?: (report: CheckReport) => Promise<void> }

async function judge(given: RunCheckOptions): Promise<Judged> {
  return given.providers.telemetry.span("lint.check", {}, async (span) => {
    const { signal } = given;
    const recorded = recordConfiguration(given.configuration);
    const configuration = readLintConfiguration(recorded.configuration);
    if (given.contributed !== undefined) requireKnownRules(given.contributed, configuration);
    const sources = await open(given, configuration);
    const isWanted = await wantedOf(given, sources);
    const program = await readProgramStamp(given.providers.files);
    const keeper =
      given.contributed === undefined || isWanted !== undefined || given.reports !== undefined || given.demand !== undefined || sources.cachePath === undefined
        ? undefined
        : await openKeeper(given.providers, sources.cachePath, { ...sources, program });
    const asking = recordFiles(given.providers.files, (path) => sources.isListed(path) || (given.statePath !== undefined && path.startsWith(given.statePath)));
    const options = keeper === undefined ? given : withFiles(given, asking.files);
    const asked = await readAsked(options, configuration, sources);
    const known = { configuration, asked, today: today(options.providers) };
    const state = await openKeptState({ options: given, sources, known, program, recorded: recorded.values });
    // The rules of other domains read what they need while the sources are read, and ask git while these are judged.
    let judging: ReturnType<typeof judgeOwn> | undefined;
    const declared = new Promise<ReadonlySet<string>>((resolve, reject) => {
      judging = judgeOwn({ options: given, sources, known, state, onNames: resolve });
      judging.catch(reject);
    });
    declared.catch(() => undefined); // told by the judging itself
    const declaredNames = (): Promise<ReadonlySet<string>> => declared;
    const left = new Map<string, unknown>();
    const keptOf = state === undefined ? {} : { keptOf: (name: string) => keptOfContributed(state, given.providers.files.now, name) };
    const keeping = keeper === undefined ? keptOf : { ...keptOf, keep: (name: string, value: unknown) => { left.set(name, value); } };
    const subject: CheckSubject = { rootPath: sources.rootPath, configuration: options.configuration, files: sources.allFiles, isWanted, declaredNames, ...sinceOf(options), ...keeping, ...openStored(given, sources, program) };
    const [answer, contributed] = await Promise.all([defined(judging, "the judging to have begun"), options.contributed === undefined ? undefined : runContributed(options.contributed, subject, configuration)]);
    const { own } = answer;
    signal?.throwIfAborted();
    const foreignLooks = state === undefined || keeper === undefined ? asking.looks() : joinLooks(keptLooks(state, given.providers.files.now), asking.looks());
    // A part leaves what the whole left: it asks other domains about less.
    if (state !== undefined && answer.kept !== undefined && (keeper !== undefined || state.kept === undefined))
      await writeKeptState(given.providers.files, state, {
        ...answer.kept,
        stamps: state.stamps,
        contributed:
          keeper === undefined || foreignLooks === undefined ? undefined : { key: state.contributedKey, looks: foreignLooks, values: Object.fromEntries(left) },
      });
    const imported = options.reports === undefined ? undefined : await wordReports({ providers: options.providers, rootPath: sources.rootPath, allFiles: sources.allFiles, reports: options.reports });
    const foreign = imported === undefined ? {} : { imported: { drafts: applySettings(imported.drafts, subject, configuration), tools: imported.tools.map((one) => one.tool) } };
    const verdict = finishCheck(
      {
        ...known,
        allFiles: sources.allFiles,
        ...(isWanted === undefined ? {} : { isWanted }),
        ...(contributed === undefined ? {} : { contributed }),
        ...foreign,
        ...(options.demand === undefined ? {} : { demand: options.demand }),
        ...(await baselineOf(options, sources)),
      },
      own,
    );
    span.set({ files: verdict.coverage.files, findings: verdict.findings.length });
    // What the proposal of a repository without inspan.yaml rests on is not written down.
    const judged: Judged = imported === undefined ? { verdict } : { verdict, imported: imported.tools };
    if (keeper === undefined || verdict.proposal !== undefined) return judged;
    return { ...judged, keep: (report) => keeper.keep(report, [answer.looks, foreignLooks]) };
  });
}

/** The same options, with every file that is asked for from here on written down. */
function withFiles(options: RunCheckOptions, files: Providers["files"]): RunCheckOptions {
  const providers = { ...options.providers, files };
  return { ...options, providers, ...(options.contributed === undefined ? {} : { contributed: { ...options.contributed, context: { ...options.contributed.context, providers } } }) };
}

export async function runGraph(options: LintOptions): Promise<GraphReport> {
  const configuration = readLintConfiguration(options.configuration);
  const sources = await open(options, configuration);
  const { facts } = await sources.read(sources.files);
  return buildGraph(facts, configuration);
}

/** A configuration of another tool that cannot be read here is that tool's own matter. */
async function withImported(options: RunCheckOptions, proposal: Proposal): Promise<Proposal> {
  const entries = await options.providers.files.list(options.rootPath);
  if (!entries.some((entry) => entry.kind === "file" && formatOfRules(entry.name) !== undefined)) return proposal;
  try {
    const { file, rules } = await runImportRules({ providers: options.providers, rootPath: options.rootPath, isWriting: false, ...(options.signal === undefined ? {} : { signal: options.signal }) });
    return rules === 0 ? proposal : { ...proposal, imported: { file, rules } };
  } catch (error) {
    if (error instanceof InspanError) return proposal;
    throw error;
  }
}

/** What an inspan.yaml of this repository could say about its domains and layers, whether it has one or not. */
export async function proposeFor(
  options: Omit<LintOptions, "configuration"> & {
    /** Every file of the repository, where somebody has asked git already. */ readonly listing?: Promise<readonly string[]>;
    /** Its rules say what else is read of each file, so that a check after this one finds it kept. */ readonly configuration?: Configuration;
  },
): Promise<Proposal> {
  const configuration = readLintConfiguration(options.configuration ?? configurationOf({}));
  const sources = await open(options, configuration);
  const [{ facts }, texts] = await Promise.all([sources.read(sources.files), readTexts(options.providers, sources.rootPath, workspaceManifests)]);
  return proposeConfiguration({ files: facts, allFiles: sources.allFiles, textOf: (file) => texts.get(file)?.text });
}

/**
 * The answer right after an edit: findings in these files only (absolute or relative to the root), without cycles and coverage.
 * With `contributed`, documents among them are answered for too: what their text of the last commit does not have. Files that are gone or ignored give nothing.
 */
export async function checkFiles(options: LintOptions & { readonly files: readonly string[]; readonly contributed?: Contributed }): Promise<readonly Finding[]> {
  const configuration = readLintConfiguration(options.configuration);
  const { contributed, ...rest } = options;
  const sources = await open(rest, configuration);
  const checker = createFileChecker({ providers: options.providers, configuration, sources });
  const files = options.files.map((file) => relativeTo(sources.rootPath, options.rootPath, file));
  const { findings } = await checker.check(files);
  if (contributed === undefined) return findings;
  return [
    ...findings,
    ...(await checkContributedNew(
      {
        contributed,
        rootPath: sources.rootPath,
        written: options.configuration,
        configuration,
        allFiles: sources.allFiles,
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      },
      files,
    )),
  ];
}

/** Texts of other domains between checks, beside our own. */
function openStored({ providers: { files } }: LintOptions, { cachePath }: Sources, program: string): Pick<CheckSubject, "readStored" | "writeStored"> {
  if (cachePath === undefined) return {};
  const key = fingerprint(program);
  return {
    readStored: (name) => { const text = readVerdict(files, cachePath, key, name); return text === undefined ? undefined : JSON.parse(text) as unknown; }, // written below, with a checksum
    writeStored: (name, value) => writeVerdict(files, cachePath, key, JSON.stringify(value), name),
  };
}

function sinceOf({ since, changedSince }: RunCheckOptions): { readonly since?: string } {
  const found = since ?? changedSince;
  return found === undefined ? {} : { since: found };
}

async function readAsked(options: LintOptions, configuration: LintConfiguration, sources: Sources): Promise<Asked> {
  const { providers } = options;
  const { allFiles, rootPath } = sources;
  const manifests = configuration.isWritten ? [] : workspaceManifests;
  const texts = await readTexts(providers, rootPath, [...new Set([...kindTexts(configuration, allFiles), ...manifests])]);
  const [stamps, sizes] = await Promise.all([readStamps(providers, rootPath, kindStamps(configuration, allFiles)), readSizes(providers, rootPath, kindSizes(configuration, texts))]);
  return { allFiles, texts, stamps, sizes };
}

async function baselineOf(options: LintOptions, sources: Sources): Promise<{ readonly baseline?: Baseline }> {
  const baseline = await readBaseline(options.providers, sources.rootPath);
  return baseline === undefined ? {} : { baseline };
}

async function open(options: Omit<LintOptions, "configuration"> & { readonly contributed?: Contributed; readonly listing?: Promise<readonly string[]> }, configuration: LintConfiguration): Promise<Sources> {
  const files = await options.listing;
  const listed = files === undefined ? {} : { listed: { files, sources: files.filter(isSource) } };
  return openSources({
    providers: options.providers,
    rootPath: options.rootPath,
    request: requestOf(options, { configuration }),
    ...listed,
    ...(options.statePath === undefined ? {} : { statePath: options.statePath }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
}

async function wantedOf(options: RunCheckOptions, sources: Sources): Promise<((file: string) => boolean) | undefined> {
  const tests: ((file: string) => boolean)[] = [];
  if (options.paths !== undefined && options.paths.length > 0) {
    const paths = options.paths.map((path) => relativeTo(sources.rootPath, options.rootPath, path));
    for (const [at, path] of paths.entries()) {
      if (path === "" || sources.allFiles.some((file) => file === path || file.startsWith(`${path}/`))) continue;
      throw new InspanError("PATH_UNKNOWN", `Cannot check "${options.paths[at] ?? path}": no file of the repository lies there, expected a file or folder below its root.`, { kind: "usage", remedy: "inspan check" });
    }
    if (!paths.includes("")) tests.push((file) => paths.some((path) => file === path || file.startsWith(`${path}/`)));
  }
  if (options.changedSince !== undefined) {
    const changed = new Set(await listChangedFiles(options.providers, sources.rootPath, options.changedSince, options.signal));
    tests.push((file) => changed.has(file));
  }
  if (options.isStaged === true) {
    const staged = new Set(await listStagedFiles(options.providers, sources.rootPath, options.signal));
    tests.push((file) => staged.has(file));
  }
  return tests.length === 0 ? undefined : (file) => tests.every((test) => test(file));
}

export function today(providers: Providers): string {
  return providers.clock.nowIso().slice(0, 10);
}
