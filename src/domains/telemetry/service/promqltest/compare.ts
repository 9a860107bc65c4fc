// Whether an answer is the expected one: relative tolerance of 1e-6, NaN equals NaN.
import type { NativeHistogram } from "../metrics/histogram.ts";
import type { QueryResult } from "../promql/evaluate.ts";
import { stepTime } from "../promql/context.ts";
import { Labels } from "../vector/labels.ts";
import type { Point, SeriesLine } from "./notation.ts";
import type { EvalCommand, Expectation } from "./script.ts";

const tolerance = 1e-6;

export function isClose(left: number, right: number): boolean {
  if (Number.isNaN(left) || Number.isNaN(right)) return Number.isNaN(left) && Number.isNaN(right);
  if (left === right) return true;
  const difference = Math.abs(left - right), sum = Math.abs(left) + Math.abs(right);
  if (left === 0 || right === 0 || sum < 2.2250738585072014e-308) return difference < tolerance * 2.2250738585072014e-308;
  return difference / Math.min(sum, Number.MAX_VALUE) < tolerance;
}

function isCloseHistogram(got: NativeHistogram, want: NativeHistogram, hasHint: boolean): boolean {
  const isCloseList = (left: readonly number[], right: readonly number[]): boolean =>
    left.length === right.length && left.every((value, at) => isClose(value, right[at] ?? Number.NaN));
  return (
    got.schema === want.schema &&
    isClose(got.count, want.count) &&
    isClose(got.sum, want.sum) &&
    got.zeroThreshold === want.zeroThreshold &&
    isClose(got.zeroCount, want.zeroCount)
  )
    && isCloseList(got.positive.indexes, want.positive.indexes) && isCloseList(got.positive.counts, want.positive.counts) && isCloseList(got.negative.indexes, want.negative.indexes) && isCloseList(got.negative.counts, want.negative.counts)
    && isCloseList(got.customValues, want.customValues) && (!hasHint || got.hint === want.hint);
}

interface Sample { readonly timeMs: number; readonly value: number; readonly histogram: NativeHistogram | undefined }
interface Answer { readonly labels: Labels; readonly samples: readonly Sample[] }

function answersOf(result: QueryResult): readonly Answer[] {
  switch (result.kind) {
    case "string": return [];
    case "scalar": return [{ labels: Labels.empty, samples: [...result.values].map((value, step) => ({ timeMs: stepTime(result.grid, step), value, histogram: undefined })) }];
    case "matrix": return result.series.map(({ labels, times, values, histogramTimes, histograms }) => ({
      labels,
      samples: [
        ...times.map((timeMs, at) => ({ timeMs, value: values[at] ?? 0, histogram: undefined })),
        ...histogramTimes.map((timeMs, at) => ({ timeMs, value: 0, histogram: histograms[at] })),
      ].sort((left, right) => left.timeMs - right.timeMs),
    }));
    case "vector": return result.columns.map((column) => ({
      labels: column.labels,
      samples: [...column.present.keys()].flatMap((step) =>
        column.present[step] === 0
          ? []
          : [
              {
                timeMs: stepTime(result.grid, step),
                value: column.values[step] ?? 0,
                histogram: column.present[step] === 2 ? column.histograms?.[step] : undefined,
              },
            ],
      ),
    }));
  }
}

function show(sample: { readonly value: number; readonly histogram: NativeHistogram | undefined } | undefined): string {
  if (sample === undefined) return "nothing";
  return sample.histogram ? JSON.stringify(sample.histogram) : String(sample.value);
}

function comparePoint(got: Sample | undefined, want: Point | undefined, where: string): string | undefined {
  if (want === undefined || want.kind === "absent" || want.kind === "stale") return got === undefined ? undefined : `${where}: got ${show(got)}, expected nothing`;
  if (got === undefined) return `${where}: got nothing, expected ${want.kind === "float" ? want.value : JSON.stringify(want.histogram)}`;
  if (want.kind === "float") return got.histogram === undefined && isClose(got.value, want.value) ? undefined : `${where}: got ${show(got)}, expected ${want.value}`;
  return got.histogram && isCloseHistogram(got.histogram, want.histogram, want.hasHint) ? undefined : `${where}: got ${show(got)}, expected ${JSON.stringify(want.histogram)}`;
}

function compareSeries(answers: readonly Answer[], want: readonly SeriesLine[], command: EvalCommand): string | undefined {
  const byKey = new Map(answers.map((answer) => [answer.labels.key, answer]));
  if (byKey.size !== answers.length) return "the answer holds a series twice";
  for (const { labels, points } of want) {
    const answer = byKey.get(labels.key);
    if (answer === undefined) {
      if (points.some((point) => point.kind === "float" || point.kind === "histogram"))
        return `no series ${String(labels)}; got ${answers
          .map((one) => String(one.labels))
          .slice(0, 5)
          .join(" ")}`;
      continue;
    }
    const startMs = command.rangeVector?.startMs ?? command.startMs, stepMs = command.rangeVector?.stepMs ?? command.stepMs ?? 1;
    const times = new Map(answer.samples.map((sample) => [sample.timeMs, sample]));
    const count = Math.max(points.length, answer.samples.length);
    for (let at = 0; at < count; at++) {
      const timeMs = startMs + at * stepMs;
      const wrong = comparePoint(times.get(timeMs), points[at], `${String(labels)} at ${timeMs / 1000} s`);
      if (wrong !== undefined) return wrong;
      times.delete(timeMs);
    }
    if (times.size > 0) return `${String(labels)}: ${times.size} samples more than expected`;
    byKey.delete(labels.key);
  }
  const [extra] = byKey.values();
  return extra === undefined ? undefined : `series ${String(extra.labels)} is not expected`;
}

function matches(expectation: Expectation, text: string): boolean {
  if (expectation.match === "any") return true;
  return expectation.match === "msg" ? text === expectation.text : new RegExp(expectation.text).test(text);
}

/** Undefined where the annotations are as expected. */
export function compareNotes(expectations: readonly Expectation[], result: { readonly warnings: readonly string[]; readonly infos: readonly string[] }): string | undefined {
  for (const [kind, no, found] of [["warn", "no_warn", result.warnings], ["info", "no_info", result.infos]] as const) {
    if (expectations.some((one) => one.kind === no) && found.length > 0) return `${kind} "${found[0]}", expected none`;
    const wanted = expectations.filter((one) => one.kind === kind);
    for (const one of wanted) if (!found.some((text) => matches(one, text))) return `no ${kind} ${one.text || "at all"}; got ${JSON.stringify(found)}`;
    const unexpected = wanted.length === 0 ? undefined : found.find((text) => !wanted.some((one) => matches(one, text)));
    if (unexpected !== undefined) return `${kind} "${unexpected}" is not expected`;
  }
  return undefined;
}

export function compareFailure(expectations: readonly Expectation[], message: string): string | undefined {
  const wrong = expectations.filter((one) => one.kind === "fail").find((one) => !matches(one, message));
  return wrong === undefined ? undefined : `failed with "${message}", expected "${wrong.text}"`;
}

/** Undefined where the result is the expected one. */
export function compareResult(command: EvalCommand, result: QueryResult): string | undefined {
  const { expected } = command;
  if (expected.kind === "string")
    return result.kind === "string" && result.text === expected.text
      ? undefined
      : `got ${JSON.stringify(result.kind === "string" ? result.text : result.kind)}, expected "${expected.text}"`;
  const answers = answersOf(result);
  if (expected.kind === "scalar") {
    const got = result.kind === "scalar" ? answers[0]?.samples[0] : undefined;
    return got && isClose(got.value, expected.value) ? undefined : `got ${show(got)}, expected the scalar ${expected.value}`;
  }
  const wrong = compareSeries(answers, expected.series, command);
  if (wrong !== undefined || !command.expectations.some((one) => one.kind === "ordered")) return wrong;
  const order = answers.findIndex((answer, at) => answer.labels.key !== expected.series[at]?.labels.key);
  return order < 0 ? undefined : `series ${String(answers[order]?.labels)} stands at place ${order + 1}, expected ${String(expected.series[order]?.labels)}`;
}
