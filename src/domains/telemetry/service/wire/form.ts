// Query strings and form bodies to names and values. A broken escape stays as it was written instead of failing the request.

export interface Form {
  /** The first value; undefined where the name is absent. */
  get(name: string): string | undefined;
  /** Every value in order; may be empty. */
  all(name: string): readonly string[];
}

function decode(text: string): string {
  const spaced = text.includes("+") ? text.replaceAll("+", " ") : text;
  if (!spaced.includes("%")) return spaced;
  try { return decodeURIComponent(spaced); } catch { return spaced; } // a broken escape is said by whoever parses the value
}

/** Later texts come after earlier ones: put what shall win first. */
export function parseForm(...texts: readonly string[]): Form {
  const values = new Map<string, string[]>();
  for (const pair of texts.flatMap((text) => text.split("&"))) {
    if (pair === "") continue;
    const cut = pair.indexOf("=");
    const name = decode(cut < 0 ? pair : pair.slice(0, cut));
    const list = values.get(name);
    const value = cut < 0 ? "" : decode(pair.slice(cut + 1));
    if (list) list.push(value);
    else values.set(name, [value]);
  }
  return { get: (name) => values.get(name)?.[0], all: (name) => values.get(name) ?? [] };
}
