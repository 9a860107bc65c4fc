// Routes of hono, express and fastify with literal paths, with the schemas that are attached and written in the same file.
import type { Program } from "oxc-parser";
import type { FileFacts, RouteFact, RouteField } from "../../types/facts.ts";
import { type AnyNode, asNode, childrenOf, isNode, nameOf } from "./any-node.ts";
import type { Collector, Source } from "./collector.ts";
import { detach } from "./nodes.ts";

const methods = new Set(["get", "post", "put", "patch", "delete", "options", "head", "all"]);
const pathCharsMax = 300;
/** A tree this deep is generated; walking on would end in a stack overflow. */
const depthMax = 400;
const frameworks: readonly (readonly [RegExp, RouteFact["framework"]])[] = [[/^(hono|@hono\/)/, "hono"], [/^express(-|$)/, "express"], [/^(fastify|@fastify\/)/, "fastify"]];
const usualNames = new Set(["app", "router", "server", "fastify", "api", "routes", "instance"]);
const routerTypes = /^(Hono|OpenAPIHono|FastifyInstance|Express|Router|IRouter|Application|FastifyPluginAsync)$/;

export function createRoutes(visitorKeys: Readonly<Record<string, readonly string[]>>): Collector {
  let source: Source;
  return {
    visitor: {},
    isWanted: (text) => /hono|express|fastify/.test(text),
    begin(next) { source = next; },
    finish: ({ program }) => new RouteReader(source, visitorKeys).read(program),
  };
}

type Found = Pick<FileFacts, "routes" | "routesUnseen" | "routeMounts">;

class RouteReader {
  readonly #source: Source;
  readonly #keys: Readonly<Record<string, readonly string[]>>;
  readonly #routers = new Set<string>();
  readonly #prefixes = new Map<string, string>();
  /** Values of constants at the top, for schemas by name. */
  readonly #constants = new Map<string, AnyNode>();
  readonly #imports = new Map<string, { readonly specifier: string; readonly imported: string }>();
  readonly #routes: (RouteFact & { readonly router: string })[] = [];
  readonly #mounts: { readonly prefix: string; readonly specifier: string; readonly imported: string }[] = [];
  #framework: RouteFact["framework"] | undefined;
  #unseen = 0;
  #depth = 0;

  constructor(source: Source, keys: Readonly<Record<string, readonly string[]>>) {
    this.#source = source;
    this.#keys = keys;
  }

  read(program: Program): Found {
    const body = program.body as unknown as readonly AnyNode[]; // every node has type, start and end
    for (const statement of body) this.#readImports(statement);
    if (this.#framework === undefined) return {};
    for (const statement of body) this.#collect(statement);
    for (const statement of body) this.#visit(statement);
    const routes = this.#routes.map(({ router, ...route }): RouteFact => ({ ...route, path: joinPath(this.#prefixes.get(router) ?? "", route.path) }));
    return { routes, ...(this.#unseen > 0 ? { routesUnseen: this.#unseen } : {}), ...(this.#mounts.length > 0 ? { routeMounts: this.#mounts } : {}) };
  }

  #readImports(statement: AnyNode): void {
    if (statement.type !== "ImportDeclaration") return;
    const specifier = nameOf(statement["source"]);
    this.#framework ??= frameworks.find(([pattern]) => pattern.test(specifier))?.[1];
    for (const one of childrenOf(statement["specifiers"]))
      this.#imports.set(nameOf(one["local"]), {
        specifier,
        imported: one.type === "ImportSpecifier" ? nameOf(one["imported"]) : one.type === "ImportDefaultSpecifier" ? "default" : "*",
      });
  }

  /** Routers by what they are made of, and constants. */
  #collect(node: AnyNode): void {
    if (node.type === "VariableDeclarator") {
      const init = asNode(node["init"]);
      const name = nameOf(node["id"]);
      if (init !== undefined) this.#constants.set(name, init);
      const root = init === undefined ? "" : this.#madeBy(init);
      if (/^(Hono|OpenAPIHono|express|Router|express\.Router|fastify|Fastify)$/.test(root)) this.#routers.add(name);
      for (let call = init; call?.type === "CallExpression"; call = asNode(asNode(call["callee"])?.["object"])) {
        const callee = asNode(call["callee"]);
        if (callee?.type === "MemberExpression" && nameOf(callee["property"]) === "basePath") this.#prefixes.set(name, textOf(childrenOf(call["arguments"])[0]) ?? "");
      }
    }
    for (const param of childrenOf(node["params"])) {
      const type = asNode(asNode(asNode(param["typeAnnotation"])?.["typeAnnotation"])?.["typeName"]);
      if (param.type === "Identifier" && type !== undefined && routerTypes.test(nameOf(type))) this.#routers.add(nameOf(param));
    }
    this.#each(node, (child) => this.#collect(child));
  }

  #madeBy(node: AnyNode): string {
    if (node.type === "NewExpression") return nameOf(node["callee"]);
    if (node.type === "AwaitExpression") { const inner = asNode(node["argument"]); return inner === undefined ? "" : this.#madeBy(inner); }
    const callee = node.type === "CallExpression" ? asNode(node["callee"]) : undefined;
    if (callee?.type === "Identifier") return nameOf(callee);
    if (callee?.type !== "MemberExpression") return "";
    const object = asNode(callee["object"]);
    if (object?.type === "Identifier") return `${nameOf(object)}.${nameOf(callee["property"])}`;
    return object === undefined ? "" : this.#madeBy(object);
  }

  #visit(node: AnyNode): void {
    if (node.type === "CallExpression") this.#call(node);
    this.#each(node, (child) => this.#visit(child));
  }

  #each(node: AnyNode, run: (child: AnyNode) => void): void {
    if (this.#depth > depthMax) return;
    this.#depth++;
    for (const key of this.#keys[node.type] ?? []) {
      const value = node[key];
      if (Array.isArray(value)) for (const item of value as readonly unknown[]) { if (isNode(item)) run(item); } // Array.isArray says any[]
      else if (isNode(value)) run(value);
    }
    this.#depth--;
  }

  #call(node: AnyNode): void {
    const callee = asNode(node["callee"]);
    if (callee?.type !== "MemberExpression") return;
    const name = nameOf(callee["property"]);
    const router = this.#routerOf(asNode(callee["object"]));
    if (router === undefined) return;
    const args = childrenOf(node["arguments"]);
    if (methods.has(name)) { this.#method(node, { name, router, args, callee }); return; }
    const [first, second] = args;
    if (name === "on" && this.#framework === "hono") {
      for (const method of textsOf(first)) this.#add(node, { method, path: textOf(second), router, args: args.slice(2) });
      return;
    }
    if (name === "route" && first?.type === "ObjectExpression") {
      for (const method of textsOf(valueOf(first, "method")))
        this.#add(node, { method, path: textOf(valueOf(first, "url") ?? valueOf(first, "path")), router, args });
      return;
    }
    if ((name === "route" || name === "use") && second !== undefined) this.#mount(textOf(first), args.slice(1));
    if (name === "register" && second !== undefined) this.#mount(textOf(valueOf(second, "prefix")), [first]);
  }

  /** `app.get("/x", …)`, `router.route("/x").get(…)`, and chains of either. */
  #method(node: AnyNode, { name, router, args, callee }: { readonly name: string; readonly router: string; readonly args: readonly AnyNode[]; readonly callee: AnyNode }): void {
    for (let object = asNode(callee["object"]); object?.type === "CallExpression"; object = asNode(asNode(object["callee"])?.["object"])) {
      const inner = childrenOf(object["arguments"]);
      if (nameOf(asNode(object["callee"])?.["property"]) === "route" && inner.length === 1) { this.#add(node, { method: name, path: textOf(inner[0]), router, args }); return; }
    }
    // One argument asks for a setting (`app.get("env")`), in every one of the three.
    if (args.length > 1) this.#add(node, { method: name, path: textOf(args[0]), router, args: args.slice(1) });
  }

  #add(
    node: AnyNode,
    { method, path, router, args }: { readonly method: string; readonly path: string | undefined; readonly router: string; readonly args: readonly AnyNode[] },
  ): void {
    if (path === undefined || this.#framework === undefined) { this.#unseen++; return; }
    const place = this.#source.lines.place((asNode(asNode(node["callee"])?.["property"]) ?? node).start);
    this.#routes.push({
      framework: this.#framework,
      method: method.toUpperCase(),
      path: detach(path, pathCharsMax),
      ...place,
      endLine: place.line,
      schemas: args.flatMap((arg) => this.#schemas(arg)),
      router,
    });
  }

  #mount(prefix: string | undefined, mounted: readonly (AnyNode | undefined)[]): void {
    if (prefix === undefined) return;
    for (const one of mounted) {
      if (one?.type !== "Identifier") continue;
      const name = nameOf(one);
      const imported = this.#imports.get(name);
      if (imported !== undefined) this.#mounts.push({ prefix, ...imported });
      else this.#prefixes.set(name, joinPath(prefix, this.#prefixes.get(name) ?? ""));
    }
  }

  /** The name that a chain of calls begins with, where it is a router. */
  #routerOf(node: AnyNode | undefined): string | undefined {
    let inner = node;
    while (inner?.type === "CallExpression" || inner?.type === "MemberExpression") inner = asNode(inner.type === "CallExpression" ? inner["callee"] : inner["object"]);
    if (inner?.type === "NewExpression") return routerTypes.test(nameOf(inner["callee"])) ? "" : undefined;
    const name = inner?.type === "Identifier" ? nameOf(inner) : "";
    return this.#routers.has(name) || usualNames.has(name) ? name : undefined;
  }

  #schemas(arg: AnyNode): RouteFact["schemas"][number][] {
    if (arg.type === "CallExpression" && /[vV]alidator$/.test(nameOf(arg["callee"]))) {
      const [target, schema] = childrenOf(arg["arguments"]);
      const part = { json: "body", form: "body", query: "query", param: "params" }[textOf(target) ?? ""];
      const fields = this.#fields(schema);
      return part === undefined || fields === undefined ? [] : [{ part, fields }];
    }
    const schema = arg.type === "ObjectExpression" ? asNode(valueOf(arg, "schema")) : undefined;
    if (schema?.type !== "ObjectExpression") return [];
    return ([["body", "body"], ["querystring", "query"], ["query", "query"], ["params", "params"]] as const).flatMap(([key, part]) => {
      const fields = this.#fields(valueOf(schema, key));
      return fields === undefined ? [] : [{ part, fields }];
    });
  }

  /** Fields of `z.object({ … })` or of a JSON schema, written here or in a constant of this file. */
  #fields(value: AnyNode | undefined): readonly RouteField[] | undefined {
    const node = value?.type === "Identifier" ? this.#constants.get(nameOf(value)) : value;
    if (node?.type === "CallExpression") {
      const object = childrenOf(node["arguments"])[0];
      const callee = asNode(node["callee"]);
      if (!/^(object|strictObject|looseObject|Object)$/.test(nameOf(callee?.["property"]))) return undefined;
      return childrenOf(object?.["properties"]).filter((one) => one.type === "Property").map((one) => zodField(nameOf(one["key"]), asNode(one["value"])));
    }
    if (node?.type !== "ObjectExpression") return undefined;
    const properties = valueOf(node, "properties");
    const required = new Set(textsOf(valueOf(node, "required")));
    if (properties === undefined) return undefined;
    return childrenOf(properties["properties"]).filter((one) => one.type === "Property").map((one) => {
      const name = nameOf(one["key"]);
      const type = asNode(one["value"]);
      return { name, type: (type === undefined ? undefined : textOf(valueOf(type, "type"))) ?? "unknown", isRequired: required.has(name) };
    });
  }
}

const zodTypes: Readonly<Record<string, string>> = {
  string: "string",
  email: "string",
  uuid: "string",
  url: "string",
  enum: "string",
  iso: "string",
  literal: "string",
  date: "string",
  datetime: "string",
  number: "number",
  int: "integer",
  boolean: "boolean",
  array: "array",
  object: "object",
  strictObject: "object",
  looseObject: "object",
  record: "object",
};

/** The first call of the chain is the type; `optional()`, `default()` and `nullish()` make it optional; `int()` makes an integer. */
function zodField(name: string, value: AnyNode | undefined): RouteField {
  const calls: string[] = [];
  for (let node = value; node?.type === "CallExpression" || node?.type === "MemberExpression";) {
    if (node.type === "MemberExpression") calls.unshift(nameOf(node["property"]));
    node = asNode(node.type === "CallExpression" ? node["callee"] : node["object"]);
  }
  const first = calls.find((call) => zodTypes[call] !== undefined);
  const type = first === undefined ? "unknown" : zodTypes[first] ?? "unknown";
  return {
    name,
    type: type === "number" && calls.includes("int") ? "integer" : type,
    isRequired: !calls.some((call) => call === "optional" || call === "default" || call === "nullish"),
  };
}

function textOf(node: AnyNode | undefined): string | undefined {
  if (node?.type === "Literal" && typeof node["value"] === "string") return node["value"];
  if (node?.type !== "TemplateLiteral" || childrenOf(node["expressions"]).length > 0) return undefined;
  const cooked = asNode(childrenOf(node["quasis"])[0]?.["value"])?.["cooked"];
  return typeof cooked === "string" ? cooked : undefined;
}

function textsOf(node: AnyNode | undefined): readonly string[] {
  const nodes = node?.type === "ArrayExpression" ? childrenOf(node["elements"]) : node === undefined ? [] : [node];
  return nodes.flatMap((one) => textOf(one) ?? []);
}

function valueOf(object: AnyNode, key: string): AnyNode | undefined {
  return asNode(childrenOf(object["properties"]).find((one) => one.type === "Property" && nameOf(one["key"]) === key)?.["value"]);
}

function joinPath(prefix: string, path: string): string {
  const joined = `${prefix.replace(/\/+$/, "")}/${path.replace(/^\/+/, "")}`;
  return prefix === "" ? path : joined.length > 1 ? joined.replace(/\/+$/, "") : joined;
}
