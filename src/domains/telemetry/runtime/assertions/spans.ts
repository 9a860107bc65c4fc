// Spans of a TraceQL selection with their durations in seconds, over Tempo's search API.
import { InspanError } from "../../../../base/errors.ts";
import { parseDuration } from "../../service/promql/lexer.ts";
import type { Seen, Sight } from "../../service/assertions/judge.ts";
import { askBackend } from "../backend.ts";
import type { Asked, Asking } from "./run.ts";

// Traces and spans of each that are looked at; the slow ones are asked for first.
const tracesMax = 200, spansMax = 100;

type Json = Readonly<Record<string, unknown>>;
const record = (value: unknown): Json => (typeof value === "object" && value !== null && !Array.isArray(value) ? value as Json : {}); // checked to be a plain object
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

async function search(query: string, windowMs: number, { backends: { tempo }, context: { signal }, nowMs }: Asked): Promise<readonly Seen[]> {
  const { status, body } = await askBackend(tempo, "/api/search", {
    signal,
    params: {
      q: query,
      start: String(Math.floor((nowMs - windowMs) / 1000)),
      end: String(Math.ceil(nowMs / 1000) + 1),
      limit: String(tracesMax),
      spss: String(spansMax),
    },
  });
  if (status !== 200)
    throw new InspanError("QUERY_REFUSED", `Cannot answer "${query}": ${String(record(body)["error"] ?? record(body)["message"] ?? `status ${status}`)}.`, {
      kind: "usage",
    });
  return list(record(body)["traces"]).map(record).flatMap((trace) => [...list(trace["spanSets"]), ...(trace["spanSets"] === undefined && trace["spanSet"] !== undefined ? [trace["spanSet"]] : [])].flatMap((set) => list(record(set)["spans"]).map(record)).map((span): Seen => ({
    labels: { traceID: String(trace["traceID"]), spanID: String(span["spanID"]), name: String(span["name"] ?? trace["rootTraceName"] ?? "") },
    value: Number(span["durationNanos"]) / 1e9,
  })));
}

/** `{ a }` narrowed to spans above the limit; undefined where the selection is more than one pair of braces. */
function slowOnly(query: string, seconds: number): string | undefined {
  const inner = /^\s*\{([^{}]*)\}\s*$/.exec(query)?.[1];
  if (inner === undefined) return undefined;
  return inner.trim() === "" ? `{ duration > ${seconds * 1000}ms }` : `{ (${inner}) && duration > ${seconds * 1000}ms }`;
}

/** The spans over the limit where there are any, else what else was selected. */
export async function seeSpans({ query, comparison, window }: Asking, asked: Asked): Promise<readonly Seen[]> {
  const windowMs = parseDuration(window) ?? 3_600_000;
  const slow = slowOnly(query, comparison.limit);
  // What is wrong with the query is said by the query itself, whose positions are the author's.
  const offenders = slow === undefined ? [] : await search(slow, windowMs, asked).catch(() => []);
  return offenders.length > 0 ? offenders : search(query, windowMs, asked);
}

/** The spans of all traces below these roots; a root that was never seen proves nothing of the others either. */
export async function seeJourneys(subject: Asking, asked: Asked): Promise<Sight> {
  const sights = await Promise.all(
    (subject.journeys ?? []).map(async (name) => ({ name, seen: await seeSpans({ ...subject, query: `{ rootName = ${JSON.stringify(name)} }` }, asked) })),
  );
  const offenders = sights.flatMap(({ seen }) => seen).filter(({ value }) => value > subject.comparison.limit);
  if (offenders.length > 0) return offenders;
  const missing = sights.filter(({ seen }) => seen.length === 0).map(({ name }) => JSON.stringify(name));
  return missing.length > 0 ? { nothing: `no trace begins with ${missing.join(" or ")} within ${subject.window}` } : sights.flatMap(({ seen }) => seen);
}
