// The traces signal: span store, OTLP intake and the Tempo API behind the engine's seams.
import { decodeOtlpTraces, decodeOtlpTracesJson } from "../../service/traces/decode-otlp.ts";
import { withoutOldest } from "../../service/traces/evict.ts";
import type { SpanDecoder } from "../../service/traces/read-span.ts";
import { SpanStore } from "../../service/traces/span-store.ts";
import { StringTable } from "../../service/wire/strings.ts";
import { otlpGrpcMethod, otlpRoutes, type OtlpIntake, type PartialSuccess } from "../server/otlp-route.ts";
import type { CreateSignal } from "../server/route.ts";
import { tempoRoutes } from "./tempo-routes.ts";

const otlpProtobuf = 1, otlpJson = 2;

export const createTracesSignal: CreateSignal = (host) => {
  const strings = new StringTable();
  let decoder: SpanDecoder = { store: new SpanStore(), strings, resourceIds: new Map(), scopeIds: new Map(), refused: { count: 0, reason: "" } };
  const settle = () => {
    const excess = decoder.store.excess();
    if (excess === 0) return;
    const store = withoutOldest(decoder.store, excess);
    // Names of resources keep their numbers; scopes are told apart by numbers of names, which changed.
    decoder = { store, strings, resourceIds: decoder.resourceIds, scopeIds: new Map(), refused: { count: 0, reason: "" } };
  };
  const take = (kind: number, payload: Uint8Array, document?: unknown): PartialSuccess | undefined => {
    const { store, refused } = decoder;
    refused.count = 0;
    const mark = store.mark();
    const resources = store.resources.length;
    try {
      const count = kind === otlpProtobuf ? decodeOtlpTraces(decoder, payload) : decodeOtlpTracesJson(decoder, document);
      if (count > 0) host.append(kind, payload);
    } catch (error) {
      // Resources and scopes of a refused batch point into attributes that go: forget them too.
      store.rollback(mark);
      store.resources.length = resources;
      for (const [key, id] of decoder.resourceIds) if (id >= resources) decoder.resourceIds.delete(key);
      for (const [key, id] of decoder.scopeIds) if ((store.scopes[id]?.end ?? 0) > mark.attributes) decoder.scopeIds.delete(key);
      throw error;
    }
    settle();
    return refused.count === 0 ? undefined : { rejectedCount: refused.count, message: refused.reason };
  };
  const intake: OtlpIntake = {
    path: "/v1/traces", grpcPath: "/opentelemetry.proto.collector.trace.v1.TraceService/Export", rejectedField: "rejectedSpans",
    takeProtobuf: (bytes) => take(otlpProtobuf, bytes),
    takeJson: (document, bytes) => take(otlpJson, bytes, document),
  };
  const warnings = () => (decoder.store.evictedSpans > 0 ? [`${decoder.store.evictedSpans} older spans were evicted at the cap of memory; this answer does not know them`] : []);
  return {
    name: "traces",
    routes: [...otlpRoutes(intake), ...tempoRoutes({ store: () => decoder.store, clock: host.clock, warnings, version: host.version })],
    grpcMethods: [otlpGrpcMethod(intake)],
    replay: (kind, payload) => {
      try {
        take(kind, payload, kind === otlpJson ? JSON.parse(Buffer.from(payload).toString("utf8")) : undefined);
      } catch {
        /* a record of another version is no reason not to start */
      }
    },
    clear: () => { decoder = { store: new SpanStore(), strings, resourceIds: new Map(), scopeIds: new Map(), refused: { count: 0, reason: "" } }; },
    status: () => ({ spans: decoder.store.count, traces: decoder.store.traces.count, evictedSpans: decoder.store.evictedSpans }),
  };
};
