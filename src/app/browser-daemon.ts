// Entry of the browser daemon. Arguments: one JSON object. Loads no command line and no YAML.
import nodeModule from "node:module";

nodeModule.enableCompileCache?.();

const given = JSON.parse(process.argv[2] ?? "{}") as { readonly home: string; readonly version: string }; // written by our own commands, of the same version
const [{ createNodeProviders }, { runBrowserDaemon }, { readOrigins }] = await Promise.all([
  import("../providers/node/index.ts"),
  import("../domains/browser/runtime/index.ts"),
  import("../domains/instance/runtime/index.ts"),
]);
// The driver keeps profiles in the system's temporary folder; ours is emptied at each start.
process.env["TMPDIR"] = `${given.home}/browser/scratch`;
const stopping = new AbortController();
const providers = createNodeProviders({ env: process.env, statePath: given.home, version: given.version });
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => stopping.abort());
// The driver rejects promises that nobody holds when a page goes in the middle of a call; one page must not end all others.
process.on("unhandledRejection", (error) => { process.stderr.write(`unhandled: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`); });
try {
  const end = await runBrowserDaemon({
    providers, env: process.env, statePath: given.home, version: given.version, signal: stopping.signal,
    instanceOrigins: (rootPath) => readOrigins({ providers, statePath: given.home, cwd: rootPath, signal: stopping.signal }),
  });
  providers.log.info("browser.ended", { reason: end });
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 3;
}
await providers.processes.stopAll();
process.exit();
