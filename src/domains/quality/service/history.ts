// Grades over time: which cells dropped, at which commit, and why. Pure.
import { type CellGrade, type GradeDrop, type GradeRecord, grades } from "../types/index.ts";

const keyOf = ({ domain, layer }: Pick<CellGrade, "domain" | "layer">) => JSON.stringify([domain, layer]);

/** Drops between neighbours of the same measure, oldest first. A cell that is new has not dropped. `records` oldest first. */
export function findDrops(records: readonly GradeRecord[]): readonly GradeDrop[] {
  const drops: GradeDrop[] = [];
  for (const [index, record] of records.entries()) {
    const before = records[index - 1];
    if (before === undefined || before.measure !== record.measure) continue;
    const known = new Map(before.cells.map((cell) => [keyOf(cell), cell]));
    for (const cell of record.cells) {
      const was = known.get(keyOf(cell));
      if (was === undefined || grades.indexOf(cell.grade) <= grades.indexOf(was.grade)) continue;
      drops.push({ domain: cell.domain, layer: cell.layer, from: was.grade, to: cell.grade, reason: cell.reason, commit: record.commit, committedAt: record.committedAt });
    }
  }
  return drops;
}

/** So many commits older than asked in a row are the end; fewer are clocks that stood wrong. */
const olderMax = 10;

/** How many commits of a history, newest first by their place, were made since then: one whose clock stood wrong is one of them where its neighbours are. */
export function countSince(timesMs: readonly number[], sinceMs: number): number {
  let count = 0;
  for (const [at, ms] of timesMs.entries()) {
    if (ms >= sinceMs) count = at + 1;
    else if (at - count >= olderMax) break;
  }
  return count;
}

/** What to clean first: much debt where much is changed. Cells without debt are left out. */
export function rankCells(cells: readonly CellGrade[]): readonly CellGrade[] {
  const weight = (cell: CellGrade) => cell.debtRatio * Math.max(cell.churn ?? 1, 0.5);
  return cells
    .filter(({ debtMinutes }) => debtMinutes > 0)
    .sort((left, right) => weight(right) - weight(left) || right.debtMinutes - left.debtMinutes || (keyOf(left) < keyOf(right) ? -1 : 1));
}
