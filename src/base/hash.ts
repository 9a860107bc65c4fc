// A short fingerprint for names and identities. Not a security hash: nothing may rest on nobody finding a collision.

/** FNV-1a, 64 bit (Fowler, Noll, Vo), as 16 hexadecimal digits. Not for secrets. */
export function fingerprint(text: string): string {
  let high = 0xcbf29ce4;
  let low = 0x84222325;
  for (const byte of new TextEncoder().encode(text)) {
    low = (low ^ byte) >>> 0;
    // The prime is 2^40 + 0x1b3: in halves of 32 bits every product stays an exact number, and BigInt is twenty times slower.
    const product = low * 0x1b3;
    high = (high * 0x1b3 + Math.floor(product / 0x1_0000_0000) + ((low << 8) >>> 0)) % 0x1_0000_0000;
    low = product >>> 0;
  }
  return high.toString(16).padStart(8, "0") + low.toString(16).padStart(8, "0");
}
