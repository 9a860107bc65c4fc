// The repository's own template of a pull request, where forges look for it.
import type { Git } from "../../../providers/index.ts";

const paths = [".github/pull_request_template.md", ".github/PULL_REQUEST_TEMPLATE.md", "pull_request_template.md", "PULL_REQUEST_TEMPLATE.md", "docs/pull_request_template.md", ".gitlab/merge_request_templates/Default.md"];

/** The first that is there at the commit; undefined where there is none. */
export async function readTemplate(options: { readonly git: Git; readonly cwd: string; readonly commit: string }): Promise<{ readonly path: string; readonly text: string } | undefined> {
  const { git, cwd, commit } = options;
  for (const path of paths) {
    const found = await git.run(["cat-file", "blob", `${commit}:${path}`], { cwd, acceptExitCodes: [128] });
    if (found.exitCode === 0) return { path, text: found.stdout };
  }
  return undefined;
}
