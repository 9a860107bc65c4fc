// What the agent loop decides: retry or not, one more nudge or the end, which text of a command the model sees. Pure.

export interface ModelFailure {
  /** HTTP status, or undefined where no answer came. */
  readonly status: number | undefined;
  /** What the server asks for, in seconds. */
  readonly retryAfterSeconds: number | undefined;
  readonly message: string;
  /** The connection broke, or the answer ended early or was not readable. */
  readonly isConnection: boolean;
}

export const attemptsMax = 5; // of one step; more would hold a turn for minutes that a later attempt of the task handles better
const delayBaseMs = 500;
const delayMaxMs = 20_000; // also for what the server asks: a longer wait belongs to the task, not to a running turn
const retryableStatuses: ReadonlySet<number> = new Set([408, 409, 425, 429, 500, 502, 503, 504, 529]);

export function isRetryableFailure(failure: ModelFailure): boolean {
  return failure.status === undefined || failure.status < 400 ? failure.isConnection : retryableStatuses.has(failure.status);
}

/** Milliseconds to wait before attempt `attempt + 1` (attempts count from 1), or undefined where trying again is pointless. `jitter` is in [0, 1). */
export function decideRetry(failure: ModelFailure, attempt: number, jitter: number): number | undefined {
  if (!isRetryableFailure(failure) || attempt >= attemptsMax) return undefined;
  const backoffMs = delayBaseMs * 2 ** (attempt - 1) * (0.75 + jitter / 2);
  return Math.min(delayMaxMs, Math.max(backoffMs, (failure.retryAfterSeconds ?? 0) * 1_000));
}

const repeatsWarnedFrom = 3;
const repeatsMax = 6; // equal call, equal answer, six times in a row: no new information will come

/** What to do when a step's calls and answers were the same `repeats` times in a row. */
export function decideRepeat(repeats: number): "go-on" | "warn" | "end" {
  if (repeats >= repeatsMax) return "end";
  return repeats >= repeatsWarnedFrom ? "warn" : "go-on";
}

export const repeatWarning = "You have made the same call with the same answer several times. It will not change: do something else, or finish with what you know.";
export const emptyAnswersMax = 3; // a model that says nothing three times in a row will not begin to
export const emptyAnswerNudge = "Your answer was empty. Go on with the work by calling a tool, or finish with a sentence that says what you did.";

/** Name of the tool and what it works on, in one short line for a person. */
export function titleOfCall(tool: string, input: Readonly<Record<string, unknown>>): string {
  const subject = ["command", "path", "pattern", "patch"].map((key) => input[key]).find((value) => typeof value === "string" && value !== "");
  const line = typeof subject !== "string" ? "" : tool === "apply_patch" ? pathsOfPatch(subject).join(", ") : subject.split("\n", 1)[0] ?? "";
  const title = line === "" ? tool : `${tool} ${line}`;
  return title.length <= 120 ? title : `${title.slice(0, 117)}...`;
}

function pathsOfPatch(patch: string): string[] {
  return [...patch.matchAll(/^\*\*\* (?:Add|Update|Delete) File: (.+)$/gm)].map((match) => match[1] ?? "");
}
