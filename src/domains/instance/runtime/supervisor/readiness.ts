// Waits until a service is ready, by what its processes listen on, answer or print. Decides no end: its caller stops the service.
import type { ServicePlan } from "../../types/index.ts";
import type { InstancePorts } from "./ports.ts";
import { askHttp, canConnect } from "./probe.ts";

/** Looking is a read of two small files; the pauses grow because slow starters are many and fast ones deserve to be seen at once. */
const pauses = [{ untilMs: 1000, pauseMs: 5 }, { untilMs: 10_000, pauseMs: 20 }, { untilMs: Number.POSITIVE_INFINITY, pauseMs: 100 }] as const;
/** How long a service that listens elsewhere may still open the port that it was given. */
const adoptAfterMs = 400;
/** One answer of a server that is still warming up; then it is asked again. */
const answerMsMax = 5000;
/** The last question before the time is over gets this long all the same: an answer that is there is worth it. */
const answerMsMin = 250;
/** Debuggers listen here; nobody means their port as the application's. */
const debuggerPorts: ReadonlySet<number> = new Set([9229, 9230]);

export interface Watched {
  readonly service: ServicePlan;
  readonly ports: InstancePorts;
  readonly hasNetwork: boolean;
  readonly signal: AbortSignal;
  /** Ports that the service's processes listen on now, sorted; undefined where this system cannot tell. */
  listening(): readonly number[] | undefined;
  /** Resolves with true when a line has matched, for readiness by log. */
  readonly isLogged: () => boolean;
  readonly nowMs: () => number;
  sleep(ms: number): Promise<void>;
}

export interface Seen {
  readonly isReady: boolean;
  /** Where the service answers on this machine; undefined where it has no port. */ readonly port: number | undefined;
  readonly lastAnswer: string | undefined;
}

/** The port on this machine that leads to the wanted variable's (or first) port, wherever the service listens by now; undefined while it does not. */
async function reachable(watched: Watched, wanted: string | undefined, elapsedMs: number): Promise<number | undefined> {
  const { service, ports, hasNetwork } = watched;
  const name = wanted ?? service.ports[0];
  const owned = watched.listening();
  const given = name === undefined ? undefined : ports.tableOf([service]).get(service.name)?.get(name);
  if (owned === undefined) return given !== undefined && await canConnect(given) ? given : undefined;
  if (given !== undefined && owned.includes(given)) { ports.lead(`${service.name}/${name}`, given); return given; }
  const declared = new Set(ports.tableOf([service]).get(service.name)?.values());
  const others = owned.filter((port) => !declared.has(port) && !debuggerPorts.has(port));
  const [found] = others;
  if (found === undefined || (given !== undefined && elapsedMs < adoptAfterMs)) return undefined;
  if (!hasNetwork) return found;
  const port = given ?? await ports.open(`${service.name}/found`);
  ports.lead(`${service.name}/${name ?? "found"}`, found);
  return port;
}

async function look(watched: Watched, elapsedMs: number, leftMs: number): Promise<Seen> {
  const { ready } = watched.service;
  const waiting = (lastAnswer?: string): Seen => ({ isReady: false, port: undefined, lastAnswer });
  switch (ready.kind) {
    case "started": return { isReady: true, port: undefined, lastAnswer: undefined };
    case "log":
      return watched.isLogged()
        ? { isReady: true, port: await reachable(watched, undefined, Number.POSITIVE_INFINITY), lastAnswer: undefined }
        : waiting("no line matched");
    case "listening":
    case "tcp": {
      const port = await reachable(watched, ready.kind === "tcp" ? ready.port : undefined, elapsedMs);
      return port === undefined ? waiting("nothing listened") : { isReady: true, port, lastAnswer: undefined };
    }
    case "http": {
      const port = await reachable(watched, ready.port, elapsedMs);
      if (port === undefined) return waiting("nothing listened");
      const answer = await askHttp({ port, path: ready.path, timeoutMs: Math.round(Math.max(answerMsMin, Math.min(answerMsMax, leftMs))) });
      const isReady = typeof answer === "number" && (ready.status === undefined ? answer >= 200 && answer < 400 : answer === ready.status);
      return { isReady, port, lastAnswer: typeof answer === "number" ? `status ${answer}` : answer };
    }
  }
}

/** Resolves when the service is ready, its time is over, or the signal aborts; the last look tells which. */
export async function waitUntilReady(watched: Watched): Promise<Seen> {
  const startedMs = watched.nowMs();
  let notedListening = Number.POSITIVE_INFINITY;
  for (;;) {
    const nowMs = watched.nowMs();
    if (notedListening === Number.POSITIVE_INFINITY && (watched.listening()?.length ?? 0) > 0) notedListening = nowMs;
    const seen = await look(watched, nowMs - notedListening, startedMs + watched.service.readyTimeoutMs - nowMs);
    if (seen.isReady || watched.signal.aborted) return seen;
    const elapsedMs = watched.nowMs() - startedMs;
    if (elapsedMs >= watched.service.readyTimeoutMs) return seen;
    const pauseMs = pauses.find(({ untilMs }) => elapsedMs < untilMs)?.pauseMs ?? 100;
    await watched.sleep(Math.min(pauseMs, watched.service.readyTimeoutMs - elapsedMs));
  }
}
