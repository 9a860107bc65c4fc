// Questions and answers between two threads of one process, each side asking the other. Knows no subject: whoever opens a channel names its questions.
import { messageOf } from "../../../base/errors.ts";

/** Of a question: what is asked with and what comes back; both are cloned on their way. */
type Question = readonly [input: unknown, answer: unknown];
export type Questions<Q> = { readonly [K in keyof Q]: Question };
export type Answers<Q extends Questions<Q>> = { readonly [K in keyof Q]: (input: Q[K][0]) => Q[K][1] | Promise<Q[K][1]> };

type Answer = (input: unknown) => unknown;

/** By name, for a message from the other side; undefined where nobody answers that. */
export function answerTo<Q extends Questions<Q>>(answers: Answers<Q>, what: string): Answer | undefined {
  return (answers as Readonly<Record<string, Answer | undefined>>)[what]; // both sides are ours and of one version: an input has the form of its question
}

/** A worker seen from outside, or the parent's port seen from inside. */
export interface ThreadPort {
  postMessage(message: unknown): void;
  on(event: "message", listener: (message: Message) => void): unknown;
}

type Message =
  | { readonly kind: "ask"; readonly id: number; readonly what: string; readonly input: unknown }
  | { readonly kind: "answer"; readonly id: number; readonly answer: unknown }
  | { readonly kind: "failed"; readonly id: number; readonly reason: string };

interface Waiter { resolve(answer: unknown): void; reject(error: Error): void }

export class ThreadChannel<Asked extends Questions<Asked>, Answered extends Questions<Answered>> {
  readonly #port: ThreadPort;
  readonly #answers: Answers<Answered>;
  readonly #waiting = new Map<number, Waiter>();
  readonly #onIdle: (isIdle: boolean) => void;
  #lastId = 0;
  #end: string | undefined;

  /** `onIdle` is told when the first question begins to wait (false), and when none waits any more (true). */
  constructor(port: ThreadPort, answers: Answers<Answered>, onIdle: (isIdle: boolean) => void = () => undefined) {
    this.#port = port;
    this.#answers = answers;
    this.#onIdle = onIdle;
    port.on("message", (message) => { void this.#take(message); });
  }

  /** Rejects with the other side's reason, and when the channel ends. */
  ask<K extends keyof Asked & string>(what: K, input: Asked[K][0]): Promise<Asked[K][1]> {
    return new Promise((resolve, reject) => {
      if (this.#end !== undefined) { reject(new Error(this.#end)); return; }
      const id = ++this.#lastId;
      if (this.#waiting.size === 0) this.#onIdle(false);
      this.#waiting.set(id, { resolve: (answer) => resolve(answer as Asked[K][1]), reject }); // both sides are ours and of one version
      this.#port.postMessage({ kind: "ask", id, what, input } satisfies Message);
    });
  }

  /** Afterwards every question is rejected, those that wait at once. */
  end(reason: string): void {
    this.#end ??= reason;
    for (const { reject } of this.#waiting.values()) reject(new Error(reason));
    this.#waiting.clear();
    this.#onIdle(true);
  }

  async #take(message: Message): Promise<void> {
    if (message.kind === "ask") { await this.#answer(message); return; }
    const waiter = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.kind === "answer") waiter?.resolve(message.answer);
    else waiter?.reject(new Error(message.reason));
    if (this.#waiting.size === 0) this.#onIdle(true);
  }

  async #answer({ id, what, input }: Message & { readonly kind: "ask" }): Promise<void> {
    let message: Message;
    try {
      const answer = answerTo(this.#answers, what);
      if (answer === undefined) throw new Error(`BUG: expected an answer to ${what}`);
      message = { kind: "answer", id, answer: await answer(input) };
    } catch (error) { message = { kind: "failed", id, reason: messageOf(error) }; } // told to whoever asked
    this.#port.postMessage(message);
  }
}
