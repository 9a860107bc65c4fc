// What the functions of templates do, by name, as Go, sprig and Loki document them. Results are bounded in size.
import { compileRegex } from "../../regex.ts";
import { parseBytes } from "../../units.ts";
import { formatPrintf } from "./printf.ts";
import { parseTime, printTime } from "./time-layout.ts";
import { compareValues, isEqual } from "./compare.ts";
import { decodeBase64, encodeBase64, escapeHtml, escapeScript, escapeUrl, parseJsonValue, unescapeUrl } from "./encoding.ts";
import { durationSeconds, isList, isMap, isTime, isTruthy, toFloat, toInt, toText, type TimeValue, type Value } from "./value.ts";

/** A function that would make a text longer than this fails: repeat and indent would otherwise fill the memory. */
const textCharsMax = 1_000_000;

export interface TemplateScene { readonly line: string; readonly timestampNs: bigint; readonly nowNs: bigint }
type TemplateFunction = (values: readonly Value[], scene: TemplateScene) => Value;

const text = (values: readonly Value[], index: number) => toText(values[index]);

function bounded(value: string): string {
  if (value.length > textCharsMax) throw new Error(`a text of ${value.length} characters, expected at most ${textCharsMax}`);
  return value;
}

function time(value: Value): TimeValue {
  if (value !== undefined && isTime(value)) return value;
  if (typeof value === "bigint") return { kind: "time", ns: value * 1_000_000_000n, zone: "UTC" };
  throw new Error("expected a time");
}

function trimSet(value: string, set: string, side: "left" | "right" | "both"): string {
  const chars = new Set(set);
  const points = [...value];
  let start = 0;
  let end = points.length;
  if (side !== "right") while (start < end && chars.has(points[start] ?? "")) start += 1;
  if (side !== "left") while (end > start && chars.has(points[end - 1] ?? "")) end -= 1;
  return points.slice(start, end).join("");
}

const trimPrefix = (value: string, prefix: string) => (value.startsWith(prefix) ? value.slice(prefix.length) : value);
const trimSuffix = (value: string, suffix: string) => (suffix !== "" && value.endsWith(suffix) ? value.slice(0, -suffix.length) : value);
const indent = (count: bigint, value: string) => bounded(value.split("\n").map((line) => " ".repeat(Math.min(Number(count < 0n ? 0n : count), textCharsMax)) + line).join("\n"));

function replaceTimes(value: string, from: string, to: string, times: number): string {
  if (times < 0) return bounded(value.replaceAll(from, () => to));
  let out = value;
  let at = 0;
  for (let count = 0; count < times; count += 1) {
    const found = out.indexOf(from, at);
    if (found === -1) break;
    out = out.slice(0, found) + to + out.slice(found + from.length);
    at = found + to.length + (from === "" ? 1 : 0);
  }
  return bounded(out);
}

function substring(start: bigint, end: bigint, value: string): string {
  const length = BigInt(value.length);
  if (start < 0n) return value.slice(0, end < 0n ? 0 : Number(end));
  return value.slice(Number(start), end < 0n || end > length ? undefined : Number(end));
}

function align(count: bigint, value: string, isLeft: boolean): string {
  const points = [...value];
  const width = Number(count);
  if (width < 0 || width === points.length) return value;
  if (points.length > width) return (isLeft ? points.slice(0, width) : points.slice(points.length - width)).join("");
  const gap = bounded(" ".repeat(Math.min(width - points.length, textCharsMax + 1)));
  return isLeft ? value + gap : gap + value;
}

function fold(values: readonly Value[], work: (a: bigint, b: bigint) => bigint): bigint {
  return BigInt.asIntN(64, values.slice(1).reduce<bigint>((sum, value) => work(sum, toInt(value)), toInt(values[0])));
}
function foldFloat(values: readonly Value[], work: (a: number, b: number) => number): number {
  return values.slice(1).reduce<number>((sum, value) => work(sum, toFloat(value)), toFloat(values[0]));
}
function nonZero(value: bigint): bigint {
  if (value === 0n) throw new Error("division by zero");
  return value;
}
function round(value: number, places: number): number {
  const scale = 10 ** places;
  const scaled = value * scale;
  return Math.sign(scaled) * Math.floor(Math.abs(scaled) + 0.5) / scale;
}

function lengthOf(value: Value): bigint {
  if (typeof value === "string") return BigInt(value.length);
  if (isList(value)) return BigInt(value.length);
  if (value !== undefined && isMap(value)) return BigInt(value.size);
  throw new Error("len of a value without length");
}

function index(values: readonly Value[]): Value {
  let current = values[0];
  for (const key of values.slice(1)) {
    if (isList(current)) {
      const at = Number(toInt(key));
      if (at < 0 || at >= current.length) throw new Error(`index out of range: ${at}`);
      current = current[at];
    } else if (current !== undefined && isMap(current)) current = current.get(toText(key));
    else if (typeof current === "string") current = BigInt(current.charCodeAt(Number(toInt(key))));
    else return undefined;
  }
  return current;
}

function toDate(layout: string, zone: string, value: string): TimeValue {
  const ns = parseTime(value, layout, zone);
  if (ns === undefined) throw new Error(`parsing time ${JSON.stringify(value)} as ${JSON.stringify(layout)}`);
  return { kind: "time", ns, zone };
}

function unixToTime(value: string): TimeValue {
  const digits = /^\d{5,19}$/.test(value) ? value : "";
  const scale: Readonly<Record<number, bigint>> = { 5: 86_400_000_000_000n, 10: 1_000_000_000n, 13: 1_000_000n, 16: 1_000n, 19: 1n };
  const factor = scale[digits.length];
  if (factor === undefined) throw new Error(`unable to parse time ${JSON.stringify(value)}`);
  return { kind: "time", ns: BigInt(digits) * factor, zone: "UTC" };
}

const strings: Readonly<Record<string, TemplateFunction>> = {
  ToLower: (v) => text(v, 0).toLowerCase(), ToUpper: (v) => text(v, 0).toUpperCase(), lower: (v) => text(v, 0).toLowerCase(), upper: (v) => text(v, 0).toUpperCase(),
  title: (v) => text(v, 0).replaceAll(/(^|[^\p{L}\p{N}_'])(\p{L})/gu, (_all, before: string, letter: string) => before + letter.toUpperCase()),
  Replace: (v) => replaceTimes(text(v, 0), text(v, 1), text(v, 2), Number(toInt(v[3]))), Trim: (v) => trimSet(text(v, 0), text(v, 1), "both"),
  TrimLeft: (v) => trimSet(text(v, 0), text(v, 1), "left"), TrimRight: (v) => trimSet(text(v, 0), text(v, 1), "right"),
  TrimPrefix: (v) => trimPrefix(text(v, 0), text(v, 1)), TrimSuffix: (v) => trimSuffix(text(v, 0), text(v, 1)), TrimSpace: (v) => text(v, 0).trim(),
  trim: (v) => text(v, 0).trim(), trimAll: (v) => trimSet(text(v, 1), text(v, 0), "both"), trimPrefix: (v) => trimPrefix(text(v, 1), text(v, 0)),
  trimSuffix: (v) => trimSuffix(text(v, 1), text(v, 0)), replace: (v) => replaceTimes(text(v, 2), text(v, 0), text(v, 1), -1),
  repeat: (v) => { const count = Math.max(0, Number(toInt(v[0]))); bounded(" ".repeat(Math.min(textCharsMax + 1, count * text(v, 1).length))); return text(v, 1).repeat(count); },
  contains: (v) => text(v, 1).includes(text(v, 0)), hasPrefix: (v) => text(v, 1).startsWith(text(v, 0)), hasSuffix: (v) => text(v, 1).endsWith(text(v, 0)),
  indent: (v) => indent(toInt(v[0]), text(v, 1)), nindent: (v) => `\n${indent(toInt(v[0]), text(v, 1))}`,
  trunc: (v) => { const count = Number(toInt(v[0])); const value = text(v, 1); return count < 0 ? value.slice(count) : value.slice(0, count); },
  substr: (v) => substring(toInt(v[0]), toInt(v[1]), text(v, 2)), alignLeft: (v) => align(toInt(v[0]), text(v, 1), true), alignRight: (v) => align(toInt(v[0]), text(v, 1), false),
  regexReplaceAll: (v) => bounded(compileRegex(text(v, 0)).replaceAll(text(v, 1), text(v, 2))),
  regexReplaceAllLiteral: (v) => bounded(compileRegex(text(v, 0)).replaceAll(text(v, 1), text(v, 2).replaceAll("$", "$$$$"))),
  count: (v) => BigInt(countMatches(text(v, 0), text(v, 1))), default: (v) => (isTruthy(v[1]) ? v[1] : v[0]),
  urlencode: (v) => escapeUrl(text(v, 0)), urldecode: (v) => unescapeUrl(text(v, 0)), b64enc: (v) => encodeBase64(text(v, 0)), b64dec: (v) => decodeBase64(text(v, 0)),
  html: (v) => escapeHtml(v.map(toText).join("")), js: (v) => escapeScript(v.map(toText).join("")), urlquery: (v) => escapeUrl(v.map(toText).join("")),
  print: (v) => bounded(v.reduce<string>((out, value, at) => out + (at > 0 && typeof value !== "string" && typeof v[at - 1] !== "string" ? " " : "") + toText(value), "")),
  println: (v) => bounded(`${v.map(toText).join(" ")}\n`), printf: (v) => bounded(formatPrintf(text(v, 0), v.slice(1))), fromJson: (v) => parseJsonValue(text(v, 0)),
};

function countMatches(pattern: string, value: string): number {
  let count = 0;
  const marked = compileRegex(pattern).replaceAll(value, "\u0000");
  for (let at = marked.indexOf("\u0000"); at !== -1; at = marked.indexOf("\u0000", at + 1)) count += 1;
  return count;
}

const numbers: Readonly<Record<string, TemplateFunction>> = {
  int: (v) => toInt(typeof v[0] === "string" ? Math.trunc(toFloat(v[0])) : v[0]),
  float64: (v) => toFloat(v[0]),
  add: (v) => fold(v, (a, b) => a + b),
  sub: (v) => fold(v, (a, b) => a - b),
  mul: (v) => fold(v, (a, b) => a * b), div: (v) => fold(v, (a, b) => a / nonZero(b)), mod: (v) => fold(v, (a, b) => a % nonZero(b)),
  max: (v) => fold(v, (a, b) => (a > b ? a : b)),
  min: (v) => fold(v, (a, b) => (a < b ? a : b)),
  addf: (v) => foldFloat(v, (a, b) => a + b),
  subf: (v) => foldFloat(v, (a, b) => a - b),
  mulf: (v) => foldFloat(v, (a, b) => a * b), divf: (v) => foldFloat(v, (a, b) => a / b), maxf: (v) => foldFloat(v, Math.max), minf: (v) => foldFloat(v, Math.min),
  ceil: (v) => Math.ceil(toFloat(v[0])), floor: (v) => Math.floor(toFloat(v[0])), round: (v) => round(toFloat(v[0]), Number(toInt(v[1]))),
  bytes: (v) => { const size = parseBytes(text(v, 0)); if (size === undefined) throw new Error(`invalid size ${JSON.stringify(text(v, 0))}`); return size; },
  duration: (v) => durationSeconds(v[0]), duration_seconds: (v) => durationSeconds(v[0]), len: (v) => lengthOf(v[0]), index,
  slice: (v) => {
    const [value, from, to] = v;
    const start = Number(toInt(from));
    const end = to === undefined ? undefined : Number(toInt(to));
    return isList(value) ? value.slice(start, end) : toText(value).slice(start, end);
  },
};

const others: Readonly<Record<string, TemplateFunction>> = {
  not: (v) => !isTruthy(v[0]), eq: (v) => v.slice(1).some((value) => isEqual(v[0], value)), ne: (v) => !isEqual(v[0], v[1]), lt: (v) => compareValues(v[0], v[1]) < 0,
  le: (v) => compareValues(v[0], v[1]) <= 0, gt: (v) => compareValues(v[0], v[1]) > 0, ge: (v) => compareValues(v[0], v[1]) >= 0,
  __line__: (_v, scene) => scene.line,
  __timestamp__: (_v, scene) => ({ kind: "time", ns: scene.timestampNs, zone: "UTC" }),
  now: (_v, scene) => ({ kind: "time", ns: scene.nowNs, zone: "UTC" }),
  date: (v) => { const at = time(v[1]); return printTime(at.ns, text(v, 0), at.zone); }, toDate: (v) => toDate(text(v, 0), "UTC", text(v, 1)),
  toDateInZone: (v) => toDate(text(v, 0), text(v, 1), text(v, 2)), unixToTime: (v) => unixToTime(text(v, 0)), unixEpoch: (v) => String(time(v[0]).ns / 1_000_000_000n),
  unixEpochMillis: (v) => String(time(v[0]).ns / 1_000_000n), unixEpochNanos: (v) => String(time(v[0]).ns),
};

export const templateFunctions: ReadonlyMap<string, TemplateFunction> = new Map(Object.entries({ ...strings, ...numbers, ...others }));
