// Whom a command asks: the worktree's own engine, an address on the command line, or a server of `telemetry.remote`.
import { InspanError, messageOf } from "../../../base/errors.ts";
import type { OperationContext } from "../../../providers/index.ts";
import { findTarget } from "./client.ts";

// An answer above this is not one to read in a terminal or a prompt.
const answerCharsMax = 64 * 1024 * 1024;
const timeoutMs = 60_000;

export interface Backend {
  readonly kind: "engine" | "url" | "remote";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

const signals = { prometheus: "metrics", loki: "logs", tempo: "traces" } as const;

/** Throws ENGINE_ABSENT where there is nobody to ask. */
export async function findBackend(context: OperationContext, api: keyof typeof signals, url: string | undefined): Promise<Backend> {
  const target = await findTarget(context, signals[api], url);
  return { kind: target.isOwn ? "engine" : url === undefined ? "remote" : "url", url: target.url, headers: target.headers };
}

export interface Answered { readonly status: number; readonly body: unknown }

/** Rejects with TELEMETRY_UNREACHABLE where nobody answers, TELEMETRY_ANSWER where it is no JSON. */
export async function askBackend(
  backend: Backend,
  path: string,
  options: {
    readonly signal: AbortSignal;
    readonly params?: Readonly<Record<string, string | undefined>>;
    readonly method?: "GET" | "POST" | "PUT";
    readonly document?: unknown;
  },
): Promise<Answered> {
  const search = new URLSearchParams(Object.entries(options.params ?? {}).flatMap(([name, value]): [string, string][] => (value === undefined ? [] : [[name, value]]))).toString();
  const target = `${backend.url}${path}${search === "" ? "" : `?${search}`}`;
  let text: string, status: number;
  try {
    const response = await fetch(target, {
      method: options.method ?? "GET",
      headers: { ...backend.headers, ...(options.document === undefined ? {} : { "content-type": "application/json" }) },
      ...(options.document === undefined ? {} : { body: JSON.stringify(options.document) }),
      signal: AbortSignal.any([options.signal, AbortSignal.timeout(timeoutMs)]),
    });
    status = response.status;
    text = await response.text();
  } catch (error) {
    if (options.signal.aborted) throw error;
    const cause = error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : messageOf(error);
    throw new InspanError("TELEMETRY_UNREACHABLE", `Cannot ask ${backend.url}: ${cause}, expected a telemetry engine there.`, {
      remedy: backend.kind === "engine" ? "inspan up, or inspan telemetry serve" : "check the address",
    });
  }
  if (text.length > answerCharsMax)
    throw new InspanError("TELEMETRY_ANSWER", `Cannot read the answer of ${backend.url}: ${text.length} characters, expected at most ${answerCharsMax}.`, {
      remedy: "ask for a shorter range or fewer series",
    });
  try { return { status, body: text === "" ? undefined : JSON.parse(text) as unknown }; } catch {
    return { status, body: { error: text.trim().slice(0, 500) } }; // plain text of an error
  }
}
