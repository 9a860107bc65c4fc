// Names and values of attributes, in Tempo's two versions.
import { compileRead } from "../../service/traceql/field.ts";
import { parseTraceql } from "../../service/traceql/parse.ts";
import { renderValue } from "../../service/traceql/render.ts";
import { evaluateSpanset } from "../../service/traceql/search.ts";
import type { Rows } from "../../service/traceql/structure.ts";
import { TraceView } from "../../service/traceql/trace-view.ts";
import type { FieldExpression, SpansetExpression } from "../../service/traceql/ast.ts";
import type { AttributeRun, SpanStore } from "../../service/traces/span-store.ts";
import { parseQueryTime } from "../../service/query-time.ts";
import { queryCharsMax, QueryError } from "../../service/query-error.ts";
import type { Form } from "../../service/wire/form.ts";
import { HttpError } from "../../types/http-error.ts";
import { newBudget, type TempoScene } from "./tempo-scene.ts";
import type { Route } from "../server/route.ts";

/** Values of one attribute that an answer holds; more are no list that anybody reads. */
const valuesMax = 1000;
const intrinsics = [
  "duration",
  "event:name",
  "event:timeSinceStart",
  "instrumentation:name",
  "instrumentation:version",
  "kind",
  "link:spanID",
  "link:traceID",
  "name",
  "rootName",
  "rootServiceName",
  "span:duration",
  "span:id",
  "span:kind",
  "span:name",
  "span:parentID",
  "span:status",
  "span:statusMessage",
  "status",
  "statusMessage",
  "trace:duration",
  "trace:id",
  "trace:rootName",
  "trace:rootService",
  "traceDuration",
];

export interface TagNames {
  readonly resource: readonly string[];
  readonly span: readonly string[];
  readonly event: readonly string[];
  readonly link: readonly string[];
  readonly instrumentation: readonly string[];
}

/** Names of all attributes, or of those of some spans. */
function tagNames(store: SpanStore, rows?: Rows): TagNames {
  const collect = (runs: Iterable<AttributeRun>) => {
    const ids = new Set<number>();
    for (const run of runs) for (let at = run.start; at < run.end; at += 1) ids.add(store.attributes.keys[at] ?? 0);
    return [...ids].map((id) => store.names.get(id)).sort();
  };
  const spanIds = new Uint8Array(store.names.count);
  const addSpan = (row: number) => { for (let at = store.attributeStart[row] ?? 0; at < (store.attributeEnd[row] ?? 0); at += 1) spanIds[store.attributes.keys[at] ?? 0] = 1; };
  const spanNames = () => [...spanIds.keys()].filter((id) => spanIds[id] === 1).map((id) => store.names.get(id)).sort();
  if (rows === undefined) {
    for (let row = 0; row < store.count; row += 1) addSpan(row);
    return {
      resource: collect(store.resources),
      span: spanNames(),
      event: collect([...store.events.values()].flat()),
      link: collect([...store.links.values()].flat()),
      instrumentation: collect(store.scopes),
    };
  }
  for (const row of rows) addSpan(row);
  const list = [...rows];
  const only = <T>(ids: Iterable<number>, from: readonly T[]) => [...new Set(ids)].flatMap((id) => from[id] ?? []);
  return {
    resource: collect(only(list.map((row) => store.resource[row] ?? 0), store.resources)), span: spanNames(), event: collect(list.flatMap((row) => store.events.get(row) ?? [])),
    link: collect(list.flatMap((row) => store.links.get(row) ?? [])), instrumentation: collect(only(list.map((row) => store.scope[row] ?? 0), store.scopes)),
  };
}

/** Matchers of a filter that can be read where the whole cannot, as while it is being typed: names, operators and values. */
const matchers = /(?:(?:span|resource|event|link|instrumentation)?\.[\w.-]+|[a-zA-Z]+(?::[a-zA-Z]+)?) *(?:=~|!~|!=|>=|<=|=|>|<) *(?:"(?:[^"\\]|\\.)*"|`[^`]*`|[\w.]+)/g;

/** The spans that a form's `q`, `start` and `end` ask for; undefined where all are. What cannot be read in a filter is passed over, as Tempo does. */
function filteredRows(scene: TempoScene, form: Form): Rows | undefined {
  const text = (form.get("q") ?? "").slice(0, queryCharsMax);
  const now = BigInt(Math.floor(scene.clock.nowMs())) * 1_000_000n;
  const [startNs, endNs] = ["start", "end"].map((name) => {
    const value = form.get(name);
    return value === undefined || value === "" || value === "0" ? undefined : parseQueryTime(value, now);
  });
  const filter = readFilter(text) ?? readFilter(`{ ${(text.match(matchers) ?? []).join(" && ")} }`);
  if (filter?.kind === "filter" && filter.expression === undefined && startNs === undefined && endNs === undefined) return undefined;
  return evaluateSpanset(
    filter ?? { kind: "filter", expression: undefined },
    { view: new TraceView(scene.store()), range: { startNs, endNs }, budget: newBudget(scene.clock) },
    undefined,
  );
}

function readFilter(text: string): SpansetExpression | undefined {
  if (text.trim() === "") return { kind: "filter", expression: undefined };
  try {
    const { root } = parseTraceql(text);
    const [first] = root.kind === "search" ? root.stages : [];
    return first?.kind === "spanset" ? first.expression : undefined;
  } catch (error) {
    if (error instanceof QueryError) return undefined;
    throw error;
  }
}

function limited<T>(list: readonly T[], form: Form): readonly T[] {
  const text = form.get("limit") ?? "";
  return /^\d{1,9}$/.test(text) && Number(text) > 0 ? list.slice(0, Number(text)) : list;
}

/** Values of a field in order of their frequency, each with its type. */
export function tagValues(scene: TempoScene, field: FieldExpression, form: Form): readonly { readonly type: string; readonly value: string; readonly count: number }[] {
  const view = new TraceView(scene.store());
  const read = compileRead(field, view);
  const rows =
    filteredRows(scene, form) ??
    evaluateSpanset(
      { kind: "filter", expression: undefined },
      { view, range: { startNs: undefined, endNs: undefined }, budget: newBudget(scene.clock) },
      undefined,
    );
  const counts = new Map<string, { readonly type: string; readonly value: string; count: number }>();
  for (const row of rows) {
    const value = read(row);
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one === undefined) continue;
      const text = renderValue(field, typeof one === "string" || typeof one === "number" || typeof one === "boolean" ? one : String(one));
      const type =
        field.kind === "intrinsic" && typeof one === "number"
          ? field.name === "status" || field.name === "kind"
            ? "keyword"
            : field.name.toLowerCase().includes("duration")
              ? "duration"
              : "int"
          : typeof one === "number"
            ? Number.isInteger(one)
              ? "int"
              : "float"
            : typeof one === "boolean"
              ? "bool"
              : "string";
      const known = counts.get(`${type}:${text}`);
      if (known !== undefined) known.count += 1;
      else if (counts.size < valuesMax) counts.set(`${type}:${text}`, { type, value: text, count: 1 });
    }
  }
  return [...counts.values()].sort((a, b) => b.count - a.count);
}

function fieldOf(tag: string): FieldExpression {
  const text =
    /^(?:span|resource|event|link|instrumentation|parent)?\./.test(tag) || intrinsics.includes(tag) || ["span:childCount", "nestedSetParent"].includes(tag)
      ? tag
      : `.${tag}`;
  const quoted = /^([a-z]*\.)([^"]*[\s{}()=~!<>&|^,].*)$/.exec(text);
  const query = parseTraceql(`{ ${quoted === null ? text : `${quoted[1] ?? ""}${JSON.stringify(quoted[2])}`} != nil }`);
  const [stage] = query.root.kind === "search" ? query.root.stages : [];
  const expression = stage?.kind === "spanset" && stage.expression.kind === "filter" ? stage.expression.expression : undefined;
  if (expression?.kind !== "binary") throw new HttpError(400, `invalid tag name ${JSON.stringify(tag.slice(0, 100))}`);
  return expression.left;
}

export function tagRoutes(scene: TempoScene, both: (path: string, handler: Route["handler"]) => readonly Route[]): readonly Route[] {
  const said = () => { const warnings = scene.warnings(); return warnings.length > 0 ? { warnings } : {}; };
  const scoped = (form: Form) => {
    const scope = form.get("scope");
    const names: Record<string, readonly string[]> = { ...tagNames(scene.store(), filteredRows(scene, form)), intrinsic: intrinsics };
    if (scope !== undefined && scope !== "" && scope !== "none" && names[scope] === undefined) throw new HttpError(400, `invalid scope: ${scope.slice(0, 50)}`);
    return Object.entries(names).filter(([name, tags]) => (scope === undefined || scope === "" || scope === "none" ? tags.length > 0 : name === scope));
  };
  return [
    ...both("/api/search/tags", async (request) => {
      const form = await request.readForm();
      const names = scoped(form).filter(([name]) => name !== "intrinsic" || form.get("scope") === "intrinsic").flatMap(([, tags]) => tags);
      return { status: 200, body: JSON.stringify({ tagNames: limited([...new Set(names)].sort(), form), metrics: {}, ...said() }) };
    }),
    ...both("/api/v2/search/tags", async (request) => {
      const form = await request.readForm();
      return { status: 200, body: JSON.stringify({ scopes: scoped(form).map(([name, tags]) => ({ name, tags: limited(tags, form) })), metrics: {}, ...said() }) };
    }),
    ...both("/api/search/tag/:tag/values", async (request) => {
      const form = await request.readForm();
      return {
        status: 200,
        body: JSON.stringify({
          tagValues: limited(tagValues(scene, fieldOf(request.params["tag"] ?? ""), form), form).map(({ value }) => value),
          metrics: {},
          ...said(),
        }),
      };
    }),
    ...both("/api/v2/search/tag/:tag/values", async (request) => {
      const form = await request.readForm();
      return {
        status: 200,
        body: JSON.stringify({
          tagValues: limited(tagValues(scene, fieldOf(request.params["tag"] ?? ""), form), form).map(({ type, value }) => ({ type, value })),
          metrics: {},
          ...said(),
        }),
      };
    }),
  ];
}
