// Which files a check looks at, of any kind: what git knows or would add, or all files of a folder that is no git repository.
import { InspanError } from "../../../base/errors.ts";
import type { Providers } from "../../../providers/index.ts";

/** A tree of more files than this is a cache or a mistake; walking on would look like a hang. */
const walkedFilesMax = 200_000;
/** Folders that hold no source of the repository where no .gitignore can say so. */
const skippedFolders = new Set(["node_modules", ".git", ".hg", ".svn"]);
/** Listing a million files takes git about two seconds; a minute means that the disk is gone. */
export const gitTimeoutMs = 60_000;

type ListProviders = Pick<Providers, "files" | "git">;

/** Relative to the root, sorted. Untracked files count, ignored ones do not. Links are never followed: the file they point to is seen where it lies. */
export async function listAllFiles(providers: ListProviders, rootPath: string, signal: AbortSignal | undefined): Promise<readonly string[]> {
  return ownFiles(await listByGit(providers, rootPath, signal) ?? await listByWalk(providers, rootPath, signal));
}

/** Of all files of a repository those that belong to it, sorted. */
export function ownFiles(files: readonly string[]): readonly string[] {
  return [...withoutNested(files)].sort();
}

/** A folder with an inspan.yaml of its own is a repository in the repository (an example, a fixture): it is checked by its own rules, in a run of its own. */
function withoutNested(files: readonly string[]): readonly string[] {
  const nested = files.filter((file) => file.endsWith("/inspan.yaml")).map((file) => file.slice(0, -"inspan.yaml".length));
  return nested.length === 0 ? files : files.filter((file) => !nested.some((folder) => file.startsWith(folder)));
}

async function listByGit(providers: ListProviders, rootPath: string, signal: AbortSignal | undefined): Promise<string[] | undefined> {
  const options = { cwd: rootPath, timeoutMs: gitTimeoutMs, ...(signal === undefined ? {} : { signal }) };
  try {
    const listed = await providers.git.run(["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"], { ...options, acceptExitCodes: [128] });
    if (listed.exitCode === 128) {
      const inside = await providers.git.run(["rev-parse", "--is-inside-work-tree"], { ...options, acceptExitCodes: [128] });
      if (inside.exitCode !== 0 || inside.stdout.trim() !== "true") return undefined;
      throw new InspanError("GIT_FAILED", `Cannot list the files of "${rootPath}": git ended with 128, expected a list.\n${listed.stderr.trim()}`);
    }
    return split(listed.stdout);
  } catch (error) {
    // Without git a folder is still a folder; a git that fails in a repository is a broken world.
    if (error instanceof InspanError && error.code === "GIT_MISSING") return undefined;
    throw error;
  }
}

async function listByWalk(providers: ListProviders, rootPath: string, signal: AbortSignal | undefined): Promise<string[]> {
  const found: string[] = [];
  const waiting: string[] = [""];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    signal?.throwIfAborted();
    for (const entry of await providers.files.list(folder === "" ? rootPath : `${rootPath}/${folder}`)) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.kind === "folder" && !skippedFolders.has(entry.name)) waiting.push(path);
      else if (entry.kind === "file" || entry.kind === "link") found.push(path); // as git lists them
      if (found.length > walkedFilesMax)
        throw new InspanError("TREE_TOO_LARGE", `Cannot check "${rootPath}": it holds more than ${walkedFilesMax} files, expected a repository.`, {
          kind: "usage",
          remedy: "Run `git init` and list generated folders in .gitignore, or check a smaller folder.",
        });
    }
  }
  return found;
}

export function split(text: string): string[] {
  return text.split("\0").filter((file) => file !== "");
}
