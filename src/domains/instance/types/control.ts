// What commands and a supervisor say to each other over its socket: one request a connection, lines of JSON back, the last with the result or error.
import type { InstancePlan, WorkloadPlan } from "./plan.ts";

export type ControlRequest =
  | { readonly method: "hello" }
  | { readonly method: "status" }
  | {
      readonly method: "up";
      readonly plan: InstancePlan;
      readonly isUnsandboxed: boolean;
      readonly isFresh: boolean;
      readonly restart: readonly string[];
      readonly hasTelemetry: boolean;
    }
  | { readonly method: "restart"; readonly names: readonly string[] }
  | { readonly method: "workload"; readonly workload: WorkloadPlan }
  | { readonly method: "down" };

/** What `up` asks for besides the plan. */
export type UpRequest = Extract<ControlRequest, { readonly method: "up" }>;

export interface Hello { readonly version: string; readonly pid: number }

export interface CommandResult {
  readonly exitCode: number | null;
  readonly outcome: string;
  readonly durationMs: number;
  /** The end of both streams, secrets removed. */
  readonly output: string;
  readonly startedAt: string;
  readonly endedAt: string;
}

export type ControlAnswer =
  | { readonly kind: "progress"; readonly line: string }
  | { readonly kind: "result"; readonly value: unknown }
  | { readonly kind: "error"; readonly code: string; readonly message: string; readonly remedy: string | undefined };
