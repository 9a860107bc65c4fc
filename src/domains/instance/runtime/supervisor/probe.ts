// Asks a port whether it answers. By plain sockets: an HTTP client would double the supervisor's memory for one status line.
import { connect, createServer } from "node:net";

/** A status line is short; what answers with more before its first line break is no HTTP server. */
const headBytesMax = 4096;

/** The status of `GET path`, or why there is none. Never rejects. */
export function askHttp(options: { readonly port: number; readonly path: string; readonly timeoutMs: number }): Promise<number | string> {
  const { port, path, timeoutMs } = options;
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    let head = "";
    const end = (answer: number | string): void => { socket.destroy(); resolve(answer); };
    socket.setTimeout(timeoutMs, () => end(`no answer within ${timeoutMs} ms`));
    socket.on("error", (error) => end(error.message));
    socket.on("close", () => end("the connection was closed without an answer"));
    socket.setEncoding("latin1").on("data", (text: string) => {
      head += text;
      const status = /^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1];
      if (status !== undefined) end(Number(status));
      else if (head.length > headBytesMax || head.includes("\n")) end("its answer is not HTTP/1.1");
    });
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost:${port}\r\nUser-Agent: inspan-ready\r\nAccept: */*\r\nConnection: close\r\n\r\n`);
  });
}

/** True where something accepts connections at the port of this machine's loopback. */
export function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    socket.on("connect", () => { socket.destroy(); resolve(true); });
    socket.on("error", () => resolve(false));
  });
}

/** True where the port can be bound now. */
export function canBind(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
