// Our own words in OTLP/JSON: how long a service took to be ready, as a span and a metric. Pure; https://opentelemetry.io/docs/specs/otlp/#otlphttp
const nanos = (ms: number): string => `${Math.round(ms * 1000)}000`;
const attributes = (values: Readonly<Record<string, string | number>>) =>
  Object.entries(values).map(([key, value]) => ({ key, value: typeof value === "number" ? { doubleValue: value } : { stringValue: value } }));

export interface StartReport {
  readonly service: string;
  readonly readyMs: number;
  /** Milliseconds since 1970. */
  readonly readyAtMs: number;
  readonly starts: number;
  readonly resource: Readonly<Record<string, string>>;
  /** 32 and 16 hexadecimal digits. */
  readonly traceId: string;
  readonly spanId: string;
}

const scope = { name: "inspan.instance" };

export function renderStartTrace(report: StartReport): unknown {
  const { service, readyMs, readyAtMs, starts, traceId, spanId } = report;
  return { resourceSpans: [{ resource: { attributes: attributes({ ...report.resource, "service.name": service }) }, scopeSpans: [{ scope, spans: [{
    traceId, spanId, name: "service start", kind: 1, startTimeUnixNano: nanos(readyAtMs - readyMs), endTimeUnixNano: nanos(readyAtMs),
    attributes: attributes({ "inspan.service": service, "inspan.starts": starts }), status: { code: 1 },
  }] }] }] };
}

/** In seconds, as OpenTelemetry asks for durations. */
export function renderStartMetric(report: StartReport): unknown {
  const { service, readyMs, readyAtMs } = report;
  return { resourceMetrics: [{ resource: { attributes: attributes({ ...report.resource, "service.name": service }) }, scopeMetrics: [{ scope, metrics: [{
    name: "inspan.service.ready.duration", unit: "s", description: "From spawn to ready, seen from outside",
    gauge: { dataPoints: [{ asDouble: readyMs / 1000, timeUnixNano: nanos(readyAtMs), attributes: attributes({ "inspan.service": service }) }] },
  }] }] }] };
}
