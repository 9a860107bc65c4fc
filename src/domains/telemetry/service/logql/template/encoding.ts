// Escapes and encodings that templates offer: URL, base64, HTML, JavaScript, JSON. No host functions needed.
import type { Value } from "./value.ts";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

export function encodeBase64(text: string): string {
  const bytes = new TextEncoder().encode(text);
  let out = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const group = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    out += (alphabet[group >> 18] ?? "") + (alphabet[(group >> 12) & 63] ?? "");
    out += at + 1 < bytes.length ? (alphabet[(group >> 6) & 63] ?? "") : "=";
    out += at + 2 < bytes.length ? (alphabet[group & 63] ?? "") : "=";
  }
  return out;
}

export function decodeBase64(text: string): string {
  const clean = text.replaceAll(/[\r\n]/g, "");
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(clean)) return "illegal base64 data";
  let escaped = "";
  for (let at = 0; at < clean.length; at += 4) {
    const [a, b, c, d] = [0, 1, 2, 3].map((step) => alphabet.indexOf(clean[at + step] ?? "="));
    const group = ((a ?? 0) << 18) | ((b ?? 0) << 12) | (Math.max(c ?? 0, 0) << 6) | Math.max(d ?? 0, 0);
    for (const [shift, isPresent] of [
      [16, true],
      [8, (c ?? -1) >= 0],
      [0, (d ?? -1) >= 0],
    ] as const)
      if (isPresent) escaped += `%${((group >> shift) & 255).toString(16).padStart(2, "0")}`;
  }
  try { return decodeURIComponent(escaped); } catch { return "illegal utf-8 data"; }
}

/** Go's url.QueryEscape: a space is +. */
export function escapeUrl(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll("%20", "+").replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

export function unescapeUrl(text: string): string {
  try { return decodeURIComponent(text.replaceAll("+", " ")); } catch { throw new Error(`invalid URL escape in ${JSON.stringify(text)}`); }
}

export function escapeHtml(text: string): string {
  const map: Readonly<Record<string, string>> = { "<": "&lt;", ">": "&gt;", "&": "&amp;", "'": "&#39;", '"': "&#34;" };
  return text.replaceAll(/[<>&'"]/g, (char) => map[char] ?? char);
}

export function escapeScript(text: string): string {
  return text.replaceAll(/[\\'"<>&=]/g, (char) => (/[\\'"]/.test(char) ? `\\${char}` : `\\u${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`));
}

export function parseJsonValue(text: string): Value {
  try { return toValue(JSON.parse(text)); } catch { return undefined; }
}

function toValue(json: unknown): Value {
  if (typeof json === "string" || typeof json === "number" || typeof json === "boolean") return json;
  if (Array.isArray(json)) return json.map(toValue);
  if (typeof json === "object" && json !== null) return new Map(Object.entries(json).map(([key, value]) => [key, toValue(value)]));
  return undefined;
}
