// The answer of the last whole check, given again while nothing that it rests on has changed: files, configuration, commit, engine, day, and whatever else was asked of the disk.
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { crc32 } from "node:zlib";
import type { Files } from "../../../providers/index.ts";
import { baselineFile } from "../types/baseline-path.ts";
import { isAnswerSame, type Look } from "./looks.ts";
import { isRacy, type Stamps, stampText } from "./stamps.ts";

/** A hundred thousand findings; what is larger is read by nobody. */
const keptBytesMax = 128 * 1024 * 1024;
/** Files written within the last two seconds are compared by content; after a checkout of more of them the next check is the one that is kept. */
const freshFilesMax = 500;
const freshBytesMax = 8 * 1024 * 1024;
const gitFileBytesMax = 4 * 1024 * 1024;

export interface RepositoryState {
  readonly rootPath: string;
  readonly allFiles: readonly string[];
  /** What readProgramStamp() says. */
  readonly program: string;
  /** Asked before anything was read. */
  readonly stamps: Stamps;
  readonly nowMs: number;
  /** Whatever else the answer depends on: the day, which rules ran. */
  readonly say: string;
}

/** One text for all that is cheap to ask: equal texts mean that nothing of it has changed. */
export function keyOfState(files: Files, state: RepositoryState): string {
  // These two count even where git ignores them.
  const settings = ["inspan.yaml", baselineFile].map((name) => { const facts = files.now.facts(join(state.rootPath, name)); return facts === undefined ? "" : stampText(facts); });
  const hash = createHash("sha1").update(state.program).update(settings.join("\n")).update(`\n${state.say}\n${readCommitStamp(files, state.rootPath)}\n`);
  for (const file of state.allFiles) {
    const stamp = state.stamps.of(file);
    hash.update(stamp === undefined ? `${file}\n` : `${file} ${stampText(stamp)}\n`);
  }
  return hash.digest("hex");
}

/** Questions about files that are so young that a later change could leave their stamp as it is; undefined where there are too many to ask. */
export function freshLooks(files: Files, state: RepositoryState): readonly Look[] | undefined {
  const fresh = state.allFiles.filter((file) => { const stamp = state.stamps.of(file); return stamp?.kind === "file" && isRacy(stamp, state.nowMs); });
  if (fresh.length > freshFilesMax) return undefined;
  return fresh.map((file) => ["content", `${state.rootPath}/${file}`, contentOf(files, `${state.rootPath}/${file}`)]);
}

function contentOf(files: Files, path: string): string {
  const read = files.now.readRegular(path, freshBytesMax);
  return read.kind === "file" ? createHash("sha1").update(read.bytes).digest("base64") : read.kind;
}

export interface KeptReport { /** True where it holds an error that counts. */ readonly isFailed: boolean; /** JSON of the report, without a line's end. */ readonly json: string }

interface Head { readonly key: string; readonly isFailed: boolean; readonly checksum: number; readonly looks: readonly Look[] }

/** Undefined where there is none for this key, a torn one, or one that rests on something that is otherwise now. */
export function readKeptReport(files: Files, cachePath: string, key: string): KeptReport | undefined {
  const found = files.now.readRegular(join(cachePath, "report"), keptBytesMax);
  if (found.kind !== "file") return undefined;
  const bytes = Buffer.from(found.bytes.buffer, found.bytes.byteOffset, found.bytes.byteLength);
  const end = bytes.indexOf(0x0a);
  if (end === -1 || !bytes.subarray(0, 64).toString("latin1").startsWith(`{"key":"${key}"`)) return undefined;
  const head = parseHead(bytes.subarray(0, end).toString());
  const body = bytes.subarray(end + 1);
  if (head?.checksum !== crc32(body)) return undefined;
  const isSame = head.looks.every((look) => (look[0] === "content" ? contentOf(files, look[1]) === look[2] : isAnswerSame(files.now, look)));
  return isSame ? { isFailed: head.isFailed, json: body.toString() } : undefined;
}

function parseHead(text: string): Head | undefined {
  try { return JSON.parse(text) as Head; } catch { return undefined; } // torn, or of another form: the key says that this very code wrote it
}

/** One that cannot be written costs time and nothing else. */
export async function writeKeptReport(files: Files, cachePath: string, kept: KeptReport & { readonly key: string; readonly looks: readonly Look[] }): Promise<void> {
  const body = Buffer.from(kept.json);
  const head: Head = { key: kept.key, isFailed: kept.isFailed, checksum: crc32(body), looks: kept.looks };
  try { await files.writeBytes(join(cachePath, "report"), Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), body]), { mode: 0o600 }); } catch { return; }
}

/** What git's answers rest on besides the files: the commit, the references, what was fetched, its configuration. Read as files, since a git process costs more than all the rest. */
export function readCommitStamp(files: Files, rootPath: string): string {
  const text = (path: string): string | undefined => {
    const read = files.now.readRegular(path, gitFileBytesMax);
    return read.kind === "file" ? Buffer.from(read.bytes.buffer, read.bytes.byteOffset, read.bytes.byteLength).toString().trim() : undefined;
  };
  const stamp = (path: string): string => { const facts = files.now.facts(path); return facts === undefined ? "" : stampText(facts); };
  for (let folder = rootPath; ; folder = dirname(folder)) {
    const marker = join(folder, ".git");
    const kind = files.now.facts(marker)?.kind;
    if (kind === undefined && dirname(folder) !== folder) continue;
    if (kind === undefined) return "no repository";
    const named = kind === "file" ? /^gitdir: (.+)$/m.exec(text(marker) ?? "")?.[1] : undefined;
    const own = named === undefined ? marker : named.startsWith("/") ? named : join(folder, named);
    const common = text(join(own, "commondir"));
    const shared = common === undefined ? own : common.startsWith("/") ? common : join(own, common);
    const head = text(join(own, "HEAD")) ?? "";
    const reference = /^ref: (.+)$/.exec(head)?.[1];
    const commit = reference === undefined ? "" : text(join(shared, reference)) ?? text(join(own, reference)) ?? "packed";
    return [
      head,
      commit,
      stamp(join(own, "logs", "HEAD")),
      stamp(join(own, "FETCH_HEAD")),
      ...["packed-refs", "shallow", "config", "info/exclude", "objects/pack", "reftable"].map((name) => stamp(join(shared, name))),
    ].join("\n");
  }
}
