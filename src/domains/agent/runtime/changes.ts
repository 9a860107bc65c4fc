// Tells which files of a worktree changed since it was last asked, by git's status and the files' own times. Knows no agent.
import { join } from "node:path";
import { mapBounded } from "../../../base/async.ts";
import type { Providers } from "../../../providers/index.ts";

const pathsMax = 2_000; // above it a command made a build folder that nobody ignores; looking at each file would take seconds

/** Remembers the state of all files that differ from the last commit. */
export class ChangeWatch {
  readonly #providers: Providers;
  readonly #worktreePath: string;
  #seen = new Map<string, string>();

  constructor(providers: Providers, worktreePath: string) {
    this.#providers = providers;
    this.#worktreePath = worktreePath;
  }

  /** Paths that differ from the state of the last call, sorted; a file that went back to its commit counts too. Empty where there is no repository. */
  async takeChanges(): Promise<readonly string[]> {
    const now = await this.#look();
    const changed = [...now].filter(([path, mark]) => this.#seen.get(path) !== mark).map(([path]) => path);
    const restored = [...this.#seen.keys()].filter((path) => !now.has(path));
    this.#seen = now;
    return [...changed, ...restored].sort();
  }

  async #look(): Promise<Map<string, string>> {
    const status = await this.#providers.git.run(["status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames"], { cwd: this.#worktreePath, acceptExitCodes: [128] });
    if (status.exitCode !== 0) return new Map();
    const paths = status.stdout.split("\0").filter((entry) => entry.length > 3).map((entry) => entry.slice(3)).slice(0, pathsMax);
    const marks = await mapBounded(paths, 16, async (path) => {
      const facts = await this.#providers.files.facts(join(this.#worktreePath, path));
      return [path, facts === undefined ? "gone" : `${facts.sizeBytes} ${facts.modifiedMs} ${facts.mode}`] as const;
    });
    return new Map(marks);
  }
}
