// Door of upkeep's runtime.
export { allowKind, rejectKind } from "./lessons.ts";
export { type GardenAnswer, runGarden } from "./garden.ts";
export { runGc, type GcAnswer, type UpkeepInput } from "./gc.ts";
export { judgeGoal } from "./judge-goal.ts";
