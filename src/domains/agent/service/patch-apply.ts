// Finds each hunk's place in a file's text and replaces it there. Pure: text in, text or a reason for the model out.
import type { Hunk } from "./patch-parse.ts";

export type AppliedHunks = { readonly kind: "applied"; readonly text: string } | { readonly kind: "error"; readonly message: string };

// How far a model's copy of a line may differ, strictest first.
const readings: readonly ((line: string) => string)[] = [(line) => line, (line) => line.trimEnd(), (line) => line.trim()];
const linesShownMax = 24; // enough to correct a hunk from, small enough not to fill the model's context
const nearestWorkMax = 4_000_000; // line comparisons; without a bound a wrong hunk in a huge file would block the process

function matchesAt(lines: readonly string[], wanted: readonly string[], at: number): boolean {
  return wanted.every((line, index) => lines[at + index] === line);
}

/** First place at or after `from` in the strictest reading that has one; -1 where none has. */
function seek(lines: readonly string[], wanted: readonly string[], from: number, isAtEnd: boolean): number {
  const last = lines.length - wanted.length;
  for (const reading of readings) {
    const read = lines.map(reading);
    const readWanted = wanted.map(reading);
    if (isAtEnd && last >= from && matchesAt(read, readWanted, last)) return last;
    for (let at = from; at <= last; at++) if (matchesAt(read, readWanted, at)) return at;
  }
  return -1;
}

function seekAnchor(lines: readonly string[], anchor: string, from: number): number {
  for (const fits of [(line: string) => line.trim() === anchor, (line: string) => line.includes(anchor)]) {
    for (let at = from; at < lines.length; at++) if (fits(lines[at] ?? "")) return at;
  }
  return -1;
}

/** The place where most of the wanted lines stand, or -1 where none of them does. */
function nearest(lines: readonly string[], wanted: readonly string[]): number {
  const keys = wanted.map((line) => line.trim()).map((line) => (line === "" ? undefined : line));
  if (lines.length * keys.length > nearestWorkMax) return lines.findIndex((line) => line.trim() === keys.find((key) => key !== undefined));
  const trimmed = lines.map((line) => line.trim());
  let best = -1;
  let bestScore = 0;
  for (let at = 0; at < lines.length; at++) {
    let score = 0;
    keys.forEach((key, index) => { if (key !== undefined && trimmed[at + index] === key) score += 1; });
    if (score > bestScore) { best = at; bestScore = score; }
  }
  return best;
}

/** Lines with their numbers from 1, as read_file shows them. */
export function numberLines(lines: readonly string[], firstLine: number): string {
  const width = String(firstLine + lines.length - 1).length;
  return lines.map((line, index) => `${String(firstLine + index).padStart(width)}| ${line}`).join("\n");
}

function explainMiss(path: string, lines: readonly string[], wanted: readonly string[], from: number, label: string): string {
  const earlier = from > 0 ? seek(lines, wanted, 0, false) : -1;
  if (earlier !== -1)
    return `${label} of "${path}" is in line ${earlier + 1} of the file, above the place of the hunk or @@ line before it. Give the hunks in the order of the file. Nothing was changed.`;
  const shown = wanted.slice(0, linesShownMax).join("\n");
  const at = nearest(lines, wanted);
  const near = at === -1
    ? `None of these lines stands in the file (${lines.length} lines). Read it again.`
    : `The nearest lines of the file are:\n${numberLines(lines.slice(Math.max(0, at - 2), Math.max(0, at - 2) + Math.min(wanted.length + 4, linesShownMax)), Math.max(0, at - 2) + 1)}`;
  return `${label} of "${path}" does not match the file. Looked for:\n${shown}\n${near}\nCopy the lines as they are in the file and send the whole patch again. Nothing was changed.`;
}

interface Place { readonly at: number; readonly removed: number; readonly inserted: readonly string[] }

/** A hunk's place and what it puts there; context lines keep the file's own spelling. */
function placeHunk(path: string, lines: readonly string[], hunk: Hunk, from: number, label: string, eol: string): Place | string {
  let start = from;
  for (const anchor of hunk.anchors) {
    const at = seekAnchor(lines, anchor, start);
    if (at === -1) return explainMiss(path, lines, [anchor], start, `The line "@@ ${anchor}" before ${label.toLowerCase()}`);
    start = at + 1;
  }
  const wanted = hunk.lines.filter((line) => line.kind !== "add").map((line) => line.text);
  const added = hunk.lines.filter((line) => line.kind === "add").map((line) => line.text + eol);
  if (wanted.length === 0) return { at: hunk.anchors.length > 0 ? start : lines.length, removed: 0, inserted: added };
  let at = seek(lines, wanted, start, hunk.isAtEnd);
  // Models name the first line of the hunk as its @@ line, too.
  if (at === -1 && hunk.anchors.length > 0 && start > from) at = seek(lines.slice(0, start - 1 + wanted.length), wanted, start - 1, false);
  if (at === -1) return explainMiss(path, lines, wanted, start, label);
  const inserted: string[] = [];
  let old = at;
  for (const line of hunk.lines) {
    if (line.kind === "add") inserted.push(line.text + eol);
    else {
      if (line.kind === "context") inserted.push(lines[old] ?? "");
      old += 1;
    }
  }
  return { at, removed: wanted.length, inserted };
}

/** The text with all hunks applied, or none: a message that says which hunk did not match and shows the nearest lines. Line ends and a missing last newline are kept. */
export function applyHunks(path: string, text: string, hunks: readonly Hunk[]): AppliedHunks {
  const hasLastNewline = text === "" || text.endsWith("\n");
  const lines = text === "" ? [] : (hasLastNewline ? text.slice(0, -1) : text).split("\n");
  const eol = lines.filter((line) => line.endsWith("\r")).length * 2 > lines.length ? "\r" : "";
  const output: string[] = [];
  let from = 0;
  for (const [index, hunk] of hunks.entries()) {
    const label = hunks.length === 1 ? "The hunk" : `Hunk ${index + 1} of ${hunks.length}`;
    const place = placeHunk(path, lines, hunk, from, label, eol);
    if (typeof place === "string") return { kind: "error", message: place };
    for (let at = from; at < place.at; at++) output.push(lines[at] ?? "");
    for (const line of place.inserted) output.push(line);
    from = place.at + place.removed;
  }
  for (let at = from; at < lines.length; at++) output.push(lines[at] ?? "");
  if (output.length === 0) return { kind: "applied", text: "" };
  return { kind: "applied", text: output.join("\n") + (hasLastNewline || from >= lines.length ? "\n" : "") };
}
