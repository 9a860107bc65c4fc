// Fills `${name}` in values of the configuration. Pure; says which names it does not know instead of leaving a hole.

/** `$${` stands for a literal `${`. */
const place = /\$\$\{|\$\{([^{}\s]{0,200})\}/g;

export interface Filled { readonly text: string; readonly unknown: readonly string[] }

/** The text with every known name filled in; unknown names stay as they are and are listed, each once. */
export function fillNames(text: string, values: ReadonlyMap<string, string>): Filled {
  const unknown = new Set<string>();
  const filled = text.replaceAll(place, (whole, name: string | undefined) => {
    if (name === undefined) return "${";
    const value = values.get(name);
    if (value === undefined) unknown.add(name);
    return value ?? whole;
  });
  return { text: filled, unknown: [...unknown] };
}

/** For a shell command: only names with a dot are ours, `${NAME}` is the shell's own. */
export function fillCommand(text: string, values: ReadonlyMap<string, string>): Filled {
  const unknown = new Set<string>();
  const filled = text.replaceAll(/\$\{([A-Za-z][A-Za-z0-9_-]*\.[A-Za-z0-9_]+)\}/g, (whole, name: string) => {
    const value = values.get(name);
    if (value === undefined) unknown.add(name);
    return value ?? whole;
  });
  return { text: filled, unknown: [...unknown] };
}

/** Names that a value uses, in its order, each once. */
export function namesIn(text: string): readonly string[] {
  return fillNames(text, new Map()).unknown;
}

export function namesInCommand(text: string): readonly string[] {
  return fillCommand(text, new Map()).unknown;
}
