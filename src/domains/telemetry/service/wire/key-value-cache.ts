// Whole attributes that were seen lately, found by their bytes: most spans and lines of a service carry the same few hundred.
// A cache, not a dictionary: a slot holds the last one that fell into it, and what is not here is read the usual way.

const slotBits = 12;
const slotCount = 1 << slotBits;
/** An attribute of more bytes hardly repeats. */
export const cachedBytesMax = 64;
const slotWords = cachedBytesMax / 4;

export class KeyValueCache {
  /** What the owner knows of the attribute in a slot. */
  readonly names = new Uint32Array(slotCount);
  readonly types = new Uint8Array(slotCount);
  readonly values = new Uint32Array(slotCount);
  private readonly lengths = new Uint8Array(slotCount);
  private readonly words = new Int32Array(slotCount * slotWords);
  private readonly lastWords = new Int32Array(slotCount);
  private isEmpty = true;

  /** The slot of the bytes; its complement where they are not in it. Between 4 and `cachedBytesMax` bytes. */
  find(view: DataView, start: number, end: number): number {
    const length = end - start;
    const last = view.getInt32(end - 4, true);
    let hash = last ^ Math.imul(view.getInt32(start + ((length - 4) >> 1), true) + length, 0x85ebca6b);
    if (length > 8) hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35) + view.getInt32(end - 8, true);
    const slot = Math.imul(hash ^ (hash >>> 15), 0x9e3779b1) >>> (32 - slotBits);
    if (this.holds(slot, view, start, end, last)) return slot;
    // A second place for each: with one, two that fall together would drive each other out for ever.
    if (this.holds(slot ^ 1, view, start, end, last)) return slot ^ 1;
    const isOther = this.lengths[slot] !== 0 && (this.lengths[slot ^ 1] === 0 || (hash & 1) === 0);
    return ~(isOther ? slot ^ 1 : slot);
  }

  private holds(slot: number, view: DataView, start: number, end: number, last: number): boolean {
    if (this.lengths[slot] !== end - start || this.lastWords[slot] !== last) return false;
    const { words } = this;
    let word = slot * slotWords;
    for (let at = start; at < end - 4; at += 4, word += 1) if (words[word] !== view.getInt32(at, true)) return false;
    return true;
  }

  put(slot: number, view: DataView, start: number, end: number): void {
    this.isEmpty = false;
    this.lengths[slot] = end - start;
    this.lastWords[slot] = view.getInt32(end - 4, true);
    let word = slot * slotWords;
    for (let at = start; at < end - 4; at += 4, word += 1) this.words[word] = view.getInt32(at, true);
  }

  clear(): void {
    if (this.isEmpty) return;
    this.lengths.fill(0);
    this.isEmpty = true;
  }
}
