// A trace as Tempo gives it by id: OTLP grouped by resource and scope, as JSON (bytes in base64) or protobuf.
import { jsonAny } from "./attribute-pool.ts";
import { ProtobufWriter } from "../otlp/protobuf-writer.ts";
import { valueBool, valueDouble, valueInt, valueJson } from "../otlp/any-value.ts";
import type { AttributeRun, SpanStore } from "./span-store.ts";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

export function base64OfHex(hex: string): string {
  let out = "";
  for (let at = 0; at < hex.length; at += 6) {
    const part = hex.slice(at, at + 6);
    const bytes = part.length / 2;
    const group = parseInt(part.padEnd(6, "0"), 16);
    for (let index = 0; index < 4; index += 1) out += index <= bytes ? alphabet[(group >> (18 - index * 6)) & 63] ?? "" : "=";
  }
  return out;
}

const kinds = ["SPAN_KIND_UNSPECIFIED", "SPAN_KIND_INTERNAL", "SPAN_KIND_SERVER", "SPAN_KIND_CLIENT", "SPAN_KIND_PRODUCER", "SPAN_KIND_CONSUMER"];
const statuses = ["STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"];

export function attributesJson(store: SpanStore, run: AttributeRun): readonly object[] {
  const out: object[] = [];
  for (let at = run.start; at < run.end; at += 1) out.push({ key: store.names.get(store.attributes.keys[at] ?? 0), value: store.attributes.json(at) });
  return out;
}

/** Rows by resource and then scope, in order of their first span. */
function groups(store: SpanStore, rows: readonly number[]): ReadonlyMap<number, ReadonlyMap<number, readonly number[]>> {
  const out = new Map<number, Map<number, number[]>>();
  for (const row of rows) {
    const scopes = out.get(store.resource[row] ?? 0) ?? new Map<number, number[]>();
    out.set(store.resource[row] ?? 0, scopes);
    const list = scopes.get(store.scope[row] ?? 0) ?? [];
    scopes.set(store.scope[row] ?? 0, list);
    list.push(row);
  }
  return out;
}

function spanJson(store: SpanStore, row: number): object {
  const start = store.startOf(row);
  const message = store.texts.get(store.message[row] ?? 0);
  const status = store.status[row] ?? 0;
  const parent = store.parentIdOf(row);
  const events = store.events.get(row);
  const links = store.links.get(row);
  return {
    traceId: base64OfHex(store.traces.hex(store.trace[row] ?? 0)), spanId: base64OfHex(store.spanIdOf(row)), ...(parent === "" ? {} : { parentSpanId: base64OfHex(parent) }),
    name: store.nameOf(row),
    kind: kinds[store.kind[row] ?? 0] ?? kinds[0],
    startTimeUnixNano: String(start),
    endTimeUnixNano: String(start + BigInt(Math.round(store.duration[row] ?? 0))),
    attributes: attributesJson(store, { start: store.attributeStart[row] ?? 0, end: store.attributeEnd[row] ?? 0 }),
    ...(events === undefined
      ? {}
      : {
          events: events.map((event) => ({
            timeUnixNano: String(BigInt(event.tsMs) * 1_000_000n + BigInt(event.tsNs)),
            name: event.name,
            attributes: attributesJson(store, event),
          })),
        }),
    ...(links === undefined
      ? {}
      : { links: links.map((link) => ({ traceId: base64OfHex(link.traceId), spanId: base64OfHex(link.spanId), attributes: attributesJson(store, link) })) }),
    status: { ...(status === 0 ? {} : { code: statuses[status] ?? statuses[0] }), ...(message === "" ? {} : { message }) },
  };
}

/** ResourceSpans in OTLP/JSON. */
export function traceJson(store: SpanStore, rows: readonly number[]): readonly object[] {
  return [...groups(store, rows)].map(([resourceId, scopes]) => ({
    resource: { attributes: attributesJson(store, store.resources[resourceId] ?? { start: 0, end: 0 }) },
    scopeSpans: [...scopes].map(([scopeId, list]) => {
      const scope = store.scopes[scopeId];
      const attributes = scope === undefined ? [] : attributesJson(store, scope);
      return {
        scope: {
          ...(scope?.name ? { name: scope.name } : {}),
          ...(scope?.version ? { version: scope.version } : {}),
          ...(attributes.length > 0 ? { attributes } : {}),
        },
        spans: list.map((row) => spanJson(store, row)),
      };
    }),
  }));
}

function writeAttributes(writer: ProtobufWriter, field: number, store: SpanStore, run: AttributeRun): void {
  for (let at = run.start; at < run.end; at += 1) {
    writer.message(field, () => {
      writer.text(1, store.names.get(store.attributes.keys[at] ?? 0));
      writer.message(2, () => {
        const number = store.attributes.numberAt(at);
        switch (store.attributes.typeAt(at)) {
          case valueBool: writer.varint(2, number); break;
          case valueInt: writer.varint(3, number); break;
          case valueDouble: writer.double(4, number); break;
          case valueJson: writeJson(writer, store.attributes.read(at)); break;
          default: writer.text(1, store.texts.get(store.attributes.textIdAt(at)), true);
        }
      });
    });
  }
}

function writeJson(writer: ProtobufWriter, value: unknown): void {
  if (!Array.isArray(value)) { writer.text(1, String(value), true); return; }
  writer.message(5, () => {
    for (const one of value)
      writer.message(1, () => {
        const any = jsonAny(one);
        if ("stringValue" in any) writer.text(1, String(any.stringValue), true);
        else if (typeof one === "boolean") writer.varint(2, one ? 1 : 0);
        else if (Number.isInteger(one)) writer.varint(3, Number(one));
        else writer.double(4, Number(one));
      });
  });
}

/** TracesData: resource_spans = 1. */
export function writeTrace(writer: ProtobufWriter, store: SpanStore, rows: readonly number[]): void {
  for (const [resourceId, scopes] of groups(store, rows)) {
    writer.message(1, () => {
      writer.message(1, () => writeAttributes(writer, 1, store, store.resources[resourceId] ?? { start: 0, end: 0 }));
      for (const [scopeId, list] of scopes) {
        writer.message(2, () => {
          const scope = store.scopes[scopeId];
          if (scope !== undefined) writer.message(1, () => { writer.text(1, scope.name); writer.text(2, scope.version); writeAttributes(writer, 3, store, scope); });
          for (const row of list) writer.message(2, () => writeSpan(writer, store, row));
        });
      }
    });
  }
}

function writeSpan(writer: ProtobufWriter, store: SpanStore, row: number): void {
  const start = store.startOf(row);
  writer.hex(1, store.traces.hex(store.trace[row] ?? 0));
  writer.hex(2, store.spanIdOf(row));
  writer.hex(4, store.parentIdOf(row));
  writer.text(5, store.nameOf(row));
  writer.varint(6, store.kind[row] ?? 0);
  writer.fixed64(7, start);
  writer.fixed64(8, start + BigInt(Math.round(store.duration[row] ?? 0)));
  writeAttributes(writer, 9, store, { start: store.attributeStart[row] ?? 0, end: store.attributeEnd[row] ?? 0 });
  for (const event of store.events.get(row) ?? [])
    writer.message(11, () => {
      writer.fixed64(1, BigInt(event.tsMs) * 1_000_000n + BigInt(event.tsNs));
      writer.text(2, event.name);
      writeAttributes(writer, 3, store, event);
    });
  for (const link of store.links.get(row) ?? []) writer.message(13, () => { writer.hex(1, link.traceId); writer.hex(2, link.spanId); writeAttributes(writer, 4, store, link); });
  writer.message(15, () => { writer.text(2, store.texts.get(store.message[row] ?? 0)); if ((store.status[row] ?? 0) !== 0) writer.varint(3, store.status[row] ?? 0); });
}
