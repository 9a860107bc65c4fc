// The one shutdown registry: one listener per signal, the second Ctrl-C kills at once, and everything registered is closed in a bounded time.
import { InspanError } from "../base/errors.ts";

// A resource that does not close within this time is left behind to the crash sweep rather than hanging the terminal.
const closeMsMax = 10_000;

export interface Shutdown {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** Closes are run in reverse order; returns a function that takes the entry back. */
  onClose(close: () => Promise<void> | void): () => void;
  /** Run just before this process dies without closing; must not wait. */
  onKill(kill: () => void): void;
  close(): Promise<void>;
}

export function createShutdown(): Shutdown {
  const controller = new AbortController();
  const closes: (() => Promise<void> | void)[] = [];
  const kills: (() => void)[] = [];
  const killAll = () => { for (const kill of kills) { try { kill(); } catch { /* the next one must still be killed */ } } };
  const close = async () => {
    for (const entry of closes.splice(0).reverse()) {
      try { await entry(); } catch { /* the next one must still be closed */ }
    }
  };
  const onSignal = (name: NodeJS.Signals) => {
    if (controller.signal.aborted && name === "SIGINT") {
      killAll(); // children lead groups of their own: no signal of the terminal reaches them
      process.exit(130);
    }
    controller.abort(new InspanError("CANCELLED", `Stopped by ${name}.`, { kind: "cancelled" }));
    setTimeout(() => { killAll(); process.exit(130); }, closeMsMax).unref();
  };
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => onSignal(name));
  return {
    signal: controller.signal,
    onClose: (entry) => { closes.push(entry); return () => { const index = closes.indexOf(entry); if (index >= 0) closes.splice(index, 1); }; },
    onKill: (kill) => { kills.push(kill); },
    close,
  };
}
