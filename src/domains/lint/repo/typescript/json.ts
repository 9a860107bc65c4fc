// JSON and JSON with comments from files that others wrote. Never throws.

/** Undefined where it is no object, with comments and trailing commas or without. */
export function parseJson(text: string): Readonly<Record<string, unknown>> | undefined {
  const clean = text.startsWith("\uFEFF") ? text.slice(1) : text;
  return parsePlain(clean) ?? parsePlain(withoutComments(clean));
}

function parsePlain(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch { return undefined; } // the caller tries the next form
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:[^"\\]|\\.)*"/g, (part) => (part.startsWith('"') ? part : " "))
    .replaceAll(/("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])/g, (_, string?: string) => string ?? "");
}

export function stringsOf(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : [value]).filter((one) => typeof one === "string");
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
