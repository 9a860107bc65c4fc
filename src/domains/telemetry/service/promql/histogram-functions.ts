// histogram_quantile, histogram_quantiles and histogram_fraction, over classic buckets and native histograms.
import { type Column, isEmptyColumn, makeColumn, putFloat } from "../vector/column.ts";
import { Labels, nameLabel } from "../vector/labels.ts";
import { formatG } from "./annotations.ts";
import type { Expr } from "./ast.ts";
import { type Value } from "./context.ts";
import { columnsOf, type FunctionCall, scalarsOf, textOf } from "./functions.ts";
import { type ClassicBucket, classicFraction, classicQuantile, nativeFraction, nativeQuantile } from "./quantile.ts";
import { formatFloat } from "./format.ts";

interface Classic { readonly labels: Labels; readonly name: string; readonly buckets: { readonly upper: number; readonly column: Column }[] }
interface Histograms { readonly classic: readonly Classic[]; readonly native: readonly Column[]; readonly mixed: ReadonlyMap<Column, Classic> }

/** A bound as Go's ParseFloat reads it; undefined where it is none. */
function parseBound(text: string): number | undefined {
  if (/^[+-]?inf(inity)?$/i.test(text)) return text.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (/^nan$/i.test(text)) return Number.NaN;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}

function sortOut(columns: readonly Column[], arg: Expr, { context }: FunctionCall): Histograms {
  const classic = new Map<string, Classic>();
  const native = columns.filter((column) => column.histograms !== undefined);
  for (const column of columns) {
    if (!column.present.includes(1)) continue;
    const text = column.labels.get("le");
    const upper = parseBound(text);
    const name = column.labels.get(nameLabel);
    if (upper === undefined) {
      context.notes.warn(
        `bucket label "le" is missing or has a malformed value of ${JSON.stringify(text)}${name === "" ? "" : ` for metric name ${JSON.stringify(name)}`}`,
        arg,
      );
      continue;
    }
    const whole = column.labels.without(["le"]);
    const known = classic.get(whole.key);
    if (known) known.buckets.push({ upper, column });
    else classic.set(whole.key, { labels: whole, name, buckets: [{ upper, column }] });
  }
  const mixed = new Map<Column, Classic>();
  for (const column of native) { const same = classic.get(column.labels.key); if (same) mixed.set(column, same); }
  return { classic: [...classic.values()], native, mixed };
}

function bucketsAt(classic: Classic, step: number): ClassicBucket[] {
  const buckets: ClassicBucket[] = [];
  for (const { upper, column } of classic.buckets) if (column.present[step] === 1) buckets.push({ upper, count: column.values[step] ?? 0 });
  return buckets;
}

interface Computation { classic(buckets: readonly ClassicBucket[], step: number, name: string): number; native(column: Column, step: number): number | undefined }

function compute(call: FunctionCall, arg: Expr, histograms: Histograms, how: Computation): Column[] {
  const { grid, context } = call;
  const outs: Column[] = [];
  for (const column of histograms.native) {
    const out = makeColumn(column.labels, grid.count, true);
    const rival = histograms.mixed.get(column);
    for (let step = 0; step < grid.count; step++) {
      if (column.present[step] !== 2) continue;
      if (rival && bucketsAt(rival, step).length > 0) {
        const name = column.labels.get(nameLabel);
        context.notes.warn(`vector contains a mix of classic and native histograms${name === "" ? "" : ` for metric name ${JSON.stringify(name)}`}`, arg);
        continue;
      }
      const value = how.native(column, step);
      if (value !== undefined) putFloat(out, step, value);
    }
    if (!isEmptyColumn(out)) outs.push(out);
  }
  for (const classic of histograms.classic) {
    context.budget.checkTime();
    const out = makeColumn(classic.labels, grid.count, true);
    const rivals = [...histograms.mixed].filter(([, rival]) => rival === classic).map(([column]) => column);
    for (let step = 0; step < grid.count; step++) {
      if (rivals.some((column) => column.present[step] === 2)) continue;
      const buckets = bucketsAt(classic, step);
      if (buckets.length > 0) putFloat(out, step, how.classic(buckets, step, classic.name));
    }
    if (!isEmptyColumn(out)) outs.push(out);
  }
  return outs;
}

const about = (name: string): string => (name === "" ? "" : ` for metric name ${JSON.stringify(name)}`);

/** Says the mends of all steps at once, as one info per metric. */
class ForcedNotes {
  readonly #found = new Map<string, { lowest: number; highest: number; difference: number; count: number }>();
  add(name: string, forced: { readonly lowest: number; readonly highest: number; readonly difference: number }): void {
    const known = this.#found.get(name);
    if (known === undefined) { this.#found.set(name, { ...forced, count: 1 }); return; }
    known.lowest = Math.min(known.lowest, forced.lowest);
    known.highest = Math.max(known.highest, forced.highest);
    known.difference = Math.max(known.difference, forced.difference);
    known.count++;
  }
  say(call: FunctionCall, arg: Expr): void {
    for (const [name, { lowest, highest, difference, count }] of this.#found) {
      call.context.notes.info(
        `input to histogram_quantile needed to be fixed for monotonicity (see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)${about(name)}, from buckets ${formatG(lowest)} to ${formatG(highest)}, with a max diff of ${Number(difference.toPrecision(2))}, over ${count} samples`,
        arg,
      );
    }
  }
}

function quantileColumns(call: FunctionCall, arg: Expr, histograms: Histograms, q: Float64Array): Column[] {
  const forcedNotes = new ForcedNotes();
  const columns = compute(call, arg, histograms, {
    classic: (buckets, step, name) => {
      const { value, forced } = classicQuantile(q[step] ?? Number.NaN, buckets);
      if (forced) forcedNotes.add(name, forced);
      return value;
    },
    native: (column, step) => {
      const found = column.histograms?.[step];
      if (!found) return undefined;
      const { value, note } = nativeQuantile(q[step] ?? Number.NaN, found);
      if (note)
        call.context.notes.info(
          `input to histogram_quantile has NaN observations, result is ${note === "result" ? "NaN" : "skewed higher"}${about(column.labels.get(nameLabel))}`,
          arg,
        );
      return value;
    },
  });
  forcedNotes.say(call, arg);
  return columns;
}

function checkQuantiles(call: FunctionCall, values: Float64Array, arg: Expr): void {
  for (const q of new Set(values)) if (Number.isNaN(q) || q < 0 || q > 1) call.context.notes.warn(`quantile value should be between 0 and 1, got ${formatG(q)}`, arg);
}

function argOf(call: FunctionCall, index: number): Expr {
  const arg = call.node.args[index];
  if (arg === undefined) throw new Error("BUG: expected the argument that the types asked for");
  return arg;
}

export function evalHistogramFunction(call: FunctionCall): Value | undefined {
  const { node, args } = call;
  switch (node.name) {
    case "histogram_quantile": {
      const arg = argOf(call, 1), q = scalarsOf(args[0]);
      checkQuantiles(call, q, argOf(call, 0));
      return { kind: "vector", columns: quantileColumns(call, arg, sortOut(columnsOf(args[1]), arg, call), q) };
    }
    case "histogram_quantiles": {
      const arg = argOf(call, 0), name = textOf(args[1]);
      const histograms = sortOut(columnsOf(args[0]), arg, call);
      const columns = args.slice(2).flatMap((value, index) => {
        const q = scalarsOf(value);
        checkQuantiles(call, q, argOf(call, index + 2));
        const shown = formatFloat(q[0] ?? Number.NaN);
        return quantileColumns(call, arg, histograms, q).map((column): Column => ({ ...column, labels: column.labels.with(name, /^-?\d+$/.test(shown) ? `${shown}.0` : shown) }));
      });
      return { kind: "vector", columns };
    }
    case "histogram_fraction": {
      const arg = argOf(call, 2), lower = scalarsOf(args[0]), upper = scalarsOf(args[1]);
      const columns = compute(call, arg, sortOut(columnsOf(args[2]), arg, call), {
        classic: (buckets, step) => classicFraction(lower[step] ?? Number.NaN, upper[step] ?? Number.NaN, buckets),
        native: (column, step) => {
          const found = column.histograms?.[step];
          if (!found) return undefined;
          const { value, hasNan } = nativeFraction(lower[step] ?? Number.NaN, upper[step] ?? Number.NaN, found);
          if (hasNan) call.context.notes.info(`input to histogram_fraction has NaN observations, which are excluded from all fractions${about(column.labels.get(nameLabel))}`, arg);
          return value;
        },
      });
      return { kind: "vector", columns };
    }
    default: return undefined;
  }
}
