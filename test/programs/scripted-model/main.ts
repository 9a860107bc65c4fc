// The scripted model as a program: `node main.ts --script <name> [--port N] [--mute CHANNEL]…` prints {"url"} as one line and serves until SIGTERM.
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import type { Script } from "./conversation.ts";
import { scripts } from "./scripts.ts";
import { startScriptedModel } from "./server.ts";

/** A name of `scripts`, or a path of a module that exports `script`. */
async function loadScript(name: string): Promise<Script> {
  const known = scripts.get(name);
  if (known !== undefined) return known;
  if (!name.endsWith(".ts"))
    throw new Error(
      `Cannot play the script "${name}": unknown, expected one of ${[...scripts.keys()].join(", ")} or a path of a .ts module that exports "script"`,
    );
  const module: unknown = await import(pathToFileURL(name).href);
  if (typeof module === "object" && module !== null && "script" in module && typeof module.script === "function") return module.script as Script; // the module is ours
  throw new Error(`Cannot play the script "${name}": the module exports no function "script"`);
}

const { values } = parseArgs({
  options: { script: { type: "string", default: "echo" }, port: { type: "string", default: "0" }, mute: { type: "string", multiple: true, default: [] } },
});
const model = await startScriptedModel({ script: await loadScript(values.script), port: Number(values.port), mutedChannels: values.mute });
process.stdout.write(`${JSON.stringify({ url: model.url, pid: process.pid })}\n`);
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => { void model.close().then(() => process.exit(0)); });
