// Transitions from the plan to an approved head: turns, commits, validation, review. Pure.
import { assertNever } from "../../../base/assert.ts";
import { totalTokens } from "../../model/index.ts";
import type { FeatureList, TaskEvent, TaskState, TurnPurpose } from "../types/index.ts";
import { addSpent } from "./budget.ts";
import { afterFeatureCommit, afterFeatureList, currentFeature, featureTitle } from "./features.ts";
import { finish, go, hold, holdForBudget } from "./moves.ts";
import { continuePrompt, featuresReminder, implementPrompt, planReminder, repairPrompt, reproducePrompt, reproduceReminder } from "./prompts.ts";

// Rounds of review that the pull request shows; more than this were opened by people, hold after hold.
const roundsKeptMax = 20;

type Event<K extends TaskEvent["kind"]> = Extract<TaskEvent, { kind: K }>;

// One reminder: an agent that does not call the tool when told twice does not know how.
const remindersMax = 1;

const goalReason = "the harness saw it at the base, and judges each head by it";

function afterPlan(state: TaskState, features: FeatureList | undefined): TaskState {
  if (state.features && features) return afterFeatureList(state, features);
  if (state.plan && !state.features) {
    // Where the harness itself saw what is to be done, no word of the author ends the task.
    const isNothing = state.plan.noChangeReason !== undefined && state.goal === undefined;
    if (state.until === "plan" || isNothing) return finish(state, "done");
    const reason = state.goal === undefined ? state.plan.noReproductionReason : goalReason;
    if (reason === undefined) return go(state, "reproducing", { kind: "turn", purpose: "reproduce", text: reproducePrompt(state) });
    const reproduction = { kind: "none" as const, reason };
    const planned: TaskState = { ...state, reproduction };
    return go(planned, "implementing", { kind: "turn", purpose: "implement", text: implementPrompt(planned) });
  }
  if (state.tries.plan < remindersMax)
    return go({ ...state, tries: { ...state.tries, plan: state.tries.plan + 1 } }, "planning", {
      kind: "turn",
      purpose: "plan",
      text: state.features ? featuresReminder : planReminder,
    });
  return hold(state, { reason: "agent", question: "The agent ended two turns without a plan.", options: ["resume with a hint (task answer)", "cancel"], detail: "" });
}

function afterReproduce(state: TaskState): TaskState {
  if (state.reproduction?.kind === "shown") return go(state, "reproducing", { kind: "commit", message: `test: reproduce ${state.title}` });
  if (state.reproduction?.kind === "none") return go(state, "implementing", { kind: "turn", purpose: "implement", text: implementPrompt(state) });
  if (state.tries.reproduce < remindersMax)
    return go({ ...state, tries: { ...state.tries, reproduce: state.tries.reproduce + 1 } }, "reproducing", {
      kind: "turn",
      purpose: "reproduce",
      text: reproduceReminder,
    });
  return hold(state, { reason: "agent", question: "The agent could not reproduce the fault.", options: ["resume with a hint (task answer)", "cancel"], detail: "" });
}

export function onTurnEnded(state: TaskState, event: Event<"turn-ended">): TaskState {
  const informed: TaskState = {
    ...state, sessionId: event.sessionId, messages: state.messages.slice(event.toldCount),
    ...(event.plan ? { plan: event.plan } : {}), ...(event.reproduction ? { reproduction: event.reproduction } : {}),
    ...(event.findings ? { review: { ...state.review, findings: [...event.findings] } } : {}),
  };
  const again: TaskState = { ...informed, effect: { kind: "turn", purpose: event.purpose, text: continuePrompt(state.effect) } };
  if (event.budgetPassed !== undefined && event.status !== "completed") return holdForBudget(again, event.budgetPassed);
  if (event.stalled !== undefined && event.status !== "completed")
    return hold(again, {
      reason: "agent",
      question: `The agent makes no progress: ${event.stalled}, also after it was told.`,
      options: ["resume with a hint (task answer)", "resume", "cancel"],
      detail: event.text,
    });
  if (event.status === "interrupted") return { ...again, status: state.phase };
  if (event.status === "failed")
    return hold(again, {
      reason: "agent",
      question: `The agent's turn failed: ${event.reason.split("\n")[0] ?? ""}`,
      options: [event.remedy === undefined ? "resume" : `cure it (${event.remedy}), then resume`, "cancel"],
      detail: event.reason,
    });
  if (event.question) return hold(again, { reason: "question", question: event.question.question, options: [...event.question.options], detail: event.text });
  const feature = currentFeature(informed);
  const commitFeature = (): TaskState => go(informed, "implementing", { kind: "commit", message: `${feature?.id ?? ""}: ${feature ? featureTitle(feature) : ""}` });
  switch (event.purpose) {
    case "plan": return afterPlan(informed, event.features);
    case "reproduce": return afterReproduce(informed);
    case "implement": return feature ? commitFeature() : go(informed, "implementing", { kind: "commit", message: state.title });
    case "repair": return feature ? commitFeature() : go(informed, "validating", { kind: "commit", message: `${state.title}: repair what validation found` });
    case "answer-review": return go(informed, "reviewing", { kind: "commit", message: `${state.title}: answer the review` });
    case "repair-checks": return go(informed, "checking", { kind: "commit", message: `${state.title}: repair the failed check` });
    default: return assertNever(event.purpose);
  }
}

export function onCommitted(state: TaskState, event: Event<"committed">): TaskState {
  const committed: TaskState = { ...state, head: event.head };
  const inList = afterFeatureCommit(committed);
  if (inList) return inList;
  switch (state.phase) {
    case "reproducing": {
      const reproduction = state.reproduction?.kind === "shown" ? { ...state.reproduction, commit: event.head } : state.reproduction;
      const shown: TaskState = { ...committed, reproduction };
      return go(shown, "implementing", { kind: "turn", purpose: "implement", text: implementPrompt(shown) });
    }
    case "reviewing": return event.isChanged ? go(committed, "validating", { kind: "validate" }) : go(committed, "reviewing", { kind: "review" });
    case "checking": {
      if (event.isChanged) return go(committed, "validating", { kind: "validate" });
      return hold(
        { ...committed, effect: { kind: "check" } },
        {
          reason: "checks",
          question: "A check fails, and the agent changed nothing to repair it.",
          options: ["resume with a hint (task answer)", "takeover", "cancel"],
          detail: state.checks.results
            .filter((result) => result.status !== "passed")
            .map((result) => `${result.name}:\n${result.log}`)
            .join("\n\n"),
        },
      );
    }
    default: return go(committed, "validating", { kind: "validate" });
  }
}

// The turn after which the commit is tried again, without leaving the phase.
const againPurpose: Partial<Record<TaskState["phase"], TurnPurpose>> = { reproducing: "reproduce", reviewing: "answer-review", checking: "repair-checks" };

/** The author has to take back what must not become a commit; nothing of it was committed. */
export function onCommitRefused(state: TaskState, event: Event<"commit-refused">): TaskState {
  const tried: TaskState = { ...state, spent: addSpent(state.spent, { attempts: 1 }), tries: { ...state.tries, validate: state.tries.validate + 1 } };
  const effect = { kind: "turn" as const, purpose: againPurpose[state.phase] ?? ("repair" as const), text: repairPrompt(event.failures) };
  const phase = againPurpose[state.phase] || currentFeature(state) ? state.phase : "validating";
  if (tried.tries.validate < state.budget.attempts) return go(tried, phase, effect);
  return hold(go(tried, phase, effect), {
    reason: "attempts",
    question: `The worktree still holds what must not be committed after ${tried.tries.validate} attempts: ${event.failures.map((failure) => failure.title).join("; ")}.`,
    options: ["resume with a hint (task answer)", "takeover", "cancel"],
    detail: event.failures.map((failure) => failure.text).join("\n\n"),
  });
}

export function onValidated(before: TaskState, event: Event<"validated">): TaskState {
  const { reproduction } = before;
  const proven: TaskState =
    reproduction?.kind === "shown" && event.provenFiles !== undefined
      ? { ...before, reproduction: { ...reproduction, provenFiles: event.provenFiles } }
      : before;
  const state: TaskState = event.journeys === undefined ? proven : { ...proven, journeys: [...event.journeys] };
  if (event.failures.length === 0) {
    const valid: TaskState = { ...state, tries: { ...state.tries, validate: 0 } };
    return valid.head === valid.review.approvedHead ? go(valid, "publishing", { kind: "publish" }) : go(valid, "reviewing", { kind: "review" });
  }
  const tried: TaskState = { ...state, spent: addSpent(state.spent, { attempts: 1 }), tries: { ...state.tries, validate: state.tries.validate + 1 } };
  const effect = { kind: "turn" as const, purpose: "repair" as const, text: repairPrompt(event.failures) };
  if (tried.tries.validate < state.budget.attempts) return go(tried, "validating", effect);
  return hold(
    { ...go(tried, "validating", effect) },
    {
      reason: "attempts",
      question: `The change is still not valid after ${tried.tries.validate} attempts: ${event.failures.map((failure) => failure.title).join("; ")}.`,
      options: ["resume with a hint (task answer)", "takeover", "cancel"],
      detail: event.failures.map((failure) => failure.text).join("\n\n"),
    },
  );
}

export function onReviewed(state: TaskState, event: Event<"reviewed">): TaskState {
  const reviewed: TaskState = {
    ...state,
    review: {
      ...state.review,
      round: event.round.round,
      tokens: (state.review.tokens ?? 0) + totalTokens(event.usage),
      rounds: [...state.review.rounds, event.round].slice(-roundsKeptMax),
      findings: [...event.findings],
      ...(event.flaws === undefined ? {} : { flaws: [...event.flaws] }),
    },
  };
  switch (event.decision.kind) {
    case "approved": {
      const approved: TaskState = { ...reviewed, review: { ...reviewed.review, ...(state.head ? { approvedHead: state.head } : {}) } };
      return state.until === "patch" ? finish(approved, "done") : go(approved, "publishing", { kind: "publish" });
    }
    case "author": return go(reviewed, "reviewing", { kind: "turn", purpose: "answer-review", text: event.decision.prompt });
    case "hold":
      return hold(
        { ...reviewed, effect: { kind: "review" } },
        {
          reason: "review",
          question: event.decision.question,
          options: [...event.decision.options],
          detail: event.findings
            .filter((finding) => finding.state === "open")
            .map((finding) => `${finding.priority} ${finding.file} ${finding.title}`)
            .join("\n"),
        },
      );
    default: return assertNever(event.decision);
  }
}
