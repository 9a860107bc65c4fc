// Paths to routes. A map for literal paths, a short list for those with parameters.
import type { Route } from "./route.ts";

export interface Match { readonly route: Route; readonly params: Readonly<Record<string, string>> }
export type Routing = { readonly kind: "found"; readonly match: Match } | { readonly kind: "wrong-method"; readonly allowed: readonly string[] } | { readonly kind: "none" };

interface Pattern { readonly parts: readonly string[]; readonly routes: readonly Route[] }

function decodePart(part: string): string {
  try { return decodeURIComponent(part); } catch { return part; } // a broken escape matches as it was written
}

function matchParts(pattern: readonly string[], parts: readonly string[]): Record<string, string> | undefined {
  const rest = pattern.at(-1)?.startsWith("*") === true;
  if (rest ? parts.length < pattern.length : parts.length !== pattern.length) return undefined;
  const params: Record<string, string> = {};
  for (let index = 0; index < pattern.length; index++) {
    const want = pattern[index] ?? "", part = parts[index] ?? "";
    if (want.startsWith("*")) { params[want.slice(1)] = parts.slice(index).map(decodePart).join("/"); return params; }
    if (want.startsWith(":")) params[want.slice(1)] = decodePart(part);
    else if (want !== part) return undefined;
  }
  return params;
}

/** `path` is the raw path without the query string. */
export function createRouter(routes: readonly Route[]): (method: string, path: string) => Routing {
  const byPath = new Map<string, Route[]>();
  for (const route of routes) byPath.set(route.path, [...byPath.get(route.path) ?? [], route]);
  const patterns: Pattern[] = [...byPath].filter(([path]) => /\/[:*]/.test(path)).map(([path, list]) => ({ parts: path.split("/"), routes: list }))
    .sort((left, right) => right.parts.filter((part) => !/^[:*]/.test(part)).length - left.parts.filter((part) => !/^[:*]/.test(part)).length);
  const choose = (method: string, list: readonly Route[], params: Record<string, string>): Routing => {
    const wanted = method === "HEAD" ? "GET" : method;
    const route = list.find((one) => one.method === wanted);
    return route ? { kind: "found", match: { route, params } } : { kind: "wrong-method", allowed: list.map((one) => one.method) };
  };
  return (method, path) => {
    const bare = path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
    const literal = byPath.get(bare);
    if (literal) return choose(method, literal, {});
    const parts = bare.split("/");
    for (const pattern of patterns) {
      const params = matchParts(pattern.parts, parts);
      if (params) return choose(method, pattern.routes, params);
    }
    return { kind: "none" };
  };
}
