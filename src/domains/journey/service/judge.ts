// What a run of a journey says: budgets held or not, faults in the order of their weight, and how it compares with the run before. Pure.
import type { Budgets, JourneyFault, JourneyRun, StepResult } from "../types.ts";

/** Faults that are told; a page that logs in a loop has one cause. */
const faultsMax = 20;

export function parseDuration(text: string): number {
  const [, value = "0", unit = "ms"] = /^(\d+(?:\.\d+)?)(ms|s)$/.exec(text) ?? [];
  return Number(value) * (unit === "s" ? 1_000 : 1);
}

/** `timings` in milliseconds, `cls` a number. A budget without a reading is a fault: nothing seen is no pass. */
export function judgeBudgets(budgets: Budgets, timings: Readonly<Record<string, number>>): readonly JourneyFault[] {
  return Object.entries(budgets).flatMap(([name, limit]) => {
    if (limit === undefined) return [];
    const max = typeof limit === "number" ? limit : parseDuration(limit);
    const seen = timings[name];
    // No interaction slow enough to be told, and no long task, are readings of their own.
    if (seen === undefined && (name === "inp" || name === "longTask")) return [];
    if (seen === undefined) return [{ kind: "budget" as const, text: `${name}: nothing was seen, expected at most ${limit}` }];
    const shown = name === "cls" ? seen.toFixed(3) : `${Math.round(seen)} ms`;
    return seen <= max ? [] : [{ kind: "budget" as const, text: `${name}: ${shown}, expected at most ${limit}` }];
  });
}

export interface Seen {
  readonly steps: readonly StepResult[];
  readonly console: readonly { readonly kind: string; readonly text: string }[];
  readonly requests: readonly { readonly method: string; readonly url: string; readonly status: number | undefined; readonly failure: string | undefined }[];
  readonly budgets: readonly JourneyFault[];
  readonly telemetry: readonly JourneyFault[];
}

const faultKinds = new Set(["error", "page-error", "crash"]);
/** The console repeats each failed request. */
const isEcho = (text: string): boolean => text.startsWith("Failed to load resource");

/** The first is the cause to look at: a failed step may come of an error that the page told before, so errors of the page stand first. */
export function judgeRun(seen: Seen): readonly JourneyFault[] {
  const page = seen.console
    .filter(({ kind, text }) => faultKinds.has(kind) && !isEcho(text))
    .map(({ kind, text }) => ({ kind: "console" as const, text: `${kind}: ${text.replaceAll(/\s+/g, " ").slice(0, 300)}` }));
  // A refusal (4xx) may be what the journey is about; where a step failed it is the likely cause.
  const statusMax = seen.steps.some(({ status }) => status === "fail") ? 400 : 500;
  const network = seen.requests
    .filter(({ status, failure }) => (failure !== undefined && !failure.includes("ERR_ABORTED")) || (status !== undefined && status >= statusMax))
    .map(({ method, url, status, failure }) => ({ kind: "network" as const, text: `${method} ${url.slice(0, 200)}: ${failure ?? status ?? ""}` }));
  const steps = seen.steps.filter(({ status }) => status === "fail").map(({ number, reason }) => ({ kind: "step" as const, text: `step ${number}: ${reason ?? "failed"}` }));
  const all = [
    ...page.filter(({ text }) => text.startsWith("page-error") || text.startsWith("crash")),
    ...network,
    ...steps,
    ...page.filter(({ text }) => text.startsWith("error")),
    ...seen.budgets,
    ...seen.telemetry,
  ];
  return all.filter((fault, index) => all.findIndex(({ text }) => text === fault.text) === index).slice(0, faultsMax);
}

/** Lines for people: what went since the run before, what came, and timings that changed by more than a tenth. Empty where nothing did. */
export function compareJourneyRuns(before: JourneyRun, after: JourneyRun): readonly string[] {
  // A budget that is broken by another number is the same fault; the numbers stand below.
  const keyOf = ({ kind, text }: JourneyFault): string => (kind === "budget" ? text.slice(0, text.indexOf(":")) : text);
  const keysOf = (run: JourneyRun): ReadonlySet<string> => new Set(run.faults.map(keyOf));
  const [was, is] = [keysOf(before), keysOf(after)];
  const gone = before.faults.filter((fault) => !is.has(keyOf(fault))).map(({ text }) => `- ${text}`);
  const come = after.faults.filter((fault) => !was.has(keyOf(fault))).map(({ text }) => `+ ${text}`);
  const timings = Object.entries(after.timings).flatMap(([name, value]) => {
    const old = before.timings[name];
    return old === undefined || Math.abs(value - old) <= Math.max(old * 0.1, name === "cls" ? 0.01 : 20)
      ? []
      : [`~ ${name} ${name === "cls" ? `${old.toFixed(3)} -> ${value.toFixed(3)}` : `${Math.round(old)} ms -> ${Math.round(value)} ms`}`];
  });
  return [...gone, ...come, ...timings];
}

export function renderRun(run: JourneyRun, comparison: readonly string[]): string {
  const steps = run.steps.map(
    ({ number, words, status, durationMs, reason }) =>
      `${status === "pass" ? "ok  " : status === "fail" ? "FAIL" : "--  "} ${number}. ${words.slice(0, 120)}${status === "not-played" ? "" : ` (${Math.round(durationMs)} ms)`}${reason === undefined ? "" : `\n       ${reason}`}`,
  );
  const timings = Object.entries(run.timings).map(([name, value]) => `${name} ${name === "cls" ? value.toFixed(3) : `${Math.round(value)} ms`}`).join(", ");
  return [
    ...steps, ...(timings === "" ? [] : [timings]),
    ...(run.faults.length === 0
      ? [`${run.id}: pass`]
      : [`${run.id}: FAIL, first cause: ${run.faults[0]?.text ?? ""}`, ...run.faults.slice(1).map(({ text }) => `  also: ${text}`)]),
    ...(comparison.length === 0 ? [] : ["since the run before:", ...comparison.map((line) => `  ${line}`)]),
    ...(run.film === undefined ? [] : [`film: ${run.film}`]), ...(run.noFilmBecause === undefined ? [] : [`no film, because ${run.noFilmBecause}`]),
    ...(run.trace === undefined ? [] : [`trace: ${run.trace} (keep and show it: inspan evidence add <file> --proves "…", inspan evidence show)`]),
    ...(run.noTraceBecause === undefined ? [] : [`no trace, because ${run.noTraceBecause}`]),
  ].join("\n");
}
