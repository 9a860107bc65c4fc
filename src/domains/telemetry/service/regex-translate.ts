// RE2 syntax → a JavaScript regular expression, but only for forms whose backtracking stays polynomial with a small, known degree.
// Everything else stays with RE2's own automaton. Knows no engine.

export interface Translation {
  readonly source: string;
  readonly flags: string;
  /** How many quantifiers without an upper bound: the degree of the worst case is one more. */
  readonly unboundedCount: number;
  /** A text that every match contains, "" where none is known. */
  readonly required: string;
  /** Set where the whole pattern is this text, nothing else. */
  readonly literal: string | undefined;
}

/** Optional parts and alternatives multiply; beyond this many the product could explode. */
const choicesMax = 8;
/** A pattern with more unbounded quantifiers than this goes to the automaton. */
const unboundedMax = 2;

interface Scan {
  readonly pattern: string;
  at: number;
  out: string;
  unbounded: number;
  choices: number;
  required: string;
  run: string;
  literal: string;
  isLiteral: boolean;
  isDotAll: boolean;
  isFolded: boolean;
  depth: number;
  alternates: boolean;
}
interface Piece { readonly hasChoice: boolean; readonly literal: string | undefined; readonly isGroup: boolean }

const plain = /[^\\.+*?()|[\]{}^$]/u;
const classEscapes: Readonly<Record<string, string>> = { d: "0-9", w: "0-9A-Za-z_", s: "\\t\\n\\f\\r " };

/** Undefined where the pattern holds a form that is not proven harmless here. The pattern must be valid RE2. */
export function translateRegex(pattern: string, isDotAll = false): Translation | undefined {
  const flags = /^\(\?([is]{1,2})\)/.exec(pattern);
  const scan: Scan = {
    pattern, at: flags?.[0].length ?? 0, out: "", unbounded: 0, choices: 0, required: "", run: "", literal: "", isLiteral: flags === null, depth: 0, alternates: false,
    isFolded: flags?.[1]?.includes("i") ?? false, isDotAll: isDotAll || (flags?.[1]?.includes("s") ?? false),
  };
  if (!scanAlternatives(scan) || scan.at < pattern.length) return undefined;
  if (scan.unbounded > unboundedMax || scan.choices > choicesMax) return undefined;
  endRun(scan);
  return {
    source: scan.out, flags: scan.isFolded ? "iu" : "u", unboundedCount: scan.unbounded,
    required: scan.isFolded || scan.alternates ? "" : scan.required, literal: scan.isLiteral ? scan.literal : undefined,
  };
}

function endRun(scan: Scan): void {
  if (scan.run.length > scan.required.length) scan.required = scan.run;
  scan.run = "";
}

/** Reads until the end or a closing parenthesis; false where a form is not known. */
function scanAlternatives(scan: Scan): boolean {
  for (;;) {
    const char = scan.pattern[scan.at];
    if (char === undefined) return scan.depth === 0;
    if (char === ")") return scan.depth > 0;
    if (char === "|") {
      scan.at += 1;
      scan.out += "|";
      scan.isLiteral = false;
      if (scan.depth === 0) scan.alternates = true;
      scan.choices += 1;
      endRun(scan);
      continue;
    }
    if (!scanPiece(scan, char)) return false;
  }
}

function scanPiece(scan: Scan, char: string): boolean {
  const before = { unbounded: scan.unbounded, choices: scan.choices };
  const piece = char === "(" ? scanGroup(scan) : char === "[" ? scanClass(scan) : scanAtom(scan);
  if (piece === undefined) return false;
  const quantifier = /^(?:[*+?]|\{\d+(?:,\d*)?\})\??/.exec(scan.pattern.slice(scan.at, scan.at + 16))?.[0];
  if (quantifier === undefined) {
    if (piece.literal === undefined) { endRun(scan); scan.isLiteral = false; return true; }
    if (scan.depth === 0) scan.run += piece.literal;
    scan.literal += piece.literal;
    return true;
  }
  endRun(scan);
  scan.isLiteral = false;
  scan.at += quantifier.length;
  scan.out += quantifier;
  if (/^[*+?{]/.test(scan.pattern.slice(scan.at))) return false;
  const isInnerBusy = scan.unbounded > before.unbounded || scan.choices > before.choices;
  if (/^\?/.test(quantifier)) { scan.choices += 1; return true; }
  const upper = /^\{(\d+)(,?)(\d*)\}/.exec(quantifier);
  if (upper !== null && upper[2] === "") return !isInnerBusy && Number(upper[1]) <= 100;
  scan.unbounded += 1;
  return !isInnerBusy;
}

function scanGroup(scan: Scan): Piece | undefined {
  const open = /^\((?:\?:|\?P?<[A-Za-z_]\w*>)?/.exec(scan.pattern.slice(scan.at, scan.at + 80))?.[0] ?? "(";
  if (open === "(" && scan.pattern[scan.at + 1] === "?") return undefined;
  endRun(scan);
  scan.at += open.length;
  scan.out += open.replace("?P<", "?<");
  scan.depth += 1;
  scan.isLiteral = false;
  if (scan.depth > 20 || !scanAlternatives(scan)) return undefined;
  scan.depth -= 1;
  scan.at += 1;
  scan.out += ")";
  scan.run = "";
  return { hasChoice: true, literal: undefined, isGroup: true };
}

function scanClass(scan: Scan): Piece | undefined {
  const match = /^\[\^?(?:\\[dws\\.\-\]\[tnr/"+*?()|^$]|[^\\[\]])+\]/.exec(scan.pattern.slice(scan.at, scan.at + 300))?.[0];
  if (match === undefined || /^\[\^?\]/.test(match)) return undefined;
  scan.at += match.length;
  const body = match.slice(1, -1).replaceAll(/\\[\s\S]|[(){}|/&~!#%,:;<=>@`*+?.$"' -]/g, (one) => {
    if (one.length === 2) return classEscapes[one.slice(1)] ?? (one === '\\"' ? '"' : one);
    return /[(){}|/]/.test(one) ? `\\${one}` : one;
  });
  scan.out += `[${body}]`;
  return { hasChoice: false, literal: undefined, isGroup: false };
}

function scanAtom(scan: Scan): Piece | undefined {
  const point = scan.pattern.codePointAt(scan.at) ?? 0;
  const char = String.fromCodePoint(point);
  scan.at += char.length;
  if (char === ".") { scan.out += scan.isDotAll ? "[\\s\\S]" : "[^\\n]"; return { hasChoice: false, literal: undefined, isGroup: false }; }
  if (char === "^" || char === "$") { scan.out += char; return { hasChoice: false, literal: undefined, isGroup: false }; }
  if (char === "\\") return scanEscape(scan);
  if (!plain.test(char)) {
    if (char !== "]" && char !== "}") return undefined;
    scan.out += `\\${char}`;
    return { hasChoice: false, literal: char, isGroup: false };
  }
  scan.out += char === "/" ? "\\/" : char;
  return { hasChoice: false, literal: char, isGroup: false };
}

const atomEscapes: Readonly<Record<string, string>> = { d: "[0-9]", D: "[^0-9]", w: "[0-9A-Za-z_]", W: "[^0-9A-Za-z_]", s: "[\\t\\n\\f\\r ]", S: "[^\\t\\n\\f\\r ]" };
const controlEscapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", f: "\f", v: "\v" };

function scanEscape(scan: Scan): Piece | undefined {
  const char = scan.pattern[scan.at] ?? "";
  scan.at += 1;
  const known = atomEscapes[char];
  // Under the flags iu JavaScript folds two signs outside of ASCII into \w; the automaton does not.
  if (known !== undefined && !(scan.isFolded && /[wW]/.test(char))) { scan.out += known; return { hasChoice: false, literal: undefined, isGroup: false }; }
  const control = controlEscapes[char];
  if (control !== undefined) { scan.out += `\\${char}`; return { hasChoice: false, literal: control, isGroup: false }; }
  if (!/^[!-/:-@[-`{-~]$/.test(char)) return undefined;
  scan.out += /[\\^$.*+?()[\]{}|/]/.test(char) ? `\\${char}` : char === "-" ? "-" : char;
  return { hasChoice: false, literal: char, isGroup: false };
}
