// What a service prints, as log lines of the engine: gathered for a moment, pushed over loopback, bounded where the engine does not answer.
import type { Clock } from "../../../../providers/index.ts";
import { parseLine } from "../../service/logs/parse-line.ts";

/** Lines that wait for the engine; beyond it the oldest go and are counted in a line of their own. */
const waitingMax = 20_000;
/** A line longer than this is a payload. */
const lineCharsMax = 256 * 1024;
const batchLinesMax = 2000;
const flushMs = 100;
const pushMsMax = 10_000;

export interface LineIntakeOptions {
  /** Base URL of the engine. */
  readonly url: string;
  readonly clock: Clock;
  /** Labels of every line besides service_name and stream, for example worktree. */
  readonly labels?: Readonly<Record<string, string>>;
}

export interface LineIntake {
  /** `stream`: stdout or stderr. Never throws, never waits. */
  take(service: string, stream: "stdout" | "stderr", lines: readonly string[]): void;
  /** Resolves when everything taken so far is stored, or given up after ten seconds without an answer. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

interface Waiting { readonly service: string; readonly stream: string; readonly line: string; readonly atMs: number }

export function createLineIntake(options: LineIntakeOptions): LineIntake {
  const { clock, url } = options;
  let waiting: Waiting[] = [];
  let dropped = 0;
  let timer: NodeJS.Timeout | undefined;
  let pushing: Promise<void> = Promise.resolve();
  let isClosed = false;
  const later = () => { timer ??= setTimeout(() => { timer = undefined; void push(); }, flushMs).unref(); };
  const push = (): Promise<void> => {
    pushing = pushing.then(async () => {
      while (waiting.length > 0) {
        const batch = waiting.slice(0, batchLinesMax);
        waiting = waiting.slice(batch.length);
        const notes: Waiting[] =
          dropped > 0 ? [{ service: "inspan", stream: "stderr", line: `${dropped} lines were dropped: the engine did not keep up`, atMs: clock.nowMs() }] : [];
        dropped = 0;
        if (!await post(url, [...batch, ...notes], options.labels ?? {})) { dropped += batch.length; return; }
      }
    });
    return pushing;
  };
  return {
    take: (service, stream, lines) => {
      if (isClosed) return;
      const atMs = clock.nowMs();
      for (const line of lines) if (line.trim() !== "") waiting.push({ service, stream, line: line.length > lineCharsMax ? `${line.slice(0, lineCharsMax)}…` : line, atMs });
      if (waiting.length > waitingMax) { dropped += waiting.length - waitingMax; waiting = waiting.slice(-waitingMax); }
      later();
    },
    flush: () => push(),
    close: async () => { isClosed = true; clearTimeout(timer); await push(); },
  };
}

async function post(url: string, lines: readonly Waiting[], labels: Readonly<Record<string, string>>): Promise<boolean> {
  const streams = new Map<string, { readonly stream: Record<string, string>; readonly values: unknown[] }>();
  let last = 0;
  for (const { service, stream, line, atMs } of lines) {
    const key = `${service}\u0001${stream}`;
    const one = streams.get(key) ?? { stream: { service_name: service, stream, ...labels }, values: [] };
    streams.set(key, one);
    const record = parseLine(line);
    const ms = record.atMs ?? atMs;
    // Lines of one millisecond keep their order.
    last = (last + 1) % 1_000_000;
    const time = Number.isInteger(ms) ? BigInt(ms) * 1_000_000n + BigInt(last) : BigInt(Math.round(ms * 1000)) * 1000n;
    one.values.push([
      String(time),
      record.body,
      {
        ...record.metadata,
        ...(record.level === "" ? {} : { detected_level: record.level }),
        ...(record.traceId === "" ? {} : { trace_id: record.traceId }),
        ...(record.spanId === "" ? {} : { span_id: record.spanId }),
      },
    ]);
  }
  try {
    const response = await fetch(`${url}/loki/api/v1/push`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ streams: [...streams.values()] }),
      signal: AbortSignal.timeout(pushMsMax),
    });
    await response.text();
    return response.ok;
  } catch { return false; } // the engine is gone or full; the count of dropped lines says so later
}
