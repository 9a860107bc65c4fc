// Label sets of series: sorted by name, immutable, compared by a key that is made once.

export const nameLabel = "__name__";

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

export class Labels {
  /** Sorted; no empty values. */
  readonly names: readonly string[];
  readonly values: readonly string[];
  #key: string | undefined;

  /** The caller has sorted the names and left out empty values. */
  constructor(names: readonly string[], values: readonly string[]) {
    this.names = names;
    this.values = values;
  }

  static readonly empty = new Labels([], []);

  /** From pairs in any order; later ones win, empty values mean absent. */
  static from(pairs: Iterable<readonly [string, string]>): Labels {
    const sorted = [...new Map(pairs)].filter(([, value]) => value !== "").sort(([left], [right]) => compareText(left, right));
    return new Labels(sorted.map(([name]) => name), sorted.map(([, value]) => value));
  }

  static of(record: Readonly<Record<string, string>>): Labels {
    return Labels.from(Object.entries(record));
  }

  get key(): string {
    if (this.#key === undefined) {
      let key = "";
      for (let index = 0; index < this.names.length; index++) key += `${this.names[index]}\u0000${this.values[index]}\u0001`;
      this.#key = key;
    }
    return this.#key;
  }

  /** "" where it is absent. */
  get(name: string): string {
    const { names } = this;
    for (let index = 0; index < names.length; index++) if (names[index] === name) return this.values[index] ?? "";
    return "";
  }

  #filter(keeps: (name: string) => boolean): Labels {
    const names: string[] = [], values: string[] = [];
    for (let index = 0; index < this.names.length; index++) {
      const name = this.names[index] ?? "";
      if (keeps(name)) { names.push(name); values.push(this.values[index] ?? ""); }
    }
    return names.length === this.names.length ? this : new Labels(names, values);
  }

  keep(wanted: readonly string[]): Labels { return this.#filter((name) => wanted.includes(name)); }
  without(unwanted: readonly string[]): Labels { return this.#filter((name) => !unwanted.includes(name)); }
  withoutName(): Labels { return this.names.includes(nameLabel) ? this.#filter((name) => name !== nameLabel) : this; }

  /** An empty value removes the label. */
  with(name: string, value: string): Labels {
    if (this.get(name) === value) return this;
    return Labels.from([...this.entries(), [name, value]]);
  }

  *entries(): IterableIterator<readonly [string, string]> {
    for (let index = 0; index < this.names.length; index++) yield [this.names[index] ?? "", this.values[index] ?? ""];
  }

  toRecord(): Record<string, string> {
    const record: Record<string, string> = {};
    for (const [name, value] of this.entries()) record[name] = value;
    return record;
  }

  /** As PromQL writes a series: name{label="value"}. */
  toString(): string {
    const name = this.get(nameLabel);
    const isPlain = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name);
    const shown = [...this.entries()]
      .filter(([label]) => label !== nameLabel)
      .map(([label, value]) => `${/^[a-zA-Z_]\w*$/.test(label) ? label : JSON.stringify(label)}=${JSON.stringify(value)}`);
    if (name !== "" && !isPlain) shown.unshift(JSON.stringify(name));
    const inner = shown.length === 0 && isPlain ? "" : `{${shown.join(", ")}}`;
    return `${isPlain ? name : ""}${inner}`;
  }
}

/** Order of series in answers: pair by pair, shorter sets first. */
export function compareLabels(left: Labels, right: Labels): number {
  const count = Math.min(left.names.length, right.names.length);
  for (let index = 0; index < count; index++) {
    const order = compareText(left.names[index] ?? "", right.names[index] ?? "") || compareText(left.values[index] ?? "", right.values[index] ?? "");
    if (order !== 0) return order;
  }
  return left.names.length - right.names.length;
}
