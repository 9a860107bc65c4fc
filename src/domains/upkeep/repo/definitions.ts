// What a repository says about its upkeep at a commit: principles, lessons, the tracker. Reads git; decides nothing.
import { fileURLToPath } from "node:url";
import type { Files, Git } from "../../../providers/index.ts";

/** From src and from dist the same number of folders up. */
const templatePath = fileURLToPath(new URL("../../../../templates/init/docs/golden-principles.md", import.meta.url));
/** A folder of more pages is not a list of principles. */
const pagesMax = 50;

interface At { readonly git: Git; readonly cwd: string; readonly commit: string; readonly signal?: AbortSignal }

/** Undefined where the commit has no such file. */
export async function readAt({ git, cwd, commit, signal }: At, path: string): Promise<string | undefined> {
  const result = await git.run(["cat-file", "blob", `${commit}:${path}`], { cwd, acceptExitCodes: [128], ...(signal ? { signal } : {}) });
  return result.exitCode === 0 ? result.stdout : undefined;
}

/** A page, or the pages of a folder, sorted; ours where the repository has none. */
export async function readPages(at: At & { readonly files: Files }, path: string): Promise<readonly { readonly file: string; readonly text: string; readonly isOurs: boolean }[]> {
  const listed = await at.git.text(["-c", "core.quotePath=false", "ls-tree", "-r", "--name-only", "-z", at.commit, "--", path], { cwd: at.cwd });
  const names = listed.split("\0").filter((name) => name.endsWith(".md")).sort().slice(0, pagesMax);
  const pages = await Promise.all(names.map(async (file) => ({ file, text: await readAt(at, file) ?? "", isOurs: false })));
  return pages.length > 0 ? pages : [{ file: path, text: await at.files.readText(templatePath) ?? "", isOurs: true }];
}
