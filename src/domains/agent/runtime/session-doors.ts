// One session's side of its gate: model calls, hooks and operations go to the turn that runs; where none does, they are refused. Knows no client.
import { withDeadline } from "../../../base/async.ts";
import { messageOf } from "../../../base/errors.ts";
import { boundText } from "../../../base/text.ts";
import type { Providers, Secret } from "../../../providers/index.ts";
import type { Price, Usage, WireName } from "../../model/index.ts";
import { openReplay, openTranscript } from "../../model/runtime/index.ts";
import { readMcpMessage, renderMcpResult } from "../service/mcp-messages.ts";
import { remedyOf } from "../service/refusal.ts";
import type { ModelRefusal, RefusedSetting } from "../service/refusal.ts";
import type { AgentTool } from "../types.ts";
import type { GateAsks, GateSpec } from "./gate-questions.ts";
import type { SessionGate } from "./session-gate.ts";
import type { Answers } from "./thread-channel.ts";

/** What a turn does for its session's gate. */
export interface GatedTurn {
  /** Counts one model call; a text says why it may not happen. */
  takeModelCall(): string | undefined;
  takeUsage(usage: Usage): void;
  takeWait(wait: { readonly status: number; readonly waitMs: number }): void;
  /** A model call failed, with an HTTP status or without one. */
  takeModelFailure?(failure: { readonly status: number | undefined; readonly words: string; readonly retryAfterMs?: number | undefined }): void;
  answerHook(body: string): Promise<string>;
  /** What the model shall read behind the answers of its tools; absent where the client's own hooks say it. */
  noteForModel?(): Promise<string | undefined>;
  /** Aborts when the turn ends. */
  readonly toolSignal: AbortSignal;
}

export interface ModelAddress {
  readonly wire: WireName;
  readonly baseUrl: string;
  readonly key: Secret | undefined;
  readonly price: Price | undefined;
  readonly smallModel?: { readonly name: string; readonly price?: Price | undefined };
  /** Absolute; where exchanges are recorded, or read from instead of a model. */
  readonly recordPath?: string | undefined;
  readonly replayPath?: string | undefined;
}

export interface SessionDoorsOptions {
  readonly providers: Providers;
  /** Begins the name of log events. */
  readonly client: string;
  readonly token: string;
  /** Undefined where the client talks to its own service with the user's login. */
  readonly model: ModelAddress | undefined;
  /** For what a person is told where the model refuses. */
  readonly setting: Omit<RefusedSetting, "client">;
  readonly allowedHosts: readonly string[];
  readonly tools: readonly AgentTool[];
  /** The client is in our own thread, so that a thread for its gate would cost 24 MB and win nothing. */
  readonly isOurs?: boolean;
}

const settleMsMax = 2_000; // of requests whose client is gone; the sockets close at once
const callsEndMsMax = 5_000; // an operation of ours that does not heed its signal must not hold the turn
const toolOutputCharsMax = 200_000; // tools bound their own output; this only keeps a broken one from filling a line of protocol

/** Where no thread can be had (no memory for one), the gate is in ours: streams then wait for checks, and all else holds. */
async function openFor(isOurs: boolean, spec: GateSpec, answers: Answers<GateAsks>, onWithoutThread: (reason: string) => void): Promise<SessionGate> {
  if (!isOurs) {
    try { return await (await import("./gate-thread.ts")).openThreadGate(spec, answers); } catch (error) { onWithoutThread(messageOf(error)); }
  }
  const { openSessionGate } = await import("./session-gate.ts");
  return openSessionGate(spec, async (what, input) => answers[what](input));
}

export class SessionDoors {
  turn: GatedTurn | undefined;
  readonly #options: SessionDoorsOptions;
  #gate: SessionGate | undefined;
  readonly #calls = new Set<Promise<unknown>>();

  constructor(options: SessionDoorsOptions) { this.#options = options; }

  get isModelBehindGate(): boolean { return this.#options.model !== undefined; }

  /** What a person can do where the model refused for good. */
  remedyFor(refusal: ModelRefusal): string | undefined { return remedyOf(refusal, { client: this.#options.client, ...this.#options.setting }); }

  /** Listens, in a thread of its own unless the client is in ours; resolves with the port. */
  async open(): Promise<number> {
    const { token, model, allowedHosts, providers, client, isOurs = false } = this.#options;
    const transcript = model?.recordPath === undefined ? undefined : openTranscript(providers, model.recordPath);
    const replay = model?.replayPath === undefined ? undefined : await openReplay(providers.files, model.replayPath);
    const sleeping = new Map<number, AbortController>();
    const spec: GateSpec = {
      token, allowedHosts,
      model:
        model === undefined
          ? undefined
          : {
              wire: model.wire,
              baseUrl: model.baseUrl,
              key: model.key?.reveal(),
              price: model.price,
              smallModel: model.smallModel,
              isRecorded: transcript !== undefined,
              isReplayed: replay !== undefined,
            },
    };
    const answers: Answers<GateAsks> = {
      modelCall: () => (this.turn === undefined ? "No turn is running." : this.turn.takeModelCall()),
      usage: (usage) => this.turn?.takeUsage(usage),
      failure: (failure) => this.turn?.takeModelFailure?.(failure),
      wait: (wait) => this.turn?.takeWait(wait),
      toolAnswer: () => this.turn?.noteForModel?.(),
      refused: (what) => providers.log.warn(`${client}.refused`, { what }),
      hook: (body) => this.turn?.answerHook(body) ?? "{}",
      mcp: (body) => this.#answerMcp(body),
      record: (exchange) => transcript?.write(exchange),
      replay: ({ wire, path, request }) => replay?.next(wire, path, request),
      now: () => providers.clock.nowIso(),
      sleep: async ({ sleep, ms }) => {
        const end = new AbortController();
        sleeping.set(sleep, end);
        try { await providers.clock.sleep(ms, end.signal); } finally { sleeping.delete(sleep); }
      },
      wake: (sleep) => sleeping.get(sleep)?.abort(),
    };
    this.#gate = await openFor(isOurs, spec, answers, (reason) => providers.log.warn(`${client}.gate-without-thread`, { reason }));
    return this.#gate.port;
  }

  async #answerMcp(body: string): Promise<string | undefined> {
    const { tools } = this.#options;
    const question = readMcpMessage(body, tools, "Operations of the harness that you work in; what they change is changed by the harness itself.");
    switch (question.kind) {
      case "silence": return undefined;
      case "answer": return question.text;
      case "call": return renderMcpResult(question.id, await this.callTool(question.tool, question.input));
    }
  }

  /** Runs an operation for the turn; a failure is an answer. Never rejects. */
  callTool(name: string, input: unknown): Promise<{ readonly text: string; readonly isError: boolean }> {
    const work = this.#callTool(name, input).finally(() => this.#calls.delete(work));
    this.#calls.add(work);
    return work;
  }

  async #callTool(name: string, input: unknown): Promise<{ readonly text: string; readonly isError: boolean }> {
    const tool = this.#options.tools.find((one) => one.name === name);
    if (tool === undefined) return { text: `There is no operation "${name.slice(0, 100)}".`, isError: true };
    if (this.turn === undefined) return { text: "No turn is running, so nothing is done.", isError: true };
    try {
      const { text, isError } = await tool.execute(input, this.turn.toolSignal);
      return { text: boundText(text, toolOutputCharsMax), isError };
    } catch (error) {
      return { text: `The operation failed: ${messageOf(error)}`, isError: true }; // a broken operation of ours is no reason to end the turn
    }
  }

  /** Resolves when every model call of the turn is counted and no operation runs; call it when its client is gone. */
  async settled(): Promise<void> {
    await withDeadline(this.#gate?.settled().catch(() => undefined) ?? Promise.resolve(), settleMsMax, () => undefined);
    await withDeadline(Promise.allSettled(this.#calls), callsEndMsMax, () => []);
  }

  async close(): Promise<void> {
    await this.#gate?.close();
  }
}
