// Feature flags from a JSON file and the environment. Reads values it is given, never the process.

import { existsSync, readFileSync } from "node:fs";

export type Flags = {
  /** Whether the background job sends reminders. */
  readonly reminders: boolean;
};

const defaults: Flags = { reminders: true };

/**
 * Merges defaults, the JSON file at `path` (may be missing) and `text` such as "reminders=off";
 * the later wins. Throws on a flag that does not exist or a value that is not on or off.
 */
export function readFlags(path: string, text: string): Flags {
  const pairs: [string, unknown][] = [];
  if (existsSync(path)) {
    const parsed: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (typeof parsed !== "object" || parsed === null) throw new Error(`Cannot read flags "${path}": not a JSON object`);
    pairs.push(...Object.entries(parsed));
  }
  for (const part of text.split(",").filter((piece) => piece.trim() !== "")) {
    const [name = "", value = "on"] = part.split("=").map((piece) => piece.trim());
    pairs.push([name, value]);
  }
  return pairs.reduce(applyFlag, defaults);
}

function applyFlag(flags: Flags, [name, value]: [string, unknown]): Flags {
  const isOn = value === true || value === "on";
  const isOff = value === false || value === "off";
  if (!Object.hasOwn(defaults, name) || (!isOn && !isOff)) {
    throw new Error(`Cannot set flag "${name}" to ${JSON.stringify(value)}: expected one of ${Object.keys(defaults).join(", ")} and on or off`);
  }
  return { ...flags, [name]: isOn };
}
