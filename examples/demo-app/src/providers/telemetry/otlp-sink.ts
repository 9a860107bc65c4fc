// Sends logs, metrics and spans as OTLP over HTTP (JSON). Loaded only when an endpoint is set: it costs ~200 ms.

import { AsyncLocalStorage } from "node:async_hooks";
import { type Context, ROOT_CONTEXT, SeverityNumber, type Span, SpanStatusCode, trace } from "@opentelemetry/api";
import { OTLPLogExporter } from "@opentelemetry/exporter-logs-otlp-http";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import { BatchLogRecordProcessor, LoggerProvider } from "@opentelemetry/sdk-logs";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { ATTR_SERVICE_NAME } from "@opentelemetry/semantic-conventions";
import type { LogLevel, TelemetrySink } from "./telemetry.ts";

const scope = "booking-desk";
/** A receiver that hangs must not hold up the end of the process for longer than a person waits. */
const exportTimeoutMs = 2000;
const severities: Readonly<Record<LogLevel, SeverityNumber>> = {
  info: SeverityNumber.INFO,
  warn: SeverityNumber.WARN,
  error: SeverityNumber.ERROR,
};

type OtlpOptions = { readonly endpoint: string; readonly serviceName: string; readonly exportIntervalMs: number };

export function createOtlpSink(options: OtlpOptions): TelemetrySink {
  const { logs, metrics, traces } = createProviders(options);
  const logger = logs.getLogger(scope);
  const meter = metrics.getMeter(scope);
  const tracer = traces.getTracer(scope);
  const current = new AsyncLocalStorage<Context>();
  return {
    log: (level, event, fields) => {
      logger.emit({
        eventName: event,
        severityNumber: severities[level],
        severityText: level.toUpperCase(),
        body: event,
        attributes: { ...fields },
        context: current.getStore() ?? ROOT_CONTEXT,
      });
    },
    // The meter hands out the same instrument for the same name, so nothing is kept here.
    count: (name, fields) => meter.createCounter(name).add(1, { ...fields }),
    observe: (name, durationMs, fields) => {
      meter.createHistogram(name, { unit: "s", advice: { explicitBucketBoundaries } }).record(durationMs / 1000, { ...fields });
    },
    span: (name, fields, work) => {
      const parent = current.getStore() ?? ROOT_CONTEXT;
      const span = tracer.startSpan(name, { attributes: { ...fields } }, parent);
      return current.run(trace.setSpan(parent, span), () => endWith(span, () => work((noted) => void span.setAttributes({ ...noted }))));
    },
    stop: async () => {
      // A receiver that is gone is no reason to end with an error: the app's own work is done.
      await Promise.allSettled([logs.shutdown(), metrics.shutdown(), traces.shutdown()]);
    },
  };
}

/** Seconds; the boundaries that the HTTP semantic conventions recommend. */
const explicitBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

function createProviders({ endpoint, serviceName, exportIntervalMs }: OtlpOptions): {
  readonly logs: LoggerProvider;
  readonly metrics: MeterProvider;
  readonly traces: TracerProvider;
} {
  const to = (signal: string): { url: string; timeoutMillis: number } => ({
    url: `${endpoint.replace(/\/+$/, "")}/v1/${signal}`,
    timeoutMillis: exportTimeoutMs,
  });
  const resource = resourceFromAttributes({ [ATTR_SERVICE_NAME]: serviceName }).merge(detectResources({ detectors: [envDetector] }));
  const batch = { scheduledDelayMillis: exportIntervalMs, exportTimeoutMillis: exportTimeoutMs };
  return {
    logs: new LoggerProvider({ resource, processors: [new BatchLogRecordProcessor({ exporter: new OTLPLogExporter(to("logs")), ...batch })] }),
    metrics: new MeterProvider({
      resource,
      readers: [
        new PeriodicExportingMetricReader({
          exporter: new OTLPMetricExporter(to("metrics")),
          exportIntervalMillis: exportIntervalMs,
          exportTimeoutMillis: Math.min(exportTimeoutMs, exportIntervalMs),
        }),
      ],
    }),
    traces: new TracerProvider({ resource, spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter(to("traces")), ...batch })] }),
  };
}

function endWith<T>(span: Span, work: () => T): T {
  const fail = (error: unknown): void => {
    span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.message : String(error) });
    span.end();
  };
  let value: T;
  try {
    value = work();
  } catch (error) {
    fail(error);
    throw error;
  }
  if (value instanceof Promise) value.then(() => span.end(), fail);
  else span.end();
  return value;
}
