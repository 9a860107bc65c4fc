// Owns what every program of an instance runs in: the sandbox's policy, and the start itself. Knows no service.
import type { Providers, RunningProcess, SandboxNetwork } from "../../../../providers/index.ts";
import type { StopSignal } from "../../types/index.ts";
import { join } from "node:path";

export interface Ground {
  readonly providers: Providers;
  readonly worktreePath: string;
  readonly dataPath: string;
  readonly cachePath: string;
  /** Written into the environment by ourselves and read by programs (the preload). */
  readonly readable: readonly string[];
  readonly isSandboxed: boolean;
  readonly network: SandboxNetwork | undefined;
}

export interface Program {
  readonly run: string;
  /** Relative to the worktree. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number | undefined;
  readonly stopSignal?: StopSignal;
  readonly graceMs?: number;
  readonly processesMax: number;
  readonly outputBytesMax: number;
  readonly signal?: AbortSignal;
  readonly onOutput?: (stream: "stdout" | "stderr", text: string) => void;
}

export interface Started { readonly child: RunningProcess; dispose(): Promise<void> }

/** Starts a shell command on this ground. Rejects with SANDBOX_MISSING, SANDBOX_POLICY. */
export async function startProgram(ground: Ground, program: Program): Promise<Started> {
  const { processes, sandbox } = ground.providers;
  const { run, cwd, env, timeoutMs, processesMax, outputBytesMax, stopSignal, graceMs, signal, onOutput } = program;
  const spec = {
    // exec: a plain command gets the signals itself, without a shell in between.
    command: ["/bin/sh", "-c", isPlain(run) ? `exec ${run}` : run] as const, cwd: join(ground.worktreePath, cwd), env: processes.environment(env), timeoutMs, outputBytesMax,
    ...(stopSignal === undefined ? {} : { stopSignal }),
    ...(graceMs === undefined ? {} : { graceMs }),
    ...(signal === undefined ? {} : { signal }),
    ...(onOutput === undefined ? {} : { onOutput }),
  };
  if (!ground.isSandboxed) return { child: await startUnread(ground, spec), dispose: () => Promise.resolve() };
  const prepared = await sandbox.prepare(spec, {
    writable: [ground.worktreePath, ground.dataPath, ground.cachePath], readOnly: [join(ground.worktreePath, ".git")], readable: ground.readable,
    network: ground.network ?? "loopback", processesMax,
  }, { isUnsandboxedAllowed: false });
  return { child: await startUnread(ground, prepared.spec), dispose: () => prepared.dispose() };
}

/** Nobody iterates its lines: without this they would be kept for a reader. */
async function startUnread(ground: Ground, spec: Parameters<Providers["processes"]["start"]>[0]): Promise<RunningProcess> {
  const child = await ground.providers.processes.start(spec);
  await child.lines[Symbol.asyncIterator]().return?.();
  return child;
}

/** One program with words: no list, pipe, redirection or assignment, which `exec` would take apart. */
function isPlain(run: string): boolean {
  return /^[\w./-]+(\s|$)/.test(run) && !/[;&|<>`()\n]|^(?:cd|if|for|while|export|set|exec|eval|\.)\s/.test(run);
}
