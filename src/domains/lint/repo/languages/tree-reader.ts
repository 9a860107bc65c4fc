// From a syntax tree to facts, for languages whose facts a table of node kinds describes: one search over the tree, each node handed to the grammar.
import { messageOf } from "../../../../base/errors.ts";
import type { FactsRequest } from "../../types/facts-request.ts";
import type {
  CallFact,
  CommentFact,
  DeclarationFact,
  DeclarationKind,
  ExportFact,
  FileFacts,
  FunctionFact,
  GlobalUse,
  ImportFact,
  ParseProblem,
  StringFact,
  TypeUseFact,
} from "../../types/facts.ts";
import type { FactsReader } from "../adapter.ts";
import { countLines } from "../line-index.ts";
import { type AstGrep, loadAstGrep, type SyntaxNode, type TreeLanguage } from "./ast-grep.ts";

/** As for TypeScript: longer statements are not quoted, shorter functions are no facts, further problems say nothing new, rules look at the first arguments and at words, not at data. */
const statementCharsMax = 400;
const functionLinesMin = 10;
const problemsMax = 3;
const literalsMax = 4;
const literalCharsMax = 300;
const commentCharsMax = 2_000;
const stringCharsMax = 500;

const searchedCharsMax = 300_000;
const longLine = /[^\n]{5000}/;

/** What a language says about its tree. */
export interface Grammar {
  readonly language: Exclude<TreeLanguage, "python">;
  /** Kinds of nodes by what they are needed for; `functions` also for the names around calls. */
  readonly kinds: Readonly<Record<"always" | "functions" | "declarations" | "calls" | "globals" | "typeUses" | "comments" | "strings", readonly string[]>>;
  /** Kinds that may be empty without being missing. */
  readonly emptyKinds: readonly string[];
  begin(): GrammarPass;
}

/** One file's walk: called for each wanted node in the order of the text. */
export interface GrammarPass {
  visit(node: SyntaxNode, kind: string, facts: TreeFacts): void;
  /** After the last node. */
  finish?(facts: TreeFacts): void;
}

export async function loadTreeReader(grammar: Grammar, request: FactsRequest): Promise<FactsReader> {
  const astGrep = await loadAstGrep();
  const wanted = [...wantedKinds(grammar, request).map((kind) => ({ kind })), { kind: "ERROR" }];
  const missing = { regex: "^$", not: { any: grammar.emptyKinds.map((kind) => ({ kind })) } };
  const rules = { whole: { rule: { any: [...wanted, missing] } }, generated: { rule: { any: wanted } } };
  return { read: (file, text) => readTree({ astGrep, grammar, request, rule: isGenerated(text) ? rules.generated : rules.whole, file, text }) };
}

/** The search for what is missing copies each node's text: minutes where a tree is thousands of levels deep, which only programs write. */
function isGenerated(text: string): boolean {
  return text.length > searchedCharsMax || longLine.test(text);
}

function wantedKinds(grammar: Grammar, request: FactsRequest): readonly string[] {
  const { kinds } = grammar;
  const isCalls = request.calls.length + request.localCalls.length > 0;
  return [...new Set([
    ...kinds.always,
    ...(request.functions || isCalls || request.typeUses ? kinds.functions : []),
    ...(request.declarations || request.typeUses ? kinds.declarations : []),
    ...(isCalls ? kinds.calls : []),
    ...(request.globals.length > 0 ? kinds.globals : []),
    ...(request.typeUses ? kinds.typeUses : []),
    ...(request.comments ? kinds.comments : []),
    ...(request.strings ? kinds.strings : []),
  ])];
}

interface ReadInput { readonly astGrep: AstGrep; readonly grammar: Grammar; readonly request: FactsRequest; readonly rule: object; readonly file: string; readonly text: string }

function readTree({ astGrep, grammar, request, rule, file, text }: ReadInput): FileFacts {
  const empty: FileFacts = {
    file,
    language: grammar.language,
    lines: countLines(text),
    imports: [],
    exports: [],
    functions: [],
    globals: [],
    declarations: [],
    typeUses: [],
    calls: [],
    comments: [],
    strings: [],
    problems: [],
  };
  try {
    const facts = new TreeFacts(text, request);
    const pass = grammar.begin();
    // The package's types know only the kinds of its built-in languages.
    for (const node of astGrep.parse(grammar.language, text).findAll(rule as Parameters<SyntaxNode["findAll"]>[0])) {
      const kind = String(node.kind());
      if (kind === "ERROR" || node.text() === "") facts.addProblem(node, kind); else pass.visit(node, kind, facts);
    }
    pass.finish?.(facts);
    return { ...empty, ...facts.collect() };
  } catch (error) {
    return { ...empty, problems: [{ message: `the parser gave up: ${messageOf(error)}`, severity: "error", line: 1, column: 1 }] };
  }
}

interface Span { readonly name: string; readonly isFunction: boolean; readonly start: number; readonly end: number }

/** Where a grammar puts what it finds; keeps what the request asks for. */
export class TreeFacts {
  readonly text: string;
  readonly request: FactsRequest;
  readonly #imports: ImportFact[] = [];
  readonly #exports = new Map<string, ExportFact>();
  readonly #functions: FunctionFact[] = [];
  readonly #globals: GlobalUse[] = [];
  readonly #declarations: DeclarationFact[] = [];
  readonly #typeUses: TypeUseFact[] = [];
  readonly #calls: CallFact[] = [];
  readonly #comments: CommentFact[] = [];
  readonly #strings: StringFact[] = [];
  readonly #problems: ParseProblem[] = [];
  readonly #spans: Span[] = [];

  constructor(text: string, request: FactsRequest) {
    this.text = text;
    this.request = request;
  }

  collect(): Partial<FileFacts> {
    const { request } = this;
    return {
      imports: this.#imports.sort((left, right) => left.line - right.line || left.column - right.column), exports: [...this.#exports.values()],
      ...(request.functions ? { functions: this.#functions } : {}), ...(request.declarations ? { declarations: this.#declarations } : {}),
      globals: this.#globals, typeUses: this.#typeUses, calls: this.#calls, comments: this.#comments, strings: this.#strings, problems: this.#problems,
    };
  }

  addProblem(node: SyntaxNode, kind: string): void {
    if (this.#problems.length >= problemsMax) return;
    const { start } = node.range();
    this.#problems.push({
      message: kind === "ERROR" ? "the text cannot be parsed from here on" : `something is missing here: ${kind}`,
      severity: "error",
      line: start.line + 1,
      column: start.column + 1,
    });
  }

  addImport(node: SyntaxNode, fact: Pick<ImportFact, "kind" | "isType" | "specifier" | "names"> & { readonly quoted: SyntaxNode | undefined; readonly isTest?: true }): void {
    const { start, end } = node.range();
    const { quoted, ...rest } = fact;
    const statement = quoted?.text();
    this.#imports.push({
      ...rest,
      line: start.line + 1,
      column: start.column + 1,
      endLine: end.line + 1,
      statement: statement === undefined || statement.length > statementCharsMax ? undefined : statement,
    });
  }

  pushImport(fact: ImportFact): void {
    this.#imports.push(fact);
  }

  addExport(name: string): void {
    if (!this.#exports.has(name)) this.#exports.set(name, { name, from: undefined });
  }

  reexport(fact: ExportFact): void {
    const key = fact.name === "*" ? `* ${fact.from?.specifier ?? ""}` : fact.name;
    if (!this.#exports.has(key)) this.#exports.set(key, fact);
  }

  addFunction(node: SyntaxNode, name: string): void {
    const { start, end } = node.range();
    this.#spans.push({ name, isFunction: true, start: start.index, end: end.index });
    const lines = end.line - start.line + 1;
    if (lines >= functionLinesMin) this.#functions.push({ name, line: start.line + 1, column: start.column + 1, endLine: end.line + 1, lines });
  }

  addDeclaration(node: SyntaxNode, one: { readonly kind: DeclarationKind; readonly name: string; readonly container?: string | undefined; readonly isExported: boolean }): void {
    const { start, end } = node.range();
    const { container, ...rest } = one;
    this.#spans.push({ name: one.name, isFunction: false, start: start.index, end: end.index });
    this.#declarations.push({ ...rest, ...(container === undefined ? {} : { container }), line: start.line + 1, column: start.column + 1, endLine: end.line + 1 });
  }

  addTypeUse(node: SyntaxNode, name: string): void {
    const { start } = node.range();
    this.#typeUses.push({ name, inDeclaration: this.#around(start.index, false), line: start.line + 1, column: start.column + 1 });
  }

  addGlobal(node: SyntaxNode, name: string): void {
    const { start, end } = node.range();
    this.#globals.push({ name, line: start.line + 1, column: start.column + 1, endLine: end.line + 1 });
  }

  /** `full` is the name as it would be without an alias; kept where the request asks for any of its forms. */
  addCall(
    node: SyntaxNode,
    call: {
      readonly callee: string;
      readonly full: string;
      readonly origin: CallFact["origin"];
      readonly isLocal: boolean;
      readonly arguments: SyntaxNode | null;
      readonly written?: Pick<CallFact, "literals" | "keys">;
      literalOf(node: SyntaxNode): string | undefined;
    },
  ): void {
    const { callee, full, origin, isLocal } = call;
    const { calls, localCalls } = this.request;
    const parts = callee.replace(/^new /, "").split(".");
    const isLocalWanted = parts.some((part) => localCalls.includes(part));
    const forms = [callee, full, parts[0] ?? "", parts.at(-1) ?? "", origin?.imported ?? "", ...(parts.at(-1) === "new" ? [parts.at(-2) ?? ""] : [])];
    if (!isLocalWanted && (isLocal || !(calls.includes("*") || forms.some((form) => calls.includes(form))))) return;
    const { start, end } = node.range();
    const literals = call.written?.literals ?? (call.arguments?.namedChildren() ?? []).slice(0, literalsMax).map((one) => call.literalOf(one)?.slice(0, literalCharsMax));
    this.#calls.push({
      callee,
      ...(origin === undefined ? {} : { origin }),
      ...(isLocal ? { isLocal: true as const } : {}),
      literals,
      keys: call.written?.keys ?? [],
      inFunction: this.#around(start.index, true),
      line: start.line + 1,
      column: start.column + 1,
      endLine: end.line + 1,
    });
  }

  addComment(node: SyntaxNode): void {
    const { start, end } = node.range();
    this.#comments.push({
      text: node
        .text()
        .replace(/^(\/\/[/!]?|\/\*+)/, "")
        .replace(/\*+\/$/, "")
        .trim()
        .slice(0, commentCharsMax),
      line: start.line + 1,
      endLine: end.line + 1,
    });
  }

  addString(node: SyntaxNode, text: string): void {
    const { start } = node.range();
    this.#strings.push({ text: text.slice(0, stringCharsMax), line: start.line + 1, column: start.column + 1 });
  }

  /** The innermost function (or any declaration) around an offset, among those seen so far; empty where none is. */
  #around(offset: number, isFunction: boolean): string {
    return this.#spans.findLast((span) => (span.isFunction || !isFunction) && span.start <= offset && offset < span.end)?.name ?? "";
  }
}

/** The text of a string literal without its quotes; escapes stay as they are written. */
export function unquote(text: string): string {
  return text.replace(/^[a-z]*#*(?:"""|["'`])/, "").replace(/(?:"""|["'`])#*$/, "");
}

/** What is around a node, for walks in the order of the text. Asking the tree for parents costs a way from the root each time: minutes in a file that nests deeply. */
export class Around {
  readonly #open: { readonly name: string; readonly end: number }[] = [];

  enter(node: SyntaxNode, name: string): void {
    const { start, end } = node.range();
    this.at(start.index);
    this.#open.push({ name, end: end.index });
  }

  /** The innermost that is open at an offset; offsets only rise. */
  at(offset: number): string | undefined {
    for (let top = this.#open.at(-1); top !== undefined && top.end <= offset; top = this.#open.at(-1)) this.#open.pop();
    return this.#open.at(-1)?.name;
  }
}

/** The child in a field, or undefined. */
export function fieldOf(node: SyntaxNode, name: string): SyntaxNode | undefined {
  return node.field(name) ?? undefined;
}
