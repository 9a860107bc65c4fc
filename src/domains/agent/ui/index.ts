// What the agent domain contributes: its configuration and one probe per driver. Loads a driver only when its probe runs.
import type { Contribution, Probe } from "../../../providers/index.ts";
import { agentsSection, agentsWithEnvironment, driverNames } from "../config.ts";
import type { DriverName } from "../config.ts";

function driverProbe(name: DriverName): Probe {
  return {
    name: `agent ${name}`,
    run: async (context) => {
      const config = agentsWithEnvironment((await context.loadConfiguration(context.cwd)).read(agentsSection), context.env);
      const { availableDrivers, createDriver } = await import("../runtime/index.ts");
      if (!availableDrivers.includes(name)) return { status: "warning", found: "not part of this version" };
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
  probes: driverNames.map(driverProbe),
};
