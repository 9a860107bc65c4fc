// UTF-8 bytes to strings, each distinct one made once: attribute names and label values repeat in every request.

// Strings longer than this hardly repeat; keeping them would hold whole payloads alive.
const internedBytesMax = 128;
// Slots of the table; a collision only costs decoding once more.
const slots = 8192;

function decodeSlow(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let at = start; at < end;) {
    const first = bytes[at] ?? 0;
    const length = first < 0x80 ? 1 : first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xf0 && first < 0xf5 ? 4 : 0;
    let code = length <= 1 ? first : first & (0xff >> (length + 1));
    let isWhole = length > 0 && at + length <= end;
    for (let more = 1; isWhole && more < length; more++) {
      const byte = bytes[at + more] ?? 0;
      if ((byte & 0xc0) !== 0x80) isWhole = false;
      else code = code << 6 | (byte & 0x3f);
    }
    if (isWhole && ((length === 3 && (code < 0x800 || (code >= 0xd800 && code < 0xe000))) || (length === 4 && (code < 0x10000 || code > 0x10ffff)))) isWhole = false;
    text += isWhole ? String.fromCodePoint(code) : "\ufffd";
    at += isWhole ? length : 1;
  }
  return text;
}

/** Decodes UTF-8; broken sequences become U+FFFD. */
export function decodeUtf8(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let from = start; from < end; from += 4096) {
    const to = Math.min(end, from + 4096);
    for (let at = from; at < to; at++) if ((bytes[at] ?? 0) >= 0x80) return text + decodeSlow(bytes, from, end);
    text += String.fromCharCode.apply(null, bytes.subarray(from, to) as unknown as number[]); // apply takes any array-like
  }
  return text;
}

function isSame(bytes: Uint8Array, start: number, kept: Uint8Array): boolean {
  for (let index = 0; index < kept.length; index++) if (bytes[start + index] !== kept[index]) return false;
  return true;
}

/** A bounded table of the strings seen lately, looked up by their bytes. */
export class StringTable {
  #texts: (string | undefined)[] = new Array<string | undefined>(slots).fill(undefined);
  #keys: (Uint8Array | undefined)[] = new Array<Uint8Array | undefined>(slots).fill(undefined);

  read(bytes: Uint8Array, start: number, end: number): string {
    const length = end - start;
    if (length > internedBytesMax) return decodeUtf8(bytes, start, end);
    let hash = 2_166_136_261 ^ length;
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] as number), 16_777_619); // within the bounds of the caller's field
    const slot = (hash ^ hash >>> 15) & (slots - 1);
    const key = this.#keys[slot];
    const known = this.#texts[slot];
    if (known !== undefined && key !== undefined && key.length === length && isSame(bytes, start, key)) return known;
    const text = decodeUtf8(bytes, start, end);
    this.#keys[slot] = bytes.slice(start, end);
    this.#texts[slot] = text;
    return text;
  }
}
