// The evidence of a task at the remote: a ref of its own, one commit whose tree is the bundle's folder. No branch holds it, so that no clone pays for it.
import { join } from "node:path";
import { mapBounded } from "../../../base/async.ts";
import type { Files } from "../../../providers/index.ts";
import { fetchRefs, readRemoteRefs, updateRemoteRef, type RemotePort } from "./remote.ts";

/** All of a task together; forges begin to complain at a hundred times as much, and a team has many tasks. */
const evidenceBytesMax = 32 * 1024 * 1024;
/** A bundle holds as many at most, and its page and manifest. */
const filesMax = 510;
/** Two pushes of one task at once do not happen; a third try is one too many. */
const triesMax = 3;
const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,120}$/;

export interface EvidencePort extends RemotePort { readonly files: Files; readonly identity: readonly string[] }

export function evidenceRefOf(task: string): string { return `refs/inspan/evidence/${task}`; }

export interface AttachedEvidence { readonly ref: string; readonly commit: string; /** Names of files that were too much. */ readonly leftOut: readonly string[] }

/** Puts regular files of a folder behind the task's ref at the remote; `names` in the order of their weight: what does not fit is left out. The same content is pushed once. */
export async function attachEvidence(
  port: EvidencePort,
  options: { readonly task: string; readonly folder: string; readonly names: readonly string[]; readonly message: string },
): Promise<AttachedEvidence> {
  const cwd = port.repository.rootPath;
  const leftOut: string[] = [];
  const kept: string[] = [];
  let left = evidenceBytesMax;
  for (const name of options.names) {
    const facts = namePattern.test(name) ? port.files.now.facts(join(options.folder, name)) : undefined;
    if (facts?.kind !== "file" || facts.sizeBytes > left || kept.length >= filesMax) { leftOut.push(name); continue; }
    left -= facts.sizeBytes;
    kept.push(name);
  }
  const blobs = await mapBounded(
    kept,
    4,
    async (name) => `100644 blob ${await port.git.text(["hash-object", "-w", "--no-filters", "--", join(options.folder, name)], { cwd })}\t${name}`,
  );
  const tree = await port.git.text(["mktree"], { cwd, input: `${blobs.join("\n")}\n` });
  const ref = evidenceRefOf(options.task);
  for (let tries = 1; ; tries++) {
    const there = (await readRemoteRefs(port, [ref])).get(ref);
    if (there !== undefined && await treeOf(port, there, ref) === tree) return { ref, commit: there, leftOut };
    const commit = await port.git.text([...port.identity, "commit-tree", tree, "-m", options.message], { cwd });
    if ((await updateRemoteRef(port, { ref, expected: there, to: commit })).kind === "updated") return { ref, commit, leftOut };
    if (tries >= triesMax) return { ref, commit: there ?? commit, leftOut }; // somebody else's copy of the same task stands there
  }
}

async function treeOf(port: RemotePort, commit: string, ref: string): Promise<string | undefined> {
  const cwd = port.repository.rootPath;
  const read = async () => port.git.run(["rev-parse", "--verify", "--quiet", `${commit}^{tree}`], { cwd, acceptExitCodes: [1, 128] });
  let found = await read();
  if (found.exitCode !== 0) { await fetchRefs(port, [`+${ref}:refs/inspan/fetched/${ref.slice("refs/inspan/".length)}`]); found = await read(); }
  return found.exitCode === 0 ? found.stdout.trim() : undefined;
}

/** Writes what the remote holds of a task into a folder; undefined where it holds nothing. */
export async function fetchEvidence(
  port: EvidencePort,
  options: { readonly task: string; readonly folder: string },
): Promise<{ readonly ref: string; readonly commit: string; readonly names: readonly string[] } | undefined> {
  const cwd = port.repository.rootPath;
  const ref = evidenceRefOf(options.task);
  const commit = (await readRemoteRefs(port, [ref])).get(ref);
  if (commit === undefined) return undefined;
  const local = `refs/inspan/fetched/${ref.slice("refs/inspan/".length)}`;
  await fetchRefs(port, [`+${ref}:${local}`]);
  const listed = await port.git.text(["ls-tree", "-z", "-l", local], { cwd });
  const rows = listed.split("\0").flatMap((row) => {
    const match = /^100644 blob ([0-9a-f]+)\s+(\d+)\t(.+)$/.exec(row);
    return match !== null && namePattern.test(match[3] ?? "") ? [{ blob: match[1] ?? "", name: match[3] ?? "", sizeBytes: Number(match[2]) }] : [];
  }).slice(0, filesMax);
  if (rows.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) > evidenceBytesMax) return { ref, commit, names: [] };
  await port.files.makeFolder(options.folder);
  // Bytes, not text: git writes the files itself.
  const index = join(options.folder, ".index");
  const env = { GIT_INDEX_FILE: index, GIT_WORK_TREE: options.folder };
  await port.git.run(["read-tree", local], { cwd, env });
  await port.git.run(["checkout-index", "--force", "--", ...rows.map(({ name }) => name)], {
    cwd: options.folder,
    env: { ...env, GIT_DIR: await port.git.text(["rev-parse", "--absolute-git-dir"], { cwd }) },
  });
  await port.files.remove(index);
  return { ref, commit, names: rows.map(({ name }) => name) };
}
