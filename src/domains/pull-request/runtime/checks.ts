// Runs the configured checks on the merge of base and head, sandboxed, in a tree of its own. Decides nothing about what follows.
import { join } from "node:path";
import { throwIfAborted } from "../../../base/async.ts";
import { tailLines } from "../../../base/text.ts";
import type { ProcessResult, Providers } from "../../../providers/index.ts";
import type { Repository } from "../../worktree/index.ts";
import { copyDeclaredPaths, removeDeadTrees, withTemporaryTree } from "../../worktree/runtime/index.ts";
import type { CheckConfig } from "../config.ts";
import { readIdentity, readMergeTree, writeCommit } from "../repo/merge-result.ts";
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

<<<<<<< HEAD
const treesPathOf = (repository: Repository): string => join(repository.statePath, "checks");

/** Only this tree's entry goes from git's list: a general prune would also forget a person's worktree on a drive that is not mounted. */
async function removeTree({ providers: { files, git }, repository }: Runner, path: string): Promise<void> {
  await files.remove(path);
  await git.run(["worktree", "remove", "--force", path], { cwd: repository.rootPath, acceptExitCodes: [128] });
  await files.remove(`${path}.owner`);
}

/** Trees of runs that were killed: their owner, written before them, no longer lives. */
async function removeDeadTrees(runner: Runner): Promise<void> {
  const { providers: { files, processes }, repository } = runner;
  for (const entry of await files.list(treesPathOf(repository))) {
    if (!entry.name.endsWith(".owner")) continue;
    const path = join(treesPathOf(repository), entry.name);
    const [pid = "", startTime] = ((await files.readText(path)) ?? "").split("\n");
    if (processes.isAlive(Number(pid), startTime)) continue;
    await removeTree(runner, path.slice(0, -".owner".length));
  }
}

=======
>>>>>>> tasks
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
    return { name: check.name, status: statusOf(result), exitCode: result.exitCode, durationMs: Math.round(result.durationMs), log, commit: options.headCommit, baseCommit: options.baseCommit };
  } finally { await prepared.dispose(); }
}

<<<<<<< HEAD
async function withMergedTree<T>(runner: Runner, commit: string, signal: AbortSignal, work: (path: string) => Promise<T>): Promise<T> {
  const { providers: { files, git, processes, random }, repository } = runner;
  const path = join(treesPathOf(repository), `${commit.slice(0, 12)}-${random.id(8)}`);
  await files.writeText(`${path}.owner`, `${process.pid}\n${processes.startTimeOf(process.pid) ?? ""}`);
  try {
    const parallel = ["-c", "checkout.workers=4", "-c", "checkout.thresholdForParallelism=100"];
    await git.run([...parallel, "worktree", "add", "--quiet", "--detach", path, commit], { cwd: repository.rootPath, timeoutMs: checkoutTimeoutMs, signal });
    return await work(path);
  } finally {
    await removeTree(runner, path);
  }
}

=======
>>>>>>> tasks
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
  const identity = await readIdentity(providers.git, repository);
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
