// The drivers of the Agent Client Protocol: one client of the protocol, a profile for each agent. Door of this folder.
import type { Providers } from "../../../../providers/index.ts";
import { acpProfiles } from "../../service/acp/profiles.ts";
import type { AcpClient } from "../../service/acp/profiles.ts";
import type { TwoModelConfig } from "../../config.ts";
import type { AgentDriver } from "../../types.ts";
import { warmGates } from "../gate-thread.ts";
import { lookForProgram } from "../client-program.ts";
import type { AcpDriverOptions } from "./options.ts";
import { acpCapabilities, installRemedy, openAcpSession } from "./session.ts";

export type { AcpDriverOptions } from "./options.ts";

/** The driver as the configuration names it: the key from the environment, the login (where wanted) from the user's own home. */
export function acpDriverOf(
  providers: Providers,
  client: AcpClient,
  config: TwoModelConfig,
  record: { readonly isRecorded: boolean; readonly replayPath: string | undefined },
): AgentDriver {
  const { path, model, price, smallModel, login, baseUrl, allowedHosts } = config;
  return createAcpDriver({
    providers, client, path, model, price, smallModel, login, baseUrl, allowedHosts, ...record,
    apiKey: providers.secrets.fromEnvironment(config.apiKeyEnv ?? acpProfiles[client].keyVariable),
    keyVariable: config.apiKeyEnv,
    userHomePath: providers.processes.environment()["HOME"] ?? "/",
  });
}

/** Starts nothing until it is asked. */
export function createAcpDriver(options: AcpDriverOptions): AgentDriver {
  const profile = acpProfiles[options.client];
  return {
    name: options.client,
    capabilities: acpCapabilities(profile, options.login),
    probe: async () => {
      const programs = await Promise.all(
        [profile.program, ...profile.companions].map(async (name) => ({
          name,
          found: await lookForProgram(options.providers, name, name === profile.program ? options.path : undefined),
        })),
      );
      const missing = programs.find(({ found }) => found === undefined);
      if (missing !== undefined)
        return {
          status: "missing",
          found: options.path === undefined ? `no ${missing.name} on PATH` : `no ${missing.name} at ${options.path}`,
          remedy: installRemedy(profile),
        };
      const where = `${profile.title} at ${programs[0]?.found?.command.at(-1) ?? ""}`;
      if (options.login === "own-home" && options.baseUrl === undefined && options.apiKey === undefined)
        return { status: "missing", found: `${where}, no key`, remedy: `export ${profile.keyVariable}=… (or agents.${options.client}.login: user)` };
      if (options.login === "user" && (await options.providers.files.facts(`${options.userHomePath}/${profile.login.from}`)) === undefined)
        return { status: "missing", found: `${where}, not logged in`, remedy: `log in with ${profile.title} itself` };
      return { status: "ok", found: where };
    },
    load: warmGates,
    open: (spec) => openAcpSession(options, spec),
  };
}
