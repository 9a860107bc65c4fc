// One evaluation: where the data is, what it may cost, what it has to say. Holds the clock as a function, reads none itself.
import type { MetricSource } from "../metrics/source.ts";
import { type Column, type Grid } from "../vector/column.ts";
import type { NativeHistogram } from "../metrics/histogram.ts";
import type { Labels } from "../vector/labels.ts";
import type { Annotations } from "./annotations.ts";
import { QueryError } from "./errors.ts";

export interface Limits {
  /** Samples that a query may read, and values that it may hold. */
  readonly samplesMax: number;
  readonly seriesMax: number;
  readonly timeoutMs: number;
}

/** Samples: as many as Prometheus allows; series: more than a worktree emits; time: an agent has given up by then. */
export const defaultLimits: Limits = { samplesMax: 50_000_000, seriesMax: 200_000, timeoutMs: 30_000 };

export class Budget {
  readonly #limits: Limits;
  readonly #nowMs: () => number;
  readonly #startedMs: number;
  #samples = 0;
  #queryable = 0;

  constructor(limits: Limits, nowMs: () => number) {
    this.#limits = limits;
    this.#nowMs = nowMs;
    this.#startedMs = nowMs();
  }

  checkTime(): void {
    if (this.#nowMs() - this.#startedMs > this.#limits.timeoutMs)
      throw new QueryError(
        "timeout",
        `query timed out in expression evaluation: it took longer than ${this.#limits.timeoutMs} ms, expected a shorter range, a larger step or fewer series`,
      );
  }

  /** Counts samples read or values made. */
  spend(samples: number): void {
    this.#samples += samples;
    if (this.#samples > this.#limits.samplesMax)
      throw new QueryError(
        "execution",
        `query processing would load too many samples into memory in query execution: more than ${this.#limits.samplesMax}, expected a shorter range or fewer series`,
      );
  }

  checkSeries(count: number): void {
    if (count > this.#limits.seriesMax) throw new QueryError("execution", `the query matches ${count} series, expected at most ${this.#limits.seriesMax}: name more labels`);
  }

  /** Counts samples that selectors hand to the query, step by step, as Prometheus' statistics do. */
  touch(samples: number): void { this.#queryable += samples; }
  get queryable(): number { return this.#queryable; }

  get samples(): number { return this.#samples; }
}

export interface EvalContext {
  readonly source: MetricSource;
  readonly notes: Annotations;
  readonly budget: Budget;
  /** Of the whole query, also within subqueries. */
  readonly queryStartMs: number;
  readonly queryEndMs: number;
  /** 0 for an instant query. */
  readonly queryStepMs: number;
  readonly lookbackMs: number;
  /** Prometheus 2: windows and lookback include their left end. */
  readonly isLeftClosed: boolean;
}

export interface RawSeries {
  readonly labels: Labels;
  readonly times: readonly number[];
  readonly values: readonly number[];
  readonly histogramTimes: readonly number[];
  readonly histograms: readonly NativeHistogram[];
}

export type Value =
  | { readonly kind: "scalar"; readonly values: Float64Array }
  | { readonly kind: "string"; readonly text: string }
  | { readonly kind: "vector"; readonly columns: readonly Column[] };

export const stepTime = (grid: Grid, step: number): number => grid.startMs + step * grid.stepMs;

// A grid larger than this would hold gigabytes for a single series.
const stepsMax = 1_000_000;

export function checkGrid(grid: Grid, budget: Budget): void {
  if (grid.count > stepsMax) throw new QueryError("execution", `a subquery has ${grid.count} steps, expected at most ${stepsMax}: use a larger step`);
  budget.checkTime();
}
