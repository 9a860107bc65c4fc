// `tail` over WebSocket (RFC 6455, the server's side, texts without extensions): lines as they come in, bounded for slow readers.
import { createHash } from "node:crypto";
import type { Duplex } from "node:stream";
import { parseLogSelector } from "../../service/logql/parse.ts";
import { compilePipeline } from "../../service/logql/pipeline.ts";
import { scanLogs } from "../../service/logql/scan.ts";
import { streamsOf } from "../../service/logql/answer.ts";
import { labelSet } from "../../service/labels.ts";
import type { FoundLine } from "../../service/logql/evaluate.ts";
import { parseQueryTime } from "../../service/query-time.ts";
import { messageOf } from "../../../../base/errors.ts";
import type { Upgrade } from "../server/route.ts";
import { nodeByteTools } from "../byte-tools.ts";
import { runLogs, startBudget } from "./log-queries.ts";
import { nowNs, type LokiScene } from "./loki-query-routes.ts";

/** A reader that is further behind than this loses lines, and is told how many. */
const pendingBytesMax = 4 * 1024 * 1024;
const linesPerFrameMax = 1000;
const framesInMax = 64 * 1024;

function frame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const head = length < 126 ? Buffer.from([0x80 | opcode, length]) : length < 65_536 ? Buffer.from([0x80 | opcode, 126, length >> 8, length & 255]) : Buffer.alloc(10);
  if (length >= 65_536) { head[0] = 0x80 | opcode; head[1] = 127; head.writeBigUInt64BE(BigInt(length), 2); }
  return Buffer.concat([head, payload]);
}

/** Answers pings and closes; texts of the client are read and left. */
function listen(socket: Duplex, onClose: () => void): void {
  let pending = Buffer.alloc(0);
  socket.on("data", (part: Buffer) => {
    pending = Buffer.concat([pending, part]);
    if (pending.length > framesInMax) { socket.destroy(); return; }
    for (;;) {
      if (pending.length < 2) return;
      const short = (pending[1] ?? 0) & 127;
      const headBytes = 2 + (short === 126 ? 2 : short === 127 ? 8 : 0) + ((pending[1] ?? 0) & 128 ? 4 : 0);
      if (pending.length < headBytes) return;
      const length = short === 126 ? pending.readUInt16BE(2) : short === 127 ? Number(pending.readBigUInt64BE(2)) : short;
      if (length > framesInMax) { socket.destroy(); return; }
      if (pending.length < headBytes + length) return;
      const opcode = (pending[0] ?? 0) & 15;
      const mask = pending.subarray(headBytes - 4, headBytes);
      const payload = Buffer.from(pending.subarray(headBytes, headBytes + length).map((byte, at) => byte ^ (mask[at & 3] ?? 0)));
      pending = pending.subarray(headBytes + length);
      if (opcode === 8) { socket.end(frame(8, payload.subarray(0, 2))); onClose(); return; }
      if (opcode === 9) socket.write(frame(10, payload));
    }
  });
  socket.on("close", onClose);
  socket.on("error", () => { socket.destroy(); });
}

export interface TailHub { onIntake(listener: () => void): () => void }

export function tailUpgrade(scene: LokiScene, hub: TailHub): Upgrade {
  return {
    path: "/loki/api/v1/tail",
    handler: (request, socket) => {
      const key = request.header("sec-websocket-key");
      const refuse = (status: string, text: string) =>
        socket.end(`HTTP/1.1 ${status}\r\ncontent-type: text/plain\r\ncontent-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`);
      if (key === undefined || (request.header("upgrade") ?? "").toLowerCase() !== "websocket") { refuse("400 Bad Request", "expected a WebSocket handshake"); return; }
      let send: () => void;
      try {
        send = createSender(scene, socket, request.query.get("query") ?? "", {
          start: request.query.get("start"),
          limit: Number(request.query.get("limit") ?? 100) || 100,
        });
      } catch (error) {
        refuse("400 Bad Request", messageOf(error));
        return;
      }
      const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
      socket.write(`HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${accept}\r\n\r\n`);
      const stop = hub.onIntake(send);
      listen(socket, stop);
      request.signal.addEventListener("abort", () => { stop(); socket.end(frame(8, Buffer.from([0x03, 0xe9]))); }, { once: true });
      send();
    },
  };
}

function createSender(scene: LokiScene, socket: Duplex, query: string, options: { readonly start: string | undefined; readonly limit: number }): () => void {
  const { store, clock } = scene;
  const expression = parseLogSelector(query);
  const pipeline = compilePipeline(expression.stages, nodeByteTools);
  let sinceRow = store.nextRow;
  let dropped = 0;
  const now = nowNs(clock);
  const startNs = options.start === undefined ? now - 3_600_000_000_000n : parseQueryTime(options.start, now) ?? now;
  let history: readonly FoundLine[] = runLogs(store, clock, {
    expression,
    range: { startNs, endNs: now + 86_400_000_000_000n, isStartIn: true, isEndIn: true },
    limit: Math.min(options.limit, linesPerFrameMax),
    isBackward: true,
  }).value.toReversed();
  return () => {
    const lines: FoundLine[] = [...history];
    history = [];
    const from = sinceRow;
    sinceRow = store.nextRow;
    if (from < sinceRow) {
      scanLogs({
        store, matchers: expression.matchers, pipeline, tools: nodeByteTools, budget: startBudget(clock).budget, nowNs: nowNs(clock), wanted: undefined, sinceRow: from,
        range: { startNs: -(2n ** 62n), endNs: 2n ** 63n, isStartIn: true, isEndIn: true },
        visit: (line, stream) => {
          if (lines.length >= linesPerFrameMax) { dropped += 1; return; }
          lines.push({ tsMs: line.tsMs, tsNs: line.tsNs, text: line.text, stream, labels: labelSet(line.labels.entries()), metadata: [], parsed: [] });
        },
      });
    }
    if (lines.length === 0 || socket.destroyed) return;
    if (socket.writableLength > pendingBytesMax) { dropped += lines.length; return; }
    const text = JSON.stringify({
      streams: streamsOf(lines, { isCategorized: false, labelsOf: () => ({}) }),
      ...(dropped > 0 ? { dropped_entries: Array.from({ length: Math.min(dropped, 100) }, () => ({ labels: {}, timestamp: clock.nowIso() })) } : {}),
    });
    dropped = 0;
    socket.write(frame(1, Buffer.from(text)));
  };
}
