// Request bodies, bounded before and after decompression: a bomb costs a bounded buffer and a 413.
import type { IncomingMessage } from "node:http";
import { brotliDecompress, gunzip, inflate, zstdDecompress, type InputType } from "node:zlib";
import { messageOf } from "../../../../base/errors.ts";
import { HttpError } from "../../types/http-error.ts";
import { noteBody } from "./memory.ts";

// What comes over the wire in one request; exporters batch below 4 MB, a backfill by remote write may reach tens.
export const wireBytesMax = 64 * 1024 * 1024;
// After decompression; above it the engine's own memory would be at the sender's mercy.
export const bodyBytesMax = 128 * 1024 * 1024;

type Decompress = (bytes: InputType, options: { maxOutputLength: number }, callback: (error: Error | null, result: Buffer) => void) => void;
const codings: Readonly<Record<string, Decompress>> = { gzip: gunzip, "x-gzip": gunzip, deflate: inflate, br: brotliDecompress, zstd: zstdDecompress };

function tooLarge(limit: number, where: string): HttpError {
  return new HttpError(413, `Cannot take the request: its body is larger than ${limit} bytes ${where}, expected a smaller batch.`);
}

export function decompress(bytes: Uint8Array, coding: string): Promise<Uint8Array> {
  const run = codings[coding];
  if (run === undefined) throw new HttpError(415, `Cannot take the request: content-encoding "${coding}", expected identity, gzip, deflate, br or zstd.`);
  return new Promise((resolve, reject) => {
    run(bytes, { maxOutputLength: bodyBytesMax }, (error, result) => {
      if (error === null) resolve(result);
      else reject("code" in error && error.code === "ERR_BUFFER_TOO_LARGE" ? tooLarge(bodyBytesMax, `after ${coding}`) : new HttpError(400, `Cannot take the request: its ${coding} body is broken (${messageOf(error)}).`));
    });
  });
}

export function readWire(stream: AsyncIterable<Buffer>, bytesMax = wireBytesMax): Promise<Uint8Array> {
  return (async () => {
    const parts: Buffer[] = [];
    let size = 0;
    for await (const part of stream) {
      size += part.length;
      if (size > bytesMax) throw tooLarge(bytesMax, "on the wire");
      parts.push(part);
    }
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
  })();
}

// The largest body whose room is kept for the next request: a new megabyte for each would be most of what a busy engine holds.
const keptBytesMax = 4 * 1024 * 1024;
let spare: Buffer | undefined;

/** Room for a body; whoever has it gives it back when its request is answered. */
function takeRoom(sizeBytes: number): Buffer {
  const room = spare;
  if (room === undefined || room.length < sizeBytes)
    return Buffer.allocUnsafeSlow(sizeBytes > keptBytesMax ? sizeBytes : Math.min(keptBytesMax, 2 ** Math.ceil(Math.log2(Math.max(sizeBytes, 65_536)))));
  spare = undefined;
  return room;
}

function giveBack(room: Buffer): void {
  if (room.length <= keptBytesMax && (spare === undefined || spare.length < room.length)) spare = room;
}

/** The wire bytes of a request whose length is known, in room that is used again: valid until the request is answered. */
async function readIntoRoom(message: IncomingMessage, sizeBytes: number, onAnswered: (free: () => void) => void): Promise<Uint8Array> {
  const room = takeRoom(sizeBytes);
  onAnswered(() => giveBack(room));
  let at = 0;
  for await (const part of message as AsyncIterable<Buffer>) { // a request without an encoding gives bytes
    if (at + part.length > sizeBytes) throw tooLarge(sizeBytes, "on the wire, as its content-length says");
    room.set(part, at);
    at += part.length;
  }
  return room.subarray(0, at);
}

/** Valid until the request is answered; `onAnswered` is told what to call then. `ignoredCodings`: such as snappy of remote write, which the route decodes itself. */
export async function readRequestBody(message: IncomingMessage, onAnswered: (free: () => void) => void, ignoredCodings: readonly string[] = ["snappy"]): Promise<Uint8Array> {
  const declared = Number(message.headers["content-length"] ?? 0);
  if (declared > wireBytesMax) throw tooLarge(wireBytesMax, "on the wire");
  const codingNames = (message.headers["content-encoding"] ?? "identity")
    .split(",")
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== "" && name !== "identity" && !ignoredCodings.includes(name));
  if (codingNames.length > 1) throw new HttpError(415, "Cannot take the request: more than one content-encoding, expected at most one.");
  const coding = codingNames[0];
  if (coding !== undefined && codings[coding] === undefined)
    throw new HttpError(415, `Cannot take the request: content-encoding "${coding}", expected identity, gzip, deflate, br or zstd.`);
  const wire = declared > 0 ? await readIntoRoom(message, declared, onAnswered) : await readWire(message);
  noteBody(wire.length);
  return coding === undefined ? wire : decompress(wire, coding);
}
