// Snappy's block format, decoded with a bound on the result. Source: github.com/google/snappy/blob/main/format_description.txt.
import { HttpError } from "../../types/http-error.ts";

function broken(why: string): HttpError {
  return new HttpError(400, `Cannot read the snappy body: ${why}.`);
}

// Used by one request after the other; larger results get their own. The bytes are valid until the next call.
const keptMax = 4 * 1024 * 1024;
let spare = new Uint8Array(0);

function makeRoom(length: number): Uint8Array {
  if (length > keptMax) return new Uint8Array(length);
  if (spare.length < length) spare = new Uint8Array(Math.min(keptMax, Math.max(length, spare.length * 2)));
  return spare.subarray(0, length);
}

/** The bytes are valid until the next call. Throws HttpError 413 above `bytesMax`, 400 where it is no snappy block. */
export function decodeSnappy(bytes: Uint8Array, bytesMax: number): Uint8Array {
  let at = 0, length = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    if (byte === undefined || shift > 28) throw broken("it does not begin with its length");
    length += (byte & 127) * 2 ** shift;
    if (byte < 128) break;
  }
  if (length > bytesMax) throw new HttpError(413, `Cannot take the request: its body has ${length} bytes after snappy, expected at most ${bytesMax}.`);
  // A copy element makes at most 64 bytes of 2: a length beyond that is a lie that would only fill memory.
  if (length > bytes.length * 64) throw broken(`it claims ${length} bytes, which ${bytes.length} cannot hold`);
  const out = makeRoom(length);
  let to = 0;
  while (at < bytes.length) {
    const tag = bytes[at++] as number; // at < length
    let size: number, offset = 0;
    if ((tag & 3) === 0) {
      size = (tag >>> 2) + 1;
      if (size > 60) {
        const extra = size - 60;
        if (at + extra > bytes.length) throw broken("it ends within an element");
        size = 0;
        for (let index = 0; index < extra; index++) size += (bytes[at + index] as number) * 2 ** (8 * index); // within the check above
        size += 1;
        at += extra;
      }
      if (at + size > bytes.length || to + size > length) throw broken("a literal is longer than what is there");
      out.set(bytes.subarray(at, at + size), to);
      at += size;
      to += size;
      continue;
    }
    if ((tag & 3) === 1) { size = ((tag >>> 2) & 7) + 4; offset = (tag >>> 5) << 8 | (bytes[at] ?? 0); at += 1; }
    else if ((tag & 3) === 2) { size = (tag >>> 2) + 1; offset = (bytes[at] ?? 0) | (bytes[at + 1] ?? 0) << 8; at += 2; }
    else { size = (tag >>> 2) + 1; offset = ((bytes[at] ?? 0) | (bytes[at + 1] ?? 0) << 8 | (bytes[at + 2] ?? 0) << 16) + (bytes[at + 3] ?? 0) * 2 ** 24; at += 4; }
    if (at > bytes.length || offset === 0 || offset > to || to + size > length) throw broken("a copy points outside of what is there");
    if (offset >= size) out.copyWithin(to, to - offset, to - offset + size);
    else for (let index = 0; index < size; index++) out[to + index] = out[to + index - offset] as number; // offset <= to
    to += size;
  }
  if (to !== length) throw broken(`it holds ${to} bytes, expected ${length}`);
  return out;
}
