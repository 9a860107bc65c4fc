// A round of review as comments in git-appraise's notes, and the comments back as threads. Pure; hashing is handed in, because SHA-1 needs the outside.
import { boundText } from "../../../base/text.ts";
import { isAtLeast, type ReviewFinding, type ReviewRound } from "../../review/index.ts";
import type { CheckResult, ReviewThread } from "../types.ts";
import { CiNote, CommentNote, isoOf, newLines, parseNoteLines, plain, renderCi, renderComment } from "./notes.ts";
import { markerOf, withoutMarkers } from "./requests.ts";

type Hash = (line: string) => string;

// One comment; the notes of a whole repository are fetched by everyone.
const commentCharsMax = 6_000;
const logCharsMax = 6_000;

function findingText(finding: ReviewFinding): string {
  const parts = [
    `${finding.priority}: ${finding.title}`,
    finding.detail,
    finding.evidence && `Evidence: ${finding.evidence}`,
    finding.suggestion && `Suggestion: ${finding.suggestion}`,
  ];
  return boundText(parts.filter((part) => part !== "").join("\n\n"), commentCharsMax);
}

const decisionWords = { fix: "Fixed", defer: "Deferred", "push-back": "Pushed back" } as const;
const rulingWords: Partial<Record<ReviewFinding["state"], string>> = { resolved: "Resolved", "accepted-pushback": "Dropped: the author is right", insisted: "Kept" };

/** The lines to add to the note for this round: verdicts, findings, answers, rulings. What is there already, but for its time, is left out. */
export function discussionLines(options: {
  readonly existing: string; readonly taskId: string; readonly round: ReviewRound; readonly findings: readonly ReviewFinding[]; readonly timestamp: string; readonly hash: Hash;
}): readonly string[] {
  const { existing, taskId, round, timestamp, hash } = options;
  const known = parseNoteLines(existing, CommentNote);
  const lines: string[] = [];
  for (const verdict of round.verdicts) {
    const text =
      verdict.verdict === "failed"
        ? `No verdict in round ${round.round}: ${boundText(verdict.reason ?? "no answer", 500)}`
        : `${verdict.verdict === "approve" ? "Approved" : "Changes requested"} in round ${round.round} for ${round.headCommit}`;
    lines.push(renderComment({
      timestamp, author: `inspan/${verdict.reviewer}`, location: { commit: round.headCommit },
      description: `${text}\n\n${markerOf(taskId, `verdict:${verdict.reviewer}:${round.round}:${round.headCommit.slice(0, 12)}`)}`,
      ...(verdict.verdict === "failed" ? {} : { resolved: verdict.verdict === "approve" }),
    }));
  }
  for (const finding of options.findings) {
    const marker = markerOf(taskId, `finding:${finding.id}`);
    let root = known.find(({ note }) => note.parent === undefined && note.description?.endsWith(marker))?.line;
    if (root === undefined) {
      root = renderComment({
        timestamp, author: `inspan/${finding.reviewer}`,
        location: {
          commit: finding.commit,
          ...(finding.file === "" ? {} : { path: finding.file }),
          ...(finding.line === undefined || finding.file === "" ? {} : { range: { startLine: finding.line } }),
        },
        description: `${findingText(finding)}\n\n${marker}`,
        ...(isAtLeast(finding.priority, "P2") ? { resolved: false } : {}),
      });
      lines.push(root);
    }
    const parent = hash(root);
    if (finding.reply)
      lines.push(
        renderComment({
          timestamp,
          author: "inspan/author",
          parent,
          description: `${decisionWords[finding.reply.decision]}: ${boundText(finding.reply.reason, commentCharsMax)}`,
        }),
      );
    const word = rulingWords[finding.state];
    if (word)
      lines.push(
        renderComment({
          timestamp,
          author: `inspan/${finding.reviewer}`,
          parent,
          description: finding.ruling ? `${word}: ${boundText(finding.ruling, commentCharsMax)}` : `${word}.`,
          resolved: finding.state !== "insisted",
        }),
      );
  }
  return newLines(existing, lines);
}

/** Comments as threads, oldest first; an answer whose parent is missing stands for itself. A later version of a comment replaces the text of the earlier one. */
export function readThreads(text: string, hash: Hash, clean: (description: string) => string = withoutMarkers): readonly ReviewThread[] {
  const comments = parseNoteLines(text, CommentNote).map(({ line, note }) => ({ note, hash: hash(line) })).sort((a, b) => Number(a.note.timestamp) - Number(b.note.timestamp));
  const originals = comments.filter(({ note }) => note.original === undefined);
  const hashes = new Set(originals.map((comment) => comment.hash));
  const edits = new Map(comments.flatMap(({ note }) => (note.original === undefined ? [] : [[note.original, note.description] as const])));
  const textOf = (own: string, note: CommentNote) => plain(clean(edits.get(own) ?? note.description ?? ""));
  const byParent = new Map<string | undefined, typeof originals>();
  for (const comment of originals) {
    const parent = comment.note.parent !== undefined && hashes.has(comment.note.parent) ? comment.note.parent : undefined;
    const siblings = byParent.get(parent);
    if (siblings) siblings.push(comment); else byParent.set(parent, [comment]);
  }
  // It ends: a parent is named by its hash, so a line cannot name itself or one that was made from it.
  const threadsBelow = (parent: string | undefined): ReviewThread[] => (byParent.get(parent) ?? []).map(({ note, hash: own }) => ({
    hash: own,
    author: plain(note.author),
    at: isoOf(note.timestamp),
    commit: note.location?.commit,
    file: note.location?.path === undefined ? undefined : plain(note.location.path),
    line: note.location?.range?.startLine,
    text: textOf(own, note), isResolved: note.resolved, replies: threadsBelow(own),
  }));
  return threadsBelow(undefined);
}

/** One line for each check, and a last one for all, which is what other programs take as the status of the commit. */
export function ciLines(options: { readonly existing: string; readonly results: readonly CheckResult[]; readonly timestamp: string }): readonly string[] {
  const { existing, results, timestamp } = options;
  if (results.length === 0) return [];
  const statusOf = (isGreen: boolean) => (isGreen ? "success" as const : "failure" as const);
  const each = results.map((result) => renderCi({
    timestamp, status: statusOf(result.status === "passed"), agent: `inspan/${result.name}`,
    inspan: {
      name: result.name,
      status: result.status,
      exitCode: result.exitCode,
      durationMs: Math.round(result.durationMs),
      baseCommit: result.baseCommit,
      log: result.status === "passed" ? "" : boundText(result.log, logCharsMax),
    },
  }));
  const fresh = newLines(existing, each);
  if (fresh.length === 0) return [];
  // One second later, because other programs take the report with the latest time, whatever its agent.
  const later = String(Number(timestamp) + 1).padStart(10, "0");
  return [...fresh, renderCi({ timestamp: later, status: statusOf(results.every(({ status }) => status === "passed")), agent: "inspan" })];
}

const statuses = ["passed", "failed", "timed-out", "cancelled", "error"] as const;

/** The latest result of each check for this commit, sorted by name. */
export function readChecks(text: string, commit: string): readonly CheckResult[] {
  const latest = new Map<string, { timestamp: number; result: CheckResult }>();
  for (const { note } of parseNoteLines(text, CiNote)) {
    if (!note.inspan) continue;
    const { name, status, ...rest } = note.inspan;
    const timestamp = Number(note.timestamp);
    if ((latest.get(name)?.timestamp ?? -1) > timestamp) continue;
    latest.set(name, { timestamp, result: { ...rest, name: plain(name), log: plain(rest.log), status: statuses.find((candidate) => candidate === status) ?? "error", commit } });
  }
  return [...latest.values()].map(({ result }) => result).sort((a, b) => (a.name < b.name ? -1 : 1));
}
