// Owns questions to the machine about processes: start times, groups, and who carries a run's marker. Starts nothing but `ps`.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** The variable that every child carries, so that one which left its group (setsid) is still found. */
export const runMarkerName = "INSPAN_RUN_ID";

/** An opaque start time of the process, or undefined where none such lives; a zombie does not live. */
export function startTimeOf(pid: number): string | undefined {
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  if (process.platform === "linux") return startTimeFromProc(pid);
  try {
    const text = execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8", timeout: 5000, stdio: ["ignore", "pipe", "ignore"] });
    return text.trim() === "" ? undefined : text.trim();
  } catch {
    return undefined; // ps answers a missing process with exit code 1
  }
}

/** Field 22 of /proc/<pid>/stat (clock ticks since boot) with the boot's id, since ticks begin again with each boot; see proc(5). */
function startTimeFromProc(pid: number): string | undefined {
  const fields = statFields(pid);
  const state = fields?.[0];
  const ticks = fields?.[19];
  if (state === "Z" || state === "X" || ticks === undefined) return undefined;
  bootId ??= readProc("/proc/sys/kernel/random/boot_id")?.trim().slice(0, 8) ?? "";
  return `${bootId}-${ticks}`;
}

let bootId: string | undefined;

export function isAlive(pid: number, startedAt: string | undefined): boolean {
  const current = startTimeOf(pid);
  return current !== undefined && (startedAt === undefined || current === startedAt);
}

/** True while the group has a member that lives. Where process 1 reaps nothing (a bare container), zombies stay and do not count. */
export function hasGroup(pgid: number): boolean {
  if (!signalGroup(pgid, 0)) return false;
  if (process.platform !== "linux") return true;
  return readdirSync("/proc").some((name) => {
    const fields = Number.isInteger(Number(name)) ? statFields(Number(name)) : undefined;
    return fields !== undefined && Number(fields[2]) === pgid && fields[0] !== "Z" && fields[0] !== "X";
  });
}

/** False where the group is gone. A group that we may not signal counts as there. */
export function signalGroup(pgid: number, signal: NodeJS.Signals | 0): boolean {
  // kill(0) and kill(-1) mean "my own group" and "everyone".
  if (pgid <= 1) return false;
  try {
    process.kill(-pgid, signal);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** Processes other than ourselves whose environment began with `INSPAN_RUN_ID=<runId>`; empty on anything but Linux. */
export function findByMarker(runId: string): readonly { readonly pid: number; readonly pgid: number }[] {
  if (process.platform !== "linux") return [];
  const needle = `\0${runMarkerName}=${runId}\0`;
  const found: { pid: number; pgid: number }[] = [];
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    const environment = readProc(`/proc/${pid}/environ`);
    if (environment === undefined || !`\0${environment}`.includes(needle)) continue;
    found.push({ pid, pgid: Number(statFields(pid)?.[2]) });
  }
  return found;
}

/** The fields of /proc/<pid>/stat from the third (state) on; the second is a name in parentheses that may hold anything. */
function statFields(pid: number): readonly string[] | undefined {
  const stat = readProc(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
}

function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined; // gone meanwhile, or another user's
  }
}
