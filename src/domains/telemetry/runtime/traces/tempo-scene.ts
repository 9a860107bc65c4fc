// What the routes of Tempo's API work on, and the time that one query may take.
import type { Clock } from "../../../../providers/index.ts";
import { QueryError } from "../../service/query-error.ts";
import type { SearchBudget } from "../../service/traceql/search.ts";
import type { SpanStore } from "../../service/traces/span-store.ts";

export interface TempoScene { readonly store: () => SpanStore; readonly clock: Clock; readonly warnings: () => readonly string[]; readonly version: string }

const queryMsMax = 30_000;

export function newBudget(clock: Clock): SearchBudget {
  const started = clock.monotonicMs();
  return {
    inspected: 0,
    check: () => {
      if (clock.monotonicMs() - started > queryMsMax) throw new QueryError("cancelled", `the query took more than ${queryMsMax / 1000} s; narrow the range`);
    },
  };
}
