// Door of the agent domain for later domains' runtime and ui: a driver by its name.
import { InspanError } from "../../../base/errors.ts";
import type { Providers } from "../../../providers/index.ts";
import { commandAgents, driverNames } from "../config.ts";
import { acpClients } from "../service/acp/profiles.ts";
import type { AgentsConfig } from "../config.ts";
import type { CapabilityRecord } from "../service/capability-table.ts";
import type { AgentDriver } from "../types.ts";
import type * as gateThread from "./gate-thread.ts";

export type { AgentDriver, AgentSession, AgentTool, EditGuard, RunningTurn, SessionId, SessionSpec, TurnInput, TurnResult } from "../types.ts";

export { agentTable, callOperation, operationTools, operationToolsMax, toolNameOf, toolSchemaOf } from "./operation-tools.ts";

/** What each driver can do, for people. */
export const capabilityRecords = async (): Promise<readonly CapabilityRecord[]> => (await import("./capabilities.ts")).capabilityRecords;

/** A gate in the thread of all gates, loaded when a session needs one. */
export const openThreadGate: typeof gateThread.openThreadGate = async (spec, answers) => (await import("./gate-thread.ts")).openThreadGate(spec, answers);

type DriverMaker = (providers: Providers, config: AgentsConfig) => Promise<AgentDriver>;

// Each driver is loaded when it is asked for.
const driverMakers: ReadonlyMap<string, DriverMaker> = new Map<string, DriverMaker>([
  ["builtin", async (providers, config) => (await import("./builtin/driver.ts")).createBuiltinDriver(providers, config.builtin, recordOf(config))],
  ["codex", async (providers, config) => (await import("./codex/index.ts")).codexDriverOf(providers, config.codex, recordOf(config))],
  ...acpClients.map(
    (client) =>
      [
        client,
        async (providers: Providers, config: AgentsConfig) => (await import("./acp/index.ts")).acpDriverOf(providers, client, config[client], recordOf(config)),
      ] as const,
  ),
]);

function recordOf(config: AgentsConfig): { readonly isRecorded: boolean; readonly replayPath: string | undefined } {
  return { isRecorded: config.record, replayPath: config.replay };
}

/** Names that `createDriver` takes, sorted. */
export const availableDrivers: readonly string[] = driverNames.filter((name) => driverMakers.has(name));

/** The driver of that name; starts nothing. Rejects with AGENT_UNKNOWN and the known names. */
export async function createDriver(name: string, providers: Providers, config: AgentsConfig): Promise<AgentDriver> {
  const make = driverMakers.get(name);
  if (make !== undefined) return make(providers, config);
  const commands = commandAgents(config);
  const command = commands.get(name);
  if (command !== undefined) return (await import("./command/driver.ts")).createCommandDriver({ name, providers, config: command, ...recordOf(config) });
  const names = [...availableDrivers, ...commands.keys()];
  throw new InspanError("AGENT_UNKNOWN", `Cannot start the agent "${name}": there is no such driver, expected one of ${names.join(", ")}.`, {
    kind: "usage",
    remedy: `Use --agent ${names.join(" or --agent ")}.`,
  });
}
