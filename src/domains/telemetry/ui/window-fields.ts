// The flags that every query command shares.
import { z } from "zod";

export const windowFields = {
  since: z.string().default("1h").describe("How far back, for example 15m, 1h, 2d"),
  start: z.string().optional().describe("Beginning instead of --since: seconds, RFC 3339 or now-1h"),
  end: z.string().optional().describe("End instead of now"),
  url: z.string().optional().describe("Base URL of another engine, Loki, Tempo or Prometheus"),
};

/** `No line.` with what there is instead. */
export function renderKnown(known: Readonly<Record<string, readonly string[]>> | undefined, what: string): string {
  if (known === undefined) return "";
  const rows = Object.entries(known).filter(([, values]) => values.length > 0).map(([name, values]) => `  ${name}: ${values.join(", ")}`);
  return rows.length === 0 ? `Nothing at all is known in this window: is the application running, and does it send here?` : `${what} in this window:\n${rows.join("\n")}`;
}
