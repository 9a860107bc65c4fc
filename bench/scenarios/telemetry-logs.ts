// The logs and traces halves of the telemetry engine: intake over HTTP with the disk, and queries over a million lines and spans in process.
import { nodeClock } from "../../src/providers/node/clock.ts";
import { loadBench } from "../../src/domains/telemetry/runtime/index.ts";
import { ProtobufWriter } from "../../src/domains/telemetry/index.ts";
import { median, round, type Scenario } from "../measure.ts";
import { send, startEngine, type Target } from "../telemetry-load.ts";

const rowsCount = 1_000_000, batchRows = 1000, batchesCount = 300, repeats = 5;
const startNs = 1_700_000_000_000_000_000n;

function text(writer: ProtobufWriter, key: string, value: string): void {
  writer.text(1, key);
  writer.message(2, () => writer.text(1, value));
}

function* logRequests(): Iterable<Uint8Array> {
  for (let batch = 0; batch < batchesCount; batch++) {
    const writer = new ProtobufWriter();
    writer.message(1, () => {
      writer.message(1, () => writer.message(1, () => text(writer, "service.name", "shop")));
      writer.message(2, () => {
        for (let row = 0; row < batchRows; row++) {
          writer.message(2, () => {
            const number = batch * batchRows + row;
            writer.fixed64(1, startNs + BigInt(number) * 1_000_000n);
            writer.varint(2, row % 50 === 0 ? 17 : 9);
            writer.message(5, () => writer.text(1, lineOf(number)));
            writer.message(6, () => text(writer, "http.route", `/r${row % 20}`));
          });
        }
      });
    });
    yield writer.finish();
  }
}

function lineOf(number: number): string {
  return `{"level":"${number % 50 === 0 ? "error" : "info"}","msg":"request done","status":${200 + (number % 7) * 50},"path":"/api/v1/items/${number}","dur_ms":${number % 1000}}`;
}

function* spanRequests(): Iterable<Uint8Array> {
  for (let batch = 0; batch < batchesCount; batch++) {
    const writer = new ProtobufWriter();
    writer.message(1, () => {
      writer.message(1, () => writer.message(1, () => text(writer, "service.name", "shop")));
      writer.message(2, () => {
        for (let row = 0; row < batchRows; row++) {
          const number = batch * batchRows + row;
          writer.message(2, () => {
            writer.hex(1, Math.floor(number / 10 + 1).toString(16).padStart(32, "0"));
            writer.hex(2, (number + 1).toString(16).padStart(16, "0"));
            if (number % 10 !== 0) writer.hex(4, (Math.floor(number / 10) * 10 + 1 + Math.floor((number % 10) / 2)).toString(16).padStart(16, "0"));
            writer.text(5, `op-${number % 40}`);
            writer.varint(6, 2);
            writer.fixed64(7, startNs + BigInt(number) * 1_000_000n);
            writer.fixed64(8, startNs + BigInt(number) * 1_000_000n + BigInt((number % 3000) * 1_000_000));
            for (let at = 0; at < 8; at++) writer.message(9, () => text(writer, `attribute.${at}`, `value-${(number + at) % 100}`));
          });
        }
      });
    });
    yield writer.finish();
  }
}

async function ingest(path: string, bodies: readonly Uint8Array[], target: Target): Promise<number> {
  const post = async (body: Uint8Array) => {
    const { status, text: said } = await send(`${target.url}${path}`, { method: "POST", headers: { "content-type": "application/x-protobuf" }, body });
    if (status !== 200) throw new Error(`Cannot send: ${status} ${said}`);
  };
  for (const body of bodies.slice(0, 30)) await post(body);
  const startedMs = performance.now();
  for (const body of bodies.slice(30)) await post(body);
  return ((batchesCount - 30) * batchRows) / ((performance.now() - startedMs) / 1000);
}

export const ingestLogs: Scenario = {
  name: "ingest-logs", says: "log lines a second by OTLP, one client, disk included; goal: at least 300,000",
  run: async () => {
    const bodies = [...logRequests()];
    const target = await startEngine({ isOnDisk: true });
    try { return { figures: { linesPerSecond: Math.round(await ingest("/v1/logs", bodies, target)) } }; } finally { await target.stop(); }
  },
};

export const ingestSpans: Scenario = {
  name: "ingest-spans", says: "spans of 8 attributes a second by OTLP, one client, disk included; goal: at least 300,000",
  run: async () => {
    const bodies = [...spanRequests()];
    const target = await startEngine({ isOnDisk: true });
    try { return { figures: { spansPerSecond: Math.round(await ingest("/v1/traces", bodies, target)) } }; } finally { await target.stop(); }
  },
};

function best(work: () => number): { readonly ms: number; readonly found: number } {
  const times: number[] = [];
  let found = 0;
  for (let repeat = 0; repeat < repeats; repeat++) { const startedMs = performance.now(); found = work(); times.push(performance.now() - startedMs); }
  return { ms: round(median(times)), found };
}

export const logsMillion: Scenario = {
  name: "logs-1m", says: "LogQL over a million lines in process, median of 5; goals: substring at most 150 ms, json and filter at most 600 ms",
  run: async () => {
    const bench = new (await loadBench()).LogBench(nodeClock);
    for (let row = 0; row < rowsCount; row++) bench.add(lineOf(row), 1_700_000_000_000 + row);
    const figures: Record<string, number> = {};
    const queries = {
      substringAbsent: '{app="a"} |= "absent text"',
      substring: 'sum(count_over_time({app="a"} |= "error" [1h]))',
      jsonFilterNone: '{app="a"} | json | status > 500',
      jsonFilterCount: 'sum(count_over_time({app="a"} | json | status >= 500 [1h]))',
      jsonByStatus: 'sum by (status) (count_over_time({app="a"} | json [1h]))',
      regex: 'sum(count_over_time({app="a"} |~ "items/\\\\d+9\\"" [1h]))',
      substringJson: 'sum(count_over_time({app="a"} |= "error" | json | dur_ms > 900 [1h]))',
    };
    for (const [name, query] of Object.entries(queries)) figures[`${name}Ms`] = best(() => bench.count(query)).ms;
    return { figures };
  },
};

export const spansMillion: Scenario = {
  name: "spans-1m", says: "TraceQL over a million spans in process, median of 5; goals: duration filter at most 20 ms, structural at most 50 ms",
  run: async () => {
    const bench = new (await loadBench()).SpanBench();
    for (let round_ = 0; round_ < 3; round_++) for (const body of spanRequests()) bench.add(body);
    const figures: Record<string, number> = { spans: bench.count };
    const queries = {
      duration: "{ duration > 2990ms }",
      nameAndDuration: "{ name = `op-7` && duration > 2s }",
      attribute: '{ span.attribute.3 = "value-5" }',
      structural: "{ name = `op-0` } >> { duration > 2990ms }",
      child: "{ name = `op-0` } > { duration > 2990ms }",
      sibling: "{ name = `op-1` } ~ { duration > 2990ms }",
      ancestor: "{ duration > 2990ms } << { name = `op-0` }",
    };
    for (const [name, query] of Object.entries(queries)) figures[`${name}Ms`] = best(() => bench.search(query)).ms;
    return { figures };
  },
};
