// Runs the configured checks on the merge of base and head, sandboxed, in a tree of its own. Decides nothing about what follows.
import { join } from "node:path";
import { throwIfAborted } from "../../../base/async.ts";
import { tailLines } from "../../../base/text.ts";
import type { ProcessResult, Providers } from "../../../providers/index.ts";
import type { Repository } from "../../worktree/index.ts";
import { copyDeclaredPaths, removeDeadTrees, readIdentity, withTemporaryTree } from "../../worktree/runtime/index.ts";
import type { CheckConfig } from "../config.ts";
import { readMergeTree, writeCommit } from "../repo/merge-result.ts";
import type { CheckResult, CheckStatus, ChecksRun } from "../types.ts";

// What an agent or a person reads of a log; the end is where a test runner says what failed.
const logLinesMax = 300;
const logBytesMax = 48 * 1024;

export interface RunChecksOptions {
  readonly baseCommit: string;
  readonly headCommit: string;
  /** Read from the base commit: a change cannot loosen its own checks. */
  readonly checks: readonly CheckConfig[];
  /** Ignored paths to copy from the user's checkout (`copy:`), read from the base commit too. */
  readonly copy: readonly string[];
  readonly isUnsandboxedAllowed: boolean;
  readonly signal: AbortSignal;
  onResult?(result: CheckResult): void;
  progress?(line: string): void;
}

interface Runner { readonly providers: Providers; readonly repository: Repository }

function statusOf(result: ProcessResult): CheckStatus {
  switch (result.outcome) {
    case "exited": return result.exitCode === 0 ? "passed" : "failed";
    case "timed-out": return "timed-out";
    case "cancelled": return "cancelled";
    case "idle":
    case "not-started": return "error";
  }
}

async function runCheck({ providers }: Runner, check: CheckConfig, tree: string, options: RunChecksOptions): Promise<CheckResult> {
  const { processes, sandbox, secrets, telemetry } = providers;
  const spec = {
    command: ["/bin/sh", "-c", check.run] as const, cwd: tree, env: processes.environment({ CI: "true" }),
    timeoutMs: check.timeoutSeconds * 1000, outputBytesMax: logBytesMax, signal: options.signal,
  };
  const prepared = await sandbox.prepare(spec, { writable: [tree], readOnly: [join(tree, ".git")], network: "loopback" }, options);
  try {
    const result = await telemetry.span(`check ${check.name}`, { check: check.name, commit: options.headCommit }, () => processes.run(prepared.spec));
    const end = result.outcome === "timed-out" ? `\n[ended: still running after ${check.timeoutSeconds} s]` : "";
    const log = secrets.redact(tailLines(result.output, logLinesMax)) + end;
    return {
      name: check.name,
      status: statusOf(result),
      exitCode: result.exitCode,
      durationMs: Math.round(result.durationMs),
      log,
      commit: options.headCommit,
      baseCommit: options.baseCommit,
    };
  } finally { await prepared.dispose(); }
}

/**
 * One result for each check, in their order; after a cancellation the rest count as cancelled. A conflict is an answer. Rejects with SANDBOX_MISSING, PATH_ESCAPE.
 * The tree and every process of a check are gone when this settles.
 */
export async function runChecks(providers: Providers, repository: Repository, options: RunChecksOptions): Promise<ChecksRun> {
  const runner = { providers, repository };
  const { baseCommit, headCommit, checks, signal } = options;
  throwIfAborted(signal);
  await removeDeadTrees(providers, repository);
  const merged = await readMergeTree(providers.git, repository, { base: baseCommit, head: headCommit });
  if (merged.kind === "conflict") return merged;
  if (checks.length === 0) return { kind: "done", results: [] };
  const identity = await readIdentity(providers.git, repository.rootPath);
  const commit = await writeCommit(providers.git, repository, { tree: merged.tree, parents: [baseCommit, headCommit], message: "merge result under test\n", identity });
  return withTemporaryTree(providers, repository, { commit, signal }, async (path) => {
    await copyDeclaredPaths({ providers, repository, copy: options.copy, progress: options.progress ?? (() => undefined) }, path);
    const results: CheckResult[] = [];
    for (const check of checks) {
      const result: CheckResult = signal.aborted
        ? { name: check.name, status: "cancelled", exitCode: null, durationMs: 0, log: "", commit: headCommit, baseCommit }
        : await runCheck(runner, check, path, options);
      results.push(result);
      options.onResult?.(result);
    }
    return { kind: "done", results };
  });
}
