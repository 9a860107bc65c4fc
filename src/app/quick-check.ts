// `inspan check` where nothing has changed since the last one: the answer of then, without loading schemas, rules or a parser.
import { findRootFolder, recallReport, renderReport } from "../domains/lint/runtime/quick.ts";
import { nodeClock } from "../providers/node/clock.ts";
import { nodeFiles } from "../providers/node/files.ts";
import { createNodeGit } from "../providers/node/git.ts";
import { createNodeProcesses } from "../providers/node/processes.ts";

export interface QuickAnswer { readonly isFailed: boolean; /** JSON of the report. */ readonly json: string; /** As a person reads it. */ text(): string }

export interface QuickQuestion {
  readonly cwd: string;
  readonly statePath: string;
  /** What the command line says, as fields of the operation's input. */
  readonly input: Readonly<Record<string, unknown>>;
}

/** Undefined where a part of the repository is asked for, or where a check has to be run; whatever is wrong is said by that check. */
export async function quickCheck({ cwd, statePath, input }: QuickQuestion): Promise<QuickAnswer | undefined> {
  const isWhole = Object.entries(input).every(([key, value]) => key === "format" || value === undefined || value === false || (Array.isArray(value) && value.length === 0));
  if (!isWhole) return undefined;
  const processes = createNodeProcesses();
  try {
    const startedMs = nodeClock.monotonicMs();
    const providers = { files: nodeFiles, clock: nodeClock, git: createNodeGit({ processes }) };
    const kept = await recallReport({ providers, statePath, rootPath: await findRootFolder(nodeFiles, cwd) });
    if (kept === undefined) return undefined;
    // The time is the last field, and the only one that is not of then.
    const json = kept.json.replace(/"durationMs":[\d.]+\}$/, `"durationMs":${Math.round(nodeClock.monotonicMs() - startedMs)}}`);
    return { isFailed: kept.isFailed, json, text: () => renderReport(JSON.parse(json) as Parameters<typeof renderReport>[0]) }; // written by the same check
  } catch {
    return undefined;
  } finally {
    await processes.stopAll();
  }
}
