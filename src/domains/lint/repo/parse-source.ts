// One source as bytes to facts, with bounds on depth. Pure in its input: it runs in any thread.
import type { FileFacts, UnreadFile } from "../types/facts.ts";
import type { FactsReader } from "./adapter.ts";

/** The native parser recurses; from about 3,000 nested classes on it overflows the stack and takes the process with it. */
const bracketDepthMax = 1500;

export function parseSource(reader: FactsReader, file: string, bytes: Uint8Array): FileFacts | UnreadFile {
  if (isTooDeep(bytes)) return { file, kind: "too-deep", detail: `it is nested deeper than ${bracketDepthMax}` };
  return reader.read(file, textOf(bytes));
}

export function isUnread(found: FileFacts | UnreadFile): found is UnreadFile {
  return "detail" in found;
}

function textOf(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}

/** +1 opens, -1 closes; every other byte is 0. */
const bracketSteps = new Int8Array(256);
for (const open of "([{") bracketSteps[open.charCodeAt(0)] = 1;
for (const close of ")]}") bracketSteps[close.charCodeAt(0)] = -1;
const angleSteps = new Int8Array(256);
angleSteps["<".charCodeAt(0)] = 1;
angleSteps[">".charCodeAt(0)] = -1;

/** Counts brackets wherever they stand, also in strings: a rough bound that no written source comes near. */
function isTooDeep(bytes: Uint8Array): boolean {
  return bytes.length >= bracketDepthMax * 2 && (depthOf(bytes, bracketSteps) > bracketDepthMax || depthOf(bytes, angleSteps) > bracketDepthMax * 4 || hasEndlessChain(bytes));
}

/** Chains that nest without brackets (`a=>a=>…`, `a?b:a?b:…`, `keyof keyof …`): the parser dies of some 10,000, people write ten. */
const chainMax = 3_000;
const chainLinks = /=>|<\/|\/>|<[A-Za-z][\w.]*(?=[\s>])|[?=]|\b(?:keyof|readonly|yield|extends|async|for)\b|[,}]|;(?![;)])/g;

/** Looks at lines only that are long enough to hold one. */
function hasEndlessChain(bytes: Uint8Array): boolean {
  for (let start = 0; start < bytes.length;) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline === -1 ? bytes.length : newline;
    if (end - start > chainMax * 2 && longestChain(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("latin1")) > chainMax) return true;
    start = end + 1;
  }
  return false;
}

function longestChain(line: string): number {
  let length = 0;
  let longest = 0;
  for (const [link] of line.matchAll(chainLinks)) {
    const isEnd = link === "," || link === "}" || link === ";";
    length = isEnd ? 0 : Math.max(0, length + (link === "</" || link === "/>" ? -1 : 1));
    if (length > longest) longest = length;
  }
  return longest;
}

function depthOf(bytes: Uint8Array, steps: Int8Array): number {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < bytes.length; at++) {
    depth += steps[bytes[at] ?? 0] ?? 0;
    if (depth > deepest) deepest = depth; else if (depth < 0) depth = 0;
  }
  return deepest;
}
