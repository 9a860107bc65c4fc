// Names and values of attributes, in Tempo's two versions.
import { compileRead } from "../../service/traceql/field.ts";
import { parseTraceql } from "../../service/traceql/parse.ts";
import { renderValue } from "../../service/traceql/render.ts";
import { evaluateSpanset } from "../../service/traceql/search.ts";
import { TraceView } from "../../service/traceql/trace-view.ts";
import type { FieldExpression } from "../../service/traceql/ast.ts";
import type { AttributeRun, SpanStore } from "../../service/traces/span-store.ts";
import { HttpError } from "../../types/http-error.ts";
import { newBudget, type TempoScene } from "./tempo-scene.ts";
import type { Route } from "../server/route.ts";

/** Values of one attribute that an answer holds; more are no list that anybody reads. */
const valuesMax = 1000;
const intrinsics = ["duration", "event:name", "event:timeSinceStart", "instrumentation:name", "instrumentation:version", "kind", "link:spanID", "link:traceID", "name", "rootName", "rootServiceName", "span:duration", "span:id", "span:kind", "span:name", "span:parentID", "span:status", "span:statusMessage", "status", "statusMessage", "trace:duration", "trace:id", "trace:rootName", "trace:rootService", "traceDuration"];

export interface TagNames { readonly resource: readonly string[]; readonly span: readonly string[]; readonly event: readonly string[]; readonly link: readonly string[]; readonly instrumentation: readonly string[] }

export function tagNames(store: SpanStore): TagNames {
  const collect = (runs: Iterable<AttributeRun>) => {
    const ids = new Set<number>();
    for (const run of runs) for (let at = run.start; at < run.end; at += 1) ids.add(store.attributes.keys[at] ?? 0);
    return [...ids].map((id) => store.names.get(id)).sort();
  };
  const spanIds = new Uint8Array(store.names.count);
  for (let row = 0; row < store.count; row += 1) for (let at = store.attributeStart[row] ?? 0; at < (store.attributeEnd[row] ?? 0); at += 1) spanIds[store.attributes.keys[at] ?? 0] = 1;
  const span = [...spanIds.keys()].filter((id) => spanIds[id] === 1).map((id) => store.names.get(id)).sort();
  return { resource: collect(store.resources), span, event: collect([...store.events.values()].flat()), link: collect([...store.links.values()].flat()), instrumentation: collect(store.scopes) };
}

/** Values of a field in order of their frequency, each with its type. */
export function tagValues(scene: TempoScene, field: FieldExpression, query: string | undefined): readonly { readonly type: string; readonly value: string; readonly count: number }[] {
  const view = new TraceView(scene.store());
  const read = compileRead(field, view);
  let filter: Parameters<typeof evaluateSpanset>[0] = { kind: "filter", expression: undefined };
  if (query !== undefined && query.trim() !== "") {
    const parsed = parseTraceql(query).root;
    const [first] = parsed.kind === "search" ? parsed.stages : [];
    if (first?.kind === "spanset") filter = first.expression;
  }
  const counts = new Map<string, { readonly type: string; readonly value: string; count: number }>();
  for (const row of evaluateSpanset(filter, { view, range: { startNs: undefined, endNs: undefined }, budget: newBudget(scene.clock) }, undefined)) {
    const value = read(row);
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one === undefined) continue;
      const text = renderValue(field, typeof one === "string" || typeof one === "number" || typeof one === "boolean" ? one : String(one));
      const type = field.kind === "intrinsic" && typeof one === "number" ? (field.name === "status" || field.name === "kind" ? "keyword" : field.name.toLowerCase().includes("duration") ? "duration" : "int") : typeof one === "number" ? (Number.isInteger(one) ? "int" : "float") : typeof one === "boolean" ? "bool" : "string";
      const known = counts.get(`${type}:${text}`);
      if (known !== undefined) known.count += 1;
      else if (counts.size < valuesMax) counts.set(`${type}:${text}`, { type, value: text, count: 1 });
    }
  }
  return [...counts.values()].sort((a, b) => b.count - a.count);
}

function fieldOf(tag: string): FieldExpression {
  const text = /^(?:span|resource|event|link|instrumentation|parent)?\./.test(tag) || intrinsics.includes(tag) || ["span:childCount", "nestedSetParent"].includes(tag) ? tag : `.${tag}`;
  const quoted = /^([a-z]*\.)([^"]*[\s{}()=~!<>&|^,].*)$/.exec(text);
  const query = parseTraceql(`{ ${quoted === null ? text : `${quoted[1] ?? ""}${JSON.stringify(quoted[2])}`} != nil }`);
  const [stage] = query.root.kind === "search" ? query.root.stages : [];
  const expression = stage?.kind === "spanset" && stage.expression.kind === "filter" ? stage.expression.expression : undefined;
  if (expression?.kind !== "binary") throw new HttpError(400, `invalid tag name ${JSON.stringify(tag.slice(0, 100))}`);
  return expression.left;
}

export function tagRoutes(scene: TempoScene, both: (path: string, handler: Route["handler"]) => readonly Route[]): readonly Route[] {
  const said = () => { const warnings = scene.warnings(); return warnings.length > 0 ? { warnings } : {}; };
  const scoped = (scope: string | undefined) => {
    const names: Record<string, readonly string[]> = { ...tagNames(scene.store()), intrinsic: intrinsics };
    if (scope !== undefined && scope !== "" && scope !== "none" && names[scope] === undefined) throw new HttpError(400, `invalid scope: ${scope.slice(0, 50)}`);
    return Object.entries(names).filter(([name, tags]) => (scope === undefined || scope === "" || scope === "none" ? tags.length > 0 : name === scope));
  };
  return [
    ...both("/api/search/tags", async (request) => {
      const form = await request.readForm();
      const names = scoped(form.get("scope")).filter(([name]) => name !== "intrinsic" || form.get("scope") === "intrinsic").flatMap(([, tags]) => tags);
      return { status: 200, body: JSON.stringify({ tagNames: [...new Set(names)].sort(), metrics: {}, ...said() }) };
    }),
    ...both("/api/v2/search/tags", async (request) => {
      const form = await request.readForm();
      return { status: 200, body: JSON.stringify({ scopes: scoped(form.get("scope")).map(([name, tags]) => ({ name, tags })), metrics: {}, ...said() }) };
    }),
    ...both("/api/search/tag/:tag/values", async (request) => {
      const form = await request.readForm();
      return { status: 200, body: JSON.stringify({ tagValues: tagValues(scene, fieldOf(request.params["tag"] ?? ""), form.get("q")).map(({ value }) => value), metrics: {}, ...said() }) };
    }),
    ...both("/api/v2/search/tag/:tag/values", async (request) => {
      const form = await request.readForm();
      return { status: 200, body: JSON.stringify({ tagValues: tagValues(scene, fieldOf(request.params["tag"] ?? ""), form.get("q")).map(({ type, value }) => ({ type, value })), metrics: {}, ...said() }) };
    }),
  ];
}
