// What an operation gets to work with. Made once by src/app for each call, whatever called it: CLI, HTTP or an agent.
import type { Configuration } from "../base/config-section.ts";
import type { Providers } from "./index.ts";

export interface OperationContext {
  readonly providers: Providers;
  /** Absolute; the folder to work in: --cwd, or where the caller stands. */
  readonly cwd: string;
  /** Absolute; where the caller stands: what they type as a file is meant from here. */
  readonly callerPath: string;
  /** $INSPAN_HOME: absolute, outside checkouts and outside the system's temporary folder. */
  readonly statePath: string;
  readonly version: string;
  /** Programs of ours that run beside a command, by name: what to start, before their arguments. */
  readonly programs: Readonly<Record<"supervisor" | "browserDaemon", { readonly command: readonly [string, ...string[]]; readonly env: Readonly<Record<string, string>> }>>;
  readonly signal: AbortSignal;
  /** Our own environment's variables that configure a run (INSPAN_*), already read in src/app. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Standard input as text where it is piped, read on demand; undefined at a terminal. */
  readStdin(): Promise<string | undefined>;
  /** Reads inspan.yaml of a folder; throws CONFIG_INVALID with line and column. No file gives the defaults. */
  loadConfiguration(rootPath: string): Promise<Configuration>;
  /** The same from text, for example from the base commit. */
  parseConfiguration(text: string | undefined, path: string): Promise<Configuration>;
  /** One line for a person, on standard error; nothing with --quiet. */
  progress(line: string): void;
  /** One event of a streaming operation; becomes a JSON line with `--json`. */
  emit(event: { readonly type: string } & Readonly<Record<string, unknown>>): void;
  /** What every domain contributes, loaded with its ui: for what spans them all (doctor, init, the servers, an agent's tools). */
  contributions(): Promise<readonly import("./operation.ts").Contribution[]>;
}
