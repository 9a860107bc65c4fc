// gRPC without a library: HTTP/2 over clear text, one unary message in a five-byte frame, the status in the trailers.
// Source: github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md. HTTP/2 itself is loaded with the first connection.
import type { Http2Server, ServerHttp2Stream, IncomingHttpHeaders } from "node:http2";
import { createServer, type Socket } from "node:net";
import { decompress, readWire } from "./body.ts";
import { judgeHost } from "./guard.ts";
import { explain } from "./http-server.ts";
import type { GrpcMethod } from "./route.ts";
import { HttpError } from "../../types/http-error.ts";

type LoadMethods = () => Promise<readonly GrpcMethod[]>;

export interface GrpcServer { readonly port: number; close(): Promise<void> }

const statusOf: Readonly<Record<number, number>> = { 400: 3, 403: 7, 404: 12, 413: 8, 415: 12, 429: 8, 503: 14, 507: 14 };

/** The message of a frame, without its gzip. */
async function readFrame(bytes: Uint8Array, coding: string | undefined): Promise<Uint8Array> {
  if (bytes.length < 5) throw new HttpError(400, "Cannot read the gRPC request: no whole frame, expected one message.");
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(1);
  if (bytes.length !== 5 + length) throw new HttpError(400, `Cannot read the gRPC request: ${bytes.length - 5} bytes follow the frame's head, expected ${length}.`);
  const message = bytes.subarray(5);
  if (bytes[0] === 0) return message;
  return decompress(message, coding ?? "gzip");
}

function frame(message: Uint8Array): Buffer {
  const out = Buffer.alloc(5 + message.length);
  out.writeUInt32BE(message.length, 1);
  out.set(message, 5);
  return out;
}

function finish(stream: ServerHttp2Stream, trailers: Record<string, string>, message?: Uint8Array): void {
  if (stream.destroyed || stream.closed) return;
  if (message === undefined) { stream.respond({ ":status": 200, "content-type": "application/grpc", ...trailers }, { endStream: true }); return; }
  stream.on("wantTrailers", () => stream.sendTrailers(trailers));
  stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
  stream.end(frame(message));
}

function refuse(stream: ServerHttp2Stream, error: unknown): void {
  const { status, message } = explain(error);
  finish(stream, { "grpc-status": String(statusOf[status] ?? 13), "grpc-message": encodeURIComponent(message).replaceAll("%20", " ") });
}

async function answerStream(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, load: LoadMethods): Promise<void> {
  try {
    const path = headers[":path"] ?? "";
    const refusal = judgeHost(headers[":authority"] ?? headers.host, headers.origin);
    if (refusal !== undefined) throw new HttpError(403, refusal);
    if (headers[":method"] !== "POST" || !(headers["content-type"] ?? "").startsWith("application/grpc")) { stream.respond({ ":status": 415 }, { endStream: true }); return; }
    const method = (await load()).find((one) => one.path === path);
    if (method === undefined) throw new HttpError(404, `Cannot call ${path.slice(0, 200)}: no such method.`);
    const coding = headers["grpc-encoding"];
    const message = await readFrame(await readWire(stream), Array.isArray(coding) ? coding[0] : coding);
    finish(stream, { "grpc-status": "0" }, await method.handler(message));
  } catch (error) { refuse(stream, error); }
}

function createHttp2(load: LoadMethods): Http2Server {
  const server = process.getBuiltinModule("node:http2").createServer({ settings: { maxConcurrentStreams: 100, initialWindowSize: 1024 * 1024 } });
  server.on("stream", (stream, headers) => {
    stream.on("error", () => {}); // the caller has gone
    void answerStream(stream, headers, load);
  });
  server.on("sessionError", () => {}); // one broken connection is not the engine's end
  return server;
}

/** Listens on 127.0.0.1 at a free port. The methods are loaded with the first call. */
export async function startGrpcServer(load: LoadMethods): Promise<GrpcServer> {
  const sockets = new Set<Socket>();
  let http2: Http2Server | undefined;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy()); // the caller has gone
    http2 ??= createHttp2(load);
    http2.emit("connection", socket);
  });
  await new Promise<void>((resolve, reject) => { server.once("error", reject); server.listen(0, "127.0.0.1", resolve); });
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    close: () => new Promise((done) => { server.close(() => done()); for (const socket of sockets) socket.destroy(); }),
  };
}
