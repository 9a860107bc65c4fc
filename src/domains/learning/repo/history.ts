// What git knows: changes of the past, files at commits, when a line came. Bounded; a shallow clone and a rewritten history give less, never an error.
import type { Git } from "../../../providers/index.ts";
import type { FileDiff, Hunk } from "../types.ts";
import { parseFileDiffs, parseHunks } from "./hunks.ts";

/** A change of more than this is generated or moved. */
const diffCharsMax = 4 * 1024 * 1024;
const blobCharsMax = 1024 * 1024;
const literal = { GIT_LITERAL_PATHSPECS: "1" };

export interface HistoryPort { readonly git: Git; readonly rootPath: string; readonly signal: AbortSignal }
export interface PastChange { readonly commit: string; readonly parent: string; readonly at: string; readonly subject: string; readonly author: string; readonly body: string }

/** First-parent commits that have a parent here, newest first; `until` excludes what is older (ISO 8601). */
export async function readChanges(
  { git, rootPath, signal }: HistoryPort,
  base: string,
  options: { readonly countMax: number; readonly since?: string },
): Promise<readonly PastChange[]> {
  const format = "--format=%H%x1f%P%x1f%cI%x1f%an <%ae>%x1f%s%x1f%b%x00";
  const listed = await git.run(
    ["log", "--first-parent", "-n", String(options.countMax), ...(options.since === undefined ? [] : [`--since=${options.since}`]), format, base, "--"],
    { cwd: rootPath, signal, acceptExitCodes: [128] },
  );
  if (listed.exitCode !== 0) return [];
  return listed.stdout.split("\0").flatMap((record) => {
    const [commit = "", parents = "", at = "", author = "", subject = "", body = ""] = record.replace(/^\n/, "").split("\x1f");
    const [parent = ""] = parents.split(" ");
    return commit === "" || parent === "" ? [] : [{ commit, parent, at, subject, author, body }];
  });
}

/** Files that were added or changed, with their hunks; empty where the change is too large or its parent is not here. */
export async function readDiff({ git, rootPath, signal }: HistoryPort, from: string, to: string, paths: readonly string[] = []): Promise<readonly FileDiff[]> {
  const result = await git.run(
    ["-c", "core.quotePath=false", "diff", "-U0", "--no-color", "--no-ext-diff", "--no-renames", "--diff-filter=AM", from, to, "--", ...paths],
    { cwd: rootPath, signal, env: literal, acceptExitCodes: [128] },
  );
  return result.exitCode !== 0 || result.stdout.length > diffCharsMax ? [] : parseFileDiffs(result.stdout);
}

export async function readHunks(port: HistoryPort, options: { readonly from: string; readonly to: string; readonly file: string }): Promise<readonly Hunk[]> {
  const result = await port.git.run(["diff", "-U0", "--no-color", "--no-ext-diff", "--no-renames", options.from, options.to, "--", options.file], {
    cwd: port.rootPath,
    signal: port.signal,
    env: literal,
    acceptExitCodes: [128],
  });
  return result.exitCode === 0 ? parseHunks(result.stdout) : [];
}

/** Undefined where there is no such file, or one that nobody wrote by hand. */
export async function readBlob({ git, rootPath, signal }: HistoryPort, commit: string, file: string): Promise<string | undefined> {
  const result = await git.run(["cat-file", "blob", `${commit}:${file}`], { cwd: rootPath, signal, acceptExitCodes: [128] });
  return result.exitCode === 0 && result.stdout.length <= blobCharsMax ? result.stdout : undefined;
}

/** The whole id of a commit that is here; undefined for anything else, options of git included. */
export async function resolveCommit({ git, rootPath, signal }: HistoryPort, name: string): Promise<string | undefined> {
  if (!/^[\w./-]{4,100}$/.test(name) || name.startsWith("-")) return undefined;
  const result = await git.run(["rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`], { cwd: rootPath, signal, acceptExitCodes: [1, 128] });
  return result.exitCode === 0 ? result.stdout.trim() : undefined;
}

/** Where the base stood then. */
export async function commitBefore({ git, rootPath, signal }: HistoryPort, base: string, at: string): Promise<string | undefined> {
  const result = await git.run(["rev-list", "-1", "--first-parent", `--before=${at}`, base], { cwd: rootPath, signal, acceptExitCodes: [128] });
  return result.exitCode === 0 && result.stdout.trim() !== "" ? result.stdout.trim() : undefined;
}

/** When a line came, ISO 8601; "" where nobody knows. */
export async function lineSince({ git, rootPath, signal }: HistoryPort, options: { readonly commit: string; readonly file: string; readonly line: number }): Promise<string> {
  const result = await git.run(["blame", "--porcelain", "-L", `${options.line},${options.line}`, options.commit, "--", options.file], {
    cwd: rootPath,
    signal,
    env: literal,
    acceptExitCodes: [128],
  });
  const seconds = /^committer-time (\d+)$/m.exec(result.stdout)?.[1];
  return result.exitCode !== 0 || seconds === undefined ? "" : new Date(Number(seconds) * 1000).toISOString();
}

/** When a file last changed on the base, ISO 8601; "" where nobody knows. */
export async function fileSince({ git, rootPath, signal }: HistoryPort, commit: string, file: string): Promise<string> {
  const result = await git.run(["log", "-1", "--first-parent", "--format=%cI", commit, "--", file], { cwd: rootPath, signal, env: literal, acceptExitCodes: [128] });
  const at = Date.parse(result.stdout.trim());
  return result.exitCode !== 0 || Number.isNaN(at) ? "" : new Date(at).toISOString();
}
