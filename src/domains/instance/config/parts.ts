// Small forms that several keys share: durations, names, environments. Knows no key.
import { z } from "zod";

/** A service that needs longer than an hour to start is stuck. */
const durationMsMax = 3_600_000;

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };

/** "500ms", "30s", "2m", or a number of seconds; milliseconds inside. */
export const Duration = z.union([
  z.number().nonnegative().transform((seconds) => seconds * 1000),
  z
    .string()
    .regex(/^\d{1,7}(ms|s|m)$/, 'expected a duration such as "500ms", "30s" or "2m"')
    .transform((text) => Number.parseInt(text, 10) * (unitMs[text.replace(/^\d+/, "")] ?? 1000)),
]).pipe(z.number().max(durationMsMax, "expected at most an hour"));

/** Stands in host names, file names and `${name.port}`. */
export const Name = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,39}$/, "expected a name of letters, digits, - and _, at most 40, beginning with a letter");

export const VariableName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/, "expected the name of an environment variable");

/** Numbers and booleans as YAML reads them count as the text that a person wrote. */
export const Environment = z.record(VariableName, z.union([z.string(), z.number(), z.boolean()]).transform(String)).default({});

/** A shell command of more than this is a script that belongs into a file. */
export const Command = z.string().min(1).max(10_000);
