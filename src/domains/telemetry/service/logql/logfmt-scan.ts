// logfmt as Go's go-logfmt reads it: key=value, key="quoted", bare keys. Lenient unless strict.

const keyEnd = /[\s="]/g;

/** Calls with each key and value; returns what is wrong with the line, "" where nothing is. Without `isStrict` broken parts are skipped. */
export function scanLogfmt(line: string, isStrict: boolean, visit: (key: string, value: string) => void): string {
  let at = 0;
  let problem = "";
  const { length } = line;
  const fault = (position: number, what: string): boolean => {
    problem ||= `logfmt syntax error at pos ${position + 1} : ${what}`;
    while (at < length && line.charCodeAt(at) > 0x20) at += 1;
    return isStrict;
  };
  while (at < length) {
    if (line.charCodeAt(at) <= 0x20) { at += 1; continue; }
    const start = at;
    keyEnd.lastIndex = at;
    const stop = keyEnd.exec(line);
    at = stop?.index ?? length;
    const key = line.slice(start, at);
    const sign = line[at];
    if (sign === '"' || (sign === "=" && key === "")) { if (fault(at, `unexpected '${sign}'`)) return problem; continue; }
    if (sign !== "=") { visit(key, ""); continue; }
    at += 1;
    if (line[at] === '"') {
      const end = closingQuote(line, at);
      if (end === -1) { at = length; problem ||= `logfmt syntax error at pos ${length + 1} : unterminated quoted value`; return problem; }
      const raw = line.slice(at + 1, end);
      visit(key, raw.includes("\\") ? unquote(raw) : raw);
      at = end + 1;
      continue;
    }
    const valueStart = at;
    while (at < length && line.charCodeAt(at) > 0x20 && line[at] !== '"' && line[at] !== "=") at += 1;
    const next = line[at];
    if (next === '"' || next === "=") { if (fault(at, `unexpected '${next}'`)) return problem; continue; }
    visit(key, line.slice(valueStart, at));
  }
  return problem;
}

function closingQuote(line: string, open: number): number {
  for (let at = open + 1; at < line.length; at += 1) {
    if (line[at] === "\\") at += 1;
    else if (line[at] === '"') return at;
  }
  return -1;
}

function unquote(raw: string): string {
  try {
    const value: unknown = JSON.parse(`"${raw.replaceAll(/[\u0000-\u001f]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`)}"`);
    return typeof value === "string" ? value : raw;
  } catch { return raw; }
}
