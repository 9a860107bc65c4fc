// Metrics on their way into the store: decoded whole, kept on disk, then in memory. Loaded with the first request that has to do with metrics.
import { Batch, type Refusals } from "../../service/metrics/batch.ts";
import { readOtlpJson } from "../../service/metrics/otlp-json.ts";
import { readOtlpProtobuf } from "../../service/metrics/otlp-protobuf.ts";
import { DeltaSums, OtlpSink } from "../../service/metrics/otlp-sink.ts";
import { RemoteWriteReader } from "../../service/metrics/remote-write.ts";
import { RemoteWriteV2Reader } from "../../service/metrics/remote-write-v2.ts";
import { type Scrape, ScrapeMemory, type ScrapeOutcome, storeScrape } from "../../service/metrics/scrape.ts";
import { MetricStore } from "../../service/metrics/store.ts";
import { decodeSnappy } from "../../service/wire/snappy.ts";
import { decodeUtf8 } from "../../service/wire/strings.ts";
import { HttpError } from "../../types/http-error.ts";
import { bodyBytesMax } from "../server/body.ts";
import type { PartialSuccess } from "../server/otlp-route.ts";
import type { Answer, EngineHost, EngineRequest } from "../server/route.ts";

// Kinds of records on disk. Never renumbered: old folders hold them.
const remoteWriteRecord = 1, otlpProtobufRecord = 2, otlpJsonRecord = 3, scrapeRecord = 4, remoteWriteV2Record = 5;

function partialOf(refusals: Refusals): PartialSuccess | undefined {
  return refusals.count === 0 ? undefined : { rejectedCount: refusals.count, message: refusals.reasons.filter((reason) => reason !== "").join("; ") };
}

export class MetricIntake {
  readonly store = new MetricStore();
  readonly #reader = new RemoteWriteReader();
  readonly #readerV2 = new RemoteWriteV2Reader();
  readonly #deltas = new DeltaSums();
  readonly #scrapes = new ScrapeMemory();
  readonly #host: EngineHost;

  constructor(host: EngineHost) { this.#host = host; }

  clear(): void {
    this.store.clear();
    this.#reader.clear();
    this.#deltas.clear();
    this.#scrapes.clear();
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

  remoteWriteV2(body: Uint8Array): Refusals {
    return this.#take(remoteWriteV2Record, body, (batch) => this.#readerV2.read(decodeSnappy(body, bodyBytesMax), batch));
  }

  otlpProtobuf(bytes: Uint8Array): Refusals {
    return this.#take(otlpProtobufRecord, bytes, (batch) => readOtlpProtobuf(bytes, new OtlpSink(batch, this.#deltas, this.#host.clock.nowMs())));
  }

  otlpJson(document: unknown, bytes: Uint8Array): Refusals {
    return this.#take(otlpJsonRecord, bytes, (batch) => readOtlpJson(document, new OtlpSink(batch, this.#deltas, this.#host.clock.nowMs())));
  }

  scrape(scrape: Scrape): ScrapeOutcome {
    let outcome: ScrapeOutcome = { isUp: false, error: "", sampleCount: 0 };
    this.#take(scrapeRecord, Buffer.from(JSON.stringify(scrape)), (batch) => { outcome = storeScrape(scrape, batch, this.#scrapes); });
    return outcome;
  }

  replay(kind: number, payload: Uint8Array): void {
    switch (kind) {
      case remoteWriteRecord: this.remoteWrite(payload); break;
      case remoteWriteV2Record: this.remoteWriteV2(payload); break;
      case otlpProtobufRecord: this.otlpProtobuf(payload); break;
      case otlpJsonRecord: this.otlpJson(JSON.parse(decodeUtf8(payload, 0, payload.length)), payload); break;
      case scrapeRecord: this.scrape(JSON.parse(decodeUtf8(payload, 0, payload.length)) as Scrape); break; // written by scrape(), checked by its checksum
      default: break; // of a later version
    }
  }

  partialOf(refusals: Refusals): PartialSuccess | undefined { return partialOf(refusals); }

  answerRemoteWrite(request: EngineRequest): Promise<Answer> { return answerRemoteWrite(request, this); }
}

/** Which message a sender means; undefined where it is none of ours. */
function versionOf(contentType: string): 1 | 2 | undefined {
  const [type = "", ...parameters] = contentType.split(";").map((part) => part.trim());
  if (type.toLowerCase() !== "application/x-protobuf") return undefined;
  const proto = parameters.map((part) => /^proto\s*=\s*"?([\w.]+)"?$/i.exec(part)?.[1]).find((name) => name !== undefined);
  if (proto === undefined || proto === "prometheus.WriteRequest") return 1;
  return proto === "io.prometheus.write.v2.Request" ? 2 : undefined;
}

async function answerRemoteWrite(request: EngineRequest, intake: MetricIntake): Promise<Answer> {
  const type = request.header("content-type") ?? "application/x-protobuf";
  const version = versionOf(type);
  if (version === undefined)
    throw new HttpError(
      415,
      `Cannot take the request: content-type "${type.slice(0, 200)}", expected application/x-protobuf, with proto=prometheus.WriteRequest or proto=io.prometheus.write.v2.Request.`,
    );
  const encoding = (request.header("content-encoding") ?? "snappy").toLowerCase();
  if (encoding !== "snappy") throw new HttpError(415, `Cannot take the request: content-encoding "${encoding.slice(0, 100)}", expected snappy.`);
  const body = await request.readBody();
  const { count, reasons, stored, histogramsStored, exemplarsStored } = version === 1 ? intake.remoteWrite(body) : intake.remoteWriteV2(body);
  const headers = {
    "x-prometheus-remote-write-samples-written": String(stored - histogramsStored),
    "x-prometheus-remote-write-histograms-written": String(histogramsStored),
    "x-prometheus-remote-write-exemplars-written": String(exemplarsStored),
  };
  if (count === 0) return { status: 204, headers };
  return {
    status: 400,
    headers: { ...headers, "content-type": "text/plain; charset=utf-8" },
    body: `${count} samples were not stored, ${stored} were: ${reasons.filter((reason) => reason !== "").join("; ")}\n`,
  };
}
