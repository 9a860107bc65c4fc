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

/** The model that a request asks for; undefined where its body names none (Gemini's has it in the path). */
export function modelOf(body: unknown): string | undefined {
  const model = typeof body === "object" && body !== null && "model" in body ? body.model : undefined;
  return typeof model === "string" ? model : undefined;
}
