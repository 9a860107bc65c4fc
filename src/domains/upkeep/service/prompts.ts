// What the author of a repair is told. Pure text.
import { fenceUntrusted } from "../../../base/text.ts";
import type { Deviation, Goal, Principle } from "../types/index.ts";

/** More places than this are not one small change. */
const placesShown = 10;

export function titleOfRepair({ principle, file, places }: Pick<Deviation, "principle" | "file" | "places">): string {
  // No colon and no full stop before a space: a task's title ends there.
  const end = `${places.length > 1 ? `, ${places.length} places` : ""} (${principle})`;
  const room = 65 - end.length;
  return `repair ${file.length <= room ? file : `…${file.slice(1 - room)}`}${end}`;
}

export function repairPromptOf(deviation: Deviation, principle: Pick<Principle, "title" | "reason" | "repair" | "file">, goal: Goal): string {
  const places = deviation.places.slice(0, placesShown).map(({ file, line }) => `${file}:${line}`).join(", ");
  return [
    titleOfRepair(deviation), "",
    `One deviation from a golden principle of this repository (${principle.file}): ${principle.title}.`,
    `Why it matters: ${principle.reason}`, "",
    fenceUntrusted(
      "finding",
      [
        `File: ${deviation.file}`,
        `Line: ${deviation.line}`,
        `Places: ${places}`,
        `Kind: ${deviation.kind}`,
        `Found: ${deviation.found}`,
        `Fix: ${deviation.fix}`,
      ].join("\n"),
    ),
    "",
    `Repair: ${principle.repair}`, "",
    "Repair this deviation and nothing else, without changing what the program does. The harness judges the head by its own detector, so no failing test is asked for.",
    `The change has at most ${goal.linesMax} changed lines in at most ${goal.filesMax} files of one domain: somebody reads it in a minute.`,
    ...(deviation.kind.endsWith("/debt")
      ? ["In the same change, set the entry's status in the tracker to `paid: <what was done>`, or take the row out where the page asks for that."]
      : []),
  ].join("\n");
}
