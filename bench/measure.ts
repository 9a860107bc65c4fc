// What every scenario needs: a quiet way to time a command, medians, and the demo app as a repository.
import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { cpus, tmpdir, totalmem } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..");
export const launcher = join(root, "bin", "inspan.js");

export type Figures = Readonly<Record<string, number>>;
export interface Measured { readonly figures: Figures; readonly peers?: Readonly<Record<string, Figures>> }
export interface Scenario { readonly name: string; readonly says: string; run(): Promise<Measured> }

// A command of a scenario that runs longer hangs.
const commandMsMax = 300_000;

export function round(value: number): number { return Math.round(value * 10) / 10; }

/** NaN of an empty list. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
export const median = (values: readonly number[]): number => quantile(values, 0.5);

export function git(cwd: string, ...args: readonly string[]): string {
  const result = spawnSync("git", args, { cwd, encoding: "utf8", env: { ...process.env, GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null" } });
  if (result.status !== 0) throw new Error(`Cannot run "git ${args.join(" ")}": ${result.stderr}`);
  return result.stdout.trim();
}

export interface Timed { readonly ms: number; readonly exitCode: number | null; readonly stdout: string }

/** Wall time from spawn to exit. */
export function time(command: readonly [string, ...string[]], options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {}): Promise<Timed> {
  const startedMs = performance.now();
  const child = spawn(command[0], command.slice(1), { cwd: options.cwd ?? root, env: options.env ?? process.env, stdio: ["ignore", "pipe", "ignore"], timeout: commandMsMax });
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => { stdout += text; });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (exitCode) => resolve({ ms: performance.now() - startedMs, exitCode, stdout }));
  });
}

/** Wall times of `count` runs, one after the other, after one that does not count (caches). A failing command is an error. */
export async function timeMany(
  count: number,
  command: readonly [string, ...string[]],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<readonly number[]> {
  const times: number[] = [];
  for (let index = 0; index <= count; index++) {
    const { ms, exitCode } = await time(command, options);
    if (exitCode !== 0) throw new Error(`Cannot measure "${command.join(" ")}": it ended with ${exitCode}`);
    if (index > 0) times.push(ms);
  }
  return times;
}

/** The first Node on PATH that is too old for Inspan itself; undefined where there is none. */
export async function findOlderNode(): Promise<string | undefined> {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const path = join(folder, "node");
    if (folder.includes("node_modules") || !existsSync(path)) continue;
    const [major = 0, minor = 0] = (await time([path, "--version"])).stdout.trim().slice(1).split(".").map(Number);
    if (major < 22 || (major === 22 && minor < 18)) return path;
  }
  return undefined;
}

export interface DemoRepository { readonly path: string; readonly statePath: string; dispose(): void }

/** The example as a repository with a bare origin, as a team would have it, with its dependencies. */
export async function makeDemoRepository(): Promise<DemoRepository> {
  const app = join(root, "examples", "demo-app");
  if (!existsSync(join(app, "node_modules"))) {
    const installed = await time(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: app });
    if (installed.exitCode !== 0) throw new Error("Cannot install the example's dependencies: npm ci failed in examples/demo-app");
  }
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "inspan-bench-")));
  const path = join(folder, "desk");
  mkdirSync(path);
  cpSync(app, path, { recursive: true, verbatimSymlinks: true });
  git(path, "init", "--quiet", "--initial-branch=main");
  git(path, "add", "-A");
  git(path, "-c", "user.name=Bench", "-c", "user.email=bench@localhost", "commit", "--quiet", "-m", "A booking desk");
  git(folder, "clone", "--quiet", "--bare", path, join(folder, "origin.git"));
  git(path, "remote", "add", "origin", join(folder, "origin.git"));
  git(path, "fetch", "--quiet", "origin");
  return { path, statePath: join(folder, "state"), dispose: () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }) };
}

export function machine(): string {
  const model = cpus()[0]?.model.trim() ?? "unknown";
  return `${process.platform}-${process.arch}, ${cpus().length} × ${model}, ${Math.round(totalmem() / 1024 ** 3)} GiB, Node ${process.versions.node}`;
}

export function commit(): string {
  return `${git(root, "rev-parse", "--short=12", "HEAD")}${git(root, "status", "--porcelain") === "" ? "" : "+changes"}`;
}

/** A number in kB of a file of /proc/<pid>, in MB; NaN where the process or the file system is not there. */
function readProcMb(pid: number, file: "status" | "smaps_rollup", field: string): number {
  try {
    return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(readFileSync(`/proc/${pid}/${file}`, "utf8"))?.[1]) / 1024;
  } catch { return Number.NaN; } // ended, or no Linux
}

export const readPeakMb = (pid: number): number => readProcMb(pid, "status", "VmHWM");

export interface ProcessMemory { readonly rssMb: number; readonly pssMb: number; readonly privateMb: number; readonly anonymousMb: number }

/** What a process holds: a page of the Node program or a library counts whole in rss, divided by its users in pss, and not in private. */
export function readProcessMemory(pid: number): ProcessMemory {
  const read = (field: string): number => readProcMb(pid, "smaps_rollup", field);
  return { rssMb: read("Rss"), pssMb: read("Pss"), privateMb: read("Private_Clean") + read("Private_Dirty"), anonymousMb: read("Anonymous") };
}
