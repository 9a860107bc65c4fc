// The door to the cross-cutting rooms: interfaces only. The real ones live in node/ and are seen by src/app alone.
import type { Clock } from "./clock.ts";
import type { Databases } from "./database.ts";
import type { Files } from "./files.ts";
import type { Git } from "./git.ts";
import type { Log } from "./log.ts";
import type { ProcessRecords } from "./process-records.ts";
import type { Processes } from "./processes.ts";
import type { Random } from "./random.ts";
import type { Sandbox } from "./sandbox.ts";
import type { Secrets } from "./secrets.ts";
import type { Telemetry } from "./telemetry.ts";

export interface Providers {
  readonly clock: Clock;
  readonly random: Random;
  readonly files: Files;
  readonly processes: Processes;
  readonly sandbox: Sandbox;
  readonly git: Git;
  readonly databases: Databases;
  readonly log: Log;
  readonly telemetry: Telemetry;
  readonly secrets: Secrets;
  readonly processRecords: ProcessRecords;
}

export type { Clock } from "./clock.ts";
export { configurationAt, textAtCommit } from "./configuration-at.ts";
export type { OperationContext } from "./context.ts";
export type { Database, Databases, SqlRow, SqlValue } from "./database.ts";
export type { FileEntry, FileFacts, Files } from "./files.ts";
export type { Git, GitOptions, GitResult } from "./git.ts";
export type { Log, LogFields } from "./log.ts";
export { defineOperation } from "./operation.ts";
export type { AnyOperation, CheckSubject, ContributedCheck, ContributedFinding, Contribution, GoalJudge, GoalSubject, InitStep, Operation, Probe } from "./operation.ts";
export type { ProcessRecord, ProcessRecords } from "./process-records.ts";
export type { HeldOutput, ListeningSocket, PipedProcess, PipedSpec, Processes, ProcessResult, ProcessSpec, ResidentSpec, RunningProcess } from "./processes.ts";
export type { Random } from "./random.ts";
export type { ExposedPort, PreparedSandbox, Sandbox, SandboxBridge, SandboxKind, SandboxNetwork, SandboxPolicy } from "./sandbox.ts";
export { Secret } from "./secrets.ts";
export type { Secrets } from "./secrets.ts";
export type { Span, Telemetry } from "./telemetry.ts";
