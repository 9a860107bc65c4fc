// Runs a compiled pipeline over the store's chunks: streams by matchers, chunks by time, lines by a search for the filters' text, then the steps.
import type { ByteTools } from "../byte-tools.ts";
import { QueryError } from "../query-error.ts";
import type { LogChunk } from "../logs/log-chunk.ts";
import type { LogStore } from "../logs/log-store.ts";
import { compileMatcher } from "./label-filter.ts";
import { LineState } from "./line-state.ts";
import type { LogPipeline } from "./pipeline.ts";
import type { Matcher } from "./ast.ts";

/** Times in nanoseconds; `isStartIn` says whether the start itself belongs to it (lines: yes; windows: no), the end the other way round. */
export interface TimeRange { readonly startNs: bigint; readonly endNs: bigint; readonly isStartIn: boolean; readonly isEndIn: boolean }

export interface ScanBudget {
  /** Throws where the query has used up its time. */
  check(): void;
  readonly stats: ScanStats;
}
export interface ScanStats { lines: number; bytes: number; chunks: number; kept: number }

/** Lines between two looks at the clock. */
const checkRows = 8192;

export function matchStreams(store: LogStore, matchers: readonly Matcher[]): Uint8Array {
  const tests = matchers.map((matcher) => ({ name: matcher.name, test: compileMatcher(matcher) }));
  return Uint8Array.from(store.streams, (set) => (tests.every(({ name, test }) => test(set.map.get(name) ?? "")) ? 1 : 0));
}

export interface ScanOptions {
  readonly store: LogStore;
  readonly matchers: readonly Matcher[];
  readonly pipeline: LogPipeline;
  readonly range: TimeRange;
  readonly tools: ByteTools;
  readonly budget: ScanBudget;
  readonly nowNs: bigint;
  /** Labels that anybody asks for afterwards; undefined asks for all. */
  readonly wanted: ReadonlySet<string> | undefined;
  readonly isBackward?: boolean;
  /** Asked before each chunk: whether its lines can still matter. */
  readonly needsChunk?: (chunk: LogChunk) => boolean;
  /** Only lines that were taken in since this row. */
  readonly sinceRow?: number;
  /** Asked before each line: whether one of this time can still matter. */
  readonly isUseful?: (tsMs: number, tsNs: number) => boolean;
  /** Called for each line that passes, chunk by chunk, in order of time within one. */
  readonly visit: (line: LineState, stream: number, isPlain: boolean) => void;
}

interface Bounds { readonly startMs: number; readonly startNs: number; readonly endMs: number; readonly endNs: number }

function split(ns: bigint): readonly [number, number] {
  const ms = ns / 1_000_000n - (ns < 0n && ns % 1_000_000n !== 0n ? 1n : 0n);
  return [Number(ms), Number(ns - ms * 1_000_000n)];
}

export function scanLogs(options: ScanOptions): void {
  const { store, range, budget } = options;
  const streams = matchStreams(store, options.matchers);
  // Both bounds become inclusive start and exclusive end.
  const [startMs, startNs] = split(range.isStartIn ? range.startNs : range.startNs + 1n);
  const [endMs, endNs] = split(range.isEndIn ? range.endNs + 1n : range.endNs);
  const bounds = { startMs, startNs, endMs, endNs };
  const chunks = store.chunks.filter(
    (chunk) =>
      chunk.count > 0 &&
      chunk.firstRow + chunk.count > (options.sinceRow ?? 0) &&
      chunk.maxMs >= startMs &&
      chunk.minMs <= endMs &&
      chunk.streamsIn.some((isIn, id) => isIn === 1 && streams[id] === 1),
  );
  if (options.isBackward === true) chunks.sort((a, b) => b.maxMs - a.maxMs);
  else chunks.sort((a, b) => a.minMs - b.minMs);
  const line = new LineState(options.tools);
  line.nowNs = options.nowNs;
  for (const chunk of chunks) {
    if (options.needsChunk?.(chunk) === false) continue;
    budget.check();
    budget.stats.chunks += 1;
    scanChunk(chunk, line, streams, bounds, options);
  }
}

function scanChunk(chunk: LogChunk, line: LineState, streams: Uint8Array, bounds: Bounds, options: ScanOptions): void {
  const bodies = chunk.readBodies(options.tools);
  const { filters } = options.pipeline;
  const leading = filters.reduce<number>((best, filter, index) => (filter.required.length > (filters[best]?.required.length ?? 0) ? index : best), 0);
  const required = filters[leading]?.required ?? "";
  options.budget.stats.lines += chunk.count;
  options.budget.stats.bytes += chunk.bodyBytes;
  const look = createLook(chunk, bodies, line, streams, bounds, options, required !== "" && filters[leading]?.isDecided === true ? leading : -1);
  const order = chunk.orderByTime();
  const isBackward = options.isBackward === true;
  if (required === "") {
    for (let step = 0; step < chunk.count; step += 1) {
      if (step % checkRows === 0) options.budget.check();
      const at = isBackward ? chunk.count - 1 - step : step;
      look(order === undefined ? at : order[at] ?? 0);
    }
    return;
  }
  const hits = findRows(chunk, bodies, options.tools, options.tools.encode(required));
  if (order !== undefined) { const isHit = new Uint8Array(chunk.count); for (const row of hits) isHit[row] = 1; for (const row of order) if (isHit[row] === 1) look(row); return; }
  if (isBackward) hits.reverse();
  for (const [at, row] of hits.entries()) { if (at % checkRows === 0) options.budget.check(); look(row); }
}

/** Rows whose body contains the text, in order: one search over the whole run of bytes. */
function findRows(chunk: LogChunk, bodies: Uint8Array, tools: ByteTools, needle: Uint8Array): number[] {
  const rows: number[] = [];
  const { offsets, count } = chunk;
  const end = chunk.bodyBytes;
  let row = 0;
  for (let at = tools.indexOf(bodies, needle, 0); at !== -1 && at + needle.length <= end;) {
    row = rowAt(offsets, row, count, at);
    const rowEnd = offsets[row + 1] ?? 0;
    if (at + needle.length <= rowEnd) { rows.push(row); at = tools.indexOf(bodies, needle, rowEnd); } else at = tools.indexOf(bodies, needle, at + 1);
  }
  return rows;
}

/** The row that holds an offset; looks near `from` first. */
function rowAt(offsets: Uint32Array, from: number, count: number, offset: number): number {
  for (let row = from; row < from + 8 && row < count; row += 1) if ((offsets[row + 1] ?? 0) > offset) return row;
  let low = from;
  let high = count - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((offsets[middle + 1] ?? 0) > offset) high = middle;
    else low = middle + 1;
  }
  return low;
}

function createLook(chunk: LogChunk, bodies: Uint8Array, line: LineState, streams: Uint8Array, bounds: Bounds, options: ScanOptions, decided: number): (row: number) => void {
  const { pipeline, store, visit, wanted, budget } = options;
  const { probe, steps, quick } = pipeline;
  const filters = pipeline.filters.filter((_filter, index) => index !== decided);
  const judge = filters.length === 0 ? quick : undefined;
  const isHiding = judge !== undefined && judge.names.some((name) => chunk.hasMetadataNamed(name));
  const { isUseful } = options;
  const { labels } = line;
  const isInside = chunk.minMs > bounds.startMs && chunk.maxMs < bounds.endMs;
  const { offsets, tsMs, tsNs, streams: rowStreams } = chunk;
  const prepare = (row: number, base: ReadonlyMap<string, string>) => {
    labels.reset(base);
    if (chunk.hasMetadata(row)) chunk.eachMetadata(row, (name, value) => labels.setMetadata(name, value));
  };
  const firstRow = (options.sinceRow ?? 0) - chunk.firstRow;
  return (row) => {
    if (row < firstRow) return;
    const stream = rowStreams[row] ?? 0;
    if (streams[stream] !== 1) return;
    const ms = tsMs[row] ?? 0;
    const ns = tsNs[row] ?? 0;
    if (!isInside && (ms < bounds.startMs || (ms === bounds.startMs && ns < bounds.startNs) || ms > bounds.endMs || (ms === bounds.endMs && ns >= bounds.endNs))) return;
    if (isUseful !== undefined && !isUseful(ms, ns)) return;
    // A stream with a label that the filters name gives the line's own label another name.
    const verdict =
      judge !== undefined && judge.isFor(stream, store.streams)
        ? judge.probe(bodies, offsets[row] ?? 0, offsets[row + 1] ?? 0, isHiding && chunk.hasMetadata(row))
        : undefined;
    if (verdict === false) return;
    line.reset(bodies, offsets[row] ?? 0, offsets[row + 1] ?? 0);
    line.tsMs = ms;
    line.tsNs = ns;
    for (const filter of filters) if (!filter.test(line)) return;
    const base = store.streams[stream]?.map;
    if (base === undefined) throw new QueryError("execution", "BUG: expected a known stream");
    if (probe !== undefined && verdict === undefined) {
      labels.wanted = pipeline.probeWanted;
      prepare(row, base);
      if (!probe(line)) return;
    }
    if (verdict === true && pipeline.isQuickEnough) { labels.reset(base); budget.stats.kept += 1; visit(line, stream, true); return; }
    labels.wanted = wanted;
    prepare(row, base);
    for (const step of steps) if (!step(line)) return;
    budget.stats.kept += 1;
    visit(line, stream, labels.isPlain);
  };
}
