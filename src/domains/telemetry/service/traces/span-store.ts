// Every span of a worktree in columns; parents are rows. What depends on the whole trace (parents, roots, durations) is worked out when first asked.
import { KeyValueCache } from "../wire/key-value-cache.ts";
import { TextTable } from "../wire/text-table.ts";
import { AttributePool } from "./attribute-pool.ts";
import { SpanTable, TraceTable } from "./id-table.ts";

/** Beyond this many spans the older half of the excess goes, and answers say so; 2 M spans hold about half a gigabyte. */
export const spansMax = 2_000_000;
const evictedAtOnce = 500_000;

/** A run of attributes in the pool. */
export interface AttributeRun { readonly start: number; readonly end: number }
export interface Resource extends AttributeRun { readonly service: number; readonly key: string }
export interface InstrumentationScope extends AttributeRun { readonly name: string; readonly version: string }
export interface SpanEvent extends AttributeRun { readonly name: string; readonly tsMs: number; readonly tsNs: number }
export interface SpanLink extends AttributeRun { readonly traceId: string; readonly spanId: string }

export interface SpanMark { readonly rows: number; readonly attributes: number; readonly names: number; readonly texts: number }

function grow<T extends Uint8Array | Uint32Array | Int32Array | Float64Array>(from: T, to: T): T { to.set(from); return to; }

export class SpanStore {
  count = 0;
  readonly texts = new TextTable();
  readonly names = new TextTable();
  readonly attributes = new AttributePool(this.names, this.texts);
  /** Attributes met lately, by the bytes they came in. */
  readonly known = new KeyValueCache();
  readonly traces = new TraceTable();
  readonly resources: Resource[] = [];
  readonly scopes: InstrumentationScope[] = [];
  readonly events = new Map<number, readonly SpanEvent[]>();
  readonly links = new Map<number, readonly SpanLink[]>();
  trace = new Uint32Array(256);
  idHigh = new Uint32Array(256);
  idLow = new Uint32Array(256);
  parentHigh = new Uint32Array(256);
  parentLow = new Uint32Array(256);
  name = new Uint32Array(256);
  kind = new Uint8Array(256);
  status = new Uint8Array(256);
  message = new Uint32Array(256);
  startMs = new Float64Array(256);
  startNs = new Uint32Array(256);
  duration = new Float64Array(256);
  resource = new Uint32Array(256);
  scope = new Uint32Array(256);
  attributeStart = new Uint32Array(256);
  attributeEnd = new Uint32Array(256);
  /** Row of the parent; -1 where the span has none, -2 where it is not here (yet). */
  parent = new Int32Array(256);
  /** Next row of the same trace, -1 at the end; in order of intake. */
  next = new Int32Array(256);
  evictedSpans = 0;
  private spanTable = new SpanTable();
  private resolved = 0;
  private orphans: number[] = [];
  private first: Int32Array = new Int32Array(256).fill(-1);
  private last: Int32Array = new Int32Array(256).fill(-1);

  constructor() { this.texts.take(""); }

  /** A row to fill in; columns of numbers must all be written. */
  addRow(): number {
    const row = this.count;
    if (row === this.trace.length) this.growRows();
    this.count = row + 1;
    return row;
  }

  private growRows(): void {
    const size = this.trace.length * 2;
    for (const name of [
      "trace",
      "idHigh",
      "idLow",
      "parentHigh",
      "parentLow",
      "name",
      "message",
      "startNs",
      "resource",
      "scope",
      "attributeStart",
      "attributeEnd",
    ] as const)
      this[name] = grow(this[name], new Uint32Array(size));
    for (const name of ["kind", "status"] as const) this[name] = grow(this[name], new Uint8Array(size));
    for (const name of ["startMs", "duration"] as const) this[name] = grow(this[name], new Float64Array(size));
    for (const name of ["parent", "next"] as const) this[name] = grow(this[name], new Int32Array(size));
  }

  mark(): SpanMark { return { rows: this.count, attributes: this.attributes.count, names: this.names.count, texts: this.texts.count }; }
  rollback(mark: SpanMark): void {
    for (let row = mark.rows; row < this.count; row += 1) { this.events.delete(row); this.links.delete(row); }
    this.count = mark.rows;
    this.attributes.truncate(mark.attributes);
    this.names.truncate(mark.names);
    this.texts.truncate(mark.texts);
    this.known.clear();
  }

  serviceOf(row: number): string { return this.texts.get(this.resources[this.resource[row] ?? 0]?.service ?? 0); }
  nameOf(row: number): string { return this.texts.get(this.name[row] ?? 0); }
  startOf(row: number): bigint { return BigInt(this.startMs[row] ?? 0) * 1_000_000n + BigInt(this.startNs[row] ?? 0); }
  spanIdOf(row: number): string { return hexId(this.idHigh[row] ?? 0, this.idLow[row] ?? 0); }
  parentIdOf(row: number): string { const high = this.parentHigh[row] ?? 0; const low = this.parentLow[row] ?? 0; return high === 0 && low === 0 ? "" : hexId(high, low); }

  /** Links rows to their traces and parents, as far as they came in. Call before reading `parent`, `next` or rows of traces. */
  resolve(): void {
    if (this.resolved === this.count) return;
    const begin = this.resolved;
    for (let row = begin; row < this.count; row += 1) {
      this.spanTable.add(row, this);
      const trace = this.trace[row] ?? 0;
      while (trace >= this.first.length) {
        this.first = grow(this.first, new Int32Array(this.first.length * 2).fill(-1));
        this.last = grow(this.last, new Int32Array(this.last.length * 2).fill(-1));
      }
      const before = this.last[trace] ?? -1;
      if (before < 0) this.first[trace] = row;
      else this.next[before] = row;
      this.last[trace] = row;
      this.next[row] = -1;
    }
    const waiting = this.orphans;
    this.orphans = [];
    for (const row of waiting) this.findParent(row);
    for (let row = begin; row < this.count; row += 1) this.findParent(row);
    this.resolved = this.count;
  }

  private findParent(row: number): void {
    const high = this.parentHigh[row] ?? 0;
    const low = this.parentLow[row] ?? 0;
    if (high === 0 && low === 0) { this.parent[row] = -1; return; }
    const found = this.spanTable.find(this.trace[row] ?? 0, high, low, this);
    this.parent[row] = found < 0 || found === row ? -2 : found;
    if (found < 0) this.orphans.push(row);
  }

  /** Rows of a trace in order of intake; empty where it is unknown. */
  rowsOf(trace: number): readonly number[] {
    this.resolve();
    const rows: number[] = [];
    for (let row = this.first[trace] ?? -1; row >= 0; row = this.next[row] ?? -1) rows.push(row);
    return rows;
  }

  /** The number of a trace by its hex id (up to 32 digits), -1 where it is unknown. */
  findTrace(hex: string): number {
    const full = hex.toLowerCase().padStart(32, "0");
    const word = (at: number) => parseInt(full.slice(at * 8, at * 8 + 8), 16) >>> 0;
    return this.traces.find(word(0), word(1), word(2), word(3));
  }

  /** The spans that stay at the cap; undefined where nothing must go. The caller copies them into a new store. */
  excess(): number { return this.count > spansMax ? this.count - spansMax + evictedAtOnce : 0; }
}

function hexId(high: number, low: number): string {
  return high.toString(16).padStart(8, "0") + low.toString(16).padStart(8, "0");
}
