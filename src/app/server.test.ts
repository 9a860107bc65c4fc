// The server by real HTTP in this process: who may speak to it, what it answers, and that its stream goes on where a reader left it.
import assert from "node:assert/strict";
import { request, type IncomingMessage } from "node:http";
import { after, before, describe, test } from "node:test";
import { makeSmallRepository, type SmallRepository } from "../../test/support/small-repository.ts";
import { TaskState } from "../domains/task/index.ts";
import { openTasks } from "../domains/task/runtime/index.ts";
import type { OperationContext } from "../providers/index.ts";
import { startServer, type RunningServer } from "./server.ts";
import { createContext } from "./wire.ts";

const api = "/api/inspan/v1";
const usage = { inputTokens: 1200, cachedInputTokens: 0, outputTokens: 34, reasoningTokens: 0, costUsd: null, source: "wire" };
const spent = { turns: 1, attempts: 0, activeMs: 5, usage };
const at = "2026-01-02T03:04:05.000Z";

function heldTask(id: string): TaskState {
  return TaskState.parse({
    version: 1,
    id,
    title: "Move a booking",
    prompt: "Move <b>it</b>",
    source: "person",
    agent: { driver: "builtin" },
    until: "merge",
    isUnsandboxedAllowed: false,
    status: "held",
    phase: "planning",
    hold: { reason: "question", question: "Keep the reminder?", options: ["Yes", "No"], detail: "" },
    tries: { plan: 0, reproduce: 0, validate: 0, checks: 0, merge: 0 },
    review: { round: 0, findings: [], rounds: [] },
    checks: { results: [] },
    messages: [],
    budget: { turns: 9, attempts: 3, tokens: 1e6, minutes: 60 },
    spent,
    spentBefore: spent,
    timeline: [{ phase: "planning", startedAt: at, activeMs: 5, usage }],
    createdAt: at,
    updatedAt: at,
  });
}

let repository: SmallRepository;
let context: OperationContext;
let server: RunningServer;
let closeProviders: () => Promise<void>;

async function makeContext(env: Readonly<Record<string, string | undefined>>): Promise<OperationContext> {
  const stop = new AbortController();
  const closes: (() => Promise<void> | void)[] = [];
  const shutdown = {
    signal: stop.signal,
    onClose: (close: () => Promise<void> | void) => {
      closes.push(close);
      return () => undefined;
    },
    onKill: () => undefined,
    close: async () => undefined,
  };
  closeProviders = async () => { stop.abort(); for (const close of closes) await close(); };
  return createContext({ cwd: repository.path, env, shutdown, readStdin: async () => undefined, progress: () => undefined, emit: () => undefined });
}

before(async () => {
  repository = makeSmallRepository();
  context = await makeContext(repository.env);
  const tasks = await openTasks(context);
  await tasks.store.create(heldTask("aaaaaa"));
  await tasks.store.append(heldTask("aaaaaa").id, at, [1, 2, 3].map((number) => ({ type: "agent", data: { event: "message", text: `line ${number}` } })));
  await tasks.close();
  server = await startServer(context, { host: "127.0.0.1", port: 0 });
});

after(async () => {
  await server.close();
  await closeProviders();
  repository.remove();
});

interface Call { readonly method?: string; readonly path: string; readonly headers?: Readonly<Record<string, string>>; readonly body?: string; readonly base?: string }

function open({ method = "GET", path, headers = {}, body, base = server.url }: Call): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = request(new URL(path, base), { method, headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers } }, resolve);
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

async function readAll(response: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of response.setEncoding("utf8")) text += chunk;
  return text;
}

async function call(options: Call) {
  const response = await open(options);
  const text = await readAll(response);
  const isJson = response.headers["content-type"]?.startsWith("application/json");
  return {
    status: response.statusCode,
    headers: response.headers,
    text,
    json: (isJson ? JSON.parse(text) : {}) as { error?: { code: string; message: string; remedy?: string } } & Record<string, unknown>,
  }; // any JSON of ours
}

const post = (name: string, input: unknown, headers: Readonly<Record<string, string>> = {}) =>
  call({ method: "POST", path: `${api}/${name}`, body: JSON.stringify(input), headers });
const bearer = () => ({ authorization: `Bearer ${server.token}` });
const outcome = ({ status, json }: Awaited<ReturnType<typeof call>>) => `${status} ${json.error?.code ?? ""}`;

/** Messages of the event stream until `isEnough`, then hangs up. */
async function readEvents(path: string, headers: Readonly<Record<string, string>>, isEnough: (events: readonly { event: string; id: string; data: unknown }[]) => boolean) {
  const response = await open({ path, headers });
  assert.equal(response.statusCode, 200);
  assert.match(String(response.headers["content-type"]), /^text\/event-stream/);
  const events: { event: string; id: string; data: unknown }[] = [];
  let text = "";
  for await (const chunk of response.setEncoding("utf8")) {
    text += chunk;
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(text.slice(0, end))?.[1] ?? "";
      events.push({ event: field("event"), id: field("id"), data: JSON.parse(field("data") || "null") });
      text = text.slice(end + 2);
    }
    if (isEnough(events)) break; // leaving the loop destroys the connection
  }
  return events;
}

describe("who may speak to the server", () => {
  const port = () => new URL(server.url).port;
  test("a request under a name that is not ours is refused, whatever it asks (DNS rebinding)", async () => {
    for (const path of ["/", `${api}/operations`, `${api}/live`]) assert.equal(outcome(await call({ path, headers: { host: `evil.example:${port()}` } })), "403 HOST_REFUSED");
    assert.equal(outcome(await post("task/list", {}, { host: `127.0.0.1.evil.example:${port()}` })), "403 HOST_REFUSED");
    assert.equal(outcome(await post("task/list", {}, { host: "192.168.1.7" })), "403 HOST_REFUSED");
    assert.equal((await post("task/list", {}, { host: `user@127.0.0.1:${port()}` })).status, 400); // no host at all
    assert.equal((await post("task/list", {}, { host: `localhost:${port()}` })).status, 200);
  });
  test("a page of another origin is refused, even with the token", async () => {
    for (const origin of ["https://evil.example", "null", "http://127.0.0.1:1", `https://127.0.0.1:${port()}`])
      assert.equal(outcome(await post("task/list", {}, { origin, ...bearer() })), "403 ORIGIN_REFUSED");
    assert.equal((await post("task/list", {}, { origin: server.url })).status, 200);
  });
  test("what a browser marks as cross-site is refused, but a link to the page is followed", async () => {
    assert.equal(outcome(await call({ path: `${api}/operations`, headers: { "sec-fetch-site": "cross-site" } })), "403 ORIGIN_REFUSED");
    assert.equal(outcome(await call({ path: `${api}/live`, headers: { "sec-fetch-site": "same-site", "sec-fetch-mode": "navigate" } })), "403 ORIGIN_REFUSED");
    assert.equal((await call({ path: "/", headers: { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" } })).status, 200);
  });
  test("a write needs the token, a read on loopback does not", async () => {
    const answer = await post("task/send", { id: "aaaaaa", text: "hello" });
    assert.equal(outcome(answer), "401 TOKEN_NEEDED");
    assert.match(String(answer.json.error?.remedy), /inspan serve/);
    assert.equal(outcome(await post("task/send", { id: "aaaaaa", text: "hello" }, { authorization: `Bearer ${"0".repeat(48)}` })), "401 TOKEN_NEEDED");
    assert.equal(outcome(await post("task/send", { id: "aaaaaa", text: "hello" }, bearer())), "409 TASK_AT_REST");
    assert.equal((await post("task/list", {})).status, 200);
  });
  test("the printed address trades the token for a cookie that no script reads and no other site sends", async () => {
    assert.equal(outcome(await call({ path: "/?token=wrong" })), "401 TOKEN_NEEDED");
    const answer = await call({ path: `/?token=${server.token}` });
    assert.equal(answer.status, 303);
    assert.equal(answer.headers.location, "/");
    const cookie = String(answer.headers["set-cookie"]);
    assert.match(cookie, /HttpOnly/);
    assert.match(cookie, /SameSite=Strict/);
    assert.equal(outcome(await post("task/send", { id: "aaaaaa", text: "hello" }, { cookie: `other=1; ${cookie.split(";")[0]}` })), "409 TASK_AT_REST");
  });
  test("any address but loopback refuses to start without a token, and asks for it on every read", async (t) => {
    await assert.rejects(startServer(context, { host: "0.0.0.0", port: 0 }), { code: "TOKEN_NEEDED", kind: "usage" });
    const withToken = (token: string): OperationContext => ({
      ...context,
      providers: { ...context.providers, secrets: { ...context.providers.secrets, fromEnvironment: () => ({ reveal: () => token }) as never } },
    }); // only reveal() is used
    await assert.rejects(startServer(withToken("short"), { host: "0.0.0.0", port: 0 }), { code: "TOKEN_INVALID" });
    const wide = await startServer(withToken("a-token-of-my-own-0123"), { host: "0.0.0.0", port: 0 });
    t.after(() => wide.close());
    const base = `http://127.0.0.1:${new URL(wide.url).port}`;
    assert.equal((await call({ path: `${api}/operations`, base })).status, 401);
    assert.equal((await call({ path: `${api}/live`, base })).status, 401);
    assert.equal((await call({ path: `${api}/task/list`, method: "POST", body: "{}", base })).status, 401);
    assert.equal((await call({ path: `${api}/task/list`, method: "POST", body: "{}", base, headers: { authorization: "Bearer a-token-of-my-own-0123" } })).status, 200);
    assert.equal((await call({ path: `${api}/operations`, base, headers: { host: "evil.example", authorization: "Bearer a-token-of-my-own-0123" } })).status, 403);
  });
});

describe("the table of operations over HTTP", () => {
  test("GET /operations lists what may be called, with schemas, and nothing that is a process of its own", async () => {
    const { json } = await call({ path: `${api}/operations` });
    const operations = json["operations"] as { name: string; readOnly: boolean; inputSchema: { type: string; required?: string[] } }[]; // our own form
    const show = operations.find((operation) => operation.name === "task/show");
    assert.deepEqual([show?.readOnly, show?.inputSchema.type, show?.inputSchema.required], [true, "object", ["id"]]);
    assert.deepEqual(operations.filter(({ name }) => name === "system/serve" || name === "system/mcp"), []);
    assert.equal(outcome(await post("system/serve", {}, bearer())), "404 OPERATION_UNKNOWN");
  });
  test("an operation answers with its JSON", async () => {
    const { json } = await post("task/show", { id: "aaa" });
    assert.equal((json["task"] as TaskState).hold?.question, "Keep the reminder?"); // the operation's own form
  });
  test("what is unknown, wrong or too large says so, and what to do", async () => {
    assert.equal(outcome(await post("task/nothing", {})), "404 OPERATION_UNKNOWN");
    assert.equal(outcome(await post("constructor/prototype", {})), "404 OPERATION_UNKNOWN");
    assert.equal(outcome(await call({ path: `${api}/task/list` })), "405 METHOD_REFUSED");
    assert.equal(outcome(await post("task/show", { id: "zzz" })), "404 TASK_MISSING");
    const wrong = await post("task/list", { limit: "many" });
    assert.equal(outcome(wrong), "400 USAGE");
    assert.match(String(wrong.json.error?.message), /limit/);
    assert.equal(wrong.json.error?.remedy, `GET ${api}/operations`);
    assert.equal(outcome(await post("task/list", [])), "400 USAGE");
    assert.equal(outcome(await call({ method: "POST", path: `${api}/task/list`, body: "{" })), "400 BODY_INVALID");
    assert.equal(outcome(await call({ method: "POST", path: `${api}/task/list`, body: "{}", headers: { "content-type": "text/plain" } })), "415 BODY_INVALID");
    assert.equal(outcome(await post("task/show", { id: "x".repeat(1024 * 1024) })), "413 BODY_TOO_LARGE");
    assert.equal(outcome(await call({ path: "/../package.json" })), "404 NOT_FOUND");
    assert.equal(outcome(await call({ path: "/constructor" })), "404 NOT_FOUND");
  });
  test("a body without a length is bounded too", async () => {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = request(
        new URL(`${api}/task/show`, server.url),
        { method: "POST", headers: { "content-type": "application/json", "transfer-encoding": "chunked" } },
        resolve,
      );
      outgoing.on("error", reject);
      outgoing.write(`{"id":"${"x".repeat(700_000)}`);
      outgoing.end("x".repeat(700_000));
    });
    assert.equal(response.statusCode, 413);
    await readAll(response);
  });
  test("a streaming operation tells its events as JSON lines or as server-sent events, and ends with the result", async () => {
    const lines = (await post("task/attach", { id: "aaaaaa" })).text.trim().split("\n").map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.deepEqual(
      lines.map((line) => [line["version"], line["seq"], line["type"], line["text"] ?? line["state"]]),
      [
        [1, 0, "agent", "line 1"],
        [1, 1, "agent", "line 2"],
        [1, 2, "agent", "line 3"],
        [1, 3, "result", "held"],
      ],
    );
    const events = await post("task/attach", { id: "aaaaaa" }, { accept: "text/event-stream" });
    assert.match(events.text, /^id: 0\nevent: agent\ndata: \{"version":1.*\n\n[\s\S]*\n\nid: 3\nevent: result\ndata: .*\n\n$/);
    assert.equal(outcome(await post("task/attach", { id: "zzz" })), "404 TASK_MISSING");
  });
  test("a task cannot be started without a prompt: the server's own input is no prompt", async () => {
    assert.equal(outcome(await post("task/run", {}, bearer())), "400 PROMPT_EMPTY");
  });
});

describe("the page and its stream", () => {
  test("every file of the page is served under a policy that allows nothing inline", async () => {
    const page = await call({ path: "/" });
    const names = [...page.text.matchAll(/(?:src|href)="(\/[a-z.]+)"/g)].map((match) => match[1] ?? "");
    const modules = (
      await Promise.all(["/page.js", "/list.js", "/task.js", "/transcript.js", "/diff.js", "/guardrails.js"].map(async (path) => (await call({ path })).text))
    ).flatMap((text) => [...text.matchAll(/from "\.(\/[a-z]+\.js)"/g)].map((match) => match[1] ?? ""));
    assert.ok(names.length >= 3 && modules.length >= 5);
    for (const path of new Set([...names, ...modules])) assert.equal((await call({ path })).status, 200, path);
    for (const answer of [page, await call({ path: `${api}/operations` }), await call({ path: "/nothing" })]) {
      assert.match(String(answer.headers["content-security-policy"]), /default-src 'none'; script-src 'self'; style-src 'self'/);
      assert.equal(answer.headers["x-content-type-options"], "nosniff");
      assert.equal(answer.headers["access-control-allow-origin"], undefined);
    }
    assert.doesNotMatch(page.text, /<script>|<style|style=|onclick/);
  });
  test("one stream tells the list, the task and its journal, and goes on after Last-Event-ID", async () => {
    const first = await readEvents(`${api}/live?task=aaaaaa`, {}, (events) => events.some(({ id }) => id === "2"));
    assert.deepEqual([...new Set(first.map(({ event }) => event))], ["repository", "tasks", "task", "record"]);
    const rows = (first.find(({ event }) => event === "tasks")?.data as { tasks: unknown[] }).tasks; // live.ts's form
    assert.deepEqual(rows, [
      {
        id: "aaaaaa",
        title: "Move a booking",
        status: "held",
        isRunning: false,
        place: "needs-you",
        agent: "builtin",
        tokens: 1234,
        pullRequest: null,
        question: "Keep the reminder?",
        createdAt: at,
        updatedAt: at,
      },
    ]);
    const tasks = await openTasks(context);
    try {
      const resumed = readEvents(`${api}/live?task=aaaaaa`, { "last-event-id": "2" }, (events) => events.some(({ id }) => id === "4"));
      await tasks.store.append(heldTask("aaaaaa").id, at, [{ type: "message", data: { text: "new" } }]);
      assert.deepEqual(
        (await resumed).filter(({ event }) => event === "record").map(({ id, data }) => [id, (data as { data: { text: string } }).data.text]),
        [
          ["3", "line 3"],
          ["4", "new"],
        ],
      );
    } finally { await tasks.close(); }
  });
  test("a task that is not there is said to be missing, and the list still comes", async () => {
    const events = await readEvents(`${api}/live?task=zzz`, {}, (seen) => seen.some(({ event }) => event === "tasks"));
    assert.deepEqual(events.map(({ event }) => event), ["repository", "missing", "tasks"]);
  });
});
