// The host's bytes: Buffer and zstd at the level that costs least time.
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import type { ByteTools } from "../service/byte-tools.ts";

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export const nodeByteTools: ByteTools = {
  indexOf: (haystack, needle, from) => asBuffer(haystack).indexOf(needle, from),
  decode: (bytes, start, end) => asBuffer(bytes).toString("utf8", start, end),
  encode: (text) => Buffer.from(text),
  compress: (bytes) => zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 1 } }),
  decompress: (bytes, sizeBytes) => zstdDecompressSync(bytes, { maxOutputLength: Math.max(1, sizeBytes) }),
};
