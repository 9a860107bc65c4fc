// The MCP server as a client meets it: over the pipes of a real child process, on a small repository. And what its schemas cost.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { test, type TestContext } from "node:test";
import { inspanPath, makeSmallRepository } from "../../test/support/small-repository.ts";
import { loadContributions } from "./contributions.ts";
import { agentTable, operationToolsMax } from "../domains/agent/runtime/index.ts";
import { describeTool } from "./mcp.ts";

// Each session of an agent pays this before it has done anything; about 2,000 tokens.
const schemaCharsMax = 8_000;

interface Answer { readonly result?: { readonly [key: string]: unknown }; readonly error?: { readonly code: number; readonly message: string } }
type ToolAnswer = { readonly isError?: boolean; readonly content: readonly { readonly text: string }[] };

async function startMcp(t: TestContext, files: Readonly<Record<string, string>>) {
  const repository = makeSmallRepository(files);
  const child = spawn(process.execPath, [inspanPath, "mcp", "--cwd", repository.path], { env: { ...repository.env }, stdio: ["pipe", "pipe", "inherit"] });
  t.after(() => { if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL"); repository.remove(); });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let id = 0;
  const send = (message: object) => child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  const ask = async (method: string, params: object): Promise<Answer> => {
    id += 1;
    send({ id, method, params });
    const line: unknown = (await lines.next()).value;
    const answer = JSON.parse(String(line)) as Answer & { id: number }; // JSON-RPC; nothing else may stand on standard output
    assert.equal(answer.id, id);
    return answer;
  };
  const initialized = await ask("initialize", { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "test", version: "0" } });
  send({ method: "notifications/initialized" });
  const callTool = async (name: string, input: object) => (await ask("tools/call", { name, arguments: input })).result as unknown as ToolAnswer; // the protocol's form
  return { child, ask, callTool, initialized };
}

const house = {
  "inspan.yaml": "version: 1\ndomains: src/domains/*\nlayers: [types, config, repo, service, runtime, ui]\n",
  "src/domains/booking/types.ts": "import { run } from \"./runtime.ts\";\nexport type Booking = ReturnType<typeof run>;\n",
  "src/domains/booking/runtime.ts": "export function run(): string { return \"\"; }\n",
};

test("the whole schema of the tools stays below its bound", async () => {
  const tools = agentTable((await loadContributions()).flatMap((contribution) => contribution.operations)).map(describeTool);
  const chars = JSON.stringify(tools).length;
  assert.ok(tools.length > 0 && tools.length <= operationToolsMax, `${tools.length} tools`);
  assert.ok(chars <= schemaCharsMax, `the schemas have ${chars} characters, expected at most ${schemaCharsMax}`);
  for (const tool of tools) assert.match(tool.name, /^[a-z_-]{1,40}$/);
  assert.deepEqual(tools.filter((tool) => tool.name.startsWith("task_") || tool.name.startsWith("system_")), []);
});

test("a client initialises, lists the tools and gets the findings of a check", async (t) => {
  const { child, ask, callTool, initialized } = await startMcp(t, house);
  assert.deepEqual((initialized.result?.["serverInfo"] as { name: string }).name, "inspan"); // the protocol's form
  const { tools } = (await ask("tools/list", {})).result as unknown as {
    tools: { name: string; annotations: { readOnlyHint: boolean }; inputSchema: { type: string } }[];
  }; // the protocol's form
  const check = tools.find((tool) => tool.name === "lint_check");
  assert.deepEqual([check?.annotations.readOnlyHint, check?.inputSchema.type], [true, "object"]);
  const answer = await callTool("lint_check", {});
  assert.equal(answer.isError, false);
  assert.match(answer.content[0]?.text ?? "", /ERROR layers\nFile: src\/domains\/booking\/types\.ts\nLine: 1/);
  child.stdin.end();
  assert.deepEqual(await once(child, "exit"), [0, null]);
});

test("a failure is an answer with the remedy, never a broken session", async (t) => {
  const { callTool } = await startMcp(t, house);
  const wrong = await callTool("lint_check", { format: "poem" });
  assert.equal(wrong.isError, true);
  assert.match(wrong.content[0]?.text ?? "", /^Cannot call "lint_check": format: .*\nNext: /);
  const unknown = await callTool("task_run", { prompt: "x" });
  assert.equal(unknown.isError, true);
  assert.match(unknown.content[0]?.text ?? "", /no such tool, expected one of .*lint_check/);
  const missing = await callTool("lint_explain", { rule: "nothing" });
  assert.equal(missing.isError, true);
  assert.match(missing.content[0]?.text ?? "", /no rule has this name/);
  assert.equal((await callTool("lint_explain", { rule: "layers" })).isError, false);
});

test("TERM ends the server with 0", async (t) => {
  const { child, ask } = await startMcp(t, {});
  await ask("ping", {});
  child.kill("SIGTERM");
  assert.deepEqual(await once(child, "exit"), [0, null]);
});

test("what only a person may decide is not in an agent's tool, and dropped where it is sent all the same", async () => {
  const operations = (await loadContributions()).flatMap((contribution) => contribution.operations);
  const up = operations.find((operation) => operation.name === "instance/up");
  assert.ok(up);
  assert.ok(up.personFields?.includes("unsandboxed"));
  const schema = describeTool(up).inputSchema as { readonly properties?: Readonly<Record<string, unknown>> }; // a JSON Schema of an object
  assert.deepEqual([Object.keys(schema.properties ?? {}).includes("unsandboxed"), Object.keys(schema.properties ?? {}).includes("fresh")], [false, true]);
  for (const operation of agentTable(operations)) assert.equal(JSON.stringify(describeTool(operation)).includes("unsandboxed"), false, operation.name);
});
