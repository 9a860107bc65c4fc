// What an instance is: the answers of its supervisor. Wire form between supervisor and commands, and the file that is left when it dies.

export type ServiceStatus = "waiting" | "starting" | "ready" | "failed" | "exited" | "stopped";

export interface ServicePort {
  /** The environment variable that carries it; undefined for one that was found by what listens. */
  readonly name: string | undefined;
  /** On this machine's loopback. */
  readonly port: number;
  /** What the service listens on inside its sandbox, where that is another. */
  readonly inside: number | undefined;
}

/** Why a service is not ready, for a person or an agent: bounded, secrets removed. */
export interface ServiceFailure {
  readonly reason: "exited" | "timed-out" | "not-started" | "port-taken" | "needs" | "seed" | "limit" | "cancelled";
  /** One sentence: what happened and what was expected. */
  readonly message: string;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly expected: string;
  /** Ports that its processes listened on when it was given up; sorted. */
  readonly portsSeen: readonly number[];
  /** The end of its output. */
  readonly lastLines: readonly string[];
  /** The next command to type. */
  readonly remedy: string;
}

export interface ServiceState {
  readonly name: string;
  readonly status: ServiceStatus;
  readonly url: string | undefined;
  /** The same under a name of its own, where this machine resolves names below localhost. */
  readonly hostUrl: string | undefined;
  readonly ports: readonly ServicePort[];
  readonly pid: number | undefined;
  /** From spawn to ready, seen from outside. */
  readonly readyMs: number | undefined;
  readonly startedAt: string | undefined;
  /** How often it was started since the supervisor began. */
  readonly starts: number;
  readonly failure: ServiceFailure | undefined;
}

export interface TelemetryAddress { readonly url: string; readonly grpc: string | undefined }

export interface InstanceState {
  readonly version: 1;
  /** Absolute path of the worktree. */
  readonly worktree: string;
  readonly supervisor: { readonly pid: number; readonly version: string; readonly startedAt: string } | undefined;
  readonly services: readonly ServiceState[];
  readonly telemetry: TelemetryAddress | undefined;
  readonly dataDir: string;
  readonly isSandboxed: boolean;
}
