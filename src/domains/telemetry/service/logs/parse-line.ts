// One line of a program's output as a log record: what pino, winston, bunyan, zap, structlog and their like write as JSON; everything else stays text.
import { isRecord } from "../otlp/any-value.ts";

export interface LineRecord {
  readonly body: string;
  /** Milliseconds since 1970; undefined where the line tells no time. */
  readonly atMs: number | undefined;
  /** trace, debug, info, warn, error, fatal; "" where the line tells none. */
  readonly level: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly metadata: Readonly<Record<string, string>>;
}

const bodyKeys = ["msg", "message", "event", "@message", "body"];
const timeKeys = ["time", "timestamp", "ts", "@timestamp", "t", "date"];
const levelKeys = ["level", "severity", "levelname", "lvl", "log.level", "severity_text"];
const traceKeys = ["trace_id", "traceId", "traceID", "trace.id", "dd.trace_id"];
const spanKeys = ["span_id", "spanId", "spanID", "span.id", "dd.span_id"];
/** More fields than this are a payload; the rest is left out. */
const fieldsMax = 128;
const fieldCharsMax = 4096;

const levelNames: Readonly<Record<string, string>> = {
  trace: "trace",
  verbose: "debug",
  silly: "trace",
  debug: "debug",
  dbg: "debug",
  info: "info",
  information: "info",
  informational: "info",
  notice: "info",
  http: "info",
  warn: "warn",
  warning: "warn",
  error: "error",
  err: "error",
  eror: "error",
  fatal: "fatal",
  critical: "fatal",
  crit: "fatal",
  alert: "fatal",
  emerg: "fatal",
  emergency: "fatal",
  panic: "fatal",
  dpanic: "fatal",
};

/** pino's and bunyan's numbers (10 … 60), syslog's and names. */
function levelOf(value: unknown): string {
  if (typeof value === "number")
    return value >= 60 ? "fatal" : value >= 50 ? "error" : value >= 40 ? "warn" : value >= 30 ? "info" : value >= 20 ? "debug" : value >= 10 ? "trace" : "";
  return typeof value === "string" ? levelNames[value.trim().toLowerCase()] ?? "" : "";
}

/** Seconds (zap), milliseconds (pino), microseconds or nanoseconds by their size; texts as ISO 8601. */
function timeOf(value: unknown): number | undefined {
  if (typeof value === "number" && Number.isFinite(value) && value > 0) return value < 1e11 ? value * 1000 : value < 1e14 ? value : value < 1e17 ? value / 1000 : value / 1e6;
  if (typeof value !== "string") return undefined;
  if (/^\d{9,19}(?:\.\d+)?$/.test(value)) return timeOf(Number(value));
  if (!/^\d{4}-\d\d-\d\d[T ]/.test(value)) return undefined;
  const ms = Date.parse(value.replace(" ", "T").replace(/(\.\d{3})\d+/, "$1"));
  return Number.isNaN(ms) ? undefined : ms;
}

function take(fields: Map<string, unknown>, keys: readonly string[]): unknown {
  for (const key of keys) {
    const value = fields.get(key);
    if (value !== undefined && value !== null) { fields.delete(key); return value; }
  }
  return undefined;
}

function hexId(value: unknown, digits: number): string {
  return typeof value === "string" && /^[0-9a-fA-F]+$/.test(value) && value.length <= digits && !/^0+$/.test(value) ? value.toLowerCase().padStart(digits, "0") : "";
}

export function parseLine(line: string): LineRecord {
  const plain: LineRecord = { body: line, atMs: undefined, level: "", traceId: "", spanId: "", metadata: {} };
  if (!line.startsWith("{")) return plain;
  let document: unknown;
  try { document = JSON.parse(line); } catch { return plain; }
  if (!isRecord(document)) return plain;
  const fields = new Map(Object.entries(document));
  const level = levelOf(take(fields, levelKeys));
  const atMs = timeOf(take(fields, timeKeys));
  const traceId = hexId(take(fields, traceKeys), 32);
  const spanId = hexId(take(fields, spanKeys), 16);
  const body = take(fields, bodyKeys);
  if (body === undefined) return { ...plain, atMs, level, traceId, spanId };
  const metadata: Record<string, string> = {};
  for (const [key, value] of [...fields].slice(0, fieldsMax)) {
    const name = key.replaceAll(/[^a-zA-Z0-9_]/g, "_").replace(/^(\d)/, "_$1");
    if (name !== "") metadata[name] = (typeof value === "string" ? value : JSON.stringify(value)).slice(0, fieldCharsMax);
  }
  return { body: typeof body === "string" ? body : JSON.stringify(body), atMs, level, traceId, spanId, metadata };
}
