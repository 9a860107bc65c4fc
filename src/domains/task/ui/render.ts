// Tasks as text: one line per event, a table, a page. Knows no store.
import { boundText, plural, renderDuration, renderTable } from "../../../base/text.ts";
import { totalTokens } from "../../model/index.ts";
import { passedCount } from "../service/features.ts";
import type { TaskState } from "../types/index.ts";

// A line of progress is read in passing.
const lineCharsMax = 200;

const text = (value: unknown): string => (typeof value === "string" ? value : value === undefined || value === null ? "" : JSON.stringify(value));
const oneLine = (value: unknown): string => boundLine(text(value).replaceAll(/\s+/g, " ").trim());
const boundLine = (line: string): string => (line.length <= lineCharsMax ? line : `${line.slice(0, lineCharsMax - 1)}…`);

function renderAgentEvent(data: Readonly<Record<string, unknown>>): string | undefined {
  switch (data["event"]) {
    case "message": return `  agent: ${oneLine(data["text"])}`;
    case "tool-started": return `  → ${oneLine(data["title"] || data["tool"])}`;
    case "tool-finished": return data["isError"] === true ? `  ✗ ${oneLine(data["tool"])}: ${oneLine(data["output"])}` : undefined;
    case "findings-shown": return text(data["text"]).startsWith("<context>") ? undefined : `  ! finding shown in the turn: ${oneLine(data["text"])}`;
    case "warning": return `  warning: ${oneLine(data["text"])}`;
    case "steered": return `  you: ${oneLine(data["text"])}`;
    default: return undefined;
  }
}

function renderReview(data: Readonly<Record<string, unknown>>): string {
  const findings = Array.isArray(data["findings"]) ? (data["findings"] as readonly Readonly<Record<string, unknown>>[]) : []; // written by the loop
  const rows = findings.map(
    (finding) =>
      `  ${text(finding["priority"])} ${text(finding["reviewer"])}: ${oneLine(finding["title"])} (${text(finding["file"])}) ${text(finding["state"])}`,
  );
  const failed = Array.isArray(data["failedReviewers"]) ? data["failedReviewers"].map((reviewer) => `  no verdict from ${oneLine(reviewer)}`) : [];
  return [`  review round ${text(data["round"])}: ${text(data["decision"])}`, ...failed, ...rows].join("\n");
}

/** A line of progress for a journal line, or undefined where a person need not see it. */
export function renderJournalLine(type: string, data: Readonly<Record<string, unknown>>): string | undefined {
  switch (type) {
    case "phase": return `${text(data["phase"])}`;
    case "agent": return renderAgentEvent(data);
    case "reproduction": return `  reproduction: ${text(data["command"])} → ${text(data["judgement"])}`;
    case "finding-reply": return `  author: ${text(data["decision"])} ${text(data["id"])}: ${oneLine(data["reason"])}`;
    case "invalid": return `  not valid yet: ${oneLine(Array.isArray(data["failures"]) ? data["failures"].join("; ") : "")}`;
    case "review": return renderReview(data);
    case "security": return `  security: ${oneLine(data["title"])}: exit status ${text(data["exitCode"]) || "none"} (${text(data["stage"])} ${text(data["commit"]).slice(0, 10)})`;
    case "waiting": return `  waits until ${text(data["until"])}: ${text(data["reason"])}`;
    case "check": return `  check ${text(data["name"])}: ${text(data["status"])} (${renderDuration(Number(data["durationMs"] ?? 0))})`;
    case "pull-request": return `  pull request ${text(data["id"])}: ${text(data["url"])}`;
    case "merge": return `  merge: ${text(data["outcome"])} ${text(data["commit"])}`;
    case "message": return `  you: ${oneLine(data["text"])}`;
    case "feature":
      return `  feature ${text(data["id"])}: ${data["passes"] === true ? `passes (${text(data["passed"])} of ${text(data["total"])})` : `not proved yet: ${oneLine(Array.isArray(data["failures"]) ? data["failures"].join("; ") : "")}`}`;
    case "note": return `  ${text(data["kind"])}: ${oneLine(data["text"])}`;
    case "reminded": return `  reminded of the plan (the conversation was ${data["why"] === "compacted" ? "cut down" : "long"})`;
    case "rescue": return `  uncommitted work is kept: git show ${text(data["ref"])}`;
    case "group": return `  green; waits for ${Array.isArray(data["waitsFor"]) ? data["waitsFor"].map(text).join(", ") : "the others"} to merge together`;
    case "hold": return `  held (${text(data["reason"])}): ${oneLine(data["question"])}`;
    default: return undefined;
  }
}

export function renderUsage(state: TaskState): string {
  const { usage } = state.spent;
  const cost =
    usage.costUsd === null
      ? "cost unknown"
      : `${usage.source === "unknown" ? "about " : ""}${usage.costUsd.toFixed(4)} US dollars${usage.source === "unknown" ? " (an answer that was cut off is estimated)" : ""}`;
  return `${plural(state.spent.turns, "turn")}, ${totalTokens(usage)} tokens (${usage.cachedInputTokens} cached, counted: ${usage.source}), ${cost}, ${renderDuration(state.spent.activeMs)} of work`;
}

/** What to type next, given where the task stands. */
export function nextCommands(state: TaskState): readonly string[] {
  switch (state.status) {
    case "held": return [
      state.hold?.reason === "question" || state.hold?.reason === "policy" || state.hold?.reason === "review"
        ? `inspan task answer ${state.id} "<answer>"`
        : `inspan task resume ${state.id}`,
      `inspan task show ${state.id}`,
    ];
    case "done":
      return state.pullRequest && !state.mergeCommit
        ? [`inspan pr show ${state.pullRequest.id}`, `inspan pr merge ${state.pullRequest.id}`]
        : state.until === "patch"
          ? [`inspan task diff ${state.id}`, `inspan task show ${state.id}`]
          : [`inspan task show ${state.id}`];
    case "failed": case "cancelled": return [`inspan task show ${state.id}`];
    default: return [`inspan task resume ${state.id}`];
  }
}

export function renderEnd(state: TaskState, isStopped: boolean): string {
  const head = isStopped ? `Stopped in phase ${state.phase}; nothing is lost.` : `${state.status.toUpperCase()}: ${state.title}`;
  const hold =
    state.hold && state.status === "held"
      ? [
          `Why: ${state.hold.question}`,
          ...(state.hold.options.length > 0 ? [`Options: ${state.hold.options.join(" · ")}`] : []),
          ...(state.hold.detail ? [boundText(state.hold.detail, 1500)] : []),
        ]
      : [];
  const plan =
    state.plan?.noChangeReason !== undefined
      ? [`Nothing was changed: ${state.plan.noChangeReason}`]
      : state.until === "plan" && state.plan
        ? [state.plan.summary, ...state.plan.steps.map((step, index) => `${index + 1}. ${step}`)]
        : [];
  const landed = state.mergeCommit ? [`Merged as ${state.mergeCommit.slice(0, 10)} (pull request ${state.pullRequest?.id ?? ""}).`] : state.pullRequest ? [`Pull request ${state.pullRequest.id} is open: ${state.pullRequest.url}`]
    : state.until === "patch" && state.status === "done" && state.worktree ? [`The change is on branch ${state.worktree.branch}.`] : [];
  return [head, ...hold, ...plan, ...landed, renderUsage(state), `Next: ${nextCommands(state).join("\n      ")}`].join("\n");
}

export function renderList(rows: readonly { readonly state: TaskState; readonly isRunning: boolean }[]): string {
  if (rows.length === 0) return 'No task. Next: inspan task run "<what is wrong or wanted>"';
  const status = ({ state, isRunning }: { state: TaskState; isRunning: boolean }) =>
    (isRunning || ["done", "held", "failed", "cancelled"].includes(state.status) ? state.status : `${state.status} (stopped)`) +
    (state.features?.list && state.status !== "done" ? ` ${passedCount(state.features.list)}/${state.features.list.features.length}` : "");
  return renderTable([
    ["ID", "STATE", "AGENT", "TOKENS", "PR", "TITLE"],
    ...rows.map((row) => [
      row.state.id,
      status(row),
      row.state.agent.driver,
      String(totalTokens(row.state.spent.usage)),
      row.state.pullRequest?.id ?? "",
      row.state.title,
    ]),
  ]);
}

export function renderPage(state: TaskState, isRunning: boolean): string {
  const timeline = renderTable([["PHASE", "STARTED", "WORK", "TOKENS", "COST"], ...state.timeline.map((record) => [
    record.phase,
    record.startedAt.slice(0, 19),
    renderDuration(record.activeMs),
    String(totalTokens(record.usage)),
    record.usage.costUsd === null ? "unknown" : record.usage.costUsd.toFixed(4),
  ])]);
  const features =
    state.features?.list?.features.map(
      (feature) =>
        `  ${feature.passes ? "x" : feature.id === state.features?.current ? ">" : " "} ${feature.id}: ${oneLine(feature.description)} (\`${feature.check}\`)`,
    ) ?? [];
  const reproduction =
    state.reproduction?.kind === "proved"
      ? ""
      : state.reproduction?.kind === "shown"
        ? `Reproduced by \`${state.reproduction.command}\` (${state.reproduction.files.join(", ")})`
        : state.reproduction
          ? `No reproduction: ${state.reproduction.reason}`
          : "";
  const findings = state.review.findings.map(
    (finding) =>
      `  ${finding.priority} ${finding.reviewer}: ${finding.title} (${finding.file}) ${finding.state}${finding.reply ? `: ${finding.reply.reason}` : ""}`,
  );
  const checks = state.checks.results.map((result) => `  ${result.name}: ${result.status} (${renderDuration(result.durationMs)})`);
  return [
    `${state.id}  ${state.status}${isRunning ? "" : " (no runner)"}  ${state.title}`,
    `Agent ${state.agent.driver}${state.agent.model ? `, ${state.agent.model}` : ""}; until ${state.until}`,
    ...(state.worktree ? [`Worktree ${state.worktree.path}, branch ${state.worktree.branch}, base ${state.worktree.baseCommit.slice(0, 10)}`] : []),
    ...(features.length > 0 ? [`Features (${state.features?.path ?? ""}):`, ...features] : []),
    ...(state.plan && features.length === 0 ? ["Plan:", `  ${state.plan.summary}`, ...state.plan.steps.map((step, index) => `  ${index + 1}. ${step}`)] : []),
    ...(reproduction ? [reproduction] : []),
    ...(state.notes.length > 0 ? ["Notes:", ...state.notes.map((note) => `  ${note.at.slice(0, 16)} ${note.kind}: ${note.text}`)] : []),
    ...(findings.length > 0 ? ["Review:", ...findings] : []),
    ...(checks.length > 0 ? ["Checks:", ...checks] : []),
    ...(state.pullRequest
      ? [
          `Pull request ${state.pullRequest.id} ${state.pullRequest.state}${state.mergeCommit ? `, merged as ${state.mergeCommit.slice(0, 10)}` : ""}: ${state.pullRequest.url}`,
        ]
      : []),
    "", timeline, "", renderEnd(state, false),
  ].join("\n");
}
