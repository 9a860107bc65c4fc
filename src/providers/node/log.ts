// Real log lines and spans: JSON lines in the state folder, one file a day, bounded in size and number.
import { AsyncLocalStorage } from "node:async_hooks";
import { appendFileSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../base/errors.ts";
import type { Log, LogFields } from "../log.ts";
import type { Secrets } from "../secrets.ts";
import type { Telemetry } from "../telemetry.ts";
import { nodeClock } from "./clock.ts";
import { nodeRandom } from "./random.ts";

// A day's file above this is noise of a loop; further lines of that day are dropped and the drop is said once.
const fileBytesMax = 32 * 1024 * 1024;
// Two weeks of history answer "what happened"; more would fill the disk unseen.
const filesMax = 14;

/** Appends one JSON object a line; a full or read-only disk never breaks the work that is logged. */
function createWriter(folder: string, secrets: Secrets): (line: Readonly<Record<string, unknown>>) => void {
  let day = "";
  let bytes = 0;
  let isFull = false;
  const path = () => join(folder, `${day}.jsonl`);
  const openDay = (today: string) => {
    day = today;
    isFull = false;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    try { bytes = statSync(path()).size; } catch { bytes = 0; } // not there yet
    for (const old of readdirSync(folder).filter((name) => name.endsWith(".jsonl")).sort().slice(0, -filesMax)) rmSync(join(folder, old), { force: true });
  };
  return (line) => {
    try {
      const today = nodeClock.nowIso().slice(0, 10);
      if (today !== day) openDay(today);
      if (isFull) return;
      isFull = bytes > fileBytesMax;
      const text = `${secrets.redact(JSON.stringify(isFull ? { at: nodeClock.nowIso(), level: "warn", event: "log.full" } : line))}\n`;
      bytes += text.length;
      appendFileSync(path(), text, { mode: 0o600 });
    } catch { /* logging is never a reason to fail */ }
  };
}

interface SpanContext { readonly traceId: string; readonly spanId: string }
const active = new AsyncLocalStorage<SpanContext>();

/** A log and a tracer that write to `<folder>/<day>.jsonl`; nothing is written before the first line. */
export function createNodeLog(folder: string, secrets: Secrets): { readonly log: Log; readonly telemetry: Telemetry } {
  const write = createWriter(folder, secrets);
  const at = (level: string, event: string, base: LogFields, fields: LogFields | undefined) => {
    const span = active.getStore();
    write({ at: nodeClock.nowIso(), level, event, pid: process.pid, ...base, ...fields, ...(span ? { traceId: span.traceId, spanId: span.spanId } : {}) });
  };
  const make = (base: LogFields): Log => ({
    info: (event, fields) => at("info", event, base, fields),
    warn: (event, fields) => at("warn", event, base, fields),
    error: (event, fields) => at("error", event, base, fields),
    with: (fields) => make({ ...base, ...fields }),
  });
  const telemetry: Telemetry = {
    async span(name, attributes, work) {
      const parent = active.getStore();
      const context = { traceId: parent?.traceId ?? nodeRandom.hex(16), spanId: nodeRandom.hex(8) };
      const collected: Record<string, string | number | boolean> = { ...attributes };
      const startedAt = nodeClock.nowIso();
      const startedMs = nodeClock.monotonicMs();
      const end = (failure?: unknown) => write({
        at: startedAt, level: failure === undefined ? "info" : "error", event: "span", name, ...context, parentSpanId: parent?.spanId,
        durationMs: Math.round((nodeClock.monotonicMs() - startedMs) * 1000) / 1000, attributes: collected, ...(failure === undefined ? {} : { failure: messageOf(failure) }),
      });
      try {
        const value = await active.run(context, () => work({ set: (more) => { Object.assign(collected, more); } }));
        end();
        return value;
      } catch (error) {
        end(error);
        throw error;
      }
    },
  };
  return { log: make({}), telemetry };
}
