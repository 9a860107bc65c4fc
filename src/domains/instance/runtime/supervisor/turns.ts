// Waits for scarce things in the order of asking, over all instances of the machine. Knows no service's life.
import type { Clock } from "../../../../providers/index.ts";
import type { Registry } from "../../repo/registry.ts";

/** Asking is one read of a small table; a service that waits for a device does not notice this. */
const askMs = 100;

export interface TurnOptions {
  readonly registry: Registry;
  readonly clock: Clock;
  readonly key: string;
  readonly service: string;
  readonly uses: readonly string[];
  readonly resources: Readonly<Record<string, number>>;
  readonly startTime: string;
  readonly signal: AbortSignal;
  readonly progress: (line: string) => void;
}

/** True when all of them are held; false where the signal aborted first, and then none is. One after the other by name, so that two never wait for each other. */
export async function waitForTurn(options: TurnOptions): Promise<boolean> {
  const { registry, clock, key, service, uses, resources, startTime, signal, progress } = options;
  for (const resource of [...new Set(uses)].sort()) {
    const ticket = registry.takeTicket({ resource, key, service, pid: process.pid, startTime });
    for (let isTold = false; ; isTold = true) {
      const { place, holders } = registry.placeOf(ticket);
      if (place < (resources[resource] ?? 1)) break;
      if (!isTold) progress(`${service}: waits for ${resource}, which ${holders.join(", ")} ${holders.length === 1 ? "holds or waits for" : "hold or wait for"}`);
      try { await clock.sleep(askMs, signal); } catch { registry.dropTickets(key, service); return false; } // cancelled
    }
  }
  return true;
}
