// What a client may ask of a model through us, per wire, and how each wire takes its key and tells an error. Pure.
import type { WireName } from "../types.ts";

/** `call` costs tokens, `free` does not; everything else is not passed on. */
export type Route = "call" | "free";

// Paths behind the version of the base address. Nothing else of what a key may open (files, batches, administration) is reachable.
const routes: Readonly<Record<WireName, readonly (readonly [method: string, path: RegExp, route: Route])[]>> = {
  responses: [["POST", /^\/responses(?:\/compact)?$/, "call"], ["GET", /^\/models$/, "free"]],
  chat: [["POST", /^\/chat\/completions$/, "call"], ["GET", /^\/models$/, "free"]],
  messages: [["POST", /^\/messages$/, "call"], ["POST", /^\/messages\/count_tokens$/, "free"], ["GET", /^\/models(?:\/[\w.-]+)?$/, "free"]],
  gemini: [["POST", /^\/models\/[\w.-]+:(?:stream)?[gG]enerateContent$/, "call"], ["POST", /^\/models\/[\w.-]+:countTokens$/, "free"], ["GET", /^\/models(?:\/[\w.-]+)?$/, "free"]],
};

export function routeOf(wire: WireName, method: string, path: string): Route | undefined {
  return routes[wire].find(([allowed, pattern]) => allowed === method && pattern.test(path))?.[2];
}

/** Header that carries the key, and its value. */
export function keyHeader(wire: WireName, key: string): readonly [name: string, value: string] {
  if (wire === "messages") return ["x-api-key", key];
  return wire === "gemini" ? ["x-goog-api-key", key] : ["authorization", `Bearer ${key}`];
}

/** Where each wire's own provider is, with the version in the path. */
export const providerBaseUrls: Readonly<Record<WireName, string>> = {
  responses: "https://api.openai.com/v1", chat: "https://api.openai.com/v1",
  messages: "https://api.anthropic.com/v1", gemini: "https://generativelanguage.googleapis.com/v1beta",
};

/** The body of an error as clients of the wire read it. */
export function errorBody(wire: WireName, message: string): unknown {
  if (wire === "messages") return { type: "error", error: { type: "invalid_request_error", message } };
  if (wire === "gemini") return { error: { code: 400, status: "INVALID_ARGUMENT", message } };
  return { error: { message, type: "invalid_request_error", code: null, param: null } };
}

const waitedStatuses: ReadonlySet<number> = new Set([429, 503, 529]);
const waitFirstMs = 2_000;
// A provider that names no time is asked at most every half minute.
const waitMaxMs = 30_000;
/** All waits of one call. Clients give up on an answer after five minutes without a byte, so a longer limit belongs to the task. */
export const waitTotalMsMax = 240_000;

// A limit that outlasts all of that and names no end: asked again each five minutes it costs nothing, and a task has hours.
const unnamedLimitMs = 300_000;

/** Milliseconds after which the task may try again, where the provider asks for longer than a call waits; undefined where its answer is no limit of rate. */
export function decideLongWait(options: { readonly status: number; readonly retryAfterMs: number | undefined }): number | undefined {
  const { status, retryAfterMs } = options;
  if (!waitedStatuses.has(status) || (status !== 429 && retryAfterMs === undefined)) return undefined;
  return retryAfterMs ?? unnamedLimitMs;
}

/** Seconds or a date, as in RFC 9110, 10.2.3; undefined where it is neither. */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d+(?:\.\d+)?$/.test(value.trim())) return Number(value) * 1_000;
  const atMs = Date.parse(value);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}

/** Milliseconds to wait before the provider is asked again, or undefined where its answer is the client's. Only a limit of rate is waited out without being told how long. */
export function decideWait(options: { readonly status: number; readonly retryAfterMs: number | undefined; readonly attempt: number; readonly waitedMs: number }): number | undefined {
  const { status, retryAfterMs, attempt, waitedMs } = options;
  if (!waitedStatuses.has(status) || (status !== 429 && retryAfterMs === undefined)) return undefined;
  const waitMs = retryAfterMs ?? Math.min(waitMaxMs, waitFirstMs * 2 ** (attempt - 1));
  return waitedMs + waitMs > waitTotalMsMax ? undefined : waitMs;
}

/** The model that a request asks for; undefined where its body names none (Gemini's has it in the path). */
export function modelOf(body: unknown): string | undefined {
  const model = typeof body === "object" && body !== null && "model" in body ? body.model : undefined;
  return typeof model === "string" ? model : undefined;
}
