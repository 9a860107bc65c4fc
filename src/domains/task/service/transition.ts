// The task's state machine: one event in, the next state with its next effect out. Pure; the loop in runtime only executes.
import { assertNever } from "../../../base/assert.ts";
import type { Signal } from "../../feedback/index.ts";
import type { Effect, FeatureList, TaskEvent, TaskRules, TaskState } from "../types/index.ts";
import { noUsage } from "../../model/index.ts";
import { addSpent, addUsageTo, passedBudget } from "./budget.ts";
import { acceptFeatures, featuresPrompt, nextFeature, noteOnFeature, onProved } from "./features.ts";
import { gateGroup, release } from "./group.ts";
import { onChecked, onCleanedUp, onFeedback, onMergeEnded, onPublished, onUpdated, onPullEnded, onWoken, isLeftOpen } from "./landing.ts";
import { finish, go, hold, holdForBudget } from "./moves.ts";
import { onCommitRefused, onCommitted, onReviewed, onTurnEnded, onValidated } from "./working.ts";
import { planPrompt, toldPrompt } from "./prompts.ts";
import { signalsOf } from "./signals.ts";

// A task's own log; what is older was told in time, and the whole lies in its journal.
const notesMax = 60;

// Answers by comment that a task remembers; each opened a hold, and nobody answers one twice this often.
const heardMax = 200;

export interface Transition {
  readonly state: TaskState;
  /** What is worth keeping beyond this task; `once` makes recording it idempotent. */
  readonly signals: readonly { readonly signal: Signal; readonly once: string }[];
}

export function isAtRest(state: TaskState): boolean {
  return state.status === "done" || state.status === "held" || state.status === "failed" || state.status === "cancelled";
}

/** A list of features that the base holds is the plan already. */
function onPrepared(state: TaskState, features: FeatureList | undefined): TaskState {
  if (!state.features) return go(state, "planning", { kind: "turn", purpose: "plan", text: planPrompt(state) });
  if (!features) return go(state, "planning", { kind: "turn", purpose: "plan", text: featuresPrompt(state) });
  const accepted = acceptFeatures(state, features);
  return state.until === "plan" ? finish(accepted, "done") : nextFeature(accepted);
}

/** Where plans are approved: the task rests between the plan and the first turn that may edit. */
function gatePlan(before: TaskState, after: TaskState, rules: TaskRules): TaskState {
  if (
    rules.planApproval !== true ||
    before.phase !== "planning" ||
    after.phase === "planning" ||
    isAtRest(after) ||
    after.plan === undefined ||
    after.planGate === "approved"
  )
    return after;
  return hold(
    { ...after, planGate: "asked" },
    {
      reason: "policy",
      question: "Approve this plan before any code is written?",
      options: ['answer "approve"', "answer with what to change", "cancel"],
      detail: [after.plan.summary, ...after.plan.steps.map((step, index) => `${index + 1}. ${step}`)].join("\n"),
    },
  );
}

/** Only the word itself approves; any other word goes to the author, who plans again. */
function onPlanAnswered(state: TaskState, answer: string | undefined): TaskState {
  if (answer === undefined || answer.trim() === "") return state;
  const { hold: _, planGate: __, ...rest } = state;
  if (/^\W*approve\b/i.test(answer)) return { ...rest, planGate: "approved", status: state.phase };
  const { plan: ___, ...unplanned } = rest;
  return go({ ...unplanned, messages: [...state.messages, answer] }, "planning", { kind: "turn", purpose: "plan", text: planPrompt(state) });
}

function onResumed(state: TaskState, event: Extract<TaskEvent, { kind: "resumed" }>): TaskState {
  if (state.status !== "held") return state;
  if (state.planGate === "asked" && state.hold?.reason === "policy") return onPlanAnswered(state, event.answer);
  const isGroupReady = event.isGroupReady === true && state.group?.isWaiting === true;
  // Only the word itself merges what a policy holds back: neither a resume nor another answer is a yes.
  if (state.hold?.reason === "policy" && !isGroupReady && !/^\W*merge\b/i.test(event.answer ?? "")) return state;
  const { hold: reason, ...rest } = state.group?.isWaiting === true ? release(state, isGroupReady ? "group" : "person") : state;
  const budget = { ...state.budget, ...event.budget };
  const isAnsweredHere = reason?.reason === "policy"; // the word is for us, not for the author
  const resumed: TaskState = {
    ...rest, budget, status: state.phase, spentBefore: state.spent, countUsage: noUsage, tries: { plan: 0, reproduce: 0, validate: 0, checks: 0, merge: 0, feature: 0 },
    messages: event.answer && !isAnsweredHere ? [...state.messages, event.answer] : state.messages,
    // After a hold of the reviewers a person's word opens a new count of rounds.
    review: { ...state.review, ...(reason?.reason === "review" ? { round: 0 } : {}), ...(state.review.tokens === undefined ? {} : { tokensBefore: state.review.tokens }) },
  };
  // A long job without its list is not yet past its planning, whatever was shown before.
  const isPlanned = state.reproduction !== undefined && (state.features === undefined || state.features.list !== undefined);
  if (reason?.reason === "takeover" && state.worktree && isPlanned)
    return go(resumed, "implementing", { kind: "commit", message: `${state.title}\n\nEdited by a person during a takeover.` });
  if (reason?.reason === "review" && state.head && /^approve\b/i.test(event.answer ?? "")) {
    const approved: TaskState = { ...resumed, messages: state.messages, review: { ...state.review, approvedHead: state.head } };
    return state.until === "patch" ? finish(approved, "done") : go(approved, "publishing", { kind: "publish" });
  }
  return resumed;
}

/** What has ended stays as it ended, and so does what is only being cleaned up after a merge. */
function onCancelAsked(state: TaskState): TaskState {
  if (state.status === "done" || state.status === "failed" || state.status === "cancelled" || state.ending === "done") return state;
  const { hold: _, ...rest } = state;
  return finish({ ...rest, status: state.phase }, "cancelled");
}

/** A person's waiting words are told before the change leaves the house; nothing is published or merged over them. */
function tellFirst(state: TaskState): TaskState {
  if (state.messages.length === 0 || isAtRest(state) || (state.effect?.kind !== "publish" && state.effect?.kind !== "merge" && state.effect?.kind !== "queue")) return state;
  return go(state, "implementing", { kind: "turn", purpose: "implement", text: toldPrompt });
}

function next(state: TaskState, event: TaskEvent, rules: TaskRules): TaskState {
  switch (event.kind) {
    case "prepared": return onPrepared({ ...state, worktree: event.worktree, head: event.worktree.baseCommit }, event.features);
    case "turn-ended": return gatePlan(state, onTurnEnded(state, event), rules);
    case "committed": return onCommitted(state, event);
    case "commit-refused": return onCommitRefused(state, event);
    case "proved": return onProved(state, event);
    case "validated": return onValidated(state, event);
    case "reviewed": return onReviewed(state, event);
    case "published": return onPublished(state, event, rules);
    case "checked": return onChecked(state, event, rules);
    case "feedback": return onFeedback(state, event);
    case "merge-ended": return onMergeEnded(state, event);
    case "updated": return onUpdated(state, event);
    case "cleaned-up": return onCleanedUp(state);
    case "woken": return onWoken(state, event.news);
    case "pull-ended": return onPullEnded(state, event);
    case "effect-failed":
      return hold(state, {
        reason: "outside",
        question: event.message.split("\n")[0] || event.code,
        options: [`cure it (${event.remedy}), then resume`, "cancel"],
        detail: event.message,
      });
    case "pause-asked": return hold(state, event.isTakeover
      ? { reason: "takeover", question: "A person works in the worktree.", options: ["resume when the edits are done", "cancel"], detail: state.worktree?.path ?? "" }
      : { reason: "paused", question: "Paused by a person.", options: ["resume", "cancel"], detail: "" });
    case "cancel-asked": return onCancelAsked(state);
    case "message": return { ...state, messages: [...state.messages, event.text] };
    case "noted": return noteOnFeature({ ...state, notes: [...state.notes, { at: event.at, ...event.note }].slice(-notesMax) }, event.note.text);
    case "resumed": return onResumed(event.comment === undefined ? state : { ...state, heard: [...(state.heard ?? []), event.comment].slice(-heardMax) }, event);
    default: return assertNever(event);
  }
}

/** Adds what the event cost to the task and to its running phase. */
function account(state: TaskState, event: TaskEvent): TaskState {
  const usage = "usage" in event ? event.usage : undefined;
  const time = { activeMs: event.activeMs, ...(event.kind === "turn-ended" ? { turns: 1 } : {}) };
  const more = { ...time, ...(usage ? { usage } : {}) };
  const paid = usage ? addUsageTo(state, usage) : state;
  const timeline = state.timeline.map((record, index) => {
    if (index !== state.timeline.length - 1) return record;
    const own = addSpent({ turns: 0, attempts: 0, activeMs: record.activeMs, usage: record.usage }, more);
    return { ...record, activeMs: own.activeMs, usage: own.usage };
  });
  return { ...paid, spent: addSpent(paid.spent, time), timeline, updatedAt: event.at };
}

/** Closes and opens the timeline's records where the working phase changed or the task came to rest. */
function recordTime(before: TaskState, after: TaskState, at: string): TaskState {
  const last = after.timeline.at(-1);
  const isWorking = !isAtRest(after);
  const isSame = last !== undefined && last.endedAt === undefined && last.phase === after.phase && isWorking;
  if (isSame) return after;
  const closed = after.timeline.map((record, index) => (index === after.timeline.length - 1 && record.endedAt === undefined ? { ...record, endedAt: at } : record));
  if (!isWorking) return { ...after, timeline: closed };
  return {
    ...after,
    timeline: [
      ...closed,
      {
        phase: after.phase,
        startedAt: at,
        activeMs: 0,
        usage: { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, reasoningTokens: 0, costUsd: 0, source: "wire" },
      },
    ],
  };
}

function costsTokens(effect: Effect | undefined): boolean {
  return effect?.kind === "turn" || effect?.kind === "review";
}

const effectOf = {
  "prepared": "prepare",
  "turn-ended": "turn",
  "committed": "commit",
  "commit-refused": "commit",
  "proved": "prove",
  "validated": "validate",
  "reviewed": "review",
  "published": "publish",
  "checked": "check",
  "feedback": "check",
  "updated": "update",
  "cleaned-up": "clean-up",
} as const satisfies Partial<Record<TaskEvent["kind"], Effect["kind"]>>;

/** Whether this can have happened: an effect's end only while that effect is due, and at rest only what a person does. */
function belongs(state: TaskState, event: TaskEvent): boolean {
  switch (event.kind) {
    case "resumed": case "message": case "noted": case "cancel-asked": return true;
    case "pull-ended": return isLeftOpen(state);
    case "woken": return isLeftOpen(state) && state.wokenBy !== event.news;
    case "pause-asked": case "effect-failed": return !isAtRest(state);
    case "turn-ended": return !isAtRest(state) && state.effect?.kind === "turn" && state.effect.purpose === event.purpose;
    case "merge-ended": return !isAtRest(state) && (state.effect?.kind === "merge" || state.effect?.kind === "queue");
    default: return !isAtRest(state) && state.effect?.kind === effectOf[event.kind];
  }
}

/** The next state. Total: every event is accepted in every state; one that does not belong there changes nothing but the account. */
export function transition(state: TaskState, event: TaskEvent, rules: TaskRules): Transition {
  const accounted = account(state, event);
  const moved = belongs(state, event) ? next(accounted, event, rules) : accounted;
  // A word that comes while an effect runs waits for its end: the effect is not swapped under it.
  let after = event.kind === "message" || event.kind === "noted" ? moved : gateGroup(tellFirst(moved));
  const passed = !isAtRest(after) && costsTokens(after.effect) ? passedBudget(after.budget, after) : undefined;
  if (passed) after = holdForBudget(after, passed);
  after = recordTime(state, after, event.at);
  return { state: after, signals: signalsOf(state, after, event) };
}
