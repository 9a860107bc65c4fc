// Passes an agent's requests on to its model: puts the key in, counts what the answer cost, waits out limits of rate, adds the harness's
// notes, keeps a record, or answers from one. Knows no agent and no listener; whoever serves a port hands requests in.
import { request as httpRequest } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { request as httpsRequest } from "node:https";
import { messageOf } from "../../../base/errors.ts";
import type { Clock, Secret } from "../../../providers/index.ts";
import type { Exchange } from "../repo/replay.ts";
import type { Transcript } from "../repo/transcript.ts";
import { parseJson } from "../../../base/json.ts";
import { costOfUsage, estimateCut } from "../service/usage.ts";
import { addNotes, askForUsage, lastToolAnswer } from "../service/wire-notes.ts";
import { decideLongWait, decideWait, errorBody, keyHeader, modelOf, parseRetryAfter, routeOf } from "../service/wire-routes.ts";
import type { Price, TokenCounts, Usage, WireName } from "../types.ts";
import { AnswerMeter } from "./answer-meter.ts";

/** What is asked may be known by another thread only. */
type Soon<T> = T | Promise<T>;

export interface ModelRelayOptions {
  readonly providers: { readonly clock: Pick<Clock, "sleep"> & { nowIso(): Soon<string> } };
  readonly wire: WireName;
  /** With its version in the path. */
  readonly baseUrl: string;
  /** Never leaves this process but in a header to the provider. */
  readonly key: Pick<Secret, "reveal"> | undefined;
  readonly price: Price | undefined;
  /** A second model that the client asks for side requests, with its own price. */
  readonly smallModel?: { readonly name: string; readonly price?: Price | undefined } | undefined;
  readonly transcript?: Transcript | undefined;
  readonly replay?: { next(wire: WireName, path: string, request: string): Soon<Exchange | undefined> } | undefined;
  /** Asked for each model call; a text refuses it. */
  onModelCall(): Soon<string | undefined>;
  /** Each call's cost; waited for before the client sees the end of the answer. */
  onUsage(usage: Usage): Soon<void>;
  /** Asked when tool answers that were not seen before go to the model: a text is put behind the last of them, in this and all later requests. */
  onToolAnswer?(): Promise<string | undefined>;
  /** The provider asks to wait. */
  onWait(wait: { readonly status: number; readonly waitMs: number }): void;
  /** A call ended with an HTTP error that the client gets to see, or with none (undefined) because the model is out of reach. `words` is untrusted and bounded; `retryAfterMs` is set for a limit of rate that a call does not wait out. */
  onFailure?(failure: { readonly status: number | undefined; readonly words: string; readonly retryAfterMs: number | undefined }): Soon<void>;
  onRefused(what: string): void;
}

export interface ModelRelay {
  /** `path` begins behind the base address's version. Never rejects; the response is ended or destroyed. */
  handle(request: IncomingMessage, response: ServerResponse, path: string): Promise<void>;
  /** Resolves when no request is on its way: then every call that was made is counted. */
  settled(): Promise<void>;
}

const requestBytesMax = 64 * 1024 * 1024; // a client in a loop of growing requests would eat our memory
const failureCharsMax = 2_000; // of a provider's own words; pages of HTML come from proxies in between
const notesMax = 2_000; // one for each edit; a session with more has lost its way long before
/** Headers that belong to one connection (RFC 9110, 7.6.1), and those that we set anew. Compression would hide the counts. */
const droppedHeaders = new Set(["host", "connection", "keep-alive", "proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "authorization", "x-api-key", "x-goog-api-key", "accept-encoding", "content-length", "expect"]);
const unknownCounts: TokenCounts = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, reasoningTokens: 0 };

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    sizeBytes += bytes.length;
    if (sizeBytes > requestBytesMax) throw new Error(`a request of more than ${requestBytesMax} bytes`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

function keptHeaders(headers: IncomingMessage["headers"]): Record<string, string | string[]> {
  const kept: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) if (value !== undefined && !droppedHeaders.has(name)) kept[name] = value;
  return kept;
}

class Relay implements ModelRelay {
  readonly #options: ModelRelayOptions;
  readonly #notes = new Map<string, string>();
  readonly #seenAnswers = new Set<string>();
  readonly #running = new Set<Promise<void>>();

  constructor(options: ModelRelayOptions) { this.#options = options; }

  handle(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const work = this.#handle(request, response, path).finally(() => this.#running.delete(work));
    this.#running.add(work);
    return work;
  }

  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }

  async #handle(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const { wire } = this.#options;
    const method = request.method ?? "";
    const route = routeOf(wire, method, path.split("?")[0] ?? "");
    if (route === undefined) {
      this.#options.onRefused(`${method} ${path.slice(0, 200)}`);
      this.#refuse(response, 404, `Inspan passes no ${method} ${path.slice(0, 200)} on`);
      return;
    }
    const abort = new AbortController();
    response.on("close", () => abort.abort());
    try {
      const reason = route === "call" ? await this.#options.onModelCall() : undefined;
      if (reason !== undefined) { request.resume(); this.#refuse(response, 400, reason); return; }
      const body = await this.#prepare(await readBody(request), route === "call");
      if (this.#options.replay !== undefined) { await this.#replay(response, path, body); return; }
      await this.#exchange({ request, response, path, body, isCall: route === "call", signal: abort.signal });
    } catch (error) {
      if (response.headersSent || abort.signal.aborted) { response.destroy(); return; }
      const words = `Cannot reach the model at ${new URL(this.#options.baseUrl).origin}: ${messageOf(error)}`;
      await this.#options.onFailure?.({ status: undefined, words, retryAfterMs: undefined });
      this.#refuse(response, 502, words);
    }
  }

  #refuse(response: ServerResponse, status: number, message: string): void {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(errorBody(this.#options.wire, message)));
  }

  /** The body as it goes out. */
  async #prepare(body: Buffer, isCall: boolean): Promise<Buffer> {
    const { wire, onToolAnswer } = this.#options;
    if (!isCall || (onToolAnswer === undefined && wire !== "chat")) return body;
    const parsed = parseJson(body.toString("utf8"));
    if (onToolAnswer !== undefined) {
      const last = lastToolAnswer(wire, parsed);
      if (last !== undefined && !this.#seenAnswers.has(last) && this.#seenAnswers.size < notesMax) {
        this.#seenAnswers.add(last);
        const note = await onToolAnswer();
        if (note !== undefined) this.#notes.set(last, note);
      }
    }
    const isChanged = [addNotes(wire, parsed, this.#notes), askForUsage(wire, parsed)].includes(true);
    return isChanged ? Buffer.from(JSON.stringify(parsed)) : body;
  }

  async #replay(response: ServerResponse, path: string, body: Buffer): Promise<void> {
    const { wire, replay } = this.#options;
    const recorded = await replay?.next(wire, path, body.toString("utf8"));
    if (recorded === undefined) { this.#refuse(response, 400, "The recorded session has no answer to this request: it went another way."); return; }
    const meter = new AnswerMeter({ wire, contentType: recorded.contentType, isCopied: false });
    meter.take(Buffer.from(recorded.response));
    meter.end();
    if (recorded.status < 400) await this.#count(meter.counts, body);
    response.writeHead(recorded.status, { "content-type": recorded.contentType }).end(recorded.response);
  }

  async #exchange(exchange: { readonly request: IncomingMessage; readonly response: ServerResponse; readonly path: string; readonly body: Buffer; readonly isCall: boolean; readonly signal: AbortSignal }): Promise<void> {
    const { response, path, body, isCall, signal } = exchange;
    const answer = await this.#askPatiently(exchange).catch(async (error: unknown) => {
      // The model had the request already and works on it, whether somebody reads the answer or not.
      if (isCall && signal.aborted) await this.#countCut(undefined, body, { eventCount: 0, answerChars: 0 });
      throw error;
    });
    const status = answer.statusCode ?? 502;
    const contentType = String(answer.headers["content-type"] ?? "");
    response.writeHead(status, keptHeaders(answer.headers));
    const meter = new AnswerMeter({ wire: this.#options.wire, contentType, isCopied: this.#options.transcript !== undefined || status >= 400 });
    let isWhole = false;
    try {
      for await (const chunk of answer) {
        const isFlowing = response.write(chunk);
        meter.take(chunk);
        if (!isFlowing) await new Promise<void>((resolve) => { response.once("drain", resolve); signal.addEventListener("abort", () => resolve(), { once: true }); });
        if (signal.aborted) break;
      }
      isWhole = !signal.aborted;
    } finally {
      meter.end();
      if (isCall && status < 400 && isWhole) await this.#count(meter.counts, body);
      if (isCall && status < 400 && !isWhole) await this.#countCut(meter.counts, body, meter.seen);
      if (isCall && status >= 400) await this.#options.onFailure?.({ status, words: meter.copy.slice(0, failureCharsMax), retryAfterMs: decideLongWait({ status, retryAfterMs: await this.#retryAfter(answer) }) });
      if (isCall) await this.#options.transcript?.write({ wire: this.#options.wire, path, request: body.toString("utf8"), status, contentType, response: meter.copy });
    }
    response.end();
  }

  #priceOf(body: Buffer): Price | undefined {
    const { smallModel, price } = this.#options;
    return smallModel !== undefined && modelOf(parseJson(body.toString("utf8"))) === smallModel.name ? smallModel.price : price;
  }

  async #count(counts: TokenCounts | undefined, body: Buffer): Promise<void> {
    const { onUsage } = this.#options;
    const price = this.#priceOf(body);
    const told = counts ?? unknownCounts;
    await onUsage({ ...told, costUsd: counts !== undefined && price !== undefined ? costOfUsage(told, price) : null, source: counts === undefined ? "unknown" : "wire" });
  }

  /** An answer that was cut off is billed all the same, but nobody says how much of it: an estimate lets a budget of money go on. */
  async #countCut(counts: TokenCounts | undefined, body: Buffer, seen: AnswerMeter["seen"]): Promise<void> {
    const { onUsage } = this.#options;
    const price = this.#priceOf(body);
    const told = estimateCut(counts, { ...seen, requestChars: body.length });
    await onUsage({ ...told, costUsd: price === undefined ? null : costOfUsage(told, price), source: "unknown" });
  }

  /** The first answer that is no limit of rate, or the limit's own once waiting would take too long. */
  async #askPatiently(exchange: { readonly request: IncomingMessage; readonly path: string; readonly body: Buffer; readonly signal: AbortSignal }): Promise<IncomingMessage> {
    const { clock } = this.#options.providers;
    for (let attempt = 1, waitedMs = 0; ; attempt++) {
      const answer = await this.#ask(exchange);
      const status = answer.statusCode ?? 502;
      const waitMs = decideWait({ status, retryAfterMs: await this.#retryAfter(answer), attempt, waitedMs });
      if (waitMs === undefined) return answer;
      answer.resume();
      this.#options.onWait({ status, waitMs });
      await clock.sleep(waitMs, exchange.signal);
      waitedMs += waitMs;
    }
  }

  async #retryAfter(answer: IncomingMessage): Promise<number | undefined> {
    const said = answer.headers["retry-after"];
    return said === undefined ? undefined : parseRetryAfter(said, Date.parse(await this.#options.providers.clock.nowIso()));
  }

  #ask({ request, path, body, signal }: { readonly request: IncomingMessage; readonly path: string; readonly body: Buffer; readonly signal: AbortSignal }): Promise<IncomingMessage> {
    const { baseUrl, key, wire } = this.#options;
    const target = new URL(`${baseUrl.replace(/\/+$/, "")}${path}`);
    target.searchParams.delete("key"); // Gemini's other way to send one
    const headers: Record<string, string | string[] | number> = keptHeaders(request.headers);
    if (key !== undefined) { const [name, value] = keyHeader(wire, key.reveal()); headers[name] = value; }
    if (request.method !== "GET") headers["content-length"] = body.length;
    const send = target.protocol === "https:" ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const outgoing = send(target, { method: request.method, headers, signal }, resolve);
      outgoing.on("error", reject);
      outgoing.end(request.method === "GET" ? undefined : body);
    });
  }
}

/** Starts nothing: requests are handed in one by one. */
export function createModelRelay(options: ModelRelayOptions): ModelRelay {
  return new Relay(options);
}
