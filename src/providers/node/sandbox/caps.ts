// Owns the bounds of a sandbox on processes and memory: a control group of its own where the machine lets us make one, and limits of each process
// everywhere. Knows no sandbox kind.
import { access, mkdir, readFile, readdir, rmdir, writeFile } from "node:fs/promises";
import { totalmem } from "node:os";
import { delimiter, dirname, isAbsolute, join } from "node:path";
import { delay } from "../../../base/async.ts";
import { startTimeOf } from "../process-table.ts";
import type { DisposalStack } from "../../../base/disposal.ts";

export interface CapLimits { readonly processesMax: number; readonly memoryBytesMax: number }

/** Threads count too: a test runner with a worker for each core needs hundreds, a fork bomb thousands. The machine keeps a fifth of its memory. */
export const defaultLimits = (): CapLimits => ({ processesMax: 4_096, memoryBytesMax: Math.max(1024 ** 3, Math.floor(totalmem() * 0.8)) });

/** Where groups are made; with the second generation both files lie in one folder. */
export interface GroupPlace { readonly version: 1 | 2; readonly pids: string; readonly memory: string }

export interface Caps {
  readonly place: GroupPlace | undefined;
  /** Absolute path of prlimit(1). */
  readonly prlimit: string | undefined;
  /** For people. */
  readonly says: string;
}

const groupPrefix = "inspan-";
let groupCount = 0;
const files = { 1: { pids: "pids.max", memory: "memory.limit_in_bytes" }, 2: { pids: "pids.max", memory: "memory.max" } } as const;

const orUndefined = async <T>(work: Promise<T>): Promise<T | undefined> => { try { return await work; } catch { return undefined; } }; // not there, or not ours to change

/** Own groups by controller ("" is the second generation), and where each is mounted. */
async function readGroups(): Promise<ReadonlyMap<string, string>> {
  const [own, mounts] = await Promise.all([orUndefined(readFile("/proc/self/cgroup", "utf8")), orUndefined(readFile("/proc/self/mountinfo", "utf8"))]);
  const places = new Map<string, string>();
  for (const line of (mounts ?? "").split("\n")) {
    const [before = "", after = ""] = line.split(" - ");
    const [, , , root = "", point = ""] = before.split(" ");
    const [kind, , options = ""] = after.split(" ");
    if (kind === "cgroup2") places.set("", `${point}\n${root}`);
    if (kind === "cgroup") for (const controller of options.split(",")) places.set(controller, `${point}\n${root}`);
  }
  const found = new Map<string, string>();
  for (const line of (own ?? "").split("\n")) {
    const [, controllers = "", path = ""] = line.split(":");
    for (const controller of controllers.split(",")) {
      const [point, root = "/"] = places.get(controller)?.split("\n") ?? [];
      if (point === undefined) continue;
      found.set(controller, join(point, root !== "/" && path.startsWith(root) ? path.slice(root.length) : path));
    }
  }
  return found;
}

/** Makes a group with limits, each in its folder. Undefined where one part is refused; nothing is left then. */
async function makeGroup(place: GroupPlace, name: string, limits: CapLimits): Promise<readonly string[] | undefined> {
  const folders = [...new Set([join(place.pids, name), join(place.memory, name)])];
  try {
    for (const folder of folders) {
      await mkdir(folder);
      await access(join(folder, "cgroup.procs")); // else it is a common folder, in which files would stay
    }
    await writeFile(join(place.pids, name, files[place.version].pids), String(limits.processesMax));
    await writeFile(join(place.memory, name, files[place.version].memory), String(limits.memoryBytesMax));
    // Swap would stretch the bound; not every machine counts it.
    await orUndefined(
      writeFile(
        join(place.memory, name, place.version === 2 ? "memory.swap.max" : "memory.memsw.limit_in_bytes"),
        place.version === 2 ? "0" : String(limits.memoryBytesMax),
      ),
    );
    return folders;
  } catch {
    for (const folder of folders) await orUndefined(rmdir(folder));
    return undefined;
  }
}

/** A killed sandbox of a thousand processes was gone after half a second on a busy machine. */
const dyingTriesMax = 40;
const dyingPauseMs = 50;

/** Groups whose maker was killed hard; one that still holds processes cannot be removed, and stays. Resolves with how many did. */
export async function sweepGroups(place: GroupPlace): Promise<number> {
  let left = 0;
  for (const folder of new Set([place.pids, place.memory])) {
    for (const name of await orUndefined(readdir(folder)) ?? []) {
      const pid = /^inspan-(?:probe-)?(\d+)/.exec(name)?.[1];
      // A living maker's empty group is one that nothing has joined yet; a maker that nobody has reaped is dead.
      if (pid !== undefined && startTimeOf(Number(pid)) === undefined && await orUndefined(rmdir(join(folder, name)).then(() => true)) === undefined) left += 1;
    }
  }
  return left;
}

/** The same for somebody who has just seen the maker die: what was in its sandbox is gone a moment after it. */
export async function sweepDyingGroups(place: GroupPlace): Promise<void> {
  for (let attempt = 0; attempt < dyingTriesMax && await sweepGroups(place) > 0; attempt++) await delay(dyingPauseMs);
}

async function findPlace(): Promise<GroupPlace | undefined> {
  const own = await readGroups();
  const unified = own.get("");
  const [pids, memory] = [own.get("pids"), own.get("memory")];
  const candidates: GroupPlace[] = [
    // A group with processes in it can have no children with controllers, so beside us is likelier than below us.
    ...(unified === undefined ? [] : [unified, dirname(unified)].map((folder) => ({ version: 2, pids: folder, memory: folder } as const))),
    ...(pids === undefined || memory === undefined ? [] : [{ version: 1, pids, memory } as const]),
  ];
  for (const place of candidates) {
    const folders = await makeGroup(place, `${groupPrefix}probe-${process.pid}-${++groupCount}`, defaultLimits());
    if (folders === undefined) continue;
    for (const folder of folders) await orUndefined(rmdir(folder));
    await sweepGroups(place);
    return place;
  }
  return undefined;
}

async function findOnPath(name: string, path: string): Promise<string | undefined> {
  for (const folder of path.split(delimiter)) if (isAbsolute(folder) && await orUndefined(access(join(folder, name)).then(() => true))) return join(folder, name);
  return undefined;
}

/** What this machine lets us bound; looks and makes an empty group for a moment. */
export async function detectCaps(path: string): Promise<Caps> {
  if (process.platform !== "linux") return { place: undefined, prlimit: undefined, says: "no bounds on processes and memory" };
  const [place, prlimit] = await Promise.all([findPlace(), findOnPath("prlimit", `${path}${delimiter}/usr/bin${delimiter}/bin`)]);
  if (place !== undefined) return { place, prlimit, says: `processes and memory bounded by a control group (version ${place.version})` };
  if (prlimit === undefined) return { place, prlimit, says: "no bounds on processes and memory: no control group may be made, and there is no prlimit" };
  // The kernel never counts the processes of the machine's own root.
  return {
    place,
    prlimit,
    says: `memory of each process bounded by prlimit${process.getuid?.() === 0 ? ", the number of processes not (root)" : ", and the number of processes"}; no control group may be made`,
  };
}

const joinScript = 'while [ "$1" != -- ]; do echo $$ >"$1" || exit 125; shift; done; shift; exec "$@"';

/** Puts the bounds around a sandbox's command line: `outer` before the sandbox is built, `inner` in it. What was made goes with `disposals`. */
export async function prepareCaps(
  caps: Caps,
  limits: CapLimits,
  disposals: DisposalStack,
): Promise<{ outer(command: readonly [string, ...string[]]): [string, ...string[]]; inner(command: readonly [string, ...string[]]): [string, ...string[]] }> {
  const folders = caps.place === undefined ? undefined : await makeGroup(caps.place, `${groupPrefix}${process.pid}-${++groupCount}`, limits);
  if (folders !== undefined) {
    disposals.defer(async () => {
      // The last processes of a killed sandbox are gone a moment after its first.
      for (let attempt = 0; attempt < 20; attempt++) {
        const left = (
          await Promise.all(
            folders.map(
              async (folder) =>
                (await orUndefined(rmdir(folder).then(() => true))) === true || (await orUndefined(access(folder).then(() => true))) === undefined,
            ),
          )
        ).includes(false);
        if (!left) return;
        await delay(25);
      }
    });
  }
  return {
    outer: (command) =>
      folders === undefined
        ? [...command]
        : ["sh", "-c", joinScript, "inspan-caps", ...folders.map((folder) => join(folder, "cgroup.procs")), "--", ...command],
    // Inside the namespace the kernel counts the sandbox's own processes only. Core files would fill the worktree.
    inner: (command) =>
      caps.prlimit === undefined
        ? [...command]
        : [caps.prlimit, "--core=0", `--nproc=${limits.processesMax}`, `--data=${limits.memoryBytesMax}`, "--", ...command],
  };
}
