// Reads what inspan.yaml of a worktree declares for its instance. Decides nothing.
import { resolve } from "node:path";
import type { OperationContext } from "../../../providers/index.ts";
import { envSection, resourcesSection, seedSection, servicesSection, shareSection, workloadsSection } from "../config/index.ts";
import { telemetrySection } from "../../telemetry/index.ts";
import { homeOf } from "../repo/plan-file.ts";
import type { Declaration } from "../service/plan.ts";

/** Rejects with CONFIG_INVALID. */
export async function readDeclaration(context: Pick<OperationContext, "loadConfiguration" | "env">, rootPath: string): Promise<Declaration> {
  const configuration = await context.loadConfiguration(rootPath);
  const home = homeOf(context.env);
  return {
    services: configuration.read(servicesSection), env: configuration.read(envSection), seed: configuration.read(seedSection),
    hasTelemetry: configuration.read(telemetrySection).isOn, resources: configuration.read(resourcesSection), workloads: configuration.read(workloadsSection),
    share: configuration.read(shareSection).map((path) => resolve(rootPath, path.replace(/^~(?=\/|$)/, home))),
  };
}
