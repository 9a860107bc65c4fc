// Which version this is, and which programs of ours it starts beside itself. Loads no provider.
import nodeModule from "node:module";
import { dirname, extname } from "node:path";
import { fileURLToPath } from "node:url";
import { readFileSync } from "node:fs";
import type { OperationContext } from "../providers/index.ts";

export function packageVersion(): string {
  const text = readFileSync(fileURLToPath(new URL("../../package.json", import.meta.url)), "utf8");
  return (JSON.parse(text) as { version: string }).version; // our own package.json
}

/** Beside this file, compiled or not. */
function program(name: string): OperationContext["programs"]["supervisor"] {
  return {
    command: [process.execPath, fileURLToPath(new URL(`./${name}${extname(import.meta.url)}`, import.meta.url))],
    // Its own first file is compiled before it could ask for the cache itself; from source that alone costs 25 MB.
    env: compileCacheEnv(),
  };
}

function compileCacheEnv(): Readonly<Record<string, string>> {
  const folder = nodeModule.getCompileCacheDir?.(); // not on Node 20
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: dirname(folder) };
}

export const programs: OperationContext["programs"] = { supervisor: program("supervisor"), browserDaemon: program("browser-daemon") };
