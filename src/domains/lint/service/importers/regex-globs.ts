// From regular expressions over paths to globs, for the forms that people write in such rules. What has no exact glob is refused, not guessed.

type Part = { readonly kind: "text"; readonly glob: string } | { readonly kind: "start" } | { readonly kind: "end" };

/** An expression with more alternatives is a program. */
const alternativesMax = 200;

/** Globs that together match the paths in which the expression is found; undefined where there are none. */
export function globsOfRegex(source: string): readonly string[] | undefined {
  try {
    const parser = new RegexParser(source);
    return parser.alternatives().flatMap(wholeGlobs);
  } catch (error) {
    if (error instanceof NoGlob) return undefined;
    throw error;
  }
}

class NoGlob extends Error {}

/** An expression is found anywhere, a glob matches the whole path. */
function wholeGlobs(parts: readonly Part[]): readonly string[] {
  const isStart = parts[0]?.kind === "start";
  const isEnd = parts.at(-1)?.kind === "end";
  const inner = parts.slice(isStart ? 1 : 0, isEnd ? -1 : undefined);
  if (inner.some((part) => part.kind !== "text")) throw new NoGlob();
  const glob = inner.map((part) => (part.kind === "text" ? part.glob : "")).join("");
  const heads = isStart ? [glob] : glob.startsWith("/") ? [`**${glob}`] : glob.startsWith("**") ? [glob] : [`**/*${glob}`];
  return heads.flatMap((head) => {
    if (isEnd) return [head];
    if (head === "" || head === "**/*") return ["**"];
    return head.endsWith("**") ? [head] : head.endsWith("/") ? [`${head}**`] : [`${head}*`, `${head}*/**`];
  });
}

class RegexParser {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  alternatives(): readonly (readonly Part[])[] {
    const found = this.#readAlternatives(false);
    if (this.#at < this.#source.length) throw new NoGlob();
    return found;
  }

  #readAlternatives(isGroup: boolean): readonly (readonly Part[])[] {
    const found: (readonly Part[])[] = [];
    let current: (readonly Part[])[] = [[]];
    for (; this.#at < this.#source.length; ) {
      const char = this.#source[this.#at];
      if (char === ")" && isGroup) break;
      if (char === "|") { this.#at++; found.push(...current); current = [[]]; continue; }
      const choices = this.#readAtom();
      current = current.flatMap((head) => choices.map((tail) => [...head, ...tail]));
      if (current.length + found.length > alternativesMax) throw new NoGlob();
    }
    found.push(...current);
    return found;
  }

  /** The ways in which one atom with its quantifier can be written as globs. */
  #readAtom(): readonly (readonly Part[])[] {
    const source = this.#source;
    const rest = source.slice(this.#at);
    const folderStart = /^\((?:\?:)?\^\|\/\)/.exec(rest) ?? /^\((?:\?:)?\/\|\^\)/.exec(rest);
    if (folderStart !== null) { this.#at += folderStart[0].length; return [[{ kind: "start" }, text("**/")]]; }
    const folderEnd = /^\((?:\?:)?\/\|\$\)/.exec(rest) ?? /^\((?:\?:)?\$\|\/\)/.exec(rest);
    if (folderEnd !== null) { this.#at += folderEnd[0].length; return [[{ kind: "end" }], [text("/**"), { kind: "end" }]]; }
    const segment = /^\[\^\\?\/\][+*]\??/.exec(rest);
    if (segment !== null) { this.#at += segment[0].length; return [[text("*")]]; }
    const anything = /^\.[*+]\??/.exec(rest);
    if (anything !== null) { this.#at += anything[0].length; return [this.#at === source.length ? [text("**")] : [text("{*,*/**/*}")]]; }
    const char = source[this.#at] ?? "";
    this.#at++;
    if (char === ")" || char === "{" || char === "*" || char === "+" || char === "?") throw new NoGlob();
    if (char === "^") return [[{ kind: "start" }]];
    if (char === "$") return [[{ kind: "end" }]];
    // A bare dot is any character.
    const atom = char === "(" ? this.#readGroup() : [[text(char === "[" ? this.#readClass() : char === "\\" ? this.#readEscape() : char === "." ? "?" : literal(char))]];
    const quantifier = source[this.#at];
    if (quantifier === "?") { this.#at++; return [[], ...atom]; }
    if (quantifier === "*" || quantifier === "+" || quantifier === "{") throw new NoGlob();
    return atom;
  }

  #readGroup(): readonly (readonly Part[])[] {
    if (this.#source.startsWith("?:", this.#at)) this.#at += 2; else if (this.#source[this.#at] === "?") throw new NoGlob();
    const found = this.#readAlternatives(true);
    if (this.#source[this.#at] !== ")") throw new NoGlob();
    this.#at++;
    return found;
  }

  #readClass(): string {
    const match = /^(\^?)((?:\\.|[^\]\\])+)\]/.exec(this.#source.slice(this.#at));
    if (match === null || match[1] === "^") throw new NoGlob();
    this.#at += match[0].length;
    const inside = (match[2] ?? "").replaceAll(/\\([./-])/g, "$1");
    if (inside.length === 1) return literal(inside);
    if (/[\\/]/.test(inside)) throw new NoGlob();
    return `[${inside}]`;
  }

  #readEscape(): string {
    const char = this.#source[this.#at++] ?? "";
    if (/[A-Za-z0-9]/.test(char)) throw new NoGlob();
    return literal(char);
  }
}

function literal(char: string): string {
  return /[*?[\]{}()!+@]/.test(char) ? `\\${char}` : char;
}

function text(glob: string): Part {
  return { kind: "text", glob };
}
