// Asks a port whether it answers. By plain sockets: an HTTP client would double the supervisor's memory for one status line.
import { connect, createServer } from "node:net";

/** A status line is short; what answers with more before its first line break is no HTTP server. */
const headBytesMax = 4096;

/** Interim answers (100, 103) come before the one that counts. */
const withoutInterim = (head: string): string => head.replace(/^(?:HTTP\/1\.[01] 1\d\d[^\n]*\n(?:[^\r\n][^\n]*\n)*\r?\n)+/, "");

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
      head = withoutInterim(head + text);
      const status = /^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1];
      const isInterim = status?.startsWith("1") === true && head.length <= headBytesMax;
      if (status !== undefined && !isInterim) end(Number(status));
      else if (head.length > headBytesMax || (!isInterim && head.includes("\n"))) end("its answer is not HTTP/1.1");
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
