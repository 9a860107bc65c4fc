// A bare origin with clones of it in a temporary folder, and real providers, for tests of everything that pushes.
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createNodeProviders } from "../../src/providers/node/index.ts";
import type { Providers } from "../../src/providers/index.ts";
import type { Repository } from "../../src/domains/worktree/index.ts";
import { openRepository } from "../../src/domains/worktree/runtime/index.ts";

// Nothing of the machine's git configuration may decide a test.
const gitEnv = {
  ...process.env,
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_AUTHOR_NAME: "Ada",
  GIT_AUTHOR_EMAIL: "ada@example.org",
  GIT_COMMITTER_NAME: "Ada",
  GIT_COMMITTER_EMAIL: "ada@example.org",
};

export interface Clone {
  readonly path: string;
  readonly repository: Repository;
  git(...args: readonly string[]): string;
  /** Writes files and commits them on a branch that starts at `from`; the checkout comes back to main. Gives the commit. */
  commitOn(branch: string, files: Readonly<Record<string, string>>, from?: string): string;
}

export interface BareRemote {
  readonly path: string;
  readonly originPath: string;
  readonly providers: Providers;
  origin(...args: readonly string[]): string;
  clone(name: string): Promise<Clone>;
  /** Installs a hook, for example "pre-receive", in the origin or in a clone. */
  hook(gitPath: string, name: string, script: string): void;
  dispose(): Promise<void>;
}

function git(cwd: string, args: readonly string[]): string {
  return execFileSync("git", args, { cwd, env: gitEnv, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
}

function writeAll(root: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
}

/** An origin whose main holds `files` in one commit. */
export async function createBareRemote(files: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}): Promise<BareRemote> {
  const path = realpathSync(mkdtempSync(join(tmpdir(), "inspan-remote-")));
  const statePath = join(path, "state");
  const originPath = join(path, "origin.git");
  git(path, ["init", "--quiet", "--bare", "-b", "main", originPath]);
  const seed = join(path, "seed");
  git(path, ["clone", "--quiet", originPath, seed]);
  writeAll(seed, files);
  git(seed, ["checkout", "--quiet", "-B", "main"]);
  git(seed, ["add", "-A"]);
  git(seed, ["commit", "--quiet", "-m", "start"]);
  git(seed, ["push", "--quiet", "origin", "main"]);
  const providers = createNodeProviders({ env: { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1", ...env }, statePath, version: "0.0.0-test" });
  return {
    path, originPath, providers,
    origin: (...args) => git(originPath, args),
    hook: (gitPath, name, script) => {
      const hookPath = join(gitPath, "hooks", name);
      mkdirSync(dirname(hookPath), { recursive: true });
      writeFileSync(hookPath, `#!/bin/sh\n${script}\n`);
      chmodSync(hookPath, 0o755);
    },
    clone: async (name) => {
      const clonePath = join(path, name);
      git(path, ["clone", "--quiet", originPath, clonePath]);
      const repository = await openRepository({ providers, cwd: clonePath, statePath: join(statePath, name) });
      return {
        path: clonePath, repository,
        git: (...args) => git(clonePath, args),
        commitOn: (branch, changed, from = "origin/main") => {
          git(clonePath, ["checkout", "--quiet", "-B", branch, from]);
          writeAll(clonePath, changed);
          git(clonePath, ["add", "-A"]);
          git(clonePath, ["commit", "--quiet", "-m", `change ${branch}`]);
          const commit = git(clonePath, ["rev-parse", "HEAD"]);
          git(clonePath, ["checkout", "--quiet", "main"]);
          return commit;
        },
      };
    },
    dispose: async () => { await providers.processes.stopAll(); rmSync(path, { recursive: true, force: true, maxRetries: 3 }); },
  };
}
