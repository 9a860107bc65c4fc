// One source as bytes to facts, with bounds on depth. Pure in its input: it runs in any thread.
import type { FileFacts, UnreadFile } from "../types/facts.ts";
import type { FactsReader } from "./adapter.ts";

/** The native parser recurses; from about 3,000 nested classes on it overflows the stack and takes the process with it. */
const bracketDepthMax = 1500;

export function parseSource(reader: FactsReader, file: string, bytes: Uint8Array): FileFacts | UnreadFile {
  if (isTooDeep(file, bytes)) return { file, kind: "too-deep", detail: `it is nested deeper than ${bracketDepthMax}` };
  return reader.read(file, textOf(bytes));
}

export function isUnread(found: FileFacts | UnreadFile): found is UnreadFile {
  return "detail" in found;
}

function textOf(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}

/** What a byte does to depth and chains; 0 for most. */
const roles = new Uint8Array(256);
const [opens, closes, closesBrace, openAngle, closeAngle, comma, semicolon] = [1, 2, 3, 4, 5, 6, 7];
for (const [text, role] of [
  ["([{", opens],
  [")]", closes],
  ["}", closesBrace],
  ["<", openAngle],
  [">", closeAngle],
  [",", comma],
  [";", semicolon],
] as const)
  for (const one of text) roles[one.charCodeAt(0)] = role;

/** Counts brackets wherever they stand, also in strings: a rough bound that no written source comes near. One pass: it sees every byte of a repository. */
function isTooDeep(file: string, bytes: Uint8Array): boolean {
  if (bytes.length < bracketDepthMax * 2) return false;
  const isChaining = /\.[cm]?[jt]sx?$/.test(file);
  let [depth, angles, start] = [0, 0, 0];
  for (let at = 0; at < bytes.length; at++) {
    const role = roles[bytes[at] ?? 0] ?? 0;
    if (role === 0) continue;
    if (role === opens) { if (++depth > bracketDepthMax) return true; continue; }
    if (role === openAngle) { if (++angles > bracketDepthMax * 4) return true; continue; }
    if (role === closeAngle) { if (angles > 0) angles--; continue; }
    if ((role === closes || role === closesBrace) && depth > 0) depth--;
    if (role === closes || (role === semicolon && (roles[bytes[at + 1] ?? 0] === semicolon || bytes[at + 1] === 0x29))) continue; // for(;;)
    if (isChaining && isEndlessChain(bytes, start, at)) return true;
    start = at + 1;
  }
  return isChaining && isEndlessChain(bytes, start, bytes.length);
}

/** Chains that nest without brackets (`a=>a=>…`, `a?b:a?b:…`, `keyof keyof …`, `if(a)if(a)…`), on one line or many: the parser dies of some 10,000, people write ten. */
const chainMax = 3_000;
const notCode = /\/\/[^\n]*|\/\*[^]*?\*\/|"[^"\n]*"|'[^'\n]*'|`[^`$]*`/g;
const chainLinks =
  /[?:=<~^%|&*-]|\b(?:keyof|readonly|unique|infer|typeof|void|delete|await|new|yield|async|extends|if|else|for|while|do|with|in|instanceof)\b|\n\s*(?:export|import|const|let|var|return|class|function|interface|enum)\b/g;

/** A stretch without a comma, a closing brace or the end of a statement; code has few that are long enough. */
function isEndlessChain(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start > chainMax * 2 && longestChain(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("latin1").replaceAll(notCode, " ")) > chainMax;
}

function longestChain(text: string): number {
  let length = 0;
  let longest = 0;
  for (const [link] of text.matchAll(chainLinks)) {
    length = link.startsWith("\n") ? 0 : length + 1;
    if (length > longest) longest = length;
  }
  return longest;
}
