// `inspan check` where nothing has changed since the last one: the answer of then, without loading schemas, rules or a parser.
import { resolve } from "node:path";
import { checkAlone, findRootFolder, listAllFiles, recallReport, renderReport } from "../domains/lint/runtime/quick.ts";
import { nodeClock } from "../providers/node/clock.ts";
import { nodeFiles } from "../providers/node/files.ts";
import { createNodeGit } from "../providers/node/git.ts";
import { createNodeProcesses } from "../providers/node/processes.ts";

/** As many files as a check answers alone. */
const filesMax = 20;

export interface QuickAnswer { readonly isFailed: boolean; /** JSON of the report. */ readonly json: string; /** As a person reads it. */ text(): string }

export interface QuickQuestion {
  readonly cwd: string;
  readonly statePath: string;
  /** What the command line says, as fields of the operation's input. */
  readonly input: Readonly<Record<string, unknown>>;
}

/** Undefined where a part of the repository is asked for, or where a check has to be run; whatever is wrong is said by that check. */
export async function quickCheck({ cwd, statePath, input }: QuickQuestion): Promise<QuickAnswer | undefined> {
  const answered = await askForFiles(cwd, input) ?? await checkFiles(cwd, statePath, input);
  if (answered !== undefined) return answered;
  const isWhole = Object.entries(input).every(
    ([key, value]) => key === "format" || key === "daemon" || value === undefined || value === false || (Array.isArray(value) && value.length === 0),
  );
  if (!isWhole) return undefined;
  const processes = createNodeProcesses();
  try {
    const startedMs = nodeClock.monotonicMs();
    const providers = { files: nodeFiles, clock: nodeClock, git: createNodeGit({ processes }) };
    const kept = await recallReport({ providers, statePath, rootPath: await findRootFolder(nodeFiles, cwd) });
    if (kept === undefined) return undefined;
    // The time is the last field, and the only one that is not of then.
    const json = kept.json.replace(/"durationMs":[\d.]+\}$/, `"durationMs":${Math.round(nodeClock.monotonicMs() - startedMs)}}`);
    return answerOf(json, kept.isFailed);
  } catch {
    return undefined;
  } finally {
    await processes.stopAll();
  }
}

function answerOf(json: string, isFailed: boolean): QuickAnswer {
  return { isFailed, json, text: () => renderReport(JSON.parse(json) as Report) }; // written by this version's check
}

type Report = Parameters<typeof renderReport>[0];

/** Single files are checked here where an earlier check has parsed the configuration. */
async function checkFiles(cwd: string, statePath: string, input: Readonly<Record<string, unknown>>): Promise<QuickAnswer | undefined> {
  const paths = filesOf(input);
  if (paths === undefined) return undefined;
  const rootPath = await findRootFolder(nodeFiles, cwd);
  const processes = createNodeProcesses();
  try {
    const providers = { files: nodeFiles, clock: nodeClock, git: createNodeGit({ processes }) };
    const listing = listAllFiles(providers, await nodeFiles.realPath(rootPath) ?? rootPath, undefined);
    listing.catch(() => undefined); // told where it is awaited
    const { readConfigurationText } = await import("./configuration-file.ts");
    const report = await checkAlone({
      providers,
      rootPath,
      listing,
      statePath,
      text: await readConfigurationText(nodeFiles, rootPath),
      paths: paths.map((path) => resolve(cwd, path)),
    });
    return report === undefined ? undefined : answerOf(JSON.stringify(report), isFailed(report));
  } catch {
    return undefined; // whatever is wrong is said by the other way
  } finally {
    await processes.stopAll();
  }
}

/** Undefined where something else is asked than about a few named files. */
function filesOf({ paths, daemon: _daemon, format: _format, ...rest }: Readonly<Record<string, unknown>>): readonly string[] | undefined {
  const isOther = Object.values(rest).some((value) => value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0));
  return isOther || !Array.isArray(paths) || paths.length === 0 || paths.length > filesMax ? undefined : paths.map(String);
}

const isFailed = (report: Report): boolean => report.findings.some((one) => one.severity === "error" && !one.baselined);

/** With --daemon single files are answered by the daemon of the repository, which is started where there is none. */
async function askForFiles(cwd: string, input: Readonly<Record<string, unknown>>): Promise<QuickAnswer | undefined> {
  const paths = filesOf(input);
  if (input["daemon"] !== true || paths === undefined) return undefined;
  const { askDaemon } = await import("./daemon-client.ts");
  const json = await askDaemon(await findRootFolder(nodeFiles, cwd), { files: paths.map((path) => resolve(cwd, path)) });
  if (json === undefined) return undefined;
  const report = JSON.parse(json) as Report; // written by this version's daemon
  return answerOf(json, isFailed(report));
}
