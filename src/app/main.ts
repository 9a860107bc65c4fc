// The command line: arguments in, one operation run, its result printed, an exit code out. The only room with console and process.env.
import { statSync } from "node:fs";
import { resolve, sep } from "node:path";
import { exitCodeOf, exitCodes, InspanError, isAbort, messageOf } from "../base/errors.ts";
import { parseCommandLine, type ParsedCommandLine } from "./command-line.ts";
import { fileURLToPath } from "node:url";
import { withoutControls } from "../base/text.ts";
import { nodeClock } from "../providers/node/clock.ts";
import { renderCommandHelp, renderOverview } from "./help.ts";
import type { AnyOperation } from "../providers/index.ts";
import { flagOf, type Manifest, readManifest } from "./manifest.ts";
import { stateFolder, usualStateFolder } from "./state-folder.ts";
import { commandPrefix, createTypable, statePrefix } from "./typable.ts";

// Standard input above this is not a prompt; reading on would only fill memory.
const stdinCharsMax = 4 * 1024 * 1024;

async function readStdin(): Promise<string | undefined> {
  if (process.stdin.isTTY) return undefined;
  let text = "";
  process.stdin.setEncoding("utf8");
  for await (const chunk of process.stdin) {
    text += chunk;
    if (text.length > stdinCharsMax) throw new InspanError("USAGE", `Cannot read standard input: more than ${stdinCharsMax} characters.`, { kind: "usage", remedy: "shorten the text, or name a file" });
  }
  return text;
}

/** What is wrong with the input, in the words of the command line. */
function inputError(operation: AnyOperation, input: Readonly<Record<string, unknown>>, issue: { readonly path: readonly PropertyKey[]; readonly message: string } | undefined): InspanError {
  const field = String(issue?.path[0] ?? "");
  const shown = operation.positional?.includes(field) ? `<${field}>` : flagOf(field);
  const what = field !== "" && input[field] === undefined ? `${shown} is missing` : `${shown} does not fit: ${issue?.message ?? "wrong input"}`;
  return new InspanError("USAGE", `Cannot run "inspan ${operation.command}": ${what}.`, { kind: "usage", remedy: `inspan ${operation.command} --help` });
}

/** An error of the file system inside our state folder, said as what it is; everything else as it came. */
function explainStateError(error: unknown, statePath: string): unknown {
  if (error instanceof InspanError || !(error instanceof Error) || !("path" in error) || typeof error.path !== "string" || (error.path !== statePath && !error.path.startsWith(`${statePath}${sep}`))) return error;
  return new InspanError("STATE_UNWRITABLE", `Cannot write the state folder "${statePath}": ${error.message}, expected a folder that you may write.`, { remedy: "set INSPAN_HOME to a folder that you may write, then run: inspan doctor", cause: error });
}

/** How this call speaks: its form, and the number of its next event. */
interface Voice { readonly isJson: boolean; readonly isStreaming: boolean; seq: number; typable(text: string): string }

/** One line of JSON. What JSON lets pass and a terminal obeys is escaped, so that the document stays the same. */
function toJsonLine(value: unknown): string {
  return `${JSON.stringify(value).replaceAll(/[\u007f-\u009f]/g, (one) => `\\u00${one.charCodeAt(0).toString(16)}`)}\n`;
}

function eventLine(voice: Voice, event: Readonly<Record<string, unknown>>): string {
  return toJsonLine({ version: 1, seq: voice.seq++, at: nodeClock.nowIso(), ...event });
}

/** Text for a person: nothing in it commands their terminal, and the commands it names can be typed here. */
function forPerson(voice: Voice, text: string): string {
  return voice.typable(withoutControls(text));
}

function printError(error: unknown, voice: Voice): void {
  const known = error instanceof InspanError ? error : undefined;
  const isCancelled = isAbort(error) || known?.kind === "cancelled";
  const code = isCancelled ? "CANCELLED" : known?.code ?? "UNEXPECTED";
  const message = isCancelled ? "Cancelled." : messageOf(error);
  const remedy = known?.remedy ?? (isCancelled ? undefined : "inspan doctor");
  const said = { error: { code, message, ...(remedy ? { remedy } : {}) } };
  if (voice.isJson) process.stdout.write(voice.isStreaming ? eventLine(voice, { type: "result", ...said }) : toJsonLine({ version: 1, ...said }));
  process.stderr.write(forPerson(voice, `${message}\n${remedy ? `Next: ${remedy}\n` : ""}`));
  if (!known && !isCancelled && error instanceof Error && process.env["INSPAN_DEBUG"]) process.stderr.write(`${error.stack}\n`);
}

/** Writes and waits until the pipe has taken it, so that process.exit cuts nothing. */
function print(text: string): Promise<void> {
  if (text === "") return Promise.resolve();
  return new Promise((done) => { process.stdout.write(text.endsWith("\n") ? text : `${text}\n`, () => done()); });
}

/** Known before the command line is understood, because its errors are said in the same form. */
async function findVoice(manifest: Manifest, args: readonly string[], cwd: string | undefined): Promise<Voice> {
  const words = `${args.join(" ")} `;
  const operation = manifest.operations.filter((one) => words.startsWith(`${one.command} `)).sort((left, right) => right.command.length - left.command.length)[0];
  const prefix = `${statePrefix(process.env, stateFolder(process.env), usualStateFolder(process.env))}${commandPrefix({ rootPath: fileURLToPath(new URL("../..", import.meta.url)), cwd: process.cwd(), path: process.env["PATH"] })}`;
  return { isJson: args.includes("--json"), isStreaming: operation?.isStreaming ?? false, seq: 0, typable: createTypable({ prefix, cwd, commands: manifest.operations.map((one) => one.command) }) };
}

async function runOperation(line: ParsedCommandLine, voice: Voice, stdinText: string | undefined): Promise<number> {
  const [{ createContext, loadOperation }, { createShutdown }] = await Promise.all([import("./wire.ts"), import("./shutdown.ts")]);
  const shutdown = createShutdown();
  try {
    const cwd = resolve(line.cwd ?? process.cwd());
    if (!statSync(cwd, { throwIfNoEntry: false })?.isDirectory()) throw new InspanError("FOLDER_MISSING", `Cannot work in "${cwd}": no such folder.`, { kind: "usage", remedy: `inspan ${line.operation.command} --cwd <folder>` });
    const operation = await loadOperation(line.operation.domain, line.operation.name);
    const emit = (event: Readonly<Record<string, unknown>>) => { if (line.isJson) process.stdout.write(eventLine(voice, event)); };
    const context = await createContext({
      cwd, callerPath: process.cwd(), env: process.env, shutdown, readStdin: stdinText === undefined ? readStdin : async () => stdinText, emit,
      progress: (text) => { if (!line.isQuiet) process.stderr.write(`${forPerson(voice, text)}\n`); },
    });
    const parsed = operation.input.safeParse(line.input);
    if (!parsed.success) throw inputError(operation, line.input, parsed.error.issues[0]);
    const input = parsed.data as never; // parsed by this operation's own schema; see defineOperation()
    const output = await context.providers.telemetry.span(`operation ${operation.name}`, { operation: operation.name }, () => operation.handler(input, context));
    if (line.isJson && operation.isStreaming) emit({ type: "result", ...(output as object) }); // streaming operations return objects
    else if (line.isJson) await print(toJsonLine(output));
    else {
      const text = operation.render(output as never, input); // rendered by the operation that made it
      await print(operation.isVerbatim && !process.stdout.isTTY ? text : forPerson(voice, text));
    }
    return operation.exitCode?.(output as never) ?? exitCodes.fine;
  } catch (error) {
    throw explainStateError(error, stateFolder(process.env));
  } finally {
    await shutdown.close();
  }
}

/** Runs one command line; ends the process with its exit code. `stdinText` where standard input has been read already. */
export async function runMain(args: readonly string[], stdinText?: string): Promise<void> {
  process.stdout.on("error", () => process.exit(0)); // the reader of a pipe has gone
  let exitCode: number = exitCodes.fine;
  const manifest = readManifest();
  let voice: Voice | undefined;
  try {
    const line = parseCommandLine(manifest, args);
    if (line.kind === "version") await print((await import("./wire.ts")).packageVersion());
    else if (line.kind === "operation") exitCode = await runOperation(line, voice = await findVoice(manifest, args, line.cwd), stdinText);
    else {
      const text = line.words.length === 0 ? renderOverview(manifest) : renderCommandHelp(manifest, line.words);
      if (text === undefined) throw new InspanError("USAGE", `Cannot show help for "${line.words.join(" ")}": no such command.`, { kind: "usage", remedy: "inspan --help" });
      await print(text);
    }
  } catch (error) {
    printError(error, voice ?? await findVoice(manifest, args, undefined));
    exitCode = exitCodeOf(error);
  }
  await new Promise<void>((done) => { process.stdout.write("", () => done()); });
  process.exit(exitCode);
}
