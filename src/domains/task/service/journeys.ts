// Journeys of a task in words. Pure.
import type { PlayedJourney } from "../types/index.ts";

/** One line each: which journeys the change touches, by which file, and what the harness saw. */
export function renderJourneys(journeys: readonly PlayedJourney[]): readonly string[] {
  return journeys.map(({ id, name, because, status, commit, detail }) => {
    const seen =
      status === "pass"
        ? `walked to its end at ${commit.slice(0, 10)}`
        : status === "fail"
          ? `fails at ${commit.slice(0, 10)}: ${detail.split("\n")[0] ?? ""}`
          : `not played: ${detail.split("\n")[0] ?? ""}`;
    return `- touches the journey ${id} ("${name}", by ${because}): ${seen}`;
  });
}
