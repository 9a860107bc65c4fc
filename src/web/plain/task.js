// One task: question, timeline, plan, findings, checks. Gets a state, gives elements; knows no stream.
import { age, command, count, duration, make, pill, section, shellWord } from "./dom.js";

const total = (usage) => usage.inputTokens + usage.outputTokens;

function renderHold(task, next) {
  if (task.status === "failed") return [make("section", { class: "card hold" }, make("h2", { text: "It failed" }), make("p", { class: "question", text: task.failure ?? "" }), ...next.map(command))];
  if (task.status !== "held" || !task.hold) return [];
  const { question, options, detail } = task.hold;
  const answers = options.map((option) => make("li", {}, make("span", { text: option }), command(`inspan task answer ${task.id} ${shellWord(option)}`)));
  return [make("section", { class: "card hold" }, make("h2", { text: "It waits for you" }), make("p", { class: "question", text: question }),
    answers.length > 0 ? make("ul", { class: "options" }, ...answers) : "", ...next.map(command),
    detail ? make("details", {}, make("summary", { text: "What is known" }), make("pre", { text: detail })) : "")];
}

function renderNext(task, isRunning, next) {
  if (task.status === "held" || task.status === "failed" || task.status === "cancelled") return [];
  if (isRunning) return [section("Speak to it", "", command(`inspan task send ${task.id} "<what it should know>"`), command(`inspan task pause ${task.id}`))];
  const title = task.status === "done" ? (task.mergeCommit ? "Look closer" : "Next") : "Nobody works on it";
  return [section(title, "", ...next.map(command))];
}

/** Bars by phase; passes of one phase are told apart by their order. */
function renderTimeline(timeline) {
  const longest = Math.max(1, ...timeline.map((record) => record.activeMs));
  return section("Timeline", duration(timeline.reduce((sum, record) => sum + record.activeMs, 0)), make("ol", { class: "timeline" }, ...timeline.map((record) => {
    const bar = make("span", { class: `bar${record.endedAt ? "" : " open"}` });
    bar.style.width = `${Math.max(1.5, (record.activeMs / longest) * 100)}%`;
    const tokens = total(record.usage);
    return make("li", { title: `${record.phase} from ${new Date(record.startedAt).toLocaleString()}` },
      make("span", { class: "phase", text: record.phase }), make("span", { class: "track" }, bar), make("span", { class: "took", text: duration(record.activeMs) }), make("span", { class: "tokens", text: tokens > 0 ? count(tokens) : "" }));
  })));
}

function renderPlan({ plan, reproduction }) {
  if (!plan) return [];
  const proof = reproduction?.kind === "shown" ? make("p", {}, "Fault shown by ", make("code", { text: reproduction.command })) : reproduction ? make("p", { text: `No reproduction: ${reproduction.reason}` }) : "";
  return [section("Plan", "", make("p", { text: plan.summary }), make("ol", { class: "steps" }, ...plan.steps.map((step) => make("li", { text: step }))), proof)];
}

function renderFindings({ review }) {
  if (review.rounds.length === 0) return [];
  const isSettled = (finding) => ["resolved", "accepted-pushback"].includes(finding.state);
  const rows = review.findings.map((finding) => make("details", { class: `review-finding ${isSettled(finding) ? "settled" : ""}` },
    make("summary", {}, make("span", { class: `priority ${finding.priority}`, text: finding.priority }), make("span", { class: "what", text: finding.title }), make("span", { class: "state", text: finding.state })),
    make("p", { class: "quiet", text: `${finding.reviewer} · ${finding.file || "the whole change"}${finding.line ? `:${finding.line}` : ""}` }),
    make("p", { text: finding.detail }), finding.reply ? make("p", { text: `Author: ${finding.reply.decision}. ${finding.reply.reason}` }) : "", finding.ruling ? make("p", { text: `Reviewer: ${finding.ruling}` }) : ""));
  return [section("Review", `${review.rounds.length} ${review.rounds.length === 1 ? "round" : "rounds"}`, ...(rows.length > 0 ? rows : [make("p", { class: "quiet", text: "Nothing was found." })]))];
}

function renderChecks({ checks }) {
  if (checks.results.length === 0) return [];
  return [section("Checks", checks.head ? checks.head.slice(0, 10) : "", ...checks.results.map((result) => make("details", { class: "check" },
    make("summary", {}, make("span", { class: `mark ${result.status === "passed" ? "good" : "bad"}`, text: result.status === "passed" ? "✓" : "✗" }), make("span", { class: "what", text: result.name }), make("span", { class: "took", text: duration(result.durationMs) })),
    make("pre", { text: result.log || "(no output)" }))))];
}

export function renderHead(task, isRunning, tokens) {
  const isStopped = !isRunning && !["done", "held", "failed", "cancelled"].includes(task.status);
  const request = task.pullRequest ? `PR ${task.pullRequest.id} ${task.mergeCommit ? `merged as ${task.mergeCommit.slice(0, 10)}` : task.pullRequest.state}` : "";
  const cost = task.spent.usage.costUsd === null ? "" : `$${task.spent.usage.costUsd.toFixed(2)}`;
  const facts = [task.id, `agent ${task.agent.driver}${task.agent.model ? ` (${task.agent.model})` : ""}`, `until ${task.until}`, `${count(tokens)} tokens`, cost, request, task.worktree?.branch ?? ""].filter((fact) => fact !== "");
  return [make("a", { class: "back", href: "#/", text: "← All tasks" }),
    make("h1", {}, pill(task.status, isStopped), make("span", { text: task.title })),
    make("p", { class: "facts" }, ...facts.map((text) => make("span", { text })), make("span", {}, age(task.createdAt))),
    make("details", { class: "prompt" }, make("summary", { text: "The prompt" }), make("pre", { text: task.prompt }))];
}

/** What belongs beside the transcript. */
export function renderSide(task, isRunning, next) {
  return [...renderHold(task, next), renderTimeline(task.timeline), ...renderChecks(task), ...renderFindings(task), ...renderPlan(task), ...renderNext(task, isRunning, next)];
}
