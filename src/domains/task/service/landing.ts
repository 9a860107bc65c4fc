// Transitions from an approved head to the merge: publish, check, merge, clean up. Pure.
import type { Effect, TaskEvent, TaskRules, TaskState } from "../types/index.ts";
import { addSpent } from "./budget.ts";
import { finish, go, hold } from "./moves.ts";
import { conflictPrompt, repairChecksPrompt } from "./prompts.ts";

type Event<K extends TaskEvent["kind"]> = Extract<TaskEvent, { kind: K }>;

// The base may move while checks run; five races in a row mean that another way of merging is needed (a queue).
const mergeTriesMax = 5;
// A base that conflicts again and again is worked on by somebody else in the same place: people should talk.
const conflictTriesMax = 3;

/**
 * True where a task needs the base to itself: tasks that are ready merge one after the other, and one that lost a race checks again while the others wait. First
 * checks run side by side. Without it, of fifty tasks that are ready at once each merge would make all other checks worthless.
 */
export function isLanding(state: TaskState): boolean {
  if (state.status !== state.phase) return false; // at rest
  return state.effect?.kind === "merge" || (state.effect?.kind === "check" && state.tries.merge > 0);
}

const mergeEffect = (rules: TaskRules): Effect => ({ kind: rules.isQueued === true ? "queue" : "merge" });

export function onPublished(state: TaskState, event: Event<"published">, rules: TaskRules): TaskState {
  const published: TaskState = { ...state, pullRequest: event.pullRequest, pushedCommit: event.pushedCommit };
  // A forge has something to say even where inspan.yaml names no checks.
  if (rules.hasChecks || event.pullRequest.anchorCommit === "") return go(published, "checking", { kind: "check" });
  if (state.until !== "merge" || rules.mergePolicy === "none") return finish(published, "done");
  return hold(
    { ...published, phase: "merging", effect: mergeEffect(rules) },
    {
      reason: "policy",
      question: "inspan.yaml names no checks, so nothing proves that this may be merged. Merge all the same?",
      options: ['answer "merge"', "cancel"],
      detail: "",
    },
  );
}

function afterPassedChecks(state: TaskState, event: Event<"checked">, rules: TaskRules): TaskState {
  if (state.until !== "merge" || rules.mergePolicy !== "auto") return finish(state, "done");
  if (event.reasonsForPerson.length === 0) return go(state, "merging", mergeEffect(rules));
  return hold({ ...state, phase: "merging", effect: mergeEffect(rules) }, {
    reason: "policy",
    question: `Everything is green, but a person has to look: ${event.reasonsForPerson.join("; ")}. Merge it?`,
    options: ['answer "merge"', "cancel"],
    detail: event.reasonsForPerson.join("\n"),
  });
}

/** The base is merged into the branch, and the author resolves what git cannot; nothing is rebased, so nothing is forced. */
function onConflict(state: TaskState, detail: string): TaskState {
  const tried: TaskState = { ...state, tries: { ...state.tries, merge: state.tries.merge + 1 } };
  if (tried.tries.merge <= conflictTriesMax) return go(tried, "validating", { kind: "update" });
  return hold(
    { ...tried, phase: "checking", effect: { kind: "check" } },
    {
      reason: "conflict",
      question: `The branch conflicts with the base for the ${tried.tries.merge}th time.`,
      options: ["resume", "takeover, merge the base, resume", "cancel"],
      detail,
    },
  );
}

export function onUpdated(state: TaskState, event: Event<"updated">): TaskState {
  if (!state.worktree) throw new Error("BUG: expected a worktree to update");
  const updated: TaskState = { ...state, worktree: { ...state.worktree, baseCommit: event.base } };
  return event.conflicts.length === 0
    ? go(updated, "validating", { kind: "commit", message: `Merge the base into ${state.worktree.branch}` })
    : go(updated, "validating", { kind: "turn", purpose: "repair", text: conflictPrompt(event.conflicts) });
}

export function onChecked(state: TaskState, event: Event<"checked">, rules: TaskRules): TaskState {
  const checked: TaskState = { ...state, checks: { ...(state.head ? { head: state.head } : {}), base: event.base, results: [...event.results] } };
  if (event.outcome === "conflict") return onConflict(checked, event.detail);
  if (event.outcome === "silent")
    return hold(
      { ...checked, effect: { kind: "check" } },
      {
        reason: "checks",
        question: `Checks of the forge never reported: ${event.detail}.`,
        options: ["resume (wait again)", "mend the check, then resume", "cancel"],
        detail: event.detail,
      },
    );
  if (event.outcome === "passed") return afterPassedChecks(checked, event, rules);
  const tried: TaskState = { ...checked, spent: addSpent(state.spent, { attempts: 1 }), tries: { ...state.tries, checks: state.tries.checks + 1 } };
  const failed = event.results.filter((result) => result.status !== "passed");
  const effect = { kind: "turn" as const, purpose: "repair-checks" as const, text: repairChecksPrompt(failed) };
  if (tried.tries.checks < state.budget.attempts) return go(tried, "checking", effect);
  return hold(
    { ...tried, phase: "checking", effect },
    {
      reason: "checks",
      question: `Checks still fail after ${tried.tries.checks} heads: ${failed.map((result) => result.name).join(", ")}.`,
      options: ["resume with a hint (task answer)", "takeover", "cancel"],
      detail: failed.map((result) => result.log).join("\n\n"),
    },
  );
}

/** Each comment is answered like a finding; whoever keeps talking meets the same bound as a failing check. */
export function onFeedback(state: TaskState, event: Event<"feedback">): TaskState {
  const tries = { ...state.tries, checks: state.tries.checks + 1 };
  const told: TaskState = { ...state, tries, spent: addSpent(state.spent, { attempts: 1 }), review: { ...state.review, round: 0, findings: [...event.findings] } };
  const effect = { kind: "turn" as const, purpose: "answer-review" as const, text: event.prompt };
  if (tries.checks < state.budget.attempts) return go(told, "reviewing", effect);
  const open = event.findings.filter((finding) => finding.source !== undefined && finding.state === "open");
  return hold(
    { ...go(told, "reviewing", effect) },
    {
      reason: "review",
      question: `The pull request was answered ${tries.checks} times, and there is more: ${open.map((finding) => `${finding.reviewer}: ${finding.title}`).join("; ")}`,
      options: ["resume (answer it)", "takeover", "cancel"],
      detail: open.map((finding) => finding.detail).join("\n\n"),
    },
  );
}

export function onMergeEnded(state: TaskState, event: Event<"merge-ended">): TaskState {
  if (event.outcome === "merged") {
    const pullRequest = state.pullRequest && { ...state.pullRequest, state: "merged" as const, ...(event.commit ? { mergeCommit: event.commit } : {}) };
    return finish({ ...state, ...(event.commit ? { mergeCommit: event.commit } : {}), ...(pullRequest ? { pullRequest } : {}) }, "done");
  }
  if (event.outcome === "conflict") return onConflict(state, "");
  const tries = { ...state.tries, merge: state.tries.merge + 1 };
  // What the queue rejects is checked upon what has landed meanwhile: the author is shown a failure there, or it enters again.
  if (tries.merge < mergeTriesMax) return go({ ...state, tries }, "checking", { kind: "check" });
  return hold({ ...state, tries, phase: "checking", effect: { kind: "check" } }, {
    reason: "conflict",
    question:
      event.outcome === "rejected"
        ? `The merge queue rejected it ${tries.merge} times: ${event.detail ?? ""}`
        : `The base moved ${tries.merge} times while checks ran.`,
    options: ["resume", "takeover, merge the base, resume", "cancel"], detail: event.detail ?? "",
  });
}

export function onCleanedUp(state: TaskState): TaskState {
  const { effect: _, ending, ...rest } = state;
  return { ...rest, status: ending ?? "done" };
}

/** True where a task has ended with its pull request open: others decide there, and may still have something to say. */
export function isLeftOpen(state: TaskState): boolean {
  return state.status === "done" && state.pullRequest?.state === "open" && state.pushedCommit !== undefined && state.head !== undefined && state.mergeCommit === undefined;
}

/** The task begins again where it ended: with a look at what the forge says. Its budget goes on, and so does the count of heads: whoever keeps talking meets the same bound. */
export function onWoken(state: TaskState, news: string): TaskState {
  return go({ ...state, wokenBy: news }, "checking", { kind: "check" });
}

/** A task that had ended keeps what became of its pull request: figures count it, and nobody asks again. */
export function onPullEnded(state: TaskState, event: Event<"pull-ended">): TaskState {
  return {
    ...state,
    ...(state.pullRequest ? { pullRequest: { ...state.pullRequest, state: event.state, ...(event.commit ? { mergeCommit: event.commit } : {}) } } : {}),
    ...(event.state === "merged" && event.commit ? { mergeCommit: event.commit } : {}),
  };
}
