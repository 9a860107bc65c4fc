// The history of grades: one line of JSON a commit, in the repository (.inspan/grades.jsonl) and, for commits that were graded later, in the state folder.
import { z } from "zod";
import type { Files } from "../../../providers/index.ts";
import { type GradeRecord, grades, signalNames } from "../types/index.ts";
import { parseJson } from "../../../base/json.ts";

export const historyFile = ".inspan/grades.jsonl";
/** Ten thousand commits of forty cells each. */
const historyBytesMax = 256 * 1024 * 1024;

const grade = z.enum(grades);
const cell = z.object({
  domain: z.string(),
  layer: z.string(),
  grade,
  reason: z.string(),
  signal: z.enum([...signalNames, "none"]),
  unknown: z.array(z.enum(signalNames)),
  files: z.number(),
  lines: z.number(),
  values: z.partialRecord(z.enum(signalNames), z.number()).default({}), debtMinutes: z.number(), debtRatio: z.number(), churn: z.number().optional(),
});
const record = z.object({
  version: z.literal(1),
  commit: z.string(),
  committedAt: z.string(),
  measure: z.string(),
  overall: z.enum([...grades, "?"]),
  debtRatio: z.number(),
  cells: z.array(cell),
});

/** In the order of the file; lines that are none (a merge's markers, a torn end) are left out and counted. */
export function readHistory(files: Files, path: string): { readonly records: readonly GradeRecord[]; readonly strayLines: number } {
  const read = files.now.readRegular(path, historyBytesMax);
  if (read.kind !== "file") return { records: [], strayLines: 0 };
  const records: GradeRecord[] = [];
  let strayLines = 0;
  for (const text of new TextDecoder().decode(read.bytes).split("\n")) {
    if (text === "") continue;
    const parsed = record.safeParse(parseJson(text));
    if (parsed.success) records.push({ ...parsed.data, cells: parsed.data.cells.map((one) => ({ ...one, churn: one.churn })) });
    else strayLines++;
  }
  return { records, strayLines };
}

export async function appendRecord(files: Files, path: string, added: GradeRecord): Promise<void> {
  await files.appendText(path, `${JSON.stringify(added)}\n`);
}
