// What our own rules said about a repository when it last looked exactly like this. One file beside the facts.
import { join } from "node:path";
import { crc32 } from "node:zlib";
import type { Files } from "../../../providers/index.ts";

/** Ten thousand findings have some ten megabytes; what is larger is not ours. */
const cacheBytesMax = 100 * 1024 * 1024;

/** The stored text under this key; undefined where there is none, or a torn one. */
export function readVerdict(files: Files, cachePath: string, key: string, name = "verdict"): string | undefined {
  const found = files.now.readRegular(join(cachePath, name), cacheBytesMax);
  if (found.kind !== "file") return undefined;
  const bytes = Buffer.from(found.bytes.buffer, found.bytes.byteOffset, found.bytes.byteLength);
  const end = bytes.indexOf(0x0a);
  const body = bytes.subarray(end + 1);
  return end !== -1 && bytes.subarray(0, end).toString() === `${key} ${crc32(body)}` ? body.toString() : undefined;
}

/** A cache that cannot be written costs time and nothing else. */
export async function writeVerdict(files: Files, cachePath: string, key: string, body: string, name = "verdict"): Promise<void> {
  try { await files.writeBytes(join(cachePath, name), stored(key, Buffer.from(body)), { mode: 0o600 }); } catch { return; }
}

function stored(key: string, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${key} ${crc32(body)}\n`), body]);
}
