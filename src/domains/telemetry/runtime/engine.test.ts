// The engine as a process: what it prints, whom it answers, how it ends.
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:http2";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { fileURLToPath } from "node:url";

const launcher = fileURLToPath(new URL("../../../../bin/inspan.js", import.meta.url));
const home = mkdtempSync(join(tmpdir(), "inspan-engine-"));
let child: ChildProcess;
let url = "", grpc = "";

function call(path: string, options: { method?: string; headers?: Record<string, string>; body?: Uint8Array | string } = {}): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(`${url}${path}`, { method: options.method ?? "GET", headers: options.headers ?? {} }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => { text += part; }).on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.on("error", reject);
    sent.end(options.body);
  });
}

before(async () => {
  child = spawn(process.execPath, [launcher, "telemetry", "serve", "--data", join(home, "data")], {
    cwd: home,
    env: { ...process.env, INSPAN_HOME: join(home, "state") },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let line = "";
  for await (const part of child.stdout ?? []) { line += String(part); if (line.includes("\n")) break; }
  const said = JSON.parse(line) as { url: string; grpc: string; pid: number };
  ({ url, grpc } = said);
  assert.deepEqual(Object.keys(said), ["url", "grpc", "pid"]);
});
after(async () => {
  child.kill("SIGTERM");
  const [code] = await once(child, "exit") as [number];
  rmSync(home, { recursive: true, force: true });
  assert.equal(code, 0, "SIGTERM ends it with 0");
});

test("the engine answers on loopback names and refuses a foreign Host or Origin", async () => {
  assert.equal((await call("/-/ready")).status, 200);
  assert.equal((await call("/-/ready", { headers: { host: "localhost:1" } })).status, 200);
  assert.equal((await call("/-/ready", { headers: { origin: "http://localhost:5173" } })).status, 200);
  const foreign: Record<string, string>[] = [{ host: "evil.example" }, { host: "127.0.0.1.evil.example" }, { origin: "https://evil.example" }, { origin: "null" }];
  for (const headers of foreign) {
    assert.equal((await call("/-/ready", { headers })).status, 403, JSON.stringify(headers));
  }
});

test("the engine says 404, 405 and 415, and lives on after a bomb and after garbage", async () => {
  assert.equal((await call("/nowhere")).status, 404);
  assert.equal((await call("/-/ready", { method: "POST" })).status, 405);
  const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024));
  const post = (headers: Record<string, string>, body: Uint8Array | string) => call("/v1/metrics", { method: "POST", headers, body });
  assert.equal((await post({ "content-type": "application/x-protobuf", "content-encoding": "gzip" }, bomb)).status, 413);
  assert.equal((await post({ "content-type": "application/x-protobuf", "content-encoding": "gzip" }, "no gzip")).status, 400);
  assert.equal((await post({ "content-type": "application/x-protobuf", "content-encoding": "lzma" }, "x")).status, 415);
  assert.equal((await post({ "content-type": "text/csv" }, "a,b")).status, 415);
  assert.equal((await post({ "content-type": "application/json" }, "{")).status, 400);
  assert.equal((await post({ "content-type": "application/x-protobuf" }, Uint8Array.of(0x0a, 0x7f, 1))).status, 400);
  assert.equal((await post({ "content-type": "application/x-protobuf" }, new Uint8Array(0))).status, 200);
  assert.equal((await call("/inspan/v1/data", { method: "DELETE" })).status, 204);
  assert.equal((await call("/-/ready")).status, 200);
});

test("the gRPC door answers an export, gzip frames, and says why it refuses", async () => {
  const session = connect(grpc);
  const export_ = async (path: string, message: Uint8Array, headers: Record<string, string> = {}, isCompressed = false): Promise<Record<string, unknown>> => {
    const stream = session.request({ ":method": "POST", ":path": path, "content-type": "application/grpc", te: "trailers", ...headers });
    const head = Buffer.alloc(5);
    head[0] = isCompressed ? 1 : 0;
    head.writeUInt32BE(message.length, 1);
    let said: Record<string, unknown> = {};
    stream.on("response", (got) => { said = { ...said, ...got }; });
    stream.on("trailers", (got) => { said = { ...said, ...got }; });
    stream.end(Buffer.concat([head, message]));
    stream.resume();
    await once(stream, "close");
    return said;
  };
  const path = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";
  assert.equal((await export_(path, new Uint8Array(0)))["grpc-status"], "0");
  assert.equal((await export_(path, gzipSync(new Uint8Array(0)), { "grpc-encoding": "gzip" }, true))["grpc-status"], "0");
  assert.equal((await export_(path, Uint8Array.of(0x0a, 0x7f)))["grpc-status"], "3");
  assert.equal((await export_("/x.Y/Z", new Uint8Array(0)))["grpc-status"], "12");
  session.close();
});
