// One walk over the statements of a Python file: imports, what the module binds, its classes and functions.
import type { DeclarationFact, ExportFact, FunctionFact, ImportedName, ImportFact } from "../../../types/facts.ts";
import { type PythonSource, sign } from "./source.ts";
import { keywordKind, keywordOf, token } from "./tokens.ts";

/** Functions below this many lines are no facts: no limit is that small, and most functions are. */
const functionLinesMin = 10;

interface Block { readonly kind: "class" | "function" | "types"; readonly name: string; readonly indent: number; readonly at: number; readonly declaration: number | undefined }

/** A class or function with the offsets that it spans. */
export interface Span { readonly kind: "class" | "function"; readonly name: string; readonly start: number; readonly end: number }

/** What a name of the module is bound to by an import. */
export interface Binding { readonly specifier: string; readonly imported: string }

export interface Outline {
  readonly imports: ImportFact[];
  readonly exports: ExportFact[];
  readonly functions: FunctionFact[];
  readonly declarations: DeclarationFact[];
  /** In the order of their beginnings. */
  readonly spans: Span[];
  readonly bindings: ReadonlyMap<string, Binding>;
}

const importKind = keywordKind("import");
const asKind = keywordKind("as");

export function readOutline(source: PythonSource, file: string): Outline {
  return new OutlineWalk(source, /(^|\/)__init__\.pyi?$/.test(file)).run();
}

class OutlineWalk {
  readonly #source: PythonSource;
  readonly #isPackage: boolean;
  readonly #imports: ImportFact[] = [];
  readonly #exports = new Map<string, ExportFact>();
  readonly #functions: FunctionFact[] = [];
  readonly #declarations: (DeclarationFact & { readonly endLine: number })[] = [];
  readonly #spans: (Span & { readonly start: number })[] = [];
  readonly #bindings = new Map<string, Binding>();
  readonly #blocks: Block[] = [];

  constructor(source: PythonSource, isPackage: boolean) {
    this.#source = source;
    this.#isPackage = isPackage;
  }

  run(): Outline {
    const { statements } = this.#source;
    for (let index = 0; index < statements.count; index++) {
      const at = statements.starts[index] ?? 0;
      const indent = statements.indents[index] ?? 0;
      if (this.#source.kind(at - 1) === token.line) this.#closeTo(indent, at - 2);
      this.#read(at, indent);
    }
    this.#closeTo(0, this.#source.tokens.count - 2);
    this.#readLateImports();
    return {
      imports: this.#imports.sort((left, right) => left.line - right.line || left.column - right.column),
      exports: [...this.#exports.values()],
      functions: this.#functions.sort((left, right) => left.line - right.line),
      declarations: this.#declarations, spans: this.#spans.sort((left, right) => left.start - right.start), bindings: this.#bindings,
    };
  }

  /** Ends the blocks that a line of this indentation is not inside of. */
  #closeTo(indent: number, last: number): void {
    for (let block = this.#blocks.at(-1); block !== undefined && block.indent >= indent; block = this.#blocks.at(-1)) {
      this.#blocks.pop();
      if (block.kind === "types") continue;
      const place = this.#source.place(block.at);
      const endLine = this.#source.endLine(last);
      this.#spans.push({ kind: block.kind, name: block.name, start: this.#source.start(block.at), end: this.#source.end(last) });
      const declared = block.declaration === undefined ? undefined : this.#declarations[block.declaration];
      if (declared !== undefined && block.declaration !== undefined) this.#declarations[block.declaration] = { ...declared, endLine };
      const lines = endLine - place.line + 1;
      if (block.kind === "function" && lines >= functionLinesMin) this.#functions.push({ name: block.name, ...place, endLine, lines });
    }
  }

  #read(at: number, indent: number): void {
    const source = this.#source;
    const kind = source.kind(at);
    if (kind === token.name) { this.#readBinding(at); return; }
    switch (keywordOf(kind)) {
      case "import": this.#readImport(at); return;
      case "from": this.#readFrom(at); return;
      case "async": if (source.kind(at + 1) === keywordKind("def")) this.#open("function", at, at + 2, indent); return;
      case "def": if (keywordOf(source.kind(at - 1)) !== "async") this.#open("function", at, at + 1, indent); return;
      case "class": this.#open("class", at, at + 1, indent); return;
      case "if": if (this.#isTypeChecking(at + 1)) this.#blocks.push({ kind: "types", name: "", indent, at, declaration: undefined }); return;
      default:
    }
  }

  #isTypeChecking(at: number): boolean {
    const { name, next } = this.#source.dotted(at);
    return (name === "TYPE_CHECKING" || name.endsWith(".TYPE_CHECKING")) && this.#source.kind(next) === sign.colon;
  }

  #open(kind: "class" | "function", at: number, nameAt: number, indent: number): void {
    if (this.#source.kind(nameAt) !== token.name) return;
    const name = this.#source.word(nameAt);
    const around = this.#around();
    let declaration: number | undefined;
    if (around?.kind !== "function") {
      declaration = this.#declarations.length;
      this.#declare({ kind: kind === "class" ? "class" : around === undefined ? "function" : "method", name, at, around });
    }
    this.#blocks.push({ kind, name, indent, at, declaration });
  }

  #declare(one: { readonly kind: DeclarationFact["kind"]; readonly name: string; readonly at: number; readonly around: Block | undefined }): void {
    const { kind, name, at, around } = one;
    const place = this.#source.place(at);
    this.#declarations.push({ kind, name, ...(around === undefined ? {} : { container: around.name }), isExported: !name.startsWith("_"), ...place, endLine: place.line });
    if (around === undefined && !this.#exports.has(name)) this.#exports.set(name, { name, from: undefined });
  }

  /** The class or function around, if any. */
  #around(): Block | undefined {
    return this.#blocks.findLast((block) => block.kind !== "types");
  }

  /** `name = …`, `name: T = …` and `type Name = …` at the top of the module or of a class. */
  #readBinding(at: number): void {
    const source = this.#source;
    const around = this.#around();
    if (around?.kind === "function") return;
    const next = source.kind(at + 1);
    if (next === token.name && source.word(at) === "type") { this.#declare({ kind: "type", name: source.word(at + 1), at, around }); return; }
    if (next !== sign.equals && next !== sign.colon) return;
    const name = source.word(at);
    this.#declare({ kind: around !== undefined ? "field" : /^_*[A-Z][A-Z0-9_]*$/.test(name) ? "constant" : "variable", name, at, around });
  }

  #readImport(at: number): void {
    const source = this.#source;
    const last = source.lastOfStatement(at);
    for (let next = at + 1; source.kind(next) === token.name; next++) {
      const start = next;
      const dotted = source.dotted(next);
      next = dotted.next;
      const isRenamed = source.kind(next) === asKind;
      const local = isRenamed ? source.word(next + 1) : dotted.name.split(".")[0] ?? dotted.name;
      if (isRenamed) next += 2;
      this.#bind(local, { specifier: isRenamed ? dotted.name : local, imported: "*" });
      this.#add({ at: start === at + 1 ? at : start, first: at, last, specifier: dotted.name, names: ["*"] });
      if (source.kind(next) !== sign.comma) return;
    }
  }

  #readFrom(at: number): void {
    const source = this.#source;
    const last = source.lastOfStatement(at);
    let next = at + 1;
    let specifier = "";
    for (; source.kind(next) === sign.dot || source.kind(next) === token.ellipsis; next++) specifier += source.word(next);
    if (source.kind(next) === token.name) {
      const dotted = source.dotted(next);
      specifier += dotted.name;
      next = dotted.next;
    }
    if (source.kind(next) !== importKind || specifier === "") return;
    next++;
    if (source.kind(next) === sign.open) next++;
    const names: string[] = [];
    if (source.kind(next) === sign.star) { names.push("*"); this.#export({ name: "*", from: { specifier, imported: "*" } }); }
    for (; source.kind(next) === token.name; next++) {
      const imported = source.word(next++);
      let local = imported;
      if (source.kind(next) === asKind) { local = source.word(next + 1); next += 2; }
      names.push(imported);
      this.#bind(local, { specifier, imported });
      this.#export({ name: local, from: { specifier, imported } });
      if (source.kind(next) !== sign.comma) break;
    }
    this.#add({ at, first: at, last, specifier, names });
  }

  #bind(local: string, binding: Binding): void {
    if (!this.#bindings.has(local)) this.#bindings.set(local, binding);
  }

  #export(fact: ExportFact): void {
    if (this.#around() !== undefined) return;
    const key = fact.name === "*" ? `* ${fact.from?.specifier ?? ""}` : fact.name;
    if (!this.#exports.has(key)) this.#exports.set(key, fact);
  }

  #add(one: { readonly at: number; readonly first: number; readonly last: number; readonly specifier: string; readonly names: readonly string[] }): void {
    const isType = this.#blocks.some((block) => block.kind === "types");
    // An import in a function runs when the function does: later loading, as `await import()` is elsewhere.
    const isLate = this.#blocks.some((block) => block.kind === "function");
    this.#imports.push({
      kind: isType ? "type" : isLate ? "dynamic" : "value", isType, specifier: one.specifier, names: one.names.map((imported): ImportedName => ({ imported, isType })),
      ...this.#source.place(one.at), endLine: this.#source.endLine(one.last), statement: this.#source.quote(one.first, one.last),
    });
  }

  /** `importlib.import_module("x")` and `__import__("x")`. */
  #readLateImports(): void {
    const source = this.#source;
    if (!source.text.includes("import_module") && !source.text.includes("__import__")) return;
    const alias = /\bimport_module\s+as\s+(\w+)/.exec(source.text)?.[1];
    for (let at = 0; at < source.tokens.count; at++) {
      if (source.kind(at) !== token.name || source.kind(at + 1) !== sign.open) continue;
      const word = source.word(at);
      if ((word !== "import_module" && word !== "__import__" && word !== alias) || keywordOf(source.kind(at - 1)) === "def") continue;
      let first = at;
      while (source.kind(first - 1) === sign.dot && source.kind(first - 2) === token.name) first -= 2;
      const afterName = source.kind(at + 3);
      const literal = afterName === sign.comma || afterName === sign.close ? source.literal(at + 2) : undefined;
      this.#imports.push({
        kind: "dynamic", isType: false, specifier: literal === undefined ? undefined : this.#absolute(literal, at + 3), names: [{ imported: "*", isType: false }],
        ...source.place(first), endLine: source.endLine(at + 1), statement: undefined,
      });
    }
  }

  /** `import_module(".x", package="a.b")` with both literal; a relative name whose package is computed stays relative to the file's. */
  #absolute(literal: string, comma: number): string {
    const source = this.#source;
    if (!literal.startsWith(".") || source.kind(comma) !== sign.comma) return literal;
    const at = source.kind(comma + 2) === sign.equals ? comma + 3 : comma + 1;
    const parent = source.literal(at);
    if (parent === undefined) return source.word(at) === "__name__" && !this.#isPackage ? `.${literal}` : literal;
    const dots = /^\.+/.exec(literal)?.[0].length ?? 1;
    const parts = parent.split(".");
    return [...parts.slice(0, Math.max(0, parts.length - dots + 1)), literal.slice(dots)].filter((part) => part !== "").join(".");
  }
}
