// One request and its answer as text that a reviewer reads and a secret does not survive. Pure.

/** The start of a body is enough to see what was said. */
export const bodyShownMax = 4_000;
/** Their values let somebody in. */
const secretHeaders = new Set(["authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "x-auth-token", "x-csrf-token"]);

export interface HttpMessage {
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  readonly bodyBytes: number;
  readonly isBinary: boolean;
}
export interface HttpExchange {
  readonly method: string;
  readonly url: string;
  readonly request: HttpMessage;
  readonly response: (HttpMessage & { readonly status: number; readonly statusText: string }) | undefined;
  /** Where no answer came. */
  readonly failure: string | undefined;
  readonly durationMs: number;
}

export function renderExchange({ method, url, request, response, failure, durationMs }: HttpExchange): string {
  const answer = response === undefined
    ? [`< no answer after ${Math.round(durationMs)} ms: ${failure ?? "unknown"}`]
    : [`< ${response.status} ${response.statusText}`.trimEnd(), ...renderMessage(response, "<"), "", `(${Math.round(durationMs)} ms)`];
  return `${[`> ${method} ${url}`, ...renderMessage(request, ">"), "", ...answer].join("\n")}\n`;
}

function renderMessage({ headers, body, bodyBytes, isBinary }: HttpMessage, mark: string): string[] {
  const lines = headers.map(([name, value]) => `${mark} ${name}: ${secretHeaders.has(name.toLowerCase()) ? "***" : value.replaceAll(/[\r\n]+/g, " ")}`);
  if (bodyBytes === 0) return lines;
  if (isBinary) return [...lines, mark, `${mark} (${bodyBytes} bytes that are no text)`];
  const shown = body.slice(0, bodyShownMax).split(/\r?\n/).map((line) => `${mark} ${line}`);
  return [...lines, mark, ...shown, ...(body.length > bodyShownMax ? [`${mark} … (${bodyBytes} bytes in all)`] : [])];
}
