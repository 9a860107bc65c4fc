// When a provider's refusal is waited out, and for how long: statuses, headers and bodies of the four wires. Pure.
import { asList, asRecord, parseJson } from "../../../base/json.ts";

/** An answer that may be a limit: `headers` by lower-case name. */
export interface Refusal { readonly status: number; readonly headers: Readonly<Record<string, string | string[] | undefined>>; readonly body: string }

/** What is known of a limit: how long it lasts, as far as it was told. */
export interface Limit { readonly status: number; readonly retryAfterMs: number | undefined }

// Both say "not now", the second is Anthropic's: waited out without being told how long. Other failures of a server are the client's unless they name a time.
const limitStatuses: ReadonlySet<number> = new Set([429, 529]);
const waitFirstMs = 2_000;
// A provider that names no time is asked at most every half minute.
const waitMaxMs = 30_000;
// One that names none worth waiting for, again and again, is asked more and more seldom.
const waitAgainFirstMs = 500;
/** All waits of one call. Clients give up on an answer after five minutes without a byte, so a longer limit belongs to the task. */
export const waitTotalMsMax = 240_000;
// A limit that outlasts all of that and names no end: asked again each five minutes it costs nothing, and a task has hours.
const unnamedLimitMs = 300_000;

// An account without money is no limit that ends by itself, though OpenAI tells it with the same status.
const outOfMoney = /\b(?:insufficient_quota|billing_hard_limit_reached|billing_not_active)\b/;

/** Whether a refusal says that the account has run out of money. */
export function isOutOfMoney(status: number | undefined, words: string): boolean {
  return status === 402 || (status === 429 && outOfMoney.test(words));
}

/** Whether an answer's body has to be read before it is known what to do. */
export function mayBeLimit(status: number): boolean { return status === 429 || status >= 500; }

/** Seconds or a date, as in RFC 9110, 10.2.3; undefined where it is neither. */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  const said = value?.trim() ?? "";
  if (/^\d+(?:\.\d+)?$/.test(said)) return Number(said) * 1_000;
  const atMs = /^[A-Za-z]/.test(said) ? Date.parse(said) : Number.NaN; // each of HTTP's forms of a date begins with the day's name
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}

/** Google tells the time in the body: `{ "error": { "details": [{ "retryDelay": "7s" }] } }`, in a list where it streams. */
function delayInBody(body: string): number | undefined {
  const parsed = parseJson(body);
  const details = asList(asRecord(asRecord(Array.isArray(parsed) ? asList(parsed)[0] : parsed)?.["error"])?.["details"]);
  for (const detail of details) {
    const said = asRecord(detail)?.["retryDelay"];
    const seconds = typeof said === "string" ? /^(\d{1,9}(?:\.\d{1,9})?)s$/.exec(said)?.[1] : undefined;
    if (seconds !== undefined) return Number(seconds) * 1_000;
  }
  return undefined;
}

const oneOf = (value: string | string[] | undefined): string | undefined => (typeof value === "string" ? value : value?.[0]);

/** The limit that an answer tells of; undefined where it is none, or none that waiting ends. */
export function readLimit({ status, headers, body }: Refusal, nowMs: number): Limit | undefined {
  if (!mayBeLimit(status) || isOutOfMoney(status, body)) return undefined;
  const said = oneOf(headers["retry-after-ms"])?.trim() ?? "";
  const retryAfterMs = /^\d+(?:\.\d+)?$/.test(said) ? Number(said) : parseRetryAfter(oneOf(headers["retry-after"]), nowMs) ?? delayInBody(body);
  return retryAfterMs === undefined && !limitStatuses.has(status) ? undefined : { status, retryAfterMs };
}

/** Milliseconds to wait before the provider is asked again, or undefined where its answer is the client's. `attempt` counts from 1. */
export function decideWait({ retryAfterMs }: Limit, { attempt, waitedMs }: { readonly attempt: number; readonly waitedMs: number }): number | undefined {
  const growing = (firstMs: number, step: number): number => Math.min(waitMaxMs, firstMs * 2 ** step);
  const waitMs = retryAfterMs === undefined ? growing(waitFirstMs, attempt - 1) : Math.max(retryAfterMs, attempt === 1 ? 0 : growing(waitAgainFirstMs, attempt - 2));
  return waitedMs + waitMs > waitTotalMsMax ? undefined : waitMs;
}

/** Milliseconds after which the task may try again, where the provider asks for longer than a call waits. */
export function decideLongWait({ retryAfterMs }: Limit): number { return retryAfterMs === undefined || retryAfterMs === 0 ? unnamedLimitMs : retryAfterMs; }
