// What the agent domain contributes: its configuration and one probe per driver. Loads a driver only when its probe runs.
import type { Contribution, Probe } from "../../../providers/index.ts";
import { agentsSection, agentsWithEnvironment } from "../config.ts";
import { availableDrivers } from "../runtime/index.ts";

function driverProbe(name: string): Probe {
  return {
    name: `agent ${name}`,
    run: async (context) => {
      const config = agentsWithEnvironment((await context.loadConfiguration(context.cwd)).read(agentsSection), context.env);
      const { createDriver } = await import("../runtime/index.ts");
      const driver = await createDriver(name, context.providers, config);
      const result = await driver.probe(context.signal);
      // A driver that nobody chose may be absent.
      return result.status === "missing" && config.default !== name ? { ...result, status: "warning" } : result;
    },
  };
}

export const contribution: Contribution = {
  domain: "agent",
  operations: [],
  configSections: [agentsSection],
  probes: availableDrivers.map(driverProbe),
};
