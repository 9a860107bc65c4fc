// Plays one turn of Codex: what it says becomes events, what it asks is answered. Knows no home and no sandbox.
import { withDeadline } from "../../../../base/async.ts";
import { boundText } from "../../../../base/text.ts";
import type { Clock } from "../../../../providers/index.ts";
import { costOfUsage } from "../../../model/index.ts";
import type { Price } from "../../../model/index.ts";
import { decideCommand, decideFileChange } from "../../service/codex/approvals.ts";
import type { Approval } from "../../service/codex/approvals.ts";
import { eventOfCompletedItem, eventOfStartedItem } from "../../service/codex/events.ts";
import { isRetryableCodexError, textOfCodexError } from "../../service/codex/failure.ts";
import { waitOfLimits, warnOfLimits } from "../../service/codex/limits.ts";
import { CommandApprovalParams, FileApprovalParams, parseNotification, textInput, ToolCallParams, TurnStartResult } from "../../service/codex/protocol.ts";
import type { CodexAnswers, CodexItem, CodexNotification, CodexTurnError, RateLimits, UsageBreakdown } from "../../service/codex/protocol.ts";
import { clientGoneRetryMs, historyLostNote } from "../gated-turn.ts";
import type { ClientPlayer, Ending, TurnControl } from "../gated-turn.ts";
import type { SessionDoors } from "../session-doors.ts";
import type { AppServer } from "./app-server.ts";

export interface CodexPlayerOptions {
  readonly clock: Clock;
  readonly price: Price | undefined;
  readonly canEdit: boolean;
  readonly doors: SessionDoors;
  /** A running process with its thread. */
  openServer(): Promise<AppServer>;
}

const interruptMs = 3_000; // Codex needs about 60 ms; after this its process is ended anyway
const cleanMs = 2_000;
const reasonCharsMax = 4_000;
const changesMax = 2_000; // edits of one turn whose paths are kept; a client that never ends its items must not fill our memory
const nobodyToAsk = "there is nobody to ask in this session; decide by yourself";

export class CodexPlayer implements ClientPlayer {
  readonly #options: CodexPlayerOptions;
  /** Paths of edits that were begun, by item: a request for leave names the item alone. */
  readonly #changes = new Map<string, readonly string[]>();
  #opening: Promise<AppServer> | undefined;
  #server: AppServer | undefined;
  #turnId: string | undefined;
  #limits: RateLimits | undefined;
  #warned = "";
  #onEnding: (ending: Ending) => void = () => undefined;
  readonly #ended: Promise<Ending>;
  #isDone = false;

  constructor(options: CodexPlayerOptions) {
    this.#options = options;
    this.#ended = new Promise((resolve) => { this.#onEnding = resolve; });
  }

  async play(control: TurnControl): Promise<Ending> {
    this.#opening = this.#options.openServer();
    const server = await this.#opening;
    if (control.ended.aborted) return { status: "interrupted" };
    this.#server = server;
    const { rpc, threadId } = server;
    rpc.setHandlers({
      onNotification: (method, params) => {
        const notification = parseNotification(method, params, threadId);
        if (notification !== undefined) this.#take(control, notification);
      },
      onRequest: (method, params) => this.#answer(control, method, params),
    });
    void rpc.closed.then(async () => {
      this.#isDone = true;
      this.#onEnding({ status: "failed", reason: `Codex ended in the middle of the turn (${await server.lastWords()}).`, isRetryable: true, retryAfterMs: clientGoneRetryMs });
    });
    const started = await rpc.request("turn/start", {
      threadId, input: [textInput(control.input.text)], sandboxPolicy: server.sandboxPolicy(), approvalPolicy: server.approvalPolicy(),
      additionalContext: server.isHistoryLost ? { inspan: { kind: "application", value: historyLostNote } } : null,
    });
    this.#turnId = TurnStartResult.parse(started).turn.id;
    return this.#ended;
  }

  async steer(text: string): Promise<boolean> {
    if (this.#server === undefined || this.#turnId === undefined) return false;
    try {
      await this.#server.rpc.request("turn/steer", { threadId: this.#server.threadId, expectedTurnId: this.#turnId, input: [textInput(text)] });
      return true;
    } catch {
      return false; // the turn ended meanwhile, or takes no text now; the caller sends it with the next turn
    }
  }

  /** Ends what still runs. The process goes with the turn: only its end proves that no command of it lives. */
  async stop(): Promise<void> {
    // An interrupt may come while the process still starts.
    const server = this.#server ?? await this.#opening?.catch(() => undefined);
    if (server === undefined) return;
    const { threadId, rpc } = server;
    if (!this.#isDone && this.#turnId !== undefined) {
      await rpc.request("turn/interrupt", { threadId, turnId: this.#turnId }, interruptMs).catch(() => undefined); // ended meanwhile, or dead: the close below counts
      await withDeadline(this.#ended, interruptMs, () => undefined);
    }
    // A command outlives its interrupted turn in Codex; ask first, so that it can end in order.
    await rpc.request("thread/backgroundTerminals/clean", { threadId }, cleanMs).catch(() => undefined);
    await server.close();
  }

  #take(control: TurnControl, notification: CodexNotification): void {
    switch (notification.kind) {
      case "item-started":
      case "item-completed": this.#takeItem(control, notification.kind, notification.item, notification.durationMs); break;
      case "usage": this.#takeReported(control, notification.last); break;
      case "rate-limits": this.#takeLimits(control, notification.limits); break;
      case "error":
        if (notification.willRetry)
          control.emit({ kind: "warning", text: `The model failed and is asked again: ${boundText(textOfCodexError(notification.error), reasonCharsMax)}` });
        break;
      case "turn-completed":
        this.#isDone = true;
        this.#onEnding(this.#endingOf(notification.status, notification.error));
        break;
    }
  }

  #endingOf(status: string, error: CodexTurnError | undefined): Ending {
    if (status === "completed" || status === "interrupted") return { status };
    const retryAfterMs = waitOfLimits(error, this.#limits, Date.parse(this.#options.clock.nowIso()));
    const reason =
      error !== undefined
        ? textOfCodexError(error)
        : status === "failed"
          ? "Codex told no reason."
          : `Codex ended the turn with the status "${status.slice(0, 100)}", which Inspan does not know.`;
    return {
      status: "failed",
      reason,
      isRetryable: retryAfterMs !== undefined || (error !== undefined && isRetryableCodexError(error)),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    };
  }

  #takeItem(control: TurnControl, kind: "item-started" | "item-completed", item: CodexItem, durationMs: number): void {
    if (item.type === "fileChange" && this.#changes.size < changesMax) this.#changes.set(item.id, item.changes.map((change) => change.path));
    if (kind === "item-completed" && item.type === "agentMessage") control.setText(item.text);
    const event = kind === "item-started" ? eventOfStartedItem(item) : eventOfCompletedItem(item, durationMs);
    if (event !== undefined) control.emit(event);
  }

  /** What Codex tells counts only where the calls do not pass our gate. */
  #takeReported(control: TurnControl, last: UsageBreakdown): void {
    const { price } = this.#options;
    const tokens = { inputTokens: last.inputTokens, cachedInputTokens: last.cachedInputTokens, outputTokens: last.outputTokens, reasoningTokens: last.reasoningOutputTokens };
    control.countReported({ ...tokens, costUsd: price === undefined ? null : costOfUsage(tokens, price), source: "reported" });
  }

  #takeLimits(control: TurnControl, limits: RateLimits): void {
    // Updates are sparse: what is not told again stays as it was.
    this.#limits = { ...this.#limits, ...Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== null && value !== undefined)) };
    const text = warnOfLimits(this.#limits);
    if (text === undefined || text === this.#warned) return;
    this.#warned = text;
    control.emit({ kind: "warning", text });
  }

  #answer(control: TurnControl, method: string, params: unknown): Promise<CodexAnswers[keyof CodexAnswers]> {
    switch (method) {
      case "item/tool/call": return this.#callTool(params);
      case "item/commandExecution/requestApproval": return Promise.resolve({ decision: this.#decide(control, decideCommand(CommandApprovalParams.parse(params))) });
      case "item/fileChange/requestApproval": {
        const asked = FileApprovalParams.parse(params);
        const paths = this.#changes.get(asked.itemId) ?? [];
        return Promise.resolve({ decision: this.#decide(control, decideFileChange(asked, { paths, canEdit: this.#options.canEdit, refusal: control.edits.refuse(paths) })) });
      }
      case "item/permissions/requestApproval":
        this.#decide(control, { what: "further permissions", decision: "decline", reason: "a session is given no further permissions" });
        return Promise.resolve({ permissions: {}, scope: "turn" });
      case "item/tool/requestUserInput":
        this.#decide(control, { what: "an answer of a person", decision: "decline", reason: nobodyToAsk });
        return Promise.resolve({ answers: {} });
      case "mcpServer/elicitation/request":
        this.#decide(control, { what: "an answer for a server", decision: "decline", reason: nobodyToAsk });
        return Promise.resolve({ action: "decline", content: null, _meta: null });
      default: return Promise.reject(new Error(`Inspan has no answer to ${method}`));
    }
  }

  /** A refusal of Codex's own carries no reason, so the model is told ours beside it. */
  #decide(control: TurnControl, { what, decision, reason }: Approval): Approval["decision"] {
    control.emit({ kind: "approval", what, decision: decision === "decline" ? "declined" : "accepted", reason });
    if (decision === "decline") void this.steer(`Refused (${boundText(what, 200)}): ${reason}`);
    return decision;
  }

  async #callTool(params: unknown): Promise<CodexAnswers["item/tool/call"]> {
    const call = ToolCallParams.parse(params);
    const { text, isError } = await this.#options.doors.callTool(call.tool, call.arguments);
    return { success: !isError, contentItems: [{ type: "inputText", text }] };
  }
}
