// What the thread of the gates and the thread of the harness ask each other. Types only: everything here is cloned between them.
import type { Price, Usage, WireName } from "../../model/index.ts";
import type { Exchange } from "../../model/runtime/index.ts";

export interface GateModel {
  readonly wire: WireName;
  readonly baseUrl: string;
  /** The provider's key in clear: it stays in this process, and leaves it in a header to the provider alone. */
  readonly key: string | undefined;
  readonly price: Price | undefined;
  readonly smallModel: { readonly name: string; readonly price?: Price | undefined } | undefined;
  readonly isRecorded: boolean;
  readonly isReplayed: boolean;
}

export interface GateSpec {
  readonly token: string;
  readonly allowedHosts: readonly string[];
  /** Undefined where the client talks to its own service with the user's login. */
  readonly model: GateModel | undefined;
}

/** Asked of the thread of the gates; gates are numbered by the harness. */
export interface ToGates {
  /** The port it listens on: the given one, else a free one. */
  readonly open: readonly [{ readonly gate: number; readonly spec: GateSpec; readonly port: number | undefined }, number];
  /** Answered when every model call of the gate is counted. */
  readonly settled: readonly [{ readonly gate: number }, void];
  readonly close: readonly [{ readonly gate: number }, void];
}

/** What a gate asks of its session; each with the gate's number beside it. */
export interface GateAsks {
  /** A text refuses the call. */
  readonly modelCall: readonly [undefined, string | undefined];
  readonly usage: readonly [Usage, void];
  readonly toolAnswer: readonly [undefined, string | undefined];
  readonly wait: readonly [{ readonly status: number; readonly waitMs: number }, void];
  readonly failure: readonly [{ readonly status: number | undefined; readonly words: string; readonly retryAfterMs: number | undefined }, void];
  readonly refused: readonly [string, void];
  readonly hook: readonly [string, string];
  readonly mcp: readonly [string, string | undefined];
  readonly record: readonly [Omit<Exchange, "version" | "at">, void];
  readonly replay: readonly [{ readonly wire: WireName; readonly path: string; readonly request: string }, Exchange | undefined];
  readonly now: readonly [undefined, string];
  /** The harness's own clock decides how long that is; `sleep` numbers are of one gate. */
  readonly sleep: readonly [{ readonly sleep: number; readonly ms: number }, void];
  readonly wake: readonly [number, void];
}

export interface ToHarness {
  readonly gate: readonly [{ readonly gate: number; readonly what: string; readonly input: unknown }, unknown];
}
