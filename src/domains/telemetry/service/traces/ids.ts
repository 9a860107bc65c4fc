// Trace ids as Tempo shows them: hex without leading zeros.
export function hexTrace(hex: string): string {
  const short = hex.replace(/^0+/, "");
  return short === "" ? "0" : short;
}
