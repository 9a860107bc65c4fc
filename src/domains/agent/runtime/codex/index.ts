// The Codex driver: Codex's app-server in Inspan's sandbox, one process per turn. Door of this folder.
import { join } from "node:path";
import type { Providers } from "../../../../providers/index.ts";
import type { CodexConfig } from "../../config.ts";
import type { AgentDriver } from "../../types.ts";
import { warmGates } from "../gate-thread.ts";
import { installRemedy, isNewEnough, lookForCodex, readVersion } from "./find.ts";
import type { CodexDriverOptions } from "./options.ts";
import { codexCapabilities, openCodexSession } from "./session.ts";

export { openaiBaseUrl } from "./options.ts";
export type { CodexDriverOptions } from "./options.ts";

/** The driver as the configuration names it: the key from the environment, the login (where wanted) from the user's own Codex home. */
export function codexDriverOf(providers: Providers, config: CodexConfig, record: Pick<CodexDriverOptions, "isRecorded" | "replayPath"> = {}): AgentDriver {
  const { path, model, effort, price, login, baseUrl, network, allowedHosts } = config;
  return createCodexDriver({
    providers, path, model, effort, price, login, baseUrl, network, allowedHosts, ...record,
    apiKey: providers.secrets.fromEnvironment(config.apiKeyEnv ?? "OPENAI_API_KEY"),
    keyVariable: config.apiKeyEnv,
    userHomePath: join(providers.processes.environment()["HOME"] ?? "/", ".codex"),
  });
}

/** Starts nothing until it is asked. */
export function createCodexDriver(options: CodexDriverOptions): AgentDriver {
  return {
    name: "codex",
    capabilities: codexCapabilities,
    probe: async (signal) => {
      const found = await lookForCodex(options.providers, options.path);
      if (found === undefined) return { status: "missing", found: options.path === undefined ? "no codex on PATH" : `no codex at ${options.path}`, remedy: installRemedy };
      const version = await readVersion(options.providers, found, signal);
      if (version === undefined || !isNewEnough(version))
        return { status: "missing", found: `codex ${version ?? "of unknown version"} at ${found.programPath}`, remedy: installRemedy };
      const where = `codex ${version} at ${found.programPath}`;
      if (options.login === "user" && await options.providers.files.facts(join(options.userHomePath, "auth.json")) === undefined) {
        return { status: "missing", found: `${where}, not logged in`, remedy: "codex login" };
      }
      if (options.login === "own-home" && options.baseUrl === undefined && options.apiKey === undefined) {
        return { status: "missing", found: `${where}, no key`, remedy: "export OPENAI_API_KEY=… (or: codex login, with agents.codex.login: user)" };
      }
      return { status: "ok", found: where };
    },
    load: warmGates,
    open: (spec) => openCodexSession(options, spec),
  };
}
