// The metrics signal behind the engine's seams. An engine that nobody sends metrics to holds none of its code: everything is loaded when it is used.
import { HttpError } from "../../types/http-error.ts";
import { type OtlpIntake, otlpGrpcMethod, otlpRoutes } from "../server/otlp-route.ts";
import type { CreateSignal, EngineHost, Route } from "../server/route.ts";
import type { MetricIntake } from "./intake.ts";
import { type PrometheusApi, prometheusRoutes } from "./prometheus-routes.ts";
import type { MetricWork } from "./work.ts";

/** The parts of the signal that are there so far. */
class Parts {
  readonly #host: EngineHost;
  intake: MetricIntake | undefined;
  work: MetricWork | undefined;

  constructor(host: EngineHost) { this.#host = host; }

  async loadIntake(): Promise<MetricIntake> {
    const { MetricIntake: Intake } = await import("./intake.ts");
    return this.intake ??= new Intake(this.#host);
  }

  async loadWork(): Promise<MetricWork> {
    const [{ MetricWork: Work }, intake] = await Promise.all([import("./work.ts"), this.loadIntake()]);
    return this.work ??= new Work({ intake, host: this.#host });
  }
}

export const createMetricsSignal: CreateSignal = (host) => {
  const parts = new Parts(host);
  const otlp: OtlpIntake = {
    path: "/v1/metrics", grpcPath: "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", rejectedField: "rejectedDataPoints",
    takeProtobuf: async (bytes) => { const intake = await parts.loadIntake(); return intake.partialOf(intake.otlpProtobuf(bytes)); },
    takeJson: async (document, bytes) => { const intake = await parts.loadIntake(); return intake.partialOf(intake.otlpJson(document, bytes)); },
  };
  const write: Route = {
    method: "POST",
    path: "/api/v1/write",
    handler: async (request) => {
      const intake = await parts.loadIntake();
      return intake.answerRemoteWrite(request);
    },
  };
  const configure: Route = {
    method: "PUT", path: "/inspan/v1/metrics",
    handler: async (request) => {
      let document: unknown;
      try {
        document = JSON.parse(Buffer.from(await request.readBody()).toString("utf8"));
      } catch (error) {
        if (error instanceof HttpError) throw error;
        throw new HttpError(400, "Cannot read the JSON body.");
      }
      return { status: 200, body: JSON.stringify((await parts.loadWork()).configure(document)) };
    },
  };
  const evaluate: Route = { method: "POST", path: "/inspan/v1/metrics/evaluate-rules", handler: async () => { (await parts.loadWork()).evaluateRules(); return { status: 204 }; } };
  const api: PrometheusApi = { host, store: async () => (await parts.loadIntake()).store, work: () => parts.work };
  return {
    name: "metrics", routes: [...otlpRoutes(otlp, ["/api/v1/otlp/v1/metrics"]), write, configure, evaluate, ...prometheusRoutes(api)], grpcMethods: [otlpGrpcMethod(otlp)],
    prepareReplay: async () => { await parts.loadIntake(); },
    replay: (kind, payload) => {
      try {
        parts.intake?.replay(kind, payload);
      } catch (error) {
        if (!(error instanceof HttpError)) throw error;
      }
    }, // it was refused when it came, too
    clear: () => parts.intake?.clear(),
    status: () => {
      const store = parts.intake?.store;
      return {
        seriesCount: store?.seriesCount ?? 0,
        sampleCount: store?.sampleCount ?? 0,
        sizeBytes: store?.sizeBytes ?? 0,
        evictedSamples: store?.evictedSamples ?? 0,
      };
    },
  };
};
