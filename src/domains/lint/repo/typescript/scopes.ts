// Which names of one file are local, and where; which are imported, and from where. Shared by the collectors of uses and calls.
import type { BindingPattern, Node, ParamPattern, VisitorObject } from "oxc-parser";
import type { Collector } from "./collector.ts";
import { nameOf } from "./nodes.ts";

interface Range { readonly start: number; readonly end: number; readonly isFunction: boolean }

export interface ImportedBinding { readonly specifier: string; readonly imported: string }

export interface Scopes extends Collector {
  /** True where a declaration of the file itself (no import) gives the name its meaning at this offset. To be asked when the pass has ended. */
  isLocal(name: string, offset: number): boolean;
  importOf(name: string): ImportedBinding | undefined;
}

export function createScopes(): Scopes {
  let open: Range[] = [];
  let bindings = new Map<string, Range[]>();
  let imports = new Map<string, ImportedBinding>();

  /** The tree is walked in the order of the text, so what ends before this node is closed. */
  const closeUntil = (start: number) => { for (let last = open.at(-1); last !== undefined && last.end <= start; last = open.at(-1)) open.pop(); };
  const enterFunction = (node: { readonly start: number; readonly end: number }) => { closeUntil(node.start); open.push({ start: node.start, end: node.end, isFunction: true }); };
  const enterBlock = (node: { readonly start: number; readonly end: number }) => { closeUntil(node.start); open.push({ start: node.start, end: node.end, isFunction: false }); };
  const declare = (name: string, start: number, isFunctionWide: boolean) => {
    closeUntil(start);
    const scope = isFunctionWide ? open.findLast((one) => one.isFunction) : open.at(-1);
    if (scope === undefined) return;
    const known = bindings.get(name);
    if (known === undefined) bindings.set(name, [scope]); else known.push(scope);
  };
  const declarePattern = (pattern: BindingPattern | ParamPattern, isFunctionWide: boolean, start: number): void => {
    for (const name of patternNames(pattern)) declare(name, start, isFunctionWide);
  };
  const enterDeclared = (node: {
    readonly start: number;
    readonly end: number;
    readonly params: readonly ParamPattern[];
    readonly id?: { readonly name: string } | null;
    readonly type: string;
  }) => {
    if (node.id && node.type !== "FunctionExpression") declare(node.id.name, node.start, false);
    enterFunction(node);
    if (node.id && node.type === "FunctionExpression") declare(node.id.name, node.start, true);
    for (const parameter of node.params) declarePattern(parameter, true, node.start);
  };
  const visitor: VisitorObject = {
    Program: enterFunction,
    BlockStatement: enterBlock, ForStatement: enterBlock, ForInStatement: enterBlock, ForOfStatement: enterBlock, SwitchStatement: enterBlock,
    StaticBlock: enterFunction, TSModuleBlock: enterFunction,
    CatchClause(node) { enterBlock(node); if (node.param !== null) declarePattern(node.param, false, node.start); },
    FunctionDeclaration: enterDeclared, FunctionExpression: enterDeclared,
    ArrowFunctionExpression: (node) => enterDeclared(node),
    ClassDeclaration(node) { if (node.id !== null) declare(node.id.name, node.start, false); enterBlock(node); },
    ClassExpression(node) { enterBlock(node); if (node.id !== null) declare(node.id.name, node.start, false); },
    TSEnumDeclaration: (node) => declare(node.id.name, node.start, false),
    TSModuleDeclaration(node) { if (node.id.type === "Identifier") declare(node.id.name, node.start, false); },
    TSImportEqualsDeclaration: (node) => declare(node.id.name, node.start, false),
    VariableDeclaration(node) { for (const one of node.declarations) declarePattern(one.id, node.kind === "var", node.start); },
    ImportDeclaration(node) {
      for (const one of node.specifiers) {
        const imported = one.type === "ImportSpecifier" ? nameOf(one.imported) : one.type === "ImportDefaultSpecifier" ? "default" : "*";
        imports.set(one.local.name, { specifier: node.source.value, imported });
      }
    },
  };
  return {
    visitor,
    begin() { open = []; bindings = new Map(); imports = new Map(); },
    finish: () => ({}),
    isLocal: (name, offset) => bindings.get(name)?.some((scope) => scope.start <= offset && offset < scope.end) ?? false,
    importOf: (name) => imports.get(name),
  };
}

function patternNames(node: Node): string[] {
  switch (node.type) {
    case "Identifier": return [node.name];
    case "ObjectPattern": return node.properties.flatMap((one) => patternNames(one.type === "RestElement" ? one.argument : one.value));
    case "ArrayPattern": return node.elements.flatMap((one) => (one === null ? [] : patternNames(one)));
    case "AssignmentPattern": return patternNames(node.left);
    case "RestElement": return patternNames(node.argument);
    case "TSParameterProperty": return patternNames(node.parameter);
    default: return [];
  }
}
