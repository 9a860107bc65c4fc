// The desk's web page: four static files, read once.

import { readFileSync } from "node:fs";
import type { Route } from "../../../providers/index.ts";

const contentTypes = { html: "text/html", css: "text/css", js: "text/javascript", svg: "image/svg+xml" } as const;

/** Own files only, so a title that carries markup can load or run nothing. */
const headers = {
  "content-security-policy": "default-src 'self'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "cache-control": "no-cache",
} as const;

export function pageRoutes(): readonly Route[] {
  return [
    servePage({ path: "/", kind: "html" }),
    servePage({ path: "/page.css", kind: "css" }),
    servePage({ path: "/page.js", kind: "js" }),
    servePage({ path: "/page.svg", kind: "svg" }),
  ];
}

function servePage({ path, kind }: { readonly path: string; readonly kind: keyof typeof contentTypes }): Route {
  const body = readFileSync(new URL(`./web/page.${kind}`, import.meta.url), "utf8");
  const reply = { status: 200, body, headers: { ...headers, "content-type": `${contentTypes[kind]}; charset=utf-8` } };
  return { method: "GET", path, access: path === "/" ? "page" : "read", handle: () => reply };
}
