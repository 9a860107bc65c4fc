// The life of a finding: its identity, the author's reply, the reviewer's ruling. Pure.
import { fingerprint } from "../../../base/hash.ts";
import type { FindingReply, Priority, ReportedFinding, ReviewFinding, ReviewRound, ReviewVerdict, Ruling } from "../types.ts";
import { nameOnSide } from "./patch-text.ts";

/** Its findings are flaws that a program has triggered. */
export const securityReviewerName = "security-scan";

const rank: Readonly<Record<Priority, number>> = { P0: 0, P1: 1, P2: 2, P3: 3 };

export function isAtLeast(priority: Priority, threshold: Priority): boolean {
  return rank[priority] <= rank[threshold];
}

/** Stable over rounds: no line numbers, no digits, no case, no punctuation of the title. */
export function findingIdOf(finding: { readonly reviewer: string; readonly file: string; readonly title: string }): string {
  const title = finding.title.toLowerCase().replaceAll(/\d+/g, "#").replaceAll(/[^\p{L}#]+/gu, " ").trim();
  return fingerprint([finding.reviewer, finding.file, title].join("\0")).slice(0, 10);
}

const wordsOf = (title: string): ReadonlySet<string> => new Set(title.toLowerCase().split(/[^\p{L}\p{N}_]+/u).filter((word) => word.length > 2));

// The same fault told in other words shares most of them; two faults of one kind in one file share fewer, or lie apart.
const likenessMin = 0.6;
const likeLinesMax = 10;

function isLike(a: { readonly title: string; readonly line?: number | undefined }, b: { readonly title: string; readonly line?: number | undefined }): boolean {
  const [left, right] = [wordsOf(a.title), wordsOf(b.title)];
  const shared = [...left].filter((word) => right.has(word)).length;
  const isNear = a.line === undefined || b.line === undefined || Math.abs(a.line - b.line) <= likeLinesMax;
  return isNear && shared > 0 && shared / (left.size + right.size - shared) >= likenessMin;
}

/** The earlier finding that a reviewer tells again: by the id it names, by the title, or by nearly the same words at nearly the same place. */
function findKnown(reported: ReportedFinding, known: readonly ReviewFinding[], reviewer: string): ReviewFinding | undefined {
  const own = known.filter((finding) => finding.reviewer === reviewer);
  const id = findingIdOf({ reviewer, ...reported });
  return (
    own.find((finding) => finding.id === reported.id) ??
    own.find((finding) => finding.id === id) ??
    own.find((finding) => finding.file === reported.file && isLike(finding, reported))
  );
}

/** Findings that would stop a merge without a word of evidence. */
export function unprovenOf(reported: readonly ReportedFinding[]): readonly ReportedFinding[] {
  return reported.filter(({ priority, evidence }) => (priority === "P1" || priority === "P2") && evidence.trim() === "");
}

/** What nobody can check stops nothing; P0 is looked at all the same. */
function withProvenPriority(reported: ReportedFinding): ReportedFinding {
  if (unprovenOf([reported]).length === 0) return reported;
  return { ...reported, priority: "P3", detail: `Told as ${reported.priority} without evidence, so it stops nothing. ${reported.detail}`.trim() };
}

/** Line ranges (both ends included, from 1) that changed in each file. */
export type ChangedLines = ReadonlyMap<string, readonly (readonly [number, number])[]>;

/** Reads the ranges of the new side from a `git diff -U0`; a deletion counts for the line before it. */
export function parseChangedLines(diff: string): ChangedLines {
  const changed = new Map<string, (readonly [number, number])[]>();
  let file: string | undefined;
  let isHeader = true;
  for (const line of diff.split("\n")) {
    if (line.startsWith("diff --git ")) { isHeader = true; file = undefined; }
    if (isHeader && line.startsWith("+++ ")) {
      file = nameOnSide(line);
      if (file !== undefined && !changed.has(file)) changed.set(file, []);
    }
    const hunk = /^@@ -\S+ \+(\d+)(?:,(\d+))? @@/.exec(line);
    if (!hunk) continue;
    isHeader = false;
    const start = Number(hunk[1]);
    const count = hunk[2] === undefined ? 1 : Number(hunk[2]);
    if (file !== undefined) changed.get(file)?.push(count === 0 ? [start, start + 1] : [start, start + count - 1]);
  }
  return changed;
}

// A model's line number is often off by a few; a finding next to a changed line is about it.
const lineSlack = 5;

function isAboutChange(finding: ReportedFinding, changed: ChangedLines): boolean {
  const ranges = changed.get(finding.file);
  if (ranges === undefined) return false;
  const { line } = finding;
  return line === undefined || ranges.some(([start, end]) => line >= start - lineSlack && line <= end + lineSlack);
}

/** A remark of an earlier round does not become a stop later on where nothing changed; but for P0. */
function withHeldPriority(reported: ReportedFinding, known: ReviewFinding, changedSince: ChangedLines): ReportedFinding {
  const isRaised = rank[reported.priority] < rank[known.priority] && reported.priority !== "P0";
  return isRaised && !isAboutChange(reported, changedSince) ? { ...reported, priority: known.priority } : reported;
}

/**
 * What of a reviewer's report counts. In round 1 (`changedSince` undefined) all of it; later only what was known before, P0, and findings on lines that changed
 * since the last round. Sorted by priority, one finding for each identity.
 */
export function admitFindings(options: {
  readonly reviewer: string; readonly reported: readonly ReportedFinding[]; readonly round: number; readonly headCommit: string;
  readonly known: readonly ReviewFinding[]; readonly changedSince: ChangedLines | undefined;
}): { readonly findings: readonly ReviewFinding[]; readonly ignoredCount: number } {
  const { reviewer, round, headCommit, changedSince } = options;
  const admitted = new Map<string, ReviewFinding>();
  let ignoredCount = 0;
  for (const reported of [...options.reported].sort((a, b) => rank[a.priority] - rank[b.priority])) {
    const known = findKnown(reported, options.known, reviewer);
    const id = known?.id ?? findingIdOf({ reviewer, ...reported });
    const first = admitted.get(id);
    if (first !== undefined) {
      // One fault at two places: the second one is told with the first.
      if (reported.line !== undefined && reported.line !== first.line && !first.detail.includes(`Also at line ${reported.line}.`))
        admitted.set(id, { ...first, detail: `${first.detail}\nAlso at line ${reported.line}. ${reported.detail}`.trim() });
      continue;
    }
    if (!known && changedSince && reported.priority !== "P0" && !isAboutChange(reported, changedSince)) { ignoredCount++; continue; }
    const { line, id: _, ...rest } = withProvenPriority(known && changedSince ? withHeldPriority(reported, known, changedSince) : reported);
    admitted.set(id, {
      ...rest,
      ...(known ? { title: known.title } : {}),
      ...(line === undefined ? {} : { line }),
      id,
      reviewer,
      state: "open",
      firstRound: known?.firstRound ?? round,
      commit: headCommit,
    });
  }
  return { findings: [...admitted.values()], ignoredCount };
}

/** A known finding after its reviewer has looked again. Silence drops a push-back and believes a repair, but never closes what nobody answered. */
function ruleOn(finding: ReviewFinding, ruling: Ruling | undefined, again: ReviewFinding | undefined): ReviewFinding {
  const said = ruling && ruling.reason !== "" ? { ruling: ruling.reason } : {};
  const keeps = again !== undefined || ruling?.ruling === "still-open" || ruling?.ruling === "insist";
  const fresh = again
    ? {
        priority: again.priority,
        detail: again.detail,
        evidence: again.evidence,
        suggestion: again.suggestion,
        commit: again.commit,
        ...(again.line === undefined ? {} : { line: again.line }),
      }
    : {};
  switch (finding.state) {
    case "accepted-pushback": return finding; // the reviewer's own ruling binds
    // What may wait may not once it is P0.
    case "deferred": return again?.priority === "P0" && finding.priority !== "P0" ? { ...finding, ...fresh, ...said, state: "open" } : finding;
    case "resolved": return again ? { ...finding, ...fresh, ...said, state: "open" } : finding;
    case "pushed-back": return keeps ? { ...finding, ...fresh, ...said, state: "insisted", hasInsisted: true } : { ...finding, ...said, state: "accepted-pushback" };
    case "fixed": return { ...finding, ...fresh, ...said, state: keeps ? "open" : "resolved" };
    case "open":
    case "insisted": {
      const isClosed = !again && (ruling?.ruling === "resolved" || ruling?.ruling === "accept");
      return { ...finding, ...fresh, ...said, state: isClosed ? "resolved" : finding.state };
    }
  }
}

/** All findings after this round: earlier ones as ruled, then new ones. A reviewer that failed leaves its earlier findings as they were. */
export function mergeRound(previous: readonly ReviewFinding[], round: ReviewRound): readonly ReviewFinding[] {
  const verdictOf = (name: string): ReviewVerdict | undefined => round.verdicts.find((verdict) => verdict.reviewer === name && verdict.verdict !== "failed");
  const merged = previous.map((finding) => {
    const verdict = verdictOf(finding.reviewer);
    if (!verdict) return finding;
    return ruleOn(finding, verdict.rulings.find(({ id }) => id === finding.id), verdict.findings.find(({ id }) => id === finding.id));
  });
  const known = new Set(previous.map(({ id }) => id));
  for (const verdict of round.verdicts) {
    if (verdict.verdict === "failed") continue;
    for (const finding of verdict.findings) {
      if (known.has(finding.id)) continue;
      known.add(finding.id);
      merged.push(finding);
    }
  }
  return merged;
}

/** Pairs of findings of different reviewers that stop the change at the same lines: one of them may ask for what the other refuses. */
export function findDisputes(findings: readonly ReviewFinding[]): readonly (readonly [ReviewFinding, ReviewFinding])[] {
  const placed = findings.filter(({ file, line, state }) => file !== "" && line !== undefined && ["open", "insisted", "pushed-back", "fixed"].includes(state));
  return placed.flatMap((one, index) =>
    placed
      .slice(index + 1)
      .filter((other) => other.reviewer !== one.reviewer && other.file === one.file && Math.abs((other.line ?? 0) - (one.line ?? 0)) <= lineSlack)
      .map((other) => [one, other] as const),
  );
}

export type AppliedReply = { readonly kind: "applied"; readonly findings: readonly ReviewFinding[] } | { readonly kind: "refused"; readonly reason: string };

/** Takes the author's answer to one finding. P0 and P1 cannot be deferred, and a finding that the reviewer insisted on cannot be pushed back again. */
export function applyReply(findings: readonly ReviewFinding[], reply: FindingReply): AppliedReply {
  const refused = (reason: string): AppliedReply => ({ kind: "refused", reason });
  const finding = findings.find(({ id }) => id === reply.id);
  if (!finding) return refused(`There is no finding "${reply.id}". Known: ${findings.map(({ id }) => id).join(", ") || "none"}.`);
  if (finding.state === "resolved" || finding.state === "accepted-pushback") return refused(`The finding "${reply.id}" is closed; nothing is owed.`);
  if (reply.decision === "defer" && isAtLeast(finding.priority, "P1")) return refused(`A ${finding.priority} finding cannot be deferred: fix it, or push back with a reason.`);
  if (reply.decision === "defer" && finding.reviewer === securityReviewerName) return refused("A flaw that was triggered cannot be deferred: its program has to exit with 0.");
  if (reply.decision === "push-back" && finding.hasInsisted)
    return refused(`The reviewer has heard your reason and insists on "${reply.id}": fix it. A person decides when the rounds are used up.`);
  const state = { fix: "fixed", defer: "deferred", "push-back": "pushed-back" } as const;
  const changed: ReviewFinding = { ...finding, state: state[reply.decision], reply: { decision: reply.decision, reason: reply.reason } };
  return { kind: "applied", findings: findings.map((candidate) => (candidate === finding ? changed : candidate)) };
}
