// Runs inside a sandbox: listens on loopback ports and hands each connection to a unix socket, behind which the outside is reached.
// Stands alone (no import of ours): it is started as a file of its own, from source or compiled. Arguments: port socket [port socket …]
import { connect, createServer } from "node:net";
import type { Socket } from "node:net";

/** Connections at once for one port; above it a loop in a sandboxed program would use up our file descriptors. */
const connectionCountMax = 256;

function join(inside: Socket, outside: Socket): void {
  inside.pipe(outside);
  outside.pipe(inside);
  for (const [one, other] of [[inside, outside], [outside, inside]] as const) {
    one.on("error", () => other.destroy());
    // After an orderly end the other still has to write out what it was given; destroying it then would lose the last kilobytes.
    one.on("close", () => { if (!one.readableEnded || !one.writableFinished) other.destroy(); });
  }
}

const pairs = process.argv.slice(2);
let waiting = pairs.length / 2;
for (let index = 0; index + 1 < pairs.length; index += 2) {
  const socketPath = pairs[index + 1] ?? "";
  const server = createServer({ allowHalfOpen: true }, (inside) => join(inside, connect({ path: socketPath, allowHalfOpen: true })));
  server.maxConnections = connectionCountMax;
  server.on("error", () => process.exit(1));
  server.listen(Number(pairs[index]), "127.0.0.1", () => {
    waiting -= 1;
    if (waiting === 0) process.stdout.write("ready\n");
  });
}
