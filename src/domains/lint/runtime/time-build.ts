// Runs a build as it is, and writes down how long it took and what it waited for. Never ends it, whatever it takes.
import { join } from "node:path";
import type { OperationContext } from "../../../providers/index.ts";
import { busyBelow, parseProcesses, slowestNodes, withBuildTime } from "../service/build-times.ts";
import { type BuildTime, buildTimesFile } from "../types/build-times.ts";

/** Often enough to name what takes seconds; each look costs some 10 ms of a processor. */
const lookMs = 250;
const lookTimeoutMs = 2_000;

export interface TimeBuildOptions {
  readonly context: OperationContext;
  readonly rootPath: string;
  readonly name: string;
  readonly command: readonly [string, ...string[]];
}

export interface TimedBuild extends BuildTime {
  /** Where it was written, relative to the root. */
  readonly file: string;
}

/** Resolves when the build has ended, also where it failed; its output goes to standard error as it comes. */
export async function timeBuild({ context, rootPath, name, command }: TimeBuildOptions): Promise<TimedBuild> {
  const { providers: { processes, clock, files, git }, signal } = context;
  const at = clock.nowIso();
  const startedMs = clock.monotonicMs();
  let rest = "";
  // A person's own command gets a person's own environment.
  const inherited = Object.fromEntries(Object.entries(context.env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
  const running = await processes.start({
    command, cwd: context.cwd, env: processes.environment(inherited), timeoutMs: undefined, signal,
    onOutput: (_, text) => { const lines = `${rest}${text}`.split("\n"); rest = lines.pop() ?? ""; for (const line of lines) context.progress(line); },
  });
  const ended = new AbortController();
  const nodes = watch(context, running.pid, ended.signal);
  const result = await running.exited;
  ended.abort();
  if (rest !== "") context.progress(rest);
  const head = await git.run(["rev-parse", "--quiet", "--verify", "HEAD"], { cwd: rootPath, acceptExitCodes: [1, 128] });
  const run: BuildTime = {
    version: 1, name, at, ...(head.exitCode === 0 ? { commit: head.stdout.trim() } : {}), seconds: Math.round((clock.monotonicMs() - startedMs) / 100) / 10,
    exitCode: result.exitCode, nodes: slowestNodes(await nodes),
  };
  const path = join(rootPath, buildTimesFile);
  const ignore = join(rootPath, ".inspan/local/.gitignore");
  if (await files.facts(ignore) === undefined) await files.writeText(ignore, "*\n");
  await files.writeText(path, withBuildTime(await files.readText(path) ?? "", run));
  return { ...run, file: buildTimesFile };
}

/** Seconds by what the build waited for; empty where the system has no `ps`. */
async function watch({ providers: { processes, clock }, cwd }: OperationContext, pid: number, signal: AbortSignal): Promise<ReadonlyMap<string, number>> {
  const seconds = new Map<string, number>();
  let lastMs = clock.monotonicMs();
  while (!signal.aborted) {
    try { await clock.sleep(lookMs, signal); } catch { break; } // the build has ended
    const listed = await processes.run({
      command: ["ps", "-A", "-o", "pid=,ppid=,args="],
      cwd,
      env: processes.environment(),
      timeoutMs: lookTimeoutMs,
      outputBytesMax: 4 * 1024 * 1024,
    });
    if (listed.exitCode !== 0) break;
    const nowMs = clock.monotonicMs();
    for (const name of busyBelow(parseProcesses(listed.stdout), pid)) seconds.set(name, (seconds.get(name) ?? 0) + (nowMs - lastMs) / 1000);
    lastMs = nowMs;
  }
  return seconds;
}
