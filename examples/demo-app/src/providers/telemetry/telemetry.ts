// What the rest of the app may say about itself: log lines, counts, durations, spans.
// Only src/providers/telemetry knows OpenTelemetry, and loads it only when there is somewhere to send to.

export type Fields = Readonly<Record<string, string | number | boolean>>;
export type LogLevel = "info" | "warn" | "error";

/** Adds what is known only later, such as a status, to the span that is open. */
export type NoteFields = (fields: Fields) => void;

/** What a destination takes. `span()` ends its span when the work is done, also when it throws or rejects. */
export type TelemetrySink = {
  readonly log: (level: LogLevel, event: string, fields: Fields) => void;
  readonly count: (name: string, fields: Fields) => void;
  readonly observe: (name: string, durationMs: number, fields: Fields) => void;
  readonly span: <T>(name: string, fields: Fields, work: (note: NoteFields) => T) => T;
  readonly stop: () => Promise<void>;
};

export type Telemetry = TelemetrySink;

export type TelemetryOptions = {
  /** Base address of an OTLP/HTTP receiver; `undefined` sends nothing and loads nothing. */
  readonly endpoint: string | undefined;
  readonly serviceName: string;
  readonly exportIntervalMs: number;
  /** Takes each log record as one line of JSON, without the line break. */
  readonly writeLine: (line: string) => void;
};

/** Starts telemetry. Log lines always go to `writeLine`; everything goes to `endpoint` when there is one. */
export async function startTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  const sink = options.endpoint === undefined ? silentSink : await loadOtlpSink(options.endpoint, options);
  return {
    ...sink,
    log: (level, event, fields) => {
      options.writeLine(JSON.stringify({ level, event, ...fields }));
      sink.log(level, event, fields);
    },
  };
}

const silentSink: TelemetrySink = {
  log: () => undefined,
  count: () => undefined,
  observe: () => undefined,
  span: (_name, _fields, work) => work(() => undefined),
  stop: () => Promise.resolve(),
};

async function loadOtlpSink(endpoint: string, options: TelemetryOptions): Promise<TelemetrySink> {
  const { createOtlpSink } = await import("./otlp-sink.ts");
  return createOtlpSink({ endpoint, serviceName: options.serviceName, exportIntervalMs: options.exportIntervalMs });
}
