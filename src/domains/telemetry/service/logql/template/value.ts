// Values of templates: Go's int64 is a bigint, float64 a number. How they become text, numbers and truth.
import { parseDurationNs } from "../../units.ts";

export interface TimeValue { readonly kind: "time"; readonly ns: bigint; readonly zone: string }
export type Value = string | number | bigint | boolean | undefined | TimeValue | readonly Value[] | ReadonlyMap<string, Value>;

export function isTime(value: Value): value is TimeValue {
  return typeof value === "object" && "kind" in value;
}
export function isMap(value: Value): value is ReadonlyMap<string, Value> {
  return value instanceof Map;
}
export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** As Go's fmt prints with %v. */
export function printValue(value: Value): string {
  if (value === undefined) return "<no value>";
  if (typeof value === "string") return value;
  if (typeof value === "number") return printFloat(value);
  if (typeof value === "bigint" || typeof value === "boolean") return String(value);
  if (isTime(value)) return `${new Date(Number(value.ns / 1_000_000n)).toISOString().replace("T", " ").replace("Z", "")} +0000 UTC`;
  if (isMap(value)) return `map[${[...value.keys()].sort().map((key) => `${key}:${printValue(value.get(key))}`).join(" ")}]`;
  return isList(value) ? `[${value.map(printValue).join(" ")}]` : "";
}

export function printFloat(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const exponent = Math.floor(Math.log10(Math.abs(value)));
  if (exponent >= -5 + 1 && Math.abs(value) < 1e21) return String(value).includes("e") ? value.toFixed(20).replace(/0+$/, "") : String(value);
  const [mantissa = "", power = "0"] = value.toExponential().split("e");
  return `${mantissa}e${power.startsWith("-") ? "-" : "+"}${power.replace(/^[+-]/, "").padStart(2, "0")}`;
}

export function isTruthy(value: Value): boolean {
  if (value === undefined) return false;
  if (typeof value === "object") return isTime(value) ? true : isMap(value) ? value.size > 0 : isList(value) && value.length > 0;
  return value !== "" && value !== 0 && value !== 0n && value !== false;
}

/** An int64 as sprig casts it: text that is no number is 0. */
export function toInt(value: Value): bigint {
  if (typeof value === "bigint") return value;
  if (typeof value === "boolean") return value ? 1n : 0n;
  if (typeof value === "number") return Number.isFinite(value) ? BigInt(Math.trunc(value)) : 0n;
  if (typeof value !== "string") return 0n;
  if (/^[+-]?\d{1,19}$/.test(value)) return BigInt(value.replace("+", ""));
  return /^[+-]?\d{1,19}\.0*$/.test(value) ? BigInt(Math.trunc(Number(value))) : 0n;
}

export function toFloat(value: Value): number {
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value !== "string" || value.trim() === "") return 0;
  const number = Number(value);
  return Number.isNaN(number) ? 0 : number;
}

export function toText(value: Value): string {
  return value === undefined ? "" : printValue(value);
}

export function durationSeconds(value: Value): number {
  const ns = parseDurationNs(toText(value));
  if (ns === undefined) throw new Error(`time: invalid duration ${JSON.stringify(toText(value))}`);
  return ns / 1e9;
}
