// The loopback server that plays a model by script, and its log of requests. Knows no client; picks steps by content only.
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { delay } from "../../../src/base/async.ts";
import type { AnswerStep, Conversation, FaultStep, ModelStep, Script, StepUsage, WireName } from "./conversation.ts";
import { muteConversation } from "./conversation.ts";
import { normaliseRequest } from "./normalise.ts";
import { defaultUsage, renderAnswer } from "./wires.ts";
import type { WireAnswer } from "./wires.ts";

export interface ModelRequest {
  readonly conversation: Conversation;
  /** What was answered; a delay or passing fault is already resolved. */
  readonly step: AnswerStep | FaultStep;
  /** Only answers cost tokens. */
  readonly usage: StepUsage | undefined;
}

export interface ScriptedModel {
  /** Base of the OpenAI wires and of Anthropic's, with /v1. */
  readonly url: string;
  /** The last requests, oldest first. */
  readonly requests: readonly ModelRequest[];
  /** Sum of what was billed to one conversation, or to all of them. */
  usage(key?: string): StepUsage;
  /** From now on scripts do not see untrusted blocks of this channel. */
  mute(channel: string): void;
  /** Resolves when a request that fits has come, also where it came before. */
  waitFor(fits: (conversation: Conversation) => boolean): Promise<ModelRequest>;
  close(): Promise<void>;
}

export interface ScriptedModelOptions {
  readonly script: Script;
  /** 0 takes a free one. */
  readonly port?: number;
  readonly mutedChannels?: readonly string[];
  /** Told when an answer has been handed over whole: whose it was, and the milliseconds since its request's head had come. */
  readonly onServed?: (served: { readonly session: string; readonly durationMs: number }) => void;
}

const bodyBytesMax = 64 * 1024 * 1024; // a client in a loop of growing requests would eat the machine's memory
const requestsMax = 2_000; // older ones are dropped: a demo that runs for hours must not grow
const flakyKeysMax = 10_000; // one short hash for each conversation that met a passing fault

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    sizeBytes += bytes.length;
    if (sizeBytes > bodyBytesMax) throw new Error(`request of more than ${bodyBytesMax} bytes`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function wireOf(path: string): WireName | undefined {
  if (path.endsWith("/responses")) return "responses";
  if (path.endsWith("/chat/completions")) return "chat";
  if (/\/models\/[^/]+:(?:stream)?generateContent$/i.test(path)) return "gemini";
  return path.endsWith("/messages") ? "messages" : undefined;
}

function sendJson(response: ServerResponse, status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}

function errorBody(wire: WireName | undefined, message: string): unknown {
  return wire === "messages" ? { type: "error", error: { type: "api_error", message } } : { error: { message, type: "server_error", code: null, param: null } };
}

const frame = (answer: WireAnswer["events"][number]): string =>
  `${answer.event === undefined ? "" : `event: ${answer.event}\n`}data: ${typeof answer.data === "string" ? answer.data : JSON.stringify(answer.data)}\n\n`;

const streamHeaders = { "content-type": "text/event-stream", "cache-control": "no-cache" };

function playFault(response: ServerResponse, conversation: Conversation, fault: FaultStep, preview: WireAnswer): void {
  if (fault.kind === "httpError") {
    sendJson(response, fault.status, errorBody(conversation.wire, fault.message), fault.retryAfterSeconds === undefined ? {} : { "retry-after": String(fault.retryAfterSeconds) });
  } else if (fault.kind === "hang") {
    if (fault.after === "headers") response.writeHead(200, streamHeaders).flushHeaders();
  } else {
    response.writeHead(200, streamHeaders);
    const first = preview.events.slice(0, 2).map(frame).join("");
    if (fault.how === "reset") response.write(first, () => response.destroy());
    else response.end(fault.how === "cut" ? first : `${first}data: {"this is": not json\n\n`);
  }
}

const addUsage = (a: StepUsage, b: StepUsage): StepUsage => ({
  inputTokens: a.inputTokens + b.inputTokens, cachedInputTokens: a.cachedInputTokens + b.cachedInputTokens,
  outputTokens: a.outputTokens + b.outputTokens, reasoningTokens: a.reasoningTokens + b.reasoningTokens,
});
const noUsage: StepUsage = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, reasoningTokens: 0 };

class ScriptPlayer {
  readonly requests: ModelRequest[] = [];
  readonly mutedChannels: string[];
  readonly #script: Script;
  readonly #usageByKey = new Map<string, StepUsage>();
  readonly #faultsSeen = new Map<string, number>();
  readonly #waiters = new Set<(request: ModelRequest) => void>();

  constructor(script: Script, mutedChannels: readonly string[]) {
    this.#script = script;
    this.mutedChannels = [...mutedChannels];
  }

  usage(key?: string): StepUsage {
    if (key !== undefined) return this.#usageByKey.get(key) ?? noUsage;
    return [...this.#usageByKey.values()].reduce(addUsage, noUsage);
  }

  waitFor(fits: (conversation: Conversation) => boolean): Promise<ModelRequest> {
    const seen = this.requests.find((request) => fits(request.conversation));
    if (seen !== undefined) return Promise.resolve(seen);
    return new Promise((resolve) => {
      const waiter = (request: ModelRequest) => {
        if (!fits(request.conversation)) return;
        this.#waiters.delete(waiter);
        resolve(request);
      };
      this.#waiters.add(waiter);
    });
  }

  async #resolve(step: ModelStep, hash: string, depth = 0): Promise<AnswerStep | FaultStep> {
    if (depth > 8) throw new Error("a script step is nested more than 8 deep");
    if (step.kind === "delay") {
      await delay(step.ms);
      return this.#resolve(step.then, hash, depth + 1);
    }
    if (step.kind !== "flaky") return step;
    const seen = this.#faultsSeen.get(hash) ?? 0;
    if (seen >= step.times) return this.#resolve(step.then, hash, depth + 1);
    if (this.#faultsSeen.size >= flakyKeysMax) this.#faultsSeen.clear();
    this.#faultsSeen.set(hash, seen + 1);
    return step.fault;
  }

  #record(request: ModelRequest): void {
    this.requests.push(request);
    if (this.requests.length > requestsMax) this.requests.shift();
    if (request.usage !== undefined) this.#usageByKey.set(request.conversation.key, addUsage(this.usage(request.conversation.key), request.usage));
    for (const waiter of [...this.#waiters]) waiter(request);
  }

  async answer(wire: WireName, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body: unknown = JSON.parse(await readBody(request));
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const whole = normaliseRequest(wire, body, headers);
    const conversation = muteConversation(whole, this.mutedChannels);
    const hash = createHash("sha256").update(JSON.stringify([wire, whole.key, whole.messages])).digest("hex").slice(0, 16);
    const step = await this.#resolve(this.#script(conversation), hash);
    const isAnswer = step.kind === "text" || step.kind === "calls";
    const usage = isAnswer ? step.usage ?? defaultUsage(whole, step) : undefined;
    this.#record({ conversation: whole, step, usage });
    if (!isAnswer) { playFault(response, whole, step, renderAnswer(whole, { kind: "text", text: "half an answer" }, noUsage, hash)); return; }
    const answer = renderAnswer(whole, step, usage ?? noUsage, hash);
    const isStream = /:streamGenerateContent/.test(request.url ?? "") || typeof body === "object" && body !== null && "stream" in body && body.stream === true;
    if (!isStream) { sendJson(response, 200, answer.document); return; }
    response.writeHead(200, streamHeaders);
    for (const event of answer.events) response.write(frame(event));
    response.end();
  }
}

async function route(player: ScriptPlayer, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = new URL(request.url ?? "/", "http://loopback").pathname;
  const wire = wireOf(path);
  try {
    if (request.method === "GET" && path.endsWith("/models"))
      sendJson(response, 200, {
        object: "list",
        data: [{ id: "scripted", object: "model", type: "model", display_name: "Scripted", owned_by: "test", created: 0 }],
      });
    else if (path.endsWith("/count_tokens") || path.endsWith(":countTokens")) sendJson(response, 200, ((count) => ({ input_tokens: count, totalTokens: count }))(Math.ceil((await readBody(request)).length / 4)));
    else if (wire !== undefined && request.method === "POST") await player.answer(wire, request, response);
    else sendJson(response, 404, errorBody(undefined, `the scripted model has no ${request.method ?? ""} ${path}`));
  } catch (error) {
    // A script that throws, or a body that is no JSON: the client must see it, and the server must live on.
    if (response.headersSent) response.destroy();
    else sendJson(response, 400, errorBody(wire, `scripted model: ${error instanceof Error ? error.message : String(error)}`));
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}

/** Starts on loopback and answers by the script until it is closed; hanging answers end with the close. */
export async function startScriptedModel(options: ScriptedModelOptions): Promise<ScriptedModel> {
  const player = new ScriptPlayer(options.script, options.mutedChannels ?? []);
  const server = createServer((request, response) => {
    const startedMs = performance.now();
    response.once("finish", () => options.onServed?.({ session: String(request.headers["x-inspan-session"] ?? ""), durationMs: performance.now() - startedMs }));
    void route(player, request, response);
  });
  const port = await listen(server, options.port ?? 0);
  return {
    url: `http://127.0.0.1:${port}/v1`,
    requests: player.requests,
    usage: (key) => player.usage(key),
    mute: (channel) => { player.mutedChannels.push(channel); },
    waitFor: (fits) => player.waitFor(fits),
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}
