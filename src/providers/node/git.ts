// Owns every call of the git program. Knows how git is kept harmless, not what it is used for.
import { setTimeout } from "node:timers/promises";
import { abortError } from "../../base/async.ts";
import { InspanError } from "../../base/errors.ts";
import { tailLines } from "../../base/text.ts";
import { driverQuery, hardenArguments, hardenEnvironment, indexQuery, neutralize, nestedIn, redactUrls, untrackedQuery, type GitCommand } from "./git-hardening.ts";
import type { Git, GitOptions, GitResult } from "../git.ts";
import type { ProcessResult, Processes } from "../processes.ts";

export interface NodeGitOptions {
  readonly processes: Processes;
  /** Where the user's ssh agent, proxies and configuration files are named; our own environment unless told. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Without it a diff of a checked-in dump fills our memory; above it a call fails, since half an answer would be taken for a whole one. */
const outputBytesMax = 64 * 1024 * 1024;

/** More than this would not fit on a command line; nobody has them but somebody who wants a call to fail. */
const nestedMax = 500;

/** Without it a call that waits for a lock or a dead remote never ends. */
const defaultTimeoutMs = 300_000;

// Another git that makes a worktree at this moment is between creating a file and writing it for far less; on a machine with load 16 one look met it.
const halfMadeAttemptsMax = 20;
const halfMadeWaitMs = 100;

/** True where git stopped before it did anything, because a worktree beside it was just being made: git reads those of others without a lock. */
function isHalfMade(result: ProcessResult): boolean {
  return result.outcome === "exited" && result.exitCode === 128 && /^fatal: failed to read \S*worktrees\/[^/\n]+\/commondir: /m.test(result.stderr);
}

type Ask = (options: GitOptions, shown: string, env: Readonly<Record<string, string>>) => Promise<Readonly<Record<string, string>>>;

/** Calls that begin side by side in one folder and environment ask once. Nothing is kept longer than the question takes, for the configuration may change. */
function shareWhileAsked(ask: Ask): Ask {
  const asking = new Map<string, ReturnType<Ask>>();
  return (options, shown, env) => {
    const key = JSON.stringify([options.cwd, env]);
    const asked = asking.get(key);
    if (asked !== undefined) return asked.catch(() => ask(options, shown, env)); // that of a caller who was stopped, or failed in its own words
    const own = ask(options, shown, env).finally(() => asking.delete(key));
    asking.set(key, own);
    return own;
  };
}

export function createNodeGit(options: NodeGitOptions): Git {
  const { processes } = options;
  const baseEnv = hardenEnvironment(processes.environment(), options.env ?? process.env);

  async function call(args: readonly string[], shown: string, gitOptions: GitOptions, env: Readonly<Record<string, string>>): Promise<GitResult> {
    const { cwd, input, signal } = gitOptions;
    const timeoutMs = gitOptions.timeoutMs ?? defaultTimeoutMs;
    const once = () => processes.run({
      command: ["git", ...args], cwd, env, timeoutMs, outputBytesMax,
      ...(input === undefined ? {} : { stdin: { kind: "text" as const, text: input } }),
      ...(signal === undefined ? {} : { signal }),
    });
    let result = await once();
    for (let attempt = 1; attempt < halfMadeAttemptsMax && isHalfMade(result) && signal?.aborted !== true; attempt++) {
      await setTimeout(halfMadeWaitMs);
      result = await once();
    }
    if (result.outcome === "cancelled") throw abortError(signal);
    if (result.outcome !== "exited") throw failureOf(result, shown, cwd, timeoutMs);
    if (result.omittedBytes > 0)
      throw new InspanError(
        "GIT_FAILED",
        `Cannot read the answer of "${shown}": it is ${result.omittedBytes} bytes above the limit, expected at most ${outputBytesMax} bytes.`,
      );
    if (result.exitCode === null || ![0, ...(gitOptions.acceptExitCodes ?? [])].includes(result.exitCode)) {
      const remedy = isHalfMade(result) ? { remedy: "git worktree prune, and do the same again: a git was killed while it made a worktree" } : {};
      const said = tailLines(redactUrls(result.stderr.trim() || result.stdout.trim()), 20);
      throw new InspanError("GIT_FAILED", `Cannot run "${shown}" in "${cwd}": it ended with ${result.signal ?? `code ${result.exitCode}`}, expected success.\n${said}`.trimEnd(), remedy);
    }
    return { exitCode: result.exitCode, stdout: result.stdout, stderr: result.stderr };
  }

  const neutralizing = shareWhileAsked(async (options, shown, env) => neutralize((await call(hardenArguments(driverQuery).args, shown, { ...options, acceptExitCodes: [1] }, env)).stdout));

  async function run(args: readonly string[], gitOptions: GitOptions): Promise<GitResult> {
    const command = hardenArguments(args);
    const shown = redactUrls(["git", ...args].join(" "));
    const env = { ...baseEnv, ...gitOptions.env };
    if (!command.needsNeutralizing) return call(command.args, shown, gitOptions, env);
    const { cwd, timeoutMs, signal } = gitOptions;
    const lookOptions: GitOptions = { cwd, ...(timeoutMs === undefined ? {} : { timeoutMs }), ...(signal === undefined ? {} : { signal }) };
    const safeEnv = { ...env, ...(await neutralizing(lookOptions, shown, env)) };
    const excludes = await excludesOf(command, shown, lookOptions, safeEnv);
    return call([...command.args, ...excludes], shown, gitOptions, safeEnv);
  }

  /** Pathspecs that keep git out of repositories below the worktree: it would start a git in there, under the configuration in there. */
  async function excludesOf(command: GitCommand, shown: string, options: GitOptions, env: Readonly<Record<string, string>>): Promise<readonly string[]> {
    if (command.nested === undefined) return [];
    const links = nestedIn((await call(hardenArguments(indexQuery).args, shown, options, env)).stdout, "index");
    if (command.nested === "refuse") {
      if (links.length === 0) return [];
      throw new InspanError("GIT_NESTED", `Cannot run "${shown}" in "${options.cwd}": it would run git in the submodule "${links[0]}", expected a command that stays out of it.`);
    }
    const found = [...links, ...nestedIn((await call(hardenArguments(untrackedQuery).args, shown, options, env)).stdout, "untracked")];
    if (found.length > nestedMax) throw new InspanError("GIT_NESTED", `Cannot run "${shown}" in "${options.cwd}": ${found.length} repositories lie in it, expected at most ${nestedMax}.`);
    return found.map((path) => `:(top,exclude,literal)${path}`);
  }

  return {
    run,
    text: async (args, gitOptions) => (await run(args, gitOptions)).stdout.replace(/\r?\n$/, ""),
    version: async () => {
      const { stdout } = await run(["--version"], { cwd: "/" });
      const [major, minor, patch] = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(stdout)?.slice(1).map((digits) => Number(digits ?? 0)) ?? [];
      return [major ?? 0, minor ?? 0, patch ?? 0];
    },
  };
}

function failureOf(result: ProcessResult, shown: string, cwd: string, timeoutMs: number): InspanError {
  if (result.outcome === "timed-out") {
    return new InspanError("GIT_TIMED_OUT", `Cannot finish "${shown}" in "${cwd}": it still ran after ${timeoutMs} ms, expected an end before.`, { isRetryable: true });
  }
  if (result.stderr.includes("ENOENT") && !result.stderr.includes("working folder")) {
    return new InspanError("GIT_MISSING", `Cannot run "${shown}": no program named git on PATH, expected git 2.39 or later.`, { remedy: "Install git, for example with: apt-get install git" });
  }
  return new InspanError("GIT_FAILED", `Cannot run "${shown}" in "${cwd}": ${redactUrls(result.stderr)}`);
}
