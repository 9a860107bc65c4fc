// One thread for the gates of all sessions of this process. It lives while a gate is open; where it ends by itself, another takes its ports.
import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import type { GateAsks, GateSpec, ToGates, ToHarness } from "./gate-questions.ts";
import type { SessionGate } from "./session-gate.ts";
import { answerTo, ThreadChannel, type Answers } from "./thread-channel.ts";

interface Session { readonly spec: GateSpec; readonly answers: Answers<GateAsks>; port: number | undefined }
interface Running { readonly worker: Worker; readonly channel: ThreadChannel<ToGates, ToHarness> }

/** A thread that ends again and again (no memory) would be started for ever. */
const restartsMax = 5;

class GateThread {
  readonly #sessions = new Map<number, Session>();
  #running: Running | undefined;
  #lastGate = 0;
  #restarts = 0;

  warm(): void { this.#running ??= this.#start(); }

  async open(spec: GateSpec, answers: Answers<GateAsks>): Promise<SessionGate> {
    const gate = ++this.#lastGate;
    const session: Session = { spec, answers, port: undefined };
    this.#sessions.set(gate, session);
    try {
      const port = await this.#channel().ask("open", { gate, spec, port: undefined });
      session.port = port;
      return { port, settled: () => this.#channel().ask("settled", { gate }), close: () => this.#close(gate) };
    } catch (error) {
      this.#sessions.delete(gate);
      throw error;
    }
  }

  #channel(): Running["channel"] { return (this.#running ??= this.#start()).channel; }

  async #close(gate: number): Promise<void> {
    if (!this.#sessions.delete(gate)) return;
    const running = this.#running;
    if (running === undefined) return;
    await running.channel.ask("close", { gate }).catch(() => undefined); // a thread that has ended holds no port
    if (this.#sessions.size > 0 || this.#running !== running) return;
    this.#running = undefined; // its memory is for sessions only
    await running.worker.terminate();
  }

  #start(): Running {
    const worker = new Worker(new URL(`./gate-worker${extname(import.meta.url)}`, import.meta.url), { execArgv: ["--disable-warning=ExperimentalWarning"] });
    const channel = new ThreadChannel<ToGates, ToHarness>(worker, { gate: ({ gate, what, input }) => this.#answer(gate, what, input) }, (isIdle) => {
      if (isIdle) worker.unref();
      else worker.ref();
    });
    const running = { worker, channel };
    worker.on("error", () => undefined).on("exit", () => this.#onEnd(running)).unref();
    return running;
  }

  #answer(gate: number, what: string, input: unknown): unknown {
    const session = this.#sessions.get(gate);
    const answer = session && answerTo(session.answers, what);
    if (answer === undefined) throw new Error("the session has ended");
    return answer(input);
  }

  #onEnd(running: Running): void {
    running.channel.end("the thread of the gates has ended");
    if (this.#running !== running) return;
    this.#running = undefined;
    const left = [...this.#sessions].filter(([, { port }]) => port !== undefined);
    if (left.length === 0 || ++this.#restarts > restartsMax) return; // clients that find no gate end their turns
    const channel = this.#channel();
    for (const [gate, { spec, port }] of left) channel.ask("open", { gate, spec, port }).catch(() => undefined); // the same: its turn ends by the client's failure
  }
}

const thread = new GateThread(); // of the process: fifty sessions share it

/** Begins what the first session would wait for. */
export const warmGates = (): Promise<void> => { thread.warm(); return Promise.resolve(); };
export const openThreadGate = (spec: GateSpec, answers: Answers<GateAsks>): Promise<SessionGate> => thread.open(spec, answers);
