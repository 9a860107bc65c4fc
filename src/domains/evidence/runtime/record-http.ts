// One request and what came back, as a transcript. Only loopback: evidence is about the worktree's own application.
import { InspanError, messageOf } from "../../../base/errors.ts";
import type { OperationContext } from "../../../providers/index.ts";
import { readStatus } from "../../instance/runtime/index.ts";
import { type HttpExchange, renderExchange } from "../service/http-transcript.ts";

const timeoutMs = 30_000;
/** Read at most this much of an answer: a download of gigabytes is no transcript. */
const answerBytesMax = 1024 * 1024;

export interface HttpInput { readonly url: string; readonly method: string; readonly headers: readonly string[]; readonly body: string | undefined }
export interface HttpRecording { readonly transcript: string; readonly status: number | undefined; readonly durationMs: number; readonly url: string }

/** `url` is an address of loopback, or a path of the instance's first service that has one. Rejects with URL_FOREIGN, INSTANCE_DOWN, HEADER_INVALID. */
export async function recordHttp(context: OperationContext, input: HttpInput): Promise<HttpRecording> {
  const url = await resolveUrl(context, input.url);
  const headers = input.headers.map((line) => parseHeader(line));
  const { clock } = context.providers;
  const started = clock.monotonicMs();
  const request = { headers, body: input.body ?? "", bodyBytes: Buffer.byteLength(input.body ?? ""), isBinary: false };
  const exchange = await send(context, { url, method: input.method, headers, body: input.body }).then(
    (response): HttpExchange => ({ method: input.method, url: url.href, request, response, failure: undefined, durationMs: clock.monotonicMs() - started }),
    (error: unknown): HttpExchange => {
      if (context.signal.aborted) throw error;
      const cause = error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : messageOf(error);
      return { method: input.method, url: url.href, request, response: undefined, failure: cause, durationMs: clock.monotonicMs() - started };
    },
  );
  return { transcript: renderExchange(exchange), status: exchange.response?.status, durationMs: exchange.durationMs, url: url.href };
}

async function resolveUrl(context: OperationContext, text: string): Promise<URL> {
  const isPath = text.startsWith("/") && !text.startsWith("//");
  const base = isPath ? (await readStatus(context)).services.find(({ url }) => url !== undefined)?.url : undefined;
  if (isPath && base === undefined)
    throw new InspanError("INSTANCE_DOWN", `Cannot ask for "${text}": no service of this worktree is up, expected one with an address.`, {
      kind: "usage",
      remedy: "inspan up",
    });
  const url = URL.parse(text, base);
  const isLoopback =
    url !== null &&
    (url.protocol === "http:" || url.protocol === "https:") &&
    (/^127\.\d+\.\d+\.\d+$/.test(url.hostname) || url.hostname === "[::1]" || url.hostname === "localhost" || url.hostname.endsWith(".localhost"));
  if (url === null || !isLoopback)
    throw new InspanError(
      "URL_FOREIGN",
      `Cannot ask "${text}": not an address of this machine's loopback, expected a path like /health or http://127.0.0.1:…`,
      { kind: "usage", remedy: "inspan status shows the addresses" },
    );
  return url;
}

function parseHeader(line: string): readonly [string, string] {
  const found = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):\s*(.*)$/.exec(line);
  if (found === null)
    throw new InspanError("HEADER_INVALID", `Cannot send the header "${line}": no name and value, expected "name: value".`, {
      kind: "usage",
      remedy: '--headers "accept: application/json"',
    });
  return [found[1] ?? "", found[2] ?? ""];
}

async function send(
  context: OperationContext,
  {
    url,
    method,
    headers,
    body,
  }: { readonly url: URL; readonly method: string; readonly headers: readonly (readonly [string, string])[]; readonly body: string | undefined },
) {
  const response = await fetch(url, {
    method,
    headers: headers.map(([name, value]) => [name, value]),
    redirect: "manual",
    signal: AbortSignal.any([context.signal, AbortSignal.timeout(timeoutMs)]),
    ...(body === undefined ? {} : { body }),
  });
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    chunks.push(chunk);
    if (size > answerBytesMax) break;
  }
  const text = new TextDecoder().decode(Buffer.concat(chunks));
  return {
    status: response.status,
    statusText: response.statusText,
    headers: [...response.headers],
    body: text,
    bodyBytes: size,
    isBinary: text.includes("\0") || text.includes("\ufffd"),
  };
}
