import assert from "node:assert/strict";
import { test } from "node:test";
import { at, commitOf, makeTask, makeTaskAt, pullRequest, turnEffect, turnEnded, usage, worktree } from "../../../../test/support/task-state.ts";
import type { Effect, FeatureList, TaskEvent, TaskRules, TaskState } from "../types/index.ts";
import { isAtRest, transition } from "./transition.ts";

const auto: TaskRules = { mergePolicy: "auto", hasChecks: true };
const bare = { at, activeMs: 1000 };
const plan = { summary: "s", steps: ["one"] };
const shown = { kind: "shown" as const, command: "npm test", files: ["a.test.ts"], failure: "AssertionError" };
const round = { round: 1, baseCommit: "base", headCommit: "head", verdicts: [], rulings: [], leftOut: "" };
const failedCheck = { name: "ci", status: "failed" as const, exitCode: 1, durationMs: 1, log: "log", commit: "head", baseCommit: "base" };

const validated = (...titles: string[]): TaskEvent => ({ kind: "validated", failures: titles.map((title) => ({ channel: "harness", title, text: title })), ...bare });
const proved = (...titles: string[]): TaskEvent => ({ kind: "proved", failures: titles.map((title) => ({ channel: "harness", title, text: title })), ...bare });
const listOf = (...ids: string[]): FeatureList => ({ version: 1, goal: "g", features: ids.map((id) => ({ id, description: `does ${id}`, steps: [], check: `node test/${id}.mjs`, passes: false, notes: [] })) });
const reviewed = (decision: Extract<TaskEvent, { kind: "reviewed" }>["decision"]): TaskEvent => ({ kind: "reviewed", round, findings: [], usage, decision, ...bare });
const checked = (outcome: "passed" | "failed" | "conflict", reasonsForPerson: string[] = []): TaskEvent => ({
  kind: "checked",
  outcome,
  base: commitOf("base"),
  results: outcome === "failed" ? [failedCheck] : [],
  detail: "a.ts",
  reasonsForPerson,
  ...bare,
});
const committed = (isChanged: boolean, head = "next"): TaskEvent => ({ kind: "committed", head: commitOf(head), isChanged, ...bare });
const mergeEnded = (outcome: "merged" | "base-moved" | "conflict" | "rejected"): TaskEvent => ({ kind: "merge-ended", outcome, ...(outcome === "merged" ? { commit: commitOf("m") } : {}), ...bare });
const published: TaskEvent = { kind: "published", pullRequest, pushedCommit: commitOf("head"), ...bare };
const resumed = (answer?: string): TaskEvent => ({ kind: "resumed", ...(answer === undefined ? {} : { answer }), ...bare });
const failed: TaskEvent = { kind: "effect-failed", code: "X", message: "Cannot do it.\nmore", remedy: "mend it", ...bare };

/** Status, then what is due: an effect with its purpose, how it will end, or why it is held. */
function shortOf(state: TaskState): string {
  const effect = state.effect?.kind === "turn" ? `turn:${state.effect.purpose}` : state.effect?.kind === "clean-up" ? `clean-up:${state.ending ?? "?"}` : state.effect?.kind ?? "nothing";
  return state.status === "held" ? `held:${state.hold?.reason ?? "?"} ${effect}` : `${state.status} ${effect}`;
}

function check(name: string, state: TaskState, event: TaskEvent, expected: string, rules: TaskRules = auto): void {
  assert.equal(shortOf(transition(state, event, rules).state), expected, name);
}

test("transition(): from the prompt to a valid head", () => {
  const planning = makeTaskAt("planning", turnEffect("plan"), { plan: undefined, reproduction: undefined });
  check("prepared", makeTask(), { kind: "prepared", worktree, ...bare }, "planning turn:plan");
  check("a plan", planning, turnEnded("plan", { plan }), "reproducing turn:reproduce");
  check("a plan is all that is wanted", { ...planning, until: "plan" }, turnEnded("plan", { plan }), "planning clean-up:done");
  check("a plan without behaviour", planning, turnEnded("plan", { plan: { ...plan, noReproductionReason: "docs" } }), "implementing turn:implement");
  check("a plan of a task with a goal: the harness has seen it", { ...planning, goal: { domain: "upkeep", value: "{}" } }, turnEnded("plan", { plan }), "implementing turn:implement");
  check("nothing to change", planning, turnEnded("plan", { plan: { ...plan, noChangeReason: "it is so already" } }), "planning clean-up:done");
  check(
    "nothing to change, against what the harness saw",
    { ...planning, goal: { domain: "lint", value: "x" } },
    turnEnded("plan", { plan: { ...plan, noChangeReason: "it is so already" } }),
    "implementing turn:implement",
  );
  check("no plan", planning, turnEnded("plan"), "planning turn:plan");
  check("no plan, twice", { ...planning, tries: { ...planning.tries, plan: 1 } }, turnEnded("plan"), "held:agent turn:plan");
  const reproducing = makeTaskAt("reproducing", turnEffect("reproduce"), { reproduction: undefined });
  check("shown", reproducing, turnEnded("reproduce", { reproduction: shown }), "reproducing commit");
  check("none", reproducing, turnEnded("reproduce", { reproduction: { kind: "none", reason: "r" } }), "implementing turn:implement");
  check("nothing", reproducing, turnEnded("reproduce"), "reproducing turn:reproduce");
  check("nothing, twice", { ...reproducing, tries: { ...reproducing.tries, reproduce: 1 } }, turnEnded("reproduce"), "held:agent turn:reproduce");
  check("test committed", makeTaskAt("reproducing", { kind: "commit", message: "m" }), committed(true), "implementing turn:implement");
  check("implemented", makeTaskAt("implementing", turnEffect("implement")), turnEnded("implement"), "implementing commit");
  check("committed", makeTaskAt("implementing", { kind: "commit", message: "m" }), committed(true), "validating validate");
  const validating = makeTaskAt("validating", { kind: "validate" });
  check("valid", validating, validated(), "reviewing review");
  check("valid, and approved before", { ...validating, review: { ...validating.review, approvedHead: commitOf("head") } }, validated(), "publishing publish");
  check("not valid", validating, validated("x"), "validating turn:repair");
  check("not valid at the bound", { ...validating, tries: { ...validating.tries, validate: 2 } }, validated("x"), "held:attempts turn:repair");
  check("repaired", makeTaskAt("validating", turnEffect("repair")), turnEnded("repair"), "validating commit");
});

test("transition(): where plans are approved, no code turn starts before the word itself", () => {
  const rules: TaskRules = { ...auto, planApproval: true };
  const planning = makeTaskAt("planning", turnEffect("plan"), { plan: undefined, reproduction: undefined });
  check("a plan waits", planning, turnEnded("plan", { plan }), "held:policy turn:reproduce", rules);
  check("no plan yet", planning, turnEnded("plan"), "planning turn:plan", rules);
  check("a plan is all that is wanted", { ...planning, until: "plan" }, turnEnded("plan", { plan }), "planning clean-up:done", rules);
  const asked = transition(planning, turnEnded("plan", { plan }), rules).state;
  check("resumed without a word", asked, resumed(), "held:policy turn:reproduce", rules);
  check("approved", asked, resumed("Approve."), "reproducing turn:reproduce", rules);
  check("another word", asked, resumed("use the index instead"), "planning turn:plan", rules);
  const again = transition(asked, resumed("use the index instead"), rules).state;
  assert.deepEqual([again.messages, again.plan, again.planGate], [["use the index instead"], undefined, undefined]);
  check("the second plan waits, too", again, turnEnded("plan", { plan }), "held:policy turn:reproduce", rules);
});

test("transition(): words on the forge are answered like findings, to a bound; a base that moved is merged in", () => {
  const checking = makeTaskAt("checking", { kind: "check" });
  const word = {
    id: "w",
    reviewer: "@ada",
    priority: "P1" as const,
    file: "",
    title: "Rename it",
    detail: "",
    evidence: "",
    suggestion: "",
    state: "open" as const,
    source: { thread: "top:1", comment: "top:1" },
    firstRound: 1,
    commit: "head",
  };
  const feedback: TaskEvent = { kind: "feedback", findings: [word], prompt: "p", ...bare };
  check("a word", checking, feedback, "reviewing turn:answer-review");
  check("words without end", { ...checking, tries: { ...checking.tries, checks: 2 } }, feedback, "held:review turn:answer-review");
  check("silence", checking, { ...checked("passed"), outcome: "silent" } as TaskEvent, "held:checks check");
  const updating = makeTaskAt("validating", { kind: "update" });
  const updated = (...conflicts: string[]): TaskEvent => ({ kind: "updated", base: commitOf("newer"), conflicts, ...bare });
  check("merged by git alone", updating, updated(), "validating commit");
  check("for the author", updating, updated("a.ts"), "validating turn:repair");
  assert.equal(transition(updating, updated(), auto).state.worktree?.baseCommit, "newer");
});

test("transition(): a list of features is worked off one a session, and only a proof ticks one", () => {
  const long = (more: Partial<TaskState>): TaskState => makeTask({ status: "planning", phase: "planning", effect: turnEffect("plan"), worktree, head: commitOf("head"), features: { path: "f.json" }, ...more });
  check("nobody has a list", makeTask({ features: { path: "f.json" } }), { kind: "prepared", worktree, ...bare }, "planning turn:plan");
  check("the base has one", makeTask({ features: { path: "f.json" } }), { kind: "prepared", worktree, features: listOf("one"), ...bare }, "implementing turn:implement");
  check("a list", long({}), turnEnded("plan", { features: listOf("one", "two") }), "planning commit");
  check("an ordinary plan is no list", long({}), turnEnded("plan", { plan }), "planning turn:plan");
  check("a list in an ordinary task", { ...long({}), features: undefined }, turnEnded("plan", { features: listOf("one") }), "planning turn:plan");
  const inWork = long({
    status: "implementing",
    phase: "implementing",
    effect: turnEffect("implement"),
    sessionId: "s1",
    features: { path: "f.json", list: listOf("one", "two"), current: "one", startCommit: commitOf("head") },
  });
  check("implemented", inWork, turnEnded("implement"), "implementing commit");
  check("committed", { ...inWork, effect: { kind: "commit", message: "m" } }, committed(true), "implementing prove");
  const proving = { ...inWork, effect: { kind: "prove" as const } };
  check("not proved", proving, proved("x"), "implementing turn:repair");
  check("not proved at the bound", { ...proving, tries: { ...proving.tries, feature: 2 } }, proved("x"), "held:attempts turn:repair");
  check("repaired", { ...inWork, effect: turnEffect("repair") }, turnEnded("repair"), "implementing commit");
  const ticked = transition(proving, proved(), auto).state;
  assert.deepEqual([shortOf(ticked), ticked.features?.list?.features.map((feature) => feature.passes), ticked.features?.list?.features[0]?.provedAt], ["implementing commit", [true, false], at]);
  const second = transition(ticked, committed(true, "more"), auto).state;
  assert.deepEqual([shortOf(second), second.features?.current, second.features?.startCommit, second.sessionId], ["implementing turn:implement", "two", "more", undefined], "the next feature has a session of its own");
  const noted = transition(second, { kind: "noted", note: { kind: "progress", text: "half of it" }, ...bare }, auto).state;
  assert.deepEqual([noted.features?.list?.features.map((feature) => feature.notes), shortOf(noted)], [[[], ["half of it"]], shortOf(second)]);
  const last = transition({ ...second, effect: { kind: "prove" } }, proved(), auto).state;
  assert.equal(shortOf(transition(last, committed(true, "end"), auto).state), "validating validate");
});

test("transition(): from the review to the merge", () => {
  const reviewing = makeTaskAt("reviewing", { kind: "review" });
  check("approved", reviewing, reviewed({ kind: "approved" }), "publishing publish");
  check("approved is enough", { ...reviewing, until: "patch" }, reviewed({ kind: "approved" }), "reviewing clean-up:done");
  check("asked of the author", reviewing, reviewed({ kind: "author", prompt: "p" }), "reviewing turn:answer-review");
  check("at the round bound", reviewing, reviewed({ kind: "hold", question: "q?", options: ["approve"] }), "held:review review");
  check("answered", makeTaskAt("reviewing", turnEffect("answer-review")), turnEnded("answer-review"), "reviewing commit");
  check("answered by a change", makeTaskAt("reviewing", { kind: "commit", message: "m" }), committed(true), "validating validate");
  check("answered by words", makeTaskAt("reviewing", { kind: "commit", message: "m" }), committed(false), "reviewing review");
  const publishing = makeTaskAt("publishing", { kind: "publish" });
  check("published", publishing, published, "checking check");
  check("published without checks", publishing, published, "held:policy merge", { mergePolicy: "auto", hasChecks: false });
  check("published without policy or checks", publishing, published, "publishing clean-up:done", { mergePolicy: "none", hasChecks: false });
  const checking = makeTaskAt("checking", { kind: "check" }, { pullRequest });
  check("green", checking, checked("passed"), "merging merge");
  check("green without a policy", checking, checked("passed"), "checking clean-up:done", { mergePolicy: "none", hasChecks: true });
  check("green, a pull request is wanted", { ...checking, until: "pr" }, checked("passed"), "checking clean-up:done");
  check("green, but it changes its own judges", checking, checked("passed", ["inspan.yaml"]), "held:policy merge");
  check("red", checking, checked("failed"), "checking turn:repair-checks");
  check("red at the bound", { ...checking, tries: { ...checking.tries, checks: 2 } }, checked("failed"), "held:checks turn:repair-checks");
  check("conflict", checking, checked("conflict"), "validating update");
  check("conflict again and again", { ...checking, tries: { ...checking.tries, merge: 3 } }, checked("conflict"), "held:conflict check");
  check("repaired", makeTaskAt("checking", turnEffect("repair-checks")), turnEnded("repair-checks"), "checking commit");
  check("repaired by nothing", makeTaskAt("checking", { kind: "commit", message: "m" }), committed(false), "held:checks check");
  const merging = makeTaskAt("merging", { kind: "merge" }, { pullRequest });
  check("merged", merging, mergeEnded("merged"), "merging clean-up:done");
  check("the base moved", merging, mergeEnded("base-moved"), "checking check");
  check("the base moved again and again", { ...merging, tries: { ...merging.tries, merge: 4 } }, mergeEnded("base-moved"), "held:conflict check");
  check("merge conflict", merging, mergeEnded("conflict"), "validating update");
  check("cleaned up", makeTaskAt("merging", { kind: "clean-up" }, { ending: "done" }), { kind: "cleaned-up", ...bare }, "done nothing");
});

test("transition(): what a person does, and a broken world", () => {
  const turn = makeTaskAt("implementing", turnEffect("implement"));
  check("interrupted", turn, turnEnded("implement", { status: "interrupted" }), "implementing turn:implement");
  check("failed", turn, turnEnded("implement", { status: "failed", reason: "500" }), "held:agent turn:implement");
  check("a question", turn, turnEnded("implement", { question: { question: "Which?", options: [] } }), "held:question turn:implement");
  check("cut off by a budget", turn, turnEnded("implement", { status: "interrupted", budgetPassed: "9 of 9 tokens are used" }), "held:budget turn:implement");
  check("stalled", turn, turnEnded("implement", { status: "interrupted", stalled: "15 calls in a row were repetitions" }), "held:agent turn:implement");
  check("stalled, but done all the same", turn, turnEnded("implement", { stalled: "nothing changed" }), "implementing commit");
  check("complete all the same", turn, turnEnded("implement", { budgetPassed: "9 of 9 tokens are used" }), "implementing commit");
  check("effect failed", turn, failed, "held:outside turn:implement");
  check("pause", turn, { kind: "pause-asked", isTakeover: false, ...bare }, "held:paused turn:implement");
  check("takeover", turn, { kind: "pause-asked", isTakeover: true, ...bare }, "held:takeover turn:implement");
  check("cancel", turn, { kind: "cancel-asked", ...bare }, "implementing clean-up:cancelled");
  const held = (reason: NonNullable<TaskState["hold"]>["reason"], more: Partial<TaskState> = {}): TaskState => ({ ...turn, status: "held", hold: { reason, question: "q?", options: ["resume"], detail: "" }, ...more });
  check("resume", held("paused"), resumed(), "implementing turn:implement");
  check("resume after a takeover", held("takeover"), resumed(), "implementing commit");
  check("resume after a takeover of a long job without its list", held("takeover", { features: { path: "f.json" }, effect: turnEffect("plan"), phase: "planning" }), resumed(), "planning turn:plan");
  check("resume after an early takeover", held("takeover", { reproduction: undefined, effect: turnEffect("plan"), phase: "planning" }), resumed(), "planning turn:plan");
  check("approve", held("review", { phase: "reviewing", effect: { kind: "review" } }), resumed("approve"), "publishing publish");
  check("another answer to a review", held("review", { phase: "reviewing", effect: { kind: "review" } }), resumed("look again"), "reviewing review");
  const policy = held("policy", { phase: "merging", effect: { kind: "merge" }, pullRequest });
  check("merge", policy, resumed("merge"), "merging merge");
  for (const answer of [undefined, "no", "do not merge", "emerge"]) check(`policy: ${answer ?? "a mere resume"}`, policy, resumed(answer), "held:policy merge");
  check("cancel what is held", policy, { kind: "cancel-asked", ...bare }, "merging clean-up:cancelled");
  for (const status of ["done", "failed", "cancelled"] as const) {
    const { effect: _, ...ended } = turn;
    check(`cancel what is ${status}`, { ...ended, status }, { kind: "cancel-asked", ...bare }, `${status} nothing`);
    check(`resume what is ${status}`, { ...ended, status }, resumed(), `${status} nothing`);
  }
  check("cancel after the merge", makeTaskAt("merging", { kind: "clean-up" }, { ending: "done", mergeCommit: commitOf("m") }), { kind: "cancel-asked", ...bare }, "merging clean-up:done");
});

test("an effect's end that is not due changes nothing but the account", () => {
  const ends: readonly TaskEvent[] = [
    { kind: "prepared", worktree, ...bare },
    turnEnded("plan", { plan }),
    committed(true),
    validated(),
    reviewed({ kind: "approved" }),
    published,
    checked("passed"),
    mergeEnded("merged"),
    { kind: "cleaned-up", ...bare },
  ];
  const effects: readonly Effect[] = [
    { kind: "prepare" },
    turnEffect("plan"),
    { kind: "commit", message: "m" },
    { kind: "validate" },
    { kind: "review" },
    { kind: "publish" },
    { kind: "check" },
    { kind: "merge" },
    { kind: "clean-up" },
  ];
  effects.forEach((effect, effectAt) => ends.forEach((event, eventAt) => {
    if (effectAt === eventAt) return;
    const before = makeTaskAt("implementing", effect);
    const { spent: _, timeline: __, ...after } = transition(before, event, auto).state;
    const { spent: ___, timeline: ____, ...expected } = before;
    assert.deepEqual(after, expected, `${event.kind} while ${effect.kind} is due`);
  }));
  check("a turn of another purpose", makeTaskAt("implementing", turnEffect("implement")), turnEnded("plan", { plan }), "implementing turn:implement");
});

test("a person's words are told once: those of the turn's beginning are gone, later ones wait, and nothing is published or merged over them", () => {
  const told = (state: TaskState, event: TaskEvent) => transition(state, event, auto).state;
  const turn = makeTaskAt("implementing", turnEffect("implement"), { messages: ["first"] });
  const during = told(turn, { kind: "message", text: "second", ...bare });
  assert.deepEqual([during.messages, during.effect], [["first", "second"], turn.effect]);
  assert.deepEqual(told(during, turnEnded("implement", { toldCount: 1 })).messages, ["second"]);
  check("approved with a word waiting", makeTaskAt("reviewing", { kind: "review" }, { messages: ["stop"] }), reviewed({ kind: "approved" }), "implementing turn:implement");
  check("green with a word waiting", makeTaskAt("checking", { kind: "check" }, { messages: ["stop"] }), checked("passed"), "implementing turn:implement");
  check("a word during the merge", makeTaskAt("merging", { kind: "merge" }), { kind: "message", text: "stop", ...bare }, "merging merge");
});

test("budgets hold before the next turn or review, and a resume starts a new count", () => {
  const spent = { turns: 20, attempts: 0, activeMs: 0, usage };
  check("turns", makeTaskAt("validating", { kind: "validate" }, { spent }), validated("x"), "held:budget turn:repair");
  check("turns, before a review", makeTaskAt("validating", { kind: "validate" }, { spent }), validated(), "held:budget review");
  check("what costs nothing goes on", makeTaskAt("reviewing", { kind: "review" }, { spent }), reviewed({ kind: "approved" }), "publishing publish");
  check(
    "minutes",
    makeTaskAt("implementing", turnEffect("implement"), { budget: { turns: 20, attempts: 3, tokens: 1e6, minutes: 0.01 } }),
    turnEnded("implement", { status: "interrupted" }),
    "held:budget turn:implement",
  );
  const held = transition(makeTaskAt("validating", { kind: "validate" }, { spent }), validated("x"), auto).state;
  const again = transition(held, { ...resumed(), budget: { turns: 2 } } as TaskEvent, auto).state; // resumed() gives a resumed event
  assert.deepEqual([shortOf(again), again.budget.turns, again.spentBefore.turns, again.tries.validate], ["validating turn:repair", 2, 20, 0]);
});

test("transition(): where the policy has a queue, whoever is ready enters it, and what it rejects is checked again, within a bound", () => {
  const rules: TaskRules = { ...auto, isQueued: true };
  const checking = makeTaskAt("checking", { kind: "check" }, { pullRequest });
  check("green", checking, checked("passed"), "merging queue", rules);
  check("green, without a queue", checking, checked("passed"), "merging merge");
  check("a person has to look", checking, checked("passed", ["inspan.yaml"]), "held:policy queue", rules);
  const queued = makeTaskAt("merging", { kind: "queue" }, { pullRequest });
  check("landed", queued, mergeEnded("merged"), "merging clean-up:done", rules);
  check("rejected", queued, mergeEnded("rejected"), "checking check", rules);
  check("rejected at the bound", { ...queued, tries: { ...queued.tries, merge: 4 } }, mergeEnded("rejected"), "held:conflict check", rules);
  check("conflict", queued, mergeEnded("conflict"), "validating update", rules);
  check("an end of another effect", makeTaskAt("checking", { kind: "check" }), mergeEnded("merged"), "checking check", rules);
  check("a person has spoken meanwhile", { ...checking, messages: ["wait"] }, checked("passed"), "implementing turn:implement", rules);
});

/** Mulberry32: enough chance for a walk, and the same one for the same seed. */
function makeDice(seed: number): { pick<T>(items: readonly T[]): T; isLucky(chance: number): boolean } {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    pick: (items) => { const item = items[Math.floor(next() * items.length)]; if (item === undefined) throw new Error("nothing to pick"); return item; },
    isLucky: (chance) => next() < chance,
  };
}

type Dice = ReturnType<typeof makeDice>;

function endOf(effect: Effect, dice: Dice): TaskEvent {
  switch (effect.kind) {
    case "prepare": return dice.pick([{ kind: "prepared" as const, worktree, ...bare }, { kind: "prepared" as const, worktree, features: listOf("one", "two"), ...bare }, failed]);
    case "turn": return turnEnded(effect.purpose, {
      status: dice.pick(["completed", "completed", "completed", "completed", "interrupted", "failed"]), reason: "r",
      ...(dice.isLucky(0.7) ? { plan: dice.pick([plan, { ...plan, noReproductionReason: "docs" }]) } : {}), ...(dice.isLucky(0.7) ? { reproduction: dice.pick([shown, { kind: "none" as const, reason: "r" }]) } : {}),
      ...(dice.isLucky(0.7) ? { features: listOf("one", "two") } : {}), ...(dice.isLucky(0.1) ? { question: { question: "Which?", options: [] } } : {}), ...(dice.isLucky(0.1) ? { budgetPassed: "tokens" } : {}),
    });
    case "commit": return committed(dice.isLucky(0.5), dice.pick(["one", "two"]));
    case "prove": return dice.pick([proved(), proved(), proved("x")]);
    case "validate": return dice.pick([validated(), validated("x")]);
    case "review": return reviewed(dice.pick([{ kind: "approved" as const }, { kind: "author" as const, prompt: "p" }, { kind: "hold" as const, question: "q?", options: ["approve"] }]));
    case "publish": return dice.pick([published, published, failed]);
    case "check": return dice.pick([checked("passed"), checked("passed", ["inspan.yaml"]), checked("failed"), checked("conflict")]);
    case "merge": case "queue": return mergeEnded(dice.pick(["merged", "base-moved", "conflict"]));
    case "update": return { kind: "updated" as const, base: commitOf("newer"), conflicts: dice.pick([[], ["a.ts"]]), ...bare };
    case "clean-up": return dice.pick([{ kind: "cleaned-up" as const, ...bare }, failed]);
  }
}

const person = (dice: Dice): TaskEvent => dice.pick([
  resumed(),
  resumed("approve"),
  resumed("merge"),
  resumed("a hint"),
  { kind: "message" as const, text: "mind this", ...bare },
  { kind: "pause-asked" as const, isTakeover: dice.isLucky(0.5), ...bare },
  { kind: "cancel-asked" as const, ...bare },
]);

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) { Object.freeze(value); Object.values(value).forEach(deepFreeze); }
  return value;
}

const statuses = new Set(["prepared", "planning", "reproducing", "implementing", "validating", "reviewing", "publishing", "checking", "merging", "done", "held", "failed", "cancelled"]);

/** What holds of every state, whatever happened before. */
function assertSane(state: TaskState, trail: string): void {
  assert.ok(statuses.has(state.status), trail);
  assert.ok(isAtRest(state) || state.effect !== undefined, `at rest, or something is due: ${trail}`);
  if (state.status === "held") assert.ok(state.hold && state.hold.question !== "" && (state.hold.options.length > 0 || state.hold.reason === "question") && state.effect, `held with one question: ${trail}`);
  if (state.status !== "done") return;
  const isEnough = state.mergeCommit !== undefined || (state.until === "plan" && state.plan !== undefined) || (state.until === "patch" && state.review.approvedHead === state.head) || state.pullRequest !== undefined;
  assert.ok(isEnough, `done only when merged, published, or as far as was wanted: ${trail}`);
  if (state.until !== "plan" && state.features) assert.ok(state.features.list?.features.every((feature) => feature.passes), `a long job is done when every feature is proved: ${trail}`);
  if (state.until === "merge" && state.mergeCommit === undefined) assert.match(trail, /rules none/, "without a merge only where no policy allows it");
}

const seed = Number(process.env["INSPAN_TEST_SEED"] ?? Date.now() % 1_000_000);

test(`transition() in random walks (INSPAN_TEST_SEED=${seed}): sane in every state, pure, and at rest within the budgets when nobody interferes`, () => {
  for (let walk = 0; walk < 400; walk++) {
    const dice = makeDice(seed + walk);
    const rules: TaskRules = { mergePolicy: dice.pick(["none", "auto"]), hasChecks: dice.isLucky(0.7), planApproval: dice.isLucky(0.3) };
    const hasPerson = dice.isLucky(0.5);
    let state = makeTask({
      until: dice.pick(["plan", "patch", "pr", "merge"]),
      budget: { turns: dice.pick([1, 5, 12]), attempts: 3, tokens: dice.pick([60, 1_000_000]), minutes: 60 },
      ...(dice.isLucky(0.3) ? { features: { path: "f.json" } } : {}),
    });
    let trail = `seed ${seed + walk}, rules ${rules.mergePolicy}, until ${state.until}:`;
    let steps = 0;
    for (; steps < 200; steps++) {
      if (isAtRest(state) && !(hasPerson && state.status === "held")) break;
      const isInterfering = hasPerson && (state.status === "held" || dice.isLucky(0.15));
      const event = isInterfering || !state.effect ? person(dice) : endOf(state.effect, dice);
      trail += ` ${event.kind}`;
      const frozen = deepFreeze(structuredClone(state));
      const first = transition(frozen, deepFreeze(event), rules).state;
      assert.deepEqual(transition(frozen, event, rules).state, first, `the same twice: ${trail}`);
      state = first;
      trail += `→${shortOf(state)}`;
      assertSane(state, trail);
    }
    // A turn is followed by at most commit, validate, review, publish, check, merge; a race to merge by five rounds of check and merge.
    if (!hasPerson) assert.ok(steps <= 8 * (state.budget.turns + 1) + 10 && isAtRest(state), `rests within ${steps} steps: ${trail}`);
  }
});
