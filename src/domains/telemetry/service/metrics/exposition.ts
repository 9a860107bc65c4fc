// What an application shows at /metrics: Prometheus' text format and OpenMetrics, line by line.
// Source: prometheus.io/docs/instrumenting/exposition_formats and the OpenMetrics 1.0 specification.
import { parseFloatText } from "../promql/parse-float.ts";
import type { Metadata } from "./store.ts";

export interface ExposedSample {
  readonly name: string;
  readonly labels: readonly (readonly [string, string])[];
  readonly value: number;
  /** Undefined where the page gives none. */
  readonly timeMs: number | undefined;
  readonly exemplar: { readonly labels: readonly (readonly [string, string])[]; readonly value: number; readonly timeMs: number | undefined } | undefined;
}
export interface Exposition { readonly samples: readonly ExposedSample[]; readonly metadata: ReadonlyMap<string, Metadata> }

// Lines of one page; an application that shows more has a label with endless values.
const linesMax = 500_000;

export class ExpositionError extends Error {
  constructor(line: number, why: string) { super(`line ${line}: ${why}`); this.name = "ExpositionError"; }
}

interface Cursor { readonly text: string; at: number; readonly line: number }

function skipSpace(cursor: Cursor): void {
  while (cursor.text[cursor.at] === " " || cursor.text[cursor.at] === "\t") cursor.at++;
}

function readQuoted(cursor: Cursor): string {
  let value = "";
  for (cursor.at++; cursor.at < cursor.text.length; cursor.at++) {
    const char = cursor.text[cursor.at] ?? "";
    if (char === '"') { cursor.at++; return value; }
    if (char === "\\") { const next = cursor.text[++cursor.at] ?? ""; value += next === "n" ? "\n" : next; } else value += char;
  }
  throw new ExpositionError(cursor.line, "a label value has no closing quote");
}

const namePattern = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;

function readName(cursor: Cursor): string {
  if (cursor.text[cursor.at] === '"') return readQuoted(cursor);
  namePattern.lastIndex = cursor.at;
  const name = namePattern.exec(cursor.text)?.[0] ?? "";
  cursor.at += name.length;
  return name;
}

/** Between braces; a quoted part without "=" is the metric's name. */
function readLabels(cursor: Cursor): { labels: (readonly [string, string])[]; name: string | undefined } {
  const labels: (readonly [string, string])[] = [];
  let name: string | undefined;
  cursor.at++;
  for (;;) {
    skipSpace(cursor);
    if (cursor.text[cursor.at] === "}") { cursor.at++; return { labels, name }; }
    const key = readName(cursor);
    skipSpace(cursor);
    if (cursor.text[cursor.at] === "=") {
      cursor.at++;
      skipSpace(cursor);
      if (cursor.text[cursor.at] !== '"') throw new ExpositionError(cursor.line, `label ${key || "without a name"} has no quoted value`);
      labels.push([key, readQuoted(cursor)]);
    } else if (key !== "") name = key;
    else throw new ExpositionError(cursor.line, "expected a label or }");
    skipSpace(cursor);
    if (cursor.text[cursor.at] === ",") cursor.at++;
    else if (cursor.text[cursor.at] !== "}") throw new ExpositionError(cursor.line, "expected , or } behind a label");
  }
}

function readWord(cursor: Cursor): string {
  skipSpace(cursor);
  const start = cursor.at;
  while (cursor.at < cursor.text.length && cursor.text[cursor.at] !== " " && cursor.text[cursor.at] !== "\t") cursor.at++;
  return cursor.text.slice(start, cursor.at);
}

function readValue(cursor: Cursor, word: string): number {
  const value = word === "" ? Number.NaN : parseFloatText(word);
  if (Number.isNaN(value) && !/^[+-]?nan$/i.test(word)) throw new ExpositionError(cursor.line, `"${word.slice(0, 50)}" is no number`);
  return value;
}

function readSample(cursor: Cursor, isOpenMetrics: boolean): ExposedSample {
  const first = readName(cursor);
  skipSpace(cursor);
  const braces = cursor.text[cursor.at] === "{" ? readLabels(cursor) : { labels: [], name: undefined };
  const name = first === "" ? braces.name ?? "" : first;
  if (name === "") throw new ExpositionError(cursor.line, `"${cursor.text.slice(0, 50)}" begins with no metric name`);
  const value = readValue(cursor, readWord(cursor));
  const toMs = (word: string): number | undefined => (word === "" ? undefined : Math.round(readValue(cursor, word) * (isOpenMetrics ? 1000 : 1)));
  skipSpace(cursor);
  const timeMs = cursor.text[cursor.at] === "#" ? undefined : toMs(readWord(cursor));
  skipSpace(cursor);
  if (cursor.text[cursor.at] !== "#") {
    if (cursor.at < cursor.text.length) throw new ExpositionError(cursor.line, `"${cursor.text.slice(cursor.at, cursor.at + 50)}" stands behind the sample`);
    return { name, labels: braces.labels, value, timeMs, exemplar: undefined };
  }
  cursor.at++;
  skipSpace(cursor);
  const { labels } = cursor.text[cursor.at] === "{" ? readLabels(cursor) : { labels: [] };
  return { name, labels: braces.labels, value, timeMs, exemplar: { labels, value: readValue(cursor, readWord(cursor)), timeMs: toMs(readWord(cursor)) } };
}

/** Throws ExpositionError at the first line that is not one of the format: nothing of a broken page is kept. */
export function parseExposition(text: string, isOpenMetrics: boolean): Exposition {
  const samples: ExposedSample[] = [];
  const metadata = new Map<string, Metadata>();
  const lines = text.split("\n");
  if (lines.length > linesMax) throw new ExpositionError(linesMax, `the page has ${lines.length} lines, expected at most ${linesMax}`);
  for (const [index, raw] of lines.entries()) {
    const line = raw.trim();
    if (line === "") continue;
    if (!line.startsWith("#")) { samples.push(readSample({ text: line, at: 0, line: index + 1 }, isOpenMetrics)); continue; }
    const [, keyword, name = "", rest = ""] = /^#\s*(HELP|TYPE|UNIT)\s+(\S+)\s*(.*)$/.exec(line) ?? [];
    if (keyword === undefined) continue;
    const known = metadata.get(name) ?? { type: "unknown", help: "", unit: "" };
    metadata.set(
      name,
      keyword === "HELP"
        ? { ...known, help: rest.replaceAll("\\n", "\n").replaceAll("\\\\", "\\") }
        : keyword === "TYPE"
          ? { ...known, type: rest === "untyped" ? "unknown" : rest }
          : { ...known, unit: rest },
    );
  }
  return { samples, metadata };
}
