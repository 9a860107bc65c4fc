// One session's gate with its relay, in whatever thread it runs: all that costs, refuses or is remembered is asked of the session. Knows no client.
import { createModelRelay } from "../../model/runtime/index.ts";
import { openGate } from "./gate.ts";
import type { GateAsks, GateSpec } from "./gate-questions.ts";

export interface SessionGate {
  readonly port: number;
  /** Resolves when every model call on its way is counted. */
  settled(): Promise<void>;
  /** Ends every connection. */
  close(): Promise<void>;
}

export type AskSession = <K extends keyof GateAsks>(what: K, input: GateAsks[K][0]) => Promise<GateAsks[K][1]>;

/** Listens on the wanted port, else on a free one. */
export async function openSessionGate({ token, allowedHosts, model }: GateSpec, ask: AskSession, wanted?: number): Promise<SessionGate> {
  // Whoever does not wait for the answer is not told when the session has ended: nor would anything be done about it.
  const tell = (asked: Promise<unknown>): void => { asked.catch(() => undefined); };
  let sleeps = 0;
  const sleep = async (ms: number, signal?: AbortSignal): Promise<void> => {
    const id = ++sleeps;
    const onAbort = (): void => tell(ask("wake", id));
    signal?.addEventListener("abort", onAbort, { once: true });
    try { await ask("sleep", { sleep: id, ms }); } finally { signal?.removeEventListener("abort", onAbort); }
  };
  const relay = model === undefined ? undefined : createModelRelay({
    providers: { clock: { sleep, nowIso: () => ask("now", undefined) } },
    wire: model.wire, baseUrl: model.baseUrl, price: model.price, smallModel: model.smallModel,
    key: model.key === undefined ? undefined : { reveal: () => model.key ?? "" },
    transcript: model.isRecorded ? { write: (exchange) => ask("record", exchange) } : undefined,
    replay: model.isReplayed ? { next: (wire, path, request) => ask("replay", { wire, path, request }) } : undefined,
    onModelCall: () => ask("modelCall", undefined),
    onUsage: (usage) => ask("usage", usage),
    onFailure: (failure) => ask("failure", failure),
    onToolAnswer: () => ask("toolAnswer", undefined),
    onWait: (wait) => tell(ask("wait", wait)),
    onRefused: (what) => tell(ask("refused", what)),
  });
  const gate = await openGate({
    token, allowedHosts, model: relay, ...(wanted === undefined ? {} : { port: wanted }),
    onHook: (body) => ask("hook", body), onMcp: (body) => ask("mcp", body), onRefused: (what) => tell(ask("refused", what)),
  });
  return { port: gate.port, settled: async () => { await relay?.settled(); }, close: () => gate.close() };
}
