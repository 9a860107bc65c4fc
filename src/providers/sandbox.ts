// Where content of a worktree may execute: read-only root, masked homes and state, git's settings hidden, own network with loopback only. By interface.
import type { ProcessSpec } from "./processes.ts";

export type SandboxKind = "bubblewrap" | "unshare" | "none";

export interface SandboxBridge {
  /** Port on loopback inside the sandbox. */
  readonly port: number;
  /** Loopback port outside that it reaches. */
  readonly hostPort: number;
}

/** A loopback of its own that several sandboxes share, and the ways through its wall. Closed with the process that opened it. */
export interface SandboxNetwork {
  /** The process that holds it, as this machine counts; ask Processes.listening() with it. */
  readonly pid: number;
  /** Loopback port `hostPort` outside leads to `port` inside until closed. Rejects with PORT_TAKEN. */
  expose(hostPort: number, port: number): Promise<ExposedPort>;
  /** Loopback `port` inside leads to `hostPort` outside. Rejects where something inside has it. */
  reach(port: number, hostPort: number): Promise<void>;
  /** Resolves when it is gone, wanted or not. */
  readonly ended: Promise<void>;
  /** Ends connections and ways; idempotent. */
  close(): Promise<void>;
}

export interface ExposedPort {
  setTarget(port: number): void;
  close(): Promise<void>;
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
  /** Absolute folders in place of which an empty private one is seen; what is not there is left out. */
  readonly hidden?: readonly string[];
  /** `loopback`: own network namespace. `host`: the machine's network, only after an explicit acknowledgement. Or one that openNetwork() made. */
  readonly network: "loopback" | "host" | SandboxNetwork;
  /** Processes and threads at once: by a cgroup where we may make one, else by the user's limit in its namespace; `caps` of `detect` says which. 4,096 unless told. */
  readonly processesMax?: number;
  /** Of all together in a cgroup, else of each process; four fifths of the machine's unless told. */
  readonly memoryBytesMax?: number;
  readonly bridges?: readonly SandboxBridge[];
}

export interface PreparedSandbox {
  /** What to start instead; same working folder and streams. */
  readonly spec: ProcessSpec;
  /** Closes bridges and removes temporary files; call it when the process has ended. */
  dispose(): Promise<void>;
}

/** One way out that was tried from inside. `says` is what happened there. */
export interface EscapeAttempt { readonly name: string; readonly isHeld: boolean; readonly says: string }

export interface Sandbox {
  /** The best kind that works here, tried once by running `true` in it; `none` where nothing does. `caps` says what bounds processes and memory. */
  detect(): Promise<{ readonly kind: SandboxKind; readonly reason: string; readonly caps?: string }>;
  /** Tries to get out, in every way that we know of; empty where there is no sandbox. Changes nothing that matters where a wall is missing. */
  tryEscapes?(): Promise<readonly EscapeAttempt[]>;
  /** Removes what sandboxes of killed processes left on this machine (groups of processes). */
  sweep(): Promise<void>;
  /** A shared loopback; `runId` marks its process. `expect` names what policies are going to name, so that it is looked at meanwhile. Rejects with SANDBOX_MISSING. */
  openNetwork(options: { readonly runId: string; readonly expect?: readonly string[] }): Promise<SandboxNetwork>;
  /** Rejects with SANDBOX_MISSING where the kind is `none` and `isUnsandboxedAllowed` is not set. */
  prepare(spec: ProcessSpec, policy: SandboxPolicy, options: { readonly isUnsandboxedAllowed: boolean }): Promise<PreparedSandbox>;
}
