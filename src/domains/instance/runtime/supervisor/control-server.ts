// Answers commands over the supervisor's unix socket: one request a connection, lines of JSON back. Knows no instance.
import { createServer, type Server, type Socket } from "node:net";
import { chmodSync, mkdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { InspanError, messageOf } from "../../../../base/errors.ts";
import type { ControlAnswer, ControlRequest } from "../../types/index.ts";

/** A plan of 64 services with long commands stays far below; more is no request of ours. */
const requestCharsMax = 4 * 1024 * 1024;
/** Commands at once; an agent has a handful. */
const connectionCountMax = 64;

export type Handle = (request: ControlRequest, progress: (line: string) => void) => Promise<unknown>;

function write(socket: Socket, answer: ControlAnswer): void {
  if (!socket.destroyed) socket.write(`${JSON.stringify(answer)}\n`);
}

async function answer(socket: Socket, text: string, handle: Handle): Promise<void> {
  try {
    const request = JSON.parse(text) as ControlRequest; // only our own commands reach a socket of mode 0600, of the same version (hello)
    write(socket, { kind: "result", value: await handle(request, (line) => write(socket, { kind: "progress", line })) });
  } catch (error) {
    const known = error instanceof InspanError ? error : undefined;
    write(socket, { kind: "error", code: known?.code ?? "UNEXPECTED", message: messageOf(error), remedy: known?.remedy });
  }
  socket.end();
}

/** Replaces a dead supervisor's socket; whoever calls has claimed the instance. Rejects where it cannot listen. */
export async function serveControl(path: string, handle: Handle): Promise<{ close(): Promise<void> }> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  rmSync(path, { force: true });
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    let text = "";
    const onData = (chunk: string): void => {
      text += chunk;
      const end = text.indexOf("\n");
      if (end < 0) { if (text.length > requestCharsMax) socket.destroy(); return; }
      socket.off("data", onData);
      void answer(socket, text.slice(0, end), handle);
    };
    socket.setEncoding("utf8").on("data", onData);
  });
  server.maxConnections = connectionCountMax;
  const old = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => { server.once("error", reject); server.listen(path, resolve); });
  } finally { process.umask(old); }
  chmodSync(path, 0o600);
  return {
    close: () => new Promise((resolve) => {
      server.close(() => { rmSync(path, { force: true }); resolve(); });
      for (const socket of sockets) socket.destroySoon();
    }),
  };
}
