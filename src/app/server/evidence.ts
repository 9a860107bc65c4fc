// Bundles of evidence over HTTP, on an origin of their own: what pages and traces hold is somebody else's, and must not be able to speak to our API.
import { createHmac, timingSafeEqual } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, extname, join } from "node:path";
import { Hono, type Context } from "hono";
import { readEvidence, readEvidenceFile, writeBundlePage } from "../../domains/evidence/runtime/index.ts";
import { InspanError } from "../../base/errors.ts";
import type { OperationContext } from "../../providers/index.ts";
import { errorBody, toErrorBody, toStatus } from "./answers.ts";
import { isLoopback, judgeCaller } from "./guard.ts";

/** Of the key that stands in an address; enough that nobody guesses it. */
const keyCharsMax = 32;

/** Of what Playwright ships beside its driver; anything else is not served. */
const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".ttf": "font/ttf",
  ".webmanifest": "application/manifest+json",
};
// The viewer shows recorded pages in frames that its service worker answers; its own files need no script beside them.
const viewerPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' data: blob:; connect-src 'self' data: blob:; worker-src 'self'; frame-src 'self' data: blob:; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";
const headers: Readonly<Record<string, string>> = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "cache-control": "no-store",
};

/** Names a bundle's place on the origin of evidence; who has the address may read that bundle, and nothing else. */
export function evidencePath(token: string, bundle: string): string {
  return `/${createHmac("sha256", token).update(`evidence:${bundle}`).digest("hex").slice(0, keyCharsMax)}/${encodeURIComponent(bundle)}/`;
}

const isSame = (left: string, right: string): boolean => left.length === right.length && timingSafeEqual(Buffer.from(left), Buffer.from(right));

/** Path in the viewer's folder → file; read once, so that no path of a request reaches the disk. */
async function listViewer(): Promise<ReadonlyMap<string, string>> {
  const folder = join(dirname(createRequire(import.meta.url).resolve("playwright-core")), "lib", "vite", "traceViewer");
  const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []); // a driver without its viewer: traces are files
  return new Map(
    found
      .filter((entry) => entry.isFile() && types[extname(entry.name)] !== undefined)
      .map((entry) => {
        const path = join(entry.parentPath, entry.name);
        return [path.slice(folder.length + 1).replaceAll("\\", "/"), path];
      }),
  );
}

function refuse(c: Context, status: 403 | 404, code: string, message: string): Response {
  return c.json(errorBody(code, message, "inspan evidence show"), status);
}

async function answerFile(c: Context, context: OperationContext, { bundle, file }: { readonly bundle: string; readonly file: string }): Promise<Response> {
  if (file === "") {
    const { indexPath } = await writeBundlePage(context, bundle);
    return c.body(new Uint8Array(await readFile(indexPath)), 200, { "content-type": "text/html; charset=utf-8" });
  }
  const item = (await readEvidence(context, bundle))?.items.find((one) => one.file === file);
  const bytes = item === undefined ? undefined : readEvidenceFile(context, bundle, item);
  if (item === undefined || bytes === undefined) return refuse(c, 404, "NOT_FOUND", `Cannot find "${file.slice(0, 100)}" in the evidence "${bundle}".`);
  const isShown = /^(?:video|image)\//.test(item.mediaType) || item.mediaType === "application/zip";
  return c.body(bytes, 200, { "content-type": isShown ? item.mediaType : "text/plain; charset=utf-8", "content-security-policy": "default-src 'none'; sandbox" });
}

/** What answers on the origin of evidence. */
export function createEvidenceApplication(context: OperationContext, token: string): Hono {
  const app = new Hono();
  let viewer: Promise<ReadonlyMap<string, string>> | undefined;
  app.use(async (c, next) => {
    for (const [name, value] of Object.entries(headers)) c.header(name, value);
    const header = (name: string) => c.req.header(name);
    // A link of somebody who has the address may come from anywhere; everything else from here alone.
    const isLink = c.req.method === "GET" && header("sec-fetch-mode") === "navigate";
    const refusal = judgeCaller(
      {
        method: c.req.method,
        path: isLink ? "/" : c.req.path,
        host: header("host"),
        origin: header("origin"),
        fetchSite: header("sec-fetch-site"),
        fetchMode: header("sec-fetch-mode"),
        authorization: undefined,
        cookie: undefined,
      },
      { host: "127.0.0.1", token },
    );
    if (refusal) return c.json(errorBody(refusal.code, refusal.message, refusal.remedy), refusal.status);
    await next();
    return undefined;
  });
  app.get("/:key/:bundle/:rest{.*}", async (c) => {
    const { key, bundle, rest } = c.req.param();
    if (!isSame(evidencePath(token, bundle).split("/")[1] ?? "", key)) return refuse(c, 403, "TOKEN_NEEDED", "Cannot show this evidence: the address has no valid key (any more).");
    if (!rest.startsWith("view/")) return answerFile(c, context, { bundle, file: rest });
    const path = (await (viewer ??= listViewer())).get(rest.slice("view/".length) || "index.html");
    if (path === undefined) return refuse(c, 404, "NOT_FOUND", "Cannot find that part of the trace viewer.");
    return c.body(new Uint8Array(await readFile(path)), 200, { "content-type": types[extname(path)] ?? "application/octet-stream", "content-security-policy": viewerPolicy });
  });
  app.notFound((c) => refuse(c, 404, "NOT_FOUND", `Cannot find "${c.req.path.slice(0, 100)}".`));
  app.onError((error, c) =>
    error instanceof InspanError && error.code === "EVIDENCE_NONE" ? refuse(c, 404, error.code, error.message) : c.json(toErrorBody(error), toStatus(error)),
  );
  return app;
}

/** Pages of evidence are served to this machine alone: service workers, and so the viewer, work nowhere else without TLS. */
export function isEvidenceServed(host: string): boolean { return isLoopback(host); }
