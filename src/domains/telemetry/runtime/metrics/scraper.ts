// Fetches the pages of the configured targets, each at its own interval, one request at a time a target.
import type { IncomingMessage } from "node:http";
import { messageOf } from "../../../../base/errors.ts";
import type { Clock } from "../../../../providers/index.ts";
import type { Scrape, ScrapeOutcome, ScrapeTarget } from "../../service/metrics/scrape.ts";
import { decompress, readWire } from "../server/body.ts";

// A page above this is no page of metrics.
const pageBytesMax = 32 * 1024 * 1024;
const accept = "application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.6,*/*;q=0.1";

export interface ScrapeHealth {
  readonly target: ScrapeTarget;
  readonly instance: string;
  lastScrapeMs: number;
  durationMs: number;
  health: "unknown" | "up" | "down";
  error: string;
}

interface Options { readonly clock: Clock; store(scrape: Scrape): ScrapeOutcome }

function fetchPage(target: ScrapeTarget, signal: AbortSignal): Promise<{ text: string; isOpenMetrics: boolean }> {
  const { get } = target.url.startsWith("https:") ? process.getBuiltinModule("node:https") : process.getBuiltinModule("node:http");
  return new Promise((resolve, reject) => {
    const read = async (response: IncomingMessage): Promise<void> => {
      if (response.statusCode !== 200) { response.resume(); throw new Error(`server returned HTTP status ${response.statusCode}`); }
      const wire = await readWire(response, pageBytesMax);
      const coding = response.headers["content-encoding"];
      const bytes = coding === undefined || coding === "identity" ? wire : await decompress(wire, coding);
      resolve({ text: Buffer.from(bytes).toString("utf8"), isOpenMetrics: (response.headers["content-type"] ?? "").includes("openmetrics") });
    };
    get(target.url, { headers: { accept, "accept-encoding": "gzip" }, signal }, (response) => { read(response).catch(reject); }).on("error", reject);
  });
}

export class Scraper {
  readonly #options: Options;
  #running: AbortController | undefined;
  health: ScrapeHealth[] = [];

  constructor(options: Options) { this.#options = options; }

  /** Replaces all targets; the loops of the old ones end. */
  start(targets: readonly ScrapeTarget[], signal: AbortSignal): void {
    this.#running?.abort();
    const running = new AbortController();
    this.#running = running;
    const both = AbortSignal.any([running.signal, signal]);
    this.health = targets.map((target) => ({ target, instance: new URL(target.url).host, lastScrapeMs: 0, durationMs: 0, health: "unknown", error: "" }));
    for (const one of this.health) void this.#loop(one, both);
  }

  async #loop(one: ScrapeHealth, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      const startedMs = clock.monotonicMs();
      await this.#once(one, signal);
      try { await clock.sleep(Math.max(10, one.target.intervalMs - (clock.monotonicMs() - startedMs)), signal); } catch { return; } // aborted
    }
  }

  async #once(one: ScrapeHealth, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const timeMs = clock.nowMs(), startedMs = clock.monotonicMs();
    let page: { text: string; isOpenMetrics: boolean } | undefined;
    let error = "";
    try { page = await fetchPage(one.target, AbortSignal.any([signal, AbortSignal.timeout(one.target.timeoutMs)])); } catch (failure) { error = messageOf(failure); }
    if (signal.aborted) return;
    const durationMs = clock.monotonicMs() - startedMs;
    try {
      const outcome = this.#options.store({
        target: { job: one.target.job, labels: one.target.labels, instance: one.instance },
        timeMs,
        durationMs,
        isOpenMetrics: page?.isOpenMetrics ?? false,
        text: page?.text,
      });
      one.health = outcome.isUp ? "up" : "down";
      one.error = error || outcome.error;
    } catch (failure) { one.health = "down"; one.error = messageOf(failure); } // a full disk ends no loop
    one.lastScrapeMs = timeMs;
    one.durationMs = durationMs;
  }
}
