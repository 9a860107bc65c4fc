// Compares a figure with that of the run before. Pure.
import { renderDuration } from "../../../base/text.ts";

/** Below this share, or these milliseconds, two runs of the same thing differ by chance. */
const shareMin = 0.2;
const msMin = 50;

export interface RunComparison {
  readonly name: string;
  readonly figure: "exitCode" | "durationMs" | "readyMs";
  readonly was: number | undefined;
  readonly is: number | undefined;
  readonly verdict: "first" | "same" | "better" | "worse" | "changed";
}

export function compareRuns(figures: Omit<RunComparison, "verdict">): RunComparison {
  const { figure, was, is } = figures;
  if (was === undefined || is === undefined) return { ...figures, verdict: was === is ? "same" : was === undefined ? "first" : "changed" };
  if (figure === "exitCode") return { ...figures, verdict: was === is ? "same" : is === 0 ? "better" : was === 0 ? "worse" : "changed" };
  const difference = is - was;
  const isChance = Math.abs(difference) < Math.max(msMin, was * shareMin);
  return { ...figures, verdict: isChance ? "same" : difference < 0 ? "better" : "worse" };
}

export function renderComparison({ name, figure, was, is, verdict }: RunComparison): string {
  const show = (value: number | undefined): string => (value === undefined ? "none" : figure === "exitCode" ? String(value) : renderDuration(value));
  const what = { exitCode: "exit code", durationMs: "duration", readyMs: "ready after" }[figure];
  return `${name}: ${what} ${show(is)}${verdict === "first" ? "" : `, before ${show(was)}: ${verdict}`}`;
}
