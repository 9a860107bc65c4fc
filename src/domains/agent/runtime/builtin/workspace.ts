// The worktree as an agent's tools see it: nothing outside of it, no link that leads out, files as git lists them. Knows no tool and no model.
import { isAbort, messageOf } from "../../../../base/errors.ts";
import type { FileFacts, Providers } from "../../../../providers/index.ts";
import { containPath, pathChain } from "../../service/paths.ts";

export type Resolved =
  | { readonly kind: "found"; readonly path: string; readonly absolute: string; readonly facts: FileFacts }
  | { readonly kind: "absent"; readonly path: string; readonly absolute: string }
  | { readonly kind: "refused"; readonly reason: string };

const dirtyFilesMax = 2_000; // each costs a stat per command; with more than this changed, telling which is of no use to a model
const gitTimeoutMs = 20_000; // listing a very large repository on a slow disk

export class Workspace {
  readonly rootPath: string;
  readonly #providers: Pick<Providers, "files" | "git">;
  #realRoot: string | undefined;
  #repositoryPaths: readonly string[] | undefined;
  #stamps: Map<string, string> | undefined;

  constructor(providers: Pick<Providers, "files" | "git">, rootPath: string) {
    this.#providers = providers;
    this.rootPath = rootPath.length > 1 ? rootPath.replace(/\/+$/, "") : rootPath;
  }

  absolute(path: string): string {
    return path === "" ? this.rootPath : `${this.rootPath}/${path}`;
  }

  /** For reading: links are followed as long as they end inside of the worktree and outside of .git. */
  async resolveForRead(raw: string): Promise<Resolved> {
    const contained = containPath(raw, this.rootPath);
    if (contained.kind === "outside") return { kind: "refused", reason: contained.reason };
    const absolute = this.absolute(contained.path);
    const real = await this.#providers.files.realPath(absolute);
    if (real === undefined) return { kind: "absent", path: contained.path, absolute };
    this.#realRoot ??= await this.#providers.files.realPath(this.rootPath);
    if (this.#realRoot === undefined || containPath(real, this.#realRoot).kind === "outside")
      return { kind: "refused", reason: `The path "${contained.path}" is a link that leads out of the worktree.` };
    const facts = await this.#providers.files.facts(real);
    return facts === undefined ? { kind: "absent", path: contained.path, absolute } : { kind: "found", path: contained.path, absolute: real, facts };
  }

  /** For writing: no part of the path may be a link. */
  async resolveForWrite(raw: string): Promise<Resolved> {
    const contained = containPath(raw, this.rootPath);
    if (contained.kind === "outside") return { kind: "refused", reason: contained.reason };
    if (contained.path === "") return { kind: "refused", reason: "The path names the worktree itself; name a file." };
    const absolute = this.absolute(contained.path);
    let facts: FileFacts | undefined;
    for (const part of pathChain(contained.path)) {
      facts = await this.#providers.files.facts(this.absolute(part));
      if (facts === undefined) return { kind: "absent", path: contained.path, absolute };
      if (facts.kind === "link")
        return { kind: "refused", reason: `The path "${contained.path}" goes through the link "${part}"; edit the file that it points to by its own path.` };
      if (part !== contained.path && facts.kind !== "folder") return { kind: "refused", reason: `The path "${contained.path}" goes through "${part}", which is no folder.` };
    }
    if (facts === undefined) return { kind: "absent", path: contained.path, absolute };
    return { kind: "found", path: contained.path, absolute, facts };
  }

  /** Tracked and new files that git does not ignore, sorted; deleted ones may still be among them. Rejects as the git provider does. */
  async listFiles(signal: AbortSignal): Promise<readonly string[]> {
    const { stdout } = await this.#providers.git.run(["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: this.rootPath, signal, timeoutMs: gitTimeoutMs });
    return [...new Set(stdout.split("\0").filter((path) => path !== ""))].sort();
  }

  /** Folders that hold the repository, outside of the worktree where it is a linked one; empty where there is none. Asked once: `.git` is read-only for commands. */
  async repositoryPaths(signal: AbortSignal): Promise<readonly string[]> {
    if (this.#repositoryPaths === undefined) {
      const { exitCode, stdout } = await this.#providers.git.run(["rev-parse", "--path-format=absolute", "--git-dir", "--git-common-dir"], {
        cwd: this.rootPath,
        signal,
        timeoutMs: gitTimeoutMs,
        acceptExitCodes: [128],
      });
      this.#repositoryPaths = exitCode === 0 ? [...new Set(stdout.split("\n").filter((path) => path !== ""))] : [];
    }
    return this.#repositoryPaths;
  }

  /** Forgets what was seen of changes: between two turns the harness commits. */
  forgetChanges(): void {
    this.#stamps = undefined;
  }

  /** Must be called before a command so that `changesSince` has something to compare with. */
  async noteState(signal: AbortSignal): Promise<void> {
    this.#stamps ??= await this.#readStamps(signal);
  }

  /** Tells the comparison that these files were changed by us. */
  async noteOwnEdit(paths: readonly string[]): Promise<void> {
    for (const path of paths) this.#stamps?.set(path, await this.#stampOf(path));
  }

  /** Paths that changed since the last look, sorted; or why that is not known. */
  async changesSince(signal: AbortSignal): Promise<{ readonly kind: "paths"; readonly paths: readonly string[] } | { readonly kind: "unknown"; readonly reason: string }> {
    const before = this.#stamps ?? new Map<string, string>();
    try {
      const after = await this.#readStamps(signal);
      this.#stamps = after;
      const paths = [...new Set([...before.keys(), ...after.keys()])].filter((path) => before.get(path) !== after.get(path));
      return { kind: "paths", paths: paths.sort() };
    } catch (error) {
      if (isAbort(error)) throw error;
      return { kind: "unknown", reason: messageOf(error) };
    }
  }

  async #stampOf(path: string): Promise<string> {
    const facts = await this.#providers.files.facts(this.absolute(path));
    return facts === undefined ? "gone" : `${facts.kind} ${facts.sizeBytes} ${facts.modifiedMs} ${facts.mode}`;
  }

  async #readStamps(signal: AbortSignal): Promise<Map<string, string>> {
    const { stdout } = await this.#providers.git.run(["status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames"], {
      cwd: this.rootPath,
      env: { GIT_OPTIONAL_LOCKS: "0" },
      signal,
      timeoutMs: gitTimeoutMs,
    });
    const stamps = new Map<string, string>();
    for (const line of stdout.split("\0").filter((entry) => entry !== "").slice(0, dirtyFilesMax)) stamps.set(line.slice(3), await this.#stampOf(line.slice(3)));
    return stamps;
  }
}
