// Plays a journey in this worktree's browser: the instance up, the steps one after the other, everything that was told meanwhile, one verdict.
import { InspanError, isAbort, messageOf } from "../../../base/errors.ts";
import { asRecord } from "../../../base/json.ts";
import type { OperationContext } from "../../../providers/index.ts";
import { runVerb } from "../../browser/runtime/index.ts";
import type { BrowserAnswer, ConsoleLine, NetworkLine, Vitals } from "../../browser/index.ts";
import { bringUp, findCheckout, readOrigins, restartServices } from "../../instance/runtime/index.ts";
import { loadCommands } from "../../telemetry/runtime/index.ts";
import { AssertionFile } from "../../telemetry/index.ts";
import { readJourney, readLastRun, writeLastRun } from "../repo.ts";
import { compareJourneyRuns, judgeBudgets, judgeRun } from "../service/judge.ts";
import { parseSteps } from "../service/parse-journey.ts";
import type { Journey, JourneyFault, JourneyRun, JourneyStep, PlayLine, StepResult } from "../types.ts";

/** Of a reason in a result. */
const reasonCharsMax = 500;

export interface PlayOptions {
  readonly id: string;
  readonly restart: boolean;
  readonly record: boolean;
  /** With a film: Playwright's trace, too. */ readonly trace?: boolean;
  /** Services without a sandbox; only where a person has said so. */ readonly unsandboxed?: boolean;
}
export interface PlayResult { readonly run: JourneyRun; readonly comparison: readonly string[] }

/** Rejects with JOURNEY_UNKNOWN, JOURNEY_INVALID, JOURNEY_EMPTY. */
async function prepare(context: OperationContext, rootPath: string, id: string): Promise<Journey> {
  const { file, head, body, firstLine } = await readJourney(context.providers.files, rootPath, id);
  const steps = parseSteps(body, file, firstLine);
  if (!steps.some(({ plays }) => plays.length > 0))
    throw new InspanError("JOURNEY_EMPTY", `Cannot play "${id}": none of its ${steps.length} steps has a \`play\` block, expected something to do.`, {
      kind: "usage",
      remedy: `edit ${file}; the form is in docs/journeys.md`,
    });
  return { file, head, steps };
}

const named = /^\$\{([A-Z][A-Z0-9_]{0,60})\}$/;

/**
 * Values that stand in the file as `${NAME}` come from JOURNEY_NAME of the environment: no other variable, because agents write journeys. Rejects with VALUE_MISSING.
 */
function withValues(context: OperationContext, journey: Journey): Journey {
  const valueOf = (text: string): string => {
    const name = named.exec(text)?.[1];
    if (name === undefined) return text;
    const value = context.env[`JOURNEY_${name}`];
    if (value === undefined || value === "")
      throw new InspanError("VALUE_MISSING", `Cannot play "${journey.head.id}": its value ${name} is not set, expected JOURNEY_${name} in the environment.`, {
        kind: "usage",
        remedy: `JOURNEY_${name}=… inspan journey run ${journey.head.id}`,
      });
    return value;
  };
  return {
    ...journey,
    steps: journey.steps.map((step) => ({
      ...step,
      plays: step.plays.map((line) => (line.kind === "act" && line.value !== undefined ? { ...line, value: valueOf(line.value) } : line)),
    })),
  };
}

async function ensureInstance(context: OperationContext, options: PlayOptions): Promise<void> {
  if ((await readOrigins(context)).length === 0) {
    const state = await bringUp(context, { unsandboxed: options.unsandboxed ?? false, fresh: false, restart: [], telemetry: true });
    const failed = state.services.find(({ status }) => status === "failed");
    if (failed !== undefined)
      throw new InspanError(
        "INSTANCE_FAILED",
        `Cannot play "${options.id}": the service ${failed.name} did not come up: ${failed.failure?.message ?? "it failed"}`,
        { remedy: failed.failure?.remedy ?? "inspan status" },
      );
  } else if (options.restart) await restartServices(context, [], { isUnsandboxed: options.unsandboxed ?? false });
}

function play(context: OperationContext, line: PlayLine): Promise<BrowserAnswer> {
  switch (line.kind) {
    case "open": return runVerb(context, "open", { url: line.url });
    case "see": return runVerb(context, "act", { action: "wait", target: line.what, values: line.isGone ? ["gone"] : [] });
    case "act":
      return runVerb(context, "act", {
        action: line.action,
        ...(line.target === undefined ? {} : { target: line.target }),
        values: line.value === undefined ? [] : [line.value],
      });
  }
}

async function playStep(context: OperationContext, journey: Journey, step: JourneyStep): Promise<StepResult> {
  const { clock } = context.providers;
  const startedMs = clock.monotonicMs();
  for (const line of step.plays) {
    try { await play(context, line); } catch (error) {
      if (isAbort(error) || context.signal.aborted) throw error;
      return {
        number: step.number,
        words: step.words,
        status: "fail",
        durationMs: clock.monotonicMs() - startedMs,
        reason: `${journey.file}:${line.line}: ${messageOf(error)}`.slice(0, reasonCharsMax),
      };
    }
  }
  return { number: step.number, words: step.words, status: "pass", durationMs: clock.monotonicMs() - startedMs, reason: undefined };
}

/** Steps behind a failed one are not played: they would fail for its reason. */
async function playSteps(context: OperationContext, journey: Journey): Promise<readonly StepResult[]> {
  const results: StepResult[] = [];
  let isBroken = false;
  for (const step of journey.steps) {
    const isSkipped = isBroken || step.plays.length === 0;
    const result: StepResult = isSkipped
      ? { number: step.number, words: step.words, status: "not-played", durationMs: 0, reason: undefined }
      : await playStep(context, journey, step);
    isBroken ||= result.status === "fail";
    results.push(result);
  }
  return results;
}

function timingsOf(vitals: Vitals): Readonly<Record<string, number>> {
  const longest = Math.max(0, ...vitals.longTasks.map(({ durationMs }) => durationMs));
  const all = { lcp: vitals.lcpMs, inp: vitals.inpMs, load: vitals.loadMs, ttfb: vitals.ttfbMs, cls: vitals.cls, longTask: longest === 0 ? undefined : longest };
  return Object.fromEntries(Object.entries(all).flatMap(([name, value]) => (value === undefined || value === null ? [] : [[name, value]])));
}

/** Telemetry of the run: what the journey asserts about the time since its start. */
async function judgeTelemetry(context: OperationContext, journey: Journey, sinceMs: number): Promise<readonly JourneyFault[]> {
  if (journey.head.assertions.length === 0) return [];
  const window = `${Math.max(1, Math.ceil((context.providers.clock.nowMs() - sinceMs) / 1000))}s`;
  const parsed = AssertionFile.safeParse(journey.head.assertions.map((one) => (typeof one === "object" && one !== null ? { ...one, window } : one)));
  if (!parsed.success)
    throw new InspanError("JOURNEY_INVALID", `Cannot read ${journey.file}: assertions: ${parsed.error.issues[0]?.message ?? "wrong form"}.`, {
      kind: "usage",
      remedy: "compare with docs/telemetry.md",
    });
  const { runAssertions } = await loadCommands();
  return (await runAssertions(context, parsed.data, undefined))
    .filter(({ status }) => status !== "pass")
    .map(({ id, status, value, op, limit, reason }) => ({
      kind: "telemetry" as const,
      text: `${id}: ${status === "no-evidence" ? "no evidence" : `${value ?? reason ?? "nothing"}, expected ${op} ${limit}`}`,
    }));
}

type Recorded = Pick<JourneyRun, "noFilmBecause" | "trace" | "noTraceBecause"> & { readonly film?: string | undefined };

/** A page or browser that went took its recording along: that is said, and hides nothing of what the steps told. */
async function stopFilm(context: OperationContext): Promise<Recorded> {
  try {
    const { file, data } = await runVerb(context, "record", { change: "stop" });
    const [why, noTrace] = [data["noFilmBecause"], data["noTraceBecause"]];
    const traced = asRecord(data["trace"])?.["file"];
    const trace = typeof traced === "string" ? { trace: traced } : typeof noTrace === "string" ? { noTraceBecause: noTrace } : {};
    return { ...trace, ...(typeof why === "string" || file === undefined ? { noFilmBecause: typeof why === "string" ? why : "nothing was recorded" } : { film: file }) };
  } catch (error) {
    if (isAbort(error) || context.signal.aborted) throw error;
    return { noFilmBecause: messageOf(error).slice(0, reasonCharsMax) };
  }
}

/** Rejects where it cannot be played at all; what the product does wrong is in the result. */
export async function playJourney(context: OperationContext, options: PlayOptions): Promise<PlayResult> {
  const { clock, files } = context.providers;
  const { rootPath, key } = await findCheckout(context);
  const journey = withValues(context, await prepare(context, rootPath, options.id));
  await ensureInstance(context, options);
  const [startedAt, startedAtMs, startedMs] = [clock.nowIso(), clock.nowMs(), clock.monotonicMs()];
  // A page of before would tell what is not of this run; cookies and storage go with it.
  await runVerb(context, "close", {});
  await runVerb(context, "open", { url: journey.head.entry });
  const isRecorded = options.record || options.trace === true;
  if (isRecorded) await runVerb(context, "record", { change: "start", trace: options.trace === true });
  // Files that it gives lie in the worktree, wherever it is played from.
  const steps = await playSteps({ ...context, callerPath: rootPath }, journey);
  const { film, ...recorded }: Recorded = isRecorded ? await stopFilm(context) : {};
  const read = async <T>(verb: "console" | "network" | "perf", field: string, fallback: T): Promise<T> => {
    const answer = await runVerb(context, verb, verb === "perf" ? {} : { all: true }).catch(() => undefined); // the page is gone, which a step has said
    return answer?.data[field] as T ?? fallback; // our own daemon's form
  };
  const [console, requests, vitals] = [
    await read<readonly ConsoleLine[]>("console", "lines", []),
    await read<readonly NetworkLine[]>("network", "requests", []),
    await read<Vitals | undefined>("perf", "vitals", undefined),
  ];
  const timings = vitals === undefined ? {} : timingsOf(vitals);
  const faults = judgeRun({ steps, console, requests, budgets: judgeBudgets(journey.head.budgets, timings), telemetry: await judgeTelemetry(context, journey, startedAtMs) });
  const run: JourneyRun = {
    version: 1,
    id: journey.head.id,
    status: faults.length === 0 ? "pass" : "fail",
    faults,
    steps,
    timings,
    startedAt,
    durationMs: Math.round(clock.monotonicMs() - startedMs),
    film,
    ...recorded,
  };
  const before = await readLastRun(files, { statePath: context.statePath, key, id: run.id });
  await writeLastRun(files, { statePath: context.statePath, key }, run);
  return { run, comparison: before === undefined ? [] : compareJourneyRuns(before, run) };
}
