// A tiny MCP server of a repository: it leaves a mark where it was started, and has one tool that says its name. For tests of drivers only.
import { appendFileSync } from "node:fs";
import { createInterface } from "node:readline";

const name = process.argv[2] ?? "nobody";
appendFileSync(`started-by-${name}`, `${process.env.LEVEL ?? ""}\n`);
const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
const answers = {
  initialize: ({ protocolVersion }) => ({ protocolVersion, capabilities: { tools: {} }, serverInfo: { name, version: "1" } }),
  "tools/list": () => ({ tools: [{ name: "whoami", description: `Says who ${name} is.`, inputSchema: { type: "object", properties: {} } }] }),
  "tools/call": () => ({ content: [{ type: "text", text: `I am the server of ${name}` }], isError: false }),
  ping: () => ({}),
};
createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined) return;
  const answer = answers[method];
  if (answer === undefined) send({ id, error: { code: -32601, message: `no ${method}` } });
  else send({ id, result: answer(params) });
}).on("close", () => process.exit(0));
