// What only a whole trace tells: root, duration, nested sets, child counts. Worked out when first asked, for one look at the store.
import type { SpanStore } from "../traces/span-store.ts";

export interface TraceSummary { readonly rootRow: number; readonly startMs: number; readonly startNs: number; readonly durationNs: number; readonly count: number }
interface NestedSet { readonly left: number; readonly right: number; readonly parent: number }

export class TraceView {
  readonly store: SpanStore;
  private readonly summaries: (TraceSummary | undefined)[] = [];
  private readonly nested = new Map<number, ReadonlyMap<number, NestedSet>>();
  private children: Uint32Array | undefined;

  constructor(store: SpanStore) {
    store.resolve();
    this.store = store;
  }

  summary(trace: number): TraceSummary {
    return this.summaries[trace] ??= this.summarize(trace);
  }

  /** Root: the earliest span without a parent; where all have one, the earliest whose parent is not here. */
  private summarize(trace: number): TraceSummary {
    const { store } = this;
    const rows = store.rowsOf(trace);
    const base = rows[0] ?? 0;
    const baseMs = store.startMs[base] ?? 0;
    const relative = (row: number) => ((store.startMs[row] ?? 0) - baseMs) * 1e6 + (store.startNs[row] ?? 0);
    let start = Infinity;
    let end = -Infinity;
    let first = base;
    let root = -1;
    let orphan = -1;
    for (const row of rows) {
      const from = relative(row);
      if (from < start) { start = from; first = row; }
      end = Math.max(end, from + (store.duration[row] ?? 0));
      const parent = store.parent[row] ?? -1;
      if (parent === -1 && (root < 0 || from < relative(root))) root = row;
      if (parent === -2 && (orphan < 0 || from < relative(orphan))) orphan = row;
    }
    return {
      rootRow: root >= 0 ? root : orphan >= 0 ? orphan : first,
      startMs: store.startMs[first] ?? 0,
      startNs: store.startNs[first] ?? 0,
      durationNs: Math.max(0, end - start),
      count: rows.length,
    };
  }

  /** Whether the trace's root itself is here: without it the name of the root is unknown. */
  hasRoot(trace: number): boolean { return this.store.parent[this.summary(trace).rootRow] === -1; }

  childCount(row: number): number {
    if (this.children === undefined) {
      const counts = new Uint32Array(this.store.count);
      for (let at = 0; at < this.store.count; at += 1) { const parent = this.store.parent[at] ?? -1; if (parent >= 0) counts[parent] = (counts[parent] ?? 0) + 1; }
      this.children = counts;
    }
    return this.children[row] ?? 0;
  }

  childrenOf(trace: number): ReadonlyMap<number, readonly number[]> {
    const children = new Map<number, number[]>();
    for (const row of this.store.rowsOf(trace)) {
      const parent = this.store.parent[row] ?? -1;
      const list = children.get(parent);
      if (list === undefined) children.set(parent, [row]);
      else list.push(row);
    }
    return children;
  }

  /** Numbers from 1 over the tree; the parent of a root is -1; a span whose parent is missing has zeros. */
  nestedSet(row: number): NestedSet {
    const trace = this.store.trace[row] ?? 0;
    let sets = this.nested.get(trace);
    if (sets === undefined) { sets = this.number(trace); this.nested.set(trace, sets); }
    return sets.get(row) ?? { left: 0, right: 0, parent: 0 };
  }

  private number(trace: number): ReadonlyMap<number, NestedSet> {
    const children = this.childrenOf(trace);
    const sets = new Map<number, NestedSet>();
    let next = 1;
    for (const root of children.get(-1) ?? []) {
      const stack = [{ row: root, left: 0, parent: -1, child: 0 }];
      while (stack.length > 0) {
        const top = stack.at(-1);
        if (top === undefined) break;
        if (top.left === 0) { top.left = next; next += 1; }
        const child = children.get(top.row)?.[top.child];
        if (child !== undefined) { top.child += 1; stack.push({ row: child, left: 0, parent: top.left, child: 0 }); continue; }
        sets.set(top.row, { left: top.left, right: next, parent: top.parent });
        next += 1;
        stack.pop();
      }
    }
    return sets;
  }
}
