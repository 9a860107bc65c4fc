// The case files of LogQL and TraceQL: written from the public documentation, read here, run against an engine through its HTTP APIs.
// Form: `clear`, `load …` with lines below it, then `<kind> <query>` with the expected answer below it, each line beginning with `= `.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Case { readonly file: string; readonly line: number; readonly kind: string; readonly argument: string; readonly body: readonly string[] }
export interface Verdict {
  readonly file: string;
  readonly line: number;
  readonly query: string;
  readonly status: "passed" | "failed";
  readonly expected: string;
  readonly found: string;
}

export function readCases(folder: string): readonly Case[] {
  return readdirSync(folder).filter((name) => name.endsWith(".cases")).sort().flatMap((file) => parseCases(file, readFileSync(join(folder, file), "utf8")));
}

function parseCases(file: string, text: string): readonly Case[] {
  const cases: { file: string; line: number; kind: string; argument: string; body: string[] }[] = [];
  for (const [index, raw] of text.split("\n").entries()) {
    if (raw.trim() === "" || raw.startsWith("#")) continue;
    const last = cases.at(-1);
    if ((raw.startsWith("=") || raw.startsWith("  ")) && last !== undefined) { last.body.push(raw.startsWith("=") ? raw.slice(1).trim() : raw.trim()); continue; }
    const cut = raw.indexOf(" ");
    cases.push({ file, line: index + 1, kind: cut < 0 ? raw : raw.slice(0, cut), argument: cut < 0 ? "" : raw.slice(cut + 1), body: [] });
  }
  return cases;
}

/** All times of the case files count from here. */
export const originSeconds = 1_700_000_000;
export const originNs = BigInt(originSeconds) * 1_000_000_000n;

/** "90s", "1m" and "1500ms" as nanoseconds after the origin. */
export function offsetNs(text: string): bigint {
  const match = /^(-?\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
  if (match === null) throw new Error(`expected an offset such as 90s, got ${text}`);
  const scale = { ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 }[match[2] ?? "s"] ?? 0;
  return BigInt(Math.round(Number(match[1]) * scale));
}

export function timeOf(text: string): string { return String(originNs + offsetNs(text)); }

export interface Language { load(one: Case): Promise<void>; clear(): Promise<void>; answer(one: Case): Promise<readonly string[]> }

/** Runs every case in order; an answer is its lines. Numbers are compared within 1e-6 of each other. */
export async function runCases(cases: readonly Case[], language: Language): Promise<readonly Verdict[]> {
  const verdicts: Verdict[] = [];
  for (const one of cases) {
    if (one.kind === "clear") { await language.clear(); continue; }
    if (one.kind === "load") { await language.load(one); continue; }
    const found = await language.answer(one);
    const isSame =
      one.kind === "fail"
        ? found.length === 1 && (found[0] ?? "").startsWith("4") && one.body.every((part) => (found[0] ?? "").includes(part))
        : found.length === one.body.length && one.body.every((line, index) => isEqual(line, found[index] ?? ""));
    verdicts.push({ file: one.file, line: one.line, query: one.argument, status: isSame ? "passed" : "failed", expected: one.body.join("\n"), found: found.join("\n") });
  }
  return verdicts;
}

function isEqual(expected: string, found: string): boolean {
  if (expected === found) return true;
  const [a, b] = [expected.split(" "), found.split(" ")];
  return a.length === b.length && a.every((word, index) => {
    const other = b[index] ?? "";
    if (word === other) return true;
    const [x, y] = [Number(word), Number(other)];
    return word !== "" && other !== "" && Number.isFinite(x) && Number.isFinite(y) && Math.abs(x - y) <= 1e-6 * Math.max(Math.abs(x), Math.abs(y));
  });
}
