// The short way to `up`, `down` and `status`: no manifest, no schemas, no other domain; people and agents wait for these most often.
// Whatever it does not understand goes the usual way, which knows every error.
import { statSync } from "node:fs";
import { resolve } from "node:path";
import { exitCodeOf, exitCodes } from "../base/errors.ts";
import type { OperationContext } from "../providers/index.ts";
import { stateFolder } from "./state-folder.ts";

interface InstanceArguments {
  readonly command: "up" | "down" | "status";
  readonly cwd: string | undefined;
  readonly isJson: boolean;
  readonly isQuiet: boolean;
  readonly restart: readonly string[];
  readonly flags: ReadonlySet<string>;
}

const flagsOf = { up: new Set(["--fresh", "--telemetry", "--no-telemetry", "--unsandboxed"]), down: new Set(["--data"]), status: new Set<string>() } as const;

/** Undefined where the usual way has to judge them. */
export function readInstanceArguments(args: readonly string[]): InstanceArguments | undefined {
  const [command, ...words] = args;
  if (command !== "up" && command !== "down" && command !== "status") return undefined;
  const flags = new Set<string>();
  const restart: string[] = [];
  let cwd: string | undefined;
  for (let index = 0; index < words.length; index++) {
    const [flag = "", inline] = (words[index] ?? "").split(/=(.*)/s, 2);
    if (flag === "--cwd" || flag === "-C" || (flag === "--restart" && command === "up")) {
      const value = inline ?? words[++index];
      if (value === undefined || value === "" || value.startsWith("-")) return undefined;
      if (flag === "--restart") restart.push(value);
      else cwd = value;
      continue;
    }
    if (inline !== undefined || !(flag === "--json" || flag === "--quiet" || flag === "-q" || flagsOf[command].has(flag))) return undefined;
    flags.add(flag);
  }
  if (flags.has("--telemetry") && flags.has("--no-telemetry")) return undefined; // the last one wins there
  return { command, cwd, restart, flags, isJson: flags.has("--json"), isQuiet: flags.has("--quiet") || flags.has("-q") };
}

interface Said { readonly value: unknown; readonly text: () => string; readonly exitCode: number }

async function run({ command, flags, restart }: InstanceArguments, context: OperationContext, startedPid: number | undefined): Promise<Said> {
  const { bringUp, exitCodeOfInstance, readStatus, renderDown, renderInstance, takeDown, toContract } = await import("../domains/instance/runtime/index.ts");
  if (command === "down") {
    const down = await takeDown(context, { data: flags.has("--data") });
    return { value: down, text: () => renderDown(down), exitCode: exitCodes.fine };
  }
  const state = toContract(
    await (command === "status"
      ? readStatus(context)
      : bringUp(context, {
          restart,
          fresh: flags.has("--fresh"),
          telemetry: !flags.has("--no-telemetry"),
          unsandboxed: flags.has("--unsandboxed"),
          startedPid,
        })),
  );
  return { value: state, text: () => renderInstance(state), exitCode: command === "status" ? exitCodes.fine : exitCodeOfInstance(state) };
}

/** The supervisor boots while this command loads. */
async function begin(read: InstanceArguments, cwd: string): Promise<number | undefined> {
  if (read.command !== "up") return undefined;
  const [{ beginInstance }, { nodeFiles: files }, { createNodeProcesses }, { packageVersion, programs }] = await Promise.all([
    import("../domains/instance/runtime/index.ts"), import("../providers/node/files.ts"), import("../providers/node/processes.ts"), import("./programs.ts"),
  ]);
  const context = { cwd, statePath: stateFolder(process.env), version: packageVersion(), programs, env: process.env, providers: { files, processes: createNodeProcesses() } };
  const { flags, restart } = read;
  return beginInstance(context, { isUnsandboxed: flags.has("--unsandboxed"), begin: { isFresh: flags.has("--fresh"), restart, hasTelemetry: !flags.has("--no-telemetry") } });
}

/** False where the usual way has to take over; otherwise this process ends with the exit code. */
export async function runInstance(args: readonly string[]): Promise<boolean> {
  const read = readInstanceArguments(args);
  const cwd = resolve(read?.cwd ?? process.cwd());
  if (read === undefined || !statSync(cwd, { throwIfNoEntry: false })?.isDirectory()) return false;
  process.stdout.on("error", () => process.exit(0)); // the reader of a pipe has gone
  const startedPid = await begin(read, cwd);
  const [{ createContext }, { createShutdown }, voices] = await Promise.all([import("./wire.ts"), import("./shutdown.ts"), import("./voice.ts")]);
  // The table of commands is read with the first words for a person.
  let voice: ReturnType<typeof voices.findVoice> | undefined;
  const findVoice = () => (voice ??= import("./manifest.ts").then(({ readManifest }) => voices.findVoice(readManifest(), args, read.cwd)));
  const shutdown = createShutdown();
  let exitCode: number;
  try {
    const context = await createContext({
      cwd, callerPath: process.cwd(), env: process.env, shutdown, readStdin: () => Promise.resolve(undefined), emit: () => undefined,
      progress: (text) => { if (!read.isQuiet) void findVoice().then((found) => process.stderr.write(`${voices.forPerson(found, text)}\n`)); },
    });
    const name = `instance/${read.command}`;
    const said = await context.providers.telemetry.span(`operation ${name}`, { operation: name }, () => run(read, context, startedPid));
    await voices.print(read.isJson ? voices.toJsonLine(said.value) : voices.forPerson(await findVoice(), said.text()));
    exitCode = said.exitCode;
  } catch (error) {
    const explained = voices.explainStateError(error, stateFolder(process.env));
    voices.printError(explained, await findVoice());
    exitCode = exitCodeOf(explained);
  } finally {
    await shutdown.close();
  }
  await new Promise<void>((done) => { process.stdout.write("", () => done()); });
  process.exit(exitCode);
}
