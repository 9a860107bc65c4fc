// The engine's HTTP door: loopback only, Host and Origin judged first, bodies bounded, every error an answer and never the end of the process.
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { isAbort, messageOf } from "../../../../base/errors.ts";
import { type Form, parseForm } from "../../service/wire/form.ts";
import { decodeUtf8 } from "../../service/wire/strings.ts";
import { HttpError } from "../../types/http-error.ts";
import { readRequestBody } from "./body.ts";
import { judgeHost } from "./guard.ts";
import { createRouter } from "./router.ts";
import type { Answer, EngineRequest, Route, Upgrade } from "./route.ts";

// Idle keep-alive connections of clients that forgot them.
const keepAliveMs = 30_000;
// A caller that sends nothing for this long has died.
const requestMsMax = 120_000;
// Headers above this are no client that we know.
const headerBytesMax = 32 * 1024;
// Strings of an answer are gathered up to this size before they are written.
const writeCharsMax = 256 * 1024;

export interface HttpServer { readonly port: number; close(): Promise<void> }

export function plainError(status: number, message: string): Answer {
  return { status, headers: { "content-type": "text/plain; charset=utf-8" }, body: `${message}\n` };
}

function emptyForm(): Form { return parseForm(""); }

function corsHeaders(origin: string | undefined): Record<string, string> {
  return origin === undefined
    ? {}
    : {
        "access-control-allow-origin": origin,
        "access-control-allow-headers": "*",
        "access-control-allow-methods": "GET, POST, DELETE, OPTIONS",
        vary: "origin",
      };
}

async function writeAll(response: ServerResponse, body: Iterable<string> | AsyncIterable<string | Uint8Array>): Promise<void> {
  let gathered = "";
  const write = async (part: string | Uint8Array): Promise<void> => {
    if (response.destroyed) throw new HttpError(499, "the caller has gone");
    if (!response.write(part)) await new Promise<void>((done) => { response.once("drain", done); response.once("close", done); });
  };
  for await (const part of body) {
    if (typeof part !== "string") { if (gathered !== "") { await write(gathered); gathered = ""; } await write(part); continue; }
    gathered += part;
    if (gathered.length > writeCharsMax) { await write(gathered); gathered = ""; }
  }
  response.end(gathered);
}

async function send(response: ServerResponse, answer: Answer, options: { readonly isHead: boolean; readonly headers: Record<string, string> }): Promise<void> {
  const headers: Record<string, string | number> = { "content-type": "application/json", ...options.headers, ...answer.headers };
  const { body } = answer;
  if (body === undefined || typeof body === "string" || body instanceof Uint8Array) {
    const bytes = body === undefined ? Buffer.alloc(0) : typeof body === "string" ? Buffer.from(body) : body;
    if (answer.status !== 204) headers["content-length"] = bytes.length;
    response.writeHead(answer.status, headers);
    response.end(options.isHead ? undefined : bytes);
    return;
  }
  response.writeHead(answer.status, headers);
  if (options.isHead) response.end();
  else await writeAll(response, body);
}

function engineRequest(
  message: IncomingMessage,
  route: { readonly path: string; readonly search: string; readonly params: Readonly<Record<string, string>> },
  room: { readonly signal: () => AbortSignal; readonly onAnswered: (free: () => void) => void },
): EngineRequest {
  const { onAnswered } = room;
  let form: Promise<Form> | undefined;
  const header = (name: string): string | undefined => { const value = message.headers[name]; return Array.isArray(value) ? value[0] : value; };
  const readForm = async (): Promise<Form> => {
    const isForm = (header("content-type") ?? "").toLowerCase().startsWith("application/x-www-form-urlencoded");
    if (message.method !== "POST" && message.method !== "PUT" || !isForm) return parseForm(route.search);
    const body = await readRequestBody(message, onAnswered);
    return parseForm(decodeUtf8(body, 0, body.length), route.search);
  };
  return {
    method: message.method ?? "GET", path: route.path, params: route.params, header,
    get signal() { return room.signal(); }, // made for those who ask: most requests are over at once
    query: route.search === "" ? emptyForm() : parseForm(route.search),
    readForm: () => form ??= readForm(),
    readBody: () => readRequestBody(message, onAnswered),
  };
}

/** The status and sentence of anything that a handler threw. */
export function explain(error: unknown): { status: number; message: string } {
  if (error instanceof HttpError) return { status: error.status, message: error.message };
  if (isAbort(error)) return { status: 503, message: "The request was cancelled." };
  return { status: 500, message: `Cannot answer: ${messageOf(error)}.` };
}

function splitUrl(url: string): { path: string; search: string } {
  const cut = url.indexOf("?");
  return cut < 0 ? { path: url, search: "" } : { path: url.slice(0, cut), search: url.slice(cut + 1) };
}

export interface HttpOptions {
  readonly port: number;
  readonly routes: readonly Route[];
  /** Everything there is, for a path that is not among `routes`: loaded with the first such request. */
  loadMore(): Promise<{ readonly routes: readonly Route[]; readonly upgrades: readonly Upgrade[] }>;
  readonly signal: AbortSignal;
}

/** Finds routes among those that are there, and then among all. */
class Table {
  #find: ReturnType<typeof createRouter>;
  readonly #loadMore: HttpOptions["loadMore"];
  #whole: ReturnType<HttpOptions["loadMore"]> | undefined;
  constructor(options: HttpOptions) {
    this.#find = createRouter(options.routes);
    this.#loadMore = options.loadMore;
  }
  async #loadWhole(): Promise<readonly Upgrade[]> {
    const { routes, upgrades } = await (this.#whole ??= this.#loadMore());
    this.#find = createRouter(routes);
    return upgrades;
  }
  async find(method: string, path: string): Promise<ReturnType<ReturnType<typeof createRouter>>> {
    const routing = this.#find(method, path);
    if (routing.kind === "found" || this.#whole !== undefined && routing.kind === "wrong-method") return routing;
    await this.#loadWhole();
    return this.#find(method, path);
  }
  async findUpgrade(path: string): Promise<Upgrade | undefined> {
    return (await this.#loadWhole()).find((one) => one.path === path);
  }
}

async function answerRequest(message: IncomingMessage, response: ServerResponse, options: HttpOptions, table: Table): Promise<void> {
  const refusal = judgeHost(message.headers.host, message.headers.origin);
  const shown = { isHead: message.method === "HEAD", headers: corsHeaders(refusal === undefined ? message.headers.origin : undefined) };
  if (refusal !== undefined) { message.resume(); await send(response, plainError(403, refusal), shown); return; }
  if (message.method === "OPTIONS") { message.resume(); await send(response, { status: 204 }, shown); return; }
  const { path, search } = splitUrl(message.url ?? "/");
  const routing = await table.find(message.method ?? "GET", path);
  if (routing.kind !== "found") {
    message.resume();
    const isKnown = routing.kind === "wrong-method";
    await send(
      response,
      isKnown
        ? {
            ...plainError(405, `Cannot ${message.method} ${path}: expected ${routing.allowed.join(" or ")}.`),
            headers: { "content-type": "text/plain; charset=utf-8", allow: routing.allowed.join(", ") },
          }
        : plainError(404, `Cannot find ${path.slice(0, 200)}: no such address here.`),
      shown,
    );
    return;
  }
  const { route, params } = routing.match;
  const gone = new AbortController();
  response.once("close", () => { if (!response.writableFinished) gone.abort(); });
  const frees: (() => void)[] = [];
  try {
    let signal: AbortSignal | undefined;
    const request = engineRequest(
      message,
      { path, search, params },
      {
        signal: () => (signal ??= AbortSignal.any([gone.signal, options.signal])),
        onAnswered: (free) => {
          frees.push(free);
        },
      },
    );
    await send(response, await route.handler(request), shown);
  } catch (error) {
    const { status, message: sentence } = explain(error);
    if (response.headersSent) { response.destroy(); return; }
    if (!message.readableEnded) { message.resume(); response.setHeader("connection", "close"); }
    await send(response, (route.errorAnswer ?? plainError)(status, sentence), shown);
  } finally { for (const free of frees) free(); }
}

function onUpgrade(server: Server, options: HttpOptions, table: Table): void {
  const answer = async (message: IncomingMessage, socket: Duplex, head: Uint8Array): Promise<void> => {
    const { path, search } = splitUrl(message.url ?? "/");
    const refusal = judgeHost(message.headers.host, message.headers.origin);
    const upgrade = refusal === undefined ? await table.findUpgrade(path) : undefined;
    if (upgrade === undefined) { socket.end(`HTTP/1.1 ${refusal === undefined ? "404 Not Found" : "403 Forbidden"}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`); return; }
    const gone = new AbortController();
    socket.once("close", () => gone.abort());
    upgrade.handler(engineRequest(message, { path, search, params: {} }, { signal: () => AbortSignal.any([gone.signal, options.signal]), onAnswered: () => {} }), socket, head);
  };
  server.on("upgrade", (message, socket, head) => {
    socket.on("error", () => socket.destroy()); // the caller has gone
    answer(message, socket, head).catch(() => socket.destroy()); // isolates one socket
  });
}

/** Listens on 127.0.0.1; rejects where the port is taken. */
export async function startHttpServer(options: HttpOptions): Promise<HttpServer> {
  // Not imported: an ES import of node:http evaluates all of its getters and loads undici with them, 6 MB in every idle engine.
  const { createServer } = process.getBuiltinModule("node:http");
  const table = new Table(options);
  const server = createServer({ maxHeaderSize: headerBytesMax, keepAliveTimeout: keepAliveMs, requestTimeout: requestMsMax }, (message, response) => {
    message.on("error", () => {}); // said by whoever reads the body
    answerRequest(message, response, options, table).catch(() => response.destroy()); // the caller has gone
  });
  server.on("clientError", (_error, socket) => { if (!socket.destroyed) socket.end("HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"); });
  onUpgrade(server, options, table);
  await new Promise<void>((resolve, reject) => { server.once("error", reject); server.listen(options.port, "127.0.0.1", resolve); });
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : options.port,
    close: () => new Promise((done) => { server.close(() => done()); server.closeAllConnections(); }),
  };
}
