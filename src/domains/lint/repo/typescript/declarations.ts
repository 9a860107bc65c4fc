// What a file declares at its top level, in its namespaces, and in its classes, interfaces and enums.
import type { Class, Declaration, Node, Program, TSInterfaceDeclaration, VariableDeclaration } from "oxc-parser";
import type { DeclarationFact, DeclarationKind } from "../../types/facts.ts";
import type { Collector, Source } from "./collector.ts";
import { patternNames } from "./read-exports.ts";

interface Around { readonly container?: string; readonly isExported: boolean }

/** Needs no pass: all of it stands at the top. */
export function createDeclarations(): Collector {
  let source: Source;
  return {
    visitor: {},
    begin(next) { source = next; },
    finish({ program }) {
      const declarations: DeclarationFact[] = [];
      const exported = localExports(program);
      const add = (kind: DeclarationKind, name: string, node: { readonly start: number; readonly end: number }, around: Around) => {
        declarations.push({
          kind,
          name,
          ...(around.container === undefined ? {} : { container: around.container }),
          isExported: around.isExported,
          ...source.lines.place(node.start),
          endLine: source.lines.place(Math.max(node.start, node.end - 1)).line,
        });
      };
      for (const statement of program.body) readStatement(statement, { exported, add, container: undefined, isContainerExported: true });
      return { declarations };
    },
  };
}

interface Reading {
  readonly exported: ReadonlySet<string>;
  readonly container: string | undefined;
  readonly isContainerExported: boolean;
  add(kind: DeclarationKind, name: string, node: { readonly start: number; readonly end: number }, around: Around): void;
}

/** Names that `export { … }` and `export default name` pass on from this file itself. */
function localExports(program: Program): ReadonlySet<string> {
  const found = new Set<string>();
  for (const statement of program.body) {
    if (statement.type === "ExportNamedDeclaration" && statement.source === null)
      for (const one of statement.specifiers) if (one.local.type === "Identifier") found.add(one.local.name);
    if (statement.type === "ExportDefaultDeclaration" && statement.declaration.type === "Identifier") found.add(statement.declaration.name);
    if (statement.type === "TSExportAssignment" && statement.expression.type === "Identifier") found.add(statement.expression.name);
  }
  return found;
}

function readStatement(statement: Node, reading: Reading): void {
  if (statement.type === "ExportNamedDeclaration") { if (statement.declaration !== null) readDeclaration(statement.declaration, reading, true); return; }
  if (statement.type === "ExportDefaultDeclaration") { readDeclaration(statement.declaration, reading, true); return; }
  readDeclaration(statement, reading, false);
}

function readDeclaration(node: Node | Declaration, reading: Reading, isExportedHere: boolean): void {
  const around = (name: string): Around => ({
    ...(reading.container === undefined ? {} : { container: reading.container }),
    isExported: reading.isContainerExported && (isExportedHere || (reading.container === undefined && reading.exported.has(name))),
  });
  switch (node.type) {
    case "FunctionDeclaration": case "TSDeclareFunction": if (node.id !== null) reading.add("function", node.id.name, node, around(node.id.name)); return;
    case "ClassDeclaration": readClass(node, around(node.id?.name ?? ""), reading); return;
    case "TSInterfaceDeclaration": readInterface(node, around(node.id.name), reading); return;
    case "TSTypeAliasDeclaration": reading.add("type", node.id.name, node, around(node.id.name)); return;
    case "TSEnumDeclaration": reading.add("enum", node.id.name, node, around(node.id.name)); return;
    case "VariableDeclaration": readVariables(node, around, reading); return;
    case "TSModuleDeclaration": {
      if (node.id.type !== "Identifier") return;
      const own = around(node.id.name);
      reading.add("module", node.id.name, node, own);
      const body = node.body;
      if (body?.type === "TSModuleBlock") for (const one of body.body) readStatement(one, { ...reading, container: node.id.name, isContainerExported: own.isExported });
      return;
    }
    default: return;
  }
}

function readVariables(node: VariableDeclaration, around: (name: string) => Around, reading: Reading): void {
  for (const one of node.declarations) {
    const isFunction = one.init?.type === "ArrowFunctionExpression" || one.init?.type === "FunctionExpression";
    const kind = isFunction ? "function" : node.kind === "const" ? "constant" : "variable";
    for (const name of patternNames(one.id)) reading.add(kind, name, one, around(name));
  }
}

function readClass(node: Class, around: Around, reading: Reading): void {
  const container = node.id?.name ?? "default";
  reading.add("class", container, node, around);
  for (const member of node.body.body) {
    if (member.type === "StaticBlock" || member.type === "TSIndexSignature" || member.computed) continue;
    if (member.key.type !== "Identifier") continue; // private names and strings are bound by no convention
    const isMethod = member.type === "MethodDefinition" || member.type === "TSAbstractMethodDefinition";
    if (isMethod && member.kind === "constructor") continue;
    const isVisible = !("accessibility" in member) || member.accessibility === null || member.accessibility === undefined || member.accessibility === "public";
    reading.add(isMethod && member.kind === "method" ? "method" : "field", member.key.name, member, { container, isExported: around.isExported && isVisible });
  }
}

function readInterface(node: TSInterfaceDeclaration, around: Around, reading: Reading): void {
  reading.add("interface", node.id.name, node, around);
  for (const member of node.body.body) {
    const isMethod = member.type === "TSMethodSignature";
    if ((!isMethod && member.type !== "TSPropertySignature") || member.computed || member.key.type !== "Identifier") continue;
    reading.add(isMethod && member.kind === "method" ? "method" : "field", member.key.name, member, { container: node.id.name, isExported: around.isExported });
  }
}
