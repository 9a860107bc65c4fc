// What other tools that work in worktrees declare: conductor.json, Codex' environment.toml, .worktreeinclude. Pure.
import { parse } from "smol-toml";
import type { Imported, ImportedService, NotImported } from "../../types/index.ts";
import { failed, isMap, isWebServer, listOf, portWordsOf, readJson, serviceName, textOf } from "./parts.ts";

export const conductorPath = "conductor.json";
export const codexEnvironmentPath = ".codex/environments/environment.toml";
export const worktreeIncludePath = ".worktreeinclude";

/** A set-up of ours runs without network, so what installs packages would fail. */
const needsNetwork = /\b(?:npm (?:ci|i|install)|pnpm (?:i|install)|yarn(?: install)?(?:$|\s)|bun (?:i|install)|pip3? install|uv (?:sync|pip)|poetry install|bundle install|cargo fetch|go mod download|composer install|curl|wget|apt(?:-get)?)\b/;

function takeSetup(file: string, script: string | undefined): { readonly setup?: string; readonly notImported: readonly NotImported[] } {
  if (script === undefined) return { notImported: [] };
  if (/\b(?:CONDUCTOR|CODEX|SUPERSET)_[A-Z_]+/.test(script)) return { notImported: [{ file, what: "its set-up script", why: "it uses variables of that tool" }] };
  if (needsNetwork.test(script)) return { notImported: [{ file, what: "its set-up script", why: "it installs from the network, which a set-up here does not have; name what it installs under copy:" }] };
  return { setup: script.trim(), notImported: [] };
}

function appService(command: string): ImportedService {
  const words = /^(?:npm|pnpm|yarn|bun)\b/.test(command) ? undefined : portWordsOf(command);
  return { run: words === undefined ? command : `${command} ${words}`, ports: ["PORT"], ready: isWebServer(command) ? { http: "/" } : { listening: true } };
}

export function importConductor(text: string): Imported {
  const value = readJson(text);
  if (!isMap(value)) return failed(conductorPath, "it is not JSON");
  const scripts = isMap(value["scripts"]) ? value["scripts"] : {};
  const run = textOf(scripts["run"]);
  const usesTool = run !== undefined && /\bCONDUCTOR_(?!PORT\b)[A-Z_]+/.test(run);
  const services: Record<string, ImportedService> = run === undefined || usesTool ? {} : { app: appService(run.replaceAll(/\$\{?CONDUCTOR_PORT\}?/g, "$PORT").trim()) };
  const { setup, notImported } = takeSetup(conductorPath, textOf(scripts["setup"]));
  return {
    services, ...(setup === undefined ? {} : { setup }),
    notImported: [
      ...notImported, ...(usesTool ? [{ file: conductorPath, what: "scripts.run", why: "it uses variables of that tool" }] : []),
      ...(textOf(scripts["archive"]) === undefined ? [] : [{ file: conductorPath, what: "scripts.archive", why: "inspan down removes what it started by itself" }]),
    ],
  };
}

export function importCodexEnvironment(text: string): Imported {
  let value: unknown;
  try { value = parse(text); } catch { return failed(codexEnvironmentPath, "it is not TOML"); }
  if (!isMap(value)) return failed(codexEnvironmentPath, "it is not a table");
  const services: Record<string, ImportedService> = {};
  const others: NotImported[] = [];
  for (const action of listOf(value["actions"])) {
    if (!isMap(action)) continue;
    const [title, command] = [textOf(action["name"]) ?? "action", textOf(action["command"])];
    if (command === undefined) continue;
    if (/run|dev|start|serve|server|app|web|api/i.test(title) && !/test|lint|build|check|format|\bCODEX_/i.test(`${title} ${command}`)) services[serviceName(title === "Run" ? "app" : title, services)] = appService(command.trim());
    else others.push({ file: codexEnvironmentPath, what: `action "${title}"`, why: "it does not look like something that stays up; name it under workloads: or checks:" });
  }
  const { setup, notImported } = takeSetup(codexEnvironmentPath, isMap(value["setup"]) ? textOf(value["setup"]["script"]) : undefined);
  const cleanup = isMap(value["cleanup"]) ? textOf(value["cleanup"]["script"]) : undefined;
  return { services, ...(setup === undefined ? {} : { setup }), notImported: [...notImported, ...others, ...(cleanup === undefined ? [] : [{ file: codexEnvironmentPath, what: "its clean-up script", why: "inspan down removes what it started by itself" }])] };
}

/** Plain paths only: `copy:` has no patterns. */
export function importWorktreeInclude(text: string): Imported {
  const lines = text.split("\n").map((line) => line.trim()).filter((line) => line !== "" && !line.startsWith("#"));
  const isPlain = (line: string): boolean => !/[*?[\]!]/.test(line);
  return {
    services: {}, copy: lines.filter(isPlain).map((line) => line.replace(/^\//, "").replace(/\/$/, "")),
    notImported: lines.filter((line) => !isPlain(line)).map((line) => ({ file: worktreeIncludePath, what: line, why: "copy: takes paths, not patterns" })),
  };
}
