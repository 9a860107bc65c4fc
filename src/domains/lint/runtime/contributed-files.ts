// Rules of other domains about single files right after an edit (documents): what is new in them against the last commit's text.
import type { Configuration } from "../../../base/config-section.ts";
import type { CheckSubject, ContributedCheck, Files, OperationContext, Providers } from "../../../providers/index.ts";
import type { LintConfiguration } from "../config/lint-configuration.ts";
import { readBaseline } from "../repo/baseline-file.ts";
import { finishCheck, type OwnVerdict } from "../service/check.ts";
import { newFindings } from "../service/hook.ts";
import type { Finding } from "../types/finding.ts";
import { textOfHead } from "./committed-findings.ts";
import type { Contributed } from "./contributed.ts";
import { runContributed } from "./contributed.ts";

export interface ContributedFilesInput {
  readonly contributed: Contributed;
  /** Links resolved. */
  readonly rootPath: string;
  readonly written: Configuration;
  readonly configuration: LintConfiguration;
  /** Every file of the repository. */
  readonly allFiles: readonly string[];
  readonly signal?: AbortSignal;
}

/** Which files a rule of another domain answers for at once; the others wait for the next check. */
export function isAnsweredAtOnce({ checks }: Contributed, file: string): boolean {
  return checks.some((check) => check.answersFor?.(file) === true);
}

/** Findings in these files (relative to the root) that their text of the last commit does not have; none in files that no rule answers for. */
export async function checkContributedNew(input: ContributedFilesInput, named: readonly string[]): Promise<readonly Finding[]> {
  const { contributed: { checks, context }, allFiles, rootPath } = input;
  const files = named.filter((file) => allFiles.includes(file));
  const wanted = checks.filter((check) => files.some((file) => check.answersFor?.(file) === true));
  if (wanted.length === 0) return [];
  const now = (await judge(input, { checks: wanted, context, files, allFiles })).filter((finding) => !finding.baselined);
  if (now.length === 0) return [];
  const before = new Map<string, string | undefined>();
  for (const file of new Set(now.map((finding) => finding.file))) before.set(file, await textOfHead(context.providers, rootPath, file, input.signal));
  const there = allFiles.filter((file) => !before.has(file) || before.get(file) !== undefined);
  const old = { ...context, providers: withTexts(context.providers, new Map([...before].map(([file, text]) => [`${rootPath}/${file}`, text]))) };
  const known = await judge(input, { checks: wanted, context: old, files: [...before.keys()], allFiles: there });
  return newFindings(now, known);
}

/** All findings in this file if it held this text. */
export async function checkContributedText(input: ContributedFilesInput, file: string, text: string): Promise<readonly Finding[]> {
  const { contributed: { checks, context }, rootPath } = input;
  const wanted = checks.filter((check) => check.answersFor?.(file) === true);
  if (wanted.length === 0) return [];
  const typed = { ...context, providers: withTexts(context.providers, new Map([[`${rootPath}/${file}`, text]])) };
  return judge(input, { checks: wanted, context: typed, files: [file], allFiles: [...new Set([...input.allFiles, file])] });
}

interface Judged { readonly checks: readonly ContributedCheck[]; readonly context: OperationContext; readonly files: readonly string[]; readonly allFiles: readonly string[] }

/** Every name counts as declared: to know the real ones all sources would have to be read. */
const anyName: ReadonlySet<string> = Object.assign(new Set<string>(), { has: () => true });
const nothingOwn: OwnVerdict = {
  drafts: [],
  orderDrafts: [],
  coverageDrafts: [],
  coverage: { files: 0, filesInNoLayer: 0, filesUnread: 0, importsTotal: 0, importsUnresolved: 0, edges: 0, edgesBetweenLayers: 0 },
};

async function judge(input: ContributedFilesInput, { checks, context, files, allFiles }: Judged): Promise<readonly Finding[]> {
  const { configuration, rootPath } = input;
  const isWanted = (file: string): boolean => files.includes(file);
  const subject: CheckSubject = { rootPath, configuration: input.written, files: allFiles, isWanted, isBrief: true, declaredNames: async () => anyName };
  const contributed = await runContributed({ checks, context }, subject, configuration);
  const baseline = await readBaseline(context.providers, rootPath);
  return finishCheck(
    { configuration, contributed, today: context.providers.clock.nowIso().slice(0, 10), isWanted, ...(baseline === undefined ? {} : { baseline }) },
    nothingOwn,
  ).findings;
}

/** The same world, where these files hold another text. */
function withTexts(providers: Providers, texts: ReadonlyMap<string, string | undefined>): Providers {
  const { files } = providers;
  const overlaid: Files = {
    ...files,
    readText: async (path) => (texts.has(path) ? texts.get(path) : files.readText(path)),
    readBytes: async (path) => { const text = texts.get(path); return text === undefined ? files.readBytes(path) : new TextEncoder().encode(text); },
  };
  return { ...providers, files: overlaid };
}
