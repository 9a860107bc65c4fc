// The table of languages: the only place that knows them all.
import type { Adapter } from "./adapter.ts";
import { pythonAdapter } from "./languages/python/adapter.ts";
import { typescriptAdapter } from "./typescript/adapter.ts";

export const adapters: readonly Adapter[] = [typescriptAdapter, pythonAdapter];

/** The adapter that a file belongs to; undefined for what is no source of any language. */
export function adapterOf(file: string): Adapter | undefined {
  return adapters.find((adapter) => adapter.isSource(file));
}
