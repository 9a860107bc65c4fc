// What an instance is meant to be: services with their ports, readiness and order. Plain data that goes to the supervisor as JSON.

/** When a service counts as ready. `listening`: any port that its processes listen on. */
export type Ready =
  | { readonly kind: "http"; readonly path: string; readonly port: string | undefined; readonly status: number | undefined }
  | { readonly kind: "tcp"; readonly port: string | undefined }
  | { readonly kind: "log"; readonly pattern: string }
  | { readonly kind: "listening" }
  | { readonly kind: "started" };

export type Instrumentation = "light" | "full" | "none";
export const stopSignals = ["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP", "SIGKILL"] as const;
export type StopSignal = (typeof stopSignals)[number];

export interface ServicePlan {
  readonly name: string;
  /** A shell command; `${service.port}` is filled in, everything else is the shell's. */
  readonly run: string;
  /** Relative to the worktree; "." for itself. */
  readonly cwd: string;
  /** Environment variables that each get a port; the first is the one of its URL. May be empty. */
  readonly ports: readonly string[];
  readonly ready: Ready;
  readonly readyTimeoutMs: number;
  readonly needs: readonly string[];
  /** Templates, not filled in yet; what the whole instance gets is in it already. */
  readonly env: Readonly<Record<string, string>>;
  readonly stopSignal: StopSignal;
  readonly graceMs: number;
  /** Names of scarce things that it holds while it runs. */
  readonly uses: readonly string[];
  readonly instrument: Instrumentation;
  /** Processes and threads at once; above it the service cannot start more. */
  readonly processesMax: number;
}

export interface SeedPlan { readonly run: string; readonly timeoutMs: number; /** Files whose content decides which snapshot fits. */ readonly inputs: readonly string[] }

export interface WorkloadPlan { readonly name: string; readonly run: string; readonly timeoutMs: number; readonly env: Readonly<Record<string, string>> }

export interface InstancePlan {
  readonly version: 1;
  /** In an order in which each stands behind what it needs. */
  readonly services: readonly ServicePlan[];
  /** Templates for commands that are no service (seed, workloads). */
  readonly env: Readonly<Record<string, string>>;
  readonly seed: SeedPlan | undefined;
  /** How many may hold each named thing at once, on this machine. */
  readonly resources: Readonly<Record<string, number>>;
  /** Absolute paths outside of the worktree that services may read. */
  readonly share: readonly string[];
  /** False where inspan.yaml says `telemetry: false`. */
  readonly hasTelemetry: boolean;
}
