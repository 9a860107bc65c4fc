// Numbers as Prometheus' formats write them: decimal, with exponents, Inf and NaN.

export function parseFloatText(text: string): number {
  const plain = text.replaceAll("_", "");
  if (/^[+-]?inf(inity)?$/i.test(plain)) return plain.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return /^[+-]?nan$/i.test(plain) ? Number.NaN : Number(plain);
}
