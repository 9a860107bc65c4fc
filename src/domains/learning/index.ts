// Door of the learning domain: guardrails and their ladder.
export { Guardrail, Rung, rungs } from "./types.ts";
export { learningSection } from "./config.ts";
