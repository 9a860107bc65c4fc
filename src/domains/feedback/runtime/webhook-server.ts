// `inspan feedback serve`: webhooks of forges, chats and alerts on loopback. Everything is proved, bounded and only ever stored.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { promisify } from "node:util";
import { brotliDecompress, gunzip, inflate } from "node:zlib";
import { InspanError, messageOf } from "../../../base/errors.ts";
import { parseJson } from "../../../base/json.ts";
import type { Providers } from "../../../providers/index.ts";
import { readWebhook, webhookSources, type WebhookSource } from "../service/webhooks.ts";
import { deliveryId, judgeDelivery } from "./webhook-door.ts";
import type { SignalRecorder } from "./index.ts";

/** GitHub sends up to 25 MB, of which a comment is 64 KiB; above this nothing is read. */
const bodyBytesMax = 1024 * 1024;
/** Of one source in a minute. A repository of a thousand people says less; a loop says more. */
const perMinuteDefault = 600;
const connectionsMax = 64;
const requestMsMax = 10_000;
/** A shorter secret can be guessed. */
const secretCharsMin = 16;
/** What is turned away within so long is written down together, before any of it is answered: each write waits for the disk. */
const floodMs = 20;
/** Sentry's client libraries use one of these; by the name in Content-Encoding. */
const decoders: Readonly<Record<string, (body: Buffer, options: { readonly maxOutputLength: number }) => Promise<Buffer>>> = {
  gzip: promisify(gunzip),
  "x-gzip": promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
  identity: async (body) => body,
};

export interface WebhookServer { readonly url: string; readonly sources: readonly WebhookSource[]; close(): Promise<void> }
export interface WebhookOptions {
  readonly providers: Pick<Providers, "clock" | "secrets" | "log">;
  readonly signals: SignalRecorder;
  readonly port: number;
  /** Deliveries of one source in a minute; 600 unless told. */
  readonly perMinuteMax?: number;
  onTaken(taken: { readonly source: WebhookSource; readonly received: number; readonly added: number }): void;
}

interface Answer { readonly status: number; readonly body: object; readonly headers?: Readonly<Record<string, string>> }
const refusal = (status: number, code: string, message: string): Answer => ({ status, body: { error: { code, message } } });

export const secretNameOf = (source: WebhookSource): string => `INSPAN_WEBHOOK_${source.toUpperCase()}`;

/** What is open: a source without a secret of its own or the common one is shut. Throws WEBHOOK_SECRET. */
function readSecrets({ secrets }: WebhookOptions["providers"]): ReadonlyMap<WebhookSource, string> {
  const common = secrets.fromEnvironment("INSPAN_WEBHOOK_SECRET")?.reveal();
  const found = new Map<WebhookSource, string>();
  for (const source of webhookSources) {
    const secret = secrets.fromEnvironment(secretNameOf(source))?.reveal() ?? common;
    if (secret === undefined) continue;
    if (secret.length < secretCharsMin)
      throw new InspanError(
        "WEBHOOK_SECRET",
        `Cannot take webhooks of ${source}: the secret has ${secret.length} characters, expected at least ${secretCharsMin}.`,
        { kind: "usage", remedy: `${secretNameOf(source)}="$(openssl rand -hex 24)" inspan feedback serve` },
      );
    found.set(source, secret);
  }
  if (found.size === 0) throw new InspanError("WEBHOOK_SECRET", "Cannot take webhooks: no secret is set, expected one that only the sender knows.", { kind: "usage", remedy: `${secretNameOf("github")}="$(openssl rand -hex 24)" inspan feedback serve` });
  return found;
}

function sourceOf(path: string): WebhookSource | undefined {
  if (/^\/api\/[\w-]{1,100}\/(?:envelope|store)\/?$/.test(path)) return "sentry"; // as Sentry's client libraries ask
  const name = /^\/hooks\/([a-z]{1,20})$/.exec(path)?.[1];
  return webhookSources.find((one) => one === name);
}

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  if (Number(request.headers["content-length"] ?? 0) > bodyBytesMax) return undefined;
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    const bytes = part as Buffer; // a request without an encoding gives buffers
    size += bytes.length;
    if (size > bodyBytesMax) return undefined;
    parts.push(bytes);
  }
  return Buffer.concat(parts);
}

async function readText(body: Buffer, { source, encoding, type }: { readonly source: WebhookSource; readonly encoding: string; readonly type: string }): Promise<string | Answer> {
  const name = encoding.trim().toLowerCase();
  const decode = Object.hasOwn(decoders, name) ? decoders[name] : undefined;
  if (decode === undefined) return refusal(415, "ENCODING_UNKNOWN", `Cannot read this delivery: its encoding is "${name.slice(0, 40)}", expected ${Object.keys(decoders).join(", ")}.`);
  const text = (await decode(body, { maxOutputLength: bodyBytesMax * 4 })).toString("utf8");
  // A webhook of GitHub is a form unless somebody chose JSON; its signature is of the form's bytes.
  return source === "github" && /^application\/x-www-form-urlencoded\b/i.test(type) ? new URLSearchParams(text).get("payload") ?? "" : text;
}

/** Each source's own count of the running minute, and what was turned away. */
function createGate(options: WebhookOptions) {
  const perMinuteMax = options.perMinuteMax ?? perMinuteDefault;
  const minutes = new Map<WebhookSource, { minute: number; count: number; turned: number }>();
  const tell = async (source: WebhookSource, entry: { turned: number }) => {
    const count = entry.turned;
    entry.turned = 0;
    if (count > 0) await options.signals.noteFlood(`webhook:${source}`, count);
  };
  const telling = new Map<WebhookSource, Promise<void>>();
  return {
    async pass(source: WebhookSource): Promise<boolean> {
      const minute = Math.floor(options.providers.clock.monotonicMs() / 60_000);
      const entry = minutes.get(source) ?? { minute, count: 0, turned: 0 };
      minutes.set(source, entry);
      if (entry.minute !== minute) { entry.minute = minute; entry.count = 0; }
      entry.count += 1;
      if (entry.count <= perMinuteMax) return true; // the rest of the minute is only counted
      entry.turned += 1;
      const told = telling.get(source) ?? options.providers.clock.sleep(floodMs).then(() => { telling.delete(source); return tell(source, entry); });
      telling.set(source, told);
      await told;
      return false;
    },
    /** Everything that was counted is written down. */
    async settle() {
      await Promise.allSettled(telling.values());
      for (const [source, entry] of minutes) await tell(source, entry);
    },
  };
}

/** Serves until closed. Rejects with WEBHOOK_SECRET, LISTEN_FAILED. */
export async function serveWebhooks(options: WebhookOptions): Promise<WebhookServer> {
  const { providers, signals } = options;
  const secrets = readSecrets(providers);
  const gate = createGate(options);

  const take = async (request: IncomingMessage): Promise<Answer> => {
    const url = new URL(request.url ?? "/", "http://localhost");
    const source = sourceOf(url.pathname);
    if (source === undefined) return refusal(404, "HOOK_UNKNOWN", `Cannot find "${url.pathname.slice(0, 100)}": expected /hooks/${webhookSources.join("|")}.`);
    if (request.method !== "POST") return { ...refusal(405, "METHOD_REFUSED", "A webhook is a POST."), headers: { allow: "POST" } };
    const secret = secrets.get(source);
    if (secret === undefined) return refusal(403, "HOOK_SHUT", `No secret for ${source} is set (${secretNameOf(source)}).`);
    const body = await readBody(request);
    if (body === undefined) return { ...refusal(413, "BODY_TOO_LARGE", `More than ${bodyBytesMax} bytes.`), headers: { connection: "close" } };
    const header = (name: string) => { const value = request.headers[name]; return Array.isArray(value) ? value[0] : value; };
    const verdict = judgeDelivery({ source, header, body, query: url.searchParams }, secret, providers.clock.nowMs());
    if (verdict.kind === "refused") {
      providers.log.warn("webhook.refused", { source, reason: verdict.reason });
      return refusal(401, "NOT_PROVED", `Cannot take this delivery: ${verdict.reason}.`);
    }
    if (!(await gate.pass(source))) return { ...refusal(429, "TOO_MANY", `More than ${options.perMinuteMax ?? perMinuteDefault} deliveries of ${source} in a minute; this one is counted, not kept.`), headers: { "retry-after": "60" } };
    const text = await readText(body, { source, encoding: header("content-encoding") ?? "identity", type: header("content-type") ?? "" });
    if (typeof text !== "string") return text;
    const payload = parseJson(text);
    // An envelope of Sentry is lines, and a text is a text; what a forge or a chat sends is one document.
    if (payload === undefined && source !== "text" && source !== "sentry") return refusal(400, "BODY_INVALID", `Cannot read this delivery: not the JSON that ${source} sends.`);
    if (source === "sentry" && parseJson(text.split("\n", 1)[0] ?? "") === undefined && payload === undefined) return refusal(400, "BODY_INVALID", "Cannot read this delivery: neither an event nor an envelope.");
    if (source === "slack" && typeof payload === "object" && payload !== null && "challenge" in payload && "type" in payload && payload.type === "url_verification") return { status: 200, body: { challenge: String(payload.challenge).slice(0, 500) } };
    // Alertmanager repeats itself while something burns; that adds nothing, and is no replay.
    const delivery = source === "alertmanager" ? undefined : deliveryId(source, body, source === "slack" ? header("x-slack-request-timestamp") ?? "" : "");
    const replayed = refusal(409, "REPLAYED", "This delivery was taken before.");
    const received = readWebhook(source, text, header("x-github-event") ?? "");
    let added: number;
    try {
      if (delivery !== undefined && await signals.wasDelivered(delivery)) return replayed;
      added = await signals.recordAll(received);
      if (delivery !== undefined && !await signals.noteDelivery(delivery)) return replayed;
    } catch (error) {
      // Nothing is said to be kept that is not; a sender that repeats itself is heard then.
      providers.log.error("webhook.failed", { source, message: messageOf(error) });
      return { ...refusal(503, "NOT_KEPT", "This delivery cannot be kept now; send it again."), headers: { "retry-after": "60" } };
    }
    options.onTaken({ source, received: received.length, added });
    return { status: 200, body: { version: 1, received: received.length, added } };
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { status, body, headers } = await take(request).catch((error: unknown) => {
      providers.log.error("webhook.failed", { message: messageOf(error) });
      return { ...refusal(400, "BODY_INVALID", "Cannot read this delivery."), headers: { connection: "close" } };
    });
    response.writeHead(status, { "content-type": "application/json", "x-content-type-options": "nosniff", "cache-control": "no-store", ...headers });
    response.end(JSON.stringify(body));
  };
  const server = createServer({ requestTimeout: requestMsMax, headersTimeout: requestMsMax, maxHeaderSize: 16 * 1024 }, (request, response) => { void answer(request, response); });
  server.maxConnections = connectionsMax;
  const port = await new Promise<number>((resolve, reject) => {
    server.once("error", (error) => { reject(new InspanError("LISTEN_FAILED", `Cannot take webhooks on port ${options.port}: ${error.message}.`, { kind: "usage", remedy: "inspan feedback serve --port 0", cause: error })); });
    server.listen(options.port, "127.0.0.1", () => { const address = server.address(); resolve(typeof address === "object" && address !== null ? address.port : options.port); });
  });
  return {
    url: `http://127.0.0.1:${port}`, sources: [...secrets.keys()],
    close: async () => {
      const closed = new Promise<void>((done) => { server.close(() => done()); });
      server.closeAllConnections();
      await closed;
      await gate.settle();
    },
  };
}
