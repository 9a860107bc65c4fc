// Owns the conversation with one client's process, a JSON-RPC message a line: requests with answers, notifications, requests of the other side. Knows no method's meaning.
import { z } from "zod";
import { withDeadline } from "../../../base/async.ts";
import { InspanError, messageOf } from "../../../base/errors.ts";
import type { RunningProcess } from "../../../providers/index.ts";

export interface RpcHandlers {
  onNotification(method: string, params: unknown): void;
  /** Its result is the answer; a rejection becomes an error answer. */
  onRequest(method: string, params: unknown): Promise<unknown>;
}

export interface RpcOptions {
  /** For messages to people. */
  readonly client: string;
  /** Whether each message says `"jsonrpc": "2.0"`, as the standard has it and Codex does not. */
  readonly isVersioned: boolean;
}

/** Any line on standard output; which of the three kinds it is, its fields say. */
const WireMessage = z.looseObject({
  id: z.union([z.number(), z.string()]).nullish(),
  method: z.string().optional(),
  params: z.unknown().optional(),
  result: z.unknown().optional(),
  error: z.looseObject({ code: z.number().optional(), message: z.string(), data: z.unknown().optional() }).optional(),
});

const dataCharsMax = 1_000; // of details behind a message: stacks and pages come there too
// JSON-RPC 2.0, 5.1.
const methodNotFound = -32601;
const invalidParams = -32602;
const requestTimeoutMs = 60_000; // clients answer in milliseconds; without a bound a stuck process would hold a task for ever

interface Waiter { resolve(result: unknown): void; reject(error: Error): void }

/** The client answered a request with an error. */
export class RpcRefusal extends Error {
  override readonly name = "RpcRefusal";
  readonly code: number | undefined;
  /** `data` is what the client adds to its message; unknown in form. */
  constructor(message: string, data: unknown, code?: number) {
    const more = data === undefined || data === null ? "" : JSON.stringify(data).slice(0, dataCharsMax);
    super(more === "" || more === "{}" ? message : `${message} ${more}`);
    this.code = code;
  }
}

/** `Requests` names the methods that we call, with their parameters. */
export class RpcConnection<Requests extends object> {
  readonly #process: RunningProcess;
  readonly #options: RpcOptions;
  readonly #waiters = new Map<number, Waiter>();
  #handlers: RpcHandlers;
  #lastId = 0;
  #isClosed = false;
  /** Resolves when the process says nothing more. */
  readonly closed: Promise<void>;

  constructor(process: RunningProcess, options: RpcOptions, handlers: RpcHandlers) {
    this.#options = options;
    this.#process = process;
    this.#handlers = handlers;
    this.closed = this.#read();
  }

  /** From now on messages go to other handlers: each turn has its own. */
  setHandlers(handlers: RpcHandlers): void {
    this.#handlers = handlers;
  }

  /** `timeoutMs` Infinity waits as long as the process lives. */
  async request<Method extends keyof Requests & string>(method: Method, params: Requests[Method], timeoutMs: number = requestTimeoutMs): Promise<unknown> {
    if (this.#isClosed) throw this.#gone(method);
    const id = ++this.#lastId;
    const answer = new Promise<unknown>((resolve, reject) => { this.#waiters.set(id, { resolve, reject }); });
    answer.catch(() => undefined); // a refused write may come first; the answer is then nobody's
    try {
      await this.#send({ id, method, params });
      if (timeoutMs === Infinity) return await answer;
      return await withDeadline(answer, timeoutMs, () => {
        throw new InspanError("AGENT_SILENT", `Cannot ${method} with ${this.#options.client}: no answer in ${timeoutMs} ms, expected one.`, {
          isRetryable: true,
        });
      });
    } finally {
      this.#waiters.delete(id);
    }
  }

  async notify(method: string, params?: unknown): Promise<void> {
    await this.#send(params === undefined ? { method } : { method, params });
  }

  #gone(method: string): InspanError {
    return new InspanError("AGENT_GONE", `Cannot ${method} with ${this.#options.client}: its process has ended, expected a running one.`, { isRetryable: true });
  }

  async #send(message: Readonly<Record<string, unknown>>): Promise<void> {
    const whole = this.#options.isVersioned ? { jsonrpc: "2.0", ...message } : message;
    try { await this.#process.write(`${JSON.stringify(whole)}\n`); } catch (error) {
      throw new InspanError("AGENT_GONE", `Cannot write to ${this.#options.client}: ${messageOf(error)}`, { isRetryable: true, cause: error });
    }
  }

  async #read(): Promise<void> {
    for await (const line of this.#process.lines) this.#take(line);
    this.#isClosed = true;
    for (const waiter of this.#waiters.values()) waiter.reject(this.#gone("talk"));
    this.#waiters.clear();
  }

  /** Begins at once, in the order of the lines; what a handler throws is its answer, too. */
  #handle(method: string, params: unknown): Promise<unknown> {
    try { return this.#handlers.onRequest(method, params); } catch (failure) { return Promise.reject(failure instanceof Error ? failure : new Error(String(failure))); }
  }

  #take(line: string): void {
    let json: unknown;
    try { json = JSON.parse(line); } catch { return; } // not protocol: a stray print of the client
    const parsed = WireMessage.safeParse(json);
    if (!parsed.success) return;
    const { id, method, params, result, error } = parsed.data;
    if (method !== undefined && (id === undefined || id === null)) {
      try { this.#handlers.onNotification(method, params); } catch (failure) { if (!(failure instanceof z.ZodError)) throw failure; } // told in a form that nobody here knows
      return;
    }
    if (method !== undefined) {
      this.#handle(method, params).then(
        (answer) => this.#send({ id, result: answer ?? null }),
        (failure: unknown) => this.#send({ id, error: { code: failure instanceof z.ZodError ? invalidParams : methodNotFound, message: messageOf(failure) } }),
      ).catch(() => undefined); // the process has ended meanwhile: nobody waits for the answer
      return;
    }
    const waiter = typeof id === "number" ? this.#waiters.get(id) : undefined;
    if (error !== undefined) waiter?.reject(new RpcRefusal(error.message, error.data, error.code));
    else waiter?.resolve(result);
  }
}
