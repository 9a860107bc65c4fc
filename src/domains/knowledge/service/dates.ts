// Dates as documents write them. Pure: today comes in.

const iso = /\b(\d{4})-(\d{2})-(\d{2})\b/;

/** The first YYYY-MM-DD of a text or a YAML date; undefined where there is none. */
export function readDate(value: unknown): string | undefined {
  const text = value instanceof Date ? value.toISOString() : typeof value === "string" ? value : "";
  const match = iso.exec(text);
  return match === null || Number.isNaN(Date.parse(match[0])) ? undefined : match[0];
}

/** Whole days from one date to another; negative where the first is later. */
export function daysBetween(from: string, to: string): number {
  return Math.floor((Date.parse(to) - Date.parse(from)) / 86_400_000);
}

/** `src/a/**` and lists of it. */
export function readGlobs(value: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.filter((one): one is string => typeof one === "string" && one.trim() !== "").map((one) => one.trim());
}
