// Owns a program that is spoken to over two pipes of its own: what is written comes to its descriptor 3, what it says there comes from 4.
import { spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { InspanError, messageOf } from "../../base/errors.ts";
import { OutputTail } from "./process-output.ts";
import { signalGroup } from "./process-table.ts";
import type { PipedProcess, PipedSpec } from "../processes.ts";

/** Of what it says on its standard error: enough for why it did not start. */
const wordsBytesMax = 8 * 1024;

/** Cuts what comes at each zero byte; a message may come in many parts. */
function eachMessage(stream: Readable, take: (message: string) => void): void {
  let parts: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => {
    let start = 0;
    for (let end = chunk.indexOf(0); end !== -1; end = chunk.indexOf(0, start)) {
      parts.push(chunk.subarray(start, end));
      const message = Buffer.concat(parts).toString();
      parts = [];
      start = end + 1;
      setImmediate(take, message); // one turn each: what the first sets off is done before the second
    }
    if (start < chunk.length) parts.push(chunk.subarray(start));
  });
}

/** Begins at once, before it returns; who has work of his own does it meanwhile. Throws PROCESS_NOT_STARTED where it cannot begin. */
export function startPiped({ command, cwd, env }: PipedSpec): PipedProcess {
  const [program, ...args] = command;
  const words = new OutputTail(wordsBytesMax);
  let onMessage: ((message: string) => void) | undefined;
  let onEnd: (() => void) | undefined;
  let hasEnded = false;
  let child: ReturnType<typeof spawn>;
  try { child = spawn(program, args, { cwd, env, detached: true, stdio: ["ignore", "ignore", "pipe", "pipe", "pipe"] }); } catch (error) {
    throw new InspanError("PROCESS_NOT_STARTED", `Cannot start "${program}": ${messageOf(error)}, expected a program that can be executed.`, { cause: error });
  }
  const [to, from] = [child.stdio[3] as Writable, child.stdio[4] as Readable]; // the two pipes asked for above
  const end = (): void => {
    if (hasEnded) return;
    hasEnded = true;
    onEnd?.();
  };
  const exited = new Promise<void>((resolve) => {
    child.once("error", (error) => { words.add(Buffer.from(error.message)); resolve(); });
    child.once("exit", () => resolve());
  });
  void exited.then(() => setImmediate(end)); // behind what it said last
  from?.once("close", end);
  child.stderr?.on("data", (chunk: Buffer) => words.add(chunk)).on("error", () => undefined);
  to?.on("error", () => undefined); // it has gone: `exited` tells
  if (from !== undefined) eachMessage(from.on("error", () => undefined), (message) => onMessage?.(message));
  return {
    pid: child.pid ?? 0, exited,
    send: (message) => { if (!hasEnded) to.write(`${message}\0`); },
    listen: (take, end) => { onMessage = take; onEnd = end; if (hasEnded) end(); },
    lastWords: () => words.text(),
    kill: () => { if (child.pid !== undefined) signalGroup(child.pid, "SIGKILL"); },
  };
}
