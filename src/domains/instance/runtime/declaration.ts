// Reads what inspan.yaml of a worktree declares for its instance. Decides nothing.
import { resolve } from "node:path";
import { InspanError, messageOf } from "../../../base/errors.ts";
import type { Configuration } from "../../../base/config-section.ts";
import type { OperationContext } from "../../../providers/index.ts";
import { envSection, resourcesSection, seedSection, servicesSection, shareSection, workloadsSection } from "../config/index.ts";
import { telemetrySection } from "../../telemetry/index.ts";
import { homeOf } from "../repo/plan-file.ts";
import type { Declaration } from "../service/plan.ts";

/** The expressions of `ready: { log }`; RE2 is loaded where there is one. */
async function checkPatterns(configuration: Configuration): Promise<void> {
  const patterns = Object.entries(configuration.read(servicesSection)).flatMap(([name, { ready }]) =>
    ready !== undefined && "log" in ready ? [{ name, pattern: ready.log }] : [],
  );
  if (patterns.length === 0) return;
  const { RE2JS } = await import("re2js");
  for (const { name, pattern } of patterns) {
    try { RE2JS.compile(pattern); } catch (error) {
      const line = configuration.lineOf?.(["services", name, "ready", "log"]) ?? 1;
      throw new InspanError(
        "SERVICES_INVALID",
        `Cannot start the services: inspan.yaml:${line} services.${name}.ready.log: ${messageOf(error)}, expected a regular expression of RE2 (no look-around, no back references).`,
        { kind: "usage", remedy: `edit inspan.yaml:${line}, then run: inspan up` },
      );
    }
  }
}

/** Rejects with CONFIG_INVALID, SERVICES_INVALID. */
export async function readDeclaration(context: Pick<OperationContext, "loadConfiguration" | "env">, rootPath: string): Promise<Declaration> {
  const configuration = await context.loadConfiguration(rootPath);
  await checkPatterns(configuration);
  const home = homeOf(context.env);
  return {
    services: configuration.read(servicesSection), env: configuration.read(envSection), seed: configuration.read(seedSection),
    hasTelemetry: configuration.read(telemetrySection).isOn, resources: configuration.read(resourcesSection), workloads: configuration.read(workloadsSection),
    share: configuration.read(shareSection).map((path) => resolve(rootPath, path.replace(/^~(?=\/|$)/, home))),
  };
}
