// Door of the task domain: its nouns, its configuration, its state machine.
export * from "./types/index.ts";
export { budgetsSection, testsSection } from "./config.ts";
export { passedBudget } from "./service/budget.ts";
export { explainJudgement, judgeFailure } from "./service/reproduction.ts";
export { isAtRest, transition, type Transition } from "./service/transition.ts";
