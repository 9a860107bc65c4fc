// A promqltest file as commands. Source: the README of Prometheus' promqltest package.
import { parseDuration } from "../promql/parser.ts";
import { parseFloatText } from "../promql/parse-float.ts";
import { parseSeriesLine, type SeriesLine } from "./notation.ts";

export interface Expectation { readonly kind: "fail" | "warn" | "info" | "no_warn" | "no_info" | "ordered"; readonly match: "any" | "msg" | "regex"; readonly text: string }
export type Expected =
  | { readonly kind: "series"; readonly series: readonly SeriesLine[] }
  | { readonly kind: "scalar"; readonly value: number }
  | { readonly kind: "string"; readonly text: string };

export interface EvalCommand {
  readonly kind: "eval";
  readonly line: number;
  readonly query: string;
  readonly startMs: number;
  readonly endMs: number;
  /** Undefined for instant queries. */
  readonly stepMs: number | undefined;
  readonly expectations: readonly Expectation[];
  readonly expected: Expected;
  /** Times of an expected range vector. */
  readonly rangeVector: { readonly startMs: number; readonly stepMs: number } | undefined;
}
export type Command =
  | { readonly kind: "clear" }
  | { readonly kind: "load"; readonly line: number; readonly intervalMs: number; readonly isWithNhcb: boolean; readonly series: readonly SeriesLine[] }
  | EvalCommand
  | { readonly kind: "unreadable"; readonly line: number; readonly isEval: boolean; readonly reason: string };

function durationMs(text: string): number {
  const negative = text.startsWith("-");
  const bare = negative ? text.slice(1) : text;
  const ms = parseDuration(bare) ?? (/^[\d.]+$/.test(bare) ? Number(bare) * 1000 : undefined);
  if (ms === undefined) throw new Error(`duration "${text}", expected one like 5m`);
  return negative ? -ms : ms;
}

function unquote(text: string): string {
  const quote = text[0] ?? "";
  if (quote === "`") return text.slice(1, text.lastIndexOf("`"));
  if (quote !== '"') return text;
  try { return String(JSON.parse(text)); } catch { return text.slice(1, -1); } // Go's escapes that JSON lacks stay as they are
}

const expectPattern = /^expect\s+(fail|warn|info|no_warn|no_info|ordered)(?:\s+(msg|regex):\s*(.*))?$/;

interface Body { readonly expectations: Expectation[]; series: SeriesLine[]; scalar: number | undefined; text: string | undefined; rangeVector: EvalCommand["rangeVector"] }

function readBodyLine(line: string, body: Body): void {
  const expectation = expectPattern.exec(line);
  if (expectation) {
    body.expectations.push({
      kind: expectation[1] as Expectation["kind"],
      match: (expectation[2] ?? "any") as Expectation["match"],
      text: unquote((expectation[3] ?? "").trim()),
    });
    return;
  } // both from the pattern
  const range = /^expect range vector from (\S+) to (\S+) step (\S+)$/.exec(line);
  if (range) { body.rangeVector = { startMs: durationMs(range[1] ?? ""), stepMs: durationMs(range[3] ?? "") }; return; }
  const text = /^expect string (.*)$/.exec(line);
  if (text) { body.text = unquote((text[1] ?? "").trim()); return; }
  const fail = /^expected_fail_(message|regexp)\s+(.*)$/.exec(line);
  if (fail) { body.expectations.push({ kind: "fail", match: fail[1] === "message" ? "msg" : "regex", text: fail[2] ?? "" }); return; }
  if (/^[+-]?(?:\d|\.\d|[iI]nf|NaN)\S*$/.test(line)) { body.scalar = parseFloatText(line); return; }
  body.series.push(parseSeriesLine(line));
}

const instantPattern = /^eval(?:_(fail|warn|info|ordered))?\s+instant\s+(?:at\s+(\S+)\s+)?(.*)$/;
const rangePattern = /^eval(?:_(fail|warn|info))?\s+range\s+from\s+(\S+)\s+to\s+(\S+)\s+step\s+(\S+)\s+(.*)$/;

function readEval(head: string, lines: readonly string[], line: number): EvalCommand {
  const instant = instantPattern.exec(head), range = rangePattern.exec(head);
  const old = instant?.[1] ?? range?.[1];
  const body: Body = {
    expectations: old === undefined ? [] : [{ kind: old as Expectation["kind"], match: "any", text: "" }],
    series: [],
    scalar: undefined,
    text: undefined,
    rangeVector: undefined,
  }; // from the pattern
  for (const one of lines) readBodyLine(one, body);
  const expected: Expected =
    body.text !== undefined
      ? { kind: "string", text: body.text }
      : body.scalar !== undefined
        ? { kind: "scalar", value: body.scalar }
        : { kind: "series", series: body.series };
  const shared = { kind: "eval" as const, line, expectations: body.expectations, expected, rangeVector: body.rangeVector };
  if (instant) { const at = durationMs(instant[2] ?? "0"); return { ...shared, query: instant[3] ?? "", startMs: at, endMs: at, stepMs: undefined }; }
  if (!range) throw new Error("expected eval instant at … or eval range from … to … step …");
  return { ...shared, query: range[5] ?? "", startMs: durationMs(range[2] ?? ""), endMs: durationMs(range[3] ?? ""), stepMs: durationMs(range[4] ?? "") };
}

function readCommand(head: string, body: readonly string[], line: number): Command {
  try {
    if (head === "clear") return { kind: "clear" };
    const load = /^load(_with_nhcb)?\s+(\S+)$/.exec(head);
    if (load) return { kind: "load", line, intervalMs: durationMs(load[2] ?? ""), isWithNhcb: load[1] !== undefined, series: body.map(parseSeriesLine) };
    return readEval(head, body, line);
  } catch (error) {
    return { kind: "unreadable", line, isEval: head.startsWith("eval"), reason: error instanceof Error ? error.message : "broken" };
  }
}

/** Commands in order; what cannot be read is one of them, so that nothing is passed over in silence. */
export function parseScript(text: string): readonly Command[] {
  const lines = text.split("\n").map((line) => (/^\s*#/.test(line) ? "" : line.trim()));
  const commands: Command[] = [];
  for (let at = 0; at < lines.length; at++) {
    const head = lines[at] ?? "";
    if (head === "") continue;
    const start = at;
    const body: string[] = [];
    if (head !== "clear") while ((lines[at + 1] ?? "") !== "" && !/^(load|eval|clear)(\s|_|$)/.test(lines[at + 1] ?? "")) body.push(lines[++at] ?? "");
    commands.push(readCommand(head, body, start + 1));
  }
  return commands;
}

