// Values from outside and where they go, within one function: parsed before they leave it, or not. No type is asked, no other function entered.
import picomatch from "picomatch";
import type { Program } from "oxc-parser";
import type { FlowFact } from "../../types/facts.ts";
import { type AnyNode, asNode, childrenOf, isNode, nameOf } from "./any-node.ts";
import type { Collector, Source } from "./collector.ts";
import { detach } from "./nodes.ts";

const textCharsMax = 80;
/** A tree this deep is generated; walking on would end in a stack overflow. */
const depthMax = 400;
/** Methods of promises and lists hand on what their callback returns. */
const passing = new Set(["then", "map", "flatMap", "filter", "find", "at", "slice", "finally", "catch"]);
/** Calls that look at a value and give back another one, or only ask what it is. */
const harmless =
  /^(Number|String|Boolean|BigInt|parseInt|parseFloat|Array\.isArray|Object\.(keys|hasOwn)|JSON\.stringify|typeof|isNaN|isFinite|Number\.\w+|console\.\w+|encodeURIComponent|structuredClone)$/;
/** Calls that ask what a value is: after them its type is known. */
const asking = /(^|\.)(is|assert|has|ensure|expect|check|require|validate)([A-Z]\w*)?$|^Array\.isArray$/;

type Origin = Pick<FlowFact, "source" | "text" | "line" | "column">;

export function createFlows(parsers: readonly string[], visitorKeys: Readonly<Record<string, readonly string[]>>): Collector {
  let source: Source;
  // `*.parse` is a method of whatever object: `Schema.parse`, `schemas.user.parse`, `z.object({…}).parse`.
  const isParser = picomatch(parsers.map((name) => name.replace(/^\*\./, "*.**.").replaceAll(".", "/")), { dot: true });
  return {
    visitor: {},
    isWanted: (text) => text.includes("JSON.parse") || text.includes(".json(") || text.includes(".body") || text.includes("process.env") || text.includes("import.meta.env"),
    begin(next) { source = next; },
    finish: ({ program }) => ({ flows: new FlowReader(source, (callee) => isParser(callee.replaceAll(".", "/")), visitorKeys).read(program) }),
  };
}

interface Frame { readonly name: string; readonly isCallback: boolean; readonly own: Set<string>; returned: Origin | undefined }

class FlowReader {
  readonly #source: Source;
  readonly #isParser: (callee: string) => boolean;
  readonly #keys: Readonly<Record<string, readonly string[]>>;
  readonly #flows: FlowFact[] = [];
  /** Variables that hold something from outside that no parser has seen. */
  readonly #open = new Map<string, Origin>();
  readonly #imported = new Set<string>();
  readonly #frames: Frame[] = [];
  #depth = 0;

  constructor(source: Source, isParser: (callee: string) => boolean, keys: Readonly<Record<string, readonly string[]>>) {
    this.#source = source;
    this.#isParser = isParser;
    this.#keys = keys;
  }

  read(program: Program): readonly FlowFact[] {
    for (const statement of program.body as unknown as readonly AnyNode[]) { // every node has type, start and end
      if (statement.type === "ImportDeclaration") for (const one of childrenOf(statement["specifiers"])) this.#imported.add(nameOf(one["local"]));
      else this.#visit(statement);
    }
    return this.#flows;
  }

  /** What a value holds of the outside; undefined where nothing, or where it was parsed. Visits everything below the node once. */
  #visit(node: AnyNode | undefined): Origin | undefined {
    if (node === undefined || this.#depth > depthMax) return undefined;
    this.#depth++;
    const origin = this.#visitKind(node);
    this.#depth--;
    return origin;
  }

  #visitKind(node: AnyNode): Origin | undefined {
    switch (node.type) {
      case "Identifier": return this.#open.get(nameOf(node));
      case "MemberExpression": return this.#member(node);
      case "CallExpression": case "NewExpression": return this.#call(node);
      case "AwaitExpression": case "YieldExpression": case "SpreadElement": return this.#visit(asNode(node["argument"]));
      case "ParenthesizedExpression":
      case "TSAsExpression":
      case "TSNonNullExpression":
      case "TSSatisfiesExpression":
      case "TSTypeAssertion":
      case "ChainExpression":
        return this.#visit(asNode(node["expression"]));
      case "LogicalExpression": { const left = this.#visit(asNode(node["left"])); const right = this.#visit(asNode(node["right"])); return left ?? right; }
      case "ConditionalExpression": {
        this.#visit(asNode(node["test"]));
        const first = this.#visit(asNode(node["consequent"]));
        const second = this.#visit(asNode(node["alternate"]));
        return first ?? second;
      }
      case "ObjectExpression": case "ArrayExpression": return this.#parts(node);
      case "VariableDeclarator": { const origin = this.#visit(asNode(node["init"])); this.#declare(node["id"], origin); return undefined; }
      case "AssignmentExpression": return this.#assign(node);
      case "ReturnStatement": this.#leave(this.#visit(asNode(node["argument"])), node); return undefined;
      case "UnaryExpression": return this.#unary(node);
      case "BinaryExpression": return this.#binary(node);
      case "TemplateLiteral": case "UpdateExpression": this.#children(node); return undefined;
      case "FunctionDeclaration": case "FunctionExpression": case "ArrowFunctionExpression": this.#function(node, false, ""); return undefined;
      default: this.#children(node); return undefined;
    }
  }

  #children(node: AnyNode): void {
    for (const key of this.#keys[node.type] ?? []) {
      const value = node[key];
      if (Array.isArray(value)) for (const item of value as readonly unknown[]) { if (isNode(item)) this.#visitNamed(item, node); } // Array.isArray says any[]
      else if (isNode(value)) this.#visitNamed(value, node);
    }
  }

  #visitNamed(node: AnyNode, parent: AnyNode): void {
    if (node.type.includes("Function") && (parent.type === "MethodDefinition" || parent.type === "PropertyDefinition" || parent.type === "Property"))
      this.#function(node, false, nameOf(parent["key"]));
    else this.#visit(node);
  }

  #parts(node: AnyNode): Origin | undefined {
    let found: Origin | undefined;
    for (const part of childrenOf(node["properties"] ?? node["elements"])) {
      if (!isNode(part)) continue;
      const value = part.type === "Property" ? asNode(part["value"]) : part;
      if (value?.type.includes("Function") === true) { this.#function(value, false, nameOf(part["key"])); continue; }
      const origin = this.#visit(value);
      found ??= origin;
    }
    return found;
  }

  #member(node: AnyNode): Origin | undefined {
    const path = dotted(node);
    if (path === "process.env" || path === "import.meta.env" || path.startsWith("process.env.") || path.startsWith("import.meta.env.")) return this.#origin("environment", node);
    if (/^(req|request|ctx\.request|context\.request|c\.req|event)\.body$/.test(path)) return this.#origin("request", node);
    if (node["computed"] === true) this.#visit(asNode(node["property"]));
    const origin = this.#visit(asNode(node["object"]));
    return nameOf(node["property"]) === "length" ? undefined : origin;
  }

  #call(node: AnyNode): Origin | undefined {
    const callee = asNode(node["callee"]);
    const args = childrenOf(node["arguments"]);
    const path = callee === undefined ? "" : dotted(callee);
    const last = path.slice(path.lastIndexOf(".") + 1);
    const isRequest = /(^|\.)(req|request)$/.test(path.slice(0, Math.max(0, path.lastIndexOf("."))));
    if (path === "JSON.parse") { for (const arg of args) this.#visit(arg); return this.#origin("json", node); }
    if (last === "json" && args.length === 0 && callee?.type === "MemberExpression" && !this.#imported.has(dotted(callee["object"]))) {
      this.#visit(asNode(callee["object"]));
      return this.#origin(isRequest ? "request" : "response", node);
    }
    if (this.#isParser(path)) {
      for (const arg of args) { this.#visit(arg); if (asking.test(path)) this.#close(arg); }
      return undefined;
    }
    const ofObject = callee?.type === "MemberExpression" ? this.#visit(asNode(callee["object"])) : undefined;
    if (callee !== undefined && callee.type !== "MemberExpression" && callee.type !== "Identifier") this.#visit(callee);
    let handed = passing.has(last) ? ofObject : undefined;
    for (const arg of args) {
      if (arg.type === "ArrowFunctionExpression" || arg.type === "FunctionExpression") {
        const first = childrenOf(arg["params"])[0];
        const returned = this.#function(arg, true, "", passing.has(last) ? ofObject : undefined, first);
        if (last === "then" || last === "map" || last === "flatMap") handed = returned;
        continue;
      }
      // `.then(Schema.parse)`: the parser itself is handed over.
      if (passing.has(last) && this.#isParser(dotted(arg))) { handed = undefined; continue; }
      const origin = this.#visit(arg);
      if (origin === undefined || harmless.test(path)) continue;
      if (asking.test(path)) { this.#close(arg); continue; }
      this.#pass(origin, { path, callee, node });
    }
    return handed;
  }

  /** Only what is imported, constructed or a method of something kept may be far away; a local function is read where it stands. */
  #pass(origin: Origin, { path, callee, node }: { readonly path: string; readonly callee: AnyNode | undefined; readonly node: AnyNode }): void {
    const root = path.split(".")[0] ?? "";
    const isStoring = /\.(push|add|set|append|unshift|insert)$/.test(path);
    if (isStoring && !this.#isOwn(root)) this.#add(origin, "stored", path.slice(0, path.lastIndexOf(".")), node);
    else if (this.#imported.has(root) || (callee?.type === "Identifier" && node.type === "NewExpression")) this.#add(origin, "passed", path, node);
  }

  #unary(node: AnyNode): undefined {
    const argument = asNode(node["argument"]);
    this.#visit(argument);
    if (node["operator"] === "typeof") this.#close(argument);
    return undefined;
  }

  #binary(node: AnyNode): undefined {
    this.#children(node);
    if (node["operator"] === "instanceof") this.#close(asNode(node["left"]));
    if (node["operator"] === "in") this.#close(asNode(node["right"]));
    // Compared with a literal it is one of those that are known.
    if (node["operator"] === "===" || node["operator"] === "!==")
      for (const [one, other] of [
        [node["left"], node["right"]],
        [node["right"], node["left"]],
      ])
        if (isNode(one) && isNode(other) && other.type === "Literal" && typeof other["value"] === "string") this.#close(one);
    return undefined;
  }

  /** The code has asked what the value is: it counts as parsed from here on. */
  #close(node: AnyNode | undefined): void {
    for (let inner = node; inner !== undefined; inner = asNode(inner["object"]) ?? asNode(inner["expression"])) if (inner.type === "Identifier") this.#open.delete(nameOf(inner));
  }

  #assign(node: AnyNode): Origin | undefined {
    const left = asNode(node["left"]);
    const origin = this.#visit(asNode(node["right"]));
    if (left?.type === "MemberExpression") {
      const path = dotted(left);
      if (origin !== undefined && !this.#isOwn(path.split(".")[0] ?? "")) this.#add(origin, "stored", path, node);
      return origin;
    }
    const isOuter = left?.type === "Identifier" && !this.#isOwn(nameOf(left)) && this.#frames.length > 0;
    if (isOuter && origin !== undefined) this.#add(origin, "stored", nameOf(left), node);
    else this.#declare(left, origin);
    return origin;
  }

  #declare(pattern: unknown, origin: Origin | undefined): void {
    for (const name of namesOf(pattern)) {
      this.#frames.at(-1)?.own.add(name);
      if (origin === undefined) this.#open.delete(name); else this.#open.set(name, origin);
    }
  }

  /** What a callback returns of the outside. `given` is what its first parameter holds. */
  #function(node: AnyNode, isCallback: boolean, name: string, given?: Origin, first?: AnyNode): Origin | undefined {
    const before = new Map(this.#open);
    const frame: Frame = { name: isNode(node["id"]) ? nameOf(node["id"]) : name, isCallback, own: new Set(), returned: undefined };
    this.#frames.push(frame);
    for (const param of childrenOf(node["params"])) this.#declare(param, param === first ? given : undefined);
    const body = asNode(node["body"]);
    if (body !== undefined && body.type !== "BlockStatement" && body.type !== "FunctionBody") this.#leave(this.#visit(body), body);
    else this.#visit(body);
    this.#frames.pop();
    this.#open.clear();
    for (const [key, origin] of before) this.#open.set(key, origin);
    return frame.returned;
  }

  #leave(origin: Origin | undefined, node: AnyNode): void {
    const frame = this.#frames.at(-1);
    if (origin === undefined || frame === undefined) return;
    frame.returned ??= origin;
    if (!frame.isCallback) this.#add(origin, "returned", "", node);
  }

  #add(origin: Origin, way: FlowFact["way"], to: string, node: AnyNode): void {
    if (this.#flows.some((one) => one.line === origin.line && one.column === origin.column)) return; // one value, one finding
    this.#flows.push({ ...origin, way, to, inFunction: this.#frames.findLast((frame) => frame.name !== "")?.name ?? "", endLine: this.#source.lines.place(node.end - 1).line });
  }

  #isOwn(name: string): boolean {
    return this.#frames.at(-1)?.own.has(name) ?? false;
  }

  #origin(source: FlowFact["source"], node: AnyNode): Origin {
    return { source, text: detach(this.#source.text.slice(node.start, node.end).replaceAll(/\s+/g, " "), textCharsMax), ...this.#source.lines.place(node.start) };
  }
}

/** `a.b.c`, with `this`, `import.meta` and calls in between as words; empty for anything else. */
function dotted(value: unknown): string {
  const node = asNode(value);
  switch (node?.type) {
    case "Identifier": return nameOf(node);
    case "ThisExpression": return "this";
    case "MetaProperty": return "import.meta";
    case "MemberExpression": return `${dotted(node["object"])}.${node["computed"] === true ? "*" : nameOf(node["property"])}`;
    case "CallExpression": return dotted(node["callee"]);
    case "AwaitExpression": return dotted(node["argument"]);
    case "ChainExpression": case "TSNonNullExpression": case "ParenthesizedExpression": case "TSAsExpression": return dotted(node["expression"]);
    default: return "";
  }
}

function namesOf(value: unknown): readonly string[] {
  const node = asNode(value);
  switch (node?.type) {
    case "Identifier": return [nameOf(node)];
    case "ObjectPattern": return childrenOf(node["properties"]).flatMap((one) => namesOf(one["value"] ?? one["argument"]));
    case "ArrayPattern": return childrenOf(node["elements"]).flatMap(namesOf);
    case "AssignmentPattern": return namesOf(node["left"]);
    case "RestElement": return namesOf(node["argument"]);
    case "TSParameterProperty": return namesOf(node["parameter"]);
    default: return [];
  }
}
