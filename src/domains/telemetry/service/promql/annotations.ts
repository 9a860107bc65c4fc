// What a query has to say about its own answer: warnings and infos, each once, with the position they are about.
import { positionOf } from "./errors.ts";

// More of them would only repeat; the count of the others is told.
const shownMax = 10;

export class Annotations {
  readonly #text: string;
  readonly #warnings = new Set<string>();
  readonly #infos = new Set<string>();

  constructor(text: string) { this.#text = text; }

  warn(message: string, node?: { readonly start: number }): void { this.#warnings.add(`PromQL warning: ${message}${this.#at(node)}`); }
  info(message: string, node?: { readonly start: number }): void { this.#infos.add(`PromQL info: ${message}${this.#at(node)}`); }
  /** About the data rather than the query: evictions, cuts. */
  note(message: string): void { this.#warnings.add(message); }

  #at(node: { readonly start: number } | undefined): string { return node === undefined ? "" : ` (${positionOf(this.#text, node.start)})`; }

  static #shown(set: ReadonlySet<string>, kind: string): readonly string[] {
    const list = [...set];
    return list.length <= shownMax ? list : [...list.slice(0, shownMax), `${list.length - shownMax} more ${kind} annotations omitted`];
  }
  get warnings(): readonly string[] { return Annotations.#shown(this.#warnings, "warning"); }
  get infos(): readonly string[] { return Annotations.#shown(this.#infos, "info"); }
}

/** As Go prints a float with %g. */
export function formatG(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  const exponent = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)));
  if (exponent < -4 || exponent >= 21) return value.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
  return String(value);
}
