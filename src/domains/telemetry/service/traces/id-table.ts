// Open-addressing tables over typed arrays: trace ids to numbers, span ids to rows. No object and no text an entry.

function mix(a: number, b: number, c: number, d: number): number {
  let hash = Math.imul(a ^ (b >>> 7) ^ d, 0x9e3779b1) ^ Math.imul(b ^ c, 0x85ebca6b) ^ Math.imul(c ^ (d >>> 5), 0xc2b2ae35) ^ d;
  hash ^= hash >>> 15;
  return Math.imul(hash, 0x2c1b3c6d) ^ (hash >>> 12);
}

/** 128-bit ids (four 32-bit words) to consecutive numbers. */
export class TraceTable {
  count = 0;
  words = new Uint32Array(4 * 256);
  private slots = new Int32Array(512).fill(-1);
  private latest = 0;

  /** The number of an id, given one where it is new. */
  take(a: number, b: number, c: number, d: number): number {
    // Spans of one trace come together.
    const { latest } = this;
    if (this.words[latest] === a && this.words[latest + 1] === b && this.words[latest + 2] === c && this.words[latest + 3] === d && latest < this.count * 4) return latest >>> 2;
    const found = this.find(a, b, c, d);
    if (found >= 0) { this.latest = found * 4; return found; }
    if (this.count * 2 >= this.slots.length) this.grow();
    if ((this.count + 1) * 4 > this.words.length) { const words = new Uint32Array(this.words.length * 2); words.set(this.words); this.words = words; }
    const id = this.count;
    this.words[id * 4] = a;
    this.words[id * 4 + 1] = b;
    this.words[id * 4 + 2] = c;
    this.words[id * 4 + 3] = d;
    this.count = id + 1;
    this.place(id);
    this.latest = id * 4;
    return id;
  }

  /** -1 where the id is unknown. */
  find(a: number, b: number, c: number, d: number): number {
    const mask = this.slots.length - 1;
    const { words } = this;
    for (let slot = mix(a, b, c, d) & mask; ; slot = (slot + 1) & mask) {
      const id = this.slots[slot] ?? -1;
      if (id < 0) return -1;
      if (words[id * 4] === a && words[id * 4 + 1] === b && words[id * 4 + 2] === c && words[id * 4 + 3] === d) return id;
    }
  }

  hex(id: number): string {
    let text = "";
    for (let word = 0; word < 4; word += 1) text += (this.words[id * 4 + word] ?? 0).toString(16).padStart(8, "0");
    return text;
  }

  private place(id: number): void {
    const mask = this.slots.length - 1;
    let slot = mix(this.words[id * 4] ?? 0, this.words[id * 4 + 1] ?? 0, this.words[id * 4 + 2] ?? 0, this.words[id * 4 + 3] ?? 0) & mask;
    while ((this.slots[slot] ?? -1) >= 0) slot = (slot + 1) & mask;
    this.slots[slot] = id;
  }

  private grow(): void {
    this.slots = new Int32Array(this.slots.length * 4).fill(-1);
    for (let id = 0; id < this.count; id += 1) this.place(id);
  }
}

/** (trace, 64-bit span id) to rows. The columns with the ids belong to the store. */
export class SpanTable {
  private slots = new Int32Array(1024).fill(-1);
  private count = 0;

  add(row: number, columns: SpanIdColumns): void {
    if (this.count * 2 >= this.slots.length) this.grow(columns);
    this.count += 1;
    this.place(row, columns);
  }

  /** -1 where no span has the id. */
  find(trace: number, high: number, low: number, columns: SpanIdColumns): number {
    const mask = this.slots.length - 1;
    for (let slot = mix(trace, high, low, 0) & mask; ; slot = (slot + 1) & mask) {
      const row = this.slots[slot] ?? -1;
      if (row < 0) return -1;
      if (columns.trace[row] === trace && columns.idHigh[row] === high && columns.idLow[row] === low) return row;
    }
  }

  private place(row: number, columns: SpanIdColumns): void {
    const mask = this.slots.length - 1;
    let slot = mix(columns.trace[row] ?? 0, columns.idHigh[row] ?? 0, columns.idLow[row] ?? 0, 0) & mask;
    while ((this.slots[slot] ?? -1) >= 0) slot = (slot + 1) & mask;
    this.slots[slot] = row;
  }

  private grow(columns: SpanIdColumns): void {
    const rows = this.slots.filter((row) => row >= 0);
    this.slots = new Int32Array(this.slots.length * 4).fill(-1);
    for (const row of rows) this.place(row, columns);
  }
}

export interface SpanIdColumns { readonly trace: Uint32Array; readonly idHigh: Uint32Array; readonly idLow: Uint32Array }
