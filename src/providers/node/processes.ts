// Owns the starting and ending of child processes: one group each, bounded in time and output. Knows no program.
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { delimiter, dirname } from "node:path";
import { RunningChild } from "./child.ts";
import { findHeldOutputs } from "./held-output.ts";
import { endByMarker, endOrphans } from "./marker-sweep.ts";
import { startPiped } from "./piped.ts";
import {
  familyOf,
  findByMarker,
  findOrphans,
  isAlive,
  listeningSockets,
  ownerMark,
  ownerMarkerName,
  runMarkerName,
  signalGroup,
  socketInodesOf,
  startTimeOf,
} from "./process-table.ts";
import { startResident } from "./resident.ts";
import type { Processes, ProcessSpec } from "../processes.ts";

export interface NodeProcessesOptions {
  /** Called for each child that started, for example to write a record that a crash sweep finds. */
  readonly onSpawn?: (child: { readonly pid: number; readonly startTime: string | undefined; readonly command: readonly string[] }) => void;
  /** What `environment()` picks from; our own environment unless told. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** What a child may see of our environment. Everything else (tokens above all) has to be given on purpose. */
const allowedNames = ["HOME", "LANG", "LC_ALL", "LC_CTYPE", "LOGNAME", "TERM", "TMPDIR", "TZ", "USER"] as const;

/** Without it a child still starts where PATH is unset, but finds nothing. */
const fallbackPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

export function createNodeProcesses(options: NodeProcessesOptions = {}): Processes {
  const living = new Set<RunningChild>();
  const ownEnv = options.env ?? process.env;
  let isSwept = false;

  async function start(spec: ProcessSpec, areLinesWanted: boolean): Promise<RunningChild> {
    const explicitRunId = spec.env[runMarkerName];
    const owner = explicitRunId === undefined ? undefined : ownerMark();
    const env = { ...spec.env, [runMarkerName]: explicitRunId ?? randomUUID(), ...(owner === undefined ? {} : { [ownerMarkerName]: owner }) };
    // Before: what a killed Inspan left of a task must not work beside the session that goes on with it.
    if (owner !== undefined && !isSwept) { isSwept = true; endOrphans(); }
    const child = new RunningChild(spec, { env, explicitRunId, areLinesWanted, siblingGroups: () => [...living].map((sibling) => sibling.pid) });
    await child.open();
    if (child.pid > 0) {
      living.add(child);
      void child.exited.then(() => living.delete(child));
      options.onSpawn?.({ pid: child.pid, startTime: startTimeOf(child.pid), command: spec.command });
    }
    return child;
  }

  return {
    run: async (spec) => (await start(spec, false)).exited,
    start: (spec) => start(spec, true),
    startDetached: ({ command: [program, ...args], cwd, env }) => new Promise((resolve, reject) => {
      const child = spawn(program, args, { cwd, env, detached: true, stdio: "ignore" });
      child.once("error", reject);
      child.once("spawn", () => { child.unref(); resolve(child.pid ?? 0); });
    }),
    environment: (extra = {}) => {
      const env: Record<string, string> = { PATH: pathWithOwnNode(ownEnv["PATH"]) };
      for (const name of allowedNames) {
        const value = ownEnv[name];
        if (value !== undefined) env[name] = value;
      }
      return { ...env, ...extra };
    },
    isAlive,
    startTimeOf,
    stopAll: async () => {
      await Promise.all([...living].map((child) => child.stop()));
    },
    startResident,
    startPiped,
    listening: (pid) => (process.platform === "linux" ? listeningSockets(pid) : []),
    ownedSockets: (inodes, { pid, runId }) => {
      const held = (family: readonly number[]) => new Set(family.flatMap(socketInodesOf).filter((inode) => inodes.has(inode)));
      const own = held(familyOf(pid));
      // What left the family (a daemon) is found by the marker, which means to read the environment of every process.
      return own.size > 0 || runId === undefined ? own : held(findByMarker(runId).map((found) => found.pid));
    },
    heldOutputs: findHeldOutputs,
    signal: ({ pid, startTime }, signal) => {
      try { return isAlive(pid, startTime) && process.kill(pid, signal); } catch { return false; } // gone meanwhile
    },
    endMarked: (runId, graceMs) => endByMarker(runId, { graceMs }),
    countOrphans: () => findOrphans().length,
    countMarked: (runId) => findByMarker(runId).length,
    killAll: () => {
      for (const child of living) signalGroup(child.pid, "SIGKILL");
    },
  };
}

/** PATH with the folder of the Node in use first and once, and without relative entries: those would look into a worktree. */
function pathWithOwnNode(path: string | undefined): string {
  const ownFolder = dirname(process.execPath);
  const entries = (path === undefined || path === "" ? fallbackPath : path).split(delimiter);
  return [ownFolder, ...entries.filter((entry) => entry.startsWith("/") && entry !== ownFolder)].join(delimiter);
}
