// What the author says it did, held against what the harness saw. Pure: claims are read from words, records come from the journal; no model is asked.
import picomatch from "picomatch";
import { boundText } from "../../../base/text.ts";
import { noUsage } from "../../model/index.ts";
import type { ReportedFinding, ReviewFinding, ReviewVerdict } from "../types.ts";
import { admitFindings, findingIdOf } from "./findings.ts";

export type EvidenceKind = "test" | "journey" | "budget" | "video";

/** Something that the harness saw happen. `order` grows with time, over records, edits and words alike. */
export interface HarnessRecord { readonly kind: EvidenceKind | "command"; readonly name: string; readonly isPassed: boolean; readonly order: number }

/** Words of the author. */
export interface AuthorWords { readonly text: string; readonly order: number }

export interface Claim {
  readonly kind: EvidenceKind;
  /** The command, journey or suite that it names; "" where it names none. */
  readonly name: string;
  /** Says of the whole suite that it passes. */
  readonly isWhole: boolean;
  readonly quote: string;
  readonly order: number;
}

export interface AttestationFacts {
  readonly words: readonly AuthorWords[];
  readonly records: readonly HarnessRecord[];
  /** When files changed. */
  readonly edits: readonly number[];
}

export interface RequiredEvidence { readonly paths: readonly string[]; readonly needs: readonly EvidenceKind[] }

// Words beyond this are a log that the author pasted; claims stand at the end.
const wordsCharsMax = 20_000;
const claimsMax = 50;
const quoteCharsMax = 200;

// Said of the future, of others, or that it did not happen: no claim.
const noClaim = /\b(not|\w{1,9}n['’]t|never|cannot|without|should|would|will|could|expect|until|unless|if|fails?|failed|failing|broken|todo|please|must|needs? to)\b|\?$/i;
// "42 passed, 0 failed" denies nothing.
const noFailure = /\b(0|no|zero|without( any)?)\s+(tests?\s+)?(fail(ed|ures?|ing)?|errors?)\b|\b(fail(ed|ures?)|errors?)\s*[:=]\s*0\b/gi;
const runnerClaim =
  /\b(pytest|jest|vitest|mocha|rspec|ctest|(npm|yarn|pnpm|bun)( run)? test|(go|cargo|make|dotnet|mvn|gradle) test)\b[^.;]{0,40}\b(pass(es|ed)?|green|ok|succeed(s|ed)?)\b|\b[1-9]\d*\s+(tests?\s+|specs?\s+)?pass(ed|ing)\b(?=\s*($|[,.;:)!]|in\b|and\b|now\b))/i;
const testClaim = /\btests?\b[^.;]{0,60}\b(pass(es|ed|ing)?|green|succeed(s|ed)?)\b|\b(ran|executed)\b[^.;]{0,60}\btests?\b|\b(suite|specs?)\b[^.;]{0,40}\b(pass(es|ed)?|green)\b/i;
const commandClaim = /`([^`]{2,200})`[^.;`]{0,40}\b(pass(es|ed)?|succeed(s|ed)?|is green|exits? (with )?0)\b/i;
const journeyClaim = /\bjourneys?\b[^.;]{0,80}\b(played|pass(es|ed)?|ran|recorded|works|green)\b|\b(played|ran|recorded)\b[^.;]{0,60}\bjourneys?\b/i;
const budgetClaim =
  /\b(within|meets?|met|under|inside|kept)\b[^.;]{0,40}\bbudgets?\b|\bbudgets?\b[^.;]{0,40}\b(met|kept|hold|holds|held)\b|\bassertions?\b[^.;]{0,40}\b(pass(es|ed)?|hold|holds)\b/i;
const wholeClaim = /\b(all|full|whole|entire|every)\b|\bsuite\b/i;
const testCommand = /\b(test|tests|jest|vitest|mocha|pytest|rspec|ctest|junit|spec)\b|\bcheck\b/i;

const isTestCommand = (name: string): boolean => testCommand.test(name.replaceAll(/[._/:-]/g, " "));

/** Claims in the author's words, sentence by sentence; a sentence that denies, hopes or asks claims nothing. */
export function parseClaims(words: readonly AuthorWords[]): readonly Claim[] {
  const claims: Claim[] = [];
  for (const { text, order } of words) {
    for (const sentence of text.slice(-wordsCharsMax).split(/(?<=[.!?;])\s|\n+/)) {
      const prose = sentence.replaceAll(/`[^`]*`/g, "`x`").replaceAll(noFailure, "");
      if (noClaim.test(prose) || claims.length >= claimsMax) continue;
      const quote = boundText(sentence.trim(), quoteCharsMax);
      const command = commandClaim.exec(sentence)?.[1];
      if (command !== undefined) claims.push({ kind: "test", name: command, isWhole: false, quote, order });
      else if (testClaim.test(prose) || runnerClaim.test(prose)) claims.push({ kind: "test", name: "", isWhole: wholeClaim.test(prose), quote, order });
      if (journeyClaim.test(prose))
        claims.push({ kind: "journey", name: /\bjourneys?\s+[`"']?([\w-]+(?:\/[\w-]+)*)[`"']/i.exec(sentence)?.[1] ?? "", isWhole: false, quote, order });
      if (budgetClaim.test(prose)) claims.push({ kind: "budget", name: "", isWhole: false, quote, order });
    }
  }
  return claims;
}

function isRecordOf(claim: Claim, record: HarnessRecord): boolean {
  const named = claim.name.trim();
  switch (claim.kind) {
    case "test":
      if (named !== "") return (record.kind === "command" || record.kind === "test") && record.name.includes(named);
      // The one test that shows the fault does not speak for the whole suite.
      return record.kind === "command" ? isTestCommand(record.name) : record.kind === "test" && !claim.isWhole;
    case "journey": return record.kind === "journey" && (named === "" || record.name.includes(named));
    case "budget": case "video": return record.kind === claim.kind;
  }
}

const askFor: Readonly<Record<EvidenceKind, string>> = {
  test: "Run it now, and say what you saw.",
  journey: "Play the journey with `inspan journey run`, or take the sentence back.",
  budget: "Run `inspan assert` under load, or take the sentence back.",
  video: "Add or extend a journey in docs/journeys whose `covers` names these files; the harness plays and films it when it validates your change.",
};

function judgeClaim(claim: Claim, facts: AttestationFacts): ReportedFinding | undefined {
  const lastEdit = Math.max(-1, ...facts.edits.filter((edit) => edit < claim.order));
  const fitting = facts.records.filter((record) => isRecordOf(claim, record));
  if (fitting.some(({ isPassed, order }) => isPassed && order > lastEdit)) return undefined;
  const latest = fitting.at(-1);
  const why = latest === undefined ? "the harness has no record of it" : latest.isPassed ? "it ran before the last edit, and not since" : "the harness saw it fail";
  return {
    priority: "P1", file: "", line: undefined, title: `Claimed without a record: ${claim.kind}${claim.name === "" ? "" : ` ${claim.name}`}`,
    detail: `The author says: "${claim.quote}"; ${why}.`,
    evidence:
      latest === undefined
        ? `No ${claim.kind} stands in the journal of this task.`
        : `${latest.name}: ${latest.isPassed ? "passed, then files changed" : "failed"}.`,
    suggestion: `${askFor[claim.kind]} Or push back: that takes the claim back.`,
  };
}

/** What is asked of a change of these files and has no record after the last edit. */
function missingEvidence(required: readonly RequiredEvidence[], changedPaths: readonly string[], facts: AttestationFacts): readonly ReportedFinding[] {
  const lastEdit = Math.max(-1, ...facts.edits);
  const isThere = (kind: EvidenceKind) =>
    facts.records.some(
      (record) =>
        record.isPassed && record.order > lastEdit && (record.kind === kind || (kind === "test" && record.kind === "command" && isTestCommand(record.name))),
    );
  return required.flatMap(({ paths, needs }) => {
    const matches = picomatch([...paths], { dot: true, flags: "s" });
    const touched = changedPaths.find((path) => matches(path));
    return touched === undefined ? [] : needs.filter((kind) => !isThere(kind)).map((kind): ReportedFinding => ({
      priority: "P1", file: touched, line: undefined, title: `Evidence is missing: ${kind}`, detail: `A ${kind} is asked for where ${paths.join(", ")} change.`,
      evidence: `No passed ${kind} since the last edit.`, suggestion: askFor[kind],
    }));
  });
}

export const attestationName = "attestation";

/** A verdict without a model: every claim and every demand without a record is a P1; earlier ones that have a record now are resolved, and a push-back takes a claim back. */
export function attest(options: AttestationFacts & {
  readonly required: readonly RequiredEvidence[];
  readonly changedPaths: readonly string[];
  readonly round: number;
  readonly headCommit: string;
  readonly findings: readonly ReviewFinding[];
}): ReviewVerdict {
  const { round, headCommit, findings } = options;
  const known = findings.filter(({ reviewer }) => reviewer === attestationName);
  const isTakenBack = (reported: ReportedFinding): boolean =>
    reported.file === "" &&
    known.some(
      (finding) =>
        finding.id === findingIdOf({ reviewer: attestationName, ...reported }) && (finding.state === "pushed-back" || finding.state === "accepted-pushback"),
    );
  const reported = [
    ...parseClaims(options.words).flatMap((claim) => judgeClaim(claim, options) ?? []),
    ...missingEvidence(options.required, options.changedPaths, options),
  ].filter((finding) => !isTakenBack(finding));
  const admitted = admitFindings({ reviewer: attestationName, reported, round, headCommit, known, changedSince: undefined });
  const rulings = known.filter(({ id, state }) => ["open", "fixed", "insisted", "pushed-back"].includes(state) && !admitted.findings.some((finding) => finding.id === id))
    .map(({ id, state }) => ({ id, ruling: state === "pushed-back" ? "accept" as const : "resolved" as const, reason: state === "pushed-back" ? "The claim is taken back." : "There is a record of it now." }));
  return {
    reviewer: attestationName,
    verdict: admitted.findings.length > 0 ? "request-changes" : "approve",
    findings: [...admitted.findings],
    rulings,
    ignoredCount: 0,
    usage: noUsage,
  };
}
