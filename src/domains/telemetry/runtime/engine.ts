// One engine: the stores of all signals behind one HTTP and one gRPC port. Its import graph is the start-up time of `inspan telemetry serve`: keep it small.
import { join } from "node:path";
import type { Clock } from "../../../providers/index.ts";
import { holdFolder } from "../repo/data-folder.ts";
import { hasSegments, memoryLog, openSegmentLog, type SegmentLog } from "../repo/segment-log.ts";
import { Forwarder } from "./server/forwarder.ts";
import { startGrpcServer } from "./server/grpc-server.ts";
import { startHttpServer } from "./server/http-server.ts";
import type { CreateSignal, EngineHost, Route, Signal } from "./server/route.ts";
import { createMetricsSignal } from "./metrics/signal.ts";

/** Metrics load their own parts late; the others are loaded whole with the first request that is theirs. */
const creators: Readonly<Record<Signal["name"], () => Promise<CreateSignal>>> = {
  metrics: () => Promise.resolve(createMetricsSignal),
  logs: async () => (await import("./logs/signal.ts")).createLogsSignal,
  traces: async () => (await import("./traces/signal.ts")).createTracesSignal,
};

export interface EngineOptions {
  readonly clock: Clock;
  readonly version: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Folder of the segments; undefined keeps everything in memory. */
  readonly dataPath: string | undefined;
}

export interface Engine {
  readonly url: string;
  readonly grpc: string;
  close(): Promise<void>;
}

interface Held { readonly signal: Signal; log: SegmentLog }

async function openSignal(name: Signal["name"], options: EngineOptions, stopping: AbortSignal): Promise<Held> {
  let log = memoryLog;
  let isReplaying = true;
  const host: EngineHost = {
    clock: options.clock, signal: stopping, version: options.version, startedMs: options.clock.nowMs(),
    append: (kind, payload) => { if (!isReplaying) log.append(kind, payload); },
    evictedSegments: () => log.evictedSegments,
  };
  const signal = (await creators[name]())(host);
  if (options.dataPath !== undefined) await signal.prepareReplay?.();
  if (options.dataPath !== undefined) log = openSegmentLog(join(options.dataPath, name), (kind, payload) => signal.replay(kind, payload));
  isReplaying = false;
  return { signal, log };
}

/** The signals that are there so far. What is on disk is there from the start; the rest comes when it is wanted. */
class Signals {
  readonly held: Held[] = [];
  readonly #options: EngineOptions;
  readonly #stopping: AbortSignal;
  #loading: Promise<void> | undefined;

  constructor(options: EngineOptions, stopping: AbortSignal) {
    this.#options = options;
    this.#stopping = stopping;
  }

  async #open(names: readonly Signal["name"][]): Promise<void> {
    this.held.push(...await Promise.all(names.map((name) => openSignal(name, this.#options, this.#stopping))));
  }

  async start(): Promise<void> {
    const { dataPath } = this.#options;
    await this.#open((["metrics", "logs", "traces"] as const).filter((name) => name === "metrics" || (dataPath !== undefined && hasSegments(join(dataPath, name)))));
  }

  /** All of them; the same promise for everybody. */
  loadAll(): Promise<void> {
    const loaded = new Set(this.held.map(({ signal }) => signal.name));
    return this.#loading ??= this.#open((["logs", "traces"] as const).filter((name) => !loaded.has(name)));
  }
}

function engineRoutes({ held }: Signals, options: EngineOptions): readonly Route[] {
  return [
    { method: "DELETE", path: "/inspan/v1/data", handler: () => { for (const { signal, log } of held) { log.clear(); signal.clear(); } return { status: 204 }; } },
    {
      method: "GET",
      path: "/inspan/v1/status",
      handler: () => ({
        status: 200,
        body: JSON.stringify({
          version: 1,
          engine: options.version,
          signals: Object.fromEntries(held.map(({ signal, log }) => [signal.name, { ...signal.status(), evictedSegments: log.evictedSegments }])),
        }),
      }),
    },
    ...["/-/ready", "/-/healthy", "/ready"].map((path): Route => ({
      method: "GET",
      path,
      handler: () => ({ status: 200, headers: { "content-type": "text/plain; charset=utf-8" }, body: "Inspan is ready.\n" }),
    })),
  ];
}

/** Resolves when it answers queries. Rejects where the port is taken or the folder cannot be written. */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const release = options.dataPath === undefined ? undefined : await holdFolder(options.dataPath);
  try { return await open(options, release); } catch (error) {
    await release?.();
    throw error;
  }
}

async function open(options: EngineOptions, release: (() => Promise<void>) | undefined): Promise<Engine> {
  const stopping = new AbortController();
  const signals = new Signals(options, stopping.signal);
  await signals.start();
  const { held } = signals;
  const forwarder = new Forwarder();
  const routes = (): readonly Route[] => [
    ...engineRoutes(signals, options),
    ...forwarder.routes(),
    ...held.flatMap(({ signal }) => signal.routes.map((route) => forwarder.wrapRoute(route))),
  ];
  const [http, grpc] = await Promise.all([
    startHttpServer({
      port: options.port, signal: stopping.signal, routes: routes(),
      loadMore: async () => { await signals.loadAll(); return { routes: routes(), upgrades: held.flatMap(({ signal }) => signal.upgrades ?? []) }; },
    }),
    startGrpcServer(async () => { await signals.loadAll(); return held.flatMap(({ signal }) => signal.grpcMethods.map((method) => forwarder.wrapMethod(method))); }),
  ]);
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    stopping.abort();
    await Promise.all([http.close(), grpc.close()]);
    for (const { signal, log } of held) { await signal.close?.(); await log.close(); }
    await release?.();
  };
  return { url: `http://127.0.0.1:${http.port}`, grpc: `http://127.0.0.1:${grpc.port}`, close: () => closing ??= close() };
}
