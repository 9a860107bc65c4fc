// Where content of a worktree may execute: read-only root, masked homes and state, git's settings hidden, own network with loopback only. By interface.
import type { ProcessSpec } from "./processes.ts";

export type SandboxKind = "bubblewrap" | "unshare" | "none";

export interface SandboxBridge {
  /** Port on loopback inside the sandbox. */
  readonly port: number;
  /** Loopback port outside that it reaches. */
  readonly hostPort: number;
}

/**
 * Git's settings of every repository that a path of the policy belongs to are hidden without being asked: a remote's URL or a header in them
 * may hold a token. History stays readable by a copy with the format's own settings.
 */
export interface SandboxPolicy {
  /** Absolute folders that are writable inside; each must exist. */
  readonly writable: readonly string[];
  /** Absolute paths below a masked home that stay readable (the Node in use, a package cache). */
  readonly readable?: readonly string[];
  /** Absolute paths inside a writable folder that are read-only all the same (`.git`). */
  readonly readOnly?: readonly string[];
  /** `loopback`: own network namespace. `host`: the machine's network, only after an explicit acknowledgement. */
  readonly network: "loopback" | "host";
  readonly bridges?: readonly SandboxBridge[];
}

export interface PreparedSandbox {
  /** What to start instead; same working folder and streams. */
  readonly spec: ProcessSpec;
  /** Closes bridges and removes temporary files; call it when the process has ended. */
  dispose(): Promise<void>;
}

export interface Sandbox {
  /** The best kind that works here, tried once by running `true` in it; `none` where nothing does. */
  detect(): Promise<{ readonly kind: SandboxKind; readonly reason: string }>;
  /** Rejects with SANDBOX_MISSING where the kind is `none` and `isUnsandboxedAllowed` is not set. */
  prepare(spec: ProcessSpec, policy: SandboxPolicy, options: { readonly isUnsandboxedAllowed: boolean }): Promise<PreparedSandbox>;
}
