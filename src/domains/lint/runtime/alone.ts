// Single source files, answered in a fresh process without the others, and without schemas: the quick way of `inspan check <file>`.
import type { Providers } from "../../../providers/index.ts";
import { readLintConfiguration } from "../config/lint-configuration.ts";
import { readKeptConfiguration, TextNeeded } from "../repo/kept-configuration.ts";
import { isSource } from "../repo/list-files.ts";
import { openSources } from "../repo/open-sources.ts";
import { requestFileFacts } from "../service/file-facts-request.ts";
import type { CheckReport } from "../types/report.ts";
import { createFileChecker } from "./check-files.ts";
import { relativeTo } from "./relative-to.ts";

/** Files that are answered alone; more are as quick with the cache of the whole. */
export const aloneMax = 20;

export interface AloneOptions {
  readonly providers: Pick<Providers, "files" | "git" | "clock">;
  readonly rootPath: string;
  readonly statePath: string;
  /** Of inspan.yaml; undefined where there is none. */
  readonly text: string | undefined;
  /** Absolute, or relative to the root. */
  readonly paths: readonly string[];
  /** Every file of the repository; asked for early, because git takes as long as loading this. */
  readonly listing: Promise<readonly string[]>;
}

/** Undefined where more is needed than this way knows: whatever is wrong is said by the other. */
export async function checkAlone(options: AloneOptions): Promise<CheckReport | undefined> {
  const { providers, rootPath, statePath, paths } = options;
  const startedMs = providers.clock.monotonicMs();
  const real = await providers.files.realPath(rootPath);
  if (real === undefined || paths.length === 0 || paths.length > aloneMax) return undefined;
  const files = paths.map((path) => relativeTo(real, rootPath, path));
  if (!files.every((file) => isSource(file) && providers.files.now.facts(`${real}/${file}`)?.kind === "file")) return undefined;
  const written = await readKeptConfiguration({ providers, rootPath, statePath }, options.text);
  if (written === undefined) return undefined;
  try {
    const configuration = readLintConfiguration(written);
    const all = await options.listing;
    const sources = await openSources({ providers, rootPath, request: requestFileFacts(configuration), statePath, listed: { files: all, sources: all.filter(isSource) } });
    // What git ignores is told by the other way, which knows the repository's own rules too.
    if (!files.every((file) => sources.files.includes(file)) || sources.allFiles.some((file) => file.startsWith(".inspan/rules/"))) return undefined;
    const { findings, coverage } = await createFileChecker({ providers, configuration, sources }).check(files);
    return { version: 1, findings: [...findings], coverage, scope: "files", exceptionsUsed: 0, durationMs: Math.round(providers.clock.monotonicMs() - startedMs) };
  } catch (error) {
    if (error instanceof TextNeeded) return undefined;
    throw error;
  }
}
