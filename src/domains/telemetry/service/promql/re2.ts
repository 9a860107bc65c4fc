// Where the regex engine is kept: it is a quarter of a megabyte of code, and most queries name plain values.
// Whoever evaluates text that may hold a pattern imports re2-engine.ts first.
import type { RE2JS } from "re2js";

let engine: typeof RE2JS | undefined;

export function provideRe2(given: typeof RE2JS): void { engine = given; }

/** True where the text may hold a pattern that wants the engine. */
export function mayNeedRe2(text: string): boolean { return /[=!]~|label_replace/.test(text); }

export function re2(): typeof RE2JS {
  if (engine === undefined) throw new Error("BUG: expected the regex engine to be loaded before a pattern is compiled");
  return engine;
}
