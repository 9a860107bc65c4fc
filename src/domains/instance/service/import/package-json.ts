// package.json: the scripts by which people start what they work on. Pure.
import type { Imported, ImportedService, NotImported } from "../../types/index.ts";
import { isWatcher, isWebServer, portWordsOf } from "./commands.ts";
import { failed, isMap, readJson, serviceName, textOf } from "./parts.ts";
import { isRunner, scriptsOf } from "./runners.ts";

const lockFiles: readonly (readonly [string, string])[] = [
  ["pnpm-lock.yaml", "pnpm"],
  ["yarn.lock", "yarn"],
  ["bun.lock", "bun"],
  ["bun.lockb", "bun"],
  ["package-lock.json", "npm"],
];

/** The package manager that the package names, else whose lock file lies there; npm where none does. */
function packageManagerOf(files: readonly string[], named?: unknown): string {
  return /^(npm|pnpm|yarn|bun)@/.exec(textOf(named) ?? "")?.[1] ?? lockFiles.find(([name]) => files.includes(name))?.[1] ?? "npm";
}

/** What a script starts in the end, where it only calls another one. */
function resolveScript(scripts: Readonly<Record<string, unknown>>, name: string): string {
  let script = textOf(scripts[name]) ?? "";
  for (let hops = 0; hops < 5; hops++) {
    const next = /^(?:npm run|pnpm(?: run)?|yarn(?: run)?|bun run) ([\w:.-]+)$/.exec(script.trim())?.[1];
    const text = next === undefined ? undefined : textOf(scripts[next]);
    if (text === undefined) break;
    script = text;
  }
  return script;
}

function toService(manager: string, name: string, script: string): ImportedService {
  // Behind a shell list or a runner of several programs the words would reach the last one only.
  const words = /[;&|]/.test(script) || isRunner(script) ? undefined : portWordsOf(script);
  const run = `${manager} run ${name}${words === undefined ? "" : `${manager === "npm" ? " --" : ""} ${words}`}`;
  return { run, ports: ["PORT"], ready: isWebServer(script) ? { http: "/" } : { listening: true } };
}

const companion = /^(?:dev|start)[:-](api|server|backend|node|web|client|frontend|ui|app|worker)$/;
const pageParts = new Set(["web", "client", "frontend", "ui", "app"]);

/** A service beside the pages keeps the port that its sources name: the pages' proxy leads there, and each instance has a loopback of its own. */
function toCompanion(manager: string, name: string, script: string): ImportedService {
  return { run: `${manager} run ${name}`, ready: name.endsWith("worker") || isWatcher(script) ? { started: true } : { listening: true } };
}

/** What a runner starts becomes services of their own: apart they have an address and a restart each. */
function takeApart(manager: string, scripts: Readonly<Record<string, unknown>>, names: readonly string[]): Readonly<Record<string, ImportedService>> {
  const services: Record<string, ImportedService> = {};
  for (const name of names) {
    const script = resolveScript(scripts, name);
    const part = name.replace(/^(?:dev|start|serve|watch)[:-]/, "");
    const isPage = !isWatcher(script) && (isWebServer(script) || pageParts.has(part));
    services[serviceName(part === "node" ? "api" : part, services)] = isPage ? toService(manager, name, script) : toCompanion(manager, name, script);
  }
  return services;
}

const mainNames = ["dev", "start", "serve", "develop"] as const;

export function importPackageJson(text: string, files: readonly string[]): Imported {
  const value = readJson(text);
  if (!isMap(value)) return failed("package.json", "it is not JSON");
  const scripts = isMap(value["scripts"]) ? value["scripts"] : {};
  const manager = packageManagerOf(files, value["packageManager"]);
  const services: Record<string, ImportedService> = {};
  const declared = mainNames.filter((name) => typeof scripts[name] === "string" && textOf(scripts[name]) !== undefined);
  const notImported: readonly NotImported[] = declared.filter((name) => isWatcher(resolveScript(scripts, name)))
    .map((name) => ({ file: "package.json", what: `scripts.${name}`, why: "it builds or tests at each change and answers nowhere" }));
  const main = declared.find((name) => !isWatcher(resolveScript(scripts, name)));
  // What npm does for `npm start` without a script.
  if (main === undefined && declared.length === 0 && files.includes("server.js"))
    return { services: { web: { run: "node server.js", ports: ["PORT"], ready: { listening: true } } }, notImported };
  const script = main === undefined ? "" : resolveScript(scripts, main);
  const started = main === undefined ? undefined : scriptsOf(script, Object.keys(scripts).filter((name) => name !== main));
  if (started !== undefined && started.length > 1) return { services: takeApart(manager, scripts, started), notImported };
  const prefix = Object.keys(scripts).some((name) => /^dev[:-]/.test(name) && companion.test(name)) ? "dev" : "start";
  const parts = Object.keys(scripts).flatMap((name) => { const part = companion.exec(name)?.[1]; return part === undefined || !name.startsWith(prefix) ? [] : [{ name, part }]; });
  for (const { name, part } of parts) {
    // A script that starts them all is left out.
    if (!pageParts.has(part)) services[serviceName(part === "node" ? "api" : part, services)] = toCompanion(manager, name, resolveScript(scripts, name));
    else if (main === undefined || isRunner(script)) services[serviceName(part, services)] = toService(manager, name, resolveScript(scripts, name));
  }
  if (main !== undefined && !(isRunner(script) && parts.some(({ part }) => pageParts.has(part))))
    services["web"] = { ...toService(manager, main, script), ...(Object.keys(services).length === 0 ? {} : { needs: Object.keys(services) }) };
  return { services, notImported };
}
