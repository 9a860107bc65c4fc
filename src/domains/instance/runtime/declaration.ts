// Reads what inspan.yaml of a worktree declares for its instance. Decides nothing.
import { homedir } from "node:os";
import { resolve } from "node:path";
import type { OperationContext } from "../../../providers/index.ts";
import { envSection, resourcesSection, seedSection, servicesSection, shareSection, workloadsSection } from "../config/index.ts";
import type { Declaration } from "../service/plan.ts";

/** Rejects with CONFIG_INVALID. */
export async function readDeclaration(context: Pick<OperationContext, "loadConfiguration" | "env">, rootPath: string): Promise<Declaration> {
  const configuration = await context.loadConfiguration(rootPath);
  const home = context.env["HOME"] ?? homedir();
  return {
    services: configuration.read(servicesSection), env: configuration.read(envSection), seed: configuration.read(seedSection),
    resources: configuration.read(resourcesSection), workloads: configuration.read(workloadsSection),
    share: configuration.read(shareSection).map((path) => resolve(rootPath, path.replace(/^~(?=\/|$)/, home))),
  };
}
