// Puts providers, configuration and the caller's surroundings together into the context that operations run in.
import type { Configuration, ConfigSection } from "../base/config-section.ts";
import { createNodeProviders } from "../providers/node/index.ts";
import type { AnyOperation, OperationContext, Providers } from "../providers/index.ts";
import { contributions, loadContributions } from "./contributions.ts";
import { readConfigurationText } from "./configuration-file.ts";
import type { Shutdown } from "./shutdown.ts";
import { packageVersion, programs } from "./programs.ts";
import { stateFolder } from "./state-folder.ts";

export { packageVersion } from "./programs.ts";

type Env = Readonly<Record<string, string | undefined>>;

export async function configSections(): Promise<readonly ConfigSection[]> {
  return (await loadContributions()).flatMap((contribution) => contribution.configSections);
}

export interface ContextOptions {
  readonly cwd: string;
  /** The shell's folder where it is another than `cwd`. */
  readonly callerPath?: string;
  readonly env: Env;
  readonly shutdown: Shutdown;
  readonly readStdin: () => Promise<string | undefined>;
  readonly progress: (line: string) => void;
  readonly emit: OperationContext["emit"];
  /** Shared by a server's many calls; made anew for a command. */
  readonly providers?: Providers;
}

export async function createContext(options: ContextOptions): Promise<OperationContext> {
  const statePath = stateFolder(options.env);
  const version = packageVersion();
  const providers = options.providers ?? createNodeProviders({ env: options.env, statePath, version });
  if (!options.providers) {
    options.shutdown.onClose(() => providers.processes.stopAll());
    options.shutdown.onKill(() => providers.processes.killAll());
  }
  // Every domain's schemas come with it, so it loads with the first file that is read: many commands read none.
  let last: { readonly text: string | undefined; readonly path: string; readonly configuration: Configuration } | undefined;
  const parse = async (text: string | undefined, path: string): Promise<Configuration> => {
    if (last?.text === text && last?.path === path) return last.configuration; // the checkout's and the base's are the same text nearly always
    const [{ parseConfiguration }, sections] = await Promise.all([import("./configuration.ts"), configSections()]);
    const configuration = parseConfiguration({ text, path, sections });
    last = { text, path, configuration };
    return configuration;
  };
  return {
    providers, statePath, version, programs,
    cwd: options.cwd, callerPath: options.callerPath ?? options.cwd,
    signal: options.shutdown.signal,
    env: options.env,
    readStdin: options.readStdin,
    loadConfiguration: async (rootPath) => parse(await readConfigurationText(providers.files, rootPath), "inspan.yaml"),
    parseConfiguration: parse,
    progress: options.progress,
    emit: options.emit,
    contributions: loadContributions,
  };
}

/** The operation of this name, loaded with its domain. */
export async function loadOperation(domain: string, name: string): Promise<AnyOperation> {
  const contribution = await contributions[domain]?.();
  const operation = contribution?.operations.find((candidate) => candidate.name === name);
  if (!operation) throw new Error(`BUG: expected operation "${name}" in domain "${domain}"; the manifest is older than the code, run: npm run generate`);
  return operation;
}
