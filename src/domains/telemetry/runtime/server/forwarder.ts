// Sends on what OTLP requests the engine has taken, to one OTLP/HTTP endpoint, behind a bounded queue. Off until somebody names an endpoint.
import type { GrpcMethod, Route } from "./route.ts";
import { HttpError } from "../../types/http-error.ts";

/** What may wait for a slow endpoint; beyond it requests are dropped and counted. */
const waitingBytesMax = 64 * 1024 * 1024;
const sendMsMax = 10_000;

interface Waiting { readonly path: string; readonly type: string; readonly body: Uint8Array }

const grpcPaths: Readonly<Record<string, string>> = {
  "/opentelemetry.proto.collector.trace.v1.TraceService/Export": "/v1/traces", "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export": "/v1/metrics",
  "/opentelemetry.proto.collector.logs.v1.LogsService/Export": "/v1/logs",
};

export class Forwarder {
  private url: string | undefined;
  private waiting: Waiting[] = [];
  private waitingBytes = 0;
  private isSending = false;
  private sent = 0;
  private dropped = 0;

  /** Undefined turns it off and forgets what waits. */
  configure(url: string | undefined): void {
    if (url !== undefined && !/^https?:\/\/\S+$/.test(url)) throw new HttpError(400, "Cannot forward: expected an http or https URL.");
    this.url = url?.replace(/\/+$/, "");
    if (url === undefined) { this.waiting = []; this.waitingBytes = 0; }
  }

  status(): { readonly url: string | null; readonly sent: number; readonly dropped: number; readonly waiting: number } {
    return { url: this.url ?? null, sent: this.sent, dropped: this.dropped, waiting: this.waiting.length };
  }

  private add(one: Waiting): void {
    if (this.url === undefined) return;
    if (this.waitingBytes + one.body.length > waitingBytesMax) { this.dropped += 1; return; }
    this.waiting.push(one);
    this.waitingBytes += one.body.length;
    if (!this.isSending) { this.isSending = true; void this.send(); }
  }

  private async send(): Promise<void> {
    for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift()) {
      this.waitingBytes -= next.body.length;
      const isSent = this.url !== undefined && await post(`${this.url}${next.path}`, next);
      if (isSent) this.sent += 1;
      else this.dropped += 1;
    }
    this.isSending = false;
  }

  /** The same route, whose accepted bodies are sent on. */
  wrapRoute(route: Route): Route {
    if (route.method !== "POST" || !/^\/v1\/(?:traces|metrics|logs)$/.test(route.path)) return route;
    return {
      ...route,
      handler: async (request) => {
        if (this.url === undefined) return route.handler(request);
        let body: Uint8Array | undefined;
        const answer = await route.handler({ ...request, readBody: async () => body = await request.readBody() });
        if (answer.status === 200 && body !== undefined)
          this.add({ path: route.path, type: request.header("content-type") ?? "application/x-protobuf", body: Uint8Array.from(body) }); // the body's room is used again
        return answer;
      },
    };
  }

  wrapMethod(method: GrpcMethod): GrpcMethod {
    const path = grpcPaths[method.path];
    if (path === undefined) return method;
    return {
      ...method,
      handler: async (message) => {
        const answer = await method.handler(message);
        this.add({ path, type: "application/x-protobuf", body: message });
        return answer;
      },
    };
  }

  routes(): readonly Route[] {
    return [
      { method: "PUT", path: "/inspan/v1/forward", handler: async (request) => {
        const bytes = await request.readBody();
        let document: unknown;
        try { document = JSON.parse(Buffer.from(bytes).toString("utf8")); } catch { document = undefined; }
        if (typeof document !== "object" || document === null || !("url" in document) || (document.url !== null && typeof document.url !== "string"))
          throw new HttpError(400, 'Cannot configure forwarding: expected {"url": "https://…"} or {"url": null}.');
        this.configure(document.url ?? undefined);
        return { status: 200, body: JSON.stringify(this.status()) };
      } },
      { method: "GET", path: "/inspan/v1/forward", handler: () => ({ status: 200, body: JSON.stringify(this.status()) }) },
    ];
  }
}

async function post(url: string, one: Waiting): Promise<boolean> {
  try {
    const response = await fetch(url, { method: "POST", headers: { "content-type": one.type }, body: Buffer.from(one.body), signal: AbortSignal.timeout(sendMsMax) });
    await response.arrayBuffer();
    return response.ok;
  } catch { return false; } // told by the count of dropped requests
}
