// Owns one turn: what Codex says becomes events, what it asks is answered, and the first ending wins. Knows no home and no sandbox.
import { withDeadline } from "../../../../base/async.ts";
import { messageOf } from "../../../../base/errors.ts";
import { boundText } from "../../../../base/text.ts";
import { addUsage, costOfUsage, noUsage } from "../../../model/index.ts";
import type { Price, Usage } from "../../../model/index.ts";
import type { Providers } from "../../../../providers/index.ts";
import { eventOfCompletedItem, eventOfStartedItem } from "../../service/codex/events.ts";
import { isRetryableCodexError, textOfCodexError } from "../../service/codex/failure.ts";
import { parseNotification, textInput, ToolCallParams, TurnStartResult } from "../../service/codex/protocol.ts";
import type { CodexAnswers, CodexItem, CodexNotification, UsageBreakdown } from "../../service/codex/protocol.ts";
import type { RunningTurn, TurnInput, TurnResult } from "../../types.ts";
import type { AppServer } from "./app-server.ts";
import type { ChangeWatch } from "../changes.ts";
import { EditWatch } from "../edit-watch.ts";
import type { GatedTurn, SessionDoors } from "../session-doors.ts";

export interface CodexTurnOptions {
  readonly providers: Providers;
  readonly input: TurnInput;
  readonly worktreePath: string;
  readonly price: Price | undefined;
  readonly watch: ChangeWatch;
  /** Model calls and their cost are counted at the gate; where they do not pass it, by what Codex reports. */
  readonly doors: SessionDoors;
  /** A running process with its thread. */
  openServer(): Promise<AppServer>;
  /** Lines for the transcript that came up before the turn (a lost history, missing walls). */
  readonly notices: readonly string[];
}

type Ending =
  | { readonly status: "completed" | "interrupted" }
  | { readonly status: "failed"; readonly reason: string; readonly isRetryable: boolean };

const interruptMs = 3_000; // Codex needs about 60 ms; after this its process is ended anyway
const cleanMs = 2_000;
const toolsEndMs = 5_000; // an operation of ours that does not heed its signal must not hold the turn
const reasonCharsMax = 4_000;
const answersToPeople = "there is nobody to ask in this session; decide by yourself";

export class CodexTurn implements RunningTurn, GatedTurn {
  readonly result: Promise<TurnResult>;
  readonly #edits: EditWatch;
  readonly #options: CodexTurnOptions;
  readonly #cancel = new AbortController();
  readonly #running = new Set<Promise<unknown>>();
  #opening: Promise<AppServer> | undefined;
  #server: AppServer | undefined;
  #turnId: string | undefined;
  #ending: Ending | undefined;
  #onEnding: () => void = () => undefined;
  readonly #ended: Promise<void>;
  #onClientDone: () => void = () => undefined;
  readonly #clientDone: Promise<void>;
  #isClientDone = false;
  #text = "";
  #usage: Usage = noUsage;
  #modelCalls = 0;

  constructor(options: CodexTurnOptions) {
    this.#options = options;
    this.#ended = new Promise((resolve) => { this.#onEnding = resolve; });
    this.#clientDone = new Promise((resolve) => { this.#onClientDone = resolve; });
    this.#edits = new EditWatch({ worktreePath: options.worktreePath, guard: options.input.guard, watch: options.watch, onEvent: options.input.onEvent });
    if (!options.doors.isModelBehindGate) this.#usage = { ...noUsage, source: "reported" };
    this.result = this.#run();
  }

  get toolSignal(): AbortSignal { return this.#cancel.signal; }

  answerHook(body: string): Promise<string> { return this.#edits.answerHook(body); }

  takeUsage(usage: Usage): void {
    this.#usage = addUsage(this.#usage, usage);
    this.#options.input.onEvent({ kind: "usage", usage });
  }

  takeWait(wait: { readonly status: number; readonly waitMs: number }): void {
    this.#options.input.onEvent({ kind: "warning", text: `The model's provider asks to wait (HTTP ${wait.status}): ${Math.ceil(wait.waitMs / 1_000)} s.` });
  }

  async steer(text: string): Promise<boolean> {
    if (this.#ending !== undefined || this.#server === undefined || this.#turnId === undefined) return false;
    try {
      await this.#server.rpc.request("turn/steer", { threadId: this.#server.threadId, expectedTurnId: this.#turnId, input: [textInput(text)] });
    } catch {
      return false; // the turn ended meanwhile, or takes no text now; the caller sends it with the next turn
    }
    this.#options.input.onEvent({ kind: "steered", text });
    return true;
  }

  async interrupt(): Promise<void> {
    this.#end({ status: "interrupted" });
    await this.result;
  }

  /** Counts one model call; a text says why it may not happen. */
  takeModelCall(): string | undefined {
    const { modelCallsMax } = this.#options.input;
    if (this.#ending !== undefined) return "The turn has ended.";
    if (this.#modelCalls >= modelCallsMax) {
      const reason = `The turn has made its ${modelCallsMax} model calls, which is its bound.`;
      this.#end({ status: "failed", reason, isRetryable: false });
      return reason;
    }
    this.#modelCalls += 1;
    return undefined;
  }

  #end(ending: Ending): void {
    this.#ending ??= ending;
    this.#onEnding();
  }

  async #run(): Promise<TurnResult> {
    const { input, providers } = this.#options;
    const onAbort = () => this.#end({ status: "interrupted" });
    const timer = new AbortController();
    providers.clock.sleep(input.timeoutMs, timer.signal).then(() => this.#end({ status: "failed", reason: `The turn took longer than ${input.timeoutMs} ms, which is its bound.`, isRetryable: false }), () => undefined);
    input.signal.addEventListener("abort", onAbort, { once: true });
    if (input.signal.aborted) onAbort();
    try {
      for (const text of this.#options.notices) input.onEvent({ kind: "warning", text });
      await this.#work();
    } catch (error) {
      this.#end({ status: "failed", reason: messageOf(error), isRetryable: error instanceof Error && "isRetryable" in error && error.isRetryable === true });
    } finally {
      timer.abort();
      input.signal.removeEventListener("abort", onAbort);
    }
    await this.#cleanUp().catch((error: unknown) => input.onEvent({ kind: "warning", text: messageOf(error) }));
    return this.#settle();
  }

  async #work(): Promise<void> {
    this.#opening = this.#options.openServer();
    const server = await Promise.race([this.#opening, this.#ended.then(() => undefined)]);
    if (server === undefined) return;
    this.#server = server;
    await this.#options.watch.takeChanges();
    const { rpc, threadId } = server;
    rpc.setHandlers({
      onNotification: (method, params) => {
        const notification = parseNotification(method, params, threadId);
        if (notification !== undefined) this.#take(notification);
      },
      onRequest: (method, params) => this.#answer(method, params),
    });
    void rpc.closed.then(async () => {
      this.#finishClient();
      if (this.#ending === undefined) this.#end({ status: "failed", reason: `Codex ended in the middle of the turn (${await server.lastWords()}).`, isRetryable: true });
    });
    if (this.#ending !== undefined) return;
    const started = await rpc.request("turn/start", { threadId, input: [textInput(this.#options.input.text)], sandboxPolicy: server.sandboxPolicy() });
    this.#turnId = TurnStartResult.parse(started).turn.id;
    await this.#ended;
  }

  #finishClient(): void {
    this.#isClientDone = true;
    this.#onClientDone();
  }

  /** Ends what still runs. The process goes with the turn: only its end proves that no command of it lives. */
  async #cleanUp(): Promise<void> {
    this.#cancel.abort();
    // An interrupt may come while the process still starts.
    const server = this.#server ?? await this.#opening?.catch(() => undefined);
    if (server !== undefined) {
      const { threadId, rpc } = server;
      if (!this.#isClientDone && this.#turnId !== undefined) {
        await rpc.request("turn/interrupt", { threadId, turnId: this.#turnId }, interruptMs).catch(() => undefined); // ended meanwhile, or dead: the close below counts
        await withDeadline(this.#clientDone, interruptMs, () => undefined);
      }
      // A command outlives its interrupted turn in Codex; ask first, so that it can end in order.
      await rpc.request("thread/backgroundTerminals/clean", { threadId }, cleanMs).catch(() => undefined);
      await server.close();
    }
    await this.#options.doors.settled();
    await withDeadline(Promise.allSettled(this.#running), toolsEndMs, () => []);
    const late = server === undefined ? [] : await this.#options.watch.takeChanges();
    if (late.length > 0) this.#options.input.onEvent({ kind: "files-changed", paths: [...late] });
  }

  #settle(): TurnResult {
    const ending: Ending = this.#ending ?? { status: "failed", reason: "BUG: expected an ending", isRetryable: false };
    const common = { text: this.#text, usage: this.#usage, modelCalls: this.#modelCalls };
    if (ending.status !== "failed") return { ...common, status: ending.status };
    return { ...common, status: "failed", reason: boundText(this.#options.providers.secrets.redact(ending.reason), reasonCharsMax), isRetryable: ending.isRetryable };
  }

  #take(notification: CodexNotification): void {
    const { input } = this.#options;
    switch (notification.kind) {
      case "item-started":
      case "item-completed": this.#takeItem(notification.kind, notification.item, notification.durationMs); break;
      case "usage": this.#takeReported(notification.last); break;
      case "error":
        if (notification.willRetry) input.onEvent({ kind: "warning", text: `The model failed and is asked again: ${boundText(textOfCodexError(notification.error), reasonCharsMax)}` });
        break;
      case "turn-completed": {
        this.#finishClient();
        const { status, error } = notification;
        if (status === "failed") this.#end({ status, reason: error === undefined ? "Codex told no reason." : textOfCodexError(error), isRetryable: error !== undefined && isRetryableCodexError(error) });
        else this.#end({ status: status === "interrupted" ? "interrupted" : "completed" });
        break;
      }
    }
  }

  #takeItem(kind: "item-started" | "item-completed", item: CodexItem, durationMs: number): void {
    const { providers, input, doors: { isModelBehindGate } } = this.#options;
    const redact = (text: string): string => providers.secrets.redact(text);
    if (!isModelBehindGate && this.#modelCalls >= input.modelCallsMax) this.takeModelCall();
    if (kind === "item-completed" && item.type === "agentMessage") this.#text = item.text;
    const event = kind === "item-started" ? eventOfStartedItem(item, redact) : eventOfCompletedItem(item, durationMs, redact);
    if (event !== undefined) input.onEvent(event);
  }

  /** What Codex tells counts only where the calls do not pass our gate. */
  #takeReported(last: UsageBreakdown): void {
    const { price, doors } = this.#options;
    if (doors.isModelBehindGate) return;
    const tokens = { inputTokens: last.inputTokens, cachedInputTokens: last.cachedInputTokens, outputTokens: last.outputTokens, reasoningTokens: last.reasoningOutputTokens };
    this.#modelCalls += 1;
    this.takeUsage({ ...tokens, costUsd: price === undefined ? null : costOfUsage(tokens, price), source: "reported" });
  }

  #answer(method: string, params: unknown): Promise<CodexAnswers[keyof CodexAnswers]> {
    switch (method) {
      case "item/tool/call": {
        const work = this.#callTool(params);
        this.#running.add(work);
        void work.finally(() => this.#running.delete(work)).catch(() => undefined);
        return work;
      }
      // The policy is "never", so these come from a changed client only. What was not foreseen is declined, and told.
      case "item/commandExecution/requestApproval":
      case "item/fileChange/requestApproval":
        this.#tellDeclined(method);
        return Promise.resolve({ decision: "decline" });
      case "item/permissions/requestApproval":
        this.#tellDeclined(method);
        return Promise.resolve({ permissions: {}, scope: "turn" });
      case "item/tool/requestUserInput":
        this.#tellDeclined(method);
        return Promise.resolve({ answers: {} });
      case "mcpServer/elicitation/request":
        this.#tellDeclined(method);
        return Promise.resolve({ action: "decline", content: null, _meta: null });
      default: return Promise.reject(new Error(`Inspan has no answer to ${method}`));
    }
  }

  #tellDeclined(what: string): void {
    this.#options.input.onEvent({ kind: "approval", what, decision: "declined", reason: answersToPeople });
  }

  async #callTool(params: unknown): Promise<CodexAnswers["item/tool/call"]> {
    const call = ToolCallParams.parse(params);
    const { text, isError } = await this.#options.doors.callTool(call.tool, call.arguments);
    return { success: !isError, contentItems: [{ type: "inputText", text }] };
  }
}
