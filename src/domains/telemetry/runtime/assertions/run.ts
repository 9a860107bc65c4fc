// Runs assertions: waits until telemetry has settled, asks for each, and judges what was seen.
import type { OperationContext } from "../../../../providers/index.ts";
import { messageOf } from "../../../../base/errors.ts";
import type { Assertion } from "../../config/assertions.ts";
import { type AssertionKind, type AssertionResult, judgeSeen, parseComparison, parseLimit, type Seen, type Sight, type Subject } from "../../service/assertions/judge.ts";
import { askBackend, type Backend, findBackend } from "../backend.ts";
import { parseDuration } from "../../service/promql/lexer.ts";
import { neededSelectors } from "../../service/assertions/evidence.ts";
import { hasSeries, queryMetrics } from "../prometheus-client.ts";
import { findLines, linesOf, seeLogs } from "./lines.ts";
import { seeJourneys, seeSpans } from "./spans.ts";

// Exporters send every second (ours, and the SDK's for logs): after a silence of more than that nothing is on its way any more.
const quietMs = 1_300;
const lookMs = 260;
const settleMsMax = 6_000;

export interface Backends { readonly prometheus: Backend; readonly loki: Backend; readonly tempo: Backend }
export interface Asked { readonly backends: Backends; readonly context: OperationContext; readonly nowMs: number }

/** Waits until the engine takes nothing new, bounded; a server elsewhere settles by itself. */
export async function settle(backend: Backend, context: OperationContext): Promise<void> {
  if (backend.kind === "remote") return;
  const { clock } = context.providers;
  const endMs = clock.monotonicMs() + settleMsMax;
  const read = async (): Promise<string> => JSON.stringify((await askBackend(backend, "/inspan/v1/status", { signal: context.signal })).body);
  let before = await read();
  let changedMs = clock.monotonicMs();
  while (clock.monotonicMs() < endMs && clock.monotonicMs() - changedMs < quietMs) {
    await clock.sleep(lookMs, context.signal);
    const now = await read();
    if (now !== before) changedMs = clock.monotonicMs();
    before = now;
  }
  await askBackend(backend, "/inspan/v1/metrics/evaluate-rules", { signal: context.signal, method: "POST" });
}

/** All traces of these root spans, as the query to look further. */
function queryOfJourneys(journeys: readonly string[]): string { return `{ ${journeys.map((name) => `rootName = ${JSON.stringify(name)}`).join(" || ")} }`; }

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

export interface Asking extends Subject { readonly window: string; /** Root spans of a journey assertion. */ readonly journeys?: readonly string[] }

function subjectOf(assertion: Assertion): Asking {
  const { id, window } = assertion;
  if ("startup" in assertion) {
    const query = `max by (inspan_service) (last_over_time(inspan_service_ready_duration_seconds{inspan_service=${JSON.stringify(assertion.startup)}}[${window}]))`;
    return { id, window, kind: "startup", query, comparison: { op: "<=", limit: parseLimit(assertion.max) } };
  }
  if ("promql" in assertion) return { id, window, kind: "promql", query: assertion.promql, comparison: parseComparison(assertion.is) };
  if ("logql" in assertion) return { id, window, kind: "logql", query: assertion.logql, comparison: parseComparison(assertion.is) };
  if ("journey" in assertion)
    return {
      id,
      window,
      kind: "journey",
      query: queryOfJourneys(assertion.journey),
      journeys: assertion.journey,
      comparison: { op: "<=", limit: parseLimit(assertion.max) },
    };
  return { id, window, kind: "traceql", query: assertion.traceql, comparison: { op: "<=", limit: parseLimit(assertion.max) } };
}

/** How each kind looks: what it sees, and the command to look further. */
const kinds: Readonly<Record<AssertionKind, { see(subject: Asking, asked: Asked): Promise<Sight>; next(subject: Asking, one: Seen): string }>> = {
  startup: { see: seeMetrics, next: ({ query }) => `inspan metrics ${quote(query)}` },
  promql: { see: seeMetrics, next: ({ query, window }) => `inspan metrics ${quote(query)} --range ${window}` },
  logql: { see: seeLogs, next: ({ query, window }) => `inspan logs ${quote(linesOf(query) ?? query)} --since ${window}` },
  traceql: { see: seeSpans, next: nextTrace },
  journey: { see: seeJourneys, next: nextTrace },
};

/** The values now. Where a query answers although none of its series is there, that proves nothing. */
async function seeMetrics({ query, window }: Asking, { backends, context, nowMs }: Asked): Promise<Sight> {
  const needed = neededSelectors(query);
  if (needed === undefined) return { nothing: "the query selects no series, expected a metric in it" };
  const { series } = await queryMetrics(backends.prometheus, "/api/v1/query", { query, time: String(nowMs / 1000) }, context.signal);
  if (needed.length > 0 && series.length > 0) {
    const fromMs = nowMs - (parseDuration(window) ?? 3_600_000);
    const there = await Promise.all(needed.map((selector) => hasSeries(backends.prometheus, selector, { fromMs, toMs: nowMs }, context.signal)));
    if (!there.includes(true)) return { nothing: `there is no series at all of ${needed.join(" or ")} within ${window}` };
  }
  return series.flatMap(({ labels, points }) => { const last = points.at(-1); return last ? [{ labels, value: last[1] }] : []; });
}

function nextTrace(_subject: Asking, { labels }: Seen): string { return `inspan trace ${labels["traceID"] ?? ""}`; }

async function runOne(assertion: Assertion, asked: Asked): Promise<AssertionResult> {
  const subject = subjectOf(assertion);
  const kind = kinds[subject.kind];
  try {
    const result = judgeSeen(subject, await kind.see(subject, asked), (one) => kind.next(subject, one));
    if (subject.kind !== "logql" || result.status !== "fail") return result;
    const lines = await findLines(subject, asked);
    return lines.length === 0 ? result : { ...result, lines };
  } catch (error) {
    if (asked.context.signal.aborted) throw error;
    const { id, kind: name, query, comparison } = subject;
    return { id, kind: name, query, status: "fail", value: null, limit: comparison.limit, op: comparison.op, evidence: [], reason: messageOf(error) };
  }
}

/** In the order of the assertions. */
export async function runAssertions(context: OperationContext, assertions: readonly Assertion[], url: string | undefined): Promise<readonly AssertionResult[]> {
  const [prometheus, loki, tempo] = await Promise.all((["prometheus", "loki", "tempo"] as const).map((signal) => findBackend(context, signal, url)));
  if (prometheus === undefined || loki === undefined || tempo === undefined) throw new Error("BUG: expected three backends");
  await settle(prometheus, context);
  const asked: Asked = { backends: { prometheus, loki, tempo }, context, nowMs: context.providers.clock.nowMs() };
  const results: AssertionResult[] = [];
  for (const assertion of assertions) results.push(await runOne(assertion, asked));
  return results;
}
