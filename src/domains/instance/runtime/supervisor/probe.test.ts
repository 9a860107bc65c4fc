// What a port's answer is taken for, by real sockets that answer in pieces.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { test } from "node:test";
import { askHttp } from "./probe.ts";

/** The answer to a server that writes `pieces` one after the other. */
async function ask(t: { after(close: () => void): void }, pieces: readonly string[], timeoutMs = 20_000): Promise<number | string> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket.setNoDelay(true));
    socket.on("error", () => socket.destroy());
    const next = (at: number): void => { const piece = pieces[at]; if (piece !== undefined) socket.write(piece, () => setImmediate(next, at + 1)); };
    next(0);
  }).listen(0, "127.0.0.1");
  t.after(() => { sockets.forEach((socket) => socket.destroy()); server.close(); });
  await once(server, "listening");
  return askHttp({ port: (server.address() as AddressInfo).port, path: "/", timeoutMs }); // listens on TCP
}

test("the status that counts comes behind interim ones, in whatever pieces", async (t) => {
  assert.equal(await ask(t, ["HTTP/1.1 204 No Content\r\n\r\n"]), 204);
  assert.equal(await ask(t, ["HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n", "\r\nHTTP/1.1 1", "00 Continue\r\n\r\nHTTP/1.1 503 Busy\r\n"]), 503);
  assert.equal(await ask(t, ["HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n"]), 200);
  assert.equal(await ask(t, ["HTTP/1.1 100 Continue\r\n\r\n"], 200), "no answer within 200 ms");
  assert.equal(await ask(t, ["SSH-2.0-OpenSSH\r\n"]), "its answer is not HTTP/1.1");
});
