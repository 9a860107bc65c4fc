// Owns the one loopback door that a session's sandbox reaches on the host: the model behind its relay, the questions of hooks, operations over
// MCP, and a CONNECT proxy with an allow-list. Knows no client and no turn.
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { messageOf } from "../../../base/errors.ts";
import type { ModelRelay } from "../../model/runtime/index.ts";
import { decideConnect } from "../service/connect.ts";

export interface GateOptions {
  /** Unguessable: other users of the machine reach loopback too. */
  readonly token: string;
  /** Reached below /v1 and /v1beta; undefined where the client reaches its own service through CONNECT. */
  readonly model: ModelRelay | undefined;
  readonly allowedHosts: readonly string[];
  /** A free one unless told. */
  readonly port?: number;
  /** Answers a hook's question with what the hook prints. */
  onHook(body: string): Promise<string>;
  /** Answers one message of the MCP server inside; undefined where it wants no answer. */
  onMcp(body: string): Promise<string | undefined>;
  onRefused(what: string): void;
}

export interface Gate { readonly port: number; close(): Promise<void> }

const questionBytesMax = 64 * 1024 * 1024; // a hook's question holds a whole tool output; above this it is a loop
const connectionCountMax = 64; // one client with a few calls at once; a loop in the sandbox must not use up our descriptors

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
    if (sizeBytes > questionBytesMax) throw new Error(`more than ${questionBytesMax} bytes`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString("utf8");
}

async function answer(options: GateOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", "http://loopback");
  const [, token, ...rest] = url.pathname.split("/");
  if (token !== options.token) { sendJson(response, 403, refusal("not for you")); return; }
  const path = `/${rest.join("/")}`;
  if (request.method === "POST" && path === "/hook") {
    const printed = await options.onHook(await readText(request));
    response.writeHead(200, { "content-type": "application/json" }).end(printed);
    return;
  }
  if (request.method === "POST" && path === "/mcp") {
    const said = await options.onMcp(await readText(request));
    response.writeHead(said === undefined ? 202 : 200, { "content-type": "application/json" }).end(said);
    return;
  }
  const modelPath = /^\/v1(?:beta)?(\/.*)$/.exec(path)?.[1];
  if (options.model === undefined || modelPath === undefined) {
    options.onRefused(`${request.method ?? ""} ${path}`);
    sendJson(response, 404, refusal(`Inspan passes no ${request.method ?? ""} ${path} on`));
    return;
  }
  await options.model.handle(request, response, `${modelPath}${url.search}`);
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

function listen(server: Server, wanted: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(wanted, "127.0.0.1", () => {
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
  const port = await listen(server, options.port ?? 0);
  // A session that nobody closed must not keep a process alive that has nothing else to do.
  server.unref();
  return {
    port,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
      for (const socket of tunnels) socket.destroy();
    }),
  };
}
