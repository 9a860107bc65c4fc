// Structural operators over rows: parents are numbers, so each is one pass with marks.
import type { SpanStore } from "../traces/span-store.ts";
import type { SpansetOperator, StructuralOperator } from "./ast.ts";

export type Rows = Uint32Array;

interface Marks { has(row: number): boolean; add(row: number): void }

/** Bits where many rows are marked, a set where the store is much larger than the rows. */
function newMarks(store: SpanStore, expected: number): Marks {
  if (store.count > expected * 64 + 65_536) return new Set<number>();
  const bits = new Uint8Array(store.count);
  return { has: (row) => bits[row] === 1, add: (row) => { bits[row] = 1; } };
}

function mark(store: SpanStore, rows: Rows, room = rows.length): Marks {
  const marks = newMarks(store, room);
  for (const row of rows) marks.add(row);
  return marks;
}

export function unite(store: SpanStore, left: Rows, right: Rows): Rows {
  if (left.length === 0) return right;
  if (right.length === 0) return left;
  const known = mark(store, left);
  const extra = right.filter((row) => !known.has(row));
  const all = new Uint32Array(left.length + extra.length);
  all.set(left);
  all.set(extra, left.length);
  return extra.length === 0 ? left : all.sort();
}

function without(store: SpanStore, rows: Rows, dropped: Rows): Rows {
  const marks = mark(store, dropped);
  return rows.filter((row) => !marks.has(row));
}

/** Rows of `right` that stand in the relation to some row of `left`. */
function related(store: SpanStore, op: ">" | ">>" | "<" | "<<" | "~", left: Rows, right: Rows): Rows {
  const { parent } = store;
  switch (op) {
    case ">": { const marks = mark(store, left); return right.filter((row) => { const up = parent[row] ?? -1; return up >= 0 && marks.has(up); }); }
    case "<": {
      const parents = newMarks(store, left.length);
      for (const row of left) { const up = parent[row] ?? -1; if (up >= 0) parents.add(up); }
      return right.filter((row) => parents.has(row));
    }
    case "<<": {
      const above = newMarks(store, left.length * 4);
      for (const row of left) for (let up = parent[row] ?? -1; up >= 0 && !above.has(up); up = parent[up] ?? -1) above.add(up);
      return right.filter((row) => above.has(row));
    }
    case ">>": return descendants(store, left, right);
    case "~": {
      const counts = new Map<number, number>();
      for (const row of left) { const up = parent[row] ?? -1; if (up >= 0) counts.set(up, (counts.get(up) ?? 0) + 1); }
      const marks = mark(store, left);
      return right.filter((row) => { const up = parent[row] ?? -1; return up >= 0 && (counts.get(up) ?? 0) - (marks.has(row) ? 1 : 0) > 0; });
    }
  }
}

function descendants(store: SpanStore, left: Rows, right: Rows): Rows {
  const { parent } = store;
  const marks = mark(store, left, left.length + right.length);
  // Known to lie below a marked row, and known not to; each row is walked once.
  const below = newMarks(store, left.length + right.length);
  const clear = newMarks(store, left.length + right.length);
  const path: number[] = [];
  return right.filter((row) => {
    path.length = 0;
    let isBelow = false;
    let at = row;
    for (let depth = 0; depth <= store.count; depth += 1) {
      if (below.has(at)) { isBelow = true; break; }
      if (clear.has(at)) break;
      path.push(at);
      const up = parent[at] ?? -1;
      if (up < 0) break;
      if (marks.has(up)) { isBelow = true; break; }
      at = up;
    }
    for (const one of path) (isBelow ? below : clear).add(one);
    return isBelow;
  });
}

const inverse = { ">": "<", ">>": "<<", "<": ">", "<<": ">>", "~": "~" } as const;

function plainOperator(op: StructuralOperator): ">" | ">>" | "<" | "<<" | "~" {
  switch (op) {
    case ">": case "!>": case "&>": return ">";
    case ">>": case "!>>": case "&>>": return ">>";
    case "<": case "!<": case "&<": return "<";
    case "<<": case "!<<": case "&<<": return "<<";
    case "~": case "!~": case "&~": return "~";
  }
}

export function combine(store: SpanStore, op: SpansetOperator, left: Rows, right: Rows): Rows {
  if (op === "||") return unite(store, left, right);
  if (op === "&&") {
    const leftTraces = tracesOf(store, left);
    const rightTraces = tracesOf(store, right);
    const inBoth = (row: number) => { const trace = store.trace[row] ?? 0; return leftTraces.has(trace) && rightTraces.has(trace); };
    return unite(store, left.filter(inBoth), right.filter(inBoth));
  }
  const plain = plainOperator(op);
  const found = related(store, plain, left, right);
  if (op.startsWith("!")) return without(store, right, found);
  return op.startsWith("&") ? unite(store, found, related(store, inverse[plain], right, left)) : found;
}

function tracesOf(store: SpanStore, rows: Rows): ReadonlySet<number> {
  const traces = new Set<number>();
  for (const row of rows) traces.add(store.trace[row] ?? 0);
  return traces;
}
