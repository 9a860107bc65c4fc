// From facts to a verdict: all rules, then exceptions, then order. Pure: no clock, no files; today comes in as a date.
import type { LintConfiguration } from "../config/lint-configuration.ts";
import type { Baseline } from "../types/baseline.ts";
import type { ManifestNote, ResolvedFacts, UnreadFile } from "../types/facts.ts";
import type { Finding, FindingDraft } from "../types/finding.ts";
import type { Coverage } from "../types/report.ts";
import { type ToolName, toolOfRule } from "../types/tool-report.ts";
import type { Asked } from "../types/repository-text.ts";
import { checkBaseline } from "./baseline.ts";
import { type BaselineMove, findMoves } from "./baseline-moves.ts";
import type { BoundaryDemand } from "../types/boundary-demand.ts";
import { checkDemand } from "./boundaries.ts";
import { checkCoverage, countOtherLanguages, measureCoverage } from "./coverage.ts";
import { ruleNames } from "./explain.ts";
import { indexFacts } from "./facts-index.ts";
import { type FileVerdict, judgeFiles } from "./file-verdict.ts";
import { checkNotes, checkUnread } from "./file-rules.ts";
import { checkCycles, checkUnassigned } from "./graph-rules.ts";
import type { KindInput } from "./kinds/kind.ts";
import { checkAllKinds, countNotSeen } from "./kinds/run.ts";
import { placesOf } from "./places.ts";
import { proposeConfiguration } from "./proposal/propose.ts";
import type { Proposal } from "../types/proposal.ts";
import { applyExceptions, settle } from "./settle.ts";

export interface CheckInput {
  readonly configuration: LintConfiguration;
  readonly files: readonly ResolvedFacts[];
  readonly unread: readonly UnreadFile[];
  /** What resolution could not follow in manifests. */
  readonly notes?: readonly ManifestNote[];
  /** Findings of rules that other domains contribute. */
  readonly contributed?: readonly FindingDraft[];
  /** Findings of other linters, and whose they are. */
  readonly imported?: { readonly drafts: readonly FindingDraft[]; readonly tools: readonly ToolName[] };
  /** Boundaries that must be there. */
  readonly demand?: BoundaryDemand;
  /** What kindTexts(), kindStamps() and kindSizes() asked for. */
  readonly asked: Asked;
  /** Known findings; they are shown as such and fail nothing. */
  readonly baseline?: Baseline;
  /** YYYY-MM-DD; exceptions end after their last day. */
  readonly today: string;
  /** Only findings in these files are wanted; what lies outside still counts as facts. */
  readonly isWanted?: (file: string) => boolean;
}

export interface CheckVerdict {
  /** Sorted by file, line, column and rule. */
  readonly findings: readonly Finding[];
  /** What the findings were made of, before the baseline. */
  readonly drafts: readonly FindingDraft[];
  /** Known findings that are under another path now. */
  readonly moves: readonly BaselineMove[];
  readonly coverage: Coverage;
  readonly exceptionsUsed: number;
  readonly proposal?: Proposal;
}

/** What our own rules say about the facts alone: nothing in it depends on other domains' rules, exceptions or the baseline. */
export interface OwnVerdict {
  readonly drafts: readonly FindingDraft[];
  /** About domains that the order does not name; only the whole check tells them. */
  readonly orderDrafts: readonly FindingDraft[];
  /** Findings about the check itself; no exception excuses them. */
  readonly coverageDrafts: readonly FindingDraft[];
  readonly coverage: Coverage;
  /** Where there is no inspan.yaml. */
  readonly proposal?: Proposal;
}

/** What rules are given; places and questions across files are remembered in it. */
export function kindInputOf(input: CheckInput): KindInput {
  return { ...input.asked, configuration: input.configuration, placeOf: placesOf(input.configuration), index: indexFacts(input.files), today: input.today };
}

/** From the verdicts about each of `input.files`, in their order, to that about the repository. */
export function decideWhole(input: CheckInput, verdicts: readonly FileVerdict[], known: KindInput): OwnVerdict {
  const { configuration, files, unread } = input;
  const { placeOf } = known;
  const paths = verdicts.map((one) => one.file);
  const drafts = [
    ...verdicts.flatMap((one) => one.drafts),
    ...checkAllKinds(known),
    ...checkUnread(unread),
    ...checkNotes(input.notes ?? []),
    ...checkCycles(verdicts, configuration),
    ...checkUnassigned(paths, placeOf, configuration),
  ];
  const coverage = { ...measureCoverage(verdicts, placeOf, unread.length), ...countOtherLanguages(input.asked.allFiles), ...countNotSeen(configuration, files) };
  const hasDocuments = input.asked.allFiles.some((file) => /\.(md|mdx|markdown)$/i.test(file));
  const own = {
    drafts,
    orderDrafts: checkOrder(paths, placeOf, configuration),
    coverage,
    coverageDrafts: checkCoverage({ coverage, files: paths, placeOf, configuration, hasDocuments }),
  };
  if (configuration.isWritten || files.length === 0) return own;
  return { ...own, proposal: proposeConfiguration({ files, allFiles: input.asked.allFiles, textOf: (file) => input.asked.texts.get(file)?.text }) };
}

/** Rules of other domains, exceptions and the baseline, on top of what our own rules said. */
export function finishCheck(
  input: Pick<CheckInput, "configuration" | "contributed" | "imported" | "demand" | "baseline" | "today" | "isWanted"> & {
    readonly allFiles?: readonly string[];
  },
  own: OwnVerdict,
): CheckVerdict {
  const { configuration } = input;
  const { isWanted } = input;
  const wanted = isWanted === undefined ? [...own.drafts, ...own.orderDrafts] : own.drafts.filter((draft) => isWanted(draft.file));
  const drafts = [...wanted, ...(input.contributed ?? []), ...(input.imported?.drafts ?? [])];
  const excepted = applyExceptions(drafts, configuration, input.today, input.isWanted === undefined);
  const isOwn = new Set(ruleNames(configuration));
  // A tool whose report was not given has not said that its findings are gone.
  const isRun = (rule: string): boolean => {
    const tool = toolOfRule(rule);
    return tool === undefined ? input.contributed !== undefined || isOwn.has(rule) : (input.imported?.tools.includes(tool) ?? false);
  };
  const moves = input.isWanted === undefined ? findMoves(excepted.kept, input.baseline, input.allFiles ?? []) : [];
  const stale = input.isWanted === undefined ? checkBaseline(excepted.kept, input.baseline, isRun, moves) : [];
  const kept = [...excepted.kept, ...own.coverageDrafts, ...stale, ...(input.demand === undefined ? [] : checkDemand(input.demand, configuration))];
  return {
    drafts: kept,
    moves,
    findings: settle(kept, input.baseline),
    coverage: own.coverage,
    exceptionsUsed: excepted.usedCount,
    ...(own.proposal === undefined || isWanted !== undefined ? {} : { proposal: own.proposal }),
  };
}

/** A domain that the order does not name would be bound by none of it. */
function checkOrder(files: readonly string[], placeOf: ReturnType<typeof placesOf>, configuration: LintConfiguration): FindingDraft[] {
  const { order } = configuration.domains;
  if (order === undefined) return [];
  const missing = new Map<string, string>();
  for (const file of files) {
    const { domain } = placeOf(file);
    if (domain !== undefined && !order.includes(domain) && !missing.has(domain)) missing.set(domain, file);
  }
  return [...missing].map(([domain, file]) => ({
    rule: "domains", severity: "error", file, line: 1, column: 1, endLine: 1, to: domain,
    found: `the domain ${domain} has no place in the order of domains`, expected: `${configuration.file} names every domain in domains.order`,
    fix: `Add ${domain} to domains.order in ${configuration.file}, after every domain that it imports.`,
  }));
}
