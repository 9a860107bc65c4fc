// Reads what the repository itself tells agents, at the commit that the work began from: an agent cannot rewrite its own instructions. Knows no client.
import type { Providers } from "../../../providers/index.ts";
import type { SessionSpec } from "../types.ts";

const mapNames = ["AGENTS.md", "CLAUDE.md", "GEMINI.md"] as const;

/** The map of the repository; undefined where it has none, or where there is no repository. */
export async function readProjectMap(providers: Pick<Providers, "git">, spec: SessionSpec): Promise<string | undefined> {
  for (const name of mapNames) {
    const shown = await providers.git.run(["show", `${spec.baseCommit ?? "HEAD"}:${name}`], { cwd: spec.worktreePath, acceptExitCodes: [128], signal: spec.signal });
    if (shown.exitCode === 0) return shown.stdout;
  }
  return undefined;
}
