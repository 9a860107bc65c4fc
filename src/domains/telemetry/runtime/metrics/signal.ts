// The metrics signal: store, intake and the Prometheus API behind the engine's seams. Query code is loaded with the first query.
import { Batch, type Refusals } from "../../service/metrics/batch.ts";
import { readOtlpJson } from "../../service/metrics/otlp-json.ts";
import { readOtlpProtobuf } from "../../service/metrics/otlp-protobuf.ts";
import { DeltaSums, OtlpSink } from "../../service/metrics/otlp-sink.ts";
import { RemoteWriteReader } from "../../service/metrics/remote-write.ts";
import { MetricStore } from "../../service/metrics/store.ts";
import { decodeSnappy } from "../../service/wire/snappy.ts";
import { decodeUtf8 } from "../../service/wire/strings.ts";
import { HttpError } from "../../types/http-error.ts";
import { bodyBytesMax } from "../server/body.ts";
import { type OtlpIntake, otlpGrpcMethod, otlpRoutes, type PartialSuccess } from "../server/otlp-route.ts";
import type { Answer, CreateSignal, EngineHost, EngineRequest, Route } from "../server/route.ts";
import { prometheusRoutes } from "./prometheus-routes.ts";

// Kinds of records on disk. Never renumbered: old folders hold them.
const remoteWriteRecord = 1, otlpProtobufRecord = 2, otlpJsonRecord = 3;

function partialOf(refusals: Refusals): PartialSuccess | undefined {
  return refusals.count === 0 ? undefined : { rejectedCount: refusals.count, message: refusals.reasons.filter((reason) => reason !== "").join("; ") };
}

class MetricIntake {
  readonly store = new MetricStore();
  readonly #reader = new RemoteWriteReader();
  readonly #deltas = new DeltaSums();
  readonly #host: EngineHost;

  constructor(host: EngineHost) { this.#host = host; }

  clear(): void {
    this.store.clear();
    this.#reader.clear();
    this.#deltas.clear();
  }

  /** Decodes whole, keeps on disk, then in memory. */
  #take(kind: number, payload: Uint8Array, decode: (batch: Batch) => void): Refusals {
    const batch = new Batch(this.store);
    decode(batch);
    if (batch.sampleCount > 0) this.#host.append(kind, payload);
    return batch.commit();
  }

  remoteWrite(body: Uint8Array): Refusals {
    return this.#take(remoteWriteRecord, body, (batch) => this.#reader.read(decodeSnappy(body, bodyBytesMax), batch));
  }

  otlpProtobuf(bytes: Uint8Array): Refusals {
    return this.#take(otlpProtobufRecord, bytes, (batch) => readOtlpProtobuf(bytes, new OtlpSink(batch, this.#deltas, this.#host.clock.nowMs())));
  }

  otlpJson(document: unknown, bytes: Uint8Array): Refusals {
    return this.#take(otlpJsonRecord, bytes, (batch) => readOtlpJson(document, new OtlpSink(batch, this.#deltas, this.#host.clock.nowMs())));
  }

  replay(kind: number, payload: Uint8Array): void {
    switch (kind) {
      case remoteWriteRecord: this.remoteWrite(payload); break;
      case otlpProtobufRecord: this.otlpProtobuf(payload); break;
      case otlpJsonRecord: this.otlpJson(JSON.parse(decodeUtf8(payload, 0, payload.length)), payload); break;
      default: break; // of a later version
    }
  }
}

async function answerRemoteWrite(request: EngineRequest, intake: MetricIntake): Promise<Answer> {
  const type = (request.header("content-type") ?? "application/x-protobuf").replaceAll(" ", "").toLowerCase();
  if (!type.startsWith("application/x-protobuf") || type.includes("proto=io.prometheus.write.v2")) throw new HttpError(415, `Cannot take the request: content-type "${type}", expected application/x-protobuf (remote write 1.0).`);
  const encoding = (request.header("content-encoding") ?? "snappy").toLowerCase();
  if (encoding !== "snappy") throw new HttpError(415, `Cannot take the request: content-encoding "${encoding}", expected snappy.`);
  const { count, reasons, stored } = intake.remoteWrite(await request.readBody());
  const headers = { "x-prometheus-remote-write-samples-written": String(stored) };
  if (count === 0) return { status: 204, headers };
  return { status: 400, headers: { ...headers, "content-type": "text/plain; charset=utf-8" }, body: `${count} samples were not stored, ${stored} were: ${reasons.filter((reason) => reason !== "").join("; ")}\n` };
}

export const createMetricsSignal: CreateSignal = (host) => {
  const intake = new MetricIntake(host);
  const otlp: OtlpIntake = {
    path: "/v1/metrics", grpcPath: "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", rejectedField: "rejectedDataPoints",
    takeProtobuf: (bytes) => partialOf(intake.otlpProtobuf(bytes)),
    takeJson: (document, bytes) => partialOf(intake.otlpJson(document, bytes)),
  };
  const write: Route = { method: "POST", path: "/api/v1/write", handler: (request) => answerRemoteWrite(request, intake) };
  return {
    name: "metrics", routes: [...otlpRoutes(otlp, ["/api/v1/otlp/v1/metrics"]), write, ...prometheusRoutes({ store: intake.store, host })], grpcMethods: [otlpGrpcMethod(otlp)],
    replay: (kind, payload) => { try { intake.replay(kind, payload); } catch (error) { if (!(error instanceof HttpError)) throw error; } }, // it was refused when it came, too
    clear: () => intake.clear(),
    status: () => ({ seriesCount: intake.store.seriesCount, sampleCount: intake.store.sampleCount, sizeBytes: intake.store.sizeBytes, evictedSamples: intake.store.evictedSamples }),
  };
};
