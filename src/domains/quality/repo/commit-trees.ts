// What git holds of commits, read in bulk: one process for all changes of a history, one for all sizes, one for many contents. Knows no grades.
import { createHash } from "node:crypto";
import { InspanError } from "../../../base/errors.ts";
import type { Git, Random } from "../../../providers/index.ts";

export interface TreesPort { readonly git: Git; readonly random: Random; readonly rootPath: string; readonly signal: AbortSignal }

/** `mode` as git writes it: 100644, 100755, 120000 of a link, 160000 of a submodule. */
export interface TreeEntry { readonly mode: string; readonly object: string }
/** Undefined where the file is gone. */
export type TreeChange = readonly [path: string, entry: TreeEntry | undefined];

/** One answer of git may have 64 MB; texts of this many bytes stay well below it, whatever their encoding. */
const batchBytesMax = 16 * 1024 * 1024;
const timeoutMs = 300_000;
export const linkMode = "120000", submoduleMode = "160000";

/** Every file of a commit, by path. */
export async function readTree({ git, rootPath, signal }: TreesPort, commit: string): Promise<Map<string, TreeEntry>> {
  const { stdout } = await git.run(["ls-tree", "-r", "-z", "--full-tree", commit], { cwd: rootPath, signal, timeoutMs });
  return new Map(stdout.split("\0").flatMap((line) => {
    const [, mode, object, path] = /^(\d+) \w+ ([0-9a-f]+)\t(.+)$/s.exec(line) ?? [];
    return mode === undefined || object === undefined || path === undefined ? [] : [[path, { mode, object }] as const];
  }));
}

/** For each commit but the first what differs from the one before it in the list, whether that is its parent or not. */
export async function readTreeChanges({ git, rootPath, signal }: TreesPort, commits: readonly string[]): Promise<ReadonlyMap<string, readonly TreeChange[]>> {
  const found = new Map<string, TreeChange[]>();
  if (commits.length < 2) return found;
  const input = commits.slice(1).map((commit, index) => `${commit} ${commits[index] ?? ""}\n`).join("");
  const { stdout } = await git.run(["diff-tree", "--stdin", "-r", "-z", "--always", "--no-renames", "--no-abbrev"], { cwd: rootPath, signal, input, timeoutMs });
  let changes: TreeChange[] = [];
  const fields = stdout.split("\0");
  for (let at = 0; at < fields.length; at++) {
    const field = fields[at] ?? "";
    const [, mode, object] = /^:\d+ (\d+) [0-9a-f]+ ([0-9a-f]+) \w\d*$/.exec(field) ?? [];
    if (mode === undefined || object === undefined) {
      if (/^[0-9a-f]{40,64}$/.test(field)) found.set(field, changes = []);
      continue;
    }
    changes.push([fields[++at] ?? "", /^0+$/.test(mode) ? undefined : { mode, object }]);
  }
  const [missing] = commits.slice(1).filter((commit) => !found.has(commit));
  if (missing !== undefined) throw new InspanError("GIT_FAILED", `Cannot read what "${missing}" changed: git left it out of its answer, expected every commit that was asked for.`);
  return found;
}

/** Bytes of each of these objects; what git does not have is left out. */
export async function readSizes({ git, rootPath, signal }: TreesPort, objects: readonly string[]): Promise<ReadonlyMap<string, number>> {
  if (objects.length === 0) return new Map();
  const { stdout } = await git.run(["cat-file", "--batch-check=%(objectname) %(objectsize)"], {
    cwd: rootPath,
    signal,
    timeoutMs,
    input: objects.map((object) => `${object}\n`).join(""),
  });
  return new Map(
    stdout.split("\n").flatMap((line) => {
      const [, object, size] = /^([0-9a-f]+) (\d+)$/.exec(line) ?? [];
      return object === undefined ? [] : [[object, Number(size)] as const];
    }),
  );
}

/** Contents of these objects, in batches; `sizes` says how large each is. */
export async function readBlobs(port: TreesPort, objects: readonly string[], sizes: ReadonlyMap<string, number>): Promise<ReadonlyMap<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  let batch: string[] = [], bytes = 0;
  const flush = async (): Promise<void> => {
    for (const [index, content] of (await readBatch(port, batch)).entries()) found.set(batch[index] ?? "", content);
    [batch, bytes] = [[], 0];
  };
  for (const object of objects) {
    const size = sizes.get(object) ?? 0;
    if (bytes + size > batchBytesMax && batch.length > 0) await flush();
    batch.push(object);
    bytes += size;
  }
  if (batch.length > 0) await flush();
  return found;
}

async function readBatch({ git, random, rootPath, signal }: TreesPort, objects: readonly string[]): Promise<readonly Uint8Array[]> {
  // Texts have other lengths than the bytes that they came from where these are no UTF-8: a word that nobody can know tells where one ends.
  const mark = random.hex(16);
  const { stdout } = await git.run(["cat-file", `--batch=${mark}`], { cwd: rootPath, signal, timeoutMs, input: objects.map((object) => `${object}\n`).join("") });
  const texts = `\n${stdout}`.split(`\n${mark}\n`).slice(1);
  if (texts.length !== objects.length)
    throw new InspanError("GIT_FAILED", `Cannot read ${objects.length} contents of the history: git gave ${texts.length}, expected all of them.`, {
      remedy: "git fsck",
    });
  return texts.map((text, index) => bytesOf(index === texts.length - 1 ? text.slice(0, -1) : text, objects[index] ?? ""));
}

/** The content; where it is no UTF-8, bytes of as many lines that are none either. */
function bytesOf(text: string, object: string): Uint8Array {
  const bytes = Buffer.from(text);
  if (!text.includes("\uFFFD")) return bytes;
  const name = createHash(object.length === 64 ? "sha256" : "sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
  return name === object ? bytes : Buffer.from(bytes.toString("latin1").replaceAll("\u00EF\u00BF\u00BD", "\u00FF"), "latin1");
}
