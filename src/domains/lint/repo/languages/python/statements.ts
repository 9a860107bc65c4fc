// Divides Python tokens into statements and notes what no valid program has. Lenient on purpose: what it lets pass costs nothing but a message,
// what it suspects costs a parse. Knows no meaning of any statement.
import { keywordKind, keywordOf, type PythonTokens, token } from "./tokens.ts";

const kind = {
  colon: 0x3a, semicolon: 0x3b, comma: 0x2c, dot: 0x2e, star: 0x2a, slash: 0x2f, open: 0x28, close: 0x29, openSquare: 0x5b, closeSquare: 0x5d, openCurly: 0x7b, closeCurly: 0x7d,
  equals: 0x3d, plus: 0x2b, minus: 0x2d, tilde: 0x7e, at: 0x40, percent: 0x25, and: 0x26, or: 0x7c, caret: 0x5e, less: 0x3c, greater: 0x3e,
} as const;
const importKind = keywordKind("import");
const fromKind = keywordKind("from");
const asKind = keywordKind("as");
/** Read-sources refuses deeper text before it comes here. */
const depthMax = 4096;

export class PythonStatements {
  /** Index of the first token of each statement, in order; `async` counts as one of its own before `def`. */
  starts = new Int32Array(1 << 14);
  /** Indentation of the logical line that the statement stands on. */
  indents = new Int32Array(1 << 14);
  count = 0;
  #tokens: PythonTokens | undefined;
  #text = "";
  #indent = 0;
  #indents: number[] = [0];
  #depth = 0;
  readonly #openers = new Uint8Array(depthMax);
  readonly #lambdas = new Uint8Array(depthMax);
  #isOperandNext = true;
  #isStart = true;
  /** In the head of a compound statement, whose colon is still to come. */
  #isHead = false;
  #softAt = -1;
  #previous = 0;
  #first = 0;
  #isBlockNext = false;

  scan(tokens: PythonTokens, text: string): void {
    this.#tokens = tokens;
    this.#text = text;
    this.count = 0;
    this.#indents = [0];
    this.#isBlockNext = false;
    for (let at = 0; at < tokens.count;) {
      const found = tokens.kinds[at];
      if (found === token.line) { this.#line(at); at = this.#walkLine(at + 1); } else at++;
    }
    if (this.#isBlockNext) this.#suspect(tokens.count - 1);
    this.#tokens = undefined;
    this.#text = "";
  }

  #suspect(at: number): void {
    this.#tokens?.suspect(this.#tokens.starts[at] ?? 0);
  }

  #line(at: number): void {
    const indent = this.#tokens?.ends[at] ?? 0;
    const top = this.#indents.at(-1) ?? 0;
    if (indent > top) {
      if (!this.#isBlockNext) this.#suspect(at);
      this.#indents.push(indent);
    } else {
      if (this.#isBlockNext) this.#suspect(at);
      while (this.#indents.length > 1 && indent < (this.#indents.at(-1) ?? 0)) this.#indents.pop();
      if (indent !== this.#indents.at(-1)) this.#suspect(at);
    }
    this.#indent = indent;
  }

  /** Returns the index of the token that ends the logical line. */
  #walkLine(from: number): number {
    const kinds = this.#tokens?.kinds ?? new Uint8Array();
    this.#depth = 0;
    this.#lambdas[0] = 0;
    this.#isBlockNext = false;
    this.#begin();
    for (let at = from; ; at++) {
      const found = kinds[at] ?? token.end;
      if (found === token.line || found === token.end) { this.#endStatement(at); return at; }
      if (this.#isStart) {
        this.#record(at);
        if (found === importKind || found === fromKind) { at = this.#walkImport(at, kinds) - 1; continue; }
      }
      this.#step(at, found, kinds);
      this.#previous = found;
    }
  }

  #begin(): void {
    this.#isStart = true;
    this.#isOperandNext = true;
    this.#isHead = false;
    this.#softAt = -1;
    this.#previous = 0;
    this.#first = 0;
  }

  #record(at: number): void {
    if (this.count === this.starts.length) {
      const size = this.count * 2;
      const [starts, indents] = [new Int32Array(size), new Int32Array(size)];
      starts.set(this.starts);
      indents.set(this.indents);
      [this.starts, this.indents] = [starts, indents];
    }
    this.starts[this.count] = at;
    this.indents[this.count++] = this.#indent;
  }

  #endStatement(at: number): void {
    const isOpenEnd = this.#isOperandNext && this.#previous !== kind.comma && this.#previous !== 0 && this.#previous !== kind.semicolon && !isBareKeyword(this.#previous);
    const isColon = this.#previous === kind.colon;
    if (this.#isHead || (isOpenEnd && !isColon)) this.#suspect(at);
    if (isColon && this.#first !== 0) this.#suspect(at); // `x:`
    this.#isBlockNext = isColon;
  }

  #step(at: number, found: number, kinds: Uint8Array): void {
    const isStart = this.#isStart;
    this.#isStart = false;
    if (found >= 130 && found <= 164) { this.#keyword(at, found, isStart, kinds); return; }
    switch (found) {
      case token.name: case token.number: case token.string: case token.format: case token.ellipsis: this.#operand(at, found, isStart); return;
      case kind.open: case kind.openSquare: case kind.openCurly: case token.fieldOpen: this.#open(at, found); return;
      case kind.close: case kind.closeSquare: case kind.closeCurly: case token.fieldClose: this.#close(at, found); return;
      case kind.colon: this.#colon(at); return;
      case kind.semicolon:
        if (this.#depth > 0 || isStart) this.#suspect(at);
        this.#endStatement(at);
        this.#begin();
        return;
      case kind.comma:
        if (this.#isOperandNext && this.#previous !== kind.star && this.#previous !== kind.slash && !this.#isSlice()) this.#suspect(at);
        break;
      case kind.plus: case kind.minus: case kind.star: case token.power: break;
      case kind.tilde: if (!this.#isOperandNext) this.#suspect(at); break;
      case kind.at: if (this.#isOperandNext && !isStart) this.#suspect(at); break;
      case kind.slash: if (this.#isOperandNext && this.#previous !== kind.comma && this.#previous !== kind.open) this.#suspect(at); break;
      case kind.dot: if (this.#isOperandNext || kinds[at + 1] !== token.name) this.#suspect(at); break;
      case kind.equals: if (this.#isOperandNext && this.#previous !== kind.comma) this.#suspect(at); break; // `a, = pair`
      default: if (this.#isOperandNext) this.#suspect(at);
    }
    this.#isOperandNext = true;
  }

  #operand(at: number, found: number, isStart: boolean): void {
    const isText = found === token.string || found === token.format;
    const isJoined = isText && (this.#previous === token.string || this.#previous === token.format || this.#previous === token.fieldClose);
    if (!this.#isOperandNext && !isJoined && this.#softAt !== at - 1) this.#suspect(at);
    if (!this.#isOperandNext && this.#softAt === at - 1) this.#first = 0;
    this.#isOperandNext = false;
    if (!isStart || found !== token.name) { if (isStart) this.#first = found; return; }
    this.#first = found;
    const start = this.#tokens?.starts[at] ?? 0;
    const length = (this.#tokens?.ends[at] ?? 0) - start;
    if ((length === 4 || length === 5) && /^(?:match|case|type)$/.test(this.#text.slice(start, start + length))) { this.#softAt = at; this.#first = 0; }
  }

  #open(at: number, found: number): void {
    if (found === kind.openCurly && !this.#isOperandNext && this.#softAt !== at - 1) this.#suspect(at);
    if (this.#depth < depthMax - 1) this.#depth++;
    this.#openers[this.#depth] = found;
    this.#lambdas[this.#depth] = 0;
    this.#isOperandNext = true;
  }

  #close(at: number, found: number): void {
    const opener = this.#openers[this.#depth];
    const wanted = found === kind.close ? kind.open : found === kind.closeSquare ? kind.openSquare : found === kind.closeCurly ? kind.openCurly : token.fieldOpen;
    if (this.#depth === 0 || opener !== wanted) this.#suspect(at);
    const { comma, star, slash } = kind;
    const isEmpty =
      this.#previous === opener ||
      this.#previous === comma ||
      this.#previous === star ||
      this.#previous === slash ||
      this.#isSlice() ||
      isBareKeyword(this.#previous);
    if (this.#isOperandNext && !isEmpty) this.#suspect(at);
    if (this.#depth > 0) this.#depth--;
    this.#isOperandNext = false;
  }

  #colon(at: number): void {
    const lambdas = this.#lambdas[this.#depth] ?? 0;
    if (lambdas > 0) this.#lambdas[this.#depth] = lambdas - 1;
    else if (this.#depth === 0 && this.#isHead) {
      // What follows on the same line are statements.
      this.#begin();
      this.#previous = kind.colon;
      return;
    } else if (this.#depth === 0 && this.#isOperandNext && this.#previous !== kind.comma) this.#suspect(at);
    else if (this.#depth > 0 && this.#isOperandNext && this.#openers[this.#depth] !== kind.openSquare) this.#suspect(at);
    if (this.#depth === 0 && this.#softAt !== -1) { this.#begin(); return; }
    this.#isOperandNext = true;
  }

  /** After a `:` that may stand alone: `a[1:]`. */
  #isSlice(): boolean {
    return this.#previous === kind.colon && this.#openers[this.#depth] === kind.openSquare;
  }

  #keyword(at: number, found: number, isStart: boolean, kinds: Uint8Array): void {
    const word = keywordOf(found);
    switch (word) {
      case "True": case "False": case "None": this.#operand(at, found, isStart); return;
      case "await": case "yield": case "lambda":
        if (!this.#isOperandNext && this.#softAt !== at - 1) this.#suspect(at);
        if (word === "lambda") this.#lambdas[this.#depth] = (this.#lambdas[this.#depth] ?? 0) + 1;
        this.#isOperandNext = true;
        if (isStart) this.#first = found;
        return;
      case "not":
        if (!this.#isOperandNext && kinds[at + 1] !== keywordKind("in") && this.#softAt !== at - 1) this.#suspect(at);
        if (isStart) this.#first = found;
        this.#isOperandNext = true;
        return;
      case "async":
        if (isStart) this.#isStart = true; else if (this.#isOperandNext) this.#suspect(at);
        return;
      case "from":
        if (this.#previous !== keywordKind("yield") && this.#first !== keywordKind("raise")) this.#suspect(at);
        this.#isOperandNext = true;
        return;
      default:
        if (isStart) this.#statementKeyword(at, found, kinds); else this.#innerKeyword(at, found);
    }
  }

  #statementKeyword(at: number, found: number, kinds: Uint8Array): void {
    this.#isOperandNext = true;
    switch (keywordOf(found)) {
      case "if": case "elif": case "while": case "for": case "with": case "except": this.#isHead = true; return;
      case "def": case "class":
        this.#isHead = true;
        if (kinds[at + 1] !== token.name) this.#suspect(at);
        return;
      case "else": case "try": case "finally":
        this.#isHead = true;
        if (kinds[at + 1] !== kind.colon) this.#suspect(at);
        return;
      case "pass": case "break": case "continue": this.#isOperandNext = false; this.#first = found; return;
      case "return": case "del": case "assert": case "raise": case "global": case "nonlocal": this.#first = found; return;
      default: this.#suspect(at);
    }
  }

  #innerKeyword(at: number, found: number): void {
    switch (keywordOf(found)) {
      case "and": case "or": case "is": case "if": case "else": case "as": if (this.#isOperandNext) this.#suspect(at); break;
      case "in": if (this.#isOperandNext && this.#previous !== keywordKind("not") && this.#previous !== kind.comma) this.#suspect(at); break;
      case "for": if (this.#isOperandNext || (this.#depth === 0 && this.#previous !== keywordKind("async"))) this.#suspect(at); break;
      default: this.#suspect(at);
    }
    this.#isOperandNext = true;
  }

  /** Returns the index of the token after the statement. */
  #walkImport(from: number, kinds: Uint8Array): number {
    const isFrom = kinds[from] === fromKind;
    let at = from + 1;
    if (isFrom) {
      while (kinds[at] === kind.dot || kinds[at] === token.ellipsis) at++;
      if (kinds[at] !== importKind) at = this.#walkDotted(at, kinds);
      if (kinds[at] !== importKind) this.#suspect(at); else at++;
    }
    const isInBrackets = isFrom && kinds[at] === kind.open;
    if (isInBrackets) at++;
    if (isFrom && kinds[at] === kind.star) at++; else at = this.#walkNames(at, kinds, { isFrom, isInBrackets });
    if (isInBrackets) { if (kinds[at] === kind.close) at++; else this.#suspect(at); }
    const end = kinds[at];
    if (end !== kind.semicolon && end !== token.line && end !== token.end) {
      this.#suspect(at);
      while (at < (this.#tokens?.count ?? 0) && kinds[at] !== token.line && kinds[at] !== token.end) at++;
    }
    this.#isStart = false;
    this.#isOperandNext = false;
    this.#previous = token.name;
    this.#first = from;
    return at;
  }

  #walkNames(from: number, kinds: Uint8Array, options: { readonly isFrom: boolean; readonly isInBrackets: boolean }): number {
    for (let at = from; ;) {
      at = options.isFrom ? this.#walkName(at, kinds) : this.#walkDotted(at, kinds);
      if (kinds[at] === asKind) at = this.#walkName(at + 1, kinds);
      if (kinds[at] !== kind.comma) return at;
      at++;
      if (options.isInBrackets && kinds[at] === kind.close) return at;
    }
  }

  #walkDotted(from: number, kinds: Uint8Array): number {
    let at = this.#walkName(from, kinds);
    while (kinds[at] === kind.dot) at = this.#walkName(at + 1, kinds);
    return at;
  }

  #walkName(at: number, kinds: Uint8Array): number {
    if (kinds[at] === token.name) return at + 1;
    this.#suspect(at);
    return at;
  }
}

/** Keywords after which nothing needs to follow. */
function isBareKeyword(found: number): boolean {
  switch (keywordOf(found)) {
    case "return": case "raise": case "yield": case "pass": case "break": case "continue": return true;
    default: return false;
  }
}
