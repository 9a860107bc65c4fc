// Runs a promqltest script against the evaluator and a fresh store; says of each evaluation whether it is right.
import { customSchema, makeBuckets, type NativeHistogram, noBuckets } from "../metrics/histogram.ts";
import "../promql/re2-engine.ts";
import { MetricStore } from "../metrics/store.ts";
import { queryInstant, queryRange, type QueryOptions, type QueryResult } from "../promql/evaluate.ts";
import { Labels, nameLabel } from "../vector/labels.ts";
import { compareFailure, compareNotes, compareResult } from "./compare.ts";
import { parseFloatText } from "../promql/parse-float.ts";
import type { Point, SeriesLine } from "./notation.ts";
import { type Command, type EvalCommand, parseScript } from "./script.ts";

export interface Verdict { readonly line: number; readonly query: string; readonly status: "passed" | "failed" | "skipped"; readonly reason: string }

// What Prometheus itself calls experimental and this version leaves out.
const experimental: readonly (readonly [RegExp, string])[] = [
  [/\b(anchored|smoothed)\b/, "extended range selectors are experimental"], [/\binfo\s*\(/, "info() is experimental"],
  [/\bfill(_left|_right)?\s*\(/, "fill modifiers are experimental"], [/\bstart_timestamp\s*\(/, "start_timestamp() is experimental"],
  [/\[[^\]]*[-+*/%^(]|offset\s*[-+]?\s*(\(|step|range|min_of|max_of)/i, "arithmetic of durations is experimental"], [/__type__|__unit__/, "type and unit labels are experimental"],
];

function putPoint(store: MetricStore, labels: Labels, timeMs: number, point: Point): void {
  if (point.kind === "absent") return;
  const series = store.series(labels);
  if (typeof series === "string") throw new Error(series);
  if (point.kind === "histogram") store.appendHistogram(series, timeMs, point.histogram);
  else store.append(series, timeMs, point.kind === "stale" ? Number.NaN : point.value, point.kind === "stale");
}

function numberAt(line: SeriesLine | undefined, at: number): number | undefined {
  const point = line?.points[at];
  return point?.kind === "float" ? point.value : undefined;
}

/** Classic histograms once more as native ones with the same bounds. */
export function loadCustom(store: MetricStore, lines: readonly SeriesLine[], intervalMs: number): void {
  const families = new Map<string, { labels: Labels; buckets: { upper: number; line: SeriesLine }[]; sum: SeriesLine | undefined; count: SeriesLine | undefined }>();
  for (const line of lines) {
    const match = /^(.*)_(bucket|sum|count)$/.exec(line.labels.get(nameLabel));
    if (!match) continue;
    const labels = line.labels.without(["le"]).with(nameLabel, match[1] ?? "");
    const family = families.get(labels.key) ?? { labels, buckets: [], sum: undefined, count: undefined };
    families.set(labels.key, family);
    if (match[2] === "sum") family.sum = line;
    else if (match[2] === "count") family.count = line;
    else if (line.labels.get("le") !== "") family.buckets.push({ upper: parseFloatText(line.labels.get("le")), line });
  }
  for (const family of families.values()) {
    if (family.buckets.length === 0) continue;
    const buckets = family.buckets.filter(({ upper }) => !Number.isNaN(upper)).sort((left, right) => left.upper - right.upper);
    const length = Math.max(...buckets.map(({ line }) => line.points.length));
    for (let at = 0; at < length; at++) {
      const counts = buckets.map(({ line }) => numberAt(line, at));
      if (counts.every((count) => count === undefined)) continue;
      let before = 0;
      const pairs = counts.map((count, index) => {
        const own = Math.max(0, (count ?? before) - before);
        before = Math.max(before, count ?? before);
        return [index, own] as const;
      });
      const histogram: NativeHistogram = {
        schema: customSchema,
        count: numberAt(family.count, at) ?? before,
        sum: numberAt(family.sum, at) ?? 0,
        zeroCount: 0,
        zeroThreshold: 0,
        positive: makeBuckets(pairs),
        negative: noBuckets,
        customValues: buckets.map(({ upper }) => upper).filter(Number.isFinite),
        hint: "unknown",
      };
      putPoint(store, family.labels, at * intervalMs, { kind: "histogram", histogram, hasHint: false });
    }
  }
}

export function loadSeries(store: MetricStore, lines: readonly SeriesLine[], intervalMs: number): void {
  for (const { labels, points } of new Map(lines.map((line) => [line.labels.key, line])).values())
    for (const [at, point] of points.entries()) putPoint(store, labels, at * intervalMs, point);
}

function evaluate(command: EvalCommand, options: QueryOptions): QueryResult {
  if (command.stepMs === undefined) return queryInstant(command.query, command.startMs, options);
  return queryRange(
    command.query,
    { startMs: command.startMs, stepMs: command.stepMs, count: Math.floor((command.endMs - command.startMs) / command.stepMs) + 1 },
    { ...options, endMs: command.endMs },
  );
}

function judge(command: EvalCommand, options: QueryOptions): Verdict {
  const verdict = (status: Verdict["status"], reason: string): Verdict => ({ line: command.line, query: command.query, status, reason });
  const bare = command.query.replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`/g, '""');
  const skip = experimental.find(([pattern]) => pattern.test(bare));
  if (skip) return verdict("skipped", skip[1]);
  const mayFail = command.expectations.some((one) => one.kind === "fail");
  let result: QueryResult;
  try { result = evaluate(command, options); } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (!mayFail) return verdict("failed", `failed: ${message}`);
    const wrong = compareFailure(command.expectations, message);
    return wrong === undefined ? verdict("passed", "") : verdict("failed", wrong);
  }
  if (mayFail) return verdict("failed", "it answered, expected a failure");
  const wrong = compareResult(command, result) ?? compareNotes(command.expectations, result);
  return wrong === undefined ? verdict("passed", "") : verdict("failed", wrong);
}

/** One verdict for each evaluation, in order. `nowMs` bounds each evaluation. */
export function runScript(text: string, nowMs: () => number): readonly Verdict[] {
  let store = new MetricStore();
  const verdicts: Verdict[] = [];
  let broken: Command | undefined;
  for (const command of parseScript(text)) {
    switch (command.kind) {
      case "clear": store = new MetricStore(); broken = undefined; break;
      case "load":
        if (command.series.some(({ labels }) => labels.get("__type__") !== ""))
          broken = { kind: "unreadable", line: command.line, isEval: false, reason: "type and unit labels are experimental" };
        loadSeries(store, command.series, command.intervalMs);
        if (command.isWithNhcb) loadCustom(store, command.series, command.intervalMs);
        break;
      case "eval":
        if (broken?.kind === "unreadable")
          verdicts.push({
            line: command.line,
            query: command.query,
            status: "skipped",
            reason: `its data at line ${broken.line} cannot be read: ${broken.reason}`,
          });
        else verdicts.push(judge(command, { source: store, nowMs }));
        break;
      case "unreadable":
        if (command.isEval) verdicts.push({ line: command.line, query: "", status: "failed", reason: `cannot be read: ${command.reason}` });
        else broken = command;
        break;
    }
  }
  return verdicts;
}
