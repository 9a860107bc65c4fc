// Finds a client's program: the configured path, else PATH; behind npm's links the script itself, which our own Node runs. Starts nothing.
import { delimiter, dirname, isAbsolute, join, sep } from "node:path";
import { InspanError } from "../../../base/errors.ts";
import type { Providers } from "../../../providers/index.ts";

export interface ClientProgram {
  /** What to start, without arguments. */
  readonly command: readonly [string, ...string[]];
  /** Folder that must be readable for it. */
  readonly rootPath: string;
}

/** The outermost node_modules around a path, since packages there need each other; else the program's own folder: the one above may be a home. */
function rootOf(path: string): string {
  const parts = path.split(sep);
  const at = parts.indexOf("node_modules");
  return at > 0 ? parts.slice(0, at + 1).join(sep) : dirname(path);
}

async function resolve(providers: Providers, candidate: string): Promise<ClientProgram | undefined> {
  const real = await providers.files.realPath(candidate);
  if (real === undefined || (await providers.files.facts(real))?.kind !== "file") return undefined;
  return { command: /\.[cm]?js$/.test(real) ? [process.execPath, real] : [real], rootPath: rootOf(real) };
}

/** Undefined where there is none. A configured path is the only one looked at. */
export async function lookForProgram(providers: Providers, name: string, configuredPath: string | undefined): Promise<ClientProgram | undefined> {
  if (configuredPath !== undefined) return resolve(providers, configuredPath);
  for (const folder of (providers.processes.environment()["PATH"] ?? "").split(delimiter)) {
    const found = isAbsolute(folder) ? await resolve(providers, join(folder, name)) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Rejects with AGENT_MISSING where there is none. */
export async function findProgram(
  providers: Providers,
  options: { readonly title: string; readonly name: string; readonly configuredPath: string | undefined; readonly remedy: string },
): Promise<ClientProgram> {
  const { title, name, configuredPath, remedy } = options;
  const found = await lookForProgram(providers, name, configuredPath);
  if (found !== undefined) return found;
  throw new InspanError(
    "AGENT_MISSING",
    `Cannot start ${title}: ${configuredPath === undefined ? `there is no "${name}" on PATH` : `there is no file "${configuredPath}"`}, expected its program.`,
    { kind: "usage", remedy },
  );
}
