// Finds the Codex program: the configured path, else PATH; the native binary rather than the script that starts it.
import { delimiter, dirname, isAbsolute, join } from "node:path";
import { InspanError } from "../../../../base/errors.ts";
import type { Providers } from "../../../../providers/index.ts";
import { codexVersion } from "../../service/codex/protocol.ts";

export interface FoundCodex {
  /** Absolute, links resolved. */
  readonly programPath: string;
  /** Folder that holds all that the program needs beside itself. */
  readonly rootPath: string;
}

export const installRemedy = `npm install --global @openai/codex@${codexVersion}`;
const versionTimeoutMs = 20_000;

/** Package and target of the native program as the npm package lays them out, for this machine. */
function nativeNames(): { readonly packageName: string; readonly target: string } | undefined {
  const arch = process.arch === "x64" ? "x86_64" : process.arch === "arm64" ? "aarch64" : undefined;
  const system = process.platform === "linux" ? "unknown-linux-musl" : process.platform === "darwin" ? "apple-darwin" : undefined;
  if (arch === undefined || system === undefined) return undefined;
  return { packageName: `codex-${process.platform}-${process.arch}`, target: `${arch}-${system}` };
}

/** The native program behind npm's script (…/@openai/codex/bin/codex.js), whether npm nested its package or laid it beside. */
async function nativeOf(providers: Providers, scriptPath: string): Promise<FoundCodex | undefined> {
  const names = nativeNames();
  if (names === undefined) return undefined;
  const packagePath = dirname(dirname(scriptPath));
  for (const folder of [join(packagePath, "node_modules", "@openai"), dirname(packagePath)]) {
    const rootPath = join(folder, names.packageName, "vendor", names.target);
    const programPath = await providers.files.realPath(join(rootPath, "bin", "codex"));
    if (programPath !== undefined) return { programPath, rootPath: dirname(dirname(programPath)) };
  }
  return undefined;
}

async function resolve(providers: Providers, candidate: string): Promise<FoundCodex | undefined> {
  const real = await providers.files.realPath(candidate);
  if (real === undefined || (await providers.files.facts(real))?.kind !== "file") return undefined;
  const native = /\.[cm]?js$/.test(real) ? await nativeOf(providers, real) : undefined;
  // Not the folder above: of ~/bin it is the whole home.
  return native ?? { programPath: real, rootPath: dirname(real) };
}

/** Undefined where there is none. A configured path is the only one looked at. */
export async function lookForCodex(providers: Providers, configuredPath: string | undefined): Promise<FoundCodex | undefined> {
  if (configuredPath !== undefined) return resolve(providers, configuredPath);
  for (const folder of (providers.processes.environment()["PATH"] ?? "").split(delimiter)) {
    const found = isAbsolute(folder) ? await resolve(providers, join(folder, "codex")) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Rejects with AGENT_MISSING where there is none. */
export async function findCodex(providers: Providers, configuredPath: string | undefined): Promise<FoundCodex> {
  const found = await lookForCodex(providers, configuredPath);
  if (found !== undefined) return found;
  const where = configuredPath === undefined ? "it is not on PATH" : `there is no file "${configuredPath}"`;
  throw new InspanError("AGENT_MISSING", `Cannot start Codex: ${where}, expected the codex program.`, { kind: "usage", remedy: installRemedy });
}

/** For example "0.169.0"; undefined where the program does not say. */
export async function readVersion(providers: Providers, found: FoundCodex, signal: AbortSignal): Promise<string | undefined> {
  const result = await providers.processes.run({
    command: [found.programPath, "--version"],
    cwd: found.rootPath,
    env: providers.processes.environment(),
    timeoutMs: versionTimeoutMs,
    signal,
  });
  return /(\d+\.\d+\.\d+)/.exec(result.stdout)?.[1];
}

/** True where the version is the proved one or a later. */
export function isNewEnough(version: string): boolean {
  const [have, want] = [version, codexVersion].map((text) => text.split(".").map(Number));
  for (let index = 0; index < 3; index += 1) {
    const difference = (have?.[index] ?? 0) - (want?.[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}
