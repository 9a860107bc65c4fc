// Takes the compression off what passes: providers and proxies compress without being asked, and counts, notes and records need the text.
import type { IncomingMessage } from "node:http";
import { pipeline } from "node:stream";
import type { Readable, Transform } from "node:stream";
import { createBrotliDecompress, createUnzip, createZstdDecompress } from "node:zlib";

const decoders: Readonly<Record<string, () => Transform>> = {
  gzip: createUnzip, "x-gzip": createUnzip, deflate: createUnzip, br: createBrotliDecompress, zstd: createZstdDecompress,
};

export interface Decoded { readonly body: Readable; readonly isDecoded: boolean }

/** The message's body as it was before it was compressed; as it came where it was not, or in a way that nobody here knows. */
export function decodedBody(message: IncomingMessage): Decoded {
  const create = decoders[(message.headers["content-encoding"] ?? "").trim().toLowerCase()];
  if (create === undefined) return { body: message, isDecoded: false };
  const decoder = create();
  pipeline(message, decoder, () => undefined); // an error reaches whoever reads
  return { body: decoder, isDecoded: true };
}

/** Undefined where there is more of it than that. */
export async function readWhole(body: Readable, bytesMax: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of body) {
    const bytes = Buffer.from(chunk);
    sizeBytes += bytes.length;
    if (sizeBytes > bytesMax) return undefined;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}
