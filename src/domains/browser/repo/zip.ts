// ZIP files (PKWARE's APPNOTE 6.3, without ZIP64 and encryption): read whole into memory, written anew. For traces, whose every entry is looked at.
import { crc32, deflateRawSync, inflateRawSync } from "node:zlib";
import { InspanError } from "../../../base/errors.ts";

export interface ZipEntry { readonly name: string; readonly bytes: Uint8Array }

/** A trace of ten minutes has a few thousand; more is no trace of ours. */
const entriesMax = 50_000;
/** All entries unpacked: they are held in memory together. */
const unpackedBytesMax = 512 * 1024 * 1024;

const [localMark, centralMark, endMark] = [0x04034b50, 0x02014b50, 0x06054b50] as const;
const endBytes = 22;
const broken = (why: string): InspanError => new InspanError("ZIP_BROKEN", `Cannot read the ZIP file: ${why}, expected one as a trace is.`, { remedy: "record it again" });

/** In the order of the directory. Throws ZIP_BROKEN. */
export function readZip(bytes: Uint8Array): readonly ZipEntry[] {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = data.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  if (end === -1 || end + endBytes > data.length) throw broken("it has no directory");
  const count = data.readUInt16LE(end + 10);
  if (count > entriesMax) throw broken(`it has ${count} entries`);
  const entries: ZipEntry[] = [];
  let at = data.readUInt32LE(end + 16), left = unpackedBytesMax;
  for (let index = 0; index < count; index++) {
    if (at + 46 > data.length || data.readUInt32LE(at) !== centralMark) throw broken("its directory is torn");
    const [method, packed, size, nameBytes, extraBytes, commentBytes, local] = [
      data.readUInt16LE(at + 10),
      data.readUInt32LE(at + 20),
      data.readUInt32LE(at + 24),
      data.readUInt16LE(at + 28),
      data.readUInt16LE(at + 30),
      data.readUInt16LE(at + 32),
      data.readUInt32LE(at + 42),
    ];
    const name = data.toString("utf8", at + 46, at + 46 + nameBytes);
    at += 46 + nameBytes + extraBytes + commentBytes;
    if (local + 30 > data.length || data.readUInt32LE(local) !== localMark || (method !== 0 && method !== 8)) throw broken(`its entry "${name.slice(0, 80)}" is torn`);
    left -= size;
    if (left < 0) throw broken(`it unpacks to more than ${unpackedBytesMax} bytes`);
    const start = local + 30 + data.readUInt16LE(local + 26) + data.readUInt16LE(local + 28);
    const raw = data.subarray(start, start + packed);
    const unpacked = method === 0 ? raw : inflateRawSync(raw, { maxOutputLength: Math.max(size, 1) });
    if (!name.endsWith("/")) entries.push({ name, bytes: unpacked });
  }
  return entries;
}

/** What is compressed already (pictures) is stored as it is. Names are UTF-8; times are those of nobody. */
export function writeZip(entries: readonly ZipEntry[]): Uint8Array {
  const parts: Buffer[] = [], directory: Buffer[] = [];
  let at = 0;
  for (const { name, bytes } of entries) {
    const isPacked = !/\.(?:jpe?g|png|webp|gif|woff2?|mp4|webm|zip)$/i.test(name) && bytes.byteLength > 64;
    const body = isPacked ? deflateRawSync(bytes) : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const title = Buffer.from(name, "utf8");
    const facts = Buffer.alloc(26);
    for (const [offset, value] of [[0, 20], [2, 0x0800], [4, isPacked ? 8 : 0], [6, 0], [8, 0x21], [22, title.length]] as const) facts.writeUInt16LE(value, offset);
    for (const [offset, value] of [[10, crc32(bytes)], [14, body.length], [18, bytes.byteLength]] as const) facts.writeUInt32LE(value, offset);
    const [local, central] = [Buffer.alloc(4), Buffer.alloc(46)];
    local.writeUInt32LE(localMark);
    central.writeUInt32LE(centralMark);
    central.writeUInt16LE(20, 4);
    facts.copy(central, 6);
    central.writeUInt32LE(at, 42);
    parts.push(local, facts, title, body);
    directory.push(central, title);
    at += local.length + facts.length + title.length + body.length;
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0);
  const end = Buffer.alloc(endBytes);
  end.writeUInt32LE(endMark);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, ...directory, end]);
}
