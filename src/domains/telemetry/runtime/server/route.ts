// What a signal hands to the server: its routes, its gRPC methods, its records' replay. The server knows no signal.
import type { Duplex } from "node:stream";
import type { Clock } from "../../../../providers/index.ts";
import type { Form } from "../../service/wire/form.ts";

export interface EngineRequest {
  readonly method: string;
  /** Decoded path without the query string. */
  readonly path: string;
  /** Values of `:name` parts of the route's path, decoded. */
  readonly params: Readonly<Record<string, string>>;
  /** Of the query string alone. */
  readonly query: Form;
  /** Lower-case name. */
  header(name: string): string | undefined;
  /** The body's form before the query string (what a POST says wins, as in Go's FormValue); bounded. */
  readForm(): Promise<Form>;
  /** The body without its gzip, deflate or zstd coding, valid until the request is answered: who keeps it copies it. Throws HttpError 413 where it is too large, 400 where it is broken, 415 for another coding. */
  readBody(): Promise<Uint8Array>;
  /** Aborted when the caller goes away or the engine stops. */
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly status: number;
  /** Lower-case names; `content-type` is application/json unless told. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | Iterable<string> | AsyncIterable<string | Uint8Array>;
}

export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** "/api/v1/label/:name/values"; a literal part wins over a `:name` part. A last part `*name` takes the rest of the path. */
  readonly path: string;
  handler(request: EngineRequest): Promise<Answer> | Answer;
  /** How this route's protocol says an error; plain text unless told. */
  readonly errorAnswer?: (status: number, message: string) => Answer;
}

/** A path that speaks WebSocket or another protocol over a raw socket. */
export interface Upgrade {
  readonly path: string;
  handler(request: Omit<EngineRequest, "readForm" | "readBody">, socket: Duplex, head: Uint8Array): void;
}

/** One unary method; throws HttpError, which becomes a gRPC status (400 → 3, 413/429 → 8, 503/507 → 14, else 13). */
export interface GrpcMethod {
  /** "/package.Service/Method". */
  readonly path: string;
  /** Message bytes in, message bytes out. */
  handler(message: Uint8Array): Promise<Uint8Array> | Uint8Array;
}

/** What the engine gives to a signal. */
export interface EngineHost {
  readonly clock: Clock;
  /** Aborted when the engine stops. */
  readonly signal: AbortSignal;
  /** Keeps a record on disk, in order; nothing without --data. Throws HttpError 507 on a full disk: then do not keep it in memory either. */
  append(kind: number, payload: Uint8Array): void;
  /** Segments of this signal that the bound on disk has dropped. */
  evictedSegments(): number;
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly startedMs: number;
}

export interface Signal {
  readonly name: "metrics" | "logs" | "traces";
  readonly routes: readonly Route[];
  readonly grpcMethods: readonly GrpcMethod[];
  readonly upgrades?: readonly Upgrade[];
  /** Loads what `replay` needs; called before it where there is a folder. */
  prepareReplay?(): Promise<void>;
  /** A record of `append`, at the start, in order. Must not append. */
  replay(kind: number, payload: Uint8Array): void;
  /** Forgets everything in memory; the records on disk are removed by the engine. */
  clear(): void;
  /** Numbers for GET /inspan/v1/status, for example seriesCount. */
  status(): Readonly<Record<string, number | string>>;
  close?(): Promise<void> | void;
}

export type CreateSignal = (host: EngineHost) => Signal;
