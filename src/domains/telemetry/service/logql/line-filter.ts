// Line filters as functions of a line, and the text that a chunk can be searched for before any line is looked at.
import type { ByteTools } from "../byte-tools.ts";
import { compileRegex } from "../regex.ts";
import { compileIp } from "./ip.ts";
import type { LineState } from "./line-state.ts";
import { compilePatternFilter, requiredOfPattern } from "./pattern.ts";
import type { Stage } from "./ast.ts";

type LineFilterStage = Extract<Stage, { kind: "line-filter" }>;

export interface LineTest {
  readonly test: (line: LineState) => boolean;
  /** A text that every line that passes contains, "" where none is known. */
  readonly required: string;
  /** Whether containing the text is all that the filter asks. */
  readonly isDecided: boolean;
}

export function compileLineFilter(stage: LineFilterStage, tools: ByteTools): LineTest {
  const isNegated = stage.op.startsWith("!");
  const terms = stage.terms.map((term) => compileTerm(stage, term, tools));
  const [first] = terms;
  if (first === undefined) throw new Error("BUG: expected a term");
  const isAlone = terms.length === 1 && !isNegated;
  const any = terms.length === 1 ? first.test : (line: LineState) => terms.some((term) => term.test(line));
  return {
    test: isNegated ? (line) => !any(line) : any,
    required: isAlone ? first.required : "",
    isDecided: isAlone && first.isDecided,
  };
}

function compileTerm(stage: LineFilterStage, term: LineFilterStage["terms"][number], tools: ByteTools): LineTest {
  if (term.isIp) { const ip = compileIp(term.text); return { test: (line) => ip.isLineIn(line.text), required: "", isDecided: false }; }
  switch (stage.op) {
    case "|=": case "!=": return containsTest(term.text, tools);
    case "|>":
    case "!>": {
      const matches = compilePatternFilter(term.text);
      return { test: (line) => matches(line.text), required: requiredOfPattern(term.text), isDecided: false };
    }
    case "|~": case "!~": {
      const regex = compileRegex(term.text);
      if (regex.isLiteral) return containsTest(regex.required, tools);
      return { test: (line) => regex.test(line.text), required: regex.required, isDecided: false };
    }
  }
}

function containsTest(text: string, tools: ByteTools): LineTest {
  if (text === "") return { test: () => true, required: "", isDecided: true };
  const needle = tools.encode(text);
  return { test: (line) => includesBytes(line.bytes, line.start, line.end, needle), required: text, isDecided: true };
}

/** A plain search: for short lines it beats the way to native code. */
export function includesBytes(bytes: Uint8Array, start: number, end: number, needle: Uint8Array): boolean {
  const length = needle.length;
  const first = needle[0];
  const last = end - length;
  for (let at = start; at <= last; at += 1) {
    if (bytes[at] !== first) continue;
    let index = 1;
    while (index < length && bytes[at + index] === needle[index]) index += 1;
    if (index === length) return true;
  }
  return false;
}
