// Door of the feedback runtime: keeps signals, bounded and without secrets; takes webhooks.
import { fingerprint } from "../../../base/hash.ts";
import { InspanError, messageOf } from "../../../base/errors.ts";
import { boundText } from "../../../base/text.ts";
import type { Providers } from "../../../providers/index.ts";
import { openSignalStore, type Flood, type SignalStore } from "../repo.ts";
import type { Signal, StoredSignal } from "../types.ts";

export { serveWebhooks, type WebhookServer } from "./webhook-server.ts";

// A signal points to its source; it is not a copy of a log.
const textCharsMax = 4000;
const titleCharsMax = 200;
/** A cause is a key, not a text. */
const nameCharsMax = 300;
/** A commit, or the name of a release. */
const commitCharsMax = 100;

export interface SignalRecorder {
  /** Keeps a signal once per `once`; false where it was there. Never rejects for a full disk: feedback is not worth failing a task, so the loss is logged. */
  record(signal: Signal, once: string): Promise<boolean>;
  /** Many at once; how many were new and kept. Rejects with SIGNALS_LOST where they cannot be: whoever sends them is told, and keeps them. */
  recordAll(received: readonly { readonly signal: Signal; readonly once: string }[]): Promise<number>;
  /** Counts what was turned away before it became a signal. */
  noteFlood(cause: string, count: number): Promise<void>;
  wasDelivered(id: string): Promise<boolean>;
  noteDelivery(id: string): Promise<boolean>;
  floods(countMax: number): Promise<readonly Flood[]>;
  find(id: number): Promise<StoredSignal | undefined>;
  count(): Promise<number>;
  list(options: { readonly countMax: number; readonly kind?: string; readonly taskId?: string }): Promise<readonly StoredSignal[]>;
  dispose(): Promise<void>;
}

export function openSignals(providers: Pick<Providers, "databases" | "secrets" | "clock" | "log">, repositoryStatePath: string): SignalRecorder {
  const store: SignalStore = openSignalStore(providers.databases, repositoryStatePath);
  const clean = (text: string, charsMax: number) => boundText(providers.secrets.redact(text), charsMax);
  // A name is compared, so what is cut off or removed leaves its mark in it.
  const cleanName = (text: string): string => {
    const redacted = providers.secrets.redact(text);
    return redacted === text && text.length <= nameCharsMax ? text : `${redacted.slice(0, nameCharsMax)}#${fingerprint(text)}`;
  };
  // Where the middle is cut out a line of its own says so.
  const oneLine = (text: string) => clean(text.replaceAll(/\s+/g, " "), titleCharsMax).replaceAll(/\s+/g, " ");
  const cleanSignal = (signal: Signal): Signal => ({
    ...signal, title: oneLine(signal.title), link: oneLine(signal.link), text: clean(signal.text, textCharsMax), cause: cleanName(signal.cause),
    ...(signal.commit === undefined ? {} : { commit: clean(signal.commit.replaceAll(/\s+/g, " "), commitCharsMax) }),
  });
  return {
    async record(given, once) {
      const signal = cleanSignal(given);
      try {
        const isNew = await store.add(signal, { at: providers.clock.nowIso(), once: cleanName(once) });
        if (isNew) providers.log.info("signal.recorded", { kind: signal.kind, cause: signal.cause, taskId: signal.taskId });
        return isNew;
      } catch (error) {
        providers.log.error("signal.lost", { kind: signal.kind, cause: signal.cause, reason: String(error) });
        return false;
      }
    },
    async recordAll(received) {
      try {
        const added = await store.addAll(received.map(({ signal, once }) => ({ signal: cleanSignal(signal), once: cleanName(once) })), providers.clock.nowIso());
        if (added > 0) providers.log.info("signals.recorded", { received: received.length, added });
        return added;
      } catch (error) {
        providers.log.error("signals.lost", { received: received.length, reason: String(error) });
        throw new InspanError("SIGNALS_LOST", `Cannot keep ${received.length === 1 ? "the signal" : `${received.length} signals`}: ${messageOf(error)}.`, {
          remedy: "see whether the disk is full, then send them again",
          cause: error,
        });
      }
    },
    noteFlood: (cause, count) => store.noteFlood({ day: providers.clock.nowIso().slice(0, 10), cause: cleanName(cause), count }),
    wasDelivered: (id) => store.wasDelivered(id),
    noteDelivery: (id) => store.noteDelivery(id, providers.clock.nowIso()),
    floods: (countMax) => store.floods(countMax),
    find: (id) => store.find(id),
    count: () => store.count(),
    list: (options) => store.list(options),
    dispose: () => store.close(),
  };
}
