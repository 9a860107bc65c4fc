// The git program, hardened: no hooks, no fsmonitor, no external diff, no worktree filters, no prompts. By interface.

export interface GitOptions {
  readonly cwd: string;
  readonly input?: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly env?: Readonly<Record<string, string>>;
  /** Exit codes that are answers, not failures; 0 always is. */
  readonly acceptExitCodes?: readonly number[];
}

export interface GitResult { readonly exitCode: number; readonly stdout: string; readonly stderr: string }

export interface Git {
  /** Rejects with GIT_FAILED (message = command and the end of stderr), GIT_MISSING, GIT_TIMED_OUT. */
  run(args: readonly string[], options: GitOptions): Promise<GitResult>;
  /** Standard output without its last newline. */
  text(args: readonly string[], options: GitOptions): Promise<string>;
  /** For example [2, 39, 5]; rejects with GIT_MISSING. */
  version(): Promise<readonly [number, number, number]>;
}
