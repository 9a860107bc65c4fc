// A context of the command line in this process whose clock the test holds: days pass when the test says so.
import { createNodeProviders } from "../../src/providers/node/index.ts";
import type { Clock, OperationContext } from "../../src/providers/index.ts";
import { createContext } from "../../src/app/wire.ts";
import { createShutdown } from "../../src/app/shutdown.ts";

export interface HeldClock { readonly clock: Clock; set(iso: string): void; advance(ms: number): void }

/** Monotonic time and sleeps are real, so that what waits for other programs works; the date is the test's. */
export function holdClock(real: Clock, iso: string): HeldClock {
  let nowMs = Date.parse(iso);
  return {
    clock: { ...real, nowMs: () => nowMs, nowIso: () => new Date(nowMs).toISOString() },
    set: (text) => { nowMs = Date.parse(text); }, advance: (ms) => { nowMs += ms; },
  };
}

export interface HeldContext { readonly context: OperationContext; readonly held: HeldClock; readonly events: readonly Readonly<Record<string, unknown>>[]; close(): Promise<void> }

export async function makeHeldContext(options: {
  readonly cwd: string;
  readonly statePath: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: string;
}): Promise<HeldContext> {
  const env = { ...options.env, INSPAN_HOME: options.statePath };
  const real = createNodeProviders({ env, statePath: options.statePath, version: "0.0.0" });
  const held = holdClock(real.clock, options.now);
  const events: Readonly<Record<string, unknown>>[] = [];
  const shutdown = createShutdown();
  const context = await createContext({
    cwd: options.cwd,
    env,
    shutdown,
    readStdin: () => Promise.resolve(undefined),
    progress: () => undefined,
    emit: (event) => {
      events.push(event);
    },
    providers: { ...real, clock: held.clock },
  });
  return { context, held, events, close: async () => { await real.processes.stopAll(); await shutdown.close(); } };
}
