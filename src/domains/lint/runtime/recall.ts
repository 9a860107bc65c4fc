// The whole check, answered from what the last one said where nothing has changed since. Loads no parser, no schema and no rule.
import { join } from "node:path";
import type { Providers } from "../../../providers/index.ts";
import { freshLooks, type KeptReport, keyOfState, readKeptReport, type RepositoryState, writeKeptReport } from "../repo/kept-report.ts";
import { readProgramStamp } from "../repo/engine-stamp.ts";
import { checkFolder } from "../repo/check-folder.ts";
import { listAllFiles } from "../repo/list-all.ts";
import type { Look } from "../repo/looks.ts";
import { createStamps } from "../repo/stamps.ts";
import type { CheckReport } from "../types/report.ts";

type RecallProviders = Pick<Providers, "files" | "git" | "clock">;

export interface RecallOptions {
  readonly providers: RecallProviders;
  readonly rootPath: string;
  readonly statePath: string;
  readonly signal?: AbortSignal;
}

/** Undefined where a check has to be run. Only whole checks with the rules of all domains are kept. */
export async function recallReport(options: RecallOptions): Promise<KeptReport | undefined> {
  const { providers, statePath, signal } = options;
  const rootPath = await providers.files.realPath(options.rootPath);
  if (rootPath === undefined) return undefined;
  const cachePath = checkFolder(statePath, rootPath);
  // The first check of a repository need not look at it twice.
  if (providers.files.now.facts(join(cachePath, "report")) === undefined) return undefined;
  // The program is looked at while git lists.
  const [allFiles, program] = await Promise.all([listAllFiles(providers, rootPath, signal), readProgramStamp(providers.files)]);
  const state = { rootPath, allFiles, program, stamps: createStamps(providers.files.now, rootPath), nowMs: 0, say: sayOf(providers) };
  return readKeptReport(providers.files, cachePath, keyOfState(providers.files, state));
}

/** The day: documents age and exceptions end by it. */
function sayOf(providers: RecallProviders): string {
  return providers.clock.nowIso().slice(0, 10);
}

export interface Keeper {
  /** Writes the answer down, with what else it rests on; nothing where that is too much to ask again. */
  keep(report: CheckReport, looks: readonly (readonly Look[] | undefined)[]): Promise<void>;
}

/** To be made before anything is read: what changes while the check runs is then noticed by the next one. */
export async function openKeeper(
  providers: RecallProviders,
  cachePath: string,
  repository: Pick<RepositoryState, "rootPath" | "allFiles" | "stamps" | "program">,
): Promise<Keeper> {
  const { files, clock } = providers;
  const state: RepositoryState = { ...repository, nowMs: Date.parse(clock.nowIso()), say: sayOf(providers) };
  const key = keyOfState(files, state);
  return {
    async keep(report, looks) {
      const fresh = freshLooks(files, state);
      const asked = looks.flatMap((one) => one ?? []);
      if (fresh === undefined || looks.includes(undefined)) return;
      await writeKeptReport(files, cachePath, {
        key,
        isFailed: report.findings.some((one) => one.severity === "error" && !one.baselined),
        json: JSON.stringify(report),
        looks: [...asked, ...fresh],
      });
    },
  };
}
