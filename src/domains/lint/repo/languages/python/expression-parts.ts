// How an expression of Python divides at its weakest operator outside of all brackets (Python reference, "Operator precedence").
import { type PythonSource, sign } from "./source.ts";
import { keywordOf, token } from "./tokens.ts";

export type Parts =
  /** A name, a literal, a bracket, and what follows it. */
  | { readonly kind: "one" }
  /** `element for …`: where the first `for` stands. */
  | { readonly kind: "loop"; readonly at: number }
  | { readonly kind: "choice"; readonly condition: number; readonly otherwise: number }
  /** Pieces of which one is the value, or all are parts of it. */
  | { readonly kind: "any"; readonly cuts: readonly number[] }
  /** Pieces out of which another value is made. */
  | { readonly kind: "made"; readonly cuts: readonly number[] }
  | { readonly kind: "compared"; readonly cuts: readonly number[] };

const arithmetic: ReadonlySet<number> = new Set([0x2b, 0x2d, 0x2a, 0x2f, 0x25, 0x40, 0x26, 0x5e, 0x7e, token.shift, token.power, token.floor]);

/** `after` steps over brackets. */
export function readParts(source: PythonSource, from: number, to: number, after: (at: number) => number): Parts {
  const cuts = { list: [] as number[], choice: [] as number[], logic: [] as number[], comparison: [] as number[], sum: [] as number[] }; // lists that are filled below
  let loop = -1;
  let otherwise = -1;
  for (let at = from; at < to; at = after(at)) {
    const kind = source.kind(at);
    const word = keywordOf(kind);
    if (word === "lambda") break; // the rest of this piece is its body
    if (word === "for" && loop === -1) loop = at;
    else if (kind === sign.comma || kind === sign.colon) cuts.list.push(at);
    else if (word === "if") cuts.choice.push(at);
    else if (word === "else") otherwise = at;
    else if (word === "or" || word === "and" || kind === 0x7c) cuts.logic.push(at);
    else if (kind === token.comparison || kind === 0x3c || kind === 0x3e || word === "in" || word === "is" || word === "not") cuts.comparison.push(at);
    else if (arithmetic.has(kind)) cuts.sum.push(at);
  }
  // A comma before the loop belongs to no comprehension; a colon there is that of a dictionary.
  if (loop !== -1) return { kind: "loop", at: loop };
  if (cuts.list.length > 0) return { kind: "any", cuts: cuts.list };
  const condition = cuts.choice[0];
  if (condition !== undefined && otherwise > condition) return { kind: "choice", condition, otherwise };
  if (cuts.logic.length > 0) return { kind: "any", cuts: cuts.logic };
  if (cuts.comparison.length > 0) return { kind: "compared", cuts: cuts.comparison };
  return cuts.sum.length > 0 ? { kind: "made", cuts: cuts.sum } : { kind: "one" };
}
