// Owns the conversation with one app-server process: requests with answers, notifications, requests of the other side. Knows no method's meaning.
import { withDeadline } from "../../../../base/async.ts";
import { InspanError, messageOf } from "../../../../base/errors.ts";
import type { RunningProcess } from "../../../../providers/index.ts";
import { WireMessage } from "../../service/codex/protocol.ts";
import type { CodexRequests } from "../../service/codex/protocol.ts";

export interface RpcHandlers {
  onNotification(method: string, params: unknown): void;
  /** Its result is the answer; a rejection becomes an error answer. */
  onRequest(method: string, params: unknown): Promise<unknown>;
}

const requestTimeoutMs = 60_000; // Codex answers in milliseconds; without a bound a stuck process would hold a task for ever

interface Waiter { resolve(result: unknown): void; reject(error: Error): void }

/** Codex answered a request with an error. */
export class CodexRefusal extends Error {
  override readonly name = "CodexRefusal";
}

export class RpcConnection {
  readonly #process: RunningProcess;
  readonly #waiters = new Map<number, Waiter>();
  #handlers: RpcHandlers;
  #lastId = 0;
  #isClosed = false;
  /** Resolves when the process says nothing more. */
  readonly closed: Promise<void>;

  constructor(process: RunningProcess, handlers: RpcHandlers) {
    this.#process = process;
    this.#handlers = handlers;
    this.closed = this.#read();
  }

  /** From now on messages go to other handlers: each turn has its own. */
  setHandlers(handlers: RpcHandlers): void {
    this.#handlers = handlers;
  }

  async request<Method extends keyof CodexRequests>(method: Method, params: CodexRequests[Method], timeoutMs = requestTimeoutMs): Promise<unknown> {
    if (this.#isClosed) throw this.#gone(method);
    const id = ++this.#lastId;
    const answer = new Promise<unknown>((resolve, reject) => { this.#waiters.set(id, { resolve, reject }); });
    answer.catch(() => undefined); // a refused write may come first; the answer is then nobody's
    try {
      await this.#send({ id, method, params });
      return await withDeadline(answer, timeoutMs, () => { throw new InspanError("AGENT_SILENT", `Cannot ${method} with Codex: no answer in ${timeoutMs} ms, expected one.`, { isRetryable: true }); });
    } finally {
      this.#waiters.delete(id);
    }
  }

  async notify(method: string): Promise<void> {
    await this.#send({ method });
  }

  #gone(method: string): InspanError {
    return new InspanError("AGENT_GONE", `Cannot ${method} with Codex: its process has ended, expected a running one.`, { isRetryable: true });
  }

  async #send(message: unknown): Promise<void> {
    try { await this.#process.write(`${JSON.stringify(message)}\n`); } catch (error) {
      throw new InspanError("AGENT_GONE", `Cannot write to Codex: ${messageOf(error)}`, { isRetryable: true, cause: error });
    }
  }

  async #read(): Promise<void> {
    for await (const line of this.#process.lines) this.#take(line);
    this.#isClosed = true;
    for (const waiter of this.#waiters.values()) waiter.reject(this.#gone("talk"));
    this.#waiters.clear();
  }

  #take(line: string): void {
    let json: unknown;
    try { json = JSON.parse(line); } catch { return; } // not protocol: a stray print of the client
    const parsed = WireMessage.safeParse(json);
    if (!parsed.success) return;
    const { id, method, params, result, error } = parsed.data;
    if (method !== undefined && id === undefined) { this.#handlers.onNotification(method, params); return; }
    if (method !== undefined) {
      this.#handlers.onRequest(method, params).then(
        (answer) => this.#send({ id, result: answer }),
        (failure: unknown) => this.#send({ id, error: { code: -32601, message: messageOf(failure) } }),
      ).catch(() => undefined); // the process has ended meanwhile: nobody waits for the answer
      return;
    }
    const waiter = typeof id === "number" ? this.#waiters.get(id) : undefined;
    if (error !== undefined) waiter?.reject(new CodexRefusal(error.message));
    else waiter?.resolve(result);
  }
}
