// The metrics half of the telemetry engine against Prometheus (INSPAN_BENCH_PROMETHEUS=<program>), on the same data in the same run.
import { median, readProcessMemory, round, type Scenario } from "../measure.ts";
import { dataStartMs, requests, secondsCount, send, seriesCount, startEngine, startPrometheus, type Target, write } from "../telemetry-load.ts";

const startsCount = 9, idleCount = 20, queryRepeats = 9;

export const engineStart: Scenario = {
  name: "engine-start", says: "telemetry engine from spawn to its first answered query; goal: at most 150 ms",
  run: async () => {
    const own: number[] = [], peer: number[] = [];
    for (let index = 0; index <= startsCount; index++) {
      const engine = await startEngine({ isOnDisk: false });
      await engine.stop();
      const prometheus = await startPrometheus();
      await prometheus?.stop();
      if (index === 0) continue; // fills caches
      own.push(engine.readyMs);
      if (prometheus) peer.push(prometheus.readyMs);
    }
    return {
      figures: { medianMs: round(median(own)) },
      ...(peer.length > 0 ? { peers: { prometheus: { medianMs: round(median(peer)), ratio: round(median(own) / median(peer)) } } } : {}),
    };
  },
};

export const idleEngines: Scenario = {
  name: "idle-20", says: "proportional memory of each of 20 idle engines that answered one query; goal: at most 15 MB",
  run: async () => {
    const engines: Target[] = [];
    await (await startEngine({ isOnDisk: false })).stop(); // fills caches
    const startedMs = performance.now();
    for (let index = 0; index < idleCount; index++) engines.push(await startEngine({ isOnDisk: false }));
    const memory = engines.map(({ pid }) => readProcessMemory(pid));
    const allReadyMs = performance.now() - startedMs;
    for (const engine of engines) await engine.stop();
    return {
      figures: {
        pssMb: round(median(memory.map(({ pssMb }) => pssMb))),
        privateMb: round(median(memory.map(({ privateMb }) => privateMb))),
        allReadyMs: round(allReadyMs),
      },
    };
  },
};

async function ingest(target: Target, bodies: readonly Uint8Array[]): Promise<number> {
  const startedMs = performance.now();
  for (const body of bodies) await write(target, body);
  return seriesCount * secondsCount / ((performance.now() - startedMs) / 1000);
}

export const metricIngest: Scenario = {
  name: "metric-ingest", says: "samples a second by remote write, one client, disk included, and memory after 3.6 M; goals: at least 1 M/s, at most 100 MB",
  run: async () => {
    const bodies = [...requests(dataStartMs())];
    const measure = async (target: Target | undefined) => {
      if (target === undefined) return undefined;
      try { return { samplesPerSecond: Math.round(await ingest(target, bodies)), rssMb: round(readProcessMemory(target.pid).rssMb) }; } finally { await target.stop(); }
    };
    await (await startEngine({ isOnDisk: true })).stop(); // fills caches
    const own = await measure(await startEngine({ isOnDisk: true }));
    const peer = await measure(await startPrometheus());
    return { figures: own ?? {}, ...(peer ? { peers: { prometheus: peer } } : {}) };
  },
};

const queries: readonly (readonly [string, string])[] = [
  ["rateByJob", "sum by(job)(rate(http_requests_total[1m]))"], ["rateByJobAndCode", "sum by(job,code)(rate(http_requests_total[5m]))"],
  ["histogramQuantile", "histogram_quantile(.99,sum by(le)(rate(http_request_duration_seconds_bucket[5m])))"],
  ["errorRatio", 'sum by(job)(rate(http_requests_total{code=~"5.."}[5m]))/sum by(job)(rate(http_requests_total[5m]))'],
  ["maxOverTime", "max by(job)(max_over_time(http_requests_total[5m]))"],
];

async function timeQueries(targets: readonly Target[], startMs: number): Promise<readonly Record<string, number>[]> {
  const figures = targets.map((): Record<string, number> => ({}));
  for (const [name, query] of queries) {
    const times = targets.map((): number[] => []);
    for (let repeat = 0; repeat <= queryRepeats; repeat++) {
      for (const [at, { url }] of targets.entries()) {
        const begunMs = performance.now();
        const { status } = await send(
          `${url}/api/v1/query_range?${new URLSearchParams({ query, start: String(startMs / 1000), end: String(startMs / 1000 + secondsCount), step: "15" }).toString()}`,
        );
        if (status !== 200) throw new Error(`Cannot measure ${query}: status ${status}`);
        if (repeat > 0) times[at]?.push(performance.now() - begunMs);
      }
    }
    for (const [at, list] of times.entries()) { const figure = figures[at]; if (figure) figure[`${name}Ms`] = round(median(list)); }
  }
  return figures;
}

export const promqlRange: Scenario = {
  name: "promql-range", says: "range queries over 1,000 series × 1 h @ 1 s over HTTP; goal: each faster than Prometheus, rate at least 3 times",
  run: async () => {
    const startMs = dataStartMs();
    const targets = [await startEngine({ isOnDisk: false }), await startPrometheus()].filter((target) => target !== undefined);
    try {
      for (const body of requests(startMs)) for (const target of targets) await write(target, body);
      const [own = {}, peer] = await timeQueries(targets, startMs);
      return { figures: own, ...(peer ? { peers: { prometheus: peer } } : {}) };
    } finally { for (const target of targets) await target.stop(); }
  },
};
