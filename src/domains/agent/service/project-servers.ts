// Reads a repository's own MCP servers from the text of its `.mcp.json`, the form that clients share. Pure: starts nothing.
import { z } from "zod";

/** A server that speaks over standard input and output, started by the client inside its sandbox. */
export interface ProjectServer {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface ProjectServers {
  readonly servers: readonly ProjectServer[];
  /** What was left out and why, for people. */
  readonly notices: readonly string[];
}

export const projectServersPath = ".mcp.json";
const serversMax = 8; // each offers tools that every request pays for; more is a mistake of the repository
const textMax = 64 * 1024;

const Document = z.looseObject({ mcpServers: z.record(z.string(), z.unknown()) });
const Entry = z.looseObject({
  type: z.string().optional(), command: z.string().min(1).max(1_000),
  args: z.array(z.string().max(10_000)).max(100).default([]), env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string().max(10_000)).default({}),
});
const namePattern = /^[A-Za-z0-9_-]{1,40}$/;
/** Ours; a server of that name would answer in our stead. */
const ownName = "inspan";

/** `${NAME:-default}` becomes its default, since an agent is given no variable of the user's; the name that has none comes back as missing. */
function withoutVariables(text: string): { readonly text: string } | { readonly missing: string } {
  let missing: string | undefined;
  const plain = text.replaceAll(/\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g, (_, name: string, fallback: string | undefined) => {
    if (fallback === undefined) missing ??= name;
    return fallback ?? "";
  });
  return missing === undefined ? { text: plain } : { missing };
}

function readServer(name: string, value: unknown): ProjectServer | string {
  if (!namePattern.test(name)) return "its name has other characters than letters, digits, _ and -";
  if (name === ownName) return "that name is Inspan's own";
  const parsed = Entry.safeParse(value);
  if (!parsed.success) return "it is no server that is started by a command, and agents have no network for others";
  const { type, command, args, env } = parsed.data;
  if (type !== undefined && type !== "stdio") return `it is of the type "${type.slice(0, 40)}", and agents have no network for it`;
  const words: string[] = [];
  for (const word of [command, ...args, ...Object.values(env)]) {
    const plain = withoutVariables(word);
    if ("missing" in plain) return `it needs the variable ${plain.missing}, which agents are not given`;
    words.push(plain.text);
  }
  const [program = "", ...rest] = words;
  return { name, command: program, args: rest.slice(0, args.length), env: Object.fromEntries(Object.keys(env).map((key, index) => [key, rest[args.length + index] ?? ""])) };
}

/** The servers in the file's order. Whatever cannot be used is a notice, never an error: the work goes on without it. */
export function parseProjectServers(text: string): ProjectServers {
  if (text.length > textMax) return { servers: [], notices: [`The repository's ${projectServersPath} is longer than ${textMax} characters; its servers are left out.`] };
  let json: unknown;
  try { json = JSON.parse(text); } catch { json = undefined; } // told below
  const document = Document.safeParse(json);
  if (!document.success) return { servers: [], notices: [`The repository's ${projectServersPath} is not in the form {"mcpServers": {…}}; its servers are left out.`] };
  const servers: ProjectServer[] = [];
  const notices: string[] = [];
  for (const [name, value] of Object.entries(document.data.mcpServers)) {
    const server = servers.length >= serversMax ? `there are more than ${serversMax}` : readServer(name, value);
    if (typeof server === "string") notices.push(`The repository's server "${name.slice(0, 40)}" is left out: ${server}.`);
    else servers.push(server);
  }
  return { servers, notices: notices.slice(0, serversMax) };
}
