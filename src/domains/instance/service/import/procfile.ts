// Procfile and Procfile.dev: `name: command` a line (foreman's form). Pure.
import type { Imported, ImportedService } from "../../types/index.ts";
import { isWebServer, portWordsOf, serviceName } from "./parts.ts";

/** Processes that a platform runs once and not beside the application. */
const onceNames = new Set(["release", "postdeploy"]);

export function importProcfile(file: string, text: string): Imported {
  const services: Record<string, ImportedService> = {};
  const notImported = [];
  for (const line of text.split("\n")) {
    const found = /^([A-Za-z0-9_-]+):\s*(\S.*?)\s*$/.exec(line.slice(0, 10_000));
    if (found === null || line.startsWith("#")) continue;
    const [, title = "", command = ""] = found;
    if (onceNames.has(title)) { notImported.push({ file, what: title, why: "it runs once and ends; name it as seed: or setup: if a worktree needs it" }); continue; }
    const words = portWordsOf(command);
    const usesPort = title === "web" || /\$\{?PORT\b/.test(command) || words !== undefined || isWebServer(command);
    services[serviceName(title, services)] = { run: words === undefined ? command : `${command} ${words}`, ...(usesPort ? { ports: ["PORT"], ready: { listening: true } } : { ready: { started: true } }) };
  }
  return { services, notImported };
}
