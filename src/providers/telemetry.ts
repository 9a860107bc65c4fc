// Spans of Inspan's own work, by interface. One span per operation, turn, process and outside call, opened in runtime.

export interface Span {
  set(attributes: Readonly<Record<string, string | number | boolean>>): void;
}

export interface Telemetry {
  /** Runs `work` inside a span; a rejection marks the span as failed and goes on. */
  span<T>(name: string, attributes: Readonly<Record<string, string | number | boolean>>, work: (span: Span) => Promise<T>): Promise<T>;
}
