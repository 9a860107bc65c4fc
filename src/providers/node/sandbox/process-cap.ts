// Owns bounds on the number of processes: a cgroup where we may make one, else the user's limit inside the sandbox. Knows no view.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { randomUUID } from "node:crypto";
import { delay } from "../../../base/async.ts";

/** Version 1 has a tree for each controller; version 2 one tree, in which a controller has to be handed down. */
const groupRoots = ["/sys/fs/cgroup/pids", "/sys/fs/cgroup"] as const;

/** A cgroup can be removed when its last process is reaped; more tries than this mean that somebody else put one in. */
const removeTriesMax = 20;

export interface ProcessCap {
  /** What to start instead of the sandbox's command; joins the group first. */
  wrapOutside(command: readonly [string, ...string[]]): readonly [string, ...string[]];
  /** The same for the command in the sandbox. */
  wrapInside(command: readonly [string, ...string[]]): readonly [string, ...string[]];
  dispose(): Promise<void>;
}

/** Groups of ours whose maker was killed; one that still holds processes cannot be removed and stays. */
function removeDeadGroups(root: string): void {
  for (const name of readdirSync(root)) {
    const pid = /^inspan-(\d+)-/.exec(name)?.[1];
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue;
    try { rmdirSync(join(root, name)); } catch { /* in use, or removed by another */ }
  }
}

/** The same wherever groups of ours can be. */
export function sweepGroups(): void {
  for (const root of groupRoots) { try { removeDeadGroups(root); } catch { /* not there */ } }
}

function openGroup(processesMax: number): string | undefined {
  for (const root of groupRoots) {
    const isWhole = existsSync(join(root, "cgroup.subtree_control"));
    try {
      if (isWhole && !readFileSync(join(root, "cgroup.subtree_control"), "utf8").includes("pids")) continue;
      if (!isWhole && root !== "/sys/fs/cgroup/pids") continue;
      removeDeadGroups(root);
      const path = join(root, `inspan-${process.pid}-${randomUUID().slice(0, 13)}`);
      mkdirSync(path);
      try { writeFileSync(join(path, "pids.max"), String(processesMax)); } catch { rmdirSync(path); continue; } // no such controller here
      return path;
    } catch { /* not ours to write, or not there */ }
  }
  return undefined;
}

const same = (command: readonly [string, ...string[]]): readonly [string, ...string[]] => command;

export function openProcessCap(processesMax: number): ProcessCap {
  const group = openGroup(processesMax);
  if (group !== undefined) {
    return {
      wrapOutside: (command) => ["sh", "-c", `echo $$ >"$0" && exec "$@"`, join(group, "cgroup.procs"), ...command],
      wrapInside: same,
      dispose: async () => {
        for (let count = 0; count < removeTriesMax; count++) {
          try { rmdirSync(group); return; } catch { if (!existsSync(group)) return; await delay(10); } // its last process is being reaped
        }
      },
    };
  }
  // Root is above this limit; for everybody else it counts what runs in their namespace (Linux 5.14 and later).
  const isRoot = process.getuid?.() === 0;
  return { wrapOutside: same, wrapInside: isRoot ? same : (command) => ["prlimit", `--nproc=${processesMax}`, "--", ...command], dispose: () => Promise.resolve() };
}
