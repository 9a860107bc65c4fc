// Puts the files of repositories in a worktree into the commit that saves uncommitted work: git itself would keep a commit's name at most. Their own `.git` is neither read nor kept.
import { join } from "node:path";
import type { Files, Git } from "../../../providers/index.ts";

// A cloned project with its packages; above this the rest stays out, which the caller tells.
const filesMax = 50_000;
const bytesMax = 1024 ** 3;

interface Found { readonly path: string; readonly mode: "100644" | "100755" | "120000" }

interface Saving {
  readonly git: Git;
  readonly files: Files;
  readonly worktreePath: string;
  readonly cwd: string;
  /** Names the index that is written. */ readonly env: Readonly<Record<string, string>>;
}

async function collect(files: Files, worktreePath: string, nested: readonly string[]): Promise<{ readonly found: readonly Found[]; readonly isCut: boolean }> {
  const found: Found[] = [];
  const folders = [...nested];
  let sizeBytes = 0;
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const { name } of await files.list(join(worktreePath, folder))) {
      if (name.toLowerCase() === ".git") continue;
      const path = `${folder}/${name}`;
      const facts = await files.facts(join(worktreePath, path));
      if (facts?.kind === "folder") folders.push(path);
      if ((facts?.kind !== "file" && facts?.kind !== "link") || path.includes("\n")) continue; // hash-object reads a name a line
      sizeBytes += facts.sizeBytes;
      if (found.length >= filesMax || sizeBytes > bytesMax) return { found, isCut: true };
      found.push({ path, mode: facts.kind === "link" ? "120000" : (facts.mode & 0o111) === 0 ? "100644" : "100755" });
    }
  }
  return { found, isCut: false };
}

/** Adds them to the index of `env`; no filter of theirs runs. Resolves with true where there was more than is kept. */
export async function addNestedFiles({ git, files, worktreePath, cwd, env }: Saving): Promise<boolean> {
  const listed = (await git.run(["ls-files", "-z", "--others", "--exclude-standard"], { cwd, env })).stdout.split("\0");
  const { found, isCut } = await collect(files, worktreePath, listed.filter((path) => path.endsWith("/")).map((path) => path.slice(0, -1)));
  const plain = found.filter(({ mode }) => mode !== "120000");
  const entries: string[] = [];
  if (plain.length > 0) {
    const hashes = (
      await git.run(["hash-object", "-w", "--no-filters", "--stdin-paths"], {
        cwd,
        env,
        input: plain.map(({ path }) => `${join(worktreePath, path)}\n`).join(""),
      })
    ).stdout
      .trim()
      .split("\n");
    plain.forEach(({ path, mode }, index) => entries.push(`${mode} ${hashes[index] ?? ""}\t${path}\0`));
  }
  for (const { path } of found.filter(({ mode }) => mode === "120000")) {
    const target = await files.readLink(join(worktreePath, path));
    if (target !== undefined) entries.push(`120000 ${(await git.text(["hash-object", "-w", "--no-filters", "--stdin"], { cwd, env, input: target }))}\t${path}\0`);
  }
  if (entries.length > 0) await git.run(["update-index", "--add", "--replace", "-z", "--index-info"], { cwd, env, input: entries.join("") });
  return isCut;
}
