// Runs a command of the repository in a worktree: sandboxed, bounded, with an allow-listed environment.
import { join } from "node:path";
import type { Providers, ProcessResult } from "../../../providers/index.ts";
import { collectLines, type LineCollector } from "../../evidence/index.ts";

// The end of a test run's output holds its failures; 64 KiB of it is more than anybody reads.
const outputBytesMax = 64 * 1024;

/** `shown` is what it printed, line by line with its times, secrets not yet removed. */
export type WorktreeRun = ProcessResult & { readonly shown: ReturnType<LineCollector["read"]> };

/** The command's end; its output has secrets removed. Rejects only where the sandbox is missing or the signal aborts. */
export async function runInWorktree(
  providers: Providers,
  options: {
    readonly command: string;
    readonly worktreePath: string;
    readonly timeoutMs: number;
    readonly runId: string;
    readonly isUnsandboxedAllowed: boolean;
    readonly signal: AbortSignal;
  },
): Promise<WorktreeRun> {
  const { processes, sandbox, telemetry, secrets, clock } = providers;
  return telemetry.span("task command", { command: options.command }, async (span) => {
    const env = processes.environment({ CI: "true", NO_COLOR: "1", FORCE_COLOR: "0", INSPAN_RUN_ID: options.runId });
    const lines = collectLines();
    const startedMs = clock.monotonicMs();
    const spec = {
      command: ["/bin/sh", "-c", options.command] as const,
      cwd: options.worktreePath,
      env,
      timeoutMs: options.timeoutMs,
      outputBytesMax,
      signal: options.signal,
      onOutput: (_stream: "stdout" | "stderr", text: string) => lines.add((clock.monotonicMs() - startedMs) / 1000, text),
    };
    const prepared = await sandbox.prepare(spec, { writable: [options.worktreePath], readOnly: [join(options.worktreePath, ".git")], network: "loopback" }, options);
    try {
      const result = await processes.run(prepared.spec);
      span.set({ outcome: result.outcome, exitCode: result.exitCode ?? -1 });
      options.signal.throwIfAborted();
      return { ...result, output: secrets.redact(result.output), shown: lines.read() };
    } finally { await prepared.dispose(); }
  });
}
