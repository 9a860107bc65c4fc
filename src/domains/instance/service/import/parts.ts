// What all importers share: reading foreign JSON without trusting it, names, shell words, and how known programs take a port. Pure.
import { slugify } from "../../../../base/text.ts";
import type { Imported } from "../../types/index.ts";

export const nothing: Imported = { services: {}, notImported: [] };

export function failed(file: string, why: string): Imported {
  return { services: {}, notImported: [{ file, what: "the whole file", why }] };
}

export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value : typeof value === "number" ? String(value) : undefined;
}

export function listOf(value: unknown): readonly unknown[] { return Array.isArray(value) ? value : []; }

/** Undefined where it is no JSON. Comments and trailing commas, which editors allow in such files, are no reason to fail. */
export function readJson(text: string): unknown {
  try { return JSON.parse(text); } catch { /* perhaps with comments */ }
  try { return JSON.parse(withoutComments(text)); } catch { return undefined; }
}

function withoutComments(text: string): string {
  let result = "";
  for (let at = 0; at < text.length;) {
    const one = text[at] ?? "";
    if (one === '"') {
      let end = at + 1;
      while (end < text.length && text[end] !== '"') end += text[end] === "\\" ? 2 : 1;
      result += text.slice(at, end + 1);
      at = end + 1;
    } else if (one === "/" && text[at + 1] === "/") {
      const end = text.indexOf("\n", at);
      at = end < 0 ? text.length : end;
    } else if (one === "/" && text[at + 1] === "*") {
      const end = text.indexOf("*/", at);
      at = end < 0 ? text.length : end + 2;
    } else { result += one; at += 1; }
  }
  return result.replaceAll(/,(\s*[}\]])/g, "$1");
}

/** A service's name from any text; unique among `taken`. */
export function serviceName(text: string, taken: Readonly<Record<string, unknown>>): string {
  const slug = slugify(text, 30, "service");
  const base = /^[a-z]/.test(slug) ? slug : `s-${slug}`;
  let name = base;
  for (let count = 2; taken[name] !== undefined; count++) name = `${base}-${count}`;
  return name;
}

/** One word for a POSIX shell; `$PORT` stays the shell's. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./$-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

export function relativeFolder(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const path = text.replace(/^\$\{?(?:workspaceFolder|workspaceRoot)\}?\/?/, "").replace(/^\.\//, "").replace(/\/$/, "");
  return path === "" || path === "." ? undefined : path;
}

export function stringMap(value: unknown): Readonly<Record<string, string>> {
  if (!isMap(value)) return {};
  return Object.fromEntries(Object.entries(value).flatMap(([name, one]) => (/^[A-Za-z_]\w*$/.test(name) && textOf(one) !== undefined ? [[name, textOf(one) ?? ""]] : [])));
}

/** Programs that take no port from the environment, and the words that give it to them. Matched on the program's own command line. */
const portWords: readonly { readonly program: RegExp; readonly words: string; readonly isWeb: boolean }[] = [
  { program: /(?:^|[\s&;/])(?:vite|vite dev|vitest-ui)(?:\s|$)/, words: "--port $PORT --strictPort --host 127.0.0.1", isWeb: true },
  { program: /(?:^|[\s&;/])astro dev(?:\s|$)/, words: "--port $PORT --host 127.0.0.1", isWeb: true },
  { program: /(?:^|[\s&;/])ng serve(?:\s|$)/, words: "--port $PORT --host 127.0.0.1", isWeb: true },
  { program: /(?:^|[\s&;/])(?:webpack serve|webpack-dev-server)(?:\s|$)/, words: "--port $PORT --host 127.0.0.1", isWeb: true },
  { program: /(?:^|[\s&;/])vue-cli-service serve(?:\s|$)/, words: "--port $PORT --host 127.0.0.1", isWeb: true },
  { program: /(?:^|\s)manage\.py runserver$/, words: "127.0.0.1:$PORT --noreload", isWeb: true },
  { program: /(?:^|[\s/])(?:uvicorn|flask run|gatsby develop)(?:\s|$)/, words: "--port $PORT", isWeb: true },
];

/** Programs known to read PORT. */
const readsPort = /(?:^|[\s&;/])(?:next|nuxt|nuxi|remix|react-scripts|nest|serve|http-server|gunicorn|puma|rails)(?:\s|$)/;

/** The words that a known program needs to listen on $PORT; undefined where nothing is known or it says the port itself. */
export function portWordsOf(command: string): string | undefined {
  const known = portWords.find(({ program }) => program.test(command));
  return known === undefined || /--port|(?:^|\s)-p\s/.test(command) ? undefined : known.words;
}

/** True for what serves pages, so that its root answers. */
export function isWebServer(command: string): boolean {
  return portWords.some(({ program }) => program.test(command)) || readsPort.test(command);
}
