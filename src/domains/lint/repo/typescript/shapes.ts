// Fingerprints of functions and schemas: equal where only names of their own, the order of statements and properties, or types differ.
import type { Program } from "oxc-parser";
import type { ShapeFact } from "../../types/facts.ts";
import { type AnyNode, asNode, asRecord, childrenOf, isNode, nameOf, nodesOf } from "./any-node.ts";
import type { Collector, Source } from "./collector.ts";

/** Smaller functions are alike by nature; counted in nodes of the tree without types. */
const functionSizeMin = 22;
/** A schema of fewer members is alike by chance. */
const membersMin = 4;
/** Of a longer text only the beginning counts: two texts that are alike for so long are copies. */
const wordCharsMax = 4_000;
/** A tree this deep is generated; walking on would end in a stack overflow. */
const depthMax = 400;

const typeKeys = new Set(["typeAnnotation", "returnType", "typeParameters", "typeArguments", "superTypeArguments", "implements", "decorators"]);
const transparent = new Set(["TSAsExpression", "TSNonNullExpression", "TSSatisfiesExpression", "ParenthesizedExpression", "ChainExpression", "TSTypeAssertion", "TSInstantiationExpression"]);
/** Lists whose order says nothing about what the code does, or is where people differ. */
const unordered = new Set([
  "BlockStatement.body",
  "FunctionBody.body",
  "ObjectExpression.properties",
  "ObjectPattern.properties",
  "SwitchStatement.cases",
  "ClassBody.body",
  "TSInterfaceBody.body",
  "TSTypeLiteral.members",
  "TSUnionType.types",
  "TSIntersectionType.types",
  "VariableDeclaration.declarations",
]);
const commutative = new Set(["===", "!==", "==", "!=", "*", "&", "|", "^", "&&", "||"]);
const schemaCall = /^(object|strictObject|looseObject|struct|Struct|Object|partial|schema)$/;

/** Needs no visitor: it walks the tree itself, because a node's fingerprint is made of its children's. */
export function createShapes(visitorKeys: Readonly<Record<string, readonly string[]>>): Collector {
  let source: Source;
  const plans = new Map<string, Plan>();
  return {
    visitor: {},
    begin(next) { source = next; },
    finish: ({ program }) => ({ shapes: new ShapeReader(source, visitorKeys, plans).read(program) }),
  };
}

/** FNV-1a, 32 bit. Not remembered: most names are fresh strings, for which a table costs more than the sum. */
function hashWord(word: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < word.length; at++) hash = Math.imul(hash ^ word.charCodeAt(at), 0x01000193);
  return scramble(hash);
}

function scramble(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

function join(hash: number, child: number): number {
  return Math.imul((hash << 5) ^ (hash >>> 27) ^ child, 0x9e3779b1);
}

const own = hashWord("\0own");
const ofModule = hashWord("\0module");
const nothing = hashWord("\0nothing");
const list = hashWord("\0list");
const set = hashWord("\0set");
const forms = {
  member: hashWord("\0member"),
  property: hashWord("\0property"),
  declarator: hashWord("\0declarator"),
  function: hashWord("\0function"),
  uses: hashWord("\0uses"),
  schema: hashWord("\0schema"),
};

/** Names of one function, and the sum of the names that it uses from outside. */
interface Frame { readonly names: Map<string, number>; outside: number }

interface Plan { readonly hash: number; readonly steps: readonly PlanStep[] }
interface PlanStep { readonly key: string; readonly isUnordered: boolean; readonly isHinted: boolean }

class ShapeReader {
  readonly #source: Source;
  readonly #keys: Readonly<Record<string, readonly string[]>>;
  readonly #plans: Map<string, Plan>;
  readonly #shapes: ShapeFact[] = [];
  /** Names of each function around, with how often they were used. */
  readonly #frames: Frame[] = [];
  /** Names of the module, with their literal value where they have one. */
  readonly #module = new Map<string, string>();
  readonly #imports = new Map<string, string>();
  #size = 0;
  /** Sum of what was not renamed: a second fingerprint that collides independently. */
  #bag = 0;
  #depth = 0;
  #around: number | undefined;
  #schemaAt = -1;

  constructor(source: Source, keys: Readonly<Record<string, readonly string[]>>, plans: Map<string, Plan>) {
    this.#plans = plans;
    this.#source = source;
    this.#keys = keys;
  }

  read(program: Program): readonly ShapeFact[] {
    for (const statement of program.body as unknown as readonly AnyNode[]) this.#declareModule(statement); // every node has type, start and end
    for (const statement of program.body as unknown as readonly AnyNode[]) this.#hash(statement, undefined);
    return this.#shapes;
  }

  #declareModule(statement: AnyNode): void {
    if (statement.type === "ImportDeclaration") {
      for (const one of nodesOf(statement["specifiers"])) {
        const local = nameOf(one["local"]);
        this.#imports.set(local, one.type === "ImportSpecifier" ? nameOf(one["imported"]) : local);
      }
      return;
    }
    const declaration = asNode(statement["declaration"]) ?? statement;
    const names = new Map<string, number>();
    bindDeclared(declaration, names);
    for (const name of names.keys()) this.#module.set(name, "");
    if (declaration["kind"] !== "const") return;
    for (const one of childrenOf(declaration["declarations"])) {
      const init = asNode(one["init"]);
      if (!isNode(one["id"]) || one["id"].type !== "Identifier" || init === undefined || /Function/.test(init.type)) continue;
      this.#module.set(nameOf(one["id"]), `constant ${this.#source.text.slice(init.start, Math.min(init.end, init.start + wordCharsMax))}`);
    }
  }

  #hash(node: AnyNode, hint: string | undefined): number {
    if (this.#depth > depthMax) return nothing;
    if (transparent.has(node.type)) { const inner = asNode(node["expression"]); return inner === undefined ? nothing : this.#hash(inner, hint); }
    this.#size++;
    this.#depth++;
    const hash = this.#hashKind(node, hint);
    this.#depth--;
    return hash;
  }

  #hashKind(node: AnyNode, hint: string | undefined): number {
    switch (node.type) {
      case "Identifier": {
        // The parameter of a type of functions: its name says nothing, its type all.
        const type = this.#schemaAt === -1 ? undefined : asNode(node["typeAnnotation"]);
        return type === undefined ? this.#name(String(node["name"])) : this.#hash(type, undefined);
      }
      case "JSXIdentifier": case "PrivateIdentifier": return this.#kept(String(node["name"]));
      case "Literal": return this.#kept(typeof node["value"] === "string" ? node["value"] : String(node["raw"]));
      case "TemplateElement": return this.#kept(String(asRecord(node["value"])?.["cooked"] ?? ""));
      case "JSXText": return this.#kept(String(node["value"]).trim());
      case "FunctionDeclaration": case "FunctionExpression": case "ArrowFunctionExpression": return this.#function(node, hint);
      case "TSInterfaceDeclaration": case "TSTypeAliasDeclaration": return this.#typeSchema(node);
      case "ImportDeclaration": case "ExportAllDeclaration": case "TSEnumDeclaration": return nothing;
      case "MemberExpression": return this.#member(node);
      case "Property": case "PropertyDefinition": case "MethodDefinition": case "TSPropertySignature": case "TSMethodSignature": return this.#property(node);
      case "TSTypeReference": return join(this.#kept(nameOf(node["typeName"])), this.#list(false, asRecord(node["typeArguments"])?.["params"]));
      case "CallExpression": return this.#call(node, hint);
      case "VariableDeclarator": return this.#declarator(node);
      default: return this.#children(node, hint);
    }
  }

  /** A name of the function itself counts as such; one from outside of it keeps its name, for every function that it is outside of. */
  #name(name: string): number {
    for (let at = this.#frames.length - 1; at >= 0; at--) {
      const frame = this.#frames[at];
      const count = frame?.names.get(name);
      if (frame === undefined || count === undefined) continue;
      frame.names.set(name, count + 1);
      this.#keepOutside(at + 1, name);
      return own;
    }
    const imported = this.#imports.get(name);
    if (imported !== undefined) return this.#kept(imported);
    const value = this.#module.get(name);
    if (value === undefined) return this.#kept(name);
    if (value !== "") return this.#kept(value); // a constant is what it holds
    this.#keepOutside(0, name);
    return ofModule;
  }

  #keepOutside(from: number, name: string): void {
    if (from >= this.#frames.length) return;
    const hash = scramble(hashWord(name));
    for (let at = from; at < this.#frames.length; at++) {
      const frame = this.#frames[at];
      if (frame !== undefined) frame.outside = (frame.outside + hash) | 0;
    }
  }

  #kept(text: string): number {
    const hash = hashWord(text.length > wordCharsMax ? text.slice(0, wordCharsMax) : text);
    this.#bag = (this.#bag + hash) | 0;
    return hash;
  }

  #member(node: AnyNode): number {
    const object = asNode(node["object"]);
    const property = asNode(node["property"]);
    this.#size++; // a name that is kept says as much as a node
    const left = object === undefined ? nothing : this.#hash(object, undefined);
    const right = property === undefined ? nothing : node["computed"] === true ? this.#hash(property, undefined) : this.#kept(nameOf(property));
    return join(join(forms.member, left), right);
  }

  #property(node: AnyNode): number {
    const key = asNode(node["key"]);
    const value = asNode(node["value"]);
    const name = key === undefined ? "" : nameOf(key);
    this.#size++;
    const left = key === undefined ? nothing : node["computed"] === true ? this.#hash(key, undefined) : this.#kept(name);
    const type = asNode(node["typeAnnotation"]);
    const parts = [left, value === undefined ? nothing : this.#hash(value, name), node["kind"] === "get" ? 3 : node["kind"] === "set" ? 5 : node["optional"] === true ? 7 : 11];
    if (type !== undefined && node.type.startsWith("TS")) parts.push(this.#hash(type, undefined));
    if (node.type === "TSMethodSignature") parts.push(this.#list(false, node["params"]));
    return parts.reduce(join, forms.property);
  }

  #declarator(node: AnyNode): number {
    const id = asNode(node["id"]);
    const init = asNode(node["init"]);
    const name = id?.type === "Identifier" ? nameOf(id) : undefined;
    const left = id === undefined ? nothing : this.#hash(id, undefined);
    return join(join(forms.declarator, left), init === undefined ? nothing : this.#hash(init, name));
  }

  /** The keys of a type that count, once for all of its nodes. */
  #planOf(type: string): Plan {
    let plan = this.#plans.get(type);
    if (plan === undefined) {
      const keys = (this.#keys[type] ?? []).filter((key) => type.startsWith("TS") || !typeKeys.has(key));
      this.#plans.set(
        type,
        (plan = {
          hash: hashWord(type),
          steps: keys.map((key) => ({
            key,
            isUnordered: unordered.has(`${type}.${key}`),
            isHinted: key === "value" || key === "declaration" || key === "right",
          })),
        }),
      );
    }
    return plan;
  }

  #children(node: AnyNode, hint: string | undefined): number {
    this.#bind(node);
    const plan = this.#planOf(node.type);
    let { hash } = plan;
    const operator = node["operator"];
    if (typeof operator === "string") hash = join(hash, this.#kept(operator));
    if (node["computed"] === true || node["prefix"] === false) hash = join(hash, 1);
    if (node["await"] === true || node["delegate"] === true) hash = join(hash, 2);
    const isCommutative = typeof operator === "string" && commutative.has(operator);
    let sum = 0;
    for (const { key, isUnordered, isHinted } of plan.steps) {
      const value = node[key];
      const child = Array.isArray(value) ? this.#list(isUnordered, value) : isNode(value) ? this.#hash(value, isHinted ? hintOf(node, hint) : undefined) : nothing;
      if (isCommutative) sum = (sum + scramble(child)) | 0; else hash = join(hash, child);
    }
    return isCommutative ? join(hash, sum) : hash;
  }

  #list(isUnordered: boolean, items: unknown): number {
    if (!Array.isArray(items)) return nothing;
    let hash = isUnordered ? set : list;
    // Declarations and properties may stand in any order; what acts keeps the order of its acts.
    let acts = list;
    for (const item of items as readonly unknown[]) { // Array.isArray says any[]
      if (!isNode(item)) continue;
      const child = this.#hash(item, undefined);
      if (isUnordered && item.type.endsWith("Statement")) acts = join(acts, child);
      else hash = isUnordered ? (hash + scramble(child)) | 0 : join(hash, child);
    }
    return acts === list ? hash : (hash + scramble(acts)) | 0;
  }

  /** Names that the statement or block declares belong to the function around. */
  #bind(node: AnyNode): void {
    const frame = this.#frames.at(-1)?.names;
    if (frame === undefined) return;
    if (node.type === "BlockStatement" || node.type === "FunctionBody") for (const statement of childrenOf(node["body"])) bindDeclared(statement, frame);
    else if (node.type === "VariableDeclaration") bindDeclared(node, frame);
    else if (node.type === "CatchClause") bindPattern(node["param"], frame);
  }

  #function(node: AnyNode, hint: string | undefined): number {
    const place = this.#begin("function", node, node["id"] === null || node["id"] === undefined ? hint ?? "(anonymous)" : nameOf(node["id"]));
    const frame: Frame = { names: new Map(), outside: 0 };
    const params = childrenOf(node["params"]);
    for (const param of params) bindPattern(param, frame.names);
    this.#frames.push(frame);
    const head = this.#list(false, params);
    const body = asNode(node["body"]);
    // An arrow with an expression says the same as a block that returns it.
    const block = body === undefined ? nothing : body.type === "BlockStatement" || body.type === "FunctionBody" ? this.#list(true, this.#statements(body))
      : (set + scramble(join(list, join(hashWord("ReturnStatement"), this.#hash(body, undefined))))) | 0;
    this.#frames.pop();
    let uses = forms.uses;
    for (const count of frame.names.values()) uses = (uses + scramble(count + 7)) | 0;
    const hash = [head, block, uses, (node["async"] === true ? 3 : 5) * (node["generator"] === true ? 7 : 11)].reduce(join, forms.function);
    this.#end(place, join(hash, frame.outside), this.#size - place.size >= functionSizeMin);
    return hash;
  }

  #statements(body: AnyNode): unknown {
    this.#bind(body);
    return body["body"];
  }

  #typeSchema(node: AnyNode): number {
    if (this.#schemaAt !== -1) return this.#children(node, undefined);
    const body = asNode(node["body"]) ?? asNode(node["typeAnnotation"]);
    const members = nodesOf(body?.["members"] ?? body?.["body"]);
    if (members.length < membersMin) return nothing;
    const place = this.#begin("schema", node, nameOf(node["id"]), members.length);
    this.#schemaAt = place.at;
    const heritage = this.#list(true, node["extends"] ?? []);
    const hash = join(join(forms.schema, this.#list(true, members)), heritage);
    this.#schemaAt = -1;
    this.#end(place, hash, true);
    return hash;
  }

  /** `z.object({ … })` and its like: a schema where it is no part of a larger one. */
  #call(node: AnyNode, hint: string | undefined): number {
    const callee = asNode(node["callee"]);
    const property = callee?.type === "MemberExpression" ? nameOf(callee["property"]) : "";
    const object = nodesOf(node["arguments"]).find((one) => one.type === "ObjectExpression");
    if (this.#schemaAt !== -1 || object === undefined || !schemaCall.test(property) || nodesOf(object["properties"]).length < membersMin) return this.#children(node, hint);
    const place = this.#begin("schema", node, hint ?? "(anonymous)", nodesOf(object["properties"]).length);
    this.#schemaAt = place.at;
    const hash = this.#children(node, hint);
    this.#schemaAt = -1;
    this.#end(place, hash, true);
    return hash;
  }

  #begin(kind: ShapeFact["kind"], node: AnyNode, name: string, members?: number) {
    const at = this.#shapes.length;
    const { line, column } = this.#source.lines.place(node.start);
    const around = this.#around;
    // The place is kept free for it, so that what lies inside can point to it.
    this.#shapes.push({
      kind,
      name,
      line,
      column,
      endLine: this.#source.lines.place(node.end - 1).line,
      size: 0,
      hash: "",
      ...(members === undefined ? {} : { members }),
      ...(around === undefined ? {} : { around }),
    });
    this.#around = at;
    return { at, around, size: this.#size, bag: this.#bag };
  }

  #end(place: { readonly at: number; readonly around: number | undefined; readonly size: number; readonly bag: number }, hash: number, isKept: boolean): void {
    const shape = this.#shapes[place.at];
    this.#around = place.around;
    if (shape === undefined) return;
    // Nothing inside of a function that is too small is large enough: its place and those after it are given back.
    if (!isKept) { this.#shapes.length = place.at; return; }
    const size = this.#size - place.size;
    this.#shapes[place.at] = { ...shape, size, hash: `${(hash >>> 0).toString(36)}.${((this.#bag - place.bag) >>> 0).toString(36)}` };
  }
}

function hintOf(node: AnyNode, hint: string | undefined): string | undefined {
  if (node.type === "AssignmentExpression") return nameOf(asNode(node["left"])?.["property"] ?? node["left"]);
  return node.type === "ExportDefaultDeclaration" ? "default" : hint;
}

/** Adds the names that a statement declares, with no use yet; a name that is there keeps its uses. */
function bindDeclared(node: AnyNode, frame: Map<string, number>): void {
  if (node.type === "VariableDeclaration") for (const one of childrenOf(node["declarations"])) bindPattern(one["id"], frame);
  else if ((node.type === "FunctionDeclaration" || node.type === "ClassDeclaration") && isNode(node["id"])) bindPattern(node["id"], frame);
}

function bindPattern(value: unknown, frame: Map<string, number>): void {
  if (!isNode(value)) return;
  switch (value.type) {
    case "Identifier": { const name = String(value["name"]); if (!frame.has(name)) frame.set(name, 0); return; }
    case "ObjectPattern": for (const one of childrenOf(value["properties"])) bindPattern(one["value"] ?? one["argument"], frame); return;
    case "ArrayPattern": for (const one of childrenOf(value["elements"])) bindPattern(one, frame); return;
    case "AssignmentPattern": bindPattern(value["left"], frame); return;
    case "RestElement": bindPattern(value["argument"], frame); return;
    case "TSParameterProperty": bindPattern(value["parameter"], frame); return;
    default: return;
  }
}
