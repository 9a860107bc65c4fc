// Plays one turn of a client of the Agent Client Protocol: what it says becomes events, what it asks is answered. Knows no home and no sandbox.
import { z } from "zod";
import { withDeadline } from "../../../../base/async.ts";
import { InspanError, messageOf } from "../../../../base/errors.ts";
import type { Clock, Processes } from "../../../../providers/index.ts";
import { parseUpdate, PermissionParams, PromptResult } from "../../service/acp/protocol.ts";
import type { AcpUpdate, ToolCall } from "../../service/acp/protocol.ts";
import { answerPermission, editedPaths, finishedEvent, mergeCall, startedEvent, toolOf } from "../../service/acp/tool-calls.ts";
import { clientGoneRetryMs, historyLostNote } from "../gated-turn.ts";
import type { ClientPlayer, Ending, TurnControl } from "../gated-turn.ts";
import { watchHeldCalls } from "../held-calls.ts";
import { isLoginMissing } from "./client.ts";
import type { AcpClientProcess } from "./client.ts";

export interface AcpPlayerOptions {
  readonly clock: Clock;
  readonly title: string;
  readonly canEdit: boolean;
  /** What a person does where the client says that nobody is logged in. */
  readonly loginRemedy: string;
  /** Set where the client waits for whatever holds a command's output. */
  readonly heldOutputs: Pick<Processes, "heldOutputs" | "signal"> | undefined;
  /** A running process with its session. */
  openClient(): Promise<AcpClientProcess>;
}

const cancelMs = 3_000; // clients answer a cancelled prompt within 0.1 s; after this the process is ended anyway
const callsMax = 2_000; // of one turn; a client that never finishes its calls must not fill our memory
const messageCharsMax = 250_000; // of one message; an agent that prints megabytes must not fill our memory or the transcript
const promptsMax = 20; // of one turn: the first, and one for each time a person spoke too late for the running one

export class AcpPlayer implements ClientPlayer {
  readonly #options: AcpPlayerOptions;
  readonly #calls = new Map<string, { call: ToolCall; readonly startedMs: number; isDone: boolean }>();
  #opening: Promise<AcpClientProcess> | undefined;
  #prompting: Promise<unknown> | undefined;
  #message = "";
  #thought = "";

  constructor(options: AcpPlayerOptions) { this.#options = options; }

  async play(control: TurnControl): Promise<Ending> {
    this.#opening = this.#options.openClient();
    const client = await this.#opening;
    if (control.ended.aborted) return { status: "interrupted" };
    client.rpc.setHandlers({
      onNotification: (method, params) => {
        const update = parseUpdate(method, params, client.sessionId);
        if (update !== undefined) this.#take(control, update);
      },
      onRequest: (method, params) => this.#answer(control, method, params),
    });
    this.#watchHeld(control, client);
    const gone = client.rpc.closed.then(async (): Promise<Ending> => ({
      status: "failed",
      reason: `${this.#options.title} ended in the middle of the turn (${await client.lastWords()}).`,
      isRetryable: true,
      retryAfterMs: clientGoneRetryMs,
    }));
    let texts = client.historyLoss === undefined ? [control.input.text] : [control.input.text, historyLostNote];
    for (let count = 1; ; count++) {
      const prompting = this.#prompt(control, client, texts).catch(() => gone);
      this.#prompting = prompting;
      const ending = await Promise.race([prompting, gone]);
      this.#prompting = undefined;
      const late = ending.status === "completed" && count < promptsMax ? control.takeSteers() : undefined;
      if (late === undefined) return ending;
      texts = [late];
    }
  }

  #watchHeld(control: TurnControl, client: AcpClientProcess): void {
    const { clock, heldOutputs } = this.#options;
    if (heldOutputs === undefined) return;
    void watchHeldCalls({
      clock, processes: heldOutputs, client: client.place, signal: control.ended, isCalling: () => [...this.#calls.values()].some(({ isDone }) => !isDone),
      tell: (text) => { control.tellModel(`Inspan: ${text}`); control.emit({ kind: "warning", text }); },
    });
  }

  async #prompt(control: TurnControl, client: AcpClientProcess, texts: readonly string[]): Promise<Ending> {
    try {
      const { stopReason } = PromptResult.parse(
        await client.rpc.request("session/prompt", { sessionId: client.sessionId, prompt: texts.map((text) => ({ type: "text", text })) }, Infinity),
      );
      this.#flush(control);
      switch (stopReason) {
        case "end_turn": return { status: "completed" };
        case "cancelled": return { status: "interrupted" };
        case "refusal": return { status: "failed", reason: "The model refused to go on.", isRetryable: false };
        case "max_tokens": return { status: "failed", reason: "The model's answer was cut off by the limit on its length.", isRetryable: true };
        case "max_turn_requests": return { status: "failed", reason: `${this.#options.title} has made as many model calls as it allows itself.`, isRetryable: false };
      }
    } catch (error) {
      this.#flush(control);
      if (error instanceof InspanError && error.code === "AGENT_GONE") throw error; // how it ended is told by the process
      if (isLoginMissing(error))
        return {
          status: "failed",
          reason: `${this.#options.title} is not logged in: ${messageOf(error)}`,
          isRetryable: false,
          remedy: this.#options.loginRemedy,
        };
      if (error instanceof z.ZodError)
        return {
          status: "failed",
          reason: `${this.#options.title} ended the turn in a form that version 1 of the protocol does not have (${messageOf(error)}).`,
          isRetryable: false,
        };
      return { status: "failed", reason: messageOf(error), isRetryable: error instanceof Error && "isRetryable" in error && error.isRetryable === true };
    }
  }

  async stop(isCut: boolean): Promise<void> {
    const client = await this.#opening?.catch(() => undefined); // an interrupt may come while the process still starts
    if (client === undefined) return;
    if (isCut && this.#prompting !== undefined) {
      await client.rpc.notify("session/cancel", { sessionId: client.sessionId }).catch(() => undefined); // gone already: the close below counts
      await withDeadline(this.#prompting.catch(() => undefined), cancelMs, () => undefined);
    }
    await client.close();
  }

  /** Chunks become one message each time something else comes between them. */
  #flush(control: TurnControl): void {
    if (this.#thought.trim() !== "") control.emit({ kind: "reasoning", text: this.#thought });
    if (this.#message.trim() !== "") { control.emit({ kind: "message", text: this.#message }); control.setText(this.#message); }
    this.#thought = "";
    this.#message = "";
  }

  #take(control: TurnControl, update: AcpUpdate): void {
    switch (update.kind) {
      case "message": if (this.#message.length < messageCharsMax) this.#message += update.text; break;
      case "thought": if (this.#thought.length < messageCharsMax) this.#thought += update.text; break;
      case "tool": this.#flush(control); this.#takeCall(control, update.call); break;
    }
  }

  #takeCall(control: TurnControl, update: ToolCall): void {
    const { clock } = this.#options;
    const known = this.#calls.get(update.toolCallId);
    if (known === undefined && this.#calls.size >= callsMax) return;
    const entry = known ?? { call: update, startedMs: clock.monotonicMs(), isDone: false };
    entry.call = mergeCall(known?.call, update);
    this.#calls.set(update.toolCallId, entry);
    if (known === undefined) control.emit(startedEvent(entry.call));
    const finished = entry.isDone ? undefined : finishedEvent(entry.call, Math.round(clock.monotonicMs() - entry.startedMs));
    if (finished === undefined) return;
    entry.isDone = true;
    control.emit(finished);
  }

  #answer(control: TurnControl, method: string, params: unknown): Promise<unknown> {
    if (method !== "session/request_permission") return Promise.reject(new Error(`Inspan has no answer to ${method}`));
    const asked = PermissionParams.parse(params);
    // Gemini tells of a call with leave to ask only when it is over.
    if (!this.#calls.has(asked.toolCall.toolCallId)) { this.#flush(control); this.#takeCall(control, asked.toolCall); }
    const call = mergeCall(this.#calls.get(asked.toolCall.toolCallId)?.call, asked.toolCall);
    const paths = editedPaths(call);
    const reason = paths.length === 0 ? undefined : !this.#options.canEdit ? "This session reads and does not edit." : control.edits.refuse(paths);
    control.emit({
      kind: "approval",
      what: `${toolOf(call)} ${paths.join(", ") || (call.title ?? "")}`.trim(),
      decision: reason === undefined ? "accepted" : "declined",
      reason: reason ?? "the sandbox holds it",
    });
    if (reason !== undefined) control.tellModel(`Refused: ${reason}`);
    return Promise.resolve(answerPermission(asked, reason === undefined));
  }
}
