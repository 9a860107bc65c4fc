// Runs in a shared network of sandboxes: connections from outside come by a unix socket, those to outside go by one. Ends with its standard input.
// Stands alone (no import of ours): it is started as a file of its own, from source or compiled. Argument: the unix socket for connections from outside.
import nodeModule from "node:module";
import { connect, createServer } from "node:net";
import type { Socket } from "node:net";

/** Connections at once in each direction; above it a loop in a sandboxed program would use up our file descriptors. */
const connectionCountMax = 1024;
/** The line with the wanted port is at most this long; more is no line of ours. */
const headerBytesMax = 16;

function join(one: Socket, other: Socket): void {
  one.pipe(other);
  other.pipe(one);
  for (const [left, right] of [[one, other], [other, one]] as const) {
    left.on("error", () => right.destroy());
    // After an orderly end the other still has to write out what it was given; destroying it then would lose the last kilobytes.
    left.on("close", () => { if (!left.readableEnded || !left.writableFinished) right.destroy(); });
  }
}

/** Programs that bind to "localhost" may have taken only one of the two families. */
function connectInside(port: number, outside: Socket, first: Buffer): void {
  const attempt = (hosts: readonly string[]): void => {
    const [host, ...rest] = hosts;
    if (host === undefined || outside.destroyed) { outside.destroy(); return; }
    const inside = connect({ port, host, allowHalfOpen: true });
    const onError = (): void => attempt(rest);
    inside.once("error", onError);
    inside.once("connect", () => {
      inside.off("error", onError);
      if (first.length > 0) inside.write(first);
      join(outside, inside);
    });
  };
  attempt(["127.0.0.1", "::1"]);
}

const fromOutside = createServer({ allowHalfOpen: true, pauseOnConnect: false }, (outside) => {
  outside.on("error", () => outside.destroy());
  let head = Buffer.alloc(0);
  const onData = (chunk: Buffer): void => {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf(10);
    if (end < 0) { if (head.length > headerBytesMax) outside.destroy(); return; }
    outside.off("data", onData);
    outside.pause();
    const port = Number(head.subarray(0, end).toString("latin1"));
    if (Number.isInteger(port) && port > 0 && port < 65_536) connectInside(port, outside, head.subarray(end + 1));
    else outside.destroy();
  };
  outside.on("data", onData);
});
fromOutside.maxConnections = connectionCountMax;
fromOutside.on("error", () => process.exit(1));
fromOutside.listen(process.argv[2] ?? "", () => {
  process.stdout.write("ready\n");
  nodeModule.flushCompileCache?.(); // it ends by a signal, which would lose what was compiled
});

function reach(port: number, socketPath: string): void {
  const server = createServer({ allowHalfOpen: true }, (inside) => join(inside, connect({ path: socketPath, allowHalfOpen: true })));
  server.maxConnections = connectionCountMax;
  server.once("error", () => process.stdout.write(`failed ${port}\n`));
  server.listen(port, "127.0.0.1", () => process.stdout.write(`reached ${port}\n`));
}

let rest = "";
process.stdin.setEncoding("latin1").on("data", (text: string) => {
  const lines = (rest + text).split("\n");
  rest = lines.pop() ?? "";
  for (const line of lines) {
    const [word, port, socketPath] = line.split("\t");
    if (word === "reach" && socketPath !== undefined) reach(Number(port), socketPath);
  }
});
process.stdin.on("end", () => process.exit(0));
process.stdin.on("error", () => process.exit(0));
