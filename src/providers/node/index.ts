// All real providers, put together once; imported by src/app and by tests only.
import { join } from "node:path";
import type { Providers } from "../index.ts";
import { createNodeClock } from "./clock.ts";
import { nodeDatabases } from "./database.ts";
import { nodeFiles } from "./files.ts";
import { createNodeGit } from "./git.ts";
import { createNodeLog } from "./log.ts";
import { createNodeProcessRecords } from "./process-records.ts";
import { createNodeProcesses } from "./processes.ts";
import { nodeRandom } from "./random.ts";
import { createNodeSandbox } from "./sandbox/index.ts";
import { createNodeSecrets } from "./secrets.ts";

export interface NodeProvidersOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** $INSPAN_HOME, absolute. */
  readonly statePath: string;
  readonly version: string;
  /** Where sandboxes lay what they need outside; the system's temporary folder unless told. */
  readonly scratchPath?: string;
}

/** Starts nothing and touches no file until a provider is used. */
export function createNodeProviders(options: NodeProvidersOptions): Providers {
  const clock = createNodeClock(options.env);
  const secrets = createNodeSecrets(options.env);
  const processes = createNodeProcesses({ env: options.env });
  const { log, telemetry } = createNodeLog(join(options.statePath, "logs"), secrets);
  return {
    clock,
    random: nodeRandom,
    files: nodeFiles,
    processes,
    sandbox: createNodeSandbox({ processes, env: options.env, statePath: options.statePath, ...(options.scratchPath === undefined ? {} : { scratchPath: options.scratchPath }) }),
    git: createNodeGit({ processes, env: options.env }),
    databases: nodeDatabases,
    log,
    telemetry,
    secrets,
    processRecords: createNodeProcessRecords({ folder: join(options.statePath, "processes"), version: options.version, files: nodeFiles, processes, clock }),
  };
}
