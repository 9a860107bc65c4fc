// The gate over real sockets: who passes, who does not, and that the key stays on this side.
import { strict as assert } from "node:assert";
import { createServer, request } from "node:http";
import type { IncomingHttpHeaders, Server } from "node:http";
import { createServer as createTcpServer } from "node:net";
import type { Server as TcpServer, Socket } from "node:net";
import { after, before, test } from "node:test";
import { createNodeProviders } from "../../../providers/node/index.ts";
import { Secret } from "../../../providers/index.ts";
import { createModelRelay } from "../../model/runtime/index.ts";
import { openGate } from "./gate.ts";
import type { Gate, GateOptions } from "./gate.ts";

const token = "token-of-test";
let upstream: Server;
let echo: TcpServer;
let gate: Gate;
let seen: { url: string | undefined; headers: IncomingHttpHeaders; body: string } | undefined;
let refusal: string | undefined;
const refused: string[] = [];

function portOf(server: TcpServer): number {
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  return address.port;
}

async function listen(server: TcpServer): Promise<number> {
  await new Promise<void>((resolve) => { server.listen(0, "127.0.0.1", resolve); });
  return portOf(server);
}

before(async () => {
  upstream = createServer((incoming, response) => {
    let body = "";
    incoming.on("data", (chunk: Buffer) => { body += chunk.toString("utf8"); }).on("end", () => {
      seen = { url: incoming.url, headers: incoming.headers, body };
      response.writeHead(incoming.url?.includes("models") ? 200 : 402, { "retry-after": "7", "content-type": "text/event-stream" }).end("data: x\n\n");
    });
  });
  echo = createTcpServer((socket) => socket.pipe(socket));
  await listen(upstream);
  const options: GateOptions = {
    token, allowedHosts: [`localhost:${await listen(echo)}`],
    model: createModelRelay({
      providers: createNodeProviders({ env: {}, statePath: "/nowhere", version: "0.0.0" }),
      wire: "responses",
      baseUrl: `http://127.0.0.1:${portOf(upstream)}/base/v1/`,
      key: new Secret("the-key"),
      price: undefined,
      onModelCall: () => refusal, onUsage: () => undefined, onWait: () => undefined, onRefused: (what) => refused.push(what),
    }),
    onHook: (body) => Promise.resolve(`{"asked":${body}}`),
    onMcp: (body) => Promise.resolve(body === "quiet" ? undefined : `{"told":${body}}`),
    onRefused: (what) => refused.push(what),
  };
  gate = await openGate(options);
});
after(async () => {
  await gate.close();
  upstream.close();
  echo.close();
});

const ask = (path: string, init?: RequestInit): Promise<Response> => fetch(`http://127.0.0.1:${gate.port}${path}`, init);

test("a model call is passed on with the key, and its status and headers come back", async () => {
  const answer = await ask(`/${token}/v1/responses?a=1`, { method: "POST", body: "{}", headers: { authorization: "Bearer of the sandbox", "thread-id": "t" } });
  assert.deepEqual([answer.status, answer.headers.get("retry-after"), await answer.text()], [402, "7", "data: x\n\n"]);
  assert.deepEqual([seen?.url, seen?.body, seen?.headers["authorization"], seen?.headers["thread-id"]], ["/base/v1/responses?a=1", "{}", "Bearer the-key", "t"]);
});

test("a bound of model calls refuses with its reason before the model is asked", async () => {
  refusal = "enough";
  seen = undefined;
  const answer = await ask(`/${token}/v1/responses`, { method: "POST", body: "{}" });
  refusal = undefined;
  assert.equal(answer.status, 400);
  assert.match(await answer.text(), /enough/);
  assert.equal(seen, undefined);
});

test("other paths, methods and tokens reach nothing", async () => {
  seen = undefined;
  for (const [path, method] of [["/wrong/v1/responses", "POST"], ["/v1/responses", "POST"], [`/${token}/v1/files`, "GET"], [`/${token}/v1/responses`, "DELETE"], [`/${token}/v1/../admin`, "GET"], [`/${token}/`, "GET"]] as const) {
    assert.ok((await ask(path, { method })).status >= 403, path);
  }
  assert.equal(seen, undefined);
});

test("a hook's question is answered with what it shall print", async () => {
  assert.equal(await (await ask(`/${token}/hook`, { method: "POST", body: "1" })).text(), `{"asked":1}`);
});

test("a message of the MCP server inside is answered, or taken without an answer", async () => {
  const post = (body: string) => ask(`/${token}/mcp`, { method: "POST", body });
  assert.equal(await (await post("2")).text(), `{"told":2}`);
  assert.equal((await post("quiet")).status, 202);
});

function tunnel(target: string, user: string): Promise<{ readonly status: number | undefined; readonly socket: Socket }> {
  return new Promise((resolve, reject) => {
    request({
      host: "127.0.0.1",
      port: gate.port,
      method: "CONNECT",
      path: target,
      agent: false,
      headers: { "proxy-authorization": `Basic ${Buffer.from(user).toString("base64")}` },
    })
      .on("connect", (response, socket) => resolve({ status: response.statusCode, socket: socket as Socket })) // node:http hands the TCP socket over
      .on("error", reject).end();
  });
}

test("a tunnel opens to a listed host only, and only with the token", async () => {
  const port = portOf(echo);
  const open = await tunnel(`localhost:${port}`, `inspan:${token}`);
  assert.equal(open.status, 200);
  const answer = new Promise((resolve) => { open.socket.once("data", (chunk: Buffer) => resolve(chunk.toString("utf8"))); });
  open.socket.write("hello");
  assert.equal(await answer, "hello");
  open.socket.destroy();
  refused.length = 0;
  for (const [target, user] of [[`localhost:${port}`, "inspan:wrong"], [`localhost:${port + 1}`, `inspan:${token}`], [`127.0.0.1:${port}`, `inspan:${token}`], ["example.com:443", `inspan:${token}`]] as const) {
    const { status, socket } = await tunnel(target, user);
    assert.equal(status, 403, target);
    socket.destroy();
  }
  assert.equal(refused.length, 4);
});
