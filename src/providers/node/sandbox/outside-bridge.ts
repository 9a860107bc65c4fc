// Owns the outer end of a bridge: a unix socket in a private folder that reaches exactly one loopback port. Knows no sandbox kind.
import { connect, createServer } from "node:net";
import { chmod } from "node:fs/promises";
import type { Socket } from "node:net";

/** Connections at once; above it a loop in a sandboxed program would use up our file descriptors. */
const connectionCountMax = 256;

/** Listens at `socketPath` until closed; closing ends all its connections. Rejects where the socket cannot be made. */
export async function openOutsideBridge(socketPath: string, hostPort: number): Promise<{ close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (inside) => {
    const outside = connect({ port: hostPort, host: "127.0.0.1", allowHalfOpen: true });
    inside.pipe(outside);
    outside.pipe(inside);
    for (const [one, other] of [[inside, outside], [outside, inside]] as const) {
      sockets.add(one);
      one.on("error", () => other.destroy());
      // After an orderly end the other still has to write out what it was given; destroying it then would lose the last kilobytes.
      one.on("close", () => { sockets.delete(one); if (!one.readableEnded || !one.writableFinished) other.destroy(); });
    }
  });
  server.maxConnections = connectionCountMax;
  await new Promise<void>((resolve, reject) => { server.once("error", reject); server.listen(socketPath, resolve); });
  await chmod(socketPath, 0o600);
  return {
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    }),
  };
}
