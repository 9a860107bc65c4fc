// Times, durations and counts as Prometheus' API takes them.
import type { Form } from "../../service/wire/form.ts";
import { parseDuration } from "../../service/promql/parser.ts";
import { QueryError } from "../../service/promql/errors.ts";

function badParameter(name: string, why: string): QueryError {
  return new QueryError("bad_data", `invalid parameter "${name}": ${why}`);
}

const isNumber = (text: string): boolean => /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text);
/** What Prometheus' own clients send for "from the beginning" and "to the end". */
const farTimes: Readonly<Record<string, number>> = { "-292273086-05-16T16:47:06Z": Number.NEGATIVE_INFINITY, "292277025-08-18T07:12:54.999999999Z": Number.POSITIVE_INFINITY };
// Prometheus' own bounds of time, and those of the ISO calendar here.
const timeMsMax = 8.64e15;
// 2^63 nanoseconds, 292 years.
const durationMsMax = 9_223_372_036_854;

/** Seconds since 1970 or RFC 3339, as milliseconds; `fallbackMs` where it is absent. */
export function readTime(form: Form, name: string, fallbackMs: number | undefined): number {
  const text = form.get(name);
  if (text === undefined || text === "") {
    if (fallbackMs === undefined) throw badParameter(name, `cannot parse "" to a valid timestamp`);
    return fallbackMs;
  }
  const far = farTimes[text];
  if (far !== undefined) return far < 0 ? -timeMsMax : timeMsMax;
  const ms = isNumber(text) ? Math.round(Number(text) * 1000) : /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isFinite(ms) || Math.abs(ms) > timeMsMax) throw badParameter(name, `cannot parse ${JSON.stringify(text)} to a valid timestamp`);
  return ms;
}

/** Seconds or a duration like 5m, as milliseconds. */
export function readDuration(form: Form, name: string): number | undefined {
  const text = form.get(name);
  if (text === undefined || text === "") return undefined;
  const ms = isNumber(text) ? Number(text) * 1000 : parseDuration(text);
  if (ms === undefined || !Number.isFinite(ms)) throw badParameter(name, `cannot parse ${JSON.stringify(text)} to a valid duration`);
  if (Math.abs(ms) > durationMsMax) throw badParameter(name, `cannot parse ${JSON.stringify(text)} to a valid duration. It overflows int64`);
  return ms;
}

/** 0 or absent means no limit. */
export function readLimit(form: Form, name = "limit"): number {
  const text = form.get(name);
  if (text === undefined || text === "") return Number.POSITIVE_INFINITY;
  if (!/^\d{1,15}$/.test(text)) throw badParameter(name, `limit must be non-negative, got ${JSON.stringify(text)}`);
  return Number(text) === 0 ? Number.POSITIVE_INFINITY : Number(text);
}

export { badParameter };
