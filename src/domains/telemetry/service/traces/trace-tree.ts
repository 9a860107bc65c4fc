// A trace by id, as Tempo answers it, as a tree: durations, time of its own, errors. Understands Tempo's own answers too.
import { isRecord, listOf, textOf } from "../otlp/any-value.ts";

export interface TraceNode {
  readonly spanId: string;
  readonly name: string;
  readonly service: string;
  readonly kind: string;
  readonly startMs: number;
  readonly durationMs: number;
  /** Without the time of the children; children that overlap count once. */
  readonly selfMs: number;
  readonly isError: boolean;
  readonly message: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly events: readonly { readonly name: string; readonly atMs: number; readonly attributes: Readonly<Record<string, string>> }[];
  readonly children: readonly TraceNode[];
}
export interface TraceTree {
  readonly roots: readonly TraceNode[];
  readonly spanCount: number;
  readonly errorCount: number;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly isCut: boolean;
}

interface Flat {
  readonly id: string;
  readonly parent: string;
  readonly name: string;
  readonly service: string;
  readonly kind: string;
  readonly start: bigint;
  readonly end: bigint;
  readonly isError: boolean;
  readonly message: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly events: readonly { readonly name: string; readonly at: bigint; readonly attributes: Readonly<Record<string, string>> }[];
}

const depthMax = 200;

function anyText(value: unknown): string {
  if (!isRecord(value)) return "";
  const [first] = Object.values(value);
  return typeof first === "object" ? JSON.stringify(first) : String(first ?? "");
}
function attributesOf(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(listOf(value).filter(isRecord).map((one) => [textOf(one["key"]), anyText(one["value"])]));
}

function flatten(document: unknown): readonly Flat[] {
  const root = isRecord(document) && isRecord(document["trace"]) ? document["trace"] : document;
  const batches = isRecord(root) ? listOf(root["batches"] ?? root["resourceSpans"]).filter(isRecord) : [];
  return batches.flatMap((batch) => {
    const service = isRecord(batch["resource"]) ? attributesOf(batch["resource"]["attributes"])["service.name"] ?? "" : "";
    const scopes = listOf(batch["scopeSpans"] ?? batch["instrumentationLibrarySpans"]).filter(isRecord);
    return scopes.flatMap((scope) => listOf(scope["spans"]).filter(isRecord).map((span): Flat => {
      const status = isRecord(span["status"]) ? span["status"] : {};
      return {
        id: textOf(span["spanId"]), parent: textOf(span["parentSpanId"]), name: textOf(span["name"]), service, kind: textOf(span["kind"]).replace("SPAN_KIND_", "").toLowerCase(),
        start: BigInt(String(span["startTimeUnixNano"] ?? "0")),
        end: BigInt(String(span["endTimeUnixNano"] ?? "0")),
        isError: status["code"] === "STATUS_CODE_ERROR" || status["code"] === 2,
        message: textOf(status["message"]),
        attributes: attributesOf(span["attributes"]),
        events: listOf(span["events"])
          .filter(isRecord)
          .map((event) => ({ name: textOf(event["name"]), at: BigInt(String(event["timeUnixNano"] ?? "0")), attributes: attributesOf(event["attributes"]) })),
      };
    }));
  });
}

/** Base64 of an id as hex; hex stays. */
export function hexOfId(id: string): string {
  if (/^[0-9a-f]{16}$/i.test(id)) return id.toLowerCase();
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  let bits = "";
  for (const char of id.replaceAll("=", "")) bits += alphabet.indexOf(char).toString(2).padStart(6, "0");
  let hex = "";
  for (let at = 0; at + 8 <= bits.length; at += 8) hex += parseInt(bits.slice(at, at + 8), 2).toString(16).padStart(2, "0");
  return hex;
}

/** `span`: only the tree below this span id (hex). At most `spansMax` spans, the rest is said by `isCut`. */
export function readTraceTree(document: unknown, span: string | undefined, spansMax: number): TraceTree {
  const all = flatten(document);
  const known = new Set(all.map((one) => one.id));
  const children = new Map<string, Flat[]>();
  for (const one of all) {
    const parent = one.parent !== "" && known.has(one.parent) && one.parent !== one.id ? one.parent : "";
    children.set(parent, [...(children.get(parent) ?? []), one]);
  }
  const startNs = all.reduce((least, one) => (one.start < least ? one.start : least), all[0]?.start ?? 0n);
  const endNs = all.reduce((most, one) => (one.end > most ? one.end : most), 0n);
  let left = spansMax;
  const build = (one: Flat, depth: number): TraceNode => {
    left -= 1;
    const below = (children.get(one.id) ?? []).sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
    return {
      spanId: hexOfId(one.id),
      name: one.name,
      service: one.service,
      kind: one.kind,
      startMs: Number(one.start - startNs) / 1e6,
      durationMs: Number(one.end - one.start) / 1e6,
      selfMs: selfOf(one, below),
      isError: one.isError,
      message: one.message,
      attributes: one.attributes, events: one.events.map((event) => ({ name: event.name, atMs: Number(event.at - startNs) / 1e6, attributes: event.attributes })),
      children: depth > depthMax ? [] : below.flatMap((child) => (left > 0 ? [build(child, depth + 1)] : [])),
    };
  };
  const wanted = span === undefined ? children.get("") ?? [] : all.filter((one) => hexOfId(one.id) === span.toLowerCase().padStart(16, "0"));
  const roots = [...wanted].sort((a, b) => (a.start < b.start ? -1 : 1)).flatMap((one) => (left > 0 ? [build(one, 0)] : []));
  return { roots, spanCount: all.length, errorCount: all.filter((one) => one.isError).length, startNs, endNs, isCut: left <= 0 && all.length > spansMax };
}

function selfOf(one: Flat, children: readonly Flat[]): number {
  let covered = 0n;
  let reached = one.start;
  for (const child of children) {
    const from = child.start > reached ? child.start : reached;
    const to = child.end < one.end ? child.end : one.end;
    if (to > from) { covered += to - from; reached = to; }
  }
  return Number(one.end - one.start - covered) / 1e6;
}
