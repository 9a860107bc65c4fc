// Trace and span ids of log lines: six words a row where they have the lengths of the standard, a text where somebody else made them.

const wordsOfRow = 6;

function hexOfWords(words: Uint32Array, from: number, count: number): string {
  let text = "";
  let all = 0;
  for (let at = from; at < from + count; at += 1) { const word = words[at] ?? 0; all |= word; text += word.toString(16).padStart(8, "0"); }
  return all === 0 ? "" : text;
}

export class IdColumn {
  private words = new Uint32Array(256 * wordsOfRow);
  private readonly odd = new Map<number, { readonly traceId: string; readonly spanId: string }>();

  private room(row: number): void {
    const needed = (row + 1) * wordsOfRow;
    if (needed <= this.words.length) return;
    const words = new Uint32Array(Math.max(needed, this.words.length * 2));
    words.set(this.words);
    this.words = words;
  }

  set(row: number, traceId: string, spanId: string): void {
    const isPlain = (traceId === "" || /^[0-9a-f]{32}$/.test(traceId)) && (spanId === "" || /^[0-9a-f]{16}$/.test(spanId));
    if (!isPlain) { this.odd.set(row, { traceId, spanId }); return; }
    this.room(row);
    for (let at = 0; at < traceId.length / 8; at += 1) this.words[row * wordsOfRow + at] = parseInt(traceId.slice(at * 8, at * 8 + 8), 16);
    for (let at = 0; at < spanId.length / 8; at += 1) this.words[row * wordsOfRow + 4 + at] = parseInt(spanId.slice(at * 8, at * 8 + 8), 16);
  }

  setBytes(row: number, view: DataView, traceAt: number, spanAt: number): void {
    this.room(row);
    const from = row * wordsOfRow;
    for (let at = 0; traceAt >= 0 && at < 4; at += 1) this.words[from + at] = view.getUint32(traceAt + at * 4);
    for (let at = 0; spanAt >= 0 && at < 2; at += 1) this.words[from + 4 + at] = view.getUint32(spanAt + at * 4);
  }

  has(row: number): boolean {
    const from = row * wordsOfRow;
    for (let at = from; at < from + wordsOfRow; at += 1) if ((this.words[at] ?? 0) !== 0) return true;
    return this.odd.has(row);
  }

  /** "" where the row has none; so is one of zeros, which the standard calls invalid. */
  traceOf(row: number): string { return this.odd.get(row)?.traceId ?? hexOfWords(this.words, row * wordsOfRow, 4); }
  spanOf(row: number): string { return this.odd.get(row)?.spanId ?? hexOfWords(this.words, row * wordsOfRow + 4, 2); }

  truncate(count: number): void {
    this.words.fill(0, count * wordsOfRow);
    for (const row of this.odd.keys()) if (row >= count) this.odd.delete(row);
  }

  close(count: number): void { this.words = this.words.slice(0, count * wordsOfRow); }
  get sizeBytes(): number { return this.words.length * 4 + this.odd.size * 100; }
}
