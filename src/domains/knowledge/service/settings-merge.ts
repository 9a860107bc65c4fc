// Puts entries into a JSON settings file of somebody else and takes them out again, byte for byte, by text: comments, order and spaces stay. Pure.

export interface AgentSettings {
  /** Relative to the root of the repository. */
  readonly path: string;
  readonly json: { readonly hooks: Readonly<Record<string, readonly unknown[]>> };
}

interface Opening { readonly at: number; readonly isEmpty: boolean }

/** Where an object or array begins that lies at this path of keys; undefined where it is not there. */
function findOpening(text: string, path: readonly string[]): Opening | undefined {
  const keys: string[] = [];
  let key = "";
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? "";
    if (char === '"') {
      const end = endOfString(text, at);
      key = text.slice(at + 1, end);
      at = end;
    } else if (text.startsWith("//", at)) at = indexOrEnd(text, "\n", at);
    else if (text.startsWith("/*", at)) at = indexOrEnd(text, "*/", at + 2) + 1;
    else if (char === "{" || char === "[") {
      keys.push(key);
      if (keys.length === path.length + 1 && path.every((name, depth) => keys[depth + 1] === name)) return { at: at + 1, isEmpty: /^\s*[}\]]/.test(text.slice(at + 1)) };
      key = "";
    } else if (char === "}" || char === "]") { keys.pop(); key = ""; }
  }
  return undefined;
}

function endOfString(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) { if (text[at] === "\\") at++; else if (text[at] === '"') return at; }
  return text.length;
}

function indexOrEnd(text: string, part: string, from: number): number {
  const at = text.indexOf(part, from);
  return at === -1 ? text.length : at;
}

interface Piece { readonly path: readonly string[]; readonly text: string }

/** What is inserted behind an opening bracket: into the array of the event, else with the event into `hooks`, else with `hooks` into the file. */
function piecesOf(event: string, entry: unknown): readonly Piece[] {
  const value = JSON.stringify(entry);
  return [
    { path: ["hooks", event], text: `\n      ${value}` },
    { path: ["hooks"], text: `\n    ${JSON.stringify(event)}: [${value}]` },
    { path: [], text: `\n  "hooks": { ${JSON.stringify(event)}: [${value}] }` },
  ];
}

/** JSON with comments and trailing commas, as clients read it; undefined where it is neither that nor an object. */
function isSettings(text: string): boolean {
  let bare = "";
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? "";
    if (char === '"') { const end = endOfString(text, at); bare += text.slice(at, end + 1); at = end; }
    else if (text.startsWith("//", at)) at = indexOrEnd(text, "\n", at) - 1;
    else if (text.startsWith("/*", at)) at = indexOrEnd(text, "*/", at + 2) + 1;
    else bare += char;
  }
  try {
    const value: unknown = JSON.parse(bare.replaceAll(/,(\s*[}\]])/g, "$1"));
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch { return false; } // said by the caller, with the file's name
}

const fresh = (settings: AgentSettings): string => `${JSON.stringify(settings.json, undefined, 2)}\n`;

/** The file with our entries in it, once; undefined where it is no JSON object. `text` undefined: there is no file yet. */
export function withSettings(text: string | undefined, settings: AgentSettings): string | undefined {
  if (text === undefined) return fresh(settings);
  if (text === fresh(settings)) return text;
  if (!isSettings(text)) return undefined;
  return Object.entries(settings.json.hooks).flatMap(([event, entries]) => entries.map((entry) => ({ event, entry }))).reduce((now, { event, entry }) => {
    const pieces = piecesOf(event, entry);
    if (pieces.some((piece) => now.includes(piece.text))) return now;
    for (const piece of pieces) {
      const opening = findOpening(now, piece.path);
      if (opening !== undefined) return `${now.slice(0, opening.at)}${piece.text}${opening.isEmpty ? "" : ","}${now.slice(opening.at)}`;
    }
    return now;
  }, text);
}

/** The file without our entries; undefined where nothing but them was in it, so that it goes. */
export function withoutSettings(text: string, settings: AgentSettings): string | undefined {
  if (text === fresh(settings)) return undefined;
  return Object.entries(settings.json.hooks).flatMap(([event, entries]) => entries.flatMap((entry) => piecesOf(event, entry))).reduce((now, piece) => {
    const at = now.indexOf(piece.text);
    if (at === -1) return now;
    const end = at + piece.text.length;
    return now.slice(0, at) + now.slice(now[end] === "," ? end + 1 : end);
  }, text);
}
