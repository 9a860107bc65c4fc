// Where the repository begins that a command is about. Loads nothing.
import { dirname, join } from "node:path";
import type { Files } from "../../../providers/index.ts";

/** The nearest folder with an inspan.yaml, but not above the repository that the caller stands in; without either, where the caller stands. */
export async function findRootFolder(files: Pick<Files, "facts">, cwd: string): Promise<string> {
  for (let folder = cwd; ; folder = dirname(folder)) {
    for (const marker of ["inspan.yaml", ".git"]) {
      if (await files.facts(join(folder, marker)) !== undefined) return folder;
    }
    if (dirname(folder) === folder) return cwd;
  }
}
