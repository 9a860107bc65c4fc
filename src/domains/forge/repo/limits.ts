// When a forge says "later" or "elsewhere": how long to wait, and when to give up. Pure.
import { InspanError } from "../../../base/errors.ts";
import { boundText } from "../../../base/text.ts";

export interface ForgeAnswer { readonly status: number; header(name: string): string | undefined; /** Begin of what it says. */ readonly said?: string }

export type AnswerDecision =
  | { readonly kind: "take" }
  | { readonly kind: "wait"; readonly ms: number }
  /** The limit ends later than anybody waits for. */
  | { readonly kind: "limited"; readonly untilMs: number };

// GitHub's hour ends within the hour; a task that waits longer than this is better held.
const waitMsMax = 15 * 60_000;
const backoffMsMin = 500;
const backoffMsMax = 60_000;
// GitHub counts bursts apart, says so in words alone now and then, and asks for a minute without requests.
const burst = /secondary rate limit|abuse detection/i;
const burstMs = 60_000;

/** True where the same request may succeed later: the server failed, or said that it is too much at once. */
export function isPassing(status: number): boolean {
  return status === 429 || status === 500 || status === 502 || status === 503 || status === 504;
}

function limitEnd(answer: ForgeAnswer, nowMs: number): number | undefined {
  const after = answer.header("retry-after")?.trim() ?? "";
  // Seconds or a date (RFC 9110, section 10.2.3).
  if (/^\d+$/.test(after)) return nowMs + Number(after) * 1000;
  if (!Number.isNaN(Date.parse(after))) return Date.parse(after);
  const remaining = answer.header("x-ratelimit-remaining") ?? answer.header("ratelimit-remaining");
  const reset = Number(answer.header("x-ratelimit-reset") ?? answer.header("ratelimit-reset"));
  if (remaining === "0" && Number.isFinite(reset)) return reset * 1000;
  return (answer.status === 403 || answer.status === 429) && burst.test(answer.said ?? "") ? nowMs + burstMs : undefined;
}

/** What to do with an answer; `attempt` counts from 0, `chance` lies in [0, 1). A 403 is a limit only where the forge says so, otherwise it is a no. */
export function decideAnswer(
  answer: ForgeAnswer,
  options: { readonly attempt: number; readonly attemptsMax: number; readonly nowMs: number; readonly chance: number },
): AnswerDecision {
  const { attempt, attemptsMax, nowMs, chance } = options;
  const end = answer.status === 403 || isPassing(answer.status) ? limitEnd(answer, nowMs) : undefined;
  if (end !== undefined && (answer.status === 403 || answer.status === 429)) {
    const ms = Math.max(1000, end - nowMs);
    return ms > waitMsMax || attempt + 1 >= attemptsMax ? { kind: "limited", untilMs: end } : { kind: "wait", ms: ms + Math.floor(chance * 1000) };
  }
  if (answer.status === 429 && attempt + 1 >= attemptsMax) return { kind: "limited", untilMs: nowMs + burstMs };
  if (!isPassing(answer.status) || attempt + 1 >= attemptsMax) return { kind: "take" };
  const backoff = Math.min(backoffMsMax, backoffMsMin * 2 ** attempt) * (0.5 + chance);
  return { kind: "wait", ms: end === undefined ? backoff : Math.min(waitMsMax, Math.max(backoff, end - nowMs)) };
}

/** A repository that was renamed or moved answers with its new place; it is not followed: pushes would go to the old one. */
export function movedAway(action: string, status: number, location: string | null | undefined): InspanError {
  const place = URL.canParse(location ?? "") ? new URL(location ?? "") : undefined;
  return new InspanError(
    "FORGE_MOVED",
    `Cannot ${action}: the forge answered ${status} and names another place${place ? ` (${place.host}${boundText(place.pathname, 200)})` : ""}, expected the repository itself.`,
    { kind: "usage", remedy: "set forge.repository (or forge.url) in inspan.yaml, and the remote's address" },
  );
}
