// The metrics signal: store, intake and the Prometheus API behind the engine's seams.
import { ProtobufReader } from "../../service/wire/protobuf.ts";
import { type OtlpIntake, otlpGrpcMethod, otlpRoutes } from "../server/otlp-route.ts";
import type { CreateSignal } from "../server/route.ts";

export const createMetricsSignal: CreateSignal = () => {
  const intake: OtlpIntake = {
    path: "/v1/metrics", grpcPath: "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", rejectedField: "rejectedDataPoints",
    takeProtobuf: (bytes) => { const reader = new ProtobufReader(bytes); while (reader.next()) reader.skip(); return undefined; },
    takeJson: () => undefined,
  };
  return {
    name: "metrics", routes: otlpRoutes(intake, ["/api/v1/otlp/v1/metrics"]), grpcMethods: [otlpGrpcMethod(intake)],
    replay: () => {}, clear: () => {}, status: () => ({}),
  };
};
