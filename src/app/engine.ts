// The short way to `inspan telemetry serve`: no manifest, no schemas, no other domain. An engine a worktree starts often and idles long,
// so its start-up time and memory are its own entry's. Whatever it does not understand goes the usual way, which knows every error.
import { resolve } from "node:path";
import { exitCodeOf, InspanError, messageOf } from "../base/errors.ts";
import { nodeClock } from "../providers/node/clock.ts";
import { serveEngine } from "../domains/telemetry/runtime/index.ts";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

interface EngineArguments { readonly port: number; readonly dataPath: string | undefined; readonly cwd: string }

/** What stands after "telemetry serve"; undefined where the usual way has to judge it. */
export function readEngineArguments(args: readonly string[], cwd: string): EngineArguments | undefined {
  let port = 0;
  let data: string | undefined;
  let folder = cwd;
  for (let index = 0; index < args.length; index++) {
    const [flag = "", inline] = (args[index] ?? "").split(/=(.*)/s, 2);
    if (flag === "--json" || flag === "--quiet") continue;
    const value = inline ?? args[++index];
    if (value === undefined || value === "") return undefined;
    if (flag === "--port" && /^\d{1,5}$/.test(value) && Number(value) < 65_536) port = Number(value);
    else if (flag === "--data") data = value;
    else if (flag === "--cwd") folder = resolve(cwd, value);
    else return undefined;
  }
  return { port, dataPath: data === undefined ? undefined : resolve(cwd, data), cwd: folder };
}

function statePath(): string {
  const { INSPAN_HOME: named, XDG_STATE_HOME: xdg, HOME: home } = process.env;
  if (named) return resolve(named);
  return join(xdg && isAbsolute(xdg) ? xdg : join(home || homedir(), ".local", "state"), "inspan");
}

/** False where the usual way has to take over; otherwise this process ends with the engine. */
export async function runEngine(args: readonly string[]): Promise<boolean> {
  const read = readEngineArguments(args, process.cwd());
  if (read === undefined) return false;
  const stopping = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => stopping.abort());
  process.stdout.on("error", () => {}); // whoever started the engine may close the pipe after the first line
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string }; // our own package.json
  try {
    await serveEngine({
      ...read, clock: nodeClock, version, statePath: statePath(), signal: stopping.signal, pid: process.pid,
      print: (line) => { process.stdout.write(`${line}\n`); }, warn: (line) => { process.stderr.write(`${line}\n`); },
    });
  } catch (error) {
    if (error instanceof InspanError) {
      process.stderr.write(`${error.message}\nNext: ${error.remedy ?? "inspan telemetry serve --help"}\n`);
      process.exit(exitCodeOf(error));
    }
    const isTaken = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
    process.stderr.write(
      `Cannot run the telemetry engine: ${isTaken ? `port ${read.port} is taken, expected a free one` : messageOf(error)}.\nNext: inspan telemetry serve${isTaken ? "" : " --help"}\n`,
    );
    process.exit(3);
  }
  process.exit(0);
}
