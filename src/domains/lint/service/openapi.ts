// An OpenAPI description as far as routes are compared with it: paths, methods, parameters, fields of JSON bodies. Pure.
import { parse } from "yaml";
import type { RouteField } from "../types/facts.ts";

export interface ApiOperation {
  readonly method: string;
  /** With `{name}` for parameters, below the base path of the first server. */
  readonly path: string;
  /** The path as it is written. */
  readonly key: string;
  readonly line: number;
  readonly pathParameters: readonly string[];
  /** Undefined where the description says nothing about that part. */
  readonly query: readonly RouteField[] | undefined;
  readonly body: readonly RouteField[] | undefined;
}

type Map_ = Readonly<Record<string, unknown>>;
const methods = ["get", "post", "put", "patch", "delete", "options", "head"] as const;
/** References in circles end here. */
const hopsMax = 10;

/** Undefined where the text is no OpenAPI description. */
export function readOpenApi(text: string): readonly ApiOperation[] | undefined {
  let value: unknown;
  try { value = parse(text, { maxAliasCount: 50 }); } catch { return undefined; }
  const document = asMap(value);
  const paths = asMap(document?.["paths"]);
  if (document === undefined || paths === undefined || (document["openapi"] === undefined && document["swagger"] === undefined)) return undefined;
  const base = baseOf(document);
  const lines = text.split("\n");
  return Object.entries(paths).flatMap(([key, item]) => methods.flatMap((method): ApiOperation[] => {
    const shared = asMap(item);
    const operation = asMap(shared?.[method]);
    if (shared === undefined || operation === undefined) return [];
    const parameters = [...listOf(shared["parameters"]), ...listOf(operation["parameters"])].map((one) => resolve(document, one)).filter((one) => one !== undefined);
    const fields = parameters
      .filter((one) => one["in"] === "query")
      .map((one) => ({ name: String(one["name"]), type: typeOf(document, one["schema"]), isRequired: one["required"] === true }));
    const content = asMap(resolve(document, operation["requestBody"])?.["content"]);
    const schema = asMap(content?.["application/json"])?.["schema"];
    return [{
      method: method.toUpperCase(),
      key,
      path: normalizePath(`${base}${key}`),
      line: lineOf(lines, key, method),
      pathParameters: [...key.matchAll(/\{([^}]+)\}/g)].map((match) => match[1] ?? ""),
      query: fields.length === 0 ? undefined : fields, body: fieldsOf(document, schema),
    }];
  }));
}

/** `/a/:id{[0-9]+}/` and `/a/{id}` are `/a/{id}`. */
export function normalizePath(path: string): string {
  const normal = `/${path}`.replaceAll(/:([A-Za-z_]\w*)(\{[^}]*\}|\([^)]*\))?\??/g, "{$1}").replaceAll(/\/{2,}/g, "/");
  return normal.length > 1 ? normal.replace(/\/$/, "") : normal;
}

function baseOf(document: Map_): string {
  const url = asMap(listOf(document["servers"])[0])?.["url"] ?? document["basePath"];
  if (typeof url !== "string") return "";
  const path = url.replace(/^[a-z]+:\/\/[^/]*/i, "");
  return path === "/" ? "" : path.replace(/\/$/, "");
}

function lineOf(lines: readonly string[], key: string, method: string): number {
  const at = lines.findIndex((line) => { const text = line.trim(); return text.startsWith(`${key}:`) || text.startsWith(`"${key}":`) || text.startsWith(`'${key}':`); });
  if (at === -1) return 1;
  const inner = lines.slice(at + 1, at + 400).findIndex((line) => new RegExp(`^\\s*["']?${method}["']?:`).test(line));
  return inner === -1 ? at + 1 : at + inner + 2;
}

function fieldsOf(document: Map_, value: unknown): readonly RouteField[] | undefined {
  const schema = resolve(document, value);
  if (schema === undefined) return undefined;
  const parts = listOf(schema["allOf"]).flatMap((one) => fieldsOf(document, one) ?? []);
  const properties = asMap(schema["properties"]);
  if (properties === undefined) return parts.length > 0 ? parts : undefined;
  const required = listOf(schema["required"]);
  return [...parts, ...Object.entries(properties).map(([name, one]) => ({ name, type: typeOf(document, one), isRequired: required.includes(name) }))];
}

function typeOf(document: Map_, value: unknown): string {
  const schema = resolve(document, value);
  const type = schema?.["type"];
  if (typeof type === "string") return type;
  const first = listOf(type).find((one) => one !== "null");
  return typeof first === "string" ? first : schema?.["properties"] === undefined ? "unknown" : "object";
}

function resolve(document: Map_, value: unknown): Map_ | undefined {
  let found = asMap(value);
  for (let hop = 0; hop < hopsMax && typeof found?.["$ref"] === "string"; hop++) {
    const path = found["$ref"];
    if (!path.startsWith("#/")) return undefined; // another file: not seen
    let at: unknown = document;
    for (const part of path.slice(2).split("/")) at = asMap(at)?.[part.replaceAll("~1", "/").replaceAll("~0", "~")];
    found = asMap(at);
  }
  return found;
}

function asMap(value: unknown): Map_ | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value as Map_ : undefined; // any object may be asked for any key
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
