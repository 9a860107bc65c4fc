// Parameters of Loki's API, read from query strings and forms, with Loki's defaults and Loki's error texts.
import type { Form } from "../../service/wire/form.ts";
import { parseQueryTime, parseStep } from "../../service/query-time.ts";
import { parseDurationNs } from "../../service/units.ts";
import { HttpError } from "../../types/http-error.ts";
import { pointsMax } from "./log-queries.ts";

/** Loki's max_entries_limit_per_query. */
export const linesMax = 5000;
const hourNs = 3_600_000_000_000n;

function refused(what: string): HttpError { return new HttpError(400, what); }

export function readTime(form: Form, name: string, nowNs: bigint): bigint | undefined {
  const text = form.get(name);
  if (text === undefined || text === "") return undefined;
  const time = parseQueryTime(text, nowNs);
  if (time === undefined) throw refused(`could not parse '${name}' parameter: ${JSON.stringify(text.slice(0, 100))}, expected seconds, nanoseconds, RFC 3339 or now-1h`);
  return time;
}

/** The last hour unless told otherwise. */
export function readRange(form: Form, nowNs: bigint): { readonly startNs: bigint; readonly endNs: bigint } {
  const endNs = readTime(form, "end", nowNs) ?? nowNs;
  const since = form.get("since");
  const sinceNs = since === undefined ? undefined : parseDurationNs(since);
  if (since !== undefined && sinceNs === undefined) throw refused(`could not parse 'since' parameter: ${JSON.stringify(since.slice(0, 100))}, expected a duration`);
  const startNs = readTime(form, "start", nowNs) ?? endNs - (sinceNs === undefined ? hourNs : BigInt(sinceNs));
  if (endNs < startNs) throw refused("end timestamp must not be before or equal to start time");
  return { startNs, endNs };
}

export function readLimit(form: Form, fallback = 100): number {
  const text = form.get("limit");
  if (text === undefined || text === "") return fallback;
  if (!/^\d{1,10}$/.test(text) || Number(text) === 0) throw refused("limit must be a positive value");
  if (Number(text) > linesMax) throw refused(`max entries limit per query exceeded, limit > max_entries_limit_per_query (${text} > ${linesMax})`);
  return Number(text);
}

export function readIsBackward(form: Form): boolean {
  const text = (form.get("direction") ?? "backward").toLowerCase();
  if (text !== "forward" && text !== "backward") throw refused(`invalid direction '${text.slice(0, 50)}', expected forward or backward`);
  return text === "backward";
}

/** A 250th of the range, at least a second, unless told. */
export function readSteps(form: Form, range: { readonly startNs: bigint; readonly endNs: bigint }): { readonly startNs: bigint; readonly stepNs: number; readonly count: number } {
  const text = form.get("step");
  const seconds = Number(range.endNs - range.startNs) / 1e9;
  const stepNs = text === undefined || text === "" ? Math.max(1, Math.floor(seconds / 250)) * 1e9 : parseStep(text);
  if (stepNs === undefined)
    throw refused(
      `could not parse 'step' parameter: zero or negative query resolution step widths are not accepted, got ${JSON.stringify((text ?? "").slice(0, 50))}`,
    );
  const count = Math.floor(Number(range.endNs - range.startNs) / stepNs) + 1;
  if (count > pointsMax)
    throw refused(`exceeded maximum resolution of ${pointsMax.toLocaleString("en-US")} points per time series. Try increasing the value of the step parameter`);
  return { startNs: range.startNs, stepNs, count };
}
