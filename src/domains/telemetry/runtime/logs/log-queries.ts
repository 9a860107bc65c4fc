// LogQL against the store of one engine, with the engine's clock and bounds.
import type { Clock } from "../../../../providers/index.ts";
import { QueryError } from "../../service/query-error.ts";
import { evaluateLogs, evaluateMetric, type FoundLine, type LogQuery } from "../../service/logql/evaluate.ts";
import type { ScanBudget } from "../../service/logql/scan.ts";
import type { MetricExpression } from "../../service/logql/ast.ts";
import type { MetricValue } from "../../service/logql/series.ts";
import type { LogStore } from "../../service/logs/log-store.ts";
import { nodeByteTools } from "../byte-tools.ts";

/** A query that takes longer holds up every other caller of the engine. */
const queryMsMax = 30_000;
const seriesMax = 10_000;
const samplesMax = 20_000_000;
/** Prometheus' and Loki's own bound on the points of one series. */
export const pointsMax = 11_000;

export interface QueryRun<T> { readonly value: T; readonly budget: ScanBudget; readonly execSeconds: number }

export function startBudget(clock: Clock): { readonly budget: ScanBudget; readonly elapsedSeconds: () => number } {
  const started = clock.monotonicMs();
  const budget: ScanBudget = {
    stats: { lines: 0, bytes: 0, chunks: 0, kept: 0 },
    check: () => {
      if (clock.monotonicMs() - started > queryMsMax)
        throw new QueryError("cancelled", `the query took more than ${queryMsMax / 1000} s; narrow the range or the selector`);
    },
  };
  return { budget, elapsedSeconds: () => (clock.monotonicMs() - started) / 1000 };
}

export interface StepRange { readonly startNs: bigint; readonly stepNs: number; readonly count: number }

export function runMetric(store: LogStore, clock: Clock, expression: MetricExpression, steps: StepRange): QueryRun<MetricValue> {
  const { budget, elapsedSeconds } = startBudget(clock);
  const value = evaluateMetric(expression, { store, tools: nodeByteTools, budget, ...steps, nowNs: BigInt(clock.nowMs()) * 1_000_000n, seriesMax, samplesMax });
  return { value, budget, execSeconds: elapsedSeconds() };
}

export function runLogs(store: LogStore, clock: Clock, query: LogQuery): QueryRun<readonly FoundLine[]> {
  const { budget, elapsedSeconds } = startBudget(clock);
  const nowNs = BigInt(clock.nowMs()) * 1_000_000n;
  const value = evaluateLogs(query, { store, tools: nodeByteTools, budget, startNs: 0n, stepNs: 0, count: 1, nowNs, seriesMax, samplesMax });
  return { value, budget, execSeconds: elapsedSeconds() };
}
