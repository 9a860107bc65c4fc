// The logs signal: store, intakes (OTLP, Loki push) and the Loki API behind the engine's seams.
import { uncompress } from "snappyjs";
import { decodeLokiJson, decodeLokiProtobuf } from "../../service/logs/decode-loki.ts";
import { decodeOtlpLogs, decodeOtlpLogsJson, type IntakeResult, type LogDecoder } from "../../service/logs/decode-otlp.ts";
import { LogStore } from "../../service/logs/log-store.ts";
import { StringTable } from "../../service/wire/strings.ts";
import { HttpError } from "../../types/http-error.ts";
import { nodeByteTools } from "../byte-tools.ts";
import { bodyBytesMax } from "../server/body.ts";
import { otlpGrpcMethod, otlpRoutes, type OtlpIntake, type PartialSuccess } from "../server/otlp-route.ts";
import type { Answer, CreateSignal, EngineRequest, Route } from "../server/route.ts";
import { lokiCatalogRoutes } from "./loki-catalog-routes.ts";
import { lokiQueryRoutes, type LokiScene } from "./loki-query-routes.ts";
import { tailUpgrade } from "./tail.ts";

/** Kinds of records on disk: what came in, as it came, after its time of arrival. */
const otlpProtobuf = 1, otlpJson = 2, lokiProtobuf = 3, lokiJson = 4;

function parseJson(bytes: Uint8Array): unknown {
  const text = nodeByteTools.decode(bytes, 0, bytes.length);
  try { return JSON.parse(text); } catch (error) { throw new HttpError(400, `Cannot read the JSON body: ${error instanceof Error ? error.message : "broken"}.`, { cause: error }); }
}

export const createLogsSignal: CreateSignal = (host) => {
  const store = new LogStore();
  const strings = new StringTable();
  const listeners = new Set<() => void>();
  let isNotifying = false;
  const notify = () => {
    if (listeners.size === 0 || isNotifying) return;
    isNotifying = true;
    setImmediate(() => { isNotifying = false; for (const listener of [...listeners]) listener(); });
  };
  let sealing: NodeJS.Immediate | undefined;
  const sealLater = () => {
    if (sealing !== undefined || store.nextToSeal() === undefined) return;
    sealing = setImmediate(() => { sealing = undefined; if (store.sealOne(nodeByteTools)) sealLater(); });
  };
  const decode = (kind: number, payload: Uint8Array, nowMs: number, document?: unknown): IntakeResult => {
    const decoder: LogDecoder = { store, tools: nodeByteTools, strings, nowMs };
    switch (kind) {
      case otlpProtobuf: return decodeOtlpLogs(decoder, payload);
      case otlpJson: return decodeOtlpLogsJson(decoder, document ?? parseJson(payload));
      case lokiProtobuf: return decodeLokiProtobuf(decoder, payload);
      case lokiJson: return decodeLokiJson(decoder, document ?? parseJson(payload));
      default: throw new HttpError(500, `unknown record kind ${kind}`);
    }
  };
  /** Decodes, keeps on disk, then counts; on any failure nothing of the batch stays. */
  const take = (kind: number, payload: Uint8Array, document?: unknown): IntakeResult => {
    const mark = store.mark();
    const nowMs = host.clock.nowMs();
    try {
      const result = decode(kind, payload, nowMs, document);
      if (result.accepted > 0) {
        const record = Buffer.allocUnsafe(8 + payload.length);
        record.writeDoubleLE(nowMs, 0);
        record.set(payload, 8);
        host.append(kind, record);
      }
      store.settle();
      sealLater();
      notify();
      return result;
    } catch (error) { store.rollback(mark); throw error; }
  };
  const intake: OtlpIntake = {
    path: "/v1/logs", grpcPath: "/opentelemetry.proto.collector.logs.v1.LogsService/Export", rejectedField: "rejectedLogRecords",
    takeProtobuf: (bytes) => partialOf(take(otlpProtobuf, bytes)),
    takeJson: (document, bytes) => partialOf(take(otlpJson, bytes, document)),
  };
  const warnings = () => (store.evictedLines > 0 ? [`${store.evictedLines} older lines were evicted at the cap of memory; this answer does not know them`] : []);
  const scene: LokiScene = { store, clock: host.clock, warnings };
  return {
    name: "logs",
    routes: [...otlpRoutes(intake, ["/otlp/v1/logs"]), ...pushRoutes(take), ...lokiQueryRoutes(scene), ...lokiCatalogRoutes(scene, host.version), { method: "GET", path: "/loki/api/v1/tail", handler: () => { throw new HttpError(400, "Cannot tail over plain HTTP: expected a WebSocket (Connection: Upgrade, Upgrade: websocket)."); } }],
    grpcMethods: [otlpGrpcMethod(intake)],
    upgrades: [tailUpgrade(scene, { onIntake: (listener) => { listeners.add(listener); return () => { listeners.delete(listener); }; } })],
    replay: (kind, payload) => {
      const mark = store.mark();
      const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
      if (payload.length < 8) return;
      try { decode(kind, payload.subarray(8), view.getFloat64(0, true)); store.settle(); while (store.sealOne(nodeByteTools)); } catch { store.rollback(mark); } // a record of another version is no reason not to start
    },
    clear: () => store.clear(),
    status: () => ({ lines: store.count, streams: store.streams.length, evictedLines: store.evictedLines }),
    close: () => { clearImmediate(sealing); },
  };
};

function partialOf(result: IntakeResult): PartialSuccess | undefined {
  return result.rejected === 0 ? undefined : { rejectedCount: result.rejected, message: result.message };
}

function pushRoutes(take: (kind: number, payload: Uint8Array, document?: unknown) => IntakeResult): readonly Route[] {
  const push = async (request: EngineRequest): Promise<Answer> => {
    const type = (request.header("content-type") ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
    // Without a word on it a push is protobuf, as in Loki.
    if (type !== "" && type !== "application/json" && type !== "application/x-protobuf") throw new HttpError(415, `Cannot take the push: content-type "${type.slice(0, 100)}", expected application/json or application/x-protobuf.`);
    const body = await request.readBody();
    if (type === "application/json") { take(lokiJson, body, parseJson(body)); return { status: 204 }; }
    let plain: Uint8Array;
    try { plain = uncompress(body, bodyBytesMax); } catch (error) { throw new HttpError(400, `Cannot take the push: its snappy body is broken (${error instanceof Error ? error.message : "unknown"}).`, { cause: error }); }
    take(lokiProtobuf, plain);
    return { status: 204 };
  };
  return ["/loki/api/v1/push", "/api/prom/push"].map((path): Route => ({ method: "POST", path, handler: push }));
}
