// Equality and order of template values: Go's basic kinds; unlike kinds are an error.
import { isTime, type Value } from "./value.ts";

export function isEqual(a: Value, b: Value): boolean {
  if (a === undefined || b === undefined) return a === b;
  return compareValues(a, b) === 0;
}

/** Negative, zero or positive. Throws `incompatible types for comparison`. */
export function compareValues(a: Value, b: Value): number {
  if (typeof a === "string" && typeof b === "string") return a < b ? -1 : a > b ? 1 : 0;
  if (typeof a === "boolean" && typeof b === "boolean") return Number(a) - Number(b);
  if ((typeof a === "number" && typeof b === "number") || (typeof a === "bigint" && typeof b === "bigint")) return a < b ? -1 : a > b ? 1 : 0;
  if (a !== undefined && b !== undefined && isTime(a) && isTime(b)) return a.ns < b.ns ? -1 : a.ns > b.ns ? 1 : 0;
  throw new Error("incompatible types for comparison");
}
