// Uses of watched globals in one syntax tree, with local names that hide them taken into account.
import type { Program } from "oxc-parser";
import type { GlobalUse } from "../types/facts.ts";
import type { LineIndex } from "./line-index.ts";

/** Any node of the tree: what its own keys say is read after a look at `type`. */
interface AnyNode { readonly type: string; readonly start: number; readonly end: number; readonly [key: string]: unknown }
interface Scope { readonly start: number; readonly end: number; readonly isFunction: boolean }
interface Use { readonly name: string; readonly root: string; readonly start: number; readonly end: number }

const typeOnly = /^TS(TypeAnnotation|TypeParameterInstantiation|InterfaceDeclaration|TypeAliasDeclaration|TypeReference|TypeQuery)$/;
const globalObjects = new Set(["globalThis", "global", "window", "self"]);
const scopeTypes = /^(Program|BlockStatement|StaticBlock|CatchClause|For\w*Statement|SwitchStatement|FunctionDeclaration|FunctionExpression|ArrowFunctionExpression|ClassExpression|ClassDeclaration|TSModuleBlock)$/;
const functionTypes = /^(Program|FunctionDeclaration|FunctionExpression|ArrowFunctionExpression|StaticBlock|TSModuleBlock)$/;

/** In source order. Imports of a watched name (`import process from "node:process"`) are import rules' business and hide it here. */
export function readGlobals(program: Program, watched: ReadonlySet<string>, lines: LineIndex, visitorKeys: Readonly<Record<string, readonly string[]>>): GlobalUse[] {
  const reader = new GlobalsReader(watched, visitorKeys);
  reader.visit(program as unknown as AnyNode); // every node of oxc has type, start and end
  return reader.uses.filter((use) => !reader.hidden.some((one) => one.name === use.root && one.start <= use.start && use.end <= one.end))
    .map((use) => ({ name: use.name, ...lines.place(use.start), endLine: lines.place(use.end - 1).line }));
}

class GlobalsReader {
  readonly uses: Use[] = [];
  /** Where a local name hides a watched one. */
  readonly hidden: (Scope & { readonly name: string })[] = [];
  readonly #scopes: Scope[] = [];
  readonly #watched: ReadonlySet<string>;
  readonly #visitorKeys: Readonly<Record<string, readonly string[]>>;

  constructor(watched: ReadonlySet<string>, visitorKeys: Readonly<Record<string, readonly string[]>>) {
    this.#watched = watched;
    this.#visitorKeys = visitorKeys;
  }

  visit(node: AnyNode): void {
    if (typeOnly.test(node.type)) return;
    const isScope = scopeTypes.test(node.type);
    this.#declareAround(node);
    if (isScope) this.#scopes.push({ start: node.start, end: node.end, isFunction: functionTypes.test(node.type) });
    this.#declareInside(node);
    if (!this.#use(node)) this.#visitChildren(node);
    if (isScope) this.#scopes.pop();
  }

  #visitChildren(node: AnyNode): void {
    for (const key of this.#visitorKeys[node.type] ?? []) if (!isName(node, key)) this.#visitAll(node[key]);
  }

  #visitAll(child: unknown): void {
    if (Array.isArray(child)) { for (const one of child) if (isNode(one)) this.visit(one); } else if (isNode(child)) this.visit(child);
  }

  /** Names that a node binds in the scope around it. */
  #declareAround(node: AnyNode): void {
    if (/^Import(Default|Namespace)?Specifier$/.test(node.type)) this.#declarePattern(node["local"], true);
    if (/^(FunctionDeclaration|ClassDeclaration|TSEnumDeclaration|TSImportEqualsDeclaration)$/.test(node.type)) this.#declarePattern(node["id"], false);
  }

  #declareInside(node: AnyNode): void {
    if (/^(Function|ArrowFunction)/.test(node.type)) this.#declarePattern(node["params"], true);
    if (node.type === "FunctionExpression" || node.type === "ClassExpression") this.#declarePattern(node["id"], false);
    if (node.type === "CatchClause") this.#declarePattern(node["param"], false);
    if (node.type === "VariableDeclaration" && Array.isArray(node["declarations"])) {
      for (const one of node["declarations"]) if (isNode(one)) this.#declarePattern(one["id"], node["kind"] === "var");
    }
  }

  #declarePattern(node: unknown, isVar: boolean): void {
    if (Array.isArray(node)) { for (const one of node) this.#declarePattern(one, isVar); return; }
    if (!isNode(node)) return;
    if (node.type !== "Identifier") { for (const key of ["left", "argument", "value", "elements", "properties", "parameter"]) this.#declarePattern(node[key], isVar); return; }
    const name = String(node["name"]);
    const scope = isVar ? this.#scopes.findLast((one) => one.isFunction) : this.#scopes.at(-1);
    if (scope !== undefined && this.#watched.has(name)) this.hidden.push({ ...scope, name });
  }

  /** True where the node is a use of a name from its root on, watched or not: nothing below it is one as well. */
  #use(node: AnyNode): boolean {
    if (node.type === "NewExpression") return this.#useByNew(node);
    if (node.type === "VariableDeclarator") return this.#useByPattern(node);
    if (node.type !== "Identifier" && node.type !== "MemberExpression") return false;
    const path = pathOf(node);
    if (path === undefined) return false;
    this.#add(path, path.join("."), node);
    if (node.type === "MemberExpression" && node["computed"] === true) this.#visitAll(node["property"]);
    return true;
  }

  #useByNew(node: AnyNode): boolean {
    const path = pathOf(node["callee"]);
    if (path === undefined) return false;
    const isBare = Array.isArray(node["arguments"]) && node["arguments"].length === 0;
    this.#add(path, `new ${path.join(".")}${isBare ? "()" : "(…)"}`, node);
    this.#visitAll(node["arguments"]);
    return true;
  }

  /** `const { env } = process` uses `process.env`. */
  #useByPattern(node: AnyNode): boolean {
    const path = isNode(node["id"]) && node["id"].type === "ObjectPattern" ? pathOf(node["init"]) : undefined;
    if (path === undefined || !isNode(node["id"])) return false;
    const properties = node["id"]["properties"];
    for (const one of Array.isArray(properties) ? properties : []) {
      if (!isNode(one)) continue;
      const key = isNode(one["key"]) ? String(one["key"]["name"] ?? one["key"]["value"]) : undefined;
      const full = key === undefined ? path : path.length === 1 && globalObjects.has(path[0] ?? "") ? [key] : [...path, key];
      this.#add(full, full.join("."), one);
      if (isNode(one["value"])) this.#visitChildren(one["value"]);
    }
    return true;
  }

  #add(path: readonly string[], name: string, node: AnyNode): void {
    const root = path[0];
    if (root !== undefined && this.#watched.has(root)) this.uses.push({ name, root, start: node.start, end: node.end });
  }
}

/** Keys that hold a name and no reference. */
function isName(node: AnyNode, key: string): boolean {
  switch (node.type) {
    case "MemberExpression": return key === "property" && node["computed"] !== true;
    case "Property": case "MethodDefinition": case "PropertyDefinition": case "AccessorProperty": return key === "key" && node["computed"] !== true;
    case "LabeledStatement": case "BreakStatement": case "ContinueStatement": return key === "label";
    case "VariableDeclarator": return key === "id" && isNode(node["id"]) && node["id"].type === "Identifier";
    case "FunctionDeclaration": case "FunctionExpression": case "ClassDeclaration": case "ClassExpression": case "TSEnumDeclaration": return key === "id";
    case "ImportSpecifier": case "ImportDefaultSpecifier": case "ImportNamespaceSpecifier": return true;
    case "ExportSpecifier": return key === "exported";
    case "JSXAttribute": return key === "name";
    default: return false;
  }
}

/** `a.b["c"]` as ["a", "b", "c"], without a global object in front; undefined where the root is no identifier. */
function pathOf(node: unknown): string[] | undefined {
  if (!isNode(node)) return undefined;
  if (node.type === "ChainExpression" || node.type === "TSNonNullExpression" || node.type === "TSAsExpression") return pathOf(node["expression"]);
  if (node.type === "Identifier") return [String(node["name"])];
  if (node.type !== "MemberExpression" || !isNode(node["property"])) return undefined;
  const before = pathOf(node["object"]);
  if (before === undefined) return undefined;
  const { property } = node;
  const isComputed = node["computed"] === true;
  if (isComputed && !(property.type === "Literal" && typeof property["value"] === "string")) return before.length === 1 && globalObjects.has(before[0] ?? "") ? undefined : before;
  const name = String(isComputed ? property["value"] : property["name"]);
  return before.length === 1 && globalObjects.has(before[0] ?? "") ? [name] : [...before, name];
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}
