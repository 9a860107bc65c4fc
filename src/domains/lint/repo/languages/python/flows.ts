// Values from outside in Python and where they go, within one function: parsed before they leave it, or not. Over tokens: no tree, no types, no other function entered.
import picomatch from "picomatch";
import type { FlowFact } from "../../../types/facts.ts";
import { asking, harmless, passingCalls, passingMethods, sourceOfCall, sourceOfValue, storing, typeName } from "./flow-names.ts";
import type { Outline, Span } from "./outline.ts";
import { readParts, type Parts } from "./expression-parts.ts";
import { type PythonSource, sign } from "./source.ts";
import { keywordOf, token } from "./tokens.ts";
import { canonical } from "./uses.ts";

const textCharsMax = 80;
/** Brackets and conditions in each other; deeper is data. */
const depthMax = 60;

type Origin = Pick<FlowFact, "source" | "text" | "line" | "column">;
/** `outer`: names that the function has from around it by `global` or `nonlocal`. */
interface Frame { readonly span: Span; readonly own: Set<string>; readonly outer: Set<string>; readonly before: ReadonlyMap<string, Origin> }

/** False where this text can hold no value from outside that is looked for. */
export function mayHoldFlows(text: string): boolean {
  return /loads?\(|unpackb?\(|\.json\b|get_json|environ|getenv|\b(?:request|req)\.(?:form|data|body|POST)/.test(text);
}

/** `parsers` as in FactsRequest.flows. In the order of the text. */
export function readFlows(source: PythonSource, outline: Outline, parsers: readonly string[]): readonly FlowFact[] {
  const isMatch = picomatch(parsers.map((name) => name.replace(/^\*\./, "*.**.").replaceAll(".", "/")), { dot: true });
  return new FlowWalk(source, outline, (callee) => isMatch(callee.replaceAll(".", "/"))).run();
}

class FlowWalk {
  readonly #source: PythonSource;
  readonly #outline: Outline;
  readonly #isParser: (callee: string) => boolean;
  readonly #partner: Int32Array;
  readonly #flows: FlowFact[] = [];
  readonly #open = new Map<string, Origin>();
  readonly #frames: Frame[] = [];
  #depth = 0;

  constructor(source: PythonSource, outline: Outline, isParser: (callee: string) => boolean) {
    this.#source = source;
    this.#outline = outline;
    this.#isParser = isParser;
    this.#partner = partnersOf(source);
  }

  run(): readonly FlowFact[] {
    const { starts, count } = this.#source.statements;
    const spans = this.#outline.spans.filter((span) => span.kind === "function");
    let next = 0;
    for (let index = 0; index < count; index++) {
      const from = starts[index] ?? 0;
      const offset = this.#source.start(from);
      for (let top = this.#frames.at(-1); top !== undefined && top.span.end <= offset; top = this.#frames.at(-1)) this.#leaveFrame();
      for (let span = spans[next]; span !== undefined && span.start <= offset; span = spans[++next])
        this.#frames.push({ span, own: new Set(), outer: new Set(), before: new Map(this.#open) });
      this.#statement(from, this.#endOf(from, index + 1 < count ? starts[index + 1] ?? 0 : this.#source.tokens.count));
    }
    return this.#flows;
  }

  #leaveFrame(): void {
    const frame = this.#frames.pop();
    this.#open.clear();
    for (const [name, origin] of frame?.before ?? []) this.#open.set(name, origin);
  }

  /** Without what only separates statements. */
  #endOf(from: number, limit: number): number {
    let to = limit;
    while (to > from && [token.line, token.end, sign.semicolon, sign.colon].some((one) => one === this.#source.kind(to - 1))) to--;
    return to;
  }

  #statement(from: number, to: number): void {
    switch (keywordOf(this.#source.kind(from))) {
      case "return": case "yield": { const isFrom = keywordOf(this.#source.kind(from + 1)) === "from"; this.#leave(this.#value(from + (isFrom ? 2 : 1), to), to); return; }
      case "global":
      case "nonlocal":
        for (let at = from + 1; at < to; at++) if (this.#source.kind(at) === token.name) this.#frames.at(-1)?.outer.add(this.#source.word(at));
        return;
      case "import": case "from": case "async": case "class": case "pass": case "break": case "continue": return;
      case "def": this.#parameters(from + 2); return;
      case "for": { const at = this.#find(from + 1, to, "in"); this.#declareAll(from + 1, at, this.#value(at + 1, to)); return; }
      case "with": { const at = this.#find(from + 1, to, "as"); const origin = this.#value(from + 1, at); if (at < to) this.#declareAll(at + 1, to, origin); return; }
      case "if": case "elif": case "while": case "assert": case "del": case "raise": this.#value(from + 1, to); return;
      default: this.#assignment(from, to);
    }
  }

  #parameters(open: number): void {
    if (this.#source.kind(open) !== sign.open) return;
    const close = this.#partner[open] ?? open;
    for (let at = open + 1; at < close; at++)
      if (this.#source.kind(at) === token.name && [sign.open, sign.comma, sign.star, token.power].some((one) => one === this.#source.kind(at - 1)))
        this.#declare(this.#source.word(at), undefined);
  }

  /** The index of a keyword outside of all brackets; `to` where there is none. */
  #find(from: number, to: number, word: string): number {
    for (let at = from; at < to; at = this.#after(at)) if (keywordOf(this.#source.kind(at)) === word) return at;
    return to;
  }

  #after(at: number): number {
    const partner = this.#partner[at] ?? -1;
    return (partner > at ? partner : at) + 1;
  }

  /** `a = b = value`, `a: T = value`, `match value`, or an expression alone. */
  #assignment(from: number, to: number): void {
    const equals: number[] = [];
    let colon = -1;
    for (let at = from; at < to; at = this.#after(at)) {
      if (this.#source.kind(at) === sign.equals) equals.push(at);
      else if (this.#source.kind(at) === sign.colon && colon === -1 && equals.length === 0) colon = at;
      else if (this.#source.kind(at) === token.assign) { this.#value(at + 1, to); return; }
    }
    const last = equals.at(-1);
    if (last === undefined) { this.#value(from, colon === -1 ? to : colon); return; }
    const origin = this.#value(last + 1, to);
    let start = from;
    for (const at of equals) {
      this.#assign(start, colon !== -1 && colon < at ? colon : at, origin, to);
      start = at + 1;
    }
  }

  #assign(from: number, to: number, origin: Origin | undefined, end: number): void {
    const path = this.#source.kind(from) === token.name ? this.#source.dotted(from) : undefined;
    const isPlain = path === undefined || (path.next === to && !path.name.includes(".")) || this.#source.kind(from + 1) === sign.comma;
    if (isPlain && !(path !== undefined && this.#frames.at(-1)?.outer.has(path.name) === true)) { this.#declareAll(from, to, origin); return; }
    if (path !== undefined && origin !== undefined && this.#isKept(path.name) && !this.#full(path.name).startsWith("os.environ")) this.#add(origin, "stored", path.name, end);
  }

  #declareAll(from: number, to: number, origin: Origin | undefined): void {
    for (let at = from; at < to; at++) if (this.#source.kind(at) === token.name && this.#source.kind(at - 1) !== sign.dot) this.#declare(this.#source.word(at), origin);
  }

  #declare(name: string, origin: Origin | undefined): void {
    this.#frames.at(-1)?.own.add(name);
    if (origin === undefined) this.#open.delete(name); else this.#open.set(name, origin);
  }

  /** True for what outlives the function: its object, and what was not made in it. */
  #isKept(path: string): boolean {
    const root = path.split(".", 1)[0] ?? path;
    return root === "self" || root === "cls" || !(this.#frames.at(-1)?.own.has(root) ?? false);
  }

  /** What the value of an expression holds of the outside. Everything in it is looked at once. */
  #value(from: number, to: number): Origin | undefined {
    if (from >= to || this.#depth > depthMax) return undefined;
    this.#depth++;
    const origin = this.#kind(from, to);
    this.#depth--;
    return origin;
  }

  #kind(from: number, to: number): Origin | undefined {
    const kind = this.#source.kind(from);
    const word = keywordOf(kind);
    if (word === "await" || word === "yield" || kind === sign.star || kind === token.power) return this.#value(from + 1, to);
    if (word === "lambda") { this.#value(this.#colonOf(from, to) + 1, to); return undefined; }
    if (kind === token.name && this.#source.kind(from + 1) === token.walrus) {
      const origin = this.#value(from + 2, to);
      this.#declare(this.#source.word(from), origin);
      return origin;
    }
    const parts = readParts(this.#source, from, to, (at) => this.#after(at));
    switch (parts.kind) {
      case "one": return this.#primary(from, to);
      case "loop": return this.#comprehension(from, parts.at, to);
      case "choice": {
        this.#value(parts.condition + 1, parts.otherwise);
        const first = this.#value(from, parts.condition);
        const second = this.#value(parts.otherwise + 1, to);
        return first ?? second;
      }
      case "any": return this.#each(parts, from, to);
      case "made": this.#each(parts, from, to); return undefined;
      case "compared": this.#each(parts, from, to); this.#compare(parts, from, to); return undefined;
    }
  }

  /** The first of the pieces that holds something. */
  #each(parts: Extract<Parts, { readonly cuts: readonly number[] }>, from: number, to: number): Origin | undefined {
    let found: Origin | undefined;
    let start = from;
    for (const cut of [...parts.cuts, to]) {
      const origin = this.#value(start, cut);
      found ??= origin;
      start = cut + 1;
    }
    return found;
  }

  /** Compared with a text it is one of those that are known; asked for a key, its form is. */
  #compare(parts: Extract<Parts, { readonly cuts: readonly number[] }>, from: number, to: number): void {
    const cut = parts.cuts[0] ?? from;
    const isText = (at: number, end: number) => this.#source.kind(at) === token.string && at + 1 === end;
    if (isText(cut + 1, to)) this.#close(from); else if (isText(from, cut)) this.#close(cut + 1);
  }

  #close(at: number): void {
    if (this.#source.kind(at) === token.name) this.#open.delete(this.#source.word(at));
  }

  #colonOf(from: number, to: number): number {
    for (let at = from; at < to; at = this.#after(at)) if (this.#source.kind(at) === sign.colon) return at;
    return to;
  }

  /** `f(x) for x in value if …`: the variable holds what the value does. */
  #comprehension(from: number, loop: number, to: number): Origin | undefined {
    const within = this.#find(loop + 1, to, "in");
    const condition = this.#find(within + 1, to, "if");
    this.#declareAll(loop + 1, within, this.#value(within + 1, Math.min(condition, this.#find(within + 1, to, "for"))));
    this.#value(condition + 1, to);
    return this.#value(from, keywordOf(this.#source.kind(loop - 1)) === "async" ? loop - 1 : loop);
  }

  /** An atom with what follows it: members, subscripts, calls. */
  #primary(from: number, to: number): Origin | undefined {
    const source = this.#source;
    const first = source.kind(from);
    if (first !== token.name) {
      const close = this.#partner[from] ?? -1;
      if (close <= from || first === token.fieldOpen) return undefined;
      return this.#trailers({ from, at: close + 1, to, path: "()" }, this.#value(from + 1, close));
    }
    const path = source.word(from);
    const origin = this.#open.get(path) ?? this.#named(path, from, from);
    return this.#trailers({ from, at: from + 1, to, path }, origin);
  }

  #trailers(start: { readonly from: number; readonly at: number; readonly to: number; readonly path: string }, before: Origin | undefined): Origin | undefined {
    const source = this.#source;
    let { at, path } = start;
    let origin = before;
    while (at < start.to) {
      const kind = source.kind(at);
      const close = this.#partner[at] ?? -1;
      if (kind === sign.dot) {
        path += `.${source.word(at + 1)}`;
        at += 2;
        // A method takes its turn when it is called.
        if (source.kind(at) !== sign.open) origin ??= this.#named(path, start.from, at - 1);
      } else if (kind === 0x5b && close > at) {
        this.#value(at + 1, close);
        at = close + 1;
      } else if (kind === sign.open && close > at) {
        origin = this.#call({ from: start.from, open: at, close, path }, origin);
        at = close + 1;
      } else return origin;
    }
    return origin;
  }

  #named(path: string, from: number, last: number): Origin | undefined {
    const source = sourceOfValue(this.#full(path));
    return source === undefined ? undefined : this.#origin(source, from, last);
  }

  #full(path: string): string {
    const binding = this.#outline.bindings.get(path.split(".", 1)[0] ?? path);
    return binding === undefined ? path : canonical(path, binding);
  }

  #call(call: { readonly from: number; readonly open: number; readonly close: number; readonly path: string }, receiver: Origin | undefined): Origin | undefined {
    const { from, open, close, path } = call;
    const full = this.#full(path);
    const args = this.#arguments(open, close);
    const found = sourceOfCall(full, args.length);
    if (found !== undefined) { for (const one of args) this.#value(one.from, one.to); return this.#origin(found, from, close); }
    const isParser = this.#isParser(path) || this.#isParser(full) || typeName.test(path);
    const isAsking = asking.test(path);
    let passed: Origin | undefined;
    for (const one of args) {
      const origin = this.#value(one.from, one.to);
      if (isAsking) this.#close(one.from);
      // What a child process inherits is not read by us.
      if (origin === undefined || isParser || isAsking || harmless.test(full) || one.keyword === "env") continue;
      passed ??= origin;
      const root = path.split(".", 1)[0] ?? path;
      if (storing.test(path)) { if (this.#isKept(root)) this.#add(origin, "stored", path.slice(0, path.lastIndexOf(".")), close + 1); }
      else if (this.#outline.bindings.has(root) && !passingCalls.test(full)) this.#add(origin, "passed", path, close + 1);
    }
    if (isParser) return undefined;
    const method = path.slice(path.lastIndexOf(".") + 1);
    if (receiver !== undefined) return path.includes(".") && passingMethods.has(method) ? receiver : undefined;
    return passingCalls.test(full) ? passed : undefined;
  }

  #arguments(open: number, close: number): readonly { readonly from: number; readonly to: number; readonly keyword: string | undefined }[] {
    const found: { readonly from: number; readonly to: number; readonly keyword: string | undefined }[] = [];
    let start = open + 1;
    for (let at = open + 1; at <= close; at = this.#after(at)) {
      if (at < close && this.#source.kind(at) !== sign.comma) continue;
      const isNamed = this.#source.kind(start) === token.name && this.#source.kind(start + 1) === sign.equals;
      if (at > start) found.push({ from: isNamed ? start + 2 : start, to: at, keyword: isNamed ? this.#source.word(start) : undefined });
      start = at + 1;
    }
    return found;
  }

  #leave(origin: Origin | undefined, end: number): void {
    if (origin !== undefined && this.#frames.length > 0) this.#add(origin, "returned", "", end);
  }

  #add(origin: Origin, way: FlowFact["way"], to: string, end: number): void {
    if (this.#flows.some((one) => one.line === origin.line && one.column === origin.column)) return; // one value, one finding
    this.#flows.push({ ...origin, way, to, inFunction: this.#frames.at(-1)?.span.name ?? "", endLine: Math.max(origin.line, this.#source.endLine(end - 1)) });
  }

  #origin(source: FlowFact["source"], from: number, last: number): Origin {
    const text = this.#source.text.slice(this.#source.start(from), Math.min(this.#source.end(last), this.#source.start(from) + 4 * textCharsMax)).replaceAll(/\s+/g, " ");
    return { source, text: Buffer.from(text.slice(0, textCharsMax)).toString(), ...this.#source.place(from) };
  }
}

/** For each bracket the index of the one that belongs to it, in both directions; -1 for everything else. */
function partnersOf(source: PythonSource): Int32Array {
  const partners = new Int32Array(source.tokens.count).fill(-1);
  const open: number[] = [];
  for (let at = 0; at < source.tokens.count; at++) {
    const kind = source.kind(at);
    if (kind === 0x28 || kind === 0x5b || kind === 0x7b || kind === token.fieldOpen) open.push(at);
    else if (kind === 0x29 || kind === 0x5d || kind === 0x7d || kind === token.fieldClose) {
      const begin = open.pop();
      if (begin !== undefined) { partners[begin] = at; partners[at] = begin; }
    }
  }
  return partners;
}
