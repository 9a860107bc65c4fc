// Door of the journey domain: what a journey is, and what its run says.
export type { Budgets, Journey, JourneyFault, JourneyRun, JourneyStep, PlayLine, StepResult } from "./types.ts";
export { compareJourneyRuns, judgeBudgets, judgeRun } from "./service/judge.ts";
export { touchedJourneys, type JourneyPlace } from "./service/touched.ts";
export { parseSteps } from "./service/parse-journey.ts";
