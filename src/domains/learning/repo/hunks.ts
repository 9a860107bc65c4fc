// The text of `git diff -U0` as hunks.
import type { FileDiff, Hunk } from "../types.ts";

/** Hunks of `git diff -U0` of one file. */
export function parseHunks(diff: string): readonly Hunk[] {
  const hunks: { oldFrom: number; oldLines: number; newFrom: number; newLines: number; added: string[]; removed: string[] }[] = [];
  for (const line of diff.split("\n")) {
    const head = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(line);
    if (head !== null) {
      hunks.push({
        oldFrom: Number(head[1]),
        oldLines: Number(head[2] ?? 1),
        newFrom: Number(head[3]),
        newLines: Number(head[4] ?? 1),
        added: [],
        removed: [],
      });
      continue;
    }
    const current = hunks.at(-1);
    if (current === undefined) continue;
    if (line.startsWith("+")) current.added.push(line.slice(1)); else if (line.startsWith("-")) current.removed.push(line.slice(1));
  }
  return hunks;
}

/** Files of a whole `git diff -U0`; names are of the new side. */
export function parseFileDiffs(diff: string): readonly FileDiff[] {
  return diff.split(/(?<![^\n])(?=diff --git )/).flatMap((part) => {
    const file = /^\+\+\+ b\/(.+)$/m.exec(part)?.[1];
    return file === undefined ? [] : [{ file, hunks: parseHunks(part) }];
  });
}
