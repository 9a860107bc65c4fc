// Series as promqltest and rule tests write them: metric{label="value"} 0+10x10 _ stale {{schema:0 count:4 buckets:[1 2 1]}}.
// Source: prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules#series.
import { customSchema, makeBuckets, type NativeHistogram, noBuckets, type ResetHint } from "../metrics/histogram.ts";
import { addHistograms, subtractHistograms } from "../metrics/histogram-sum.ts";
import { parseFloatText } from "../promql/parse-float.ts";
import { parseSelector } from "../promql/parser.ts";
import { Labels } from "../vector/labels.ts";

export type Point =
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "stale" }
  | { readonly kind: "absent" }
  | { readonly kind: "histogram"; readonly histogram: NativeHistogram; readonly hasHint: boolean };
export interface SeriesLine { readonly labels: Labels; readonly points: readonly Point[] }

// Points that one repetition may make; a typo must not fill the memory.
const repeatMax = 100_000;

const floatText = String.raw`[+-]?(?:(?:\d[\d_]*\.?[\d_]*|\.\d+)(?:[eE][+-]?\d+)?|[iI]nf|NaN)`;
const floatPattern = new RegExp(`^(${floatText})(?:([+-])(${floatText.replace("[+-]?", "")}))?(?:x(\\d+))?$`);

const hints: ReadonlySet<string> = new Set(["unknown", "reset", "not_reset", "gauge"]);

function parseHistogram(text: string): { histogram: NativeHistogram; hasHint: boolean } {
  const fields = new Map<string, string>();
  for (const [, name, list, scalar] of text.matchAll(/(\w+):(?:\[([^\]]*)\]|(\S+))/g)) fields.set(name ?? "", list ?? scalar ?? "");
  const number = (name: string, fallback: number): number => { const found = fields.get(name); return found === undefined ? fallback : parseFloatText(found); };
  const list = (name: string): number[] => (fields.get(name) ?? "").split(/\s+/).filter((part) => part !== "").map(parseFloatText);
  const buckets = (name: string, offset: string) => makeBuckets(list(name).map((count, at) => [number(offset, 0) + at, count] as const));
  const schema = number("schema", 0);
  const hint = fields.get("counter_reset_hint") ?? "unknown";
  if (!hints.has(hint)) throw new Error(`counter_reset_hint "${hint}", expected unknown, reset, not_reset or gauge`);
  return {
    hasHint: fields.has("counter_reset_hint"),
    histogram: {
      schema, sum: number("sum", 0), count: number("count", 0), zeroCount: number("z_bucket", 0), zeroThreshold: number("z_bucket_w", 0),
      // Index 0 is the bucket that ends at 1, in the notation as in the store.
      positive: buckets("buckets", "offset"), negative: schema === customSchema ? noBuckets : buckets("n_buckets", "n_offset"),
      customValues: list("custom_values"), hint: hint as ResetHint, // one of the four just above
    },
  };
}

function repeat<T>(count: number, make: (index: number) => T): T[] {
  if (count > repeatMax) throw new Error(`${count} repetitions, expected at most ${repeatMax}`);
  return Array.from({ length: count }, (_, index) => make(index));
}

function histogramPoints(text: string): Point[] {
  const match = /^\{\{(.*?)\}\}(?:([+-])\{\{(.*?)\}\})?(?:x(\d+))?$/s.exec(text);
  if (!match) throw new Error(`"${text}", expected {{…}}, {{…}}x3 or {{…}}+{{…}}x3`);
  const [, first = "", sign, second, times] = match;
  const { histogram, hasHint } = parseHistogram(first);
  const point = (one: NativeHistogram): Point => ({ kind: "histogram", histogram: one, hasHint });
  if (second === undefined) return repeat(times === undefined ? 1 : Number(times) + 1, () => point(histogram));
  const step = parseHistogram(second).histogram;
  let current = histogram;
  return repeat(Number(times ?? 0) + 1, (index) => {
    if (index > 0) {
      const sum = sign === "-" ? subtractHistograms(current, step) : addHistograms([current, step]);
      if (sum.kind === "incompatible") throw new Error("histograms of unlike layout cannot be added");
      current = { ...sum.histogram, hint: histogram.hint };
    }
    return point(current);
  });
}

function parseItem(item: string): Point[] {
  if (item.startsWith("{{")) return histogramPoints(item);
  const gap = /^_(?:x(\d+))?$/.exec(item);
  if (gap) return repeat(Number(gap[1] ?? 1), () => ({ kind: "absent" }));
  const stale = /^stale(?:x(\d+))?$/.exec(item);
  if (stale) return repeat(stale[1] === undefined ? 1 : Number(stale[1]), () => ({ kind: "stale" }));
  const match = floatPattern.exec(item);
  if (!match) throw new Error(`"${item}", expected a number, 1+2x3, _, stale or {{…}}`);
  const [, first = "", sign, step, times] = match;
  const start = parseFloatText(first), by = step === undefined ? 0 : (sign === "-" ? -1 : 1) * parseFloatText(step);
  if (times === undefined && step !== undefined) throw new Error(`"${item}", expected x and a count behind it`);
  return repeat(times === undefined ? 1 : Number(times) + 1, (index) => ({ kind: "float", value: start + by * index }));
}

/** Cuts a line where the values begin: behind the name and the braces. */
function splitLine(line: string): { selector: string; values: string } {
  let quote = "", at = 0, depth = 0;
  for (; at < line.length; at++) {
    const char = line[at] ?? "";
    if (quote !== "") { if (char === "\\" && quote !== "`") at++; else if (char === quote) quote = ""; continue; }
    if (char === '"' || char === "'" || char === "`") quote = char;
    else if (char === "{") depth++;
    else if (char === "}") { depth--; if (depth === 0) { at++; break; } }
    else if (depth === 0 && /\s/.test(char) && !/^\s*\{(?!\{)/.test(line.slice(at))) break;
  }
  return { selector: line.slice(0, at).trim(), values: line.slice(at).trim() };
}

export function parseLabels(selector: string): Labels {
  if (/^\{\s*\}$/.test(selector)) return Labels.empty;
  return Labels.from(parseSelector(selector).map(({ name, op, value }) => {
    if (op !== "=") throw new Error(`"${selector}", expected labels with "=" only`);
    return [name, value] as const;
  }));
}

export function parseValues(text: string): readonly Point[] {
  return (text.match(/\{\{.*?\}\}(?:[+-]\{\{.*?\}\})?(?:x\d+)?|\S+/gs) ?? []).flatMap(parseItem);
}

/** Throws an Error with a sentence about the line. */
export function parseSeriesLine(line: string): SeriesLine {
  const { selector, values } = splitLine(line.trim());
  return { labels: parseLabels(selector), points: parseValues(values) };
}
