// Door of quality: grades and what is decided about them, without a disk.
export { grades, signalNames } from "./types/index.ts";
export type { CellGrade, Grade, GradeDrop, GradeRecord, SignalName } from "./types/index.ts";
export { findDrops, rankCells } from "./service/history.ts";
