// Owns the one loopback door that a session's sandbox reaches on the host: the model behind its key, the hooks' questions, and a CONNECT
// proxy with an allow-list. Knows no Codex process and no turn.
import { createServer, request as httpRequest } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { messageOf } from "../../../../base/errors.ts";
import { decideConnect } from "../../service/codex/connect.ts";

export interface GateOptions {
  /** Unguessable: other users of the machine reach loopback too. */
  readonly token: string;
  /** Where the model is, with its version in the path; undefined where Codex reaches its own service through CONNECT. */
  readonly model: { readonly baseUrl: string; readonly key: string | undefined } | undefined;
  readonly allowedHosts: readonly string[];
  /** Asked for each model call; a text refuses it. */
  onModelCall(): string | undefined;
  /** Answers a hook's question with what the hook prints. */
  onHook(body: string): Promise<string>;
  onRefused(what: string): void;
}

export interface Gate { readonly port: number; close(): Promise<void> }

const hookBytesMax = 64 * 1024 * 1024; // a hook's question holds a whole tool output; above this it is a loop
const connectionCountMax = 64; // one client with a few calls at once; a loop in the sandbox must not use up our descriptors

/** The requests of a Responses client, and nothing else of what the key may open. */
const relayedPaths = new Map([["/responses", "POST"], ["/responses/compact", "POST"], ["/models", "GET"]]);
/** Headers that belong to one connection (RFC 9110, 7.6.1), and those that we set anew. */
const droppedHeaders = new Set(["host", "connection", "keep-alive", "proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "authorization"]);

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

const refusal = (message: string): unknown => ({ error: { message, type: "invalid_request_error", code: null, param: null } });

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    sizeBytes += bytes.length;
    if (sizeBytes > hookBytesMax) throw new Error(`more than ${hookBytesMax} bytes`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Passes one request on to the model with the key and streams the answer back. */
function relay(options: { readonly model: NonNullable<GateOptions["model"]>; readonly pathAndQuery: string; readonly request: IncomingMessage; readonly response: ServerResponse }): void {
  const { model, pathAndQuery, request, response } = options;
  const target = new URL(`${model.baseUrl.replace(/\/+$/, "")}${pathAndQuery}`);
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(request.headers)) if (value !== undefined && !droppedHeaders.has(name)) headers[name] = value;
  if (model.key !== undefined) headers["authorization"] = `Bearer ${model.key}`;
  const send = target.protocol === "https:" ? httpsRequest : httpRequest;
  const outgoing = send(target, { method: request.method, headers }, (answer) => {
    const kept = Object.entries(answer.headers).filter(([name]) => !droppedHeaders.has(name));
    response.writeHead(answer.statusCode ?? 502, Object.fromEntries(kept));
    answer.on("error", () => response.destroy());
    answer.pipe(response);
  });
  outgoing.on("error", (error) => {
    if (response.headersSent) response.destroy();
    else sendJson(response, 502, refusal(`Cannot reach the model at ${target.origin}: ${error.message}`));
  });
  response.on("close", () => outgoing.destroy());
  request.pipe(outgoing);
}

async function answer(options: GateOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", "http://loopback");
  const [, token, ...rest] = url.pathname.split("/");
  if (token !== options.token) { sendJson(response, 403, refusal("not for you")); return; }
  const path = `/${rest.join("/")}`;
  if (path === "/hook" && request.method === "POST") {
    const printed = await options.onHook(await readText(request));
    response.writeHead(200, { "content-type": "application/json" }).end(printed);
    return;
  }
  const modelPath = path.startsWith("/v1/") ? path.slice(3) : "";
  if (options.model === undefined || relayedPaths.get(modelPath) !== request.method) {
    options.onRefused(`${request.method ?? ""} ${path}`);
    sendJson(response, 404, refusal(`Inspan passes no ${request.method ?? ""} ${path} on`));
    return;
  }
  const reason = request.method === "POST" ? options.onModelCall() : undefined;
  if (reason !== undefined) { sendJson(response, 400, refusal(reason)); return; }
  relay({ model: options.model, pathAndQuery: `${modelPath}${url.search}`, request, response });
}

function tunnel(options: GateOptions, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  socket.on("error", () => socket.destroy());
  const decision = decideConnect(request.url ?? "", options.allowedHosts);
  const isKnown = request.headers["proxy-authorization"] === `Basic ${Buffer.from(`inspan:${options.token}`).toString("base64")}`;
  if (decision.kind === "refused" || !isKnown) {
    options.onRefused(`CONNECT ${(request.url ?? "").slice(0, 200)}`);
    socket.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
    return;
  }
  const outside = connect({ host: decision.host, port: decision.port }, () => {
    socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
    if (head.length > 0) outside.write(head);
    outside.pipe(socket);
    socket.pipe(outside);
  });
  outside.on("error", () => socket.destroy());
  outside.on("close", () => socket.destroy());
  socket.on("close", () => outside.destroy());
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (typeof address === "object" && address !== null) resolve(address.port);
      else reject(new Error("BUG: expected a port"));
    });
  });
}

/** Listens on a free port of loopback until it is closed; closing ends every connection. */
export async function openGate(options: GateOptions): Promise<Gate> {
  const tunnels = new Set<Duplex>();
  const server = createServer((request, response) => {
    answer(options, request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else sendJson(response, 500, refusal(messageOf(error)));
    });
  });
  server.maxConnections = connectionCountMax;
  // A model may think for a long time before its first byte; the turn's own bound ends it.
  server.requestTimeout = 0;
  server.on("connect", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    tunnels.add(socket);
    socket.on("close", () => tunnels.delete(socket));
    tunnel(options, request, socket, head);
  });
  const port = await listen(server);
  return {
    port,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
      for (const socket of tunnels) socket.destroy();
    }),
  };
}
