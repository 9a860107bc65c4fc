// The files of the plain page and the headers that keep it harmless. Serves a fixed list, so no path of a request reaches the disk.
import { readFile } from "node:fs/promises";

const folder = new URL("../../web/plain/", import.meta.url);

const files: Readonly<Record<string, { readonly name: string; readonly type: string }>> = {
  "/": { name: "index.html", type: "text/html; charset=utf-8" },
  ...Object.fromEntries(["page.css"].map((name) => [`/${name}`, { name, type: "text/css; charset=utf-8" }])),
  ...Object.fromEntries(
    ["page.js", "dom.js", "list.js", "task.js", "transcript.js", "diff.js", "guardrails.js"].map((name) => [
      `/${name}`,
      { name, type: "text/javascript; charset=utf-8" },
    ]),
  ),
  "/icon.svg": { name: "icon.svg", type: "image/svg+xml" },
};

/** On every answer. Nothing inline, nothing from elsewhere, no frame around the page, no address in a referrer. */
export const safeHeaders: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "x-frame-options": "DENY",
  "cache-control": "no-store",
};

/** The file behind a path of the page, or undefined where there is none. */
export async function readPageFile(path: string): Promise<{ readonly bytes: Uint8Array<ArrayBuffer>; readonly type: string } | undefined> {
  const file = Object.hasOwn(files, path) ? files[path] : undefined;
  return file && { bytes: new Uint8Array(await readFile(new URL(file.name, folder))), type: file.type };
}
