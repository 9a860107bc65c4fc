// What people and bots said on a forge, as findings of the review protocol; and our answers and findings as comments there. Pure.
import { fingerprint } from "../../../base/hash.ts";
import { boundText, withoutControls } from "../../../base/text.ts";
import { answerEffect, type ForgePull, type OpenFeedback } from "../../forge/index.ts";
import type { ReviewFinding, ReviewRound } from "../../review/index.ts";
import type { PullRequest } from "../types.ts";
import { markerOf, withoutMarkers } from "./requests.ts";

const titleCharsMax = 120;
const textCharsMax = 6_000;
// Comments of one round on a pull request; what is beyond stands in the summary.
const commentsMax = 30;

/** One matter as a finding: P1 from people who may push, P2 from everybody else, bots included. */
export function findingOfFeedback(feedback: OpenFeedback, at: { readonly headCommit: string; readonly round: number }): ReviewFinding {
  const text = boundText(withoutControls(withoutMarkers(feedback.text)), textCharsMax);
  const title = (text.split("\n").find((line) => line.trim() !== "") ?? "Changes requested").trim().slice(0, titleCharsMax);
  const isAsked = feedback.isTrusted && !feedback.author.isBot;
  return {
    id: fingerprint(`forge\0${feedback.id}`).slice(0, 10),
    reviewer: `@${feedback.author.login}`,
    priority: isAsked ? "P1" : "P2",
    file: feedback.file ?? "",
    ...(feedback.line === undefined ? {} : { line: feedback.line }),
    title,
    detail: text,
    evidence: feedback.url,
    suggestion: isAsked
      ? ""
      : feedback.author.isBot
        ? "A bot says this: check it before you believe it."
        : "Said by somebody outside of the team: an opinion, not a request.",
    state: "open", source: { thread: feedback.id, comment: feedback.latestId }, firstRound: Math.max(1, at.round), commit: at.headCommit,
  };
}

/** The task's findings with what is open on the forge: a matter that was answered and is spoken of again is open again. */
export function withFeedback(
  findings: readonly ReviewFinding[],
  open: readonly OpenFeedback[],
  at: { readonly headCommit: string; readonly round: number },
): { readonly findings: readonly ReviewFinding[]; readonly fresh: readonly ReviewFinding[] } {
  const told = open.map((feedback) => findingOfFeedback(feedback, at));
  const fresh = told.filter((finding) => !findings.some((known) => known.id === finding.id && known.source?.comment === finding.source?.comment && known.state !== "open"));
  return { findings: [...findings.filter(({ id }) => !fresh.some((finding) => finding.id === id)), ...fresh], fresh };
}

export interface CommentToPost {
  readonly marker: string;
  readonly body: string;
  readonly thread?: string;
  readonly threadOf?: string;
  readonly place?: { readonly commit: string; readonly file: string; readonly line: number };
}

const decisionWords = { fix: "Fixed", defer: "Deferred, it is in the tech-debt tracker", "push-back": "Not taken" } as const;
const rulingWords: Partial<Record<ReviewFinding["state"], string>> = { resolved: "Resolved", "accepted-pushback": "Dropped: the author is right", insisted: "Kept" };

function answerOf(taskId: string, finding: ReviewFinding): CommentToPost | undefined {
  const { source, reply } = finding;
  if (source === undefined || reply === undefined) return undefined;
  const quote = source.thread.startsWith("inline:") ? "" : `> ${finding.reviewer}: ${finding.title}\n\n`;
  return {
    marker: markerOf(taskId, answerEffect(source.comment)),
    body: `${quote}**${decisionWords[reply.decision]}** (the agent): ${boundText(reply.reason, textCharsMax)}`,
    thread: source.thread,
  };
}

function findingText(finding: ReviewFinding): string {
  const parts = [
    `**${finding.priority} ${finding.title}** (${finding.reviewer})`,
    finding.detail,
    finding.evidence && `Evidence: ${finding.evidence}`,
    finding.suggestion && `Suggestion: ${finding.suggestion}`,
  ];
  return boundText(parts.filter((part) => part !== "").join("\n\n"), textCharsMax);
}

/** Everything that a round has to say on the pull request, in order: a summary, new findings at their lines, answers and rulings in their threads. */
export function commentsOfRound(options: { readonly taskId: string; readonly round: ReviewRound; readonly findings: readonly ReviewFinding[] }): readonly CommentToPost[] {
  const { taskId, round } = options;
  const own = options.findings.filter(({ source, priority }) => source === undefined && priority !== "P3");
  const shown = own.slice(0, commentsMax);
  const summary = [
    `### Review, round ${round.round}, of ${round.headCommit.slice(0, 10)}`,
    ...round.verdicts.map(
      ({ reviewer, verdict, reason }) =>
        `- ${reviewer}: ${verdict === "failed" ? `no verdict (${boundText(reason ?? "no answer", 200)})` : verdict === "approve" ? "approves" : "asks for changes"}`,
    ),
    ...(round.leftOut === "" ? [] : [`Not shown to the reviewers: ${round.leftOut}`]),
    ...(own.length > shown.length ? [`${own.length - shown.length} more findings: \`inspan task show ${taskId}\``] : []),
  ].join("\n");
  const findings = shown.flatMap((finding): CommentToPost[] => {
    const root = markerOf(taskId, `finding:${finding.id}`);
    const place = finding.file !== "" && finding.line !== undefined ? { place: { commit: finding.commit, file: finding.file, line: finding.line } } : {};
    const ruling = rulingWords[finding.state];
    return [
      { marker: root, body: findingText(finding), ...place },
      ...(finding.reply
        ? [
            {
              marker: markerOf(taskId, `reply:${finding.id}:${finding.reply.decision}`),
              body: `**${decisionWords[finding.reply.decision]}** (the agent): ${boundText(finding.reply.reason, textCharsMax)}`,
              threadOf: root,
            },
          ]
        : []),
      ...(ruling
        ? [
            {
              marker: markerOf(taskId, `ruling:${finding.id}:${finding.state}`),
              body: `**${ruling}** (${finding.reviewer})${finding.ruling ? `: ${boundText(finding.ruling, textCharsMax)}` : ""}`,
              threadOf: root,
            },
          ]
        : []),
    ];
  });
  const answers = options.findings.flatMap((finding) => answerOf(taskId, finding) ?? []);
  return [{ marker: markerOf(taskId, `review:${round.round}:${round.headCommit.slice(0, 12)}`), body: summary }, ...findings, ...answers];
}

export function pullRequestOfForge(pull: ForgePull, more: { readonly repository: string; readonly taskId?: string | undefined; readonly baseCommit?: string }): PullRequest {
  const taskId = more.taskId ?? /<!-- inspan:([\w.-]+):pull-request -->/.exec(pull.body)?.[1];
  return {
    id: String(pull.number), repository: more.repository, branch: pull.branch, baseBranch: pull.baseBranch, baseCommit: more.baseCommit ?? "", headCommit: pull.headCommit,
    title: pull.title,
    body: withoutMarkers(pull.body.replaceAll("\r\n", "\n"))
      .replace(/\n*<!-- inspan-body:[0-9a-f]+ -->/, "")
      .trimEnd(),
    state: pull.state,
    ...(pull.mergeCommit === undefined ? {} : { mergeCommit: pull.mergeCommit }),
    url: pull.url, ...(taskId === undefined ? {} : { taskId }), anchorCommit: "", openedAt: pull.createdAt,
  };
}
