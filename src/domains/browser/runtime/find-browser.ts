// Looks for a browser on this machine: which of the candidates is there and answers with a version. The answer is kept until the file changes.
import { homedir } from "node:os";
import { join } from "node:path";
import { InspanError } from "../../../base/errors.ts";
import type { Files, Processes } from "../../../providers/index.ts";
import { browserCandidates, installRemedy, type Candidate } from "../service/find-browser.ts";
import { browserEnv, browserPlaces, installedBrowser } from "../repo/places.ts";

/** A browser that takes longer to say its version hangs. */
const versionMsMax = 10_000;
/** Older ones lack what the driver needs (new headless shell, screencast). */
const majorMin = 120;
/** Folders of a cache of another tool; each holds one browser. */
const cacheEntriesMax = 50;

export interface FoundBrowser { readonly path: string; readonly version: string; readonly source: string; readonly isShell: boolean }

export interface FindOptions {
  readonly files: Files;
  readonly processes: Processes;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly statePath: string;
  readonly configured: string | undefined;
}

interface Kept { readonly path: string; readonly version: string; readonly inode: number; readonly modifiedMs: number }

/** Follows links; undefined where there is no file that could be a program. */
function stampOf(files: Files, path: string): { readonly inode: number; readonly modifiedMs: number } | undefined {
  const real = files.now.realPath(path);
  const facts = real === undefined ? undefined : files.now.facts(real);
  return facts?.kind === "file" && (facts.mode & 0o111) !== 0 ? { inode: facts.inode, modifiedMs: facts.modifiedMs } : undefined;
}

async function readKept({ files, statePath }: FindOptions): Promise<readonly Kept[]> {
  try {
    const value: unknown = JSON.parse((await files.readText(browserPlaces(statePath).foundPath)) ?? "[]");
    return Array.isArray(value) ? (value as readonly Kept[]) : []; // written below; a wrong entry matches no file
  } catch { return []; } // torn, or of another form: found anew
}

async function cachedCandidates({ files }: FindOptions, caches: readonly string[]): Promise<readonly Candidate[]> {
  const found: Candidate[] = [];
  for (const cache of caches) {
    for (const { name } of (await files.list(cache)).slice(0, cacheEntriesMax)) {
      const inner = [
        "chrome-linux/headless_shell",
        "chrome-headless-shell-linux64/chrome-headless-shell",
        "chrome-linux/chrome",
        "chrome-linux64/chrome",
        "chrome-mac/Chromium.app/Contents/MacOS/Chromium",
      ];
      if (/^(?:chromium|chrome)/.test(name)) found.push(...inner.map((path) => ({ path: join(cache, name, path), source: cache })));
    }
  }
  return found.reverse(); // newer ones have higher numbers
}

/** Undefined where it does not run or is too old; `why` then says it. */
async function readVersion(options: FindOptions, path: string): Promise<{ readonly version: string | undefined; readonly why: string }> {
  const { processes } = options;
  const { outcome, exitCode, stdout, stderr } = await processes.run({
    command: [path, "--version"],
    cwd: "/",
    env: processes.environment(browserEnv(options.statePath, path)),
    timeoutMs: versionMsMax,
    outputBytesMax: 4_096,
  });
  const version = /(\d+)\.\d+\.\d+(?:\.\d+)?/.exec(stdout);
  if (outcome !== "exited" || exitCode !== 0 || version === null)
    return {
      version: undefined,
      why: `does not run (${outcome === "exited" ? (stderr.trim().split("\n").at(-1) ?? "").slice(0, 200) || `exit code ${exitCode}` : outcome})`,
    };
  return Number(version[1]) < majorMin ? { version: undefined, why: `is ${version[0]}, expected ${majorMin} or newer` } : { version: version[0], why: "" };
}

function missing(named: Candidate | undefined, tried: readonly string[]): InspanError {
  const remedy = installRemedy(process.platform, process.arch);
  const said = tried.length === 0 ? "no Chromium, Chrome or Edge was found on PATH, among the applications or in the caches of other tools" : tried.join("; ");
  if (named !== undefined)
    return new InspanError("BROWSER_MISSING", `Cannot start the browser "${named.path}" (${named.source}): ${said}, expected a Chromium, Chrome or Edge.`, {
      remedy,
    });
  return new InspanError("BROWSER_MISSING", `Cannot start a browser: ${said}. Without one no page can be opened, looked at or recorded.`, { remedy });
}

/** The first browser that answers. Rejects with BROWSER_MISSING. */
export async function findBrowser(options: FindOptions): Promise<FoundBrowser> {
  const { files, env, statePath, configured } = options;
  const places = browserPlaces(statePath);
  const { named, others, caches } = browserCandidates({
    platform: process.platform,
    env,
    home: env["HOME"] || homedir(),
    configured,
    installed: installedBrowser(places.installPath),
  });
  const kept = await readKept(options);
  const tried: string[] = [];
  const seen = new Set<string>();
  for (const { path, source } of named === undefined ? [...others, ...await cachedCandidates(options, caches)] : [named]) {
    const real = files.now.realPath(path) ?? path;
    if (seen.has(real)) continue;
    seen.add(real);
    const stamp = stampOf(files, path);
    if (stamp === undefined) { if (named !== undefined) tried.push("there is no such program"); continue; }
    const known = kept.find((one) => one.path === path && one.inode === stamp.inode && one.modifiedMs === stamp.modifiedMs);
    const { version, why } = known === undefined ? await readVersion(options, path) : { version: known.version, why: "" };
    if (version === undefined) { tried.push(`${path} ${why}`); continue; }
    if (known === undefined) await files.writeText(places.foundPath, JSON.stringify([{ path, version, ...stamp }, ...kept.filter((one) => one.path !== path)].slice(0, 8)));
    return { path, version, source, isShell: /headless[-_]shell/.test(path) || real.includes("headless") };
  }
  throw missing(named, tried);
}
