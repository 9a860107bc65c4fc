// One small repository with a bare origin, a scripted model, and tasks run by the command line as a person does. For tests of whole tasks.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { startScriptedModel, type ModelStep, type Script, type ScriptedModel } from "../programs/scripted-model/index.ts";
import { tinyScript, viewOf, type TinyView } from "../programs/scripted-model/tiny.ts";
import { git } from "./desk-repository.ts";
import { resultOf, runInspan, type CliEvent, type CliRun } from "./inspan-process.ts";

export interface TaskWorldOptions {
  /** Files that subtract, one for each task. */
  readonly names: readonly string[];
  /** inspan.yaml below `version: 1`; one check and `merge: auto` unless told. */
  readonly yaml?: string;
  readonly files?: Readonly<Record<string, string>>;
  /** What some tasks do otherwise; undefined means: as the small author does. */
  readonly special?: (view: TinyView) => ModelStep | undefined;
  readonly env?: Readonly<Record<string, string>>;
  /** Instead of the small author. */
  readonly script?: Script;
}

export interface LiveTask {
  readonly taskId: Promise<string>;
  readonly done: Promise<CliRun>;
  /** The first event that fits, also where it came before; rejects when the process ends without one. */
  waitFor(fits: (event: CliEvent) => boolean): Promise<CliEvent>;
  kill(signal: NodeJS.Signals): void;
}

export interface TaskWorld {
  readonly folder: string;
  readonly path: string;
  readonly origin: string;
  readonly statePath: string;
  readonly model: ScriptedModel;
  /** Runs `inspan …` in the repository. */
  inspan(args: readonly string[], options?: { readonly input?: string; readonly env?: Readonly<Record<string, string>>; readonly timeoutMs?: number }): Promise<CliRun>;
  /** Starts `inspan task … --json` and lets the test look while it runs. */
  start(args: readonly string[], env?: Readonly<Record<string, string>>): LiveTask;
  write(files: Readonly<Record<string, string>>): void;
  git(...args: readonly string[]): string;
  atOrigin(...args: readonly string[]): string;
  /** Where agents keep what they remember of a task. */
  sessionFolders(taskId: string): readonly string[];
  /** Ids of living processes that name this world's folder. */
  processes(): readonly string[];
  /** Resolves when none lives; rejects with their command lines after a bounded time: what was killed is not gone at once. */
  nothingLives(): Promise<void>;
  close(): Promise<void>;
}

// Far below the bound of one test (scripts/suite.ts): a run is ended by its test, not by a machine that is busy with others.
const taskMsMax = 230_000;

const usualYaml = "checks: [{ name: test, run: \"for file in test/*.mjs; do node $file || exit 1; done\", timeoutSeconds: 60 }]\nmerge: { policy: auto }\n";

function writeAll(root: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
}

/** Processes whose command line or environment names this folder. */
export function processesOf(path: string): readonly string[] {
  return readdirSync("/proc").filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(path) || readFileSync(`/proc/${pid}/environ`, "utf8").includes(path);
    } catch { return false; } // ended, or not ours
  });
}

// A killed tree of processes was gone within a second on a busy machine.
const dyingMsMax = 10_000;

export async function nothingLives(path: string): Promise<void> {
  const untilMs = performance.now() + dyingMsMax;
  while (processesOf(path).length > 0 && performance.now() < untilMs) await new Promise((resolve) => { setTimeout(resolve, 20); }); // no event tells that a foreign process is gone
  const left = processesOf(path).map((pid) => {
    try {
      return `${pid} ${readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").slice(0, 300)}`;
    } catch {
      return pid;
    }
  }); // gone meanwhile
  if (left.length > 0) throw new Error(`still lives: ${left.join(" | ")}`);
}

function watch(args: readonly string[], options: { readonly cwd: string; readonly env: Readonly<Record<string, string>> }): LiveTask {
  const seen: CliEvent[] = [];
  const waiters = new Set<{ fits: (event: CliEvent) => boolean; resolve: (event: CliEvent) => void; reject: (error: Error) => void }>();
  let killer: ((signal: NodeJS.Signals) => void) | undefined;
  const done = runInspan(["task", ...args, "--json"], {
    ...options, timeoutMs: taskMsMax,
    onEvent: (event, kill) => {
      killer = kill;
      seen.push(event);
      for (const waiter of [...waiters]) if (waiter.fits(event)) { waiters.delete(waiter); waiter.resolve(event); }
    },
  });
  void done.then((run) => {
    for (const waiter of waiters)
      waiter.reject(new Error(`the process ended (${run.exitCode ?? run.signal}) before what was waited for\n${run.stderr.slice(-2000)}`));
  });
  const waitFor = (fits: (event: CliEvent) => boolean) => new Promise<CliEvent>((resolve, reject) => {
    const found = seen.find(fits);
    if (found) resolve(found); else waiters.add({ fits, resolve, reject });
  });
  return { done, waitFor, taskId: waitFor((event) => event["taskId"] !== undefined).then((event) => String(event["taskId"])), kill: (signal) => killer?.(signal) };
}

export async function makeTaskWorld(options: TaskWorldOptions): Promise<TaskWorld> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "inspan-tasks-")));
  const [path, origin, statePath] = [join(folder, "repo"), join(folder, "origin.git"), join(folder, "state")];
  const script: Script = options.script ?? ((conversation) => options.special?.(viewOf(conversation)) ?? tinyScript(conversation));
  const model = await startScriptedModel({ script });
  writeAll(path, {
    "inspan.yaml": `version: 1\n${options.yaml ?? usualYaml}`, "AGENTS.md": "# Map\n", "package.json": "{ \"type\": \"module\" }\n", "test/start.mjs": "export {};\n",
    ...Object.fromEntries(options.names.map((name) => [`src/${name}.mjs`, "export const add = (a, b) => a - b;\n"])), ...options.files,
  });
  git(path, "init", "--quiet", "--initial-branch=main");
  git(path, "add", "-A");
  git(path, "commit", "--quiet", "-m", "start");
  git(folder, "clone", "--quiet", "--bare", path, origin);
  git(path, "remote", "add", "origin", origin);
  git(path, "fetch", "--quiet", "origin");
  const env = { INSPAN_HOME: statePath, INSPAN_MODEL_BASE_URL: model.url, INSPAN_MODEL: "scripted", ...options.env };
  return {
    folder, path, origin, statePath, model,
    inspan: (args, more = {}) =>
      runInspan(args, {
        cwd: path,
        env: { ...env, ...more.env },
        ...(more.input === undefined ? {} : { input: more.input }),
        ...(more.timeoutMs === undefined ? {} : { timeoutMs: more.timeoutMs }),
      }),
    start: (args, more = {}) => watch(args, { cwd: path, env: { ...env, ...more } }),
    write: (files) => { writeAll(path, files); },
    git: (...args) => git(path, ...args),
    atOrigin: (...args) => git(origin, ...args),
    sessionFolders: (taskId) =>
      readdirSync(statePath, { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(`sessions/${taskId}`))
        .map((name) => join(statePath, name)),
    processes: () => processesOf(folder),
    nothingLives: () => nothingLives(folder),
    close: async () => {
      await model.close();
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** The result of a `task … --json`, with its hold's reason for short. */
export function endOf(run: CliRun): {
  readonly state: string;
  readonly reason: string | undefined;
  readonly taskId: string;
  readonly hold: { readonly reason: string; readonly question: string; readonly detail: string } | undefined;
  readonly exitCode: number | null;
} {
  const result = resultOf(run);
  const hold = result["hold"] as { reason: string; question: string; detail: string } | undefined; // our own result
  return { state: String(result["state"]), reason: hold?.reason, hold, taskId: String(result["taskId"]), exitCode: run.exitCode };
}
