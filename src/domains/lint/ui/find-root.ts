// Where the repository begins that a command is about.
import type { OperationContext } from "../../../providers/index.ts";

export async function findRoot(context: OperationContext): Promise<string> {
  const { findRootFolder } = await import("../runtime/find-root.ts");
  return findRootFolder(context.providers.files, context.cwd);
}
