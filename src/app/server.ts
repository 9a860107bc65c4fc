// The server as a running thing: binds, answers, closes in a bounded time. Loaded late, because hono and the task store come with it.
import type { Server } from "node:http";
import { serve } from "@hono/node-server";
import { InspanError } from "../base/errors.ts";
import { withDeadline } from "../base/async.ts";
import type { OperationContext } from "../providers/index.ts";
import { createApplication } from "./server/application.ts";
import { createEvidenceApplication, evidencePath, isEvidenceServed } from "./server/evidence.ts";
import { createCalls } from "./server/calls.ts";
import { isLoopback } from "./server/guard.ts";
import { openLive } from "./server/live.ts";

/** Name of the variable with a token of the user's own; needed for any address but loopback. */
export const tokenVariable = "INSPAN_SERVER_TOKEN";
// A shorter token can be guessed over a network within the life of a server.
const tokenCharsMin = 16;
// Calls that do not end within this time are left to be resumed; the shutdown registry gives us ten seconds in all.
const settleMsMax = 7_000;
// A browser opens six; more are not one person's.
const connectionsMax = 256;

export interface RunningServer {
  /** http://host:port, without the token. */
  readonly url: string;
  readonly token: string;
  /** Address of a bundle's page on the origin of evidence, with the key to it; undefined where others can reach this server. */
  evidenceUrl(bundle: string): string | undefined;
  /** Waits for calls in flight, bounded; then nothing listens any more. Idempotent. */
  close(): Promise<void>;
}

function chooseToken(context: OperationContext, host: string): string {
  const own = context.providers.secrets.fromEnvironment(tokenVariable)?.reveal();
  if (own === undefined && !isLoopback(host)) {
    throw new InspanError("TOKEN_NEEDED", `Cannot serve on "${host}": others can reach that address and no token is set, expected one in ${tokenVariable}.`, {
      kind: "usage",
      remedy: `${tokenVariable}="$(openssl rand -hex 24)" inspan serve --host ${host}`,
    });
  }
  if (own !== undefined && !/^[A-Za-z0-9._~-]+$/.test(own))
    throw new InspanError(
      "TOKEN_INVALID",
      `Cannot use the token in ${tokenVariable}: it has characters that an address or a cookie cannot carry, expected letters, digits and . _ ~ -.`,
      { kind: "usage", remedy: `${tokenVariable}="$(openssl rand -hex 24)" inspan serve` },
    );
  if (own !== undefined && own.length < tokenCharsMin)
    throw new InspanError("TOKEN_INVALID", `Cannot use the token in ${tokenVariable}: it has ${own.length} characters, expected at least ${tokenCharsMin}.`, {
      kind: "usage",
      remedy: `${tokenVariable}="$(openssl rand -hex 24)" inspan serve`,
    });
  return own ?? context.providers.random.hex(24);
}

function listen(fetch: (request: Request) => Response | Promise<Response>, host: string, port: number): Promise<{ readonly server: Server; readonly port: number }> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch, hostname: host, port }, (info) => resolve({ server, port: info.port })) as Server; // without http2 options it is an http.Server
    server.maxConnections = connectionsMax;
    server.once("error", (error: NodeJS.ErrnoException) => {
      const isTaken = error.code === "EADDRINUSE";
      reject(
        new InspanError(
          isTaken ? "PORT_TAKEN" : "LISTEN_FAILED",
          `Cannot serve on ${host}:${port}: ${isTaken ? "another process listens there" : error.message}.`,
          {
            kind: isTaken ? "usage" : "outside",
            remedy: isTaken ? "inspan serve --port 0 (any free port; inspan ps shows what runs)" : "inspan serve --host 127.0.0.1",
            cause: error,
          },
        ),
      );
    });
  });
}

/** Serves the repository around the context's folder. Rejects with TOKEN_NEEDED, TOKEN_INVALID, PORT_TAKEN, LISTEN_FAILED, or where there is no repository. */
export async function startServer(context: OperationContext, options: { readonly host: string; readonly port: number }): Promise<RunningServer> {
  const { host } = options;
  const token = chooseToken(context, host);
  const closing = new AbortController();
  const signal = AbortSignal.any([context.signal, closing.signal]);
  const live = await openLive({ ...context, signal, emit: () => undefined });
  const calls = createCalls((await context.contributions()).flatMap((contribution) => contribution.operations), { ...context, signal });
  let evidence: Awaited<ReturnType<typeof listen>> | undefined;
  const evidenceUrl = (bundle: string) => (evidence === undefined ? undefined : `http://127.0.0.1:${evidence.port}${evidencePath(token, bundle)}`);
  const application = createApplication({ context: { ...context, signal }, calls, live, door: { host, token }, evidenceUrl });
  let listening: Awaited<ReturnType<typeof listen>>;
  try {
    listening = await listen((request) => application.fetch(request), host, options.port);
    const shown = isEvidenceServed(host) ? createEvidenceApplication({ ...context, signal }, token) : undefined;
    if (shown !== undefined) evidence = await listen((request) => shown.fetch(request), "127.0.0.1", 0);
  } catch (error) {
    await live.close();
    throw error;
  }
  const { server, port } = listening;
  let closed: Promise<void> | undefined;
  const close = async () => {
    closing.abort(new InspanError("CANCELLED", "The server stops.", { kind: "cancelled" }));
    const servers = [server, ...(evidence === undefined ? [] : [evidence.server])];
    const ended = Promise.all(servers.map((one) => new Promise<void>((done) => { one.close(() => done()); })));
    await withDeadline(calls.settled(), settleMsMax, () => undefined);
    for (const one of servers) one.closeAllConnections();
    await ended;
    await live.close();
  };
  return { url: `http://${host.includes(":") ? `[${host}]` : host}:${port}`, token, evidenceUrl, close: () => (closed ??= close()) };
}
