// Spans of a TraceQL selection with their durations in seconds, over Tempo's search API.
import { InspanError } from "../../../../base/errors.ts";
import { parseDuration } from "../../service/promql/lexer.ts";
import type { Seen, Subject } from "../../service/assertions/judge.ts";
import { askBackend, type Backend } from "../backend.ts";

// Traces and spans of each that are looked at; the slow ones are asked for first.
const tracesMax = 200, spansMax = 100;

type Json = Readonly<Record<string, unknown>>;
const record = (value: unknown): Json => (typeof value === "object" && value !== null && !Array.isArray(value) ? value as Json : {}); // checked to be a plain object
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

interface Asked { readonly backend: Backend; readonly signal: AbortSignal; readonly nowMs: number }

async function search(query: string, windowMs: number, { backend, signal, nowMs }: Asked): Promise<readonly Seen[]> {
  const { status, body } = await askBackend(backend, "/api/search", { signal, params: { q: query, start: String(Math.floor((nowMs - windowMs) / 1000)), end: String(Math.ceil(nowMs / 1000) + 1), limit: String(tracesMax), spss: String(spansMax) } });
  if (status !== 200) throw new InspanError("QUERY_REFUSED", `Cannot answer "${query}": ${String(record(body)["error"] ?? record(body)["message"] ?? `status ${status}`)}.`, { kind: "usage" });
  return list(record(body)["traces"]).map(record).flatMap((trace) => [...list(trace["spanSets"]), ...(trace["spanSets"] === undefined && trace["spanSet"] !== undefined ? [trace["spanSet"]] : [])].flatMap((set) => list(record(set)["spans"]).map(record)).map((span): Seen => ({
    labels: { traceID: String(trace["traceID"]), spanID: String(span["spanID"]), name: String(span["name"] ?? trace["rootTraceName"] ?? "") }, value: Number(span["durationNanos"]) / 1e9,
  })));
}

/** `{ a }` narrowed to spans above the limit; undefined where the selection is more than one pair of braces. */
function slowOnly(query: string, seconds: number): string | undefined {
  const inner = /^\s*\{([^{}]*)\}\s*$/.exec(query)?.[1];
  if (inner === undefined) return undefined;
  return inner.trim() === "" ? `{ duration > ${seconds * 1000}ms }` : `{ (${inner}) && duration > ${seconds * 1000}ms }`;
}

/** The spans over the limit where there are any, else what else was selected. */
export async function seeSpans({ query, comparison, window }: Subject & { readonly window: string }, asked: Asked): Promise<readonly Seen[]> {
  const windowMs = parseDuration(window) ?? 3_600_000;
  const slow = slowOnly(query, comparison.limit);
  const offenders = slow === undefined ? [] : await search(slow, windowMs, asked);
  return offenders.length > 0 ? offenders : search(query, windowMs, asked);
}
