// One scrape into the store: job and instance on every series, `up` and its companions, stale markers for what disappeared.
import { Labels, nameLabel } from "../vector/labels.ts";
import type { Batch } from "./batch.ts";
import { type Exposition, ExpositionError, parseExposition } from "./exposition.ts";

export interface ScrapeTarget {
  readonly job: string;
  readonly url: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly labels: Readonly<Record<string, string>>;
}

/** What came of one scrape; enough to store it again at a restart. */
export interface Scrape {
  readonly target: Pick<ScrapeTarget, "job" | "labels"> & { readonly instance: string };
  readonly timeMs: number;
  readonly durationMs: number;
  readonly isOpenMetrics: boolean;
  /** Undefined where the page could not be had. */
  readonly text: string | undefined;
}

export interface ScrapeOutcome { readonly isUp: boolean; readonly error: string; readonly sampleCount: number }

/** Remembers which series each target showed last. */
export class ScrapeMemory {
  #seen = new Map<string, Map<string, Labels>>();
  clear(): void { this.#seen.clear(); }
  swap(target: string, now: Map<string, Labels>): Map<string, Labels> {
    const before = this.#seen.get(target) ?? new Map<string, Labels>();
    this.#seen.set(target, now);
    return before;
  }
}

function put(batch: Batch, labels: Labels, timeMs: number, value: number, isStale = false): void {
  const series = batch.find(labels);
  if (series === undefined) { batch.refuse("series", "", 1); return; }
  batch.begin(series);
  batch.add(timeMs, value, isStale);
}

function parse(scrape: Scrape): { page: Exposition | undefined; error: string } {
  if (scrape.text === undefined) return { page: undefined, error: "no page" };
  try { return { page: parseExposition(scrape.text, scrape.isOpenMetrics), error: "" }; } catch (error) {
    if (error instanceof ExpositionError) return { page: undefined, error: error.message };
    throw error;
  }
}

export function storeScrape(scrape: Scrape, batch: Batch, memory: ScrapeMemory): ScrapeOutcome {
  const { target, timeMs } = scrape;
  const own: readonly (readonly [string, string])[] = [...Object.entries(target.labels), ["job", target.job], ["instance", target.instance]];
  const { page, error } = parse(scrape);
  const now = new Map<string, Labels>();
  const isOwn = new Set(own.map(([name]) => name));
  for (const sample of page?.samples ?? []) {
    // The target's labels win; what the page says under the same name moves aside.
    const exposed = sample.labels.map(([name, value]) => [isOwn.has(name) ? `exported_${name}` : name, value] as const);
    const labels = Labels.from([...exposed, ...own, [nameLabel, sample.name]]);
    put(batch, labels, sample.timeMs ?? timeMs, sample.value);
    // A series with times of its own may stop without having ended.
    if (sample.timeMs === undefined) now.set(labels.key, labels);
    if (sample.exemplar) batch.addExemplar({ series: labels, labels: Labels.from(sample.exemplar.labels), value: sample.exemplar.value, timeMs: sample.exemplar.timeMs ?? timeMs });
  }
  for (const [name, metadata] of page?.metadata ?? []) batch.addMetadata(name, metadata);
  const before = memory.swap(`${target.job} ${target.instance}`, now);
  for (const [key, labels] of before) if (!now.has(key)) put(batch, labels, timeMs, Number.NaN, true);
  const count = page?.samples.length ?? 0;
  const added = [...now.keys()].filter((key) => !before.has(key)).length;
  for (const [name, value] of [
    ["up", page ? 1 : 0],
    ["scrape_duration_seconds", scrape.durationMs / 1000],
    ["scrape_samples_scraped", count],
    ["scrape_samples_post_metric_relabeling", count],
    ["scrape_series_added", added],
  ] as const)
    put(batch, Labels.from([...own, [nameLabel, name]]), timeMs, value);
  return { isUp: page !== undefined, error, sampleCount: count };
}
