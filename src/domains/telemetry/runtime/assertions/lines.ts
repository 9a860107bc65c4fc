// LogQL assertions: the value, whether anything was there to be counted, and the lines behind a failure.
import type { Expression, LogExpression } from "../../service/logql/ast.ts";
import { parseLogql } from "../../service/logql/parse.ts";
import { printLogql } from "../../service/logql/print.ts";
import { parseDuration } from "../../service/promql/lexer.ts";
import type { Sight } from "../../service/assertions/judge.ts";
import { askBackend } from "../backend.ts";
import { queryMetrics } from "../prometheus-client.ts";
import type { Asked, Asking } from "./run.ts";

/** Lines shown of one failure; the command beside them shows more. */
const linesMax = 5;
/** Fields beside a line that say where it comes from rather than what happened. */
const surroundings = /^(?:service_|telemetry_|process_|host_|os_|vcs_|worktree|run_id|scope_|severity_|observed_|detected_level|trace_|span_|flags|deployment_|event_name|stream$)/;
const fieldsMax = 8;
/** A dump on one line must not fill a context. */
const lineCharsMax = 500;

type Json = Readonly<Record<string, unknown>>;
const record = (value: unknown): Json => (typeof value === "object" && value !== null && !Array.isArray(value) ? value as Json : {}); // checked to be a plain object
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function selectorsOf(expression: Expression): readonly LogExpression[] {
  switch (expression.kind) {
    case "log": return [expression];
    case "range": return [expression.log];
    case "aggregation": case "label-replace": return selectorsOf(expression.of);
    case "binary": return [...selectorsOf(expression.left), ...selectorsOf(expression.right)];
    case "literal": case "vector": return [];
  }
}

/** Undefined where a server elsewhere understands what we do not. */
function parsed(query: string): Expression | undefined {
  try { return parseLogql(query); } catch { return undefined; } // the server's own answer says what is wrong
}

/** The lines that a metric query counts, as a query of its own; undefined where it counts none. */
export function linesOf(query: string): string | undefined {
  const expression = parsed(query);
  const [first] = expression === undefined ? [] : selectorsOf(expression);
  return first === undefined ? undefined : printLogql({ ...first, stages: first.stages.filter((stage) => stage.kind !== "unwrap") });
}

/** The line with what was written beside it. */
function renderLine([, line, beside]: readonly unknown[]): string {
  const fields = Object.entries({ ...record(record(beside)["structuredMetadata"]), ...record(record(beside)["parsed"]) })
    .filter(([name]) => !surroundings.test(name))
    .slice(0, fieldsMax);
  return [String(line), ...fields.map(([name, value]) => `${name}=${JSON.stringify(String(value))}`)].join(" ");
}

async function ask(query: string, limit: number, { window }: Asking, { backends, context, nowMs }: Asked): Promise<readonly (readonly [string, string])[]> {
  const fromMs = nowMs - (parseDuration(window) ?? 3_600_000);
  const { status, body } = await askBackend(
    { ...backends.loki, headers: { ...backends.loki.headers, "x-loki-response-encoding-flags": "categorize-labels" } },
    "/loki/api/v1/query_range",
    {
      signal: context.signal,
      params: { query, limit: String(limit), start: `${Math.floor(fromMs)}000000`, end: `${Math.ceil(nowMs) + 1000}000000`, direction: "backward" },
    },
  );
  if (status !== 200) return [];
  return list(record(record(body)["data"])["result"])
    .flatMap((stream) => list(record(stream)["values"]))
    .map((pair): readonly [string, string] => [String(list(pair)[0]), renderLine(list(pair))]);
}

/** The values now. Where every stream that it selects is silent, a query with `or vector(0)` proves nothing. */
export async function seeLogs(subject: Asking, asked: Asked): Promise<Sight> {
  const { backends, context, nowMs } = asked;
  const { series } = await queryMetrics(backends.loki, "/loki/api/v1/query", { query: subject.query, time: String(Math.round(nowMs * 1000) * 1000) }, context.signal);
  const expression = parsed(subject.query);
  if (expression !== undefined && selectorsOf(expression).length === 0) return { nothing: "the query selects no stream, expected a selector {…} in it" };
  const streams = [...new Set((expression === undefined ? [] : selectorsOf(expression)).map(({ matchers }) => printLogql({ kind: "log", matchers, stages: [] })))];
  const seen = await Promise.all(streams.map(async (stream) => (await ask(stream, 1, subject, asked)).length > 0));
  if (streams.length > 0 && !seen.includes(true)) return { nothing: `there is no line at all of ${streams.join(" or ")} within ${subject.window}` };
  return series.flatMap(({ labels, points }) => { const last = points.at(-1); return last ? [{ labels, value: last[1] }] : []; });
}

/** The newest lines that a failed assertion counted. */
export async function findLines(subject: Asking, asked: Asked): Promise<readonly string[]> {
  const query = linesOf(subject.query);
  if (query === undefined) return [];
  const found = [...await ask(query, linesMax, subject, asked)].sort(([left], [right]) => (left < right ? 1 : -1));
  return found.slice(0, linesMax).map(([, line]) => (line.length > lineCharsMax ? `${line.slice(0, lineCharsMax)} [… ${line.length - lineCharsMax} characters left out]` : line));
}
