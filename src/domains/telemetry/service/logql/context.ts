// What an evaluation runs on: the store, the steps, and its bounds.
import type { ByteTools } from "../byte-tools.ts";
import type { LogStore } from "../logs/log-store.ts";
import type { ScanBudget } from "./scan.ts";

export interface EvaluationContext {
  readonly store: LogStore;
  readonly tools: ByteTools;
  readonly budget: ScanBudget;
  /** Time of the first step. */
  readonly startNs: bigint;
  readonly stepNs: number;
  readonly count: number;
  readonly nowNs: bigint;
  /** More series than this would fill the memory and no reader's screen. */
  readonly seriesMax: number;
  readonly samplesMax: number;
}
