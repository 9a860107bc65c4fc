// The command line: arguments in, one operation run, its result printed, an exit code out. The only room with console and process.env.
import { statSync } from "node:fs";
import { resolve } from "node:path";
import { exitCodeOf, exitCodes, InspanError } from "../base/errors.ts";
import { parseCommandLine, type ParsedCommandLine } from "./command-line.ts";
import { renderCommandHelp, renderOverview } from "./help.ts";
import type { AnyOperation } from "../providers/index.ts";
import { flagOf, readManifest } from "./manifest.ts";
import { stateFolder } from "./state-folder.ts";
import { escapeControls, eventLine, explainStateError, findVoice, forPerson, print, printError, toJsonLine, type Voice } from "./voice.ts";

// Standard input above this is not a prompt; reading on would only fill memory.
const stdinCharsMax = 4 * 1024 * 1024;

async function readStdin(): Promise<string | undefined> {
  if (process.stdin.isTTY) return undefined;
  let text = "";
  process.stdin.setEncoding("utf8");
  for await (const chunk of process.stdin) {
    text += chunk;
    if (text.length > stdinCharsMax)
      throw new InspanError("USAGE", `Cannot read standard input: more than ${stdinCharsMax} characters.`, {
        kind: "usage",
        remedy: "shorten the text, or name a file",
      });
  }
  return text;
}

/** What is wrong with the input, in the words of the command line. */
function inputError(
  operation: AnyOperation,
  input: Readonly<Record<string, unknown>>,
  issue: { readonly path: readonly PropertyKey[]; readonly message: string } | undefined,
): InspanError {
  const field = String(issue?.path[0] ?? "");
  const shown = operation.positional?.includes(field) ? `<${field}>` : flagOf(field);
  const what = field !== "" && input[field] === undefined ? `${shown} is missing` : `${shown} does not fit: ${issue?.message ?? "wrong input"}`;
  return new InspanError("USAGE", `Cannot run "inspan ${operation.command}": ${what}.`, { kind: "usage", remedy: `inspan ${operation.command} --help` });
}

/** The folder to work in. Throws FOLDER_MISSING. */
function workFolder(line: ParsedCommandLine): string {
  const cwd = resolve(line.cwd ?? process.cwd());
  if (!statSync(cwd, { throwIfNoEntry: false })?.isDirectory())
    throw new InspanError("FOLDER_MISSING", `Cannot work in "${cwd}": no such folder.`, {
      kind: "usage",
      remedy: `inspan ${line.operation.command} --cwd <folder>`,
    });
  return cwd;
}

/** An agent asks the browser's daemon at every step, and needs nothing else of ours. Undefined where the configuration has to be read. */
async function askBrowserQuickly(line: ParsedCommandLine, voice: Voice): Promise<number | undefined> {
  const [{ askQuickly }, { renderAnswer }, { packageVersion }] = await Promise.all([
    import("./browser.ts"),
    import("../domains/browser/runtime/index.ts"),
    import("./programs.ts"),
  ]);
  const answer = await askQuickly(line, { cwd: workFolder(line), callerPath: process.cwd(), version: packageVersion(), signal: new AbortController().signal });
  if (answer === undefined) return undefined;
  await print(line.isJson ? toJsonLine(answer) : forPerson(voice, renderAnswer(answer)));
  return exitCodes.fine;
}

/** Undefined where the operation has to be run. */
async function runQuickly(line: ParsedCommandLine, voice: Voice): Promise<number | undefined> {
  if (line.operation.domain === "browser") return askBrowserQuickly(line, voice);
  const format = line.input["format"] ?? "text";
  if (line.operation.name !== "lint/check" || (format !== "text" && !line.isJson)) return undefined;
  const { quickCheck } = await import("./quick-check.ts");
  const answer = await quickCheck({ cwd: resolve(line.cwd ?? process.cwd()), statePath: stateFolder(process.env), input: line.input });
  if (answer === undefined) return undefined;
  await print(line.isJson ? escapeControls(`${answer.json}\n`) : forPerson(voice, answer.text()));
  return answer.isFailed ? exitCodes.findings : exitCodes.fine;
}

async function runOperation(line: ParsedCommandLine, voice: Voice, stdinText: string | undefined): Promise<number> {
  const [{ createContext, loadOperation }, { createShutdown }] = await Promise.all([import("./wire.ts"), import("./shutdown.ts")]);
  const shutdown = createShutdown();
  try {
    const cwd = workFolder(line);
    const operation = await loadOperation(line.operation.domain, line.operation.name);
    // What does not stream is one document, whatever it starts: a task that it runs tells its events to nobody.
    const emit = (event: Readonly<Record<string, unknown>>) => { if (line.isJson && operation.isStreaming === true) process.stdout.write(eventLine(voice, event)); };
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
    else if (line.kind === "operation") {
      voice = await findVoice(manifest, args, line.cwd);
      exitCode = await runQuickly(line, voice) ?? await runOperation(line, voice, stdinText);
    }
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
