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
import { decideLongWait, decideWait, mayBeLimit, readLimit } from "../service/wire-limits.ts";
import type { Limit } from "../service/wire-limits.ts";
import { addNotes, askForUsage, lastToolAnswer } from "../service/wire-notes.ts";
import { errorBody, keyHeader, modelOf, routeOf } from "../service/wire-routes.ts";
import type { Price, TokenCounts, Usage, WireName } from "../types.ts";
import { AnswerMeter } from "./answer-meter.ts";
import { decodedBody, readWhole } from "./encodings.ts";
import { UsageChunkFilter } from "./usage-chunk-filter.ts";

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
const limitBytesMax = 256 * 1024; // of a refusal that may be waited out: read whole before it is known what to do
/** Headers that belong to one connection (RFC 9110, 7.6.1), and those that we set anew. Nobody is asked to compress. */
const droppedHeaders = new Set([
  "host",
  "connection",
  "keep-alive",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "authorization",
  "x-api-key",
  "x-goog-api-key",
  "accept-encoding",
  "content-length",
  "expect",
]);
const unknownCounts: TokenCounts = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, reasoningTokens: 0 };

function keptHeaders(headers: IncomingMessage["headers"], isDecoded: boolean): Record<string, string | string[]> {
  const kept: Record<string, string | string[]> = {};
  const named = new Set((headers.connection ?? "").toLowerCase().split(",").map((name) => name.trim()));
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined && !droppedHeaders.has(name) && !named.has(name) && !(isDecoded && name === "content-encoding")) kept[name] = value;
  return kept;
}

/** A request as it goes out. */
interface Outgoing {
  readonly body: Buffer;
  readonly headers: Record<string, string | string[]>;
  /** We asked for counts where the client did not. */ readonly isUsageAsked: boolean;
}

/** A provider's answer, without its compression. */
interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[]>;
  readonly contentType: string;
  readonly body: AsyncIterable<Uint8Array>;
  /** Of a limit that is not waited out any more. */ readonly limit: Limit | undefined;
}

class TooLarge extends Error {}

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
      const outgoing = await this.#prepare(request, route === "call");
      if (this.#options.replay !== undefined) { await this.#replay(response, path, outgoing); return; }
      await this.#exchange({ method, response, path, outgoing, isCall: route === "call", signal: abort.signal });
    } catch (error) {
      if (response.headersSent || abort.signal.aborted) { response.destroy(); return; }
      const isTooLarge = error instanceof TooLarge;
      const words = isTooLarge ? error.message : `Cannot reach the model at ${new URL(this.#options.baseUrl).origin}: ${messageOf(error)}`;
      await this.#options.onFailure?.({ status: isTooLarge ? 413 : undefined, words, retryAfterMs: undefined });
      this.#refuse(response, isTooLarge ? 413 : 502, words);
    }
  }

  #refuse(response: ServerResponse, status: number, message: string): void {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(errorBody(this.#options.wire, message)));
  }

  async #prepare(request: IncomingMessage, isCall: boolean): Promise<Outgoing> {
    const { wire, onToolAnswer } = this.#options;
    const { body: readable, isDecoded } = decodedBody(request);
    const body = await readWhole(readable, requestBytesMax);
    if (body === undefined) throw new TooLarge(`Cannot pass a request of more than ${requestBytesMax} bytes on to the model.`);
    const headers = keptHeaders(request.headers, isDecoded);
    if (!isCall || (onToolAnswer === undefined && wire !== "chat")) return { body, headers, isUsageAsked: false };
    const parsed = parseJson(body.toString("utf8"));
    if (onToolAnswer !== undefined) {
      const last = lastToolAnswer(wire, parsed);
      if (last !== undefined && !this.#seenAnswers.has(last) && this.#seenAnswers.size < notesMax) {
        this.#seenAnswers.add(last);
        const note = await onToolAnswer();
        if (note !== undefined) this.#notes.set(last, note);
      }
    }
    const isNoted = addNotes(wire, parsed, this.#notes);
    const isUsageAsked = askForUsage(wire, parsed);
    return { body: isNoted || isUsageAsked ? Buffer.from(JSON.stringify(parsed)) : body, headers, isUsageAsked };
  }

  async #replay(response: ServerResponse, path: string, { body, isUsageAsked }: Outgoing): Promise<void> {
    const { wire, replay } = this.#options;
    const recorded = await replay?.next(wire, path, body.toString("utf8"));
    if (recorded === undefined) { this.#refuse(response, 400, "The recorded session has no answer to this request: it went another way."); return; }
    const meter = new AnswerMeter({ wire, contentType: recorded.contentType, isCopied: false });
    const filter = isUsageAsked ? new UsageChunkFilter() : undefined;
    const bytes = Buffer.from(recorded.response);
    meter.take(bytes);
    meter.end();
    if (recorded.status < 300) await this.#count(meter, body);
    response.writeHead(recorded.status, { "content-type": recorded.contentType });
    response.end(filter === undefined ? bytes : Buffer.concat([filter.take(bytes), filter.end()]));
  }

  async #exchange(exchange: {
    readonly method: string;
    readonly response: ServerResponse;
    readonly path: string;
    readonly outgoing: Outgoing;
    readonly isCall: boolean;
    readonly signal: AbortSignal;
  }): Promise<void> {
    const { response, path, outgoing: { body, isUsageAsked }, isCall, signal } = exchange;
    const { status, headers, contentType, body: chunks, limit } = await this.#askPatiently(exchange).catch(async (error: unknown) => {
      // The model had the request already and works on it, whether somebody reads the answer or not.
      if (isCall && signal.aborted) await this.#countCut(undefined, body, { eventCount: 0, answerChars: 0 });
      throw error;
    });
    response.writeHead(status, headers);
    const isRefused = status >= 300; // a redirection is none that we follow with a key
    const meter = new AnswerMeter({ wire: this.#options.wire, contentType, isCopied: this.#options.transcript !== undefined || isRefused });
    const filter = isUsageAsked && !isRefused ? new UsageChunkFilter() : undefined;
    const pass = async (bytes: Uint8Array): Promise<void> => {
      if (bytes.length > 0 && !response.write(bytes))
        await new Promise<void>((resolve) => {
          response.once("drain", resolve);
          signal.addEventListener("abort", () => resolve(), { once: true });
        });
    };
    let isWhole = false;
    try {
      for await (const chunk of chunks) {
        const passed = pass(filter === undefined ? chunk : filter.take(chunk));
        meter.take(chunk);
        await passed;
        if (signal.aborted) break;
      }
      if (filter !== undefined) await pass(filter.end());
      isWhole = !signal.aborted;
    } finally {
      meter.end();
      if (isCall && !isRefused && isWhole) await this.#count(meter, body);
      if (isCall && !isRefused && !isWhole) await this.#countCut(meter.counts, body, meter.seen);
      if (isCall && isRefused)
        await this.#options.onFailure?.({
          status,
          words: meter.copy.slice(0, failureCharsMax),
          retryAfterMs: limit === undefined ? undefined : decideLongWait(limit),
        });
      if (isCall) await this.#options.transcript?.write({ wire: this.#options.wire, path, request: body.toString("utf8"), status, contentType, response: meter.copy });
    }
    response.end();
  }

  #priceOf(body: Buffer): Price | undefined {
    const { smallModel, price } = this.#options;
    return smallModel !== undefined && modelOf(parseJson(body.toString("utf8"))) === smallModel.name ? smallModel.price : price;
  }

  /** A whole answer. Where the provider says nothing, the tokens are an estimate for their budget, and nobody knows what they cost. */
  async #count({ counts, isWhole, seen }: AnswerMeter, body: Buffer): Promise<void> {
    if (counts !== undefined && !isWhole) { await this.#countCut(counts, body, seen); return; }
    const price = this.#priceOf(body);
    const told = counts ?? estimateCut(undefined, { ...seen, requestChars: body.length });
    await this.#options.onUsage({
      ...told,
      costUsd: counts !== undefined && price !== undefined ? costOfUsage(told, price) : null,
      source: counts === undefined ? "unknown" : "wire",
    });
  }

  /** An answer that was cut off is billed all the same, but nobody says how much of it: an estimate lets a budget of money go on. */
  async #countCut(counts: TokenCounts | undefined, body: Buffer, seen: AnswerMeter["seen"]): Promise<void> {
    const { onUsage } = this.#options;
    const price = this.#priceOf(body);
    const told = estimateCut(counts, { ...seen, requestChars: body.length });
    await onUsage({ ...told, costUsd: price === undefined ? null : costOfUsage(told, price), source: "unknown" });
  }

  /** The first answer that is no limit of rate, or the limit's own once waiting would take too long. */
  async #askPatiently(exchange: { readonly method: string; readonly path: string; readonly outgoing: Outgoing; readonly signal: AbortSignal }): Promise<Answer> {
    const { clock } = this.#options.providers;
    for (let attempt = 1, waitedMs = 0; ; attempt++) {
      const message = await this.#ask(exchange);
      const status = message.statusCode ?? 502;
      const { body, isDecoded } = decodedBody(message);
      const answer = { status, headers: keptHeaders(message.headers, isDecoded), contentType: String(message.headers["content-type"] ?? ""), body, limit: undefined };
      if (!mayBeLimit(status)) return answer;
      const words = await readWhole(body, limitBytesMax) ?? Buffer.from("");
      const limit = readLimit({ status, headers: message.headers, body: words.toString("utf8") }, Date.parse(await clock.nowIso()));
      const waitMs = limit === undefined ? undefined : decideWait(limit, { attempt, waitedMs });
      if (waitMs === undefined) return { ...answer, body: (async function* () { yield words; })(), limit };
      this.#options.onWait({ status, waitMs });
      await clock.sleep(waitMs, exchange.signal);
      waitedMs += waitMs;
    }
  }

  #ask({
    method,
    path,
    outgoing: { body, headers: kept },
    signal,
  }: {
    readonly method: string;
    readonly path: string;
    readonly outgoing: Outgoing;
    readonly signal: AbortSignal;
  }): Promise<IncomingMessage> {
    const { baseUrl, key, wire } = this.#options;
    const base = new URL(baseUrl);
    const [name = "", query = ""] = path.split("?");
    const target = new URL(base);
    target.pathname = `${base.pathname.replace(/\/+$/, "")}${name}`;
    for (const [field, value] of new URLSearchParams(query)) target.searchParams.append(field, value);
    target.searchParams.delete("key"); // Gemini's other way to send one
    const headers: Record<string, string | string[] | number> = { ...kept };
    if (key !== undefined) { const [field, value] = keyHeader(wire, key.reveal()); headers[field] = value; }
    if (method !== "GET") headers["content-length"] = body.length;
    const send = target.protocol === "https:" ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const sent = send(target, { method, headers, signal }, resolve);
      sent.on("error", reject);
      sent.end(method === "GET" ? undefined : body);
    });
  }
}

/** Starts nothing: requests are handed in one by one. */
export function createModelRelay(options: ModelRelayOptions): ModelRelay {
  return new Relay(options);
}
