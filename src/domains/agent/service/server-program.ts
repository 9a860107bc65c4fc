// The tiny program by which an agent without MCP uses the repository's own MCP servers from its shell. Text only; starts nothing.
import type { ProjectServer } from "./project-servers.ts";

const startMsMax = 15_000; // of a server; a package runner without network would look for ever
const callMsMax = 600_000; // a tool may run a build; the turn's own bound comes first

/**
 * Source of the program, a CommonJS file: `node server.cjs <server> [<tool> ['<JSON>']]`. Without a tool it lists the server's, without a server
 * the servers. The server is started for the one call, in the working folder. Exit 1 where the tool says no, 2 for a wrong question, 3 where the server is not there.
 */
export function renderServerProgram(servers: readonly ProjectServer[]): string {
  return `// Written by Inspan for one session.
const { spawn } = require("node:child_process");
const { createInterface } = require("node:readline");
const servers = ${JSON.stringify(servers)};
const [name, tool, input = "{}"] = process.argv.slice(2);
const end = (code, text) => { (code === 0 ? process.stdout : process.stderr).write(text + "\\n", () => process.exit(code)); };
const known = servers.find((one) => one.name === name);
let json;
try { json = JSON.parse(input); } catch { json = undefined; }
if (name === undefined) end(0, servers.map((one) => one.name).join("\\n"));
else if (known === undefined) end(2, "There is no server " + JSON.stringify(name.slice(0, 100)) + "; servers: " + servers.map((one) => one.name).join(", "));
else if (json === undefined) end(2, "The input is no JSON: " + input.slice(0, 200));
else main(known);

function main({ command, args, env }) {
  const server = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"], env: { ...process.env, ...env } });
  const waiters = new Map();
  let last = 0;
  const fail = (why) => end(3, "The server " + name + " is not there: " + why);
  process.on("exit", () => server.kill());
  server.on("error", (error) => fail(error.message)).on("exit", (code) => fail("it ended with " + code));
  server.stdin.on("error", () => undefined);
  createInterface({ input: server.stdout }).on("line", (line) => { try { const message = JSON.parse(line); waiters.get(message.id)?.(message); } catch {} });
  const send = (message) => server.stdin.write(JSON.stringify({ jsonrpc: "2.0", ...message }) + "\\n");
  const ask = (method, params, boundMs) => new Promise((resolve) => {
    const id = ++last;
    const timer = setTimeout(() => fail("no answer to " + method + " within " + boundMs / 1000 + " s"), boundMs);
    waiters.set(id, ({ result, error }) => { clearTimeout(timer); if (error === undefined) resolve(result); else end(1, String(error.message)); });
    send({ id, method, params });
  });
  void (async () => {
    await ask("initialize", { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "inspan", version: "1" } }, ${startMsMax});
    send({ method: "notifications/initialized" });
    if (tool === undefined) {
      const { tools = [] } = await ask("tools/list", {}, ${startMsMax});
      end(0, tools.map((one) => one.name + " - " + (one.description ?? "") + "\\n  " + JSON.stringify(one.inputSchema)).join("\\n"));
      return;
    }
    const { content = [], isError } = await ask("tools/call", { name: tool, arguments: json }, ${callMsMax});
    end(isError ? 1 : 0, content.map((part) => part.text ?? "[" + part.type + "]").join("\\n"));
  })();
}
`;
}

/** The usual form of a client's list of servers, with ours as `inspan`. */
export function renderServerList(servers: readonly ProjectServer[], own: { readonly command: string; readonly args: readonly string[] }): string {
  return `${JSON.stringify({ mcpServers: { inspan: own, ...Object.fromEntries(servers.map(({ name, ...server }) => [name, server])) } }, undefined, 2)}\n`;
}
