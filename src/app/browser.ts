// The short way of `inspan browser …`: one question to the daemon, without schemas, configuration or any other domain. Loaded by main.ts.
import { askBrowser, type BrowserAnswer, browserVerbs, findSite, startBrowserDaemon } from "../domains/browser/runtime/index.ts";
import { nodeFiles } from "../providers/node/files.ts";
import { startTimeOf } from "../providers/node/process-table.ts";
import type { ParsedCommandLine } from "./command-line.ts";
import { programs } from "./programs.ts";
import { stateFolder } from "./state-folder.ts";

/** Undefined where the usual way has to take over: a verb that is more than a question, or a configuration that has to be read. */
export async function askQuickly(
  line: ParsedCommandLine,
  given: { readonly cwd: string; readonly callerPath: string; readonly version: string; readonly signal: AbortSignal },
): Promise<BrowserAnswer | undefined> {
  const verb = browserVerbs.find((one) => `browser/${one}` === line.operation.name);
  if (verb === undefined || (verb === "record" && ("proves" in line.input || "asJourney" in line.input))) return undefined;
  const statePath = stateFolder(process.env);
  const { rootPath, key, stamp } = await findSite(nodeFiles, { cwd: given.cwd, statePath });
  if (stamp === undefined) return undefined;
  const start = async () => {
    const { createNodeProcesses } = await import("../providers/node/processes.ts");
    return startBrowserDaemon({ processes: createNodeProcesses(), statePath, version: given.version, program: programs.browserDaemon, env: process.env });
  };
  const chrome = process.env["INSPAN_CHROME"];
  return askBrowser(
    { statePath, signal: given.signal, start, isAlive: (pid) => startTimeOf(pid) !== undefined },
    { version: given.version, verb, rootPath, key, stamp, callerPath: given.callerPath, input: line.input, ...(chrome ? { chrome } : {}) },
  );
}
