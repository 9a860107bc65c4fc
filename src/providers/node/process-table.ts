// Owns questions to the machine about processes: start times, groups, and who carries a run's marker. Starts nothing but `ps`.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** The variable that every child carries, so that one which left its group (setsid) is still found. */
export const runMarkerName = "INSPAN_RUN_ID";

/**
 * Who started a child that ends with its run: pid namespace, pid and start time. The kernel's own tie to the parent is set by the child, so that
 * one whose parent is killed in that moment is left (seen with bubblewrap 0.8 about once in a hundred kills).
 */
export const ownerMarkerName = "INSPAN_OWNER";

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

/**
 * Asks a group to end. Where its programs run in a process namespace of their own, only those get the signal: it would end the sandbox around
 * them first, and that kills them at once, without their grace. False where the group is gone.
 */
export function signalPrograms(pgid: number, signal: NodeJS.Signals): boolean {
  if (process.platform !== "linux" || signal === "SIGKILL") return signalGroup(pgid, signal);
  if (!signalGroup(pgid, 0)) return false;
  const ownDepth = namespaceIds(process.pid).length;
  const inner = membersOf(pgid).filter((pid) => { const ids = namespaceIds(pid); return ids.length > ownDepth && ids.at(-1) !== "1"; });
  if (inner.length === 0) return signalGroup(pgid, signal);
  for (const pid of inner) { try { process.kill(pid, signal); } catch { /* gone meanwhile */ } }
  return true;
}

function membersOf(pgid: number): readonly number[] {
  return readdirSync("/proc").map(Number).filter((pid) => Number.isInteger(pid) && Number(statFields(pid)?.[2]) === pgid);
}

/** The ids of a process from the outermost namespace that we see to its own. */
function namespaceIds(pid: number): readonly string[] {
  return /^NSpid:\s+(.*)$/m.exec(readProc(`/proc/${pid}/status`) ?? "")?.[1]?.split(/\s+/) ?? [];
}

/** The process and everything below it, in no order; empty where it is gone. */
export function familyOf(pid: number): readonly number[] {
  const family: number[] = [];
  const rest = [pid];
  for (let one = rest.pop(); one !== undefined; one = rest.pop()) {
    const tasks = listProc(`/proc/${one}/task`);
    if (tasks.length === 0) continue;
    family.push(one);
    for (const task of tasks) rest.push(...(readProc(`/proc/${one}/task/${task}/children`) ?? "").split(" ").filter((id) => id !== "").map(Number));
  }
  return family;
}

/** The inodes of sockets that a process holds. */
export function socketInodesOf(pid: number): readonly string[] {
  return listProc(`/proc/${pid}/fd`).flatMap((fd) => {
    try { return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? []; } catch { return []; } // closed meanwhile
  });
}

/** Rows of /proc/<pid>/net/tcp and tcp6 in the state LISTEN (0A); see proc_net_tcp in the kernel's documentation. */
export function listeningSockets(pid: number): readonly { readonly port: number; readonly address: string; readonly inode: string }[] {
  const sockets = (["tcp", "tcp6"] as const).flatMap((file) => (readProc(`/proc/${pid}/net/${file}`) ?? "").split("\n").slice(1).flatMap((line) => {
    const [, local = "", , state, , , , , , inode = ""] = line.trim().split(/\s+/);
    if (state !== "0A") return [];
    const [address = "", port = ""] = local.split(":");
    return [{ port: Number.parseInt(port, 16), address: addressOf(address), inode }];
  }));
  return sockets.sort((a, b) => a.port - b.port);
}

/** Words of 32 bits in the machine's order; only what tells loopback from everywhere matters. */
function addressOf(hex: string): string {
  if (/^0+$/.test(hex)) return hex.length === 8 ? "0.0.0.0" : "::";
  if (hex === "0100007F") return "127.0.0.1";
  if (hex === "00000000000000000000000001000000") return "::1";
  return hex;
}

function listProc(path: string): readonly string[] {
  try { return readdirSync(path); } catch { return []; } // gone, or another user's
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

/**
 * The mark of what ends with us; undefined where /proc is not of our own pid namespace (and off Linux), so that nobody could tell whether we
 * live. Read once: we do not change.
 */
export function ownerMark(): string | undefined {
  owner ??= { mark: readOwnerMark() };
  return owner.mark;
}

let owner: { readonly mark: string | undefined } | undefined;

function readOwnerMark(): string | undefined {
  try {
    const startTime = readlinkSync("/proc/self") === String(process.pid) ? startTimeOf(process.pid) : undefined;
    return startTime === undefined ? undefined : `${readlinkSync("/proc/self/ns/pid")}/${process.pid}/${startTime}`;
  } catch { return undefined; } // not Linux, or no /proc
}

/** The owner that a process with this environment (as /proc tells it) began with. */
function ownerOf(environment: string): string | undefined {
  const needle = `\0${ownerMarkerName}=`;
  const at = `\0${environment}`.indexOf(needle);
  return at < 0 ? undefined : environment.slice(at + needle.length - 1).split("\0", 1)[0];
}

/** The dead owner of a process: of the pid namespace of `mark`, and not that of `around`, our own environment. Undefined for all other processes. */
export function deadOwnerOf(
  environment: string,
  own: { readonly mark: string; readonly around: string },
  isOwnerAlive: (pid: number, startTime: string) => boolean,
): string | undefined {
  const owner = ownerOf(environment);
  // With our own owner a person works on in what a run left (a terminal multiplexer, say), and we are part of it.
  if (owner === undefined || owner === ownerOf(own.around)) return undefined;
  const [, namespace, pid = "", startTime = ""] = /^([^/]+)\/(\d+)\/(\S+)$/.exec(owner) ?? [];
  return namespace === own.mark.split("/", 1)[0] && !isOwnerAlive(Number(pid), startTime) ? owner : undefined;
}

/** Processes whose owner was of our pid namespace and is dead; empty where nobody can tell. */
export function findOrphans(): readonly number[] {
  const mark = ownerMark();
  if (mark === undefined) return [];
  const own = { mark, around: readProc("/proc/self/environ") ?? "" };
  return listProc("/proc").filter((name) => /^\d+$/.test(name) && deadOwnerOf(readProc(`/proc/${name}/environ`) ?? "", own, isAlive) !== undefined).map(Number);
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
