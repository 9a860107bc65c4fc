// A short fingerprint for names and identities. Not a security hash: nothing may rest on nobody finding a collision.

/** FNV-1a of 64 bits over UTF-16 units, as 16 hexadecimal digits. */
export function fingerprint(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (let index = 0; index < text.length; index++) hash = ((hash ^ BigInt(text.charCodeAt(index))) * 0x100000001b3n) & 0xffffffffffffffffn;
  return hash.toString(16).padStart(16, "0");
}
