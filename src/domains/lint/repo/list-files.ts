// Which files a check looks at: what git knows or would add, or all files of a folder that is no git repository.
import { InspanError } from "../../../base/errors.ts";
import type { Providers } from "../../../providers/index.ts";
import { adapterOf } from "./adapters.ts";
import { gitTimeoutMs, listAllFiles, split } from "./list-all.ts";

export interface ListedFiles {
  /** All files, relative to the root, sorted. */
  readonly files: readonly string[];
  /** Those of them that an adapter calls its sources. */
  readonly sources: readonly string[];
}

export async function listFiles(providers: Pick<Providers, "files" | "git">, rootPath: string, signal: AbortSignal | undefined): Promise<ListedFiles> {
  const files = await listAllFiles(providers, rootPath, signal);
  return { files, sources: files.filter(isSource) };
}

/** Those of these files that an adapter calls its sources. */
export function sourcesOf(files: readonly string[]): readonly string[] {
  return files.filter(isSource);
}

export function isSource(file: string): boolean {
  return adapterOf(file) !== undefined;
}

/** Changed and untracked files since `ref`, relative to the root; rejects with COMMIT_UNKNOWN where the ref does not exist. */
export async function listChangedFiles(providers: Providers, rootPath: string, ref: string, signal?: AbortSignal): Promise<readonly string[]> {
  const options = { cwd: rootPath, timeoutMs: gitTimeoutMs, ...(signal === undefined ? {} : { signal }) };
  const known = await providers.git.run(["rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`], { ...options, acceptExitCodes: [1, 128] });
  if (known.exitCode !== 0)
    throw new InspanError("COMMIT_UNKNOWN", `Cannot compare with "${ref}": no such commit or branch.`, {
      kind: "usage",
      remedy: "git log --oneline, or run the check without --changed and --since",
    });
  const [changed, untracked] = await Promise.all([
    providers.git.run(["diff", "--name-only", "-z", "--diff-filter=d", "--relative", "--no-renames", "--end-of-options", ref, "--"], options),
    providers.git.run(["ls-files", "-z", "--others", "--exclude-standard"], options),
  ]);
  return [...new Set([...split(changed.stdout), ...split(untracked.stdout)])].sort();
}

/** Files that are staged for the next commit, without deleted ones, relative to the root. */
export async function listStagedFiles(providers: Providers, rootPath: string, signal?: AbortSignal): Promise<readonly string[]> {
  const result = await providers.git.run(["diff", "--cached", "--name-only", "-z", "--diff-filter=d", "--relative", "--no-renames"], {
    cwd: rootPath,
    timeoutMs: gitTimeoutMs,
    ...(signal === undefined ? {} : { signal }),
  });
  return split(result.stdout);
}
