// Stores without a server, for `npm run bench`: what a query costs by itself.
import type { Clock } from "../../../providers/index.ts";
import { parseLogql } from "../service/logql/parse.ts";
import { LogStore } from "../service/logs/log-store.ts";
import { evaluateStages } from "../service/traceql/search.ts";
import { parseTraceql } from "../service/traceql/parse.ts";
import { TraceView } from "../service/traceql/trace-view.ts";
import { decodeOtlpTraces } from "../service/traces/decode-otlp.ts";
import type { SpanDecoder } from "../service/traces/read-span.ts";
import { SpanStore } from "../service/traces/span-store.ts";
import { StringTable } from "../service/wire/strings.ts";
import { nodeByteTools } from "./byte-tools.ts";
import { runLogs, runMetric } from "./logs/log-queries.ts";

export class LogBench {
  private readonly store = new LogStore();
  private readonly stream = this.store.streamOf([["app", "a"]]) ?? 0;
  private readonly clock: Clock;
  private lastMs = 0;

  constructor(clock: Clock) { this.clock = clock; }

  add(line: string, tsMs: number): void {
    const body = nodeByteTools.encode(line);
    this.store.append({ stream: this.stream, tsMs, tsNs: 0, metadata: [], traceId: "", spanId: "" }, body, 0, body.length);
    this.lastMs = tsMs;
    this.store.settle();
  }

  /** Lines found, or the number of series. */
  count(query: string): number {
    const expression = parseLogql(query);
    const endNs = BigInt(this.lastMs + 1) * 1_000_000n;
    if (expression.kind === "log")
      return runLogs(this.store, this.clock, { expression, range: { startNs: 0n, endNs, isStartIn: true, isEndIn: false }, limit: 100, isBackward: true }).value
        .length;
    const { value } = runMetric(this.store, this.clock, expression, { startNs: endNs, stepNs: 1, count: 1 });
    return value.kind === "vector" ? value.series.length : 1;
  }
}

export class SpanBench {
  private readonly decoder: SpanDecoder = { store: new SpanStore(), strings: new StringTable(), resourceIds: new Map(), scopeIds: new Map(), refused: { count: 0, reason: "" } };

  add(body: Uint8Array): void { decodeOtlpTraces(this.decoder, body); }
  get count(): number { return this.decoder.store.count; }

  /** Traces with matching spans. */
  search(query: string): number {
    const { root } = parseTraceql(query);
    if (root.kind !== "search") return 0;
    return evaluateStages(
      root.stages,
      { view: new TraceView(this.decoder.store), range: { startNs: undefined, endNs: undefined }, budget: { inspected: 0, check: () => undefined } },
      undefined,
    ).length;
  }
}
