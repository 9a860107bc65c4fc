// The way of a task through a list of features: one session each, proved by its check, committed, noted. Pure.
import { boundText, fenceUntrusted } from "../../../base/text.ts";
import type { Feature, FeatureList, TaskEvent, TaskState, ValidationFailure } from "../types/index.ts";
import { addSpent } from "./budget.ts";
import { failuresOf } from "./failures.ts";
import { finish, go, hold } from "./moves.ts";
import { taskText } from "./prompts.ts";

type Event<K extends TaskEvent["kind"]> = Extract<TaskEvent, { kind: K }>;

const failureCharsMax = 4000;
const titleCharsMax = 60;
// What earlier sessions left is read from the list itself; the prompt shows the latest.
const notesShownMax = 3;
const notesMax = 20;
const noteCharsMax = 500;

const oneLine = (text: string): string => text.replaceAll(/\s+/g, " ").trim();

/** The text of the file: what is not a letter of the schema is not kept. Ends with a newline. */
export function renderFeatureList(list: FeatureList): string {
  return `${JSON.stringify(list, null, 2)}\n`;
}

export function passedCount(list: FeatureList): number {
  return list.features.filter((feature) => feature.passes).length;
}

/** The feature that is worked on; undefined between features and in other tasks. */
export function currentFeature(state: TaskState): Feature | undefined {
  return state.features?.list?.features.find((feature) => feature.id === state.features?.current);
}

/** Each feature has a session of its own, as fresh as if the one before had been lost; so has what comes after the last. */
export function sessionNameOf(state: TaskState): string {
  if (state.features?.current !== undefined) return `feature-${state.features.current}`;
  return state.features?.list === undefined ? "author" : "after-features";
}

export function featuresPrompt(state: TaskState): string {
  return [
    `<phase>planning</phase>\nThe job:\n\n${taskText(state)}\n`,
    "It is long, so it is worked off feature by feature, each by a session that knows nothing but the list. Read what you need (no edits yet), then call submit_features with all features that the job needs:",
    "small enough for one session, in the order in which they can be built, each with what it does for whoever uses it, the steps to try it, and its check: one plain command of a test runner that fails now and passes when the feature is there (name the test file that its session is to write). The harness runs every check now; one that passes already proves nothing and is refused.",
  ].join("\n");
}

export function featurePrompt(state: TaskState, feature: Feature): string {
  const list = state.features?.list;
  const all = list?.features ?? [];
  const earlier = all.filter((one) => one.passes).flatMap((one) => one.notes.map((note) => `${one.id}: ${oneLine(note)}`)).slice(-notesShownMax);
  const own = [`${feature.id}: ${feature.description}`, ...feature.steps.map((step, index) => `${index + 1}. ${step}`), ...feature.notes.map((note) => `note: ${note}`)];
  return [
    `<phase>implementing</phase>\nThe job:\n\n${taskText(state)}\n`,
    `It is worked off feature by feature. The list is ${state.features?.path ?? ""}; the harness alone writes it. ${list ? passedCount(list) : 0} of ${all.length} pass. You are fresh: read git log and the list before you begin.`,
    ...(earlier.length > 0 ? [`What earlier sessions left:\n${fenceUntrusted("feature-notes", earlier.join("\n"))}`] : []),
    `Your feature, and only this one:\n${fenceUntrusted("feature", own.join("\n"))}`,
    `The harness proves it by \`${feature.check}\`, on a clean checkout: it has to pass with your change, and to fail with your tests alone. Write its test first. Before you end the turn, leave what the next session should know by the operation note.`,
  ].join("\n");
}

function featureRepairPrompt(feature: Feature, failures: readonly ValidationFailure[]): string {
  const parts = failures.map(
    (failure) =>
      `${failure.title}:\n${failure.channel === "harness" ? boundText(failure.text, failureCharsMax) : fenceUntrusted(failure.channel, failuresOf(failure.text, failureCharsMax))}`,
  );
  return `<phase>implementing</phase>\nThe feature ${feature.id} is not proved yet.\n\n${parts.join("\n\n")}\n\nRepair this, then end the turn.`;
}

function withFeature(state: TaskState, id: string, change: (feature: Feature) => Feature): TaskState {
  const list = state.features?.list;
  if (!state.features || !list) return state;
  return { ...state, features: { ...state.features, list: { ...list, features: list.features.map((feature) => (feature.id === id ? change(feature) : feature)) } } };
}

/** For the pull request: each feature with what proves it. */
export function renderProof(state: TaskState): string {
  const lines = (state.features?.list?.features ?? []).map((feature) => `- ${feature.id}: ${featureTitle(feature)} (\`${oneLine(feature.check).replaceAll("`", "'")}\`)`);
  return `The check of each feature was run by the harness: it failed without the change and passes with it.\n\n${lines.join("\n")}`;
}

export function featureTitle(feature: Feature): string {
  const line = oneLine(feature.description);
  return line.length <= titleCharsMax ? line : `${line.slice(0, titleCharsMax - 1)}…`;
}

/** Goes on with the first feature that does not pass, in a new session; with none left to the whole change's validation. */
export function nextFeature(state: TaskState): TaskState {
  const { sessionId: _, ...fresh } = state;
  const { current: __, startCommit: ___, ...features } = state.features ?? { path: "" };
  const next = features.list?.features.find((feature) => !feature.passes);
  const tries = { ...state.tries, feature: 0 };
  if (next === undefined) return go({ ...fresh, features, tries }, "validating", { kind: "validate" });
  const started: TaskState = { ...fresh, tries, features: { ...features, current: next.id, ...(state.head ? { startCommit: state.head } : {}) } };
  return go(started, "implementing", { kind: "turn", purpose: "implement", text: featurePrompt(started, next) });
}

/** A list is there: it is the plan, and what proves the change. */
export function acceptFeatures(state: TaskState, list: FeatureList): TaskState {
  return {
    ...state, features: { path: state.features?.path ?? "", list }, reproduction: { kind: "proved" },
    plan: { summary: oneLine(list.goal) || state.title, steps: list.features.map((feature) => `${feature.id}: ${featureTitle(feature)}`).slice(0, 30) },
  };
}

/** After the session that wrote the list: the harness commits it before the first feature. */
export function afterFeatureList(state: TaskState, list: FeatureList): TaskState {
  const accepted = acceptFeatures(state, list);
  return go(accepted, "planning", { kind: "commit", message: `The list of features: ${state.title}` });
}

/** What follows the commit of a list, of a feature's work, and of its proof; undefined where the commit was none of these. */
export function afterFeatureCommit(state: TaskState): TaskState | undefined {
  const list = state.features?.list;
  if (!list) return undefined;
  if (state.until === "plan") return finish(state, "done");
  const feature = currentFeature(state);
  if (feature === undefined) return list.features.every((one) => one.passes) ? undefined : nextFeature(state);
  return feature.passes ? nextFeature(state) : go(state, "implementing", { kind: "prove" });
}

export function onProved(state: TaskState, event: Event<"proved">): TaskState {
  const feature = currentFeature(state);
  if (feature === undefined) return state;
  if (event.failures.length === 0) {
    const proved = withFeature(state, feature.id, (one) => ({ ...one, passes: true, provedAt: event.at }));
    return go(proved, "implementing", { kind: "commit", message: `${feature.id}: passes\n\nProved by \`${feature.check}\`.` });
  }
  const tried: TaskState = { ...state, spent: addSpent(state.spent, { attempts: 1 }), tries: { ...state.tries, feature: state.tries.feature + 1 } };
  const again = go(tried, "implementing", { kind: "turn", purpose: "repair", text: featureRepairPrompt(feature, event.failures) });
  if (tried.tries.feature < state.budget.attempts) return again;
  return hold(again, {
    reason: "attempts",
    question: `The feature ${feature.id} is not proved after ${tried.tries.feature} attempts: ${event.failures.map((failure) => failure.title).join("; ")}.`,
    options: ["resume with a hint (task answer)", "takeover", "cancel"],
    detail: event.failures.map((failure) => failure.text).join("\n\n"),
  });
}

/** A note of the author goes into the list, too: that is what the next session reads. */
export function noteOnFeature(state: TaskState, text: string): TaskState {
  const feature = currentFeature(state);
  return feature === undefined ? state : withFeature(state, feature.id, (one) => ({ ...one, notes: [...one.notes, text.slice(0, noteCharsMax)].slice(-notesMax) }));
}
