// Routes: the page, the table of operations, the live stream; every request passes the guard first. Knows no socket.
import { Hono, type Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import { setCookie } from "hono/cookie";
import { streamSSE } from "hono/streaming";
import { InspanError } from "../../base/errors.ts";
import type { AnyOperation, OperationContext } from "../../providers/index.ts";
import { errorBody, toErrorBody, toStatus, type ErrorStatus } from "./answers.ts";
import { callStreaming, describeOperation, type Calls } from "./calls.ts";
import { cookieName, isToken, judgeCaller, judgeToken, type Caller, type Door } from "./guard.ts";
import type { Live } from "./live.ts";
import { readPageFile, safeHeaders } from "./page.ts";

// The largest honest input is a prompt of 200,000 characters; above this a body only fills memory.
const bodyBytesMax = 1024 * 1024;
// Tabs of one person; each holds a connection and looks at the store five times a second.
const streamsMax = 32;
const api = "/api/inspan/v1";

export interface ApplicationOptions {
  readonly context: OperationContext;
  readonly calls: Calls;
  readonly live: Live;
  readonly door: Door;
  /** Where a bundle of evidence is shown; undefined where it is not. */
  evidenceUrl(bundle: string): string | undefined;
}

function callerOf(c: Context): Caller {
  const header = (name: string) => c.req.header(name);
  return {
    method: c.req.method, path: c.req.path, host: header("host"), origin: header("origin"), fetchSite: header("sec-fetch-site"), fetchMode: header("sec-fetch-mode"),
    authorization: header("authorization"), cookie: header("cookie"),
  };
}

function fail(c: Context, status: ErrorStatus, code: string, message: string, remedy: string | undefined): Response {
  return c.json(errorBody(code, message, remedy), status);
}

async function readInput(c: Context): Promise<unknown> {
  const text = await c.req.text();
  if (text.trim() === "") return {};
  try {
    return JSON.parse(text);
  } catch {
    throw new InspanError("BODY_INVALID", "Cannot read the body: it is not JSON, expected the operation's input as a JSON object.", {
      kind: "usage",
      remedy: `GET ${api}/operations`,
    });
  }
}

async function answerCall(c: Context, operation: AnyOperation, { calls, context }: ApplicationOptions): Promise<Response> {
  const input = await readInput(c);
  if (!operation.isStreaming) return c.json(await calls.start(operation, input, { clientGone: c.req.raw.signal, emit: () => undefined }) as object); // every operation returns an object
  const form = c.req.header("accept")?.includes("text/event-stream") ? "sse" : "lines";
  const body = await callStreaming(calls, operation, input, { form, nowIso: () => context.providers.clock.nowIso() });
  return c.body(body, 200, { "content-type": form === "sse" ? "text/event-stream; charset=utf-8" : "application/x-ndjson; charset=utf-8" });
}

/** The page's one stream. `task` names the task that is watched; the journal goes on after Last-Event-ID, or `after`. */
function addLive(app: Hono, { live, door, context }: ApplicationOptions): void {
  let streams = 0;
  app.get(`${api}/live`, (c) => {
    const refusal = judgeToken(callerOf(c), door, false);
    if (refusal) return fail(c, refusal.status, refusal.code, refusal.message, refusal.remedy);
    if (streams >= streamsMax) return fail(c, 503, "TOO_MANY_STREAMS", `Cannot open another stream: ${streams} are open.`, "close a tab of this page");
    const after = Number(c.req.header("last-event-id") ?? c.req.query("after") ?? "0");
    const taskId = c.req.query("task");
    return streamSSE(c, async (stream) => {
      const gone = new AbortController();
      stream.onAbort(() => gone.abort());
      streams += 1;
      try {
        await live.follow({
          taskId,
          after: Number.isSafeInteger(after) && after > 0 ? after : 0,
          signal: AbortSignal.any([gone.signal, context.signal]),
          send: async (message) => {
            await stream.writeSSE({ ...message, ...(message.event === "repository" ? { retry: 1000 } : {}) });
          },
        });
      } finally { streams -= 1; }
    }, async (error) => { context.providers.log.error("server.live.failed", { message: error.message }); });
  });
}

/** Everything the server answers, ready for a socket or for a test. */
export function createApplication(options: ApplicationOptions): Hono {
  const { context, calls, door } = options;
  const app = new Hono();
  app.use(async (c, next) => {
    for (const [name, value] of Object.entries(safeHeaders)) c.header(name, value);
    const refusal = judgeCaller(callerOf(c), door);
    if (refusal) return fail(c, refusal.status, refusal.code, refusal.message, refusal.remedy);
    await next();
    return undefined;
  });
  app.use(`${api}/*`, bodyLimit({ maxSize: bodyBytesMax, onError: (c) => {
    c.header("connection", "close"); // the rest of the body is not read, so nothing else can follow on this connection
    return fail(c, 413, "BODY_TOO_LARGE", `Cannot read the body: more than ${bodyBytesMax} bytes.`, "put the text into a file of the repository and name it in the prompt");
  } }));
  app.get(`${api}/operations`, (c) => {
    const refusal = judgeToken(callerOf(c), door, false);
    if (refusal) return fail(c, refusal.status, refusal.code, refusal.message, refusal.remedy);
    return c.json({ version: 1, operations: [...calls.operations.values()].map(describeOperation) });
  });
  addLive(app, options);
  app.all(`${api}/:domain/:verb`, async (c) => {
    const name = `${c.req.param("domain")}/${c.req.param("verb")}`;
    const operation = calls.operations.get(name);
    if (!operation) return fail(c, 404, "OPERATION_UNKNOWN", `Cannot call "${name}": no such operation.`, `GET ${api}/operations`);
    if (c.req.method !== "POST") {
      c.header("allow", "POST");
      return fail(c, 405, "METHOD_REFUSED", `Cannot ${c.req.method} "${name}": operations are called by POST.`, `POST ${api}/${name}`);
    }
    const refusal = judgeToken(callerOf(c), door, !operation.readOnly);
    if (refusal) return fail(c, refusal.status, refusal.code, refusal.message, refusal.remedy);
    // A page of another site can send other types without asking first.
    if (!/^application\/json\b/i.test(c.req.header("content-type") ?? ""))
      return fail(c, 415, "BODY_INVALID", "Cannot read the body: its type is not application/json.", "send the header content-type: application/json");
    return answerCall(c, operation, options);
  });
  // Evidence is shown on an origin of its own: what it holds is somebody else's. Whoever has the token is led there.
  app.get("/evidence/:bundle", (c) => {
    const refusal = judgeToken(callerOf(c), door, true);
    if (refusal && !isToken(c.req.query("token") ?? "", door)) return fail(c, refusal.status, refusal.code, refusal.message, refusal.remedy);
    const url = options.evidenceUrl(c.req.param("bundle"));
    return url === undefined
      ? fail(
          c,
          403,
          "LOOPBACK_ONLY",
          "Cannot show evidence here: others can reach this server, and evidence is served on loopback only.",
          "inspan evidence show",
        )
      : c.redirect(url, 303);
  });
  app.get("/", async (c, next) => {
    const token = c.req.query("token");
    if (token === undefined) return next();
    if (!isToken(token, door))
      return fail(c, 401, "TOKEN_NEEDED", "Cannot open the page: this token is not valid (any more).", "open the address that `inspan serve` printed last");
    setCookie(c, cookieName(new URL(c.req.url).port || "80"), door.token, { httpOnly: true, sameSite: "Strict", path: "/" });
    return c.redirect("/", 303);
  });
  app.get("*", async (c) => {
    const file = await readPageFile(c.req.path);
    return file ? c.body(file.bytes, 200, { "content-type": file.type }) : fail(c, 404, "NOT_FOUND", `Cannot find "${c.req.path}".`, `GET ${api}/operations`);
  });
  app.notFound((c) => fail(c, 404, "NOT_FOUND", `Cannot find "${c.req.path}".`, `GET ${api}/operations`));
  app.onError((error, c) => {
    const status = error instanceof InspanError && error.code === "TOO_MANY_CALLS" ? 429 : toStatus(error);
    if (status === 500) context.providers.log.error("server.call.failed", { path: c.req.path, message: error.message });
    return c.json(toErrorBody(error), status);
  });
  return app;
}
