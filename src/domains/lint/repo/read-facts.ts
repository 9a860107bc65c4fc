// Turns the text of one TypeScript or JavaScript file into facts with oxc. The only room that sees a syntax tree.
import type { CallExpression, Expression, Function as FunctionNode, ImportDeclaration, Node, VisitorObject } from "oxc-parser";
import type { ExportFact, FileFacts, FunctionFact, GlobalUse, ImportedName, ImportFact, ImportKind, Language, ParseProblem } from "../types/facts.ts";
import { defined } from "../../../base/assert.ts";
import { messageOf } from "../../../base/errors.ts";
import { readExports } from "./read-exports.ts";
import { readGlobals } from "./read-globals.ts";
import { countLines, LineIndex } from "./line-index.ts";

/** Statements above this length are not quoted in a fix: a message has to stay readable. */
const statementCharsMax = 400;
/** Functions below this many lines are no facts: no limit is that small, and most functions are. */
const functionLinesMin = 10;
/** More problems of one file say nothing new: the first one causes the others. */
const problemsMax = 3;

export interface FactsReader {
  /** Never throws for what a file contains: what cannot be parsed becomes a problem of its facts. */
  read(file: string, text: string): FileFacts;
}

/** Loads the parser. `watchedGlobals` are first names of globals (`Date`, `console`) whose uses become facts. */
export async function loadFactsReader(watchedGlobals: readonly string[]): Promise<FactsReader> {
  const oxc = await import("oxc-parser");
  // One visitor for all files: oxc keeps every visitor it ever compiled, and with it whatever that can reach.
  let current: Collected | undefined;
  const visitor = new oxc.Visitor(visitorOf(() => defined(current, "a visitor to run inside of read()")));
  const isRawPossible = oxc.rawTransferSupported();
  const readInto = (collected: Collected, text: string, file: string, isRaw: boolean): void => {
    // Raw transfer reads the tree out of shared memory instead of through JSON: twice as fast on a million lines. Not in the package's types.
    const options = { preserveParens: false, experimentalRawTransfer: isRaw, lang: parserLanguageOf(file), sourceType: /\.c[jt]s$/.test(file) ? "unambiguous" : "module" } as const;
    const result = oxc.parseSync(file, text, options);
    for (const error of result.errors.slice(0, problemsMax)) {
      collected.problems.push({ message: error.message, severity: "error", ...collected.lines.place(error.labels[0]?.start ?? 0) });
    }
    const { program } = result;
    current = collected;
    visitor.visit(program);
    collected.exports.push(...readExports(program));
    const watched = watchedGlobals.filter((name) => text.includes(name));
    if (watched.length > 0) collected.globals.push(...readGlobals(program, new Set(watched), collected.lines, oxc.visitorKeys));
    readReferenceComments(text, collected);
  };
  return {
    read(file, text) {
      let collected = new Collected(text);
      try {
        readInto(collected, text, file, isRawPossible);
      } catch {
        // Raw transfer wants 6 GiB of address space and a shallow tree; the slow way wants neither.
        collected = new Collected(text);
        try { readInto(collected, text, file, false); } catch (error) {
          // A tree too deep for the stack. One file must not end a check, and must not look clean.
          collected.problems.push({ message: `the parser gave up: ${messageOf(error)}`, severity: "error", line: 1, column: 1 });
        }
      } finally {
        current = undefined;
      }
      const { imports, exports, functions, globals, problems } = collected;
      return { file, language: languageOf(file), lines: countLines(text), imports, exports, functions, globals, declarations: [], typeUses: [], calls: [], comments: [], strings: [], problems };
    },
  };
}

export function languageOf(file: string): Language {
  return /\.[cm]?tsx?$/.test(file) ? "typescript" : "javascript";
}

function parserLanguageOf(file: string): "ts" | "tsx" | "dts" | "jsx" {
  if (/\.d\.[cm]?ts$/.test(file)) return "dts";
  if (/\.tsx$/.test(file)) return "tsx";
  return languageOf(file) === "typescript" ? "ts" : "jsx";
}

class Collected {
  readonly imports: ImportFact[] = [];
  readonly exports: ExportFact[] = [];
  readonly functions: FunctionFact[] = [];
  readonly globals: GlobalUse[] = [];
  readonly problems: ParseProblem[] = [];
  /** Names that a declaration or a property gives to the function that is its value. */
  readonly names = new Map<unknown, string>();
  readonly text: string;
  readonly lines: LineIndex;

  constructor(text: string) {
    this.text = text;
    this.lines = new LineIndex(text);
  }

  addImport(node: { readonly start: number; readonly end: number }, fact: { readonly kind: ImportKind; readonly isType?: boolean; readonly specifier: string | undefined; readonly names?: readonly ImportedName[]; readonly isStatement?: boolean }): void {
    const start = this.lines.place(node.start);
    const isQuotable = fact.isStatement === true && node.end - node.start <= statementCharsMax;
    this.imports.push({
      kind: fact.kind, isType: fact.isType ?? false, specifier: fact.specifier, names: fact.names ?? [],
      line: start.line, column: start.column, endLine: this.lines.place(Math.max(node.start, node.end - 1)).line,
      // A slice would keep the whole file's text alive; a copy through bytes does not.
      statement: isQuotable ? Buffer.from(this.text.slice(node.start, node.end)).toString() : undefined,
    });
  }

  addFunction(node: { readonly start: number; readonly end: number }, name: string | undefined): void {
    const start = this.lines.place(node.start);
    const endLine = this.lines.place(node.end - 1).line;
    const lines = endLine - start.line + 1;
    if (lines < functionLinesMin) return;
    this.functions.push({ name: name ?? this.names.get(node) ?? "(anonymous)", line: start.line, column: start.column, endLine, lines });
  }
}

function visitorOf(collected: () => Collected): VisitorObject {
  return {
    ImportDeclaration: (node) => addImportDeclaration(node, collected()),
    ExportNamedDeclaration(node) {
      if (node.source === null) return;
      const names = node.specifiers.map((one) => ({ imported: nameOf(one.local), isType: one.exportKind === "type" || node.exportKind === "type" }));
      collected().addImport(node, { kind: "reexport", isType: node.exportKind === "type" || (names.length > 0 && names.every((name) => name.isType)), specifier: node.source.value, names, isStatement: true });
    },
    ExportAllDeclaration(node) {
      collected().addImport(node, { kind: "reexport", isType: node.exportKind === "type", specifier: node.source.value, names: [{ imported: "*", isType: node.exportKind === "type" }], isStatement: true });
    },
    TSImportEqualsDeclaration(node) {
      if (node.moduleReference.type !== "TSExternalModuleReference") return;
      collected().addImport(node, { kind: "require", isType: node.importKind === "type", specifier: node.moduleReference.expression.value, isStatement: true });
    },
    TSImportType(node) {
      collected().addImport(node, { kind: "type", isType: true, specifier: node.source.value, names: node.qualifier === null ? [] : [{ imported: firstName(node.qualifier), isType: true }] });
    },
    ImportExpression: (node) => collected().addImport(node, { kind: "dynamic", specifier: literalText(node.source) }),
    CallExpression: (node) => addCall(node, collected()),
    NewExpression(node) {
      // `new URL("./worker.ts", import.meta.url)` is how a module names another file; only a source file becomes an edge.
      const [first, second] = node.arguments;
      if (node.callee.type !== "Identifier" || node.callee.name !== "URL" || first === undefined || second === undefined) return;
      if (second.type !== "MemberExpression" || second.object.type !== "MetaProperty") return;
      const specifier = first.type === "SpreadElement" ? undefined : literalText(first);
      if (specifier !== undefined && /^\.{1,2}\/.*\.[cm]?[jt]sx?$/.test(specifier)) collected().addImport(node, { kind: "dynamic", specifier });
    },
    VariableDeclarator(node) { if (node.id.type === "Identifier") collected().names.set(node.init, node.id.name); },
    Property(node) { if (node.key.type === "Identifier") collected().names.set(node.value, node.key.name); },
    MethodDefinition(node) { if (node.key.type === "Identifier" || node.key.type === "PrivateIdentifier") collected().names.set(node.value, node.key.name); },
    PropertyDefinition(node) { if (node.key.type === "Identifier" || node.key.type === "PrivateIdentifier") collected().names.set(node.value, node.key.name); },
    AssignmentExpression(node) { if (node.left.type === "Identifier") collected().names.set(node.right, node.left.name); },
    FunctionDeclaration: (node) => addFunctionNode(node, collected()),
    FunctionExpression: (node) => addFunctionNode(node, collected()),
    ArrowFunctionExpression: (node) => collected().addFunction(node, undefined),
  };
}

function addFunctionNode(node: FunctionNode, collected: Collected): void {
  collected.addFunction(node, node.id?.name);
}

function addImportDeclaration(node: ImportDeclaration, collected: Collected): void {
  const names = node.specifiers.map((one): ImportedName => {
    if (one.type === "ImportSpecifier") return { imported: nameOf(one.imported), isType: one.importKind === "type" || node.importKind === "type" };
    return { imported: one.type === "ImportDefaultSpecifier" ? "default" : "*", isType: node.importKind === "type" };
  });
  const isType = node.importKind === "type" || (names.length > 0 && names.every((name) => name.isType));
  collected.addImport(node, { kind: isType ? "type" : "value", isType, specifier: node.source.value, names, isStatement: true });
}

function addCall(node: CallExpression, collected: Collected): void {
  const { callee } = node;
  const first = node.arguments[0];
  if (callee.type === "Identifier" ? callee.name !== "require" : callee.type !== "MemberExpression") {
    if (first?.type === "ArrowFunctionExpression" || node.arguments.length > 1) nameCallbacks(node, collected);
    return;
  }
  const kind = requireKind(callee);
  if (kind === undefined || first === undefined || first.type === "SpreadElement") { nameCallbacks(node, collected); return; }
  collected.addImport(node, { kind, specifier: literalText(first) });
}

function nameCallbacks(node: CallExpression, collected: Collected): void {
  const name = node.callee.type === "Identifier" ? node.callee.name : undefined;
  if (name === undefined) return;
  for (const argument of node.arguments) if (argument.type === "ArrowFunctionExpression" || argument.type === "FunctionExpression") collected.names.set(argument, `callback of ${name}`);
}

/** `require(…)`, `module.require(…)`, `require.resolve(…)` and `import.meta.resolve(…)`. */
function requireKind(callee: Expression): "require" | "dynamic" | undefined {
  if (callee.type === "Identifier") return "require";
  if (callee.type !== "MemberExpression" || callee.property.type !== "Identifier") return undefined;
  const { object, property } = callee;
  if (object.type === "Identifier" && object.name === "module" && property.name === "require") return "require";
  if (object.type === "Identifier" && object.name === "require" && property.name === "resolve") return "require";
  return object.type === "MetaProperty" && property.name === "resolve" ? "dynamic" : undefined;
}

/** Text that is known without running anything: a string, a template without holes, or a sum of such. */
function literalText(node: Expression): string | undefined {
  if (node.type === "Literal") return typeof node.value === "string" ? node.value : undefined;
  if (node.type === "TemplateLiteral") return node.expressions.length === 0 ? node.quasis[0]?.value.cooked ?? undefined : undefined;
  if (node.type === "TSAsExpression" || node.type === "TSSatisfiesExpression" || node.type === "TSNonNullExpression") return literalText(node.expression);
  if (node.type !== "BinaryExpression" || node.operator !== "+") return undefined;
  const left = literalText(node.left);
  const right = literalText(node.right);
  return left === undefined || right === undefined ? undefined : left + right;
}

function nameOf(node: { readonly type: string; readonly name?: string; readonly value?: unknown }): string {
  return node.name ?? String(node.value);
}

function firstName(node: { readonly type: string; readonly name?: string; readonly left?: Node }): string {
  if (node.name !== undefined) return node.name;
  return node.left === undefined ? "*" : firstName(node.left as { type: string; name?: string; left?: Node }); // a qualified name is a chain of `left` down to an identifier
}

/** `/// <reference path="…" />` at the head of a file is an import of types. */
function readReferenceComments(text: string, collected: Collected): void {
  if (!text.includes("/// <reference")) return;
  const head = /^(?:\s*(?:\/\/[^\n]*|\/\*[^]*?\*\/))*/.exec(text)?.[0] ?? "";
  for (const match of head.matchAll(/^[ \t]*\/\/\/\s*<reference\s+path\s*=\s*["']([^"']+)["']/gm)) {
    const path = match[1] ?? "";
    const start = match.index + match[0].indexOf("///");
    collected.addImport({ start, end: match.index + match[0].length }, { kind: "type", isType: true, specifier: path.startsWith(".") ? path : `./${path}` });
  }
}

