// Times and steps in the forms that Loki's and Tempo's clients send: seconds, nanoseconds, RFC 3339, now-1h.
import { parseDurationNs } from "./units.ts";

/** Nanoseconds since 1970; undefined where the text is no time. Up to ten digits are seconds, more are nanoseconds. */
export function parseQueryTime(text: string, nowNs: bigint): bigint | undefined {
  if (/^-?\d{1,10}$/.test(text)) return BigInt(text) * 1_000_000_000n;
  if (/^-?\d{11,19}$/.test(text)) return BigInt(text);
  if (/^-?\d+\.\d*(?:[eE]\+?\d+)?$/.test(text) || /^\d+(?:\.\d+)?[eE]\+?\d+$/.test(text)) {
    const [whole = "0", fraction = ""] = text.includes("e") || text.includes("E") ? Number(text).toFixed(9).split(".") : text.split(".");
    return BigInt(whole) * 1_000_000_000n + BigInt(fraction.padEnd(9, "0").slice(0, 9)) * (whole.startsWith("-") ? -1n : 1n);
  }
  const relative = /^now(?:([+-])(.+))?$/.exec(text);
  if (relative !== null) {
    const ns = relative[2] === undefined ? 0 : parseDurationNs(relative[2]);
    return ns === undefined ? undefined : nowNs + BigInt(ns) * (relative[1] === "-" ? -1n : 1n);
  }
  const date = /^(\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)$/.exec(text);
  if (date === null) return undefined;
  const ms = Date.parse(`${(date[1] ?? "").replace(" ", "T").toUpperCase()}${(date[3] ?? "Z").toUpperCase()}`);
  return Number.isNaN(ms) ? undefined : BigInt(ms) * 1_000_000n + BigInt((date[2] ?? "").padEnd(9, "0"));
}

/** Nanoseconds of a step: a duration, or seconds as a number; undefined where it is neither or not above zero. */
export function parseStep(text: string): number | undefined {
  const ns = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) * 1e9 : parseDurationNs(text);
  return ns === undefined || !(ns > 0) || !Number.isFinite(ns) ? undefined : ns;
}

/** Seconds since 1970 as a JSON number, with a fraction where there is one. */
export function secondsOf(ns: bigint): number {
  return Number(ns / 1_000_000n) / 1000;
}
