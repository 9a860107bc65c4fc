// A series in one line of text, and numbers as people read them.

const bars = "▁▂▃▄▅▆▇█";

/** One character for each part of the values; gaps are spaces. */
export function sparkline(values: readonly (number | undefined)[], width = 40): string {
  const finite = values.filter((value): value is number => value !== undefined && Number.isFinite(value));
  const low = Math.min(...finite), high = Math.max(...finite);
  const count = Math.min(width, values.length);
  return Array.from({ length: count }, (_, at) => {
    const part = values
      .slice(Math.floor((at * values.length) / count), Math.floor(((at + 1) * values.length) / count))
      .filter((value): value is number => value !== undefined && Number.isFinite(value));
    if (part.length === 0) return " ";
    const value = Math.max(...part);
    return high === low ? "▄" : bars[Math.min(bars.length - 1, Math.floor((value - low) / (high - low) * bars.length))];
  }).join("").trimEnd();
}

/** At most five significant digits. */
export function shortNumber(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
  return String(Number(value.toPrecision(5)));
}
