// Routes of the program against its OpenAPI description, both shapes shown. What has no literal path is counted as not seen, never as missing.
import type { ApiContractRule } from "../../config/kinds/content.ts";
import { compileGlobs } from "../../config/match.ts";
import type { CompiledKindRule } from "../../config/lint-configuration.ts";
import type { ResolvedFacts, RouteFact, RouteField } from "../../types/facts.ts";
import { type ApiOperation, normalizePath, readOpenApi } from "../openapi.ts";
import { type KindDraft, type KindInput, type RuleKind, scriptLanguages } from "./kind.ts";

interface Route { readonly facts: ResolvedFacts; readonly fact: RouteFact; readonly path: string }

export const apiContract: RuleKind<ApiContractRule> = {
  summary: "Routes and the OpenAPI file say the same: paths, methods, parameters, fields.",
  languages: scriptLanguages,
  why: "Clients are written against the description; what drifts from it breaks them without a compiler saying so.",
  example: "- { kind: api-contract, in: \"src/**\", openapi: docs/openapi.yaml }",
  request: () => ({ routes: true }),
  texts: (rule) => [rule.openapi],
  checkAll(rule, input) {
    const text = input.texts.get(rule.openapi)?.text;
    const operations = text === undefined ? undefined : readOpenApi(text);
    if (operations === undefined) {
      return [{
        file: text === undefined ? input.configuration.file : rule.openapi, line: 1, column: 1, endLine: 1, to: rule.openapi,
        found: text === undefined ? `the description ${rule.openapi} is missing` : `${rule.openapi} is no OpenAPI description that can be read`,
        expected: "an OpenAPI file in YAML or JSON with `openapi` and `paths`",
        fix: `Write ${rule.openapi}, or correct \`openapi\` of the rule.`,
      }];
    }
    const isIgnored = compileGlobs(rule.ignore);
    const { routes, unseen } = routesOf(rule, input);
    const counted = routes.filter((route) => !isIgnored(route.path.slice(1)) && !route.path.includes("*"));
    const byAddress = new Map(operations.map((one) => [`${one.method} ${shapeOf(one.path)}`, one]));
    const drafts = counted.flatMap((route) => compare(rule, route, byAddress, operations));
    const seen = new Set(
      counted.flatMap((route) =>
        (route.fact.method === "ALL" ? ["GET", "POST", "PUT", "PATCH", "DELETE"] : [route.fact.method]).map((method) => `${method} ${shapeOf(route.path)}`),
      ),
    );
    const absent = operations.filter((one) => !seen.has(`${one.method} ${shapeOf(one.path)}`) && !isIgnored(one.path.slice(1)));
    return [...drafts, ...absentDrafts(rule, absent, unseen)];
  },
};

function routesOf(rule: CompiledKindRule & ApiContractRule, input: KindInput): { readonly routes: readonly Route[]; readonly unseen: number } {
  const prefixes = new Map<string, Set<string>>();
  let unseen = 0;
  for (const facts of input.index.files) {
    for (const mount of facts.routeMounts ?? []) {
      const target = facts.imports.find((one) => one.specifier === mount.specifier)?.target;
      if (target?.kind !== "file") continue;
      for (const file of input.index.originsOf(target.file, mount.imported).length > 0 ? input.index.originsOf(target.file, mount.imported) : [target.file])
        prefixes.set(file, (prefixes.get(file) ?? new Set<string>()).add(mount.prefix));
    }
  }
  const routes = input.index.files.filter((facts) => rule.isIn(facts.file)).flatMap((facts) => {
    unseen += facts.routesUnseen ?? 0;
    const own = prefixes.get(facts.file) ?? new Set([""]);
    return (facts.routes ?? []).flatMap((fact) => [...own].map((prefix): Route => ({ facts, fact, path: normalizePath(`${rule.prefix}/${prefix}/${fact.path}`) })));
  });
  return { routes, unseen };
}

/** Names of parameters do not decide which route it is. */
function shapeOf(path: string): string {
  return path.replaceAll(/\{[^}]*\}/g, "{}");
}

function compare(rule: ApiContractRule, route: Route, byAddress: ReadonlyMap<string, ApiOperation>, operations: readonly ApiOperation[]): KindDraft[] {
  const { fact, facts, path } = route;
  const at = { file: facts.file, line: fact.line, column: fact.column, endLine: fact.endLine };
  const shape = shapeOf(path);
  const operation = fact.method === "ALL" ? operations.find((one) => shapeOf(one.path) === shape) : byAddress.get(`${fact.method} ${shape}`);
  if (operation === undefined) {
    const others = operations.filter((one) => shapeOf(one.path) === shape).map((one) => one.method);
    return [{
      ...at,
      to: `${fact.method} ${path}`,
      found: `the route ${fact.method} ${path} is not in ${rule.openapi}${others.length > 0 ? `, which has ${others.join(", ")} ${path}` : ""}`,
      expected: "every route is described", fix: `Describe ${fact.method.toLowerCase()} under ${path} in ${rule.openapi} with its parameters and bodies, or remove the route.`,
    }];
  }
  const drafts: KindDraft[] = [];
  const inCode = [...path.matchAll(/\{([^}]+)\}/g)].map((match) => match[1] ?? "");
  const inFile = [...operation.path.matchAll(/\{([^}]+)\}/g)].map((match) => match[1] ?? "");
  if (inCode.join() !== inFile.join())
    drafts.push({
      ...at,
      to: `${fact.method} ${path} parameters`,
      found: `parameters of ${fact.method} ${path}: ${inCode.join(", ")} in the code, ${inFile.join(", ")} in ${rule.openapi}:${operation.line}`,
      expected: "the same names of parameters",
      fix: `Use the names of ${rule.openapi}: ${operation.path}.`,
    });
  for (const { part, fields } of fact.schemas) {
    const described = part === "body" ? operation.body : part === "query" ? operation.query : undefined;
    if (part !== "body" && part !== "query") continue;
    const differences = differ(fields, described ?? []);
    if (differences.length === 0) continue;
    drafts.push({
      ...at, to: `${fact.method} ${path} ${part}`,
      found: `the ${part} of ${fact.method} ${path} is ${show(fields)} in the code and ${described === undefined ? "not described" : show(described)} in ${rule.openapi}:${operation.line} (${differences.join("; ")})`,
      expected: "the same fields, types and required ones on both sides", fix: `Decide which side is right, and make ${rule.openapi} and the schema of this route say the same.`,
    });
  }
  return drafts;
}

function differ(code: readonly RouteField[], file: readonly RouteField[]): readonly string[] {
  const described = new Map(file.map((field) => [field.name, field]));
  const known = new Set(code.map((field) => field.name));
  const isSame = (left: string, right: string) =>
    left === right || left === "unknown" || right === "unknown" || (left === "number" && right === "integer") || (left === "integer" && right === "number");
  return [
    ...code.flatMap((field) => {
      const other = described.get(field.name);
      if (other === undefined) return [`${field.name} is only in the code`];
      if (!isSame(field.type, other.type)) return [`${field.name} is ${field.type} in the code, ${other.type} in the file`];
      return field.isRequired === other.isRequired
        ? []
        : [`${field.name} is ${field.isRequired ? "required" : "optional"} in the code, ${other.isRequired ? "required" : "optional"} in the file`];
    }),
    ...file.filter((field) => !known.has(field.name)).map((field) => `${field.name} is only in the file`),
  ];
}

function show(fields: readonly RouteField[]): string {
  return `{ ${fields.map((field) => `${field.name}${field.isRequired ? "" : "?"}: ${field.type}`).join(", ")} }`;
}

function absentDrafts(rule: ApiContractRule, absent: readonly ApiOperation[], unseen: number): KindDraft[] {
  if (absent.length === 0) return [];
  const at = (one: ApiOperation) => ({ file: rule.openapi, line: one.line, column: 1, endLine: one.line });
  const [first] = absent;
  if (unseen > 0 && first !== undefined) {
    return [{
      ...at(first),
      to: "unseen",
      found: `${absent.length} operations have no literal route (${absent
        .slice(0, 5)
        .map((one) => `${one.method} ${one.path}`)
        .join(", ")}${absent.length > 5 ? ", …" : ""}); ${unseen} routes were not seen: computed paths, and frameworks other than hono, express and fastify`,
      expected: "every described operation has a route with a literal path",
      fix: "Write the paths of routes as literals, so that they can be compared; then see which operations are left.",
    }];
  }
  return absent.map((one): KindDraft => ({
    ...at(one), to: `${one.method} ${one.path}`, found: `${one.method} ${one.path} is described, and no route serves it`, expected: "every described operation has a route",
    fix: `Add the route ${one.method} ${one.path}, or remove the operation from ${rule.openapi}.`,
  }));
}
