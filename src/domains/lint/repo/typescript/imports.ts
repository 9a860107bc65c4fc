// Imports of every kind in one file: statements, expressions, type queries, reference comments.
import type { CallExpression, Expression, ImportDeclaration, Node, VisitorObject } from "oxc-parser";
import type { ImportedName, ImportFact, ImportKind } from "../../types/facts.ts";
import type { Collector, Source } from "./collector.ts";
import { literalText, nameOf } from "./nodes.ts";

/** Statements above this length are not quoted in a fix: a message has to stay readable. */
const statementCharsMax = 400;

interface Found { readonly kind: ImportKind; readonly isType?: boolean; readonly specifier: string | undefined; readonly names?: readonly ImportedName[]; readonly isStatement?: boolean }

type Add = (node: { readonly start: number; readonly end: number }, found: Found) => void;

export function createImports(): Collector {
  let source: Source;
  let imports: ImportFact[] = [];
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
    visitor: visitorOf(add),
    begin(next) { source = next; imports = []; },
    finish() {
      readReferenceComments(source.text, add);
      return { imports };
    },
  };
}

function visitorOf(add: Add): VisitorObject {
  return {
    ImportDeclaration: (node) => addImportDeclaration(node, add),
    ExportNamedDeclaration(node) {
      if (node.source === null) return;
      const names = node.specifiers.map((one) => ({ imported: nameOf(one.local), isType: one.exportKind === "type" || node.exportKind === "type" }));
      add(node, { kind: "reexport", isType: node.exportKind === "type" || (names.length > 0 && names.every((name) => name.isType)), specifier: node.source.value, names, isStatement: true });
    },
    ExportAllDeclaration(node) {
      add(node, { kind: "reexport", isType: node.exportKind === "type", specifier: node.source.value, names: [{ imported: "*", isType: node.exportKind === "type" }], isStatement: true });
    },
    TSImportEqualsDeclaration(node) {
      if (node.moduleReference.type !== "TSExternalModuleReference") return;
      add(node, { kind: "require", isType: node.importKind === "type", specifier: node.moduleReference.expression.value, isStatement: true });
    },
    TSImportType(node) {
      add(node, { kind: "type", isType: true, specifier: node.source.value, names: node.qualifier === null ? [] : [{ imported: firstName(node.qualifier), isType: true }] });
    },
    ImportExpression: (node) => add(node, { kind: "dynamic", specifier: literalText(node.source) }),
    CallExpression: (node) => addCall(node, add),
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

function addCall(node: CallExpression, add: Add): void {
  const { callee } = node;
  const kind = callee.type === "Identifier" ? callee.name === "require" ? "require" : undefined : requireKind(callee);
  const first = node.arguments[0];
  if (kind !== undefined && first !== undefined && first.type !== "SpreadElement") add(node, { kind, specifier: literalText(first) });
}

/** `module.require(…)`, `require.resolve(…)` and `import.meta.resolve(…)`. */
function requireKind(callee: Expression): "require" | "dynamic" | undefined {
  if (callee.type !== "MemberExpression" || callee.property.type !== "Identifier") return undefined;
  const { object, property } = callee;
  if (object.type === "Identifier" && object.name === "module" && property.name === "require") return "require";
  if (object.type === "Identifier" && object.name === "require" && property.name === "resolve") return "require";
  return object.type === "MetaProperty" && property.name === "resolve" ? "dynamic" : undefined;
}

function firstName(node: { readonly type: string; readonly name?: string; readonly left?: Node }): string {
  if (node.name !== undefined) return node.name;
  return node.left === undefined ? "*" : firstName(node.left as { type: string; name?: string; left?: Node }); // a qualified name is a chain of `left` down to an identifier
}

/** `/// <reference path="…" />` at the head of a file is an import of types. */
function readReferenceComments(text: string, add: Add): void {
  if (!text.includes("/// <reference")) return;
  const head = /^(?:\s*(?:\/\/[^\n]*|\/\*[^]*?\*\/))*/.exec(text)?.[0] ?? "";
  for (const match of head.matchAll(/^[ \t]*\/\/\/\s*<reference\s+path\s*=\s*["']([^"']+)["']/gm)) {
    const path = match[1] ?? "";
    const start = match.index + match[0].indexOf("///");
    add({ start, end: match.index + match[0].length }, { kind: "type", isType: true, specifier: path.startsWith(".") ? path : `./${path}` });
  }
}
