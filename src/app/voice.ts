// How a call speaks: JSON lines or text, errors with the next command to type, and the exit code behind them. Knows no operation.
import { sep } from "node:path";
import { fileURLToPath } from "node:url";
import { InspanError, isAbort, messageOf } from "../base/errors.ts";
import { withoutControls } from "../base/text.ts";
import { nodeClock } from "../providers/node/clock.ts";
import type { Manifest } from "./manifest.ts";
import { stateFolder, usualStateFolder } from "./state-folder.ts";
import { commandPrefix, createTypable, statePrefix } from "./typable.ts";

/** An error of the file system inside our state folder, said as what it is; everything else as it came. */
export function explainStateError(error: unknown, statePath: string): unknown {
  if (
    error instanceof InspanError ||
    !(error instanceof Error) ||
    !("path" in error) ||
    typeof error.path !== "string" ||
    (error.path !== statePath && !error.path.startsWith(`${statePath}${sep}`))
  )
    return error;
  return new InspanError("STATE_UNWRITABLE", `Cannot write the state folder "${statePath}": ${error.message}, expected a folder that you may write.`, {
    remedy: "set INSPAN_HOME to a folder that you may write, then run: inspan doctor",
    cause: error,
  });
}

/** How this call speaks: its form, and the number of its next event. */
export interface Voice { readonly isJson: boolean; readonly isStreaming: boolean; seq: number; typable(text: string): string }

/** One line of JSON. What JSON lets pass and a terminal obeys is escaped, so that the document stays the same. */
export function toJsonLine(value: unknown): string {
  return escapeControls(`${JSON.stringify(value)}\n`);
}

export function escapeControls(json: string): string {
  return json.replaceAll(/[\u007f-\u009f]/g, (one) => `\\u00${one.charCodeAt(0).toString(16)}`);
}

export function eventLine(voice: Voice, event: Readonly<Record<string, unknown>>): string {
  return toJsonLine({ version: 1, seq: voice.seq++, at: nodeClock.nowIso(), ...event });
}

/** Text for a person: nothing in it commands their terminal, and the commands it names can be typed here. */
export function forPerson(voice: Voice, text: string): string {
  return voice.typable(withoutControls(text));
}

export function printError(error: unknown, voice: Voice): void {
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
export function print(text: string): Promise<void> {
  if (text === "") return Promise.resolve();
  return new Promise((done) => { process.stdout.write(text.endsWith("\n") ? text : `${text}\n`, () => done()); });
}

/** Known before the command line is understood, because its errors are said in the same form. */
export async function findVoice(manifest: Manifest, args: readonly string[], cwd: string | undefined): Promise<Voice> {
  const words = `${args.join(" ")} `;
  const operation = manifest.operations.filter((one) => words.startsWith(`${one.command} `)).sort((left, right) => right.command.length - left.command.length)[0];
  const prefix = `${statePrefix(process.env, stateFolder(process.env), usualStateFolder(process.env))}${commandPrefix({ rootPath: fileURLToPath(new URL("../..", import.meta.url)), cwd: process.cwd(), path: process.env["PATH"] })}`;
  return {
    isJson: args.includes("--json"),
    isStreaming: operation?.isStreaming ?? false,
    seq: 0,
    typable: createTypable({ prefix, cwd, commands: manifest.operations.map((one) => one.command) }),
  };
}
