// Owns the start of a program that outlives us. Knows nothing of its end: whoever wants it ended asks it, or finds its process record.
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { InspanError, messageOf } from "../../base/errors.ts";
import { runMarkerName } from "./process-table.ts";
import type { ResidentSpec } from "../processes.ts";

/** Resolves when it runs. */
export async function startResident({ command, cwd, env, logPath }: ResidentSpec): Promise<{ readonly pid: number }> {
  mkdirSync(dirname(logPath), { recursive: true, mode: 0o700 });
  const log = openSync(logPath, "a", 0o600);
  try {
    const [program, ...args] = command;
    const child = spawn(program, args, { cwd, env: { [runMarkerName]: randomUUID(), ...env }, detached: true, stdio: ["ignore", log, log] });
    await new Promise<void>((resolve, reject) => { child.once("spawn", resolve); child.once("error", reject); });
    child.unref();
    return { pid: child.pid ?? 0 };
  } catch (error) {
    throw new InspanError("PROCESS_NOT_STARTED", `Cannot start "${command[0]}": ${messageOf(error)}, expected a program that can be executed.`, { cause: error });
  } finally { closeSync(log); }
}
