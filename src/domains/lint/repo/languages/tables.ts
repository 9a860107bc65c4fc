// Values of a parsed manifest (TOML), looked at before use.

/** What stands at the end of these keys; undefined where one of them is missing. */
export function at(value: unknown, ...keys: readonly string[]): unknown {
  let found = value;
  for (const key of keys) found = record(found)[key];
  return found;
}

/** The value as a table; an empty one where it is none. */
export function record(value: unknown): Readonly<Record<string, unknown>> {
  // An object of the parser: its keys are text, its values are looked at before use.
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value as Readonly<Record<string, unknown>> : {};
}
