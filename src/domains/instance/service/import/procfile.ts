// Procfile and Procfile.dev: `name: command` a line (foreman's form). Pure.
import type { Imported, ImportedService, NotImported } from "../../types/index.ts";
import { isWebServer, tellPort } from "./commands.ts";
import { serviceName } from "./parts.ts";

/** Processes that a platform runs once and not beside the application. */
const onceNames = new Set(["release", "postdeploy"]);
/** Processes that answer, by the names that people give them; foreman gives each of them a PORT. */
const serverNames = /^(?:web|api|server|backend|frontend|client|ui|app|site|http)$/i;
/** More lines that are none make no Procfile. */
const wrongLinesMax = 10;
/** A longer line is no command; what it would start is refused by the configuration. */
const lineCharsMax = 20_000;

export function importProcfile(file: string, text: string): Imported {
  const services: Record<string, ImportedService> = {};
  const notImported: NotImported[] = [];
  let wrong = 0;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "" || /^\s*#/.test(line)) continue;
    const found = /^([A-Za-z0-9_-]+):\s*(\S.*?)\s*$/.exec(line.slice(0, lineCharsMax));
    if (found === null) { if (wrong++ < wrongLinesMax) notImported.push({ file, what: `line ${index + 1}`, why: 'it is not of the form "name: command"' }); continue; }
    const [, title = "", command = ""] = found;
    if (onceNames.has(title)) { notImported.push({ file, what: title, why: "it runs once and ends; name it as seed: or setup: if a worktree needs it" }); continue; }
    const told = tellPort(command);
    const usesPort = serverNames.test(title) || /\$\{?PORT\b/.test(command) || told !== undefined || isWebServer(command);
    services[serviceName(title, services)] = { run: told ?? command, ...(usesPort ? { ports: ["PORT"], ready: { listening: true } } : { ready: { started: true } }) };
  }
  return { services, notImported };
}
