// The loop of one turn: ask the model, run its calls, until it is done or a bound is met. Decisions are service's; state is this turn's alone.
import { throwIfAborted } from "../../../../base/async.ts";
import { isAbort, messageOf } from "../../../../base/errors.ts";
import { boundText } from "../../../../base/text.ts";
import type { Providers } from "../../../../providers/index.ts";
import type { Usage } from "../../../model/index.ts";
import { addUsage, noUsage } from "../../../model/index.ts";
import type { BuiltinConfig } from "../../config.ts";
import type { SessionHistory } from "../../repo/session-history.ts";
import { answersForInterruptedCalls } from "../../repo/history-format.ts";
import type { AssistantPart } from "../../repo/history-format.ts";
import { decideRepeat, decideRetry, emptyAnswerNudge, emptyAnswersMax, isRetryableFailure, repeatWarning, titleOfCall } from "../../service/loop.ts";
import type { ProjectServer } from "../../service/project-servers.ts";
import type { GatedTurn, SessionDoors } from "../session-doors.ts";
import type { AgentEvent, SessionSpec, TurnInput, TurnResult } from "../../types.ts";
import { callModel } from "./model-call.ts";
import type { ModelAnswer } from "./model-call.ts";
import type { PreparedModel } from "./model.ts";
import type { BuiltinTool, ToolOutcome, ToolScope } from "./tool.ts";
import { openProjectServers } from "./project-tools.ts";
import type { ProjectTools } from "./project-tools.ts";
import { executeCall, withTools } from "./toolbox.ts";
import type { Workspace } from "./workspace.ts";

export interface TurnWorld {
  readonly providers: Providers;
  readonly config: BuiltinConfig;
  readonly spec: SessionSpec;
  readonly prepared: PreparedModel;
  readonly toolbox: ReadonlyMap<string, BuiltinTool>;
  readonly workspace: Workspace;
  readonly history: SessionHistory;
  readonly doors: SessionDoors;
  /** The repository's own, of the base commit. */
  readonly servers: readonly ProjectServer[];
}

type RelayFailure = Parameters<NonNullable<GatedTurn["takeModelFailure"]>>[0];
type CallPart = Extract<AssistantPart, { kind: "call" }>;
type Answer = Extract<ModelAnswer, { kind: "answer" }>;

/** How a turn ends when it does not complete. */
class TurnEnd extends Error {
  readonly isRetryable: boolean;
  readonly more: { readonly retryAfterMs?: number; readonly remedy?: string };
  constructor(reason: string, isRetryable: boolean, more: TurnEnd["more"] = {}) {
    super(reason);
    this.name = "TurnEnd";
    this.isRetryable = isRetryable;
    this.more = more;
  }
}

const eventCharsMax = 8_000; // of one event's text; events are stored and shown, the history holds the whole
const answerCharsMax = 200_000; // of the turn's last words; reviewers answer with whole documents, but not with more
const steersMax = 20; // texts that wait for the next step; a caller that sends more is a loop
const cutNudge = "Your answer was cut off by the limit on its length. Go on from there in smaller steps.";

export class Turn {
  readonly #world: TurnWorld;
  readonly #input: TurnInput;
  readonly #signal: AbortSignal;
  readonly #scope: ToolScope;
  readonly #steers: string[] = [];
  #isOpen = true;
  #usage: Usage = noUsage;
  #modelCalls = 0;
  #text = "";
  #isAskingModel = false;
  #emptyAnswers = 0;
  #lastExchange = "";
  #relayFailure: RelayFailure | undefined;
  #repeats = 1;
  #toolbox: TurnWorld["toolbox"];
  #servers: ProjectTools | undefined;

  constructor(world: TurnWorld, input: TurnInput, signal: AbortSignal) {
    this.#world = world;
    this.#toolbox = world.toolbox;
    this.#input = input;
    this.#signal = signal;
    this.#scope = { providers: world.providers, spec: world.spec, workspace: world.workspace, guard: input.guard, signal, emit: (event) => this.#emit(event) };
  }

  /** True while the turn waits for the model: a time limit met then is the model's fault. */
  get isAskingModel(): boolean { return this.#isAskingModel; }

  /** The relay's side of this turn: it counts what calls cost, waits, and says which failures are limits. Bounds of calls are this turn's own. */
  readonly gated: GatedTurn = {
    takeModelCall: () => undefined,
    takeUsage: (usage) => { this.#usage = addUsage(this.#usage, usage); this.#emit({ kind: "usage", usage }); },
    takeWait: ({ status, waitMs }) => this.#emit({ kind: "warning", text: `The model's provider asks to wait (HTTP ${status}): ${Math.ceil(waitMs / 1_000)} s.` }),
    takeModelFailure: (failure) => { this.#relayFailure = failure; },
    answerHook: () => Promise.resolve("{}"),
    toolSignal: new AbortController().signal, // operations are called in our process, not through the gate
  };

  steer(text: string): boolean {
    if (!this.#isOpen || this.#signal.aborted || this.#steers.length >= steersMax) return false;
    this.#steers.push(text);
    return true;
  }

  /** Never rejects. `cutReason` says why the signal aborted: undefined for an interrupt. */
  async run(cutReason: () => { readonly reason: string; readonly isRetryable: boolean } | undefined): Promise<TurnResult> {
    try {
      this.#world.workspace.forgetChanges();
      throwIfAborted(this.#signal);
      await this.#world.history.append({ kind: "user", text: this.#input.text });
      await this.#openServers();
      while (await this.#step());
      return { status: "completed", ...this.#sum() };
    } catch (error) {
      this.#isOpen = false;
      await this.#closeHistory();
      await this.#world.doors.settled(); // a call that was cut off costs, too
      if (this.#signal.aborted) {
        const cut = cutReason();
        return cut === undefined ? { status: "interrupted", ...this.#sum() } : { status: "failed", ...this.#sum(), ...cut };
      }
      if (error instanceof TurnEnd) return { status: "failed", ...this.#sum(), reason: this.#clean(error.message), isRetryable: error.isRetryable, ...error.more };
      return { status: "failed", ...this.#sum(), reason: this.#clean(`the built-in agent broke: ${messageOf(error)}`), isRetryable: false };
    } finally {
      await this.#servers?.close();
    }
  }

  async #openServers(): Promise<void> {
    if (this.#world.servers.length === 0) return;
    this.#servers = await openProjectServers(this.#world.servers, this.#scope);
    this.#toolbox = withTools(this.#world.toolbox, this.#servers.tools);
    throwIfAborted(this.#signal);
  }

  #sum(): { text: string; usage: Usage; modelCalls: number } {
    return { text: this.#clean(this.#text, answerCharsMax), usage: this.#usage, modelCalls: this.#modelCalls };
  }

  #clean(text: string, charsMax = eventCharsMax): string {
    return boundText(this.#world.providers.secrets.redact(text), charsMax);
  }

  #emit(event: AgentEvent): void {
    const clean = (text: string): string => this.#clean(text);
    if ("text" in event) this.#input.onEvent({ ...event, text: clean(event.text) });
    else if (event.kind === "tool-started") this.#input.onEvent({ ...event, tool: clean(event.tool), title: clean(event.title) });
    else if (event.kind === "tool-finished") this.#input.onEvent({ ...event, tool: clean(event.tool), output: clean(event.output) });
    else this.#input.onEvent(event);
  }

  /** Calls without answers would make the next request invalid, and a text that was taken by `steer` must not be lost: the next turn shows it. */
  async #closeHistory(): Promise<void> {
    const { history, providers } = this.#world;
    try {
      const left = [...answersForInterruptedCalls(history.entries), ...this.#steers.splice(0).map((text) => ({ kind: "user", text }) as const)];
      if (left.length > 0) await history.append(...left);
    } catch (error) {
      // The turn has ended already; a later session answers the same calls when it resumes.
      providers.log.warn("agent.history-not-closed", { sessionId: history.id, reason: messageOf(error) });
    }
  }

  /** One request and its calls; false when the turn is complete. */
  async #step(): Promise<boolean> {
    const { history } = this.#world;
    for (let text = this.#steers.shift(); text !== undefined; text = this.#steers.shift()) {
      await history.append({ kind: "user", text });
      this.#emit({ kind: "steered", text });
    }
    const answer = await this.#ask();
    const calls = answer.parts.filter((part) => part.kind === "call");
    const text = answer.parts.flatMap((part) => (part.kind === "text" ? [part.text] : [])).join("\n\n");
    if (answer.parts.length > 0) await history.append({ kind: "assistant", parts: [...answer.parts] });
    for (const part of answer.parts) {
      if (part.kind === "reasoning" && part.text !== "") this.#emit({ kind: "reasoning", text: part.text });
      if (part.kind === "text") this.#emit({ kind: "message", text: part.text });
    }
    if (text !== "") this.#text = text;
    if (calls.length > 0) {
      this.#emptyAnswers = 0;
      await this.#runCalls(calls, answer.brokenCalls);
      return true;
    }
    if (answer.isCut || text.trim() === "") { await this.#nudge(answer.isCut ? cutNudge : emptyAnswerNudge); return true; }
    this.#isOpen = this.#steers.length > 0;
    return this.#isOpen;
  }

  async #nudge(text: string): Promise<void> {
    this.#emptyAnswers += 1;
    if (this.#emptyAnswers >= emptyAnswersMax) throw new TurnEnd(`the model gave no usable answer ${emptyAnswersMax} times in a row`, true);
    await this.#world.history.append({ kind: "user", text });
  }

  /** An answer, after as many attempts as the failure deserves. */
  async #ask(): Promise<Answer> {
    const { clock, random, telemetry } = this.#world.providers;
    for (let attempt = 1; ; attempt++) {
      throwIfAborted(this.#signal);
      if (this.#modelCalls >= this.#input.modelCallsMax) throw new TurnEnd(`the turn made ${this.#modelCalls} model calls, its limit`, false);
      this.#modelCalls += 1;
      this.#isAskingModel = true;
      this.#relayFailure = undefined;
      const answer = await telemetry.span("agent.model-call", { sessionId: this.#world.history.id, model: this.#world.prepared.modelName, attempt }, () => this.#request());
      throwIfAborted(this.#signal);
      this.#isAskingModel = false;
      if (answer.kind === "answer") return answer;
      const { failure } = answer;
      const waitMs = decideRetry(failure, attempt, random.fraction());
      const what = `the model's endpoint failed${failure.status === undefined ? "" : ` with HTTP ${failure.status}`}: ${failure.message}`;
      const told = this.#seenFailure();
      // A limit that the relay does not wait out is the task's to wait for.
      if (told?.retryAfterMs !== undefined) throw new TurnEnd(what, true, { retryAfterMs: told.retryAfterMs });
      const remedy = told === undefined ? undefined : this.#world.doors.remedyFor(told);
      if (remedy !== undefined) throw new TurnEnd(what, false, { remedy });
      if (waitMs === undefined) throw new TurnEnd(attempt > 1 ? `${what} (${attempt} attempts)` : what, isRetryableFailure(failure));
      this.#emit({ kind: "warning", text: `${what}; trying again in ${Math.round(waitMs)} ms` });
      this.#isAskingModel = true;
      await clock.sleep(waitMs, this.#signal);
    }
  }

  /** As the relay saw it while the call ran. */
  #seenFailure(): RelayFailure | undefined { return this.#relayFailure; }

  #request(): Promise<ModelAnswer> {
    const { config, spec, prepared, history } = this.#world;
    return callModel({
      prepared, instructions: spec.instructions, entries: history.entries, tools: [...this.#toolbox.values()],
      effort: readEffort(spec.effort) ?? config.effort, outputTokensMax: config.outputTokensMax ?? prepared.outputTokensMaxDefault, signal: this.#signal,
    });
  }

  /** In order, one after the other: a later call often relies on an earlier one. */
  async #runCalls(calls: readonly CallPart[], brokenCalls: ReadonlyMap<string, string>): Promise<void> {
    const outcomes: ToolOutcome[] = [];
    for (const call of calls) outcomes.push(await this.#runCall(call, brokenCalls.get(call.callId)));
    const exchange = JSON.stringify([
      calls.map((call) => [call.tool, call.input, brokenCalls.get(call.callId)]),
      outcomes.map((outcome) => outcome.text.replaceAll(/ after [\d.]+ m?s/g, "")),
    ]);
    this.#repeats = exchange === this.#lastExchange ? this.#repeats + 1 : 1;
    this.#lastExchange = exchange;
    const decision = decideRepeat(this.#repeats);
    if (decision === "end") throw new TurnEnd(`the model made the same call with the same answer ${this.#repeats} times in a row`, true);
    if (decision === "warn") await this.#world.history.append({ kind: "user", text: repeatWarning });
  }

  async #runCall(call: CallPart, brokenText: string | undefined): Promise<ToolOutcome> {
    const { providers, history } = this.#world;
    throwIfAborted(this.#signal);
    const { callId, tool } = call;
    this.#emit({ kind: "tool-started", callId, tool, title: titleOfCall(tool, call.input) });
    const startedMs = providers.clock.monotonicMs();
    const finished = (outcome: ToolOutcome): void =>
      this.#emit({
        kind: "tool-finished",
        callId,
        tool,
        isError: outcome.isError,
        output: outcome.text,
        durationMs: Math.round(providers.clock.monotonicMs() - startedMs),
      });
    try {
      const outcome = await providers.telemetry.span("agent.tool", { sessionId: history.id, tool }, () =>
        executeCall(this.#toolbox, { callId, tool, input: call.input, brokenText }, this.#scope),
      );
      finished(outcome);
      await history.append({ kind: "result", callId, tool, ...outcome });
      return outcome;
    } catch (error) {
      if (isAbort(error) || this.#signal.aborted) finished({ text: "interrupted", isError: true });
      throw error;
    }
  }
}

function readEffort(effort: string | undefined): BuiltinConfig["effort"] {
  const known = ["none", "minimal", "low", "medium", "high", "xhigh"] as const;
  return known.find((one) => one === effort);
}
