// Door of the feedback runtime: keeps signals, bounded and without secrets; takes webhooks.
import { boundText } from "../../../base/text.ts";
import type { Providers } from "../../../providers/index.ts";
import { openSignalStore, type Flood, type SignalStore } from "../repo.ts";
import type { Signal, StoredSignal } from "../types.ts";

export { serveWebhooks, type WebhookServer } from "./webhook-server.ts";

// A signal points to its source; it is not a copy of a log.
const textCharsMax = 4000;
const titleCharsMax = 200;

export interface SignalRecorder {
  /** Keeps a signal once per `once`; false where it was there. Never rejects for a full disk: feedback is not worth failing a task, so the loss is logged. */
  record(signal: Signal, once: string): Promise<boolean>;
  /** Counts what was turned away before it became a signal. */
  noteFlood(cause: string, count: number): Promise<void>;
  takeDelivery(id: string): Promise<boolean>;
  floods(countMax: number): Promise<readonly Flood[]>;
  find(id: number): Promise<StoredSignal | undefined>;
  count(): Promise<number>;
  list(options: { readonly countMax: number; readonly kind?: string; readonly taskId?: string }): Promise<readonly StoredSignal[]>;
  dispose(): Promise<void>;
}

export function openSignals(providers: Pick<Providers, "databases" | "secrets" | "clock" | "log">, repositoryStatePath: string): SignalRecorder {
  const store: SignalStore = openSignalStore(providers.databases, repositoryStatePath);
  const clean = (text: string, charsMax: number) => boundText(providers.secrets.redact(text), charsMax);
  return {
    async record(signal, once) {
      try {
        const whole = { ...signal, title: clean(signal.title.replaceAll(/\s+/g, " "), titleCharsMax), text: clean(signal.text, textCharsMax), link: clean(signal.link, titleCharsMax) };
        const isNew = await store.add(whole, { at: providers.clock.nowIso(), once });
        if (isNew) providers.log.info("signal.recorded", { kind: signal.kind, cause: signal.cause, taskId: signal.taskId });
        return isNew;
      } catch (error) {
        providers.log.error("signal.lost", { kind: signal.kind, cause: signal.cause, reason: String(error) });
        return false;
      }
    },
    noteFlood: (cause, count) => store.noteFlood({ day: providers.clock.nowIso().slice(0, 10), cause, count }),
    takeDelivery: (id) => store.takeDelivery(id, providers.clock.nowIso()),
    floods: (countMax) => store.floods(countMax),
    find: (id) => store.find(id),
    count: () => store.count(),
    list: (options) => store.list(options),
    dispose: () => store.close(),
  };
}
