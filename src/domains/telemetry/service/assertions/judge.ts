// Whether what was seen passes: pure. Nothing seen is never a pass.

export type AssertionKind = "startup" | "promql" | "logql" | "traceql" | "journey";
export interface Seen { readonly labels: Readonly<Record<string, string>>; readonly value: number }
/** What was seen, or why it proves nothing. */
export type Sight = readonly Seen[] | { readonly nothing: string };
export interface Comparison { readonly op: string; readonly limit: number }
/** What failed, or the nearest to failing where all passed, with the command that shows more of it. */
export interface Evidence extends Seen { readonly next: string }

export interface AssertionResult {
  readonly id: string;
  readonly kind: AssertionKind;
  readonly query: string;
  readonly status: "pass" | "fail" | "no-evidence";
  /** The worst value; null where none was seen. */
  readonly value: number | null;
  readonly limit: number;
  readonly op: string;
  readonly evidence: readonly Evidence[];
  /** Of a failed LogQL assertion: the newest lines that it counted, as they were written. */
  readonly lines?: readonly string[];
  /** Why there is no evidence, where there is none. */
  readonly reason?: string;
}

// More offenders are the same fault again.
const evidenceMax = 10;

const units: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60 };

/** "800ms" in seconds. */
export function parseLimit(text: string): number {
  const [, number = "0", unit = "s"] = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text) ?? [];
  return Number(number) * (units[unit] ?? 1);
}

export function parseComparison(text: string): Comparison {
  const [, op = "==", limit = "0"] = /^(==|!=|<=?|>=?)\s*(.+)$/.exec(text) ?? [];
  return { op, limit: Number(limit) };
}

export function isSatisfied(value: number, { op, limit }: Comparison): boolean {
  switch (op) {
    case "==": return value === limit;
    case "!=": return value !== limit;
    case "<": return value < limit;
    case "<=": return value <= limit;
    case ">": return value > limit;
    case ">=": return value >= limit;
    default: throw new Error(`BUG: expected a comparison, got ${op}`);
  }
}

/** How near a value is to failing: larger is worse. NaN satisfies nothing and is worst. */
function badness(value: number, { op, limit }: Comparison): number {
  if (Number.isNaN(value)) return Number.POSITIVE_INFINITY;
  if (op === "<" || op === "<=") return value;
  if (op === ">" || op === ">=") return -value;
  const distance = Math.abs(value - limit);
  return op === "==" ? distance : -distance;
}

export interface Subject { readonly id: string; readonly kind: AssertionKind; readonly query: string; readonly comparison: Comparison }

export function judgeSeen(subject: Subject, sight: Sight, next: (one: Seen) => string): AssertionResult {
  const { id, kind, query, comparison } = subject;
  const shared = { id, kind, query, limit: comparison.limit, op: comparison.op };
  if ("nothing" in sight) return { ...shared, status: "no-evidence", value: null, evidence: [], reason: sight.nothing };
  const byWorst = [...sight].sort((left, right) => badness(right.value, comparison) - badness(left.value, comparison));
  const [worst] = byWorst;
  if (worst === undefined) return { ...shared, status: "no-evidence", value: null, evidence: [], reason: "the query answered nothing" };
  const offenders = byWorst.filter(({ value }) => !isSatisfied(value, comparison));
  const shown = (offenders.length > 0 ? offenders : [worst]).slice(0, evidenceMax);
  return { ...shared, status: offenders.length > 0 ? "fail" : "pass", value: worst.value, evidence: shown.map((one) => ({ ...one, next: next(one) })) };
}
