// One turn of a client that speaks to its model through the session's gate: bounds, events, findings and a person's words on the wire, and the
// one ending. The client itself is played by whoever makes the turn. Knows no protocol.
import { messageOf } from "../../../base/errors.ts";
import { boundText } from "../../../base/text.ts";
import type { Providers } from "../../../providers/index.ts";
import { addUsage, noUsage } from "../../model/index.ts";
import type { Usage } from "../../model/index.ts";
import { isFinal, isWayLost } from "../service/refusal.ts";
import type { AgentEvent, RunningTurn, TurnInput, TurnResult } from "../types.ts";
import type { ChangeWatch } from "./changes.ts";
import { EditWatch } from "./edit-watch.ts";
import type { GatedTurn, SessionDoors } from "./session-doors.ts";

export type Ending =
  | { readonly status: "completed" | "interrupted" }
  | { readonly status: "failed"; readonly reason: string; readonly isRetryable: boolean; readonly retryAfterMs?: number; readonly remedy?: string };

/** What the player of a client has at hand. */
export interface TurnControl {
  readonly input: TurnInput;
  readonly edits: EditWatch;
  /** Aborts when the turn has its ending. */
  readonly ended: AbortSignal;
  /** Texts are redacted and bounded here. */
  emit(event: AgentEvent): void;
  /** The turn's last words. */
  setText(text: string): void;
  /** Puts a text of ours behind the next answer of a tool: the protocol's own refusal carries none. */
  tellModel(text: string): void;
  /** A person's words that the model has not read yet; taken out. */
  takeSteers(): string | undefined;
  /** A model call that did not pass our gate, as the client tells it; counts only where none do. */
  countReported(usage: Usage): void;
}

export interface ClientPlayer {
  /** Passes a person's words on by the client's own means; false where it cannot now. Without it they go behind the next answer of a tool. */
  steer?(text: string): Promise<boolean>;
  /** Plays the turn; what it resolves to is the ending unless one came before. */
  play(control: TurnControl): Promise<Ending>;
  /** Afterwards nothing of the turn lives. `isCut`: the client was not done. */
  stop(isCut: boolean): Promise<void>;
}

export interface GatedTurnOptions {
  readonly providers: Providers;
  readonly input: TurnInput;
  readonly worktreePath: string;
  readonly watch: ChangeWatch;
  readonly doors: SessionDoors;
  readonly player: ClientPlayer;
  /** Lines for the transcript that came up before the turn. */
  readonly notices: readonly string[];
  /** Where the client's own hooks show findings, nothing is put behind the answers of tools. */
  readonly hasHooks?: boolean;
}

/** For the model, where a session goes on in name only. */
export const historyLostNote =
  "The history of this session was lost: what you read, decided and did before this turn is not known to you any more. Look at the worktree (git log, git diff) before you go on.";

const eventCharsMax = 8_000; // of one event's text; the model saw the whole
const textCharsMax = 200_000; // of the turn's last words; reviewers answer with whole documents, but not with more
const reasonCharsMax = 4_000;
/** A client that died is begun anew at once; the task counts how often. */
export const clientGoneRetryMs = 1_000;
/** A failure of the model's server that a client without patience of its own passed on. */
const passingRetryMs = 4_000;
const impatientFailuresMax = 2; // who asked more often than that had patience
const noteCharsMax = 8_000; // findings behind one tool answer; more would crowd out the answer itself
const steersMax = 20; // texts that wait for the model; a caller that sends more is a loop
const refusalsMax = 3; // the same request will be refused again
const passingFailuresMax = 10; // some minutes of a client's own growing waits
const passingStatuses: ReadonlySet<number> = new Set([408, 409, 425, 429]);

interface ModelFailure { readonly status: number | undefined; readonly words: string; readonly retryAfterMs?: number | undefined }

const isPassing = ({ status }: ModelFailure): boolean => status === undefined || status >= 500 || passingStatuses.has(status);

function endingOf(failure: ModelFailure, told: string, remedy: string | undefined): Ending {
  const what = failure.status === undefined ? failure.words : `The model answered with HTTP ${failure.status}: ${failure.words}`;
  const reason = told === "" || failure.words.includes(told) ? what : `${what}\n${told}`;
  return {
    status: "failed",
    isRetryable: isPassing(failure),
    reason,
    ...(failure.retryAfterMs === undefined ? {} : { retryAfterMs: failure.retryAfterMs }),
    ...(remedy === undefined ? {} : { remedy }),
  };
}

export class ClientTurn implements RunningTurn, GatedTurn {
  readonly result: Promise<TurnResult>;
  readonly toolSignal: AbortSignal;
  readonly #options: GatedTurnOptions;
  readonly #edits: EditWatch;
  readonly #end = new AbortController();
  readonly #steers: string[] = [];
  readonly #reasons: string[] = [];
  #ending: Ending | undefined;
  #text = "";
  #usage: Usage = noUsage;
  #modelCalls = 0;
  /** Of the last model call: undefined where it went well. */
  #modelFailure: ModelFailure | undefined;
  /** How many model calls failed in a row. */
  #failures = 0;

  constructor(options: GatedTurnOptions) {
    this.#options = options;
    this.toolSignal = this.#end.signal;
    this.#edits = new EditWatch({ worktreePath: options.worktreePath, guard: options.input.guard, watch: options.watch, onEvent: (event) => this.#emit(event) });
    // Until the client reports something, nobody knows what was spent outside of the gate.
    if (!options.doors.isModelBehindGate) this.#usage = { ...noUsage, costUsd: null, source: "unknown" };
    this.result = this.#run();
  }

  async steer(text: string): Promise<boolean> {
    if (this.#ending !== undefined || this.#steers.length >= steersMax) return false;
    const { player } = this.#options;
    if (player.steer === undefined) { this.#steers.push(text); return true; }
    const isHeard = await player.steer(text);
    if (isHeard) this.#emit({ kind: "steered", text });
    return isHeard;
  }

  async interrupt(): Promise<void> {
    this.#finish({ status: "interrupted" });
    await this.result;
  }

  takeModelCall(): string | undefined {
    const { modelCallsMax } = this.#options.input;
    if (this.#ending !== undefined) return "The turn has ended.";
    if (this.#modelCalls >= modelCallsMax) {
      const reason = `The turn has made its ${modelCallsMax} model calls, which is its bound.`;
      this.#finish({ status: "failed", reason, isRetryable: false });
      return reason;
    }
    this.#modelCalls += 1;
    return undefined;
  }

  takeUsage(usage: Usage): void {
    this.#modelFailure = undefined;
    this.#failures = 0;
    this.#usage = addUsage(this.#usage, usage);
    this.#options.input.onEvent({ kind: "usage", usage });
  }

  #countReported(usage: Usage): void {
    if (this.#options.doors.isModelBehindGate || this.takeModelCall() !== undefined) return;
    if (this.#usage.source === "unknown") this.#usage = { ...noUsage, source: "reported" };
    this.takeUsage(usage);
  }

  warn(text: string): void { this.#emit({ kind: "warning", text }); }

  takeWait({ status, waitMs }: { readonly status: number; readonly waitMs: number }): void {
    this.#emit({ kind: "warning", text: `The model's provider asks to wait (HTTP ${status}): ${Math.ceil(waitMs / 1_000)} s.` });
  }

  /** Clients try again by themselves, some of them for ever. */
  takeModelFailure(failure: ModelFailure): void {
    this.#modelFailure = failure;
    this.#failures += 1;
    // A limit that the relay does not wait out is the task's to wait for, and a key that is refused is a person's to mend: the client would only ask again.
    const isOver = failure.retryAfterMs !== undefined || isFinal(failure) || this.#failures >= (isPassing(failure) ? passingFailuresMax : refusalsMax);
    if (isOver) this.#finish(this.#endingOf(failure, ""));
  }

  answerHook(body: string): Promise<string> { return this.#edits.answerHook(body); }

  async noteForModel(): Promise<string | undefined> {
    if (this.#options.hasHooks === true) return undefined;
    const findings = await this.#edits.showChanges();
    const steered = this.#takeSteers();
    const parts = [...this.#reasons.splice(0), ...(findings === undefined ? [] : [boundText(findings, noteCharsMax)]), ...(steered === undefined ? [] : [steered])];
    return parts.length === 0 ? undefined : parts.join("\n\n");
  }

  #takeSteers(): string | undefined {
    const texts = this.#steers.splice(0);
    for (const text of texts) this.#emit({ kind: "steered", text });
    return texts.length === 0 ? undefined : `<person>\n${texts.join("\n\n")}\n</person>`;
  }

  #finish(ending: Ending): void {
    this.#ending ??= ending;
    this.#end.abort();
  }

  #clean(text: string, charsMax: number): string {
    return boundText(this.#options.providers.secrets.redact(text), charsMax);
  }

  #emit(event: AgentEvent): void {
    const clean = (text: string): string => this.#clean(text, eventCharsMax);
    const { onEvent } = this.#options.input;
    if ("text" in event) onEvent({ ...event, text: clean(event.text) });
    else if (event.kind === "tool-started") onEvent({ ...event, tool: clean(event.tool), title: clean(event.title) });
    else if (event.kind === "tool-finished") onEvent({ ...event, tool: clean(event.tool), output: clean(event.output) });
    else if (event.kind === "approval") onEvent({ ...event, what: clean(event.what), reason: clean(event.reason) });
    else onEvent(event);
  }

  async #run(): Promise<TurnResult> {
    const { input, providers, player, watch, notices, doors } = this.#options;
    const onAbort = () => this.#finish({ status: "interrupted" });
    const timer = new AbortController();
    providers.clock.sleep(input.timeoutMs, timer.signal).then(
      () => this.#finish({ status: "failed", reason: `The turn took longer than ${input.timeoutMs} ms, which is its bound.`, isRetryable: false }),
      () => undefined,
    );
    input.signal.addEventListener("abort", onAbort, { once: true });
    if (input.signal.aborted) onAbort();
    const ended = new Promise<void>((resolve) => { this.#end.signal.addEventListener("abort", () => resolve(), { once: true }); if (this.#end.signal.aborted) resolve(); });
    let isDone = false;
    try {
      for (const text of notices) this.warn(text);
      await watch.takeChanges();
      const control: TurnControl = {
        input,
        edits: this.#edits,
        ended: this.#end.signal,
        emit: (event) => this.#emit(event),
        setText: (text) => {
          this.#text = text;
        },
        tellModel: (text) => {
          if (this.#reasons.length < steersMax) this.#reasons.push(text);
        },
        takeSteers: () => this.#takeSteers(),
        countReported: (usage) => this.#countReported(usage),
      };
      const played = player.play(control).then(
        (ending) => {
          isDone = true;
          this.#finish(this.#judge(ending));
        },
        (error: unknown) =>
          this.#finish({
            status: "failed",
            reason: messageOf(error),
            isRetryable: error instanceof Error && "isRetryable" in error && error.isRetryable === true,
          }),
      );
      await Promise.race([played, ended]);
    } catch (error) {
      this.#finish({ status: "failed", reason: messageOf(error), isRetryable: false });
    } finally {
      timer.abort();
      input.signal.removeEventListener("abort", onAbort);
    }
    await player.stop(!isDone).catch((error: unknown) => this.#emit({ kind: "warning", text: messageOf(error) }));
    await doors.settled();
    try {
      const late = await watch.takeChanges();
      if (late.length > 0) this.#emit({ kind: "files-changed", paths: [...late] });
    } catch (error) {
      this.#finish({ status: "failed", reason: messageOf(error), isRetryable: false }); // a worktree that is gone, or is no repository any more
      this.#emit({ kind: "warning", text: messageOf(error) });
    }
    return this.#settle();
  }

  /** Some clients end a turn as if all were well when the model did not answer: what the wire saw counts. */
  #judge(ending: Ending): Ending {
    const failure = this.#modelFailure;
    if (failure === undefined && ending.status === "failed" && !ending.isRetryable && this.#options.doors.isModelBehindGate && isWayLost(ending.reason))
      return { ...ending, isRetryable: true, retryAfterMs: clientGoneRetryMs };
    if (failure === undefined || ending.status === "interrupted") return ending;
    const isOurs = isPassing(failure) && failure.retryAfterMs === undefined && this.#failures <= impatientFailuresMax; // nobody else tries again
    return this.#endingOf(isOurs ? { ...failure, retryAfterMs: passingRetryMs } : failure, ending.status === "failed" ? ending.reason : this.#text);
  }

  #endingOf(failure: ModelFailure, told: string): Ending { return endingOf(failure, told, this.#options.doors.remedyFor(failure)); }

  #settle(): TurnResult {
    const ending: Ending = this.#ending ?? { status: "failed", reason: "BUG: expected an ending", isRetryable: false };
    const common = { text: this.#clean(this.#text, textCharsMax), usage: this.#usage, modelCalls: this.#modelCalls };
    if (ending.status !== "failed") return { ...common, status: ending.status };
    return { ...common, ...ending, reason: this.#clean(ending.reason, reasonCharsMax) };
  }
}
