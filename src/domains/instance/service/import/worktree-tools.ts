// What other tools that work in worktrees declare: conductor.json, Codex' environment.toml, .worktreeinclude. Pure.
import { parse } from "smol-toml";
import type { Imported, ImportedService, NotImported } from "../../types/index.ts";
import { isWebServer, splitScript, tellPort, usesNetwork } from "./commands.ts";
import { failed, isMap, listOf, readJson, serviceName, textOf } from "./parts.ts";

export const conductorPath = "conductor.json";
export const codexEnvironmentPath = ".codex/environments/environment.toml";
export const worktreeIncludePath = ".worktreeinclude";

interface Tool {
  readonly file: string;
  /** The main checkout, of which a worktree of ours knows nothing. */
  readonly rootVariable: string;
  /** Variables of the tool that have an equal here. */
  readonly equals: Readonly<Record<string, string>>;
}
const conductor: Tool = { file: conductorPath, rootVariable: "CONDUCTOR_ROOT_PATH", equals: { CONDUCTOR_PORT: "${PORT}", CONDUCTOR_WORKSPACE_PATH: "${WORKTREE}" } };
const codex: Tool = { file: codexEnvironmentPath, rootVariable: "CODEX_SOURCE_TREE_PATH", equals: { CODEX_WORKTREE_PATH: "${WORKTREE}" } };

const variables = /\b(?:CONDUCTOR|CODEX|SUPERSET)_[A-Z_]+/g;
const unknownIn = (text: string, tool: Tool): readonly string[] => [...new Set(text.match(variables) ?? [])].filter((name) => tool.equals[name] === undefined);

interface Setup { readonly setup?: string; readonly copy?: readonly string[]; readonly notImported: readonly NotImported[] }

function takeSetup(tool: Tool, script: string | undefined): Setup {
  if (script === undefined || script.trim() === "") return { notImported: [] };
  const { rest, installs, copies } = splitScript(script, tool.rootVariable);
  const notImported: NotImported[] = [];
  const name = (why: string): void => { notImported.push({ file: tool.file, what: "its set-up script", why }); };
  const isOffline = rest !== undefined && usesNetwork(rest);
  if (installs.length > 0 || isOffline) name("it installs from the network, which a set-up here does not have; name what it installs under copy:");
  // A set-up has no leased port and none of the tool's variables.
  const isForeign = rest !== undefined && new RegExp(variables).test(rest);
  if (isForeign) name("it uses variables of that tool");
  return { ...(rest === undefined || isOffline || isForeign ? {} : { setup: rest }), ...(copies.length === 0 ? {} : { copy: copies }), notImported };
}

/** The service that a run script is, with what was left out of it, or why it is none. */
function appService(tool: Tool, script: string): { readonly service?: ImportedService; readonly why?: string } {
  const { rest, installs } = splitScript(script, tool.rootVariable);
  // What it installs first is there already: a service has no network.
  const command = (installs.length > 0 ? rest ?? "" : script).trim().replaceAll(/\$\{?CONDUCTOR_PORT\}?(?!\w)/g, "$PORT");
  if (command === "") return { why: "it installs from the network and starts nothing" };
  const unknown = unknownIn(command, tool);
  if (unknown.length > 0) return { why: `it uses variables of that tool (${unknown.join(", ")})` };
  const used = Object.entries(tool.equals).filter(([name]) => new RegExp(`\\b${name}\\b`).test(command));
  return {
    service: {
      run: tellPort(command) ?? command,
      ports: ["PORT"],
      ready: isWebServer(command) ? { http: "/" } : { listening: true },
      ...(used.length === 0 ? {} : { env: Object.fromEntries(used) }),
    },
    ...(installs.length === 0 ? {} : { why: `its ${installs.join(", ")} is left out: services have no network` }),
  };
}

export function importConductor(text: string): Imported {
  const value = readJson(text);
  if (!isMap(value)) return failed(conductorPath, "it is not JSON");
  const scripts = isMap(value["scripts"]) ? value["scripts"] : {};
  const run = textOf(scripts["run"]);
  const app = run === undefined ? {} : appService(conductor, run);
  const { notImported, ...setup } = takeSetup(conductor, textOf(scripts["setup"]));
  return {
    services: app.service === undefined ? {} : { app: app.service }, ...setup,
    notImported: [
      ...notImported, ...(app.why === undefined ? [] : [{ file: conductorPath, what: "scripts.run", why: app.why }]),
      ...(textOf(scripts["archive"]) === undefined ? [] : [{ file: conductorPath, what: "scripts.archive", why: "inspan down removes what it started by itself" }]),
    ],
  };
}

/** True where title, icon and last command speak of something that stays up. */
function staysUp(title: string, icon: string | undefined, command: string): boolean {
  if (/\b(?:tests?|lint|check|format|install|deploy|migrate|clean)\b/i.test(title)) return false;
  if (/\bbuild\b/i.test(title) && !/\b(?:run|start|serve)\b/i.test(title)) return false;
  const last = command.trim().split(/\s*(?:;|&&|\n)\s*/).at(-1) ?? "";
  if (/(?:^|[\s:])(?:test|lint|build|check|format|typecheck)(?=[\s:]|$)/.test(last)) return false;
  return icon === "run" || /\b(?:run|dev|develop|start|serve|server|app|web|api|preview|front-?end|back-?end|site)\b/i.test(title);
}

/** A declaration is for everybody's machine; what names another system than Linux stays out, unless it is all of them. */
function isForLinux(action: Readonly<Record<string, unknown>>): boolean {
  const platform = textOf(action["platform"]);
  return platform === undefined || /^(?:linux|all|any)$/i.test(platform);
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
    const { service, why }: ReturnType<typeof appService> = !isForLinux(action) ? { why: `it is for ${textOf(action["platform"]) ?? ""} alone` }
      : staysUp(title, textOf(action["icon"]), command) ? appService(codex, command) : { why: "it does not look like something that stays up; name it under workloads: or checks:" };
    if (why !== undefined) others.push({ file: codexEnvironmentPath, what: `action "${title}"`, why });
    if (service !== undefined) services[serviceName(title === "Run" ? "app" : title, services)] = service;
  }
  const scriptOf = (key: string): string | undefined => {
    const table = value[key];
    return isMap(table) ? (isMap(table["linux"]) ? textOf(table["linux"]["script"]) : undefined) ?? textOf(table["script"]) : undefined;
  };
  const { notImported, ...setup } = takeSetup(codex, scriptOf("setup"));
  return {
    services,
    ...setup,
    notImported: [
      ...notImported,
      ...others,
      ...(scriptOf("cleanup") === undefined
        ? []
        : [{ file: codexEnvironmentPath, what: "its clean-up script", why: "inspan down removes what it started by itself" }]),
    ],
  };
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
