// What an engine does by itself for its worktree: scraping and rules, as somebody has told it over /inspan/v1/metrics. Loaded when told.
import { readRuleGroups } from "../../service/metrics/rule-file.ts";
import type { RuleGroup } from "../../service/metrics/rules.ts";
import type { ScrapeTarget } from "../../service/metrics/scrape.ts";
import { HttpError } from "../../types/http-error.ts";
import type { EngineHost } from "../server/route.ts";
import type { MetricIntake } from "./intake.ts";
import { RuleRunner } from "./rule-runner.ts";
import { Scraper } from "./scraper.ts";

// Targets and rules of one worktree; more come from a mistake.
const targetsMax = 100, rulesMax = 2000;
const intervalMsMin = 100;

type Json = Readonly<Record<string, unknown>>;
const record = (value: unknown): Json => (typeof value === "object" && value !== null && !Array.isArray(value) ? value as Json : {}); // checked to be a plain object

function readTarget(value: unknown): ScrapeTarget {
  const one = record(value);
  const { job, url, intervalMs = 1000, timeoutMs = 10_000, labels = {} } = one;
  if (typeof job !== "string" || typeof url !== "string" || !/^https?:\/\//.test(url) || !URL.canParse(url))
    throw new HttpError(400, `Cannot scrape ${JSON.stringify(value).slice(0, 200)}: expected job and an http URL.`);
  return {
    job,
    url,
    intervalMs: Math.max(intervalMsMin, Number(intervalMs)),
    timeoutMs: Math.max(intervalMsMin, Number(timeoutMs)),
    labels: Object.fromEntries(Object.entries(record(labels)).map(([name, text]) => [name, String(text)])),
  };
}

export class MetricWork {
  readonly #host: EngineHost;
  readonly #scraper: Scraper;
  readonly #rules: RuleRunner;

  constructor({ intake, host }: { readonly intake: MetricIntake; readonly host: EngineHost }) {
    this.#host = host;
    this.#scraper = new Scraper({ clock: host.clock, store: (scrape) => intake.scrape(scrape) });
    this.#rules = new RuleRunner(intake.store, host.clock);
  }

  /** `{ scrape: [target], rules: [{ file, groups }] }`; a part that is absent stays as it is. */
  configure(document: unknown): { targets: number; rules: number } {
    const given = record(document);
    if (Array.isArray(given["scrape"])) {
      if (given["scrape"].length > targetsMax) throw new HttpError(400, `Cannot scrape ${given["scrape"].length} targets, expected at most ${targetsMax}.`);
      this.#scraper.start(given["scrape"].map(readTarget), this.#host.signal);
    }
    if (Array.isArray(given["rules"])) {
      const faults: string[] = [];
      const groups: RuleGroup[] = given["rules"].flatMap((file) => readRuleGroups(file, { list: faults, file: String(record(file)["file"] ?? "rules") }));
      if (faults.length > 0) throw new HttpError(400, faults.slice(0, 20).join("\n"));
      if (groups.reduce((sum, group) => sum + group.rules.length, 0) > rulesMax) throw new HttpError(400, `Cannot run so many rules, expected at most ${rulesMax}.`);
      this.#rules.start(groups, this.#host.signal);
    }
    return { targets: this.#scraper.health.length, rules: this.#rules.rules().groups.reduce((sum, group) => sum + group.rules.length, 0) };
  }

  evaluateRules(): void { this.#rules.evaluateAll(); }
  rules() { return this.#rules.rules(); }
  alerts() { return this.#rules.alerts(); }
  targets() {
    return {
      activeTargets: this.#scraper.health.map((one) => ({
        discoveredLabels: { __address__: one.instance, job: one.target.job },
        labels: { job: one.target.job, instance: one.instance, ...one.target.labels },
        scrapePool: one.target.job,
        scrapeUrl: one.target.url,
        globalUrl: one.target.url,
        lastError: one.error,
        lastScrape: new Date(one.lastScrapeMs).toISOString(),
        lastScrapeDuration: one.durationMs / 1000,
        health: one.health,
        scrapeInterval: `${one.target.intervalMs}ms`,
        scrapeTimeout: `${one.target.timeoutMs}ms`,
      })), droppedTargets: [], droppedTargetCounts: {},
    };
  }
}

