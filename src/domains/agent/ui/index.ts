// What the agent domain contributes: its configuration and one probe per driver. Loads a driver only when its probe runs.
import type { Contribution, Probe } from "../../../providers/index.ts";
import { agentsSection, agentsWithEnvironment, commandAgents, driverNames } from "../config.ts";
import type { DriverName } from "../config.ts";
import type { AgentDriver } from "../types.ts";

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

type Found = Awaited<ReturnType<AgentDriver["probe"]>>;

/** One row for all agents of the repository's own: a broken one is only worth more than a warning where tasks use it. */
export function judgeOwnAgents(asked: readonly (Found & { readonly name: string })[], used: string): Awaited<ReturnType<Probe["run"]>> {
  const missing = asked.filter(({ status }) => status === "missing");
  const found = asked.map((one) => `${one.name}: ${one.found}`).join("; ");
  const remedy = (missing.find(({ name }) => name === used) ?? missing[0])?.remedy;
  if (missing.length === 0) return { status: "ok", found };
  return { status: missing.some(({ name }) => name === used) ? "missing" : "warning", found, ...(remedy === undefined ? {} : { remedy }) };
}

const ownAgentsProbe: Probe = {
  name: "agents of your own",
  run: async (context) => {
    const config = agentsWithEnvironment((await context.loadConfiguration(context.cwd)).read(agentsSection), context.env);
    const names = [...commandAgents(config).keys()];
    if (names.length === 0) return { status: "ok", found: "none in inspan.yaml" };
    const { createDriver } = await import("../runtime/index.ts");
    const asked = await Promise.all(names.map(async (name) => ({ name, ...await (await createDriver(name, context.providers, config)).probe(context.signal) })));
    return judgeOwnAgents(asked, config.default);
  },
};

export const contribution: Contribution = {
  domain: "agent",
  operations: [],
  configSections: [agentsSection],
  probes: [...driverNames.map(driverProbe), ownAgentsProbe],
};
