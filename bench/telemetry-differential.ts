// `npm run differential`: the same data and queries to our engine and to Prometheus 2 (INSPAN_BENCH_PROMETHEUS), point by point.
// Prometheus 2 has windows that include their left end and bounds the counter's zero point earlier: `windows=left-closed` asks ours for the same.
import { dataStartMs, requests, secondsCount, send, startEngine, startPrometheus, write } from "./telemetry-load.ts";

const queries = [
  'http_requests_total{job="api",code=~"5.."}',
  "sum by(job)(rate(http_requests_total[1m]))",
  "sum by(job,code)(increase(http_requests_total[5m]))",
  'rate(http_requests_total{instance="host-3"}[47s])',
  'irate(http_requests_total{job="web"}[1m])',
  'delta(http_requests_total{job="db"}[2m])',
  'deriv(http_requests_total{job="db"}[2m])',
  'predict_linear(http_requests_total{job="db"}[2m], 60)',
  "histogram_quantile(0.99, sum by(le)(rate(http_request_duration_seconds_bucket[5m])))",
  "histogram_quantile(0.5, sum by(le,job)(rate(http_request_duration_seconds_bucket[1m])))",
  "max by(job)(max_over_time(http_requests_total[5m]))",
  'min_over_time(http_requests_total{instance="host-1"}[90s])',
  "avg by(code)(avg_over_time(http_requests_total[1m]))",
  "stddev by(job)(http_requests_total)",
  "quantile by(job)(0.9, http_requests_total)",
  "topk(3, http_requests_total)",
  'sum by(job)(rate(http_requests_total{code=~"5.."}[5m])) / sum by(job)(rate(http_requests_total[5m]))',
  'resets(http_requests_total{instance=~"host-[0-9]"}[10m])',
  'changes(http_requests_total{instance="host-2"}[30s])',
  'quantile_over_time(0.3, http_requests_total{instance="host-2"}[1m])',
  'count_over_time(http_requests_total{instance="host-2"}[1m] offset 7m)',
  'max_over_time(rate(http_requests_total{instance="host-2"}[1m])[5m:30s])',
  'http_requests_total{instance="host-4"} > on(job) group_left avg by(job)(http_requests_total)',
  'http_requests_total{code="200"} unless on(job) http_requests_total{code="500",instance="host-6"}',
  'absent(nothing{a="b"})',
  'clamp(http_requests_total{instance="host-5"}, 100, 5000) % 7 ^ 2',
  'label_replace(http_requests_total{instance="host-5"}, "short", "$1", "instance", "host-(.*)")',
  "hour() + minute(vector(1e9)) + days_in_month()",
  "sum(http_requests_total @ end()) - sum(http_requests_total offset 5m)",
  'stdvar_over_time(http_requests_total{instance="host-9"}[2m])',
];

type Matrix = Map<string, Map<number, number>>;
interface Answer {
  readonly status: string;
  readonly data: { readonly result: readonly { readonly metric: Record<string, string>; readonly values: readonly (readonly [number, string])[] }[] };
}

async function ask(url: string, params: Record<string, string>): Promise<Matrix> {
  const { status, text } = await send(`${url}/api/v1/query_range?${new URLSearchParams(params).toString()}`);
  if (status !== 200) throw new Error(`${params["query"]}: ${status} ${text.slice(0, 300)}`);
  const { data } = JSON.parse(text) as Answer; // the API's form, asked for with a status of 200
  return new Map(
    data.result.map(({ metric, values }) => [
      JSON.stringify(Object.entries(metric).sort()),
      new Map(values.map(([time, value]) => [time, Number(value.replace("Inf", "Infinity"))])),
    ]),
  );
}

/** Points that only one side has, and the largest relative difference of the others. */
function compare(own: Matrix, peer: Matrix): { points: number; missing: number; worst: number } {
  let points = 0, missing = 0, worst = 0;
  for (const key of new Set([...own.keys(), ...peer.keys()])) {
    const left = own.get(key) ?? new Map<number, number>(), right = peer.get(key) ?? new Map<number, number>();
    for (const time of new Set([...left.keys(), ...right.keys()])) {
      const a = left.get(time), b = right.get(time);
      points++;
      if (a === undefined || b === undefined) missing++;
      else if (!Object.is(a, b) && a !== b) worst = Math.max(worst, Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b)));
    }
  }
  return { points, missing, worst };
}

const tolerance = 1e-9;
const prometheus = await startPrometheus();
if (prometheus === undefined) { process.stderr.write("Cannot compare: INSPAN_BENCH_PROMETHEUS names no program, expected a Prometheus 2.\n"); process.exit(2); }
const engine = await startEngine({ isOnDisk: false });
let wrong = 0, total = 0;
try {
  const startMs = dataStartMs();
  for (const body of requests(startMs)) { await write(engine, body); await write(prometheus, body); }
  for (const query of queries) {
    for (const step of ["15", "77"]) {
      const params = { query, start: String(startMs / 1000 - 60), end: String(startMs / 1000 + secondsCount), step };
      const [own, peer] = await Promise.all([ask(engine.url, { ...params, windows: "left-closed" }), ask(prometheus.url, params)]);
      const { points, missing, worst } = compare(own, peer);
      total += points;
      const isRight = missing === 0 && worst <= tolerance;
      if (!isRight) wrong++;
      process.stdout.write(
        `${isRight ? "ok  " : "DIFF"} ${String(points).padStart(7)} points, ${missing} on one side only, relative difference at most ${worst.toExponential(1)}  ${query} @ ${step}s\n`,
      );
    }
  }
} finally { await engine.stop(); await prometheus.stop(); }
process.stdout.write(`${total} points, ${wrong} of ${queries.length * 2} queries differ\n`);
process.exit(wrong > 0 ? 1 : 0);
