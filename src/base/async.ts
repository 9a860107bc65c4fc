// Waiting with a bound and a way out. Knows no clock of ours: runtimes pass durations in.

/** Rejects with an AbortError where the signal is already aborted; call it before every side effect. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortError(signal);
}

export function abortError(signal?: AbortSignal): Error {
  const error = new Error("cancelled", { cause: signal?.reason });
  error.name = "AbortError";
  return error;
}

/** Resolves after `ms`, or rejects with an AbortError as soon as the signal aborts. */
export function delay(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) { reject(abortError(signal)); return; }
    const onAbort = () => { clearTimeout(timer); reject(abortError(signal)); };
    const timer = setTimeout(() => { signal?.removeEventListener("abort", onAbort); resolve(); }, ms);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

/** Runs `work` over all items, at most `concurrencyMax` at once; results keep the order of the items. The first rejection rejects all. */
export async function mapBounded<T, R>(items: readonly T[], concurrencyMax: number, work: (item: T, index: number) => Promise<R>): Promise<R[]> {
  const results: R[] = new Array<R>(items.length);
  let next = 0;
  const lanes = Array.from({ length: Math.min(concurrencyMax, items.length) }, async () => {
    while (next < items.length) {
      const index = next++;
      const item = items[index];
      if (item !== undefined) results[index] = await work(item, index);
    }
  });
  await Promise.all(lanes);
  return results;
}

/** Settles as `work` does, or as `onTimeout` decides when `ms` have passed first. The work itself is not cancelled. */
export async function withDeadline<T>(work: Promise<T>, ms: number, onTimeout: () => T | Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const deadline = new Promise<T>((resolve, reject) => {
    timer = setTimeout(() => { try { resolve(onTimeout()); } catch (error) { reject(error); } }, ms);
  });
  try { return await Promise.race([work, deadline]); } finally { clearTimeout(timer); }
}
