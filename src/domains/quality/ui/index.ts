// Grades on the command line. Knows the operation, not how a cell is judged.
import { z } from "zod";
import { renderTable } from "../../../base/text.ts";
import { defineOperation, type Contribution } from "../../../providers/index.ts";
import { qualitySection } from "../config/index.ts";
import { rankCells } from "../service/history.ts";
import { nameOf } from "../service/score-page.ts";
import { grades } from "../types/index.ts";

/** A terminal's page; --json has all. */
const reasonsShown = 15, dropsShown = 10;

const gradeOperation = defineOperation({
  name: "quality/grade", command: "grade", summary: "Grade every domain and layer: the worst signal wins, one sentence each; --since grades old commits too",
  audience: "person", readOnly: false,
  input: z.object({
    since: z.string().optional().describe("Also the commits since then: 1y, 6m, 2w, 30d, or a date"),
    write: z.boolean().default(false).describe("Write docs/QUALITY_SCORE.md and the history .inspan/grades.jsonl"),
  }),
  handler: async (input, context) => {
    const { gradeRepository } = await import("../runtime/index.ts");
    return gradeRepository(context, { since: input.since, isWriting: input.write });
  },
  render: ({ record, layers, isDeclared, isDirty, isShallow, history, drops, failed, skippedCommits, strayRecords, written, durationMs }) => {
    const domains = [...new Set(record.cells.map(({ domain }) => domain))];
    const columns = [...layers.filter((layer) => record.cells.some((cell) => cell.layer === layer)), ...(record.cells.some(({ layer }) => layer === "") ? [""] : [])];
    const rows = domains.map((domain) => [
      domain === "" ? "(no domain)" : domain,
      ...columns.map((layer) => record.cells.find((cell) => cell.domain === domain && cell.layer === layer)?.grade ?? ""),
    ]);
    const bad = record.cells
      .filter(({ grade }) => grade !== "A")
      .sort((left, right) => grades.indexOf(right.grade) - grades.indexOf(left.grade) || right.debtMinutes - left.debtMinutes);
    const [first] = rankCells(record.cells);
    return [
      record.cells.length === 0
        ? "Nothing to grade: there is no source file of a known language that is neither a test, vendored nor generated."
        : renderTable([["DOMAIN", ...columns.map((layer) => (layer === "" ? "(no layer)" : layer.toUpperCase()))], ...rows]),
      ...bad.slice(0, reasonsShown).map((cell) => `${nameOf(cell)}: ${cell.reason}`),
      ...(bad.length > reasonsShown ? [`… and ${bad.length - reasonsShown} more: inspan grade --json`] : []),
      `Overall ${record.overall}, debt ${(record.debtRatio * 100).toFixed(1)} %${first === undefined ? "" : `; clean first: ${nameOf(first)}`}${isDirty ? "; the worktree holds changes that no commit has" : ""}; ${durationMs} ms`,
      ...(isDeclared ? [] : ["There is no inspan.yaml with domains: these are a proposal's, and its findings count as known. Next: inspan init"]),
      ...(isShallow ? ["This is a shallow clone: older commits are not graded, and how often a cell changes is not known. Next: git fetch --unshallow"] : []),
      ...(history.length > 1
        ? [
            `History of ${history.length} commits${skippedCommits > 0 ? ` (${skippedCommits} between them left out)` : ""}: ${drops.length === 0 ? "nothing dropped" : `${drops.length} drops`}`,
          ]
        : []),
      ...(strayRecords > 0
        ? [`${strayRecords} ${strayRecords === 1 ? "record is" : "records are"} of commits that this history does not have, and left out: it was rewritten`]
        : []),
      ...drops
        .slice(-dropsShown)
        .map(
          (drop) =>
            `  ${drop.committedAt.slice(0, 10)} ${drop.commit.slice(0, 12)} ${nameOf(drop)}: ${drop.from} → ${drop.to}, ${drop.reason.replace(/^[A-F]: /, "")}`,
        ),
      ...failed.slice(0, 3).map(({ commit, why }) => `  ${commit.slice(0, 12)} was not graded: ${why}`),
      ...(failed.length > 3 ? [`  … and ${failed.length - 3} more were not graded`] : []),
      ...(written.length === 0 ? [] : [`Wrote ${written.join(" and ")}.`]),
    ].join("\n");
  },
});

export const contribution: Contribution = { domain: "quality", operations: [gradeOperation], configSections: [qualitySection] };
