// The command line: arguments in, one operation run, its result printed, an exit code out. The only room with console and process.env.
import { statSync } from "node:fs";
import { resolve, sep } from "node:path";
import { exitCodeOf, exitCodes, InspanError, isAbort, messageOf } from "../base/errors.ts";
import { parseCommandLine, type ParsedCommandLine } from "./command-line.ts";
import { renderCommandHelp, renderOverview } from "./help.ts";
import type { AnyOperation } from "../providers/index.ts";
import { flagOf, readManifest } from "./manifest.ts";

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

function printError(error: unknown, isJson: boolean): void {
  const known = error instanceof InspanError ? error : undefined;
  const isCancelled = isAbort(error) || known?.kind === "cancelled";
  const code = isCancelled ? "CANCELLED" : known?.code ?? "UNEXPECTED";
  const message = isCancelled ? "Cancelled." : messageOf(error);
  const remedy = known?.remedy ?? (isCancelled ? undefined : "inspan doctor");
  if (isJson) process.stdout.write(`${JSON.stringify({ version: 1, type: "result", error: { code, message, ...(remedy ? { remedy } : {}) } })}\n`);
  process.stderr.write(`${message}\n${remedy ? `Next: ${remedy}\n` : ""}`);
  if (!known && !isCancelled && error instanceof Error && process.env["INSPAN_DEBUG"]) process.stderr.write(`${error.stack}\n`);
}

/** Writes and waits until the pipe has taken it, so that process.exit cuts nothing. */
function print(text: string): Promise<void> {
  if (text === "") return Promise.resolve();
  return new Promise((done) => { process.stdout.write(text.endsWith("\n") ? text : `${text}\n`, () => done()); });
}

async function runOperation(line: ParsedCommandLine): Promise<number> {
  const [{ createContext, loadOperation, stateFolder }, { createShutdown }] = await Promise.all([import("./wire.ts"), import("./shutdown.ts")]);
  const shutdown = createShutdown();
  try {
    let seq = 0;
    const cwd = resolve(line.cwd ?? process.cwd());
    if (!statSync(cwd, { throwIfNoEntry: false })?.isDirectory()) throw new InspanError("FOLDER_MISSING", `Cannot work in "${cwd}": no such folder.`, { kind: "usage", remedy: `inspan ${line.operation.command} --cwd <folder>` });
    const operation = await loadOperation(line.operation.domain, line.operation.name);
    const emit = (event: Readonly<Record<string, unknown>>) => { if (line.isJson) process.stdout.write(`${JSON.stringify({ version: 1, seq: seq++, at: context.providers.clock.nowIso(), ...event })}\n`); };
    const context = await createContext({
      cwd, env: process.env, shutdown, readStdin, emit,
      progress: (text) => { if (!line.isQuiet) process.stderr.write(`${text}\n`); },
    });
    const parsed = operation.input.safeParse(line.input);
    if (!parsed.success) throw inputError(operation, line.input, parsed.error.issues[0]);
    const input = parsed.data as never; // parsed by this operation's own schema; see defineOperation()
    const output = await context.providers.telemetry.span(`operation ${operation.name}`, { operation: operation.name }, () => operation.handler(input, context));
    if (line.isJson && operation.isStreaming) emit({ type: "result", ...(output as object) }); // streaming operations return objects
    else if (line.isJson) await print(JSON.stringify(output));
    else await print(operation.render(output as never, input)); // rendered by the operation that made it
    return operation.exitCode?.(output as never) ?? exitCodes.fine;
  } catch (error) {
    throw explainStateError(error, stateFolder(process.env));
  } finally {
    await shutdown.close();
  }
}

/** Runs one command line; ends the process with its exit code. */
export async function runMain(args: readonly string[]): Promise<void> {
  process.stdout.on("error", () => process.exit(0)); // the reader of a pipe has gone
  let exitCode: number = exitCodes.fine;
  try {
    const manifest = readManifest();
    const line = parseCommandLine(manifest, args);
    if (line.kind === "version") await print((await import("./wire.ts")).packageVersion());
    else if (line.kind === "operation") exitCode = await runOperation(line);
    else {
      const text = line.words.length === 0 ? renderOverview(manifest) : renderCommandHelp(manifest, line.words);
      if (text === undefined) throw new InspanError("USAGE", `Cannot show help for "${line.words.join(" ")}": no such command.`, { kind: "usage", remedy: "inspan --help" });
      await print(text);
    }
  } catch (error) {
    printError(error, args.includes("--json"));
    exitCode = exitCodeOf(error);
  }
  await new Promise<void>((done) => { process.stdout.write("", () => done()); });
  process.exit(exitCode);
}
