// Calls, uses of globals, `Any`, comments and strings of one Python file: only what is asked for.
import type { FactsRequest } from "../../../types/facts-request.ts";
import type { CallFact, FileFacts, GlobalUse, StringFact, TypeUseFact } from "../../../types/facts.ts";
import type { Outline, Span } from "./outline.ts";
import { type PythonSource, sign } from "./source.ts";
import { keywordKind, keywordOf, token } from "./tokens.ts";

/** As for TypeScript: rules look at the first arguments, a longer text is data, a licence is cut. */
const literalsMax = 4;
const literalCharsMax = 300;
const keysMax = 40;
const commentCharsMax = 2_000;
const stringCharsMax = 500;

/** Functions and classes that every module knows without an import (Python reference, "Built-in Functions"). */
const builtins = new Set(
  "abs aiter all anext any ascii bin bool breakpoint bytearray bytes callable chr classmethod compile complex copyright credits delattr dict dir divmod enumerate eval exec exit filter float format frozenset getattr globals hasattr hash help hex id input int isinstance issubclass iter len license list locals map max memoryview min next object oct open ord pow print property quit range repr reversed round set setattr slice sorted staticmethod str sum super tuple type vars zip __import__".split(
    " ",
  ),
);

export function readUses(source: PythonSource, outline: Outline, request: FactsRequest): Partial<FileFacts> {
  const { text } = source;
  const isCallWanted = [...request.calls, ...request.localCalls].some((name) => name === "*" || text.includes(name.slice(name.lastIndexOf(".") + 1)));
  const isGlobalWanted = request.globals.some((name) => text.includes(name));
  const isTypeWanted = request.typeUses && text.includes("Any");
  return {
    ...(isCallWanted ? { calls: readCalls(source, outline, request) } : {}),
    ...(isGlobalWanted ? { globals: readGlobals(source, outline, new Set(request.globals)) } : {}),
    ...(isTypeWanted ? { typeUses: readTypeUses(source, outline) } : {}),
    ...(request.comments ? { comments: readComments(source) } : {}),
    ...(request.strings ? { strings: readStrings(source) } : {}),
  };
}

/** Index of each token that begins a name and stands in no import statement. */
function* names(source: PythonSource): Generator<number> {
  const { starts, count } = source.statements;
  for (let index = 0; index < count; index++) {
    const first = starts[index] ?? 0;
    const end = index + 1 < count ? starts[index + 1] ?? 0 : source.tokens.count;
    const kind = source.kind(first);
    if (kind === keywordKind("import") || kind === keywordKind("from")) continue;
    for (let at = first; at < end; at++) if (source.kind(at) === token.name && source.kind(at - 1) !== sign.dot) yield at;
  }
}

function isDefinition(source: PythonSource, at: number): boolean {
  const before = keywordOf(source.kind(at - 1));
  return before === "def" || before === "class";
}

function readCalls(source: PythonSource, outline: Outline, request: FactsRequest): CallFact[] {
  const set = new Set(request.calls);
  const locals = new Set(request.localCalls);
  const isAll = set.has("*");
  const functionAround = lookAround(outline.spans.filter((span) => span.kind === "function"));
  const calls: CallFact[] = [];
  for (const at of names(source)) {
    if (isDefinition(source, at)) continue;
    const { name: callee, next } = source.dotted(at);
    if (source.kind(next) !== sign.open) continue;
    const root = source.word(at);
    const origin = outline.bindings.get(root);
    const isLocal = origin === undefined && !builtins.has(root);
    const isLocalWanted = locals.size > 0 && callee.split(".").some((part) => locals.has(part));
    if (isLocal && !isLocalWanted) continue;
    const full = origin === undefined ? callee : canonical(callee, origin);
    const isWanted =
      isAll ||
      isLocalWanted ||
      set.has(callee) ||
      set.has(root) ||
      set.has(callee.slice(callee.lastIndexOf(".") + 1)) ||
      set.has(full) ||
      (origin !== undefined && set.has(origin.imported));
    if (!isWanted) continue;
    const found = readArguments(source, next);
    calls.push({
      callee,
      ...(origin === undefined ? {} : { origin }),
      ...(isLocal ? { isLocal: true as const } : {}),
      literals: found.literals,
      ...(found.opening === undefined ? {} : { opening: found.opening }),
      keys: found.keys,
      inFunction: functionAround(source.start(at)),
      ...source.place(at),
      endLine: source.endLine(found.end),
    });
  }
  return calls;
}

/** The dotted name as it would be with `import` alone: `run` of `from subprocess import run` is `subprocess.run`. */
export function canonical(written: string, origin: { readonly specifier: string; readonly imported: string }): string {
  const rest = written.includes(".") ? written.slice(written.indexOf(".")) : "";
  return `${origin.imported === "*" ? origin.specifier : `${origin.specifier}.${origin.imported}`}${rest}`;
}

function readArguments(
  source: PythonSource,
  open: number,
): { readonly literals: (string | undefined)[]; readonly opening: string | undefined; readonly keys: string[]; readonly end: number } {
  const literals: (string | undefined)[] = [];
  let opening: string | undefined;
  const keys: string[] = [];
  let depth = 0;
  let at = open;
  for (; at < source.tokens.count; at++) {
    const kind = source.kind(at);
    const isOpening = kind === 0x28 || kind === 0x5b || kind === 0x7b || kind === token.fieldOpen;
    const isBegin = depth === 1 && (source.kind(at - 1) === sign.comma || at === open + 1);
    if (isBegin && kind !== sign.close) {
      const after = source.kind(at + 1);
      if (kind === token.name && after === sign.equals) { if (keys.length < keysMax) keys.push(source.word(at)); }
      else if (literals.length < literalsMax) {
        if (literals.length === 0) opening = openingAt(source, at);
        literals.push(literalAt(source, at, literals.length === 0)?.slice(0, literalCharsMax));
      }
    }
    if (isOpening) depth++;
    else if ((kind === sign.close || kind === 0x5d || kind === 0x7d || kind === token.fieldClose) && --depth === 0) break;
  }
  return { literals, opening, keys, end: Math.min(at, source.tokens.count - 1) };
}

/** The one literal that an argument is. A list that stands first begins with what is called: `subprocess.run(["ffmpeg", …])`. */
function literalAt(source: PythonSource, at: number, isFirst: boolean): string | undefined {
  const isList = isFirst && (source.kind(at) === 0x5b || source.kind(at) === sign.open);
  const from = isList ? at + 1 : at;
  const after = source.kind(from + 1);
  return after === sign.comma || after === sign.close || (isList && after === 0x5d) ? source.literal(from) : undefined;
}

/** What a format string, or a string that something is added to, begins with. */
function openingAt(source: PythonSource, at: number): string | undefined {
  const from = source.kind(at) === 0x5b || source.kind(at) === sign.open ? at + 1 : at;
  const text =
    source.kind(from) === token.format
      ? /^[a-zA-Z]{0,3}(?:"""|'''|"|')([^{"'\\]*)/.exec(source.word(from))?.[1]
      : source.kind(from + 1) === 0x2b || source.kind(from + 1) === 0x25
        ? source.literal(from)
        : undefined;
  return text === undefined || text === "" ? undefined : text.slice(0, literalCharsMax);
}

function readGlobals(source: PythonSource, outline: Outline, watched: ReadonlySet<string>): GlobalUse[] {
  const own = new Set(outline.declarations.filter((one) => one.container === undefined).map((one) => one.name));
  const uses: GlobalUse[] = [];
  for (const at of names(source)) {
    const root = source.word(at);
    const origin = outline.bindings.get(root);
    if (origin === undefined ? !watched.has(root) || !builtins.has(root) || own.has(root) : !watched.has(origin.specifier.split(".")[0] ?? "")) continue;
    if (isDefinition(source, at)) continue;
    const { name, next } = source.dotted(at);
    // `f(print=1)` names a parameter.
    if (source.kind(next) === sign.equals && source.kind(at - 1) !== token.line) continue;
    uses.push({ name: origin === undefined ? name : canonical(name, origin), ...source.place(at), endLine: source.endLine(next - 1) });
  }
  return uses;
}

/** `Any` of typing, by whatever name it came in. */
function readTypeUses(source: PythonSource, outline: Outline): TypeUseFact[] {
  const around = lookAround(outline.spans);
  const uses: TypeUseFact[] = [];
  for (const at of names(source)) {
    const origin = outline.bindings.get(source.word(at));
    if (origin === undefined || !/^typing(_extensions)?$/.test(origin.specifier)) continue;
    const { name } = source.dotted(at);
    if (/^typing(_extensions)?\.Any$/.test(canonical(name, origin))) uses.push({ name: "Any", inDeclaration: around(source.start(at)), ...source.place(at) });
  }
  return uses;
}

function readComments(source: PythonSource): FileFacts["comments"] {
  const { comments } = source.tokens;
  const facts: { readonly text: string; readonly line: number; readonly endLine: number }[] = [];
  for (let at = 0; at < comments.length; at += 2) {
    const start = comments[at] ?? 0;
    const { line } = source.lines.place(start);
    facts.push({ text: Buffer.from(source.text.slice(start + 1, Math.min(comments[at + 1] ?? start, start + commentCharsMax)).trim()).toString(), line, endLine: line });
  }
  return facts;
}

/** String literals, and format strings as they are written. */
function readStrings(source: PythonSource): StringFact[] {
  const strings: StringFact[] = [];
  for (let at = 0; at < source.tokens.count; at++) {
    const kind = source.kind(at);
    if (kind !== token.string && kind !== token.format) continue;
    const text = source.literal(at) ?? source.word(at).replace(/^[a-zA-Z]{0,2}("""|'''|"|')/, "").replace(/("""|'''|"|')$/, "");
    strings.push({ text: Buffer.from(text.slice(0, stringCharsMax)).toString(), ...source.place(at) });
  }
  return strings;
}

/** Answers for rising offsets which of the spans is the innermost around; empty where none is. */
function lookAround(spans: readonly Span[]): (offset: number) => string {
  const open: Span[] = [];
  let next = 0;
  return (offset) => {
    for (let span = spans[next]; span !== undefined && span.start <= offset; span = spans[++next]) open.push(span);
    for (let top = open.at(-1); top !== undefined && top.end <= offset; top = open.at(-1)) open.pop();
    return open.at(-1)?.name ?? "";
  };
}
