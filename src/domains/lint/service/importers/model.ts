// What all importers of other tools' rules share: plain values in, entries of `rules` and sentences about the rest out.

export type RuleObject = Readonly<Record<string, unknown>>;

export interface ImportedRules {
  /** Entries for `rules` of inspan.yaml, in the order of the source. */
  readonly rules: readonly RuleObject[];
  /** A sentence for each thing that has no form here, or was not written literally. */
  readonly notCarried: readonly string[];
}

/** Collects rules; names are unique and kebab-case, as inspan.yaml wants them. */
export class Collected {
  readonly rules: RuleObject[] = [];
  readonly notCarried: string[] = [];
  readonly #names = new Set(["layers", "domains", "providers", "cycles", "unassigned", "file-size", "function-size", "parse", "coverage", "exceptions", "baseline"]);

  add(name: string, rule: RuleObject): void {
    this.rules.push({ ...rule, name: this.#nameFor(name) });
  }

  /** An entry that sets a rule which exists by itself. */
  set(name: string, rule: RuleObject): void {
    if (this.rules.some((one) => one["name"] === name)) return;
    this.rules.push({ name, ...rule });
  }

  skip(what: string, why: string): void {
    this.notCarried.push(`${what}: ${why}`);
  }

  result(): ImportedRules {
    return { rules: this.rules.map(inOrder), notCarried: this.notCarried };
  }

  #nameFor(text: string): string {
    const base = text.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-").replace(/^[^a-z]+/, "").replace(/-+$/, "").slice(0, 60) || "imported-rule";
    let name = base;
    for (let count = 2; this.#names.has(name); count++) name = `${base}-${count}`;
    this.#names.add(name);
    return name;
  }
}

const keyOrder = ["name", "kind", "modules", "folders", "in", "from", "to", "through", "except", "kinds", "isTransitive", "withTypes", "severity", "why", "fix"];

function inOrder(rule: RuleObject): RuleObject {
  return Object.fromEntries(Object.entries(rule).filter(([, value]) => value !== undefined).sort(([left], [right]) => keyOrder.indexOf(left) - keyOrder.indexOf(right)));
}

export function record(value: unknown): Readonly<Record<string, unknown>> {
  // An object of a parser: its keys are text, its values are looked at before use.
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value as Readonly<Record<string, unknown>> : {};
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
}

export function texts(value: unknown): readonly string[] {
  return list(value).filter((one) => typeof one === "string");
}

export function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The sources of everything in a value that was not literal. */
export function notLiterals(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(notLiterals);
  if (typeof value !== "object" || value === null) return [];
  if ("notLiteral" in value) return [String(value.notLiteral)];
  return Object.values(value).flatMap(notLiterals);
}

/** One text instead of a list of one. */
export function compact(globs: readonly string[]): string | readonly string[] {
  const unique = [...new Set(globs)];
  return unique.length === 1 ? unique[0] ?? "" : unique;
}
