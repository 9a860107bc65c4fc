// Lines and exports of sources, dates of documents: read once for each content, and kept beside what lint keeps. Knows no worth.
import { join } from "node:path";
import { parseJson } from "../../../base/json.ts";
import type { Files } from "../../../providers/index.ts";
import { checkFolder, isRacy, stampText } from "../../lint/runtime/index.ts";
import { isGeneratedText } from "../service/foreign.ts";

/** A source above this is generated; lint leaves it out too. */
const sourceBytesMax = 8 * 1024 * 1024;
/** Front matter stands at the top. */
const documentBytesMax = 1024 * 1024, headBytesMax = 8_192;
/** A hundred thousand files of a hundred bytes each, and room. */
const storeBytesMax = 64 * 1024 * 1024;
const form = "inspan measures 2";

export interface TextMeasure { readonly lines: number; readonly exports: number; /** By its text; by its path is another question. */ readonly isGenerated: boolean }

export interface Measures {
  /** Undefined where there is no regular file of bounded size. */
  measure(file: string, isScript: boolean): TextMeasure | undefined;
  /** Front matter of a document, without its lines of dashes; undefined where it has none, or none that says what it covers. */
  coverBlock(file: string): string | undefined;
  /** Writes what was asked for, where that is not what was kept. */
  save(): Promise<void>;
}

export interface MeasuresOptions { readonly files: Files; /** Absolute, links resolved. */ readonly rootPath: string; readonly statePath: string; readonly nowMs: number }

type Kept = readonly [stamp: string, value: string];

export function openMeasures({ files, rootPath, statePath, nowMs }: MeasuresOptions): Measures {
  const path = join(checkFolder(statePath, rootPath), "measures");
  const before = readKept(files, path);
  const asked = new Map<string, Kept>();
  let isChanged = false;
  /** `make` is asked where the file is not the one that was seen last. */
  const keep = (file: string, bytesMax: number, make: (bytes: Uint8Array) => string): string | undefined => {
    const facts = files.now.facts(`${rootPath}/${file}`);
    const stamp = facts?.kind !== "file" || isRacy(facts, nowMs) ? undefined : stampText(facts);
    const known = stamp === undefined ? undefined : before.get(file);
    if (known !== undefined && known[0] === stamp) { asked.set(file, known); return known[1]; }
    const read = files.now.readRegular(`${rootPath}/${file}`, bytesMax);
    if (read.kind !== "file") return undefined;
    const value = make(read.bytes);
    if (stamp !== undefined && !/[\t\n]/.test(file)) { asked.set(file, [stamp, value]); isChanged = true; }
    return value;
  };
  return {
    measure(file, isScript) {
      const value = keep(file, sourceBytesMax, (bytes) => measureText(bytes, isScript));
      const [lines, exports, generated] = value?.split(" ") ?? [];
      return value === undefined ? undefined : { lines: Number(lines), exports: Number(exports), isGenerated: generated === "1" };
    },
    coverBlock(file) {
      const value = keep(file, documentBytesMax, (bytes) => JSON.stringify(blockOf(new TextDecoder().decode(bytes.subarray(0, headBytesMax)))));
      const block = value === undefined ? "" : parseJson(value);
      return typeof block === "string" && block !== "" ? block : undefined;
    },
    async save() {
      if (!isChanged && asked.size === before.size) return;
      const text = [form, ...[...asked].map(([file, [stamp, value]]) => `${stamp}\t${value}\t${file}`)].join("\n");
      try { await files.writeBytes(path, Buffer.from(text), { mode: 0o600 }); } catch { return; } // it costs time and nothing else
    },
  };
}

function readKept(files: Files, path: string): ReadonlyMap<string, Kept> {
  const read = files.now.readRegular(path, storeBytesMax);
  const [head, ...lines] = read.kind === "file" ? Buffer.from(read.bytes).toString().split("\n") : [];
  if (head !== form) return new Map();
  return new Map(lines.flatMap((line) => {
    const [stamp, value, file] = line.split("\t");
    return stamp === undefined || value === undefined || file === undefined ? [] : [[file, [stamp, value]] as const];
  }));
}

function blockOf(head: string): string {
  const block = /^---\r?\n([^]*?)\r?\n---/.exec(head)?.[1];
  return block?.includes("covers") === true ? block : "";
}

/** Where a generator says so. */
const markBytesMax = 2_048;

/** Lines, and lines that begin with `export`: once a line is as near as counting needs. */
function measureText(bytes: Uint8Array, isScript: boolean): string {
  let lines = 0, exports = 0;
  const word = isScript ? [101, 120, 112, 111, 114, 116, 32] : [];
  for (let start = 0; start < bytes.length;) {
    const found = bytes.indexOf(10, start);
    const end = found === -1 ? bytes.length : found;
    lines++;
    if (isScript && word.every((code, index) => bytes[start + index] === code)) exports++;
    start = end + 1;
  }
  const isGenerated = isGeneratedText({ head: new TextDecoder().decode(bytes.subarray(0, markBytesMax)), bytes: bytes.length, lines, isScript });
  return `${lines} ${exports} ${isGenerated ? 1 : 0}`;
}
