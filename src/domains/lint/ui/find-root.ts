// Where the repository begins that a command is about.
import { dirname, join } from "node:path";
import type { OperationContext } from "../../../providers/index.ts";

/** The nearest folder with an inspan.yaml, but not above the repository that the caller stands in; without either, where the caller stands. */
export async function findRoot(context: OperationContext): Promise<string> {
  for (let folder = context.cwd; ; folder = dirname(folder)) {
    for (const marker of ["inspan.yaml", ".git"]) {
      if (await context.providers.files.facts(join(folder, marker)) !== undefined) return folder;
    }
    if (dirname(folder) === folder) return context.cwd;
  }
}
