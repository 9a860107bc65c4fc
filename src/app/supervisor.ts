// Entry of the resident process that keeps one worktree's application up. Arguments: one JSON object. Loads no command line, no schema, no YAML.
import nodeModule from "node:module";
import v8 from "node:v8";

// The young generation stays small: there may be a supervisor for each worktree, and all but the busy one wait.
v8.setFlagsFromString("--semi-space-growth-factor=1");
nodeModule.enableCompileCache?.();

interface Arguments {
  readonly home: string;
  readonly version: string;
  readonly worktreePath: string;
  readonly repositoryPath: string;
  readonly key: string;
  readonly branch?: string;
  readonly isUnsandboxed: boolean;
  readonly userHome: string;
  readonly begin?: { readonly isFresh: boolean; readonly restart: readonly string[]; readonly hasTelemetry: boolean };
}

const given = JSON.parse(process.argv[2] ?? "{}") as Arguments; // written by runtime/reach-supervisor.ts of the same version
const [{ createNodeProviders }, { placesOf, superviseInstance }] = await Promise.all([import("../providers/node/index.ts"), import("../domains/instance/runtime/index.ts")]);
const stopping = new AbortController();
const providers = createNodeProviders({ env: process.env, statePath: given.home, version: given.version, scratchPath: (await placesOf(given.home, given.key)).scratchPath });
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => stopping.abort());
try {
  await superviseInstance({ ...given, providers, branch: given.branch, signal: stopping.signal });
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 3;
}
await providers.processes.stopAll();
process.exit();
