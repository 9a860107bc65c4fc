// Owns the folder of one session: Codex's private home with its configuration, catalogue, hook and, by choice, the user's login.
import { isAbsolute, join, relative } from "node:path";
import { tmpdir } from "node:os";
import { InspanError } from "../../../../base/errors.ts";
import { renderHookProgram } from "../../service/hook-program.ts";
import { deriveCatalogue, renderCodexConfig } from "../../service/codex/home.ts";
import type { SessionSpec } from "../../types.ts";
import { readProjectLevel } from "../project-level.ts";
import type { ProjectLevel } from "../project-level.ts";
import type { FoundCodex } from "./find.ts";
import type { CodexDriverOptions } from "./options.ts";

export interface SessionHome {
  /** CODEX_HOME. */
  readonly codexPath: string;
  /** HOME of the agent's commands: empty, so that nothing of the user's is found there. */
  readonly userPath: string;
  /** config.toml, for each process anew: the agent can write in its home, and the next turn must not obey that. */
  readonly config: string;
  /** The copied login, where there is one. */
  readonly loginPath: string | undefined;
  /** What the repository itself gives at the base commit. */
  readonly project: ProjectLevel;
}

export interface HomeAddress { readonly port: number; readonly token: string }

/** Codex prints about 1 MB of models with their instructions; with the usual bound its end alone would be kept. */
const catalogueBytesMax = 16 * 1024 * 1024;
const debugTimeoutMs = 20_000;
export const ownerOnly = 0o600;

function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === "" || (!way.startsWith("..") && !isAbsolute(way));
}

/** Codex refuses helper programs in a home below the temporary folder, and then every sandboxed command fails with a text that says nothing. */
export async function checkHomePlace(options: CodexDriverOptions, sessionPath: string): Promise<void> {
  const { files } = options.providers;
  await files.makeFolder(sessionPath);
  const real = await files.realPath(sessionPath) ?? sessionPath;
  for (const folder of [tmpdir(), "/tmp", "/var/tmp"]) {
    if (!isWithin(real, await files.realPath(folder) ?? folder)) continue;
    throw new InspanError("AGENT_START_FAILED", `Cannot make a home for Codex in "${sessionPath}": it lies in the temporary folder "${folder}", expected a folder outside.`, {
      kind: "usage", remedy: "Set INSPAN_HOME to a folder outside of the temporary folder",
    });
  }
}

async function copyLogin(options: CodexDriverOptions, target: string): Promise<string | undefined> {
  const { files } = options.providers;
  if (options.login === "own-home") {
    if (options.baseUrl === undefined && options.apiKey === undefined) {
      throw new InspanError("AGENT_NOT_LOGGED_IN", `Cannot start Codex: there is no key for ${"https://api.openai.com"}, expected OPENAI_API_KEY, a base address, or your own login.`, {
        kind: "usage", remedy: "export OPENAI_API_KEY=… (or set agents.codex.login: user after: codex login)",
      });
    }
    return undefined;
  }
  const text = await files.readText(join(options.userHomePath, "auth.json"));
  if (text === undefined) {
    throw new InspanError("AGENT_NOT_LOGGED_IN", `Cannot start Codex with your own login: there is no auth.json in "${options.userHomePath}", expected one.`, {
      kind: "usage",
      remedy: "codex login",
    });
  }
  await files.writeText(target, text, { mode: ownerOnly });
  return target;
}

/** The catalogue's path; undefined where Codex's list is not understood. */
async function writeCatalogue(options: CodexDriverOptions, spec: SessionSpec, found: FoundCodex, codexPath: string): Promise<string | undefined> {
  const model = spec.model ?? options.model;
  const { processes, files } = options.providers;
  const printed = await processes.run({
    command: [found.programPath, "debug", "models"], cwd: codexPath, env: processes.environment({ CODEX_HOME: codexPath, HOME: codexPath }),
    timeoutMs: debugTimeoutMs, outputBytesMax: catalogueBytesMax, signal: spec.signal,
  });
  let bundled: unknown;
  try { bundled = JSON.parse(printed.stdout); } catch { return undefined; } // an unknown model then works without apply_patch, and Codex warns
  const catalogue = deriveCatalogue(bundled, { model, canEdit: spec.access === "write" });
  if (catalogue === undefined) return undefined;
  const path = join(codexPath, "catalogue.json");
  await files.writeText(path, JSON.stringify(catalogue));
  return path;
}

/** Writes the home anew, but for its configuration, which each process gets; transcripts of earlier turns in it stay. Rejects with AGENT_NOT_LOGGED_IN. */
export async function prepareHome(options: CodexDriverOptions, spec: SessionSpec, found: FoundCodex, address: HomeAddress): Promise<SessionHome> {
  const { files } = options.providers;
  const codexPath = join(spec.sessionPath, "home");
  const userPath = join(spec.sessionPath, "user");
  await files.makeFolder(codexPath);
  await files.makeFolder(userPath);
  // Before the catalogue: an old configuration may name what is not there any more.
  await files.remove(join(codexPath, "config.toml"));
  const loginPath = await copyLogin(options, join(codexPath, "auth.json"));
  const hookPath = join(codexPath, "hook.cjs");
  await files.writeText(hookPath, renderHookProgram(address), { mode: ownerOnly });
  const cataloguePath = await writeCatalogue(options, spec, found, codexPath);
  const project = await readProjectLevel(options.providers, spec);
  const config = renderCodexConfig({
    model: spec.model ?? options.model,
    effort: spec.effort ?? options.effort,
    baseUrl: options.login === "own-home" ? `http://127.0.0.1:${address.port}/${address.token}/v1` : undefined,
    cataloguePath,
    worktreePath: spec.worktreePath,
    hookCommand: [process.execPath, hookPath],
    hiddenVariables: ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "CODEX_*", "*_API_KEY"], servers: project.servers,
  });
  return { codexPath, userPath, loginPath, config, project };
}
