// A forge that fails for some minutes holds no task: each step looks before it acts, so it is simply done again.
import { InspanError } from "../../../base/errors.ts";
import type { Clock } from "../../../providers/index.ts";

// Most outages of the public forges that nobody hears of end within minutes; a longer one is told to a person.
const patienceMsMax = 10 * 60_000;
const waitMsMin = 5_000;
const waitMsMax = 60_000;

const isPassing = (error: unknown): error is InspanError => error instanceof InspanError && error.isRetryable && error.code.startsWith("FORGE_");

/** Rejects with what the forge said last when the patience is used, with any other error at once, and with an AbortError when the signal aborts. */
export async function waitForForge<T>(
  { clock, signal, progress }: { readonly clock: Clock; readonly signal: AbortSignal; readonly progress: (line: string) => void },
  work: () => Promise<T>,
): Promise<T> {
  let waitedMs = 0;
  for (let attempt = 0; ; attempt++) {
    try { return await work(); } catch (error) {
      if (!isPassing(error) || waitedMs >= patienceMsMax) throw error;
      const ms = Math.min(waitMsMax, waitMsMin * 2 ** attempt);
      waitedMs += ms;
      progress(`${error.message.split("\n")[0] ?? ""} Again in ${ms / 1000} s.`);
      await clock.sleep(ms, signal);
    }
  }
}
