// Door of upkeep: principles and what is decided about deviations from them, without a disk.
export { upkeepSection } from "./config/index.ts";
export { parsePrinciples } from "./service/principles.ts";
export { isThumbDown } from "./service/thumbs.ts";
export type { Deviation, Lesson, Principle } from "./types/index.ts";
