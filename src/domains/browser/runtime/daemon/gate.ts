// The one way from a worktree's pages to the network: a proxy on loopback that asks the policy for every request and cuts what is too large.
import { createServer, request as httpRequest, Agent, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { isLoopback } from "../../service/origins.ts";

/** Of one answer: a page's assets stay far below, a download of a gigabyte does not fill the disk. */
const bodyBytesMax = 128 * 1024 * 1024;
/** Connections at once of one worktree. */
const socketsMax = 256;
/** A server that accepts and says nothing for so long is not going to. Long polls and streams are silent for less. */
const silenceMsMax = 5 * 60_000;

export interface GateOptions {
  /** Decides for an origin; may look the instance up anew. */
  isAllowed(url: URL): Promise<boolean>;
  /** Called for each refused request and each answer that was cut. */
  onRefused(url: string, reason: string): void;
}

export interface Gate {
  readonly url: string;
  /** An answer from there was too large, and only its beginning has come. */
  hasCut(url: string): boolean;
  close(): Promise<void>;
}

const tooLarge = `larger than ${bodyBytesMax / 1024 ** 2} MiB`;
/** Addresses that were cut and are not asked again: a browser resumes a broken download by itself. */
const cutMax = 1_000;
const refusal = "Inspan: this worktree's policy does not allow this origin. See browser.origins in inspan.yaml.\n";

/** Names of loopback are never looked up: who answers them elsewhere is not meant. */
const hostOf = (hostname: string): string => (isLoopback(hostname) ? "127.0.0.1" : hostname.replace(/^\[(.*)\]$/, "$1"));

function cutAt(stream: NodeJS.ReadableStream, bytesMax: number, cut: () => void): void {
  let bytes = 0;
  stream.on("data", (chunk: Buffer) => { bytes += chunk.length; if (bytes > bytesMax) cut(); });
}

class GateServer implements Gate {
  readonly #options: GateOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket | Duplex>();
  readonly #agent = new Agent({ keepAlive: true, maxSockets: socketsMax });
  /** Addresses whose answer was too large. */
  readonly #cut = new Set<string>();
  url = "";

  constructor(options: GateOptions) {
    this.#options = options;
    this.#server = createServer({ requestTimeout: 0, headersTimeout: 30_000 }, (request, response) => { void this.#forward(request, response); });
    this.#server.maxConnections = socketsMax;
    this.#server.on("connect", (request: IncomingMessage, socket: Duplex, head: Buffer) => { void this.#tunnel(request, socket, head); });
    this.#server.on("connection", (socket: Socket) => this.#own(socket));
    this.#server.on("clientError", (_error, socket) => socket.destroy());
  }

  hasCut(url: string): boolean { return this.#cut.has(parseUrl(url)?.href ?? ""); }

  async listen(): Promise<this> {
    await new Promise<void>((resolve, reject) => { this.#server.once("error", reject); this.#server.listen(0, "127.0.0.1", () => resolve()); });
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`; // it listens on TCP
    return this;
  }

  #own(socket: Socket | Duplex): void {
    this.#sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("close", () => this.#sockets.delete(socket));
  }

  #refuse(response: ServerResponse, url: URL | string, reason: string): void {
    this.#options.onRefused(String(url), reason);
    response.writeHead(403, { "content-type": "text/plain; charset=utf-8", "x-inspan": reason }).end(reason === tooLarge ? `Inspan: this answer is ${tooLarge}.\n` : refusal);
  }

  async #forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = parseUrl(request.url ?? "");
    response.on("error", () => response.destroy());
    if (url === undefined || url.protocol !== "http:" || !(await this.#options.isAllowed(url))) {
      this.#refuse(response, request.url ?? "", "refused by policy");
      return;
    }
    if (this.#cut.has(url.href)) { this.#refuse(response, url, tooLarge); return; }
    const { "proxy-connection": _, "proxy-authorization": __, ...headers } = request.headers;
    const upstream = httpRequest({ host: hostOf(url.hostname), port: url.port === "" ? 80 : Number(url.port), method: request.method, path: `${url.pathname}${url.search}`, headers, agent: this.#agent, setDefaultHeaders: false }, (answer) => {
      const cut = (): void => { if (this.#cut.size < cutMax) this.#cut.add(url.href); upstream.destroy(); };
      if (Number(answer.headers["content-length"]) > bodyBytesMax && request.method !== "HEAD") { cut(); this.#refuse(response, url, tooLarge); return; }
      cutAt(answer, bodyBytesMax, () => { cut(); this.#options.onRefused(url.href, tooLarge); response.destroy(); });
      response.writeHead(answer.statusCode ?? 502, answer.statusMessage ?? "", answer.rawHeaders);
      response.flushHeaders();
      answer.pipe(response);
      answer.on("error", () => response.destroy());
    });
    upstream.setTimeout(silenceMsMax, () => upstream.destroy());
    // The page sees a broken connection, as it would without us.
    upstream.on("error", () => (response.headersSent ? response.destroy() : response.socket?.destroy()));
    response.on("close", () => upstream.destroy());
    request.pipe(upstream);
  }

  async #tunnel(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    this.#own(socket);
    // Sockets (ws:) of plain origins come this way too, so both readings are asked.
    const [secure, plain] = [parseUrl(`https://${request.url ?? ""}`), parseUrl(`http://${request.url ?? ""}`)];
    const isFine = secure !== undefined && plain !== undefined && (await this.#options.isAllowed(secure) || await this.#options.isAllowed(plain));
    if (!isFine) {
      this.#options.onRefused(`https://${request.url ?? ""}`, "refused by policy");
      socket.end("HTTP/1.1 403 Forbidden\r\nx-inspan: refused by policy\r\ncontent-length: 0\r\n\r\n");
      return;
    }
    const upstream = connect({ host: hostOf(secure.hostname), port: Number(/:(\d+)$/.exec(request.url ?? "")?.[1] ?? 443) });
    this.#own(upstream);
    upstream.setTimeout(silenceMsMax, () => upstream.destroy());
    upstream.once("connect", () => {
      socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      upstream.write(head);
      cutAt(upstream, bodyBytesMax, () => { this.#options.onRefused(secure.href, tooLarge); upstream.destroy(); });
      upstream.pipe(socket);
      socket.pipe(upstream);
    });
    upstream.on("close", () => socket.destroy());
    socket.on("close", () => upstream.destroy());
  }

  close(): Promise<void> {
    this.#agent.destroy();
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => { this.#server.close(() => resolve()); this.#server.closeAllConnections(); });
  }
}

function parseUrl(text: string): URL | undefined {
  try { return new URL(text); } catch { return undefined; } // no address
}

/** Rejects where it cannot listen. */
export function openGate(options: GateOptions): Promise<Gate> {
  return new GateServer(options).listen();
}
