// .claude/launch.json: configurations with a program, its words and one port each. Pure.
import type { Imported, ImportedService, NotImported } from "../../types/index.ts";
import { failed, isMap, listOf, readJson, relativeFolder, serviceName, shellWord, stringMap, textOf } from "./parts.ts";

export const launchJsonPath = ".claude/launch.json";

export function importLaunchJson(text: string): Imported {
  const value = readJson(text);
  if (!isMap(value)) return failed(launchJsonPath, "it is not JSON");
  const services: Record<string, ImportedService> = {};
  const notImported: NotImported[] = [];
  for (const entry of listOf(value["configurations"])) {
    if (!isMap(entry)) continue;
    const title = textOf(entry["name"]) ?? "app";
    const program = textOf(entry["runtimeExecutable"]) ?? textOf(entry["program"]);
    if (program === undefined) { notImported.push({ file: launchJsonPath, what: title, why: "it names no program (runtimeExecutable)" }); continue; }
    const port = textOf(entry["port"]);
    const words = [program, ...listOf(entry["runtimeArgs"] ?? entry["args"]).flatMap((word) => textOf(word) ?? [])];
    // The port that is written there is one for the whole machine; ours is leased.
    const run = words.map((word) => shellWord(port !== undefined && new RegExp(`(^|[:=])${port}$`).test(word) ? word.replace(new RegExp(`${port}$`), "$PORT") : word)).join(" ");
    const cwd = relativeFolder(textOf(entry["cwd"]));
    const env = stringMap(entry["env"]);
    const { PORT: _, ...kept } = env;
    const name = serviceName(title, services);
    services[name] = {
      run, ...(cwd === undefined ? {} : { cwd }),
      ...(port === undefined ? {} : { ports: ["PORT"], ready: { listening: true } }),
      ...(Object.keys(kept).length === 0 ? {} : { env: kept }),
    };
  }
  return { services, notImported };
}
