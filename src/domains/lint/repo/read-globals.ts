// Uses of watched globals in one syntax tree, with local names that hide them taken into account.
import type { Program } from "oxc-parser";
import type { GlobalUse } from "../types/facts.ts";
import type { LineIndex } from "./line-index.ts";

/** Any node of the tree: what its own keys say is read after a look at `type`. */
interface AnyNode { readonly type: string; readonly start: number; readonly end: number; readonly [key: string]: unknown }
interface Scope { readonly start: number; readonly end: number; readonly isFunction: boolean }
interface Use { readonly name: string; readonly root: string; readonly start: number; readonly end: number }

const globalObjects = new Set(["globalThis", "global", "window", "self"]);
const scopeTypes = /^(Program|BlockStatement|StaticBlock|CatchClause|For\w*Statement|SwitchStatement|FunctionDeclaration|FunctionExpression|ArrowFunctionExpression|ClassExpression|ClassDeclaration|TSModuleBlock)$/;
const functionTypes = /^(Program|FunctionDeclaration|FunctionExpression|ArrowFunctionExpression|StaticBlock|TSModuleBlock)$/;

/** In source order. Imports of a watched name (`import process from "node:process"`) are import rules' business and hide it here. */
export function readGlobals(program: Program, watched: ReadonlySet<string>, lines: LineIndex, visitorKeys: Readonly<Record<string, readonly string[]>>): GlobalUse[] {
  const uses: Use[] = [];
  const hidden: (Scope & { readonly name: string })[] = [];
  const scopes: Scope[] = [];

  const declare = (name: string, isVar: boolean): void => {
    if (!watched.has(name)) return;
    const scope = isVar ? scopes.findLast((one) => one.isFunction) : scopes.at(-1);
    if (scope !== undefined) hidden.push({ ...scope, name });
  };
  const declarePattern = (node: unknown, isVar: boolean): void => {
    if (Array.isArray(node)) { for (const one of node) declarePattern(one, isVar); return; }
    if (!isNode(node)) return;
    if (node.type === "Identifier") declare(String(node["name"]), isVar);
    else for (const key of ["left", "argument", "value", "elements", "properties", "parameter"]) declarePattern(node[key], isVar);
  };
  const addUse = (path: readonly string[], node: AnyNode): void => {
    const root = path[0];
    if (root !== undefined && watched.has(root)) uses.push({ name: path.join("."), root, start: node.start, end: node.end });
  };

  const visit = (node: AnyNode): void => {
    if (/^TS(TypeAnnotation|TypeParameterInstantiation|InterfaceDeclaration|TypeAliasDeclaration|TypeReference|TypeQuery)$/.test(node.type)) return;
    declareFromParent(node, declare);
    const isScope = scopeTypes.test(node.type);
    if (isScope) scopes.push({ start: node.start, end: node.end, isFunction: functionTypes.test(node.type) });
    if (/^(Function|ArrowFunction)/.test(node.type)) declarePattern(node["params"], true);
    if (node.type === "FunctionExpression" && isNode(node["id"])) declare(String(node["id"]["name"]), false);
    if (node.type === "CatchClause") declarePattern(node["param"], false);
    if (node.type === "VariableDeclaration" && Array.isArray(node["declarations"])) {
      for (const one of node["declarations"]) if (isNode(one)) declarePattern(one["id"], node["kind"] === "var");
    }
    if (!useOf(node, addUse)) visitChildren(node);
    if (isScope) scopes.pop();
  };
  const visitChildren = (node: AnyNode): void => {
    for (const key of visitorKeys[node.type] ?? []) {
      if (isName(node, key)) continue;
      const child = node[key];
      if (Array.isArray(child)) { for (const one of child) if (isNode(one)) visit(one); } else if (isNode(child)) visit(child);
    }
  };
  const useOf = (node: AnyNode, add: typeof addUse): boolean => {
    if (node.type === "NewExpression") {
      const path = pathOf(node["callee"]);
      if (path === undefined) return false;
      const isBare = Array.isArray(node["arguments"]) && node["arguments"].length === 0;
      add([path[0] === undefined ? "" : path[0], ...path.slice(1)], node);
      const last = uses.at(-1);
      if (last !== undefined && last.start === node.start && watched.has(last.root)) uses[uses.length - 1] = { ...last, name: `new ${path.join(".")}${isBare ? "()" : "(…)"}` };
      if (Array.isArray(node["arguments"])) for (const one of node["arguments"]) if (isNode(one)) visit(one);
      return true;
    }
    if (node.type === "VariableDeclarator" && isNode(node["id"]) && node["id"].type === "ObjectPattern") {
      const path = pathOf(node["init"]);
      if (path === undefined || !watchedPath(path)) return false;
      const properties = node["id"]["properties"];
      for (const one of Array.isArray(properties) ? properties : []) {
        if (isNode(one) && isNode(one["key"])) add([...path, String(one["key"]["name"] ?? one["key"]["value"])], one);
        else if (isNode(one)) add(path, one);
      }
      return true;
    }
    if (node.type !== "Identifier" && node.type !== "MemberExpression") return false;
    const path = pathOf(node);
    if (path === undefined) return false;
    add(path, node);
    return true;
  };
  const watchedPath = (path: readonly string[]): boolean => path[0] !== undefined && watched.has(path[0]);

  visit(program as unknown as AnyNode); // every node of oxc has type, start and end
  return uses.filter((use) => !hidden.some((one) => one.name === use.root && one.start <= use.start && use.end <= one.end))
    .map((use) => ({ name: use.name, ...lines.place(use.start), endLine: lines.place(use.end - 1).line }));
}

/** Names that a declaration binds in the scope around it. */
function declareFromParent(node: AnyNode, declare: (name: string, isVar: boolean) => void): void {
  if (/^Import(Default|Namespace)?Specifier$/.test(node.type) && isNode(node["local"])) declare(String(node["local"]["name"]), true);
  if (/^(FunctionDeclaration|ClassDeclaration|TSEnumDeclaration|TSImportEqualsDeclaration)$/.test(node.type) && isNode(node["id"])) declare(String(node["id"]["name"]), false);
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
