// Finds the worktree around a folder and its git folders by reading files alone: git itself would cost several starts of a program.
import { basename, dirname, join, resolve } from "node:path";
import { InspanError } from "../../../base/errors.ts";
import { fingerprint } from "../../../base/hash.ts";
import type { Files } from "../../../providers/index.ts";

/** Git's own pointers are one line; a larger file is something else. */
const pointerBytesMax = 16_384;

export interface Checkout {
  /** Absolute, links resolved: the top of the worktree. */
  readonly rootPath: string;
  /** Of the repository, shared by its worktrees; undefined outside of git. */
  readonly commonPath: string | undefined;
  /** A further worktree of a repository (`git worktree add`). */
  readonly isLinked: boolean;
  /** For people: the branch, or the start of the commit. */
  readonly branch: string | undefined;
  /** Differs for every worktree of the machine; safe as a file name, at most 60 characters. */
  readonly key: string;
}

async function readPointer(files: Files, path: string): Promise<string | undefined> {
  const facts = await files.facts(path);
  return facts?.kind === "file" && facts.sizeBytes <= pointerBytesMax ? (await files.readText(path))?.trim() : undefined;
}

async function readBranch(files: Files, gitPath: string): Promise<string | undefined> {
  const head = await readPointer(files, join(gitPath, "HEAD"));
  return head?.startsWith("ref: refs/heads/") ? head.slice("ref: refs/heads/".length) : head?.slice(0, 12);
}

function keyOf(rootPath: string): string {
  return `${(basename(rootPath) || "root").replaceAll(/[^A-Za-z0-9._-]/g, "_").slice(0, 40)}-${fingerprint(rootPath).slice(0, 12)}`;
}

/** The worktree that holds `cwd`, or `cwd` itself where there is none but an inspan.yaml lies in it. Rejects with FOLDER_MISSING, NOT_A_REPOSITORY. */
export async function findCheckout(files: Files, cwd: string): Promise<Checkout> {
  const start = await files.realPath(cwd);
  if (start === undefined) throw new InspanError("FOLDER_MISSING", `Cannot work in "${cwd}": no such folder.`, { kind: "usage", remedy: "inspan up --cwd <folder>" });
  for (let folder = start; ; folder = dirname(folder)) {
    const dotGit = join(folder, ".git");
    const kind = (await files.facts(dotGit))?.kind;
    if (kind === "folder") return { rootPath: folder, commonPath: dotGit, isLinked: false, branch: await readBranch(files, dotGit), key: keyOf(folder) };
    const named = kind === "file" ? /^gitdir: (.+)$/.exec((await readPointer(files, dotGit)) ?? "")?.[1] : undefined;
    if (named !== undefined) {
      const gitPath = resolve(folder, named);
      const common = await readPointer(files, join(gitPath, "commondir"));
      return {
        rootPath: folder,
        commonPath: common === undefined ? gitPath : resolve(gitPath, common),
        isLinked: common !== undefined,
        branch: await readBranch(files, gitPath),
        key: keyOf(folder),
      };
    }
    if (dirname(folder) === folder) break;
  }
  if ((await files.facts(join(start, "inspan.yaml")))?.kind === "file") return { rootPath: start, commonPath: undefined, isLinked: false, branch: undefined, key: keyOf(start) };
  throw new InspanError("NOT_A_REPOSITORY", `Cannot work in "${cwd}": it is not in a git repository.`, { kind: "usage", remedy: "git init" });
}
