// What the host does with bytes faster than a loop: searched, decoded and compressed by native code. Service takes it as a parameter.

export interface ByteTools {
  /** The first place of `needle` at or after `from`, -1 where there is none. */
  indexOf(haystack: Uint8Array, needle: Uint8Array, from: number): number;
  /** UTF-8 to text; broken sequences become U+FFFD. */
  decode(bytes: Uint8Array, start: number, end: number): string;
  encode(text: string): Uint8Array;
  compress(bytes: Uint8Array): Uint8Array;
  decompress(bytes: Uint8Array, sizeBytes: number): Uint8Array;
}
