// Imports of every kind in one file: statements, expressions, type queries, reference comments.
import type { CallExpression, Comment, Expression, ImportDeclaration, Node, VisitorObject } from "oxc-parser";
import type { ImportedName, ImportFact, ImportKind } from "../../types/facts.ts";
import type { Collector, Source } from "./collector.ts";
import { readJsdocImports } from "./jsdoc-imports.ts";
import { literalText, nameOf } from "./nodes.ts";

/** Statements above this length are not quoted in a fix: a message has to stay readable. */
const statementCharsMax = 400;

interface Found {
  readonly kind: ImportKind;
  readonly isType?: boolean;
  readonly specifier: string | undefined;
  readonly names?: readonly ImportedName[];
  readonly isStatement?: boolean;
}

type Add = (node: { readonly start: number; readonly end: number }, found: Found) => void;

export function createImports(): Collector {
  let source: Source;
  let imports: ImportFact[] = [];
  /** Names that stand for `require` in this file. */
  let loaders: ReadonlySet<string> = requireAlone;
  const add: Add = (node, found) => {
    const start = source.lines.place(node.start);
    const isQuotable = found.isStatement === true && node.end - node.start <= statementCharsMax;
    imports.push({
      kind: found.kind, isType: found.isType ?? false, specifier: found.specifier, names: found.names ?? [],
      line: start.line, column: start.column, endLine: source.lines.place(Math.max(node.start, node.end - 1)).line,
      // A slice would keep the whole file's text alive; a copy through bytes does not.
      statement: isQuotable ? Buffer.from(source.text.slice(node.start, node.end)).toString() : undefined,
    });
  };
  return {
    visitor: visitorOf(add, () => loaders),
    begin(next) { source = next; imports = []; loaders = loadersOf(next.text); },
    finish({ comments }) {
      readReferenceComments(source.text, add);
      // TypeScript itself does not read types out of comments.
      if (/\.[cm]?jsx?$/.test(source.file)) readJsdocComments(comments, add);
      return { imports };
    },
  };
}

const requireAlone: ReadonlySet<string> = new Set(["require"]);

/** `const load = createRequire(import.meta.url)` makes another require. */
function loadersOf(text: string): ReadonlySet<string> {
  if (!text.includes("createRequire")) return requireAlone;
  const made = text.matchAll(/\b(?:const|let|var)\s+([\w$]+)\s*(?::[^=\n]{1,80})?=\s*(?:[\w$]+\s*\.\s*)?createRequire\s*\(/g);
  return new Set(["require", ...[...made].flatMap((match) => match[1] ?? [])]);
}

function visitorOf(add: Add, loaders: () => ReadonlySet<string>): VisitorObject {
  return {
    ImportDeclaration: (node) => addImportDeclaration(node, add),
    ExportNamedDeclaration(node) {
      if (node.source === null) return;
      const names = node.specifiers.map((one) => ({ imported: nameOf(one.local), isType: one.exportKind === "type" || node.exportKind === "type" }));
      add(node, {
        kind: "reexport",
        isType: node.exportKind === "type" || (names.length > 0 && names.every((name) => name.isType)),
        specifier: node.source.value,
        names,
        isStatement: true,
      });
    },
    ExportAllDeclaration(node) {
      add(node, {
        kind: "reexport",
        isType: node.exportKind === "type",
        specifier: node.source.value,
        names: [{ imported: "*", isType: node.exportKind === "type" }],
        isStatement: true,
      });
    },
    TSImportEqualsDeclaration(node) {
      if (node.moduleReference.type !== "TSExternalModuleReference") return;
      add(node, { kind: "require", isType: node.importKind === "type", specifier: node.moduleReference.expression.value, isStatement: true });
    },
    TSImportType(node) {
      add(node, { kind: "type", isType: true, specifier: node.source.value, names: node.qualifier === null ? [] : [{ imported: firstName(node.qualifier), isType: true }] });
    },
    TSModuleDeclaration(node) {
      // `declare module "../a.ts" { … }` adds to the types of that file.
      if (node.id.type === "Literal" && /^\.{1,2}\//.test(String(node.id.value))) add(node, { kind: "type", isType: true, specifier: String(node.id.value) });
    },
    ImportExpression(node) { for (const specifier of literalTexts(node.source)) add(node, { kind: "dynamic", specifier }); },
    CallExpression: (node) => addCall(node, add, loaders()),
    NewExpression(node) {
      // `new URL("./worker.ts", import.meta.url)` is how a module names another file; only a source file becomes an edge.
      const [first, second] = node.arguments;
      if (node.callee.type !== "Identifier" || node.callee.name !== "URL" || first === undefined || second === undefined) return;
      if (second.type !== "MemberExpression" || second.object.type !== "MetaProperty") return;
      const specifier = first.type === "SpreadElement" ? undefined : literalText(first);
      if (specifier !== undefined && /^\.{1,2}\/.*\.[cm]?[jt]sx?$/.test(specifier)) add(node, { kind: "dynamic", specifier });
    },
  };
}

function addImportDeclaration(node: ImportDeclaration, add: Add): void {
  const names = node.specifiers.map((one): ImportedName => {
    if (one.type === "ImportSpecifier") return { imported: nameOf(one.imported), isType: one.importKind === "type" || node.importKind === "type" };
    return { imported: one.type === "ImportDefaultSpecifier" ? "default" : "*", isType: node.importKind === "type" };
  });
  const isType = node.importKind === "type" || (names.length > 0 && names.every((name) => name.isType));
  add(node, { kind: isType ? "type" : "value", isType, specifier: node.source.value, names, isStatement: true });
}

function addCall(node: CallExpression, add: Add, loaders: ReadonlySet<string>): void {
  const kind = loaderKind(node.callee, loaders);
  const first = node.arguments[0];
  if (kind === undefined || first === undefined || first.type === "SpreadElement") return;
  if (kind === "glob") { add(node, { kind: "dynamic", specifier: undefined }); return; }
  if (kind !== "mock") { for (const specifier of literalTexts(first)) add(node, { kind, specifier }); return; }
  const specifier = literalText(first);
  // What a test makes up need not exist.
  const isVirtual = node.arguments.some(
    (one) => one.type === "ObjectExpression" && one.properties.some((property) => property.type === "Property" && nameOf(property.key) === "virtual"),
  );
  if (specifier !== undefined && !isVirtual) add(node, { kind: "dynamic", specifier });
}

/** Both branches of a condition are imported, each at its time; undefined stands for what is computed. */
function literalTexts(node: Expression): readonly (string | undefined)[] {
  if (node.type === "ConditionalExpression") return [...new Set([...literalTexts(node.consequent), ...literalTexts(node.alternate)])];
  return [literalText(node)];
}

/** Functions of jest and vitest that load the module they name. */
const loadingMocks = new Set(["requireActual", "requireMock", "importActual", "importMock"]);
/** And those that put something in its place. */
const replacingMocks = new Set(["mock", "doMock", "unmock", "dontMock", "doUnmock", "deepUnmock", "setMock", "unstable_mockModule", "createMockFromModule"]);

/** `require(…)`, `module.require(…)`, `require.resolve(…)`, `createRequire(…)(…)`, `import.meta.resolve(…)`, mocks, and globs of bundlers, whose files are not known. */
function loaderKind(callee: Expression, loaders: ReadonlySet<string>): "require" | "dynamic" | "mock" | "glob" | undefined {
  if (callee.type === "Identifier") return loaders.has(callee.name) ? "require" : undefined;
  if (callee.type === "CallExpression") return calledName(callee) === "createRequire" ? "require" : undefined;
  if (callee.type !== "MemberExpression" || callee.property.type !== "Identifier") return undefined;
  const { object, property: { name } } = callee;
  if (object.type === "CallExpression") return name === "resolve" && calledName(object) === "createRequire" ? "require" : undefined;
  if (object.type === "MetaProperty") return name === "resolve" ? "dynamic" : name === "glob" ? "glob" : undefined;
  if (name === "module" && (object.type === "Identifier" ? object.name === "mock" : object.type === "MemberExpression" && nameOf(object.property) === "mock")) return "mock";
  if (object.type !== "Identifier") return undefined;
  if (name === "require" && object.name === "module") return "require";
  if (loaders.has(object.name)) return name === "resolve" ? "require" : name === "context" && object.name === "require" ? "glob" : undefined;
  if (object.name !== "jest" && object.name !== "vi" && object.name !== "vitest") return undefined;
  return loadingMocks.has(name) ? "dynamic" : replacingMocks.has(name) ? "mock" : undefined;
}

/** `f` of `f(…)` and of `a.f(…)`. */
function calledName({ callee }: CallExpression): string | undefined {
  if (callee.type === "Identifier") return callee.name;
  return callee.type === "MemberExpression" && callee.property.type === "Identifier" ? callee.property.name : undefined;
}

function firstName(node: { readonly type: string; readonly name?: string; readonly left?: Node }): string {
  if (node.name !== undefined) return node.name;
  return node.left === undefined ? "*" : firstName(node.left as { type: string; name?: string; left?: Node }); // a qualified name is a chain of `left` down to an identifier
}

/** `/// <reference path="…" />` and `types="…"` at the head of a file are imports of types. */
function readReferenceComments(text: string, add: Add): void {
  if (!text.includes("/// <reference")) return;
  const head = /^(?:\s*(?:\/\/[^\n]*|\/\*[^]*?\*\/))*/.exec(text)?.[0] ?? "";
  for (const match of head.matchAll(/^[ \t]*\/\/\/\s*<reference\s[^>\n]*?\b(path|types)\s*=\s*["']([^"'\n]+)["']/gm)) {
    const [whole, what, name = ""] = match;
    const start = match.index + whole.indexOf("///");
    add({ start, end: match.index + whole.length }, { kind: "type", isType: true, specifier: what === "types" || name.startsWith(".") ? name : `./${name}` });
  }
}

function readJsdocComments(comments: readonly Comment[], add: Add): void {
  for (const comment of comments) {
    if (comment.type !== "Block") continue;
    // Two characters open the comment.
    for (const { at, length, ...found } of readJsdocImports(comment.value))
      add({ start: comment.start + 2 + at, end: comment.start + 2 + at + length }, { kind: "type", isType: true, ...found });
  }
}
