// Serves routes over node:http: finds the route, checks access, reads the body, reports the request.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type Auth, type HttpReply, replyError, type Route, type Telemetry } from "../providers/index.ts";

/** A booking is a few hundred bytes; more than this is not a booking. */
const bodySizeMaxBytes = 16 * 1024;

type Parts = { readonly routes: readonly Route[]; readonly auth: Auth; readonly telemetry: Telemetry };
type Match = { readonly route: Route; readonly params: Readonly<Record<string, string>> };

export function createHttpServer(parts: Parts): Server {
  return createServer((request, response) => void serve(parts, request, response));
}

async function serve(parts: Parts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { telemetry } = parts;
  const startedAtMs = performance.now();
  const method = request.method ?? "GET";
  const url = new URL(request.url ?? "/", "http://desk");
  const match = findRoute(parts.routes, { method, pathname: url.pathname });
  const route = match?.route.path ?? "none";
  await telemetry.span(`${method} ${route}`, { "http.request.method": method, "http.route": route }, async (note) => {
    const reply = await answer(parts, { request, url, match }).catch((error: unknown) => {
      telemetry.log("error", "http.failed", { method, route, message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
      return replyError(500, { code: "internal", message: "Something broke on our side." });
    });
    note({ "http.response.status_code": reply.status });
    const durationMs = performance.now() - startedAtMs;
    const labels = { "http.request.method": method, "http.route": route, "http.response.status_code": reply.status };
    telemetry.observe("http.server.request.duration", durationMs, labels);
    telemetry.log("info", "http.request", { method, route, status: reply.status, durationMs: Math.round(durationMs * 100) / 100 });
    response.writeHead(reply.status, reply.headers).end(reply.body);
  });
}

type Question = { readonly request: IncomingMessage; readonly url: URL; readonly match: Match | undefined };

async function answer(parts: Parts, { request, url, match }: Question): Promise<HttpReply> {
  if (match === undefined) return replyError(404, { code: "not-found", message: `There is nothing at ${url.pathname}.` });
  const { route, params } = match;
  const { authorization, cookie } = request.headers;
  if (route.access === "write" && !parts.auth.isAllowed({ authorization, cookie })) {
    return replyError(401, { code: "unauthorized", message: "Open the desk's page again, or send its token." });
  }
  const body = await readJsonBody(request);
  if (body.kind === "invalid") return replyError(400, { code: "invalid-body", message: body.message });
  const reply = await route.handle({ params, query: url.searchParams, body: body.value });
  if (route.access !== "page") return reply;
  return { ...reply, headers: { ...reply.headers, "set-cookie": parts.auth.startSession() } };
}

function findRoute(routes: readonly Route[], wanted: { readonly method: string; readonly pathname: string }): Match | undefined {
  for (const route of routes) {
    const params = route.method === wanted.method ? matchPath(route.path, wanted.pathname) : undefined;
    if (params !== undefined) return { route, params };
  }
  return undefined;
}

function matchPath(pattern: string, pathname: string): Readonly<Record<string, string>> | undefined {
  const expected = pattern.split("/");
  const actual = pathname.split("/");
  if (expected.length !== actual.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of expected.entries()) {
    const value = actual[index] ?? "";
    if (part.startsWith(":") && value !== "") params[part.slice(1)] = value;
    else if (part !== value) return undefined;
  }
  return params;
}

type JsonBody = { readonly kind: "read"; readonly value: unknown } | { readonly kind: "invalid"; readonly message: string };

/** Only application/json is taken: a form of another site cannot send that without asking first. */
async function readJsonBody(request: IncomingMessage): Promise<JsonBody> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request) {
    const piece = Buffer.from(chunk);
    sizeBytes += piece.length;
    // What is too much is read and dropped: leaving early would cut the connection before the answer.
    if (sizeBytes <= bodySizeMaxBytes) chunks.push(piece);
  }
  if (sizeBytes > bodySizeMaxBytes) return { kind: "invalid", message: `The body is larger than ${bodySizeMaxBytes} bytes.` };
  if (sizeBytes === 0) return { kind: "read", value: undefined };
  if (!(request.headers["content-type"] ?? "").startsWith("application/json")) {
    return { kind: "invalid", message: "The body must be sent as application/json." };
  }
  try {
    return { kind: "read", value: JSON.parse(Buffer.concat(chunks).toString("utf8")) };
  } catch {
    return { kind: "invalid", message: "The body is not JSON." }; // the sender's mistake, not ours
  }
}
