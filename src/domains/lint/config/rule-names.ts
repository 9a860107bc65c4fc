// Names of the rules that exist without an entry. Loads no schema.

/** Rules that exist without an entry; an entry of that name only sets them. */
export const builtinRules = ["layers", "domains", "providers", "cycles", "unassigned"] as const;
export type BuiltinName = (typeof builtinRules)[number];
