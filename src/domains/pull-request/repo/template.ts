// The repository's own template of a pull request, where forges look for it.
import type { Git } from "../../../providers/index.ts";

// In the order in which forges look; the case of the name is nobody's business.
const folders = [".github/", "", "docs/", ".gitlab/merge_request_templates/"] as const;
const nameIn = (folder: string): string => (folder.startsWith(".gitlab") ? "default.md" : "pull_request_template.md");

/** The first that is there at the commit; undefined where there is none. */
export async function readTemplate(options: {
  readonly git: Git;
  readonly cwd: string;
  readonly commit: string;
}): Promise<{ readonly path: string; readonly text: string } | undefined> {
  const { git, cwd, commit } = options;
  for (const folder of folders) {
    const listed = await git.run(["ls-tree", "-z", "--name-only", "--full-tree", commit, ...(folder === "" ? [] : ["--", folder])], { cwd });
    const path = listed.stdout.split("\0").find((one) => one.toLowerCase() === `${folder}${nameIn(folder)}`);
    if (path === undefined) continue;
    const found = await git.run(["cat-file", "blob", `${commit}:${path}`], { cwd, acceptExitCodes: [128] });
    if (found.exitCode === 0) return { path, text: found.stdout };
  }
  return undefined;
}
