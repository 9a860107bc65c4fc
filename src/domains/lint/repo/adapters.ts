// The table of languages: the only place that knows them all.
import type { Adapter } from "./adapter.ts";
import { goAdapter } from "./languages/go/adapter.ts";
import { javaAdapter } from "./languages/java/adapter.ts";
import { pythonAdapter } from "./languages/python/adapter.ts";
import { rustAdapter } from "./languages/rust/adapter.ts";
import { typescriptAdapter } from "./typescript/adapter.ts";

export const adapters: readonly Adapter[] = [typescriptAdapter, pythonAdapter, goAdapter, rustAdapter, javaAdapter];

/** The adapter that a file belongs to; undefined for what is no source of any language. */
export function adapterOf(file: string): Adapter | undefined {
  return adapters.find((adapter) => adapter.isSource(file));
}
