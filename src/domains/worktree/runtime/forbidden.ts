// What a change may not hold, whatever its rules say: content that leaves the repository or that nobody can review. Knows no task.
import { dirname, join, normalize } from "node:path";
import { mapBounded } from "../../../base/async.ts";
import type { Files, Git } from "../../../providers/index.ts";
import { isBelow } from "../repo/porcelain.ts";
import { scanForSecrets } from "../service/secret-scan.ts";
import type { Commit } from "../types.ts";

export interface ForbiddenContent { readonly path: string; readonly reason: string }

// Forges refuse a push of files above 100 MiB, and history never gets smaller again; no source file comes near this.
const fileBytesMax = 20 * 1024 * 1024;
// Files looked at side by side: a stat waits for the disk, not for us.
const looksAtOnce = 16;
// More are not read by anybody; without it a model gets thousands of lines.
const namedMax = 50;

const gitlinkMode = "160000";
const lookOnly = { GIT_OPTIONAL_LOCKS: "0" };

/** Why a link at `path` with this target may lead out of the repository, judged by its text alone; undefined where it cannot. */
export function linkRefusal(path: string, target: string): string | undefined {
  if (target.startsWith("/")) return `it is a link to the absolute path "${target}"`;
  const parts = target.split("/").filter((part) => part !== "" && part !== ".");
  // Behind another link ".." means that link's own parent, which the text does not tell.
  const firstName = parts.findIndex((part) => part !== "..");
  if (firstName !== -1 && parts.slice(firstName).includes("..")) return `it is a link to "${target}", which goes up again on its way`;
  const end = normalize(join(dirname(path), ...parts));
  if (end === ".." || end.startsWith("../")) return `it is a link to "${target}", outside of the repository`;
  return end.split("/").some((part) => part.toLowerCase() === ".git") ? `it is a link to "${target}", in the repository's own data` : undefined;
}

async function inspect(files: Files, rootPath: string, path: string): Promise<string | undefined> {
  const absolute = join(rootPath, path);
  const facts = await files.facts(absolute);
  switch (facts?.kind) {
    case "other": return "it is no regular file (a pipe, a socket or a device)";
    case "file": return facts.sizeBytes > fileBytesMax ? `it has ${Math.ceil(facts.sizeBytes / 1024 ** 2)} MiB, expected at most ${fileBytesMax / 1024 ** 2}` : undefined;
    case "link": {
      const refusal = linkRefusal(path, (await files.readLink(absolute)) ?? "");
      if (refusal !== undefined) return refusal;
      const [real, root] = [await files.realPath(absolute), await files.realPath(rootPath)];
      return real !== undefined && root !== undefined && !isBelow(real, root) ? "it is a link that leads out of the repository over another link" : undefined;
    }
    case "folder": case undefined: return undefined;
  }
}

/** Keys and tokens that the base does not have, by kind and line: what they are is told to nobody. */
async function inspectText(git: Git, files: Files, at: { readonly rootPath: string; readonly path: string; readonly baseCommit: Commit }): Promise<string | undefined> {
  const absolute = join(at.rootPath, at.path);
  const facts = await files.facts(absolute);
  if (facts?.kind !== "file" || facts.sizeBytes > fileBytesMax) return undefined;
  const text = await files.readText(absolute) ?? "";
  if (scanForSecrets(text, "").length === 0) return undefined;
  const shown = await git.run(["show", `${at.baseCommit}:${at.path}`], { cwd: at.rootPath, env: lookOnly, acceptExitCodes: [128] });
  const found = scanForSecrets(text, shown.exitCode === 0 ? shown.stdout : "");
  if (found.length === 0) return undefined;
  return `it holds ${found
    .slice(0, 3)
    .map(({ kind, line }) => `${kind} in line ${line}`)
    .join(
      ", ",
    )}${found.length > 3 ? ` and ${found.length - 3} more` : ""}; read it from the environment instead, and make an example say that it is one (a value with the word "example" or "test" in it)`;
}

/** Repositories in folders that hold changed files: git reads past their `.git`, so no list of git's names them. */
async function findHidden(files: Files, rootPath: string, paths: readonly string[]): Promise<readonly string[]> {
  const folders = new Set<string>();
  for (const path of paths) for (let folder = dirname(path); folder !== "." && !folders.has(folder); folder = dirname(folder)) folders.add(folder);
  const found = await mapBounded([...folders], looksAtOnce, async (folder) => ((await files.facts(join(rootPath, folder, ".git"))) === undefined ? undefined : folder));
  return found.filter((folder) => folder !== undefined);
}

/**
 * What stands in the worktree, committed or not, and differs from the base, but must not become a commit: new submodules and repositories in the repository,
 * links that lead out of it, files that are no files, files above 20 MiB, keys and tokens, names with control characters. Sorted by path, at most 50; submodules of the base are left alone.
 */
export async function findForbiddenContent(git: Git, files: Files, worktreePath: string, baseCommit: Commit): Promise<readonly ForbiddenContent[]> {
  const options = { cwd: worktreePath, env: lookOnly };
  const raw = (await git.run(["diff", "--raw", "-z", "--no-renames", baseCommit], options)).stdout.split("\0");
  const untracked = (await git.run(["ls-files", "-z", "--others", "--exclude-standard"], options)).stdout.split("\0").filter((path) => path !== "");
  const found = new Map<string, string>();
  const changed: string[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const [oldMode, newMode] = (raw[index] ?? "").replace(/^:/, "").split(" ");
    const path = raw[index + 1] ?? "";
    if (newMode === gitlinkMode && oldMode !== gitlinkMode) found.set(path, "it is a submodule that the base does not have");
    if (newMode !== gitlinkMode && oldMode !== gitlinkMode) changed.push(path);
  }
  const nested = "it is a git repository of its own";
  for (const path of untracked) {
    if (path.endsWith("/")) found.set(path.slice(0, -1), nested);
    else changed.push(path);
  }
  for (const folder of await findHidden(files, worktreePath, changed)) found.set(folder, nested);
  const refusals = await mapBounded(
    changed,
    looksAtOnce,
    async (path) =>
      [path, (await inspect(files, worktreePath, path)) ?? (await inspectText(git, files, { rootPath: worktreePath, path, baseCommit }))] as const,
  );
  for (const [path, reason] of refusals) if (reason !== undefined) found.set(path, reason);
  for (const path of [...changed, ...found.keys()]) if (/\p{Cc}/u.test(path)) found.set(path, "its name holds a control character");
  return [...found].map(([path, reason]) => ({ path, reason })).sort((a, b) => (a.path < b.path ? -1 : 1)).slice(0, namedMax);
}
