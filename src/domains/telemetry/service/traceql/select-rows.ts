// The rows for which a filter is true. Conditions on a column are scanned as columns, the second side of && only where the first was true;
// whatever has no column goes row by row. The results are those of compileTest(), which stays the meaning of the language.
import { valueJson, valueString } from "../otlp/any-value.ts";
import { compareValues, compileTest, type Test } from "./field.ts";
import type { Rows } from "./structure.ts";
import type { TraceView } from "./trace-view.ts";
import type { FieldExpression } from "./ast.ts";

type Column = Float64Array | Uint32Array | Uint8Array;
type Binary = Extract<FieldExpression, { kind: "binary" }>;

/** Rows between two looks at the clock. */
const checkRows = 131_072;

/** A growing list of rows. */
class RowList {
  private rows = new Uint32Array(1024);
  private count = 0;

  /** Room for so many more; write from `at` on and give the new end to `end`. */
  room(more: number): Uint32Array {
    if (this.count + more > this.rows.length) {
      const rows = new Uint32Array(Math.max(this.count + more, this.rows.length * 2));
      rows.set(this.rows.subarray(0, this.count));
      this.rows = rows;
    }
    return this.rows;
  }
  get at(): number { return this.count; }
  end(count: number): void { this.count = count; }
  finish(): Rows { return this.rows.subarray(0, this.count); }
}

/** A number of a column within bounds, or outside of them. */
interface Bounds { readonly column: Column; readonly low: number; readonly high: number; readonly isInside: boolean }

/** Columns hold whole numbers, so that each comparison is an interval; undefined where the limit is beyond whole numbers. */
function boundsOf(column: Column, op: string, limit: number): Bounds | undefined {
  if (!Number.isFinite(limit) || Math.abs(limit) > Number.MAX_SAFE_INTEGER) return undefined;
  switch (op) {
    case "=": return { column, low: limit, high: limit, isInside: true };
    case "!=": return { column, low: limit, high: limit, isInside: false };
    case ">": return { column, low: Math.floor(limit) + 1, high: Infinity, isInside: true };
    case ">=": return { column, low: limit, high: Infinity, isInside: true };
    case "<": return { column, low: -Infinity, high: Math.ceil(limit) - 1, isInside: true };
    case "<=": return { column, low: -Infinity, high: limit, isInside: true };
    default: return undefined;
  }
}

function columnBounds({ left, right, op }: Binary, { store }: TraceView): Bounds | undefined {
  if (right.kind !== "static" || left.kind !== "intrinsic" || left.isParent) return undefined;
  const { value } = right;
  if (typeof value === "number") {
    const column = left.name === "duration" ? store.duration : left.name === "status" ? store.status : left.name === "kind" ? store.kind : undefined;
    return column === undefined ? undefined : boundsOf(column, op, value);
  }
  if (left.name === "name" && typeof value === "string" && (op === "=" || op === "!=")) return boundsOf(store.name, op, store.texts.find(value) ?? -1);
  return undefined;
}

/** Fields of the resource have few values: the comparison is decided once for each. */
function resourceBounds({ left, right, op }: Binary, view: TraceView): Uint8Array | undefined {
  if (right.kind !== "static" || right.type === "nil" || left.kind !== "attribute" || left.isParent || left.scope !== "resource") return undefined;
  if (op !== "=" && op !== "!=" && op !== "<" && op !== "<=" && op !== ">" && op !== ">=") return undefined;
  const { store } = view;
  const key = store.names.find(left.name);
  return Uint8Array.from(store.resources, ({ start, end }) => {
    const at = key === undefined ? -1 : store.attributes.find(start, end, key);
    const value = at < 0 ? undefined : store.attributes.read(at);
    return (Array.isArray(value) ? value : [value]).some((one) => compareValues(op, one, right.value)) ? 1 : 0;
  });
}

type Scan = (list: RowList, from: number, to: number) => void;

function scanBounds({ column, low, high, isInside }: Bounds, within: Rows | undefined): Scan {
  return (list, from, to) => {
    const out = list.room(to - from);
    let at = list.at;
    if (within === undefined) {
      for (let row = from; row < to; row += 1) {
        const value = column[row] as number;
        if ((value >= low && value <= high) === isInside) {
          out[at] = row;
          at += 1;
        }
      } // rows are below the store's count
    } else {
      for (let index = from; index < to; index += 1) {
        const row = within[index] as number;
        const value = column[row] as number;
        if ((value >= low && value <= high) === isInside) {
          out[at] = row;
          at += 1;
        }
      } // as above
    }
    list.end(at);
  };
}

/** `span.x = "text"` over the attributes of all rows. */
function scanText({ left, right, op }: Binary, view: TraceView, within: Rows | undefined): Scan | undefined {
  if (left.kind !== "attribute" || left.isParent || left.scope !== "span" || right.kind !== "static" || typeof right.value !== "string" || op !== "=") return undefined;
  const { store } = view;
  const key = store.names.find(left.name) ?? -1;
  const text = store.texts.find(right.value) ?? -1;
  const { attributes, attributeStart, attributeEnd } = store;
  const { keys, types, values } = attributes;
  return (list, from, to) => {
    const out = list.room(to - from);
    let end = list.at;
    for (let index = from; index < to; index += 1) {
      const row = within === undefined ? index : within[index] as number; // within its length
      const last = attributeEnd[row] as number; // rows are below the store's count
      for (let at = attributeStart[row] as number; at < last; at += 1) {
        if (keys[at] !== key) continue;
        if (types[at] === valueString ? values[at] === text : types[at] === valueJson && [attributes.read(at)].flat().includes(right.value)) { out[end] = row; end += 1; }
        break;
      }
    }
    list.end(end);
  };
}

function scanTest(test: Test, within: Rows | undefined): Scan {
  return (list, from, to) => {
    const out = list.room(to - from);
    let at = list.at;
    for (let index = from; index < to; index += 1) {
      const row = within === undefined ? index : (within[index] as number);
      if (test(row)) {
        out[at] = row;
        at += 1;
      }
    } // within its length
    list.end(at);
  };
}

function scanOf(expression: FieldExpression, view: TraceView, within: Rows | undefined): Scan {
  if (expression.kind === "binary") {
    const bounds = columnBounds(expression, view);
    if (bounds !== undefined) return scanBounds(bounds, within);
    const verdicts = resourceBounds(expression, view);
    if (verdicts !== undefined) { const { resource } = view.store; return scanTest((row) => verdicts[resource[row] ?? 0] === 1, within); }
    const text = scanText(expression, view, within);
    if (text !== undefined) return text;
  }
  return scanTest(compileTest(expression, view), within);
}

/** Whether a condition is decided by one look at a column. */
function isCheap(expression: FieldExpression, view: TraceView): boolean {
  return expression.kind === "binary" && columnBounds(expression, view) !== undefined;
}

/** In order; `within`: only among these. `check` is called now and then and may throw. */
export function selectRows(expression: FieldExpression | undefined, view: TraceView, within: Rows | undefined, check: () => void): Rows {
  const total = within === undefined ? view.store.count : within.length;
  if (expression === undefined) {
    if (within !== undefined) return within;
    const all = new Uint32Array(total);
    for (let row = 0; row < total; row += 1) all[row] = row;
    return all;
  }
  if (expression.kind === "binary" && expression.op === "&&") {
    const [first, second] = isCheap(expression.right, view) && !isCheap(expression.left, view) ? [expression.right, expression.left] : [expression.left, expression.right];
    return selectRows(second, view, selectRows(first, view, within, check), check);
  }
  const list = new RowList();
  const scan = scanOf(expression, view, within);
  for (let from = 0; from < total; from += checkRows) { check(); scan(list, from, Math.min(total, from + checkRows)); }
  return list.finish();
}

