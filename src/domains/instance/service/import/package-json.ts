// package.json: the scripts by which people start what they work on. Pure.
import type { Imported, ImportedService } from "../../types/index.ts";
import { failed, isMap, isWebServer, nothing, portWordsOf, readJson, serviceName, textOf } from "./parts.ts";

const lockFiles: readonly (readonly [string, string])[] = [["pnpm-lock.yaml", "pnpm"], ["yarn.lock", "yarn"], ["bun.lock", "bun"], ["bun.lockb", "bun"], ["package-lock.json", "npm"]];

/** The package manager whose lock file lies there; npm where none does. */
export function packageManagerOf(files: readonly string[]): string {
  return lockFiles.find(([name]) => files.includes(name))?.[1] ?? "npm";
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
  const words = portWordsOf(script);
  // Behind a shell list or a runner of several programs the words would reach the last one only.
  const canPass = words !== undefined && !/[;&|]|concurrently|turbo|npm-run-all|run-p/.test(script);
  const run = `${manager} run ${name}${canPass ? `${manager === "npm" ? " --" : ""} ${words}` : ""}`;
  return { run, ports: ["PORT"], ready: isWebServer(script) ? { http: "/" } : { listening: true } };
}

const companion = /^(?:dev|start)[:-](api|server|backend|node|web|client|frontend|ui|app|worker)$/;
const pageParts = new Set(["web", "client", "frontend", "ui", "app"]);

/** A service beside the pages keeps the port that its sources name: the pages' proxy leads there, and each instance has a loopback of its own. */
function toCompanion(manager: string, name: string): ImportedService {
  return name.endsWith("worker") ? { run: `${manager} run ${name}`, ready: { started: true } } : { run: `${manager} run ${name}`, ready: { listening: true } };
}

export function importPackageJson(text: string, files: readonly string[]): Imported {
  const value = readJson(text);
  if (!isMap(value)) return failed("package.json", "it is not JSON");
  const scripts = value["scripts"];
  if (!isMap(scripts)) return nothing;
  const manager = packageManagerOf(files);
  const services: Record<string, ImportedService> = {};
  const main = ["dev", "start", "serve", "develop"].find((name) => textOf(scripts[name]) !== undefined);
  const prefix = Object.keys(scripts).some((name) => /^dev[:-]/.test(name) && companion.test(name)) ? "dev" : "start";
  const parts = Object.keys(scripts).flatMap((name) => { const part = companion.exec(name)?.[1]; return part === undefined || !name.startsWith(prefix) ? [] : [{ name, part }]; });
  const isRunner = main !== undefined && /concurrently|npm-run-all|run-p|turbo|&/.test(resolveScript(scripts, main));
  for (const { name, part } of parts) {
    // A script that starts them all is left out: apart they have an address and a restart each.
    if (!pageParts.has(part)) services[serviceName(part === "node" ? "api" : part, services)] = toCompanion(manager, name);
    else if (main === undefined || isRunner) services[serviceName(part, services)] = toService(manager, name, resolveScript(scripts, name));
  }
  if (main !== undefined && !(isRunner && parts.some(({ part }) => pageParts.has(part)))) services["web"] = { ...toService(manager, main, resolveScript(scripts, main)), ...(Object.keys(services).length === 0 ? {} : { needs: Object.keys(services) }) };
  return { services, notImported: [] };
}
