// A repository with services in a temporary folder, and a count of everything that an instance could leave behind.
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Answer, makePlace, type Place } from "./command-line.ts";

export const programsPath = fileURLToPath(new URL("../programs/services", import.meta.url));

export interface ServiceAnswer {
  readonly name: string; readonly status: string; readonly url: string | null; readonly ports: readonly number[]; readonly pid: number | null; readonly readyMs: number | null;
  readonly starts: number; readonly insidePorts: Readonly<Record<string, number>>;
  readonly failure?: {
    readonly reason: string;
    readonly message: string;
    readonly exitCode: number | null;
    readonly portsSeen: readonly number[];
    readonly lastLines: readonly string[];
    readonly expected: string;
    readonly remedy: string;
  };
}
export interface UpAnswer {
  readonly version: 1;
  readonly worktree: string;
  readonly services: readonly ServiceAnswer[];
  readonly telemetry?: { readonly url: string; readonly grpc: string };
  readonly dataDir: string;
  readonly supervisor?: { readonly pid: number };
}

export interface Leftovers {
  readonly processes: readonly string[];
  readonly sockets: readonly string[];
  readonly scratch: readonly string[];
  readonly records: readonly string[];
  readonly groups: readonly string[];
}

export interface InstanceWorld extends Place {
  up(args?: readonly string[], cwd?: string): Promise<{ readonly answer: Answer; readonly state: UpAnswer }>;
  down(args?: readonly string[], cwd?: string): Promise<Answer>;
  status(cwd?: string): Promise<UpAnswer>;
  leftovers(): Leftovers;
  /** Resolves when nothing is left; rejects with what is, after a bounded time: a killed process is not gone at once. */
  nothingLeft(): Promise<void>;
}

const list = (path: string): readonly string[] => (existsSync(path) ? readdirSync(path) : []);
const read = (path: string): string => { try { return readFileSync(path, "utf8"); } catch { return ""; } }; // gone meanwhile

/** Command lines of living processes whose words, environment or working folder name the place. */
function processesOf(root: string): readonly string[] {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name) && name !== String(process.pid)).flatMap((pid) => {
    if (/^State:\s+[ZX]/m.test(read(`/proc/${pid}/status`))) return [];
    const words = read(`/proc/${pid}/cmdline`);
    return words.includes(root) || read(`/proc/${pid}/environ`).includes(root) ? [`${pid} ${words.replaceAll("\0", " ").slice(0, 200)}`] : [];
  });
}

/** `services` is the text of the key in inspan.yaml. */
export function makeInstanceWorld(t: { after(close: () => void | Promise<void>): void }, yaml: string): InstanceWorld {
  const place = makePlace(t);
  place.write({ "inspan.yaml": `version: 1\n${yaml}`, "programs/readme.txt": "services lie in the checkout of Inspan\n" });
  place.git("add", "-A");
  place.git("commit", "--quiet", "-m", "start");
  const root = join(place.path, "..");
  const supervisors = new Set<number>();
  const parse = (answer: Answer): UpAnswer => {
    try {
      const state = JSON.parse(answer.stdout) as UpAnswer; // our own form
      if (state.supervisor !== undefined) supervisors.add(state.supervisor.pid);
      return state;
    } catch { throw new Error(`no answer, exit ${answer.exitCode}: ${answer.stderr}`); }
  };
  const world: InstanceWorld = {
    ...place,
    up: async (args = ["--no-telemetry"], cwd = place.path) => { const answer = await place.inspan(["up", "--json", ...args], { cwd }); return { answer, state: parse(answer) }; },
    down: (args = [], cwd = place.path) => place.inspan(["down", "--json", ...args], { cwd }),
    status: async (cwd = place.path) => parse(await place.inspan(["status", "--json"], { cwd })),
    leftovers: () => ({
      processes: processesOf(root),
      sockets: list(join(place.statePath, "control")),
      scratch: list(join(place.statePath, "instances")).flatMap((key) => list(join(place.statePath, "instances", key, "scratch"))),
      records: list(join(place.statePath, "processes")),
      groups: list("/sys/fs/cgroup/pids").filter((name) => { const pid = /^inspan-(\d+)-/.exec(name)?.[1]; return supervisors.has(Number(pid)) && !existsSync(`/proc/${pid}`); }),
    }),
    nothingLeft: async () => {
      const isEmpty = (left: Leftovers): boolean => Object.values(left).every((values) => values.length === 0);
      const untilMs = performance.now() + 5000;
      while (!isEmpty(world.leftovers()) && performance.now() < untilMs) await new Promise((resolve) => setTimeout(resolve, 20)); // no event tells that a foreign process is reaped
      const left = world.leftovers();
      if (!isEmpty(left)) throw new Error(`left behind: ${JSON.stringify(left)}`);
    },
  };
  t.after(async () => {
    for (const key of list(join(place.statePath, "instances"))) {
      const worktree = read(join(place.statePath, "instances", key, "worktree")).trim();
      if (existsSync(worktree)) await world.down([], worktree);
    }
    rmSync(root, { recursive: true, force: true, maxRetries: 5 });
  });
  return world;
}

/** A service of test/programs/services, started with this Node; `words` follow. */
export function program(file: "web.mjs" | "misfit.mjs", ...words: readonly string[]): string {
  return [process.execPath, join(programsPath, file), ...words].join(" ");
}

export async function askJson(url: string): Promise<Record<string, unknown>> {
  return await (await fetch(url, { headers: { connection: "close" } })).json() as Record<string, unknown>; // our own program
}

export function isPortOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    socket.on("connect", () => { socket.destroy(); resolve(true); });
    socket.on("error", () => resolve(false));
  });
}

