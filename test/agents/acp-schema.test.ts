// Our side of the Agent Client Protocol against the protocol's own schemas (those of the SDK that Claude Code's adapter brings): every message that the
// driver sends to a real client fits them with no field left over, and every message of the client that they admit is one that we can read.
// `CLIENTS=gemini npm run test:agents -- acp-schema` looks at another client.
import { strict as assert } from "node:assert";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { test } from "node:test";
import { InitializeResult, parseUpdate, PermissionParams, PromptResult, SessionResult } from "../../src/domains/agent/service/acp/protocol.ts";
import { startScriptedModel, text } from "../programs/scripted-model/index.ts";
import { handsOf, makeClientDriver } from "./hands.ts";
import { assertStatus, collectTurn, makeTestFolder, makeWorktree, playScenes, processesWith, removeFolder, repositoryRoot, specOf } from "./support.ts";

interface Parser { safeParse(value: unknown): { readonly success: boolean; readonly data?: unknown; readonly error?: unknown } }
interface Message { readonly from: "us" | "them"; readonly id?: number | string; readonly method?: string; readonly params?: unknown; readonly result?: unknown }

const modules = join(repositoryRoot, "scripts", "agents", "node_modules");
const programs: Readonly<Record<string, string>> = {
  claude: join(modules, "@agentclientprotocol", "claude-agent-acp", "dist", "index.js"),
  gemini: join(modules, "@google", "gemini-cli", "bundle", "gemini.js"),
};
/** Schemas by method, ours to send or theirs. */
const requests: Readonly<Record<string, string>> = {
  "initialize": "zInitializeRequest",
  "authenticate": "zAuthenticateRequest",
  "session/new": "zNewSessionRequest",
  "session/load": "zLoadSessionRequest",
  "session/resume": "zResumeSessionRequest",
  "session/prompt": "zPromptRequest", "session/cancel": "zCancelNotification", "session/update": "zSessionNotification", "session/request_permission": "zRequestPermissionRequest",
};

/** A program that stands between driver and client and writes down what passes; it lies where the client's own packages do, since those alone are shown inside. */
const tapSource = (program: string): string => `
const { spawn } = require("node:child_process"); const { appendFileSync } = require("node:fs"); const { join } = require("node:path");
const place = join(process.env.HOME, "tap.jsonl");
const child = spawn(process.execPath, [${JSON.stringify(program)}, ...process.argv.slice(2)], { stdio: ["pipe", "pipe", "inherit"] });
const tap = (from, source, target) => { let rest = ""; source.setEncoding("utf8").on("data", (chunk) => {
  const lines = (rest + chunk).split("\\n"); rest = lines.pop();
  for (const line of lines) if (line.startsWith("{")) appendFileSync(place, JSON.stringify({ from, ...JSON.parse(line) }) + "\\n");
  target.write(chunk);
}).on("end", () => target.end()); };
tap("us", process.stdin, child.stdin); tap("them", child.stdout, process.stdout);
child.on("exit", (code) => process.exit(code ?? 1));
`;

/** Whether all of `sent` is in what the schema kept of it: a field that it does not know is dropped, which means that we misspelt it. */
function leftOver(sent: unknown, kept: unknown, at = ""): readonly string[] {
  if (Array.isArray(sent)) return sent.flatMap((one, index) => leftOver(one, Array.isArray(kept) ? kept[index] : undefined, `${at}[${index}]`));
  if (typeof sent !== "object" || sent === null) return [];
  return Object.entries(sent).flatMap(([key, value]) => {
    if (key === "_meta") return [];
    const other = typeof kept === "object" && kept !== null && key in kept ? (kept as Record<string, unknown>)[key] : undefined; // any object can be read by key
    return other === undefined && value !== undefined ? [`${at}.${key}`] : leftOver(value, other, `${at}.${key}`);
  });
}

const chosen = (process.env["CLIENTS"] ?? "claude").split(",");

for (const name of Object.keys(programs).filter((one) => chosen.includes(one))) {
  test(`what the driver says to ${name} fits the protocol's schemas, and what ${name} says fits ours`, async () => {
    const schemas = (await import(pathToFileURL(join(modules, "@agentclientprotocol", "sdk", "dist", "v1", "schema", "zod.gen.js")).href)) as Readonly<
      Record<string, Parser>
    >; // generated, one parser a type
    const folder = await makeTestFolder();
    const tapPath = join(modules, `.inspan-tap-${process.pid}-${name}.cjs`);
    await writeFile(tapPath, tapSource(programs[name] ?? ""));
    const worktree = await makeWorktree(folder, { "a.txt": "one\n", ".mcp.json": JSON.stringify({ mcpServers: { none: { command: "true", args: ["a"], env: { B: "c" } } } }) });
    const hands = handsOf(name, worktree);
    const model = await startScriptedModel({ script: playScenes({
      EDIT: ({ results }) => (results.length === 0 ? hands.read("a.txt") : results.length === 1 ? hands.edit("a.txt", "one", "two") : text("edited")),
      SLEEP: () => hands.run("sh -c 'sleep 31414'"),
      AGAIN: () => text("again"),
    }) });
    try {
      const driver = await makeClientDriver(name, {
        folder,
        baseUrl: model.url,
        agents: { [name]: { model: "scripted", baseUrl: model.url, apiKeyEnv: "MODEL_KEY_OF_TEST", path: tapPath } },
      });
      const tools = [
        {
          name: "inspan_check",
          description: "Checks.",
          inputSchema: { type: "object", properties: {} },
          execute: () => Promise.resolve({ text: "fine", isError: false }),
        },
      ];
      const session = await driver.open(specOf({ folder, worktreePath: worktree, tools }));
      const play = (words: string) => collectTurn((input) => session.startTurn(input), words);
      assertStatus(await play("EDIT it").turn.result, "completed");
      const sleeping = play("SLEEP long");
      let isOver = false;
      void sleeping.turn.result.then(() => { isOver = true; });
      while (!isOver && processesWith("sleep 31414").length === 0) await new Promise((resolve) => { setTimeout(resolve, 100); });
      await sleeping.turn.interrupt();
      assertStatus(await play("AGAIN please").turn.result, "completed");
      await session.dispose();

      const messages = (await readFile(join(folder, "session", "user", "tap.jsonl"), "utf8")).trim().split("\n").map((line) => JSON.parse(line) as Message); // our own tap's form
      const methodOf = new Map<string, string>();
      const seen = new Set<string>();
      for (const { from, id, method, params, result } of messages) {
        if (method !== undefined) {
          if (id !== undefined) methodOf.set(`${from} ${id}`, method);
          const schema = schemas[requests[method] ?? ""];
          if (schema === undefined) { assert.equal(from, "them", `the protocol knows ${method}`); continue; }
          const parsed = schema.safeParse(params);
          if (from === "us") assert.ok(parsed.success, `${method}: ${JSON.stringify(parsed.error)} ${JSON.stringify(params)}`);
          if (from === "us") assert.deepEqual(leftOver(params, parsed.data), [], method);
          if (from === "them" && method === "session/request_permission") assert.ok(PermissionParams.safeParse(params).success, JSON.stringify(params));
          const update = (params as { readonly sessionId?: string; readonly update?: { readonly sessionUpdate?: string } }).update?.sessionUpdate;
          if (from === "them" && /^(?:agent_(?:message|thought)_chunk|tool_call(?:_update)?)$/.test(update ?? "") && !/"type":"(?:image|audio|resource)/.test(JSON.stringify(params))) {
            assert.ok(parseUpdate(method, params, String((params as { sessionId: string }).sessionId)) !== undefined, JSON.stringify(params));
          }
          seen.add(`${from} ${method}`);
        } else if (id !== undefined && result !== undefined) {
          const asked = methodOf.get(`${from === "us" ? "them" : "us"} ${id}`);
          if (from === "us" && asked === "session/request_permission") {
            const parsed = schemas["zRequestPermissionResponse"]?.safeParse(result);
            assert.ok(parsed?.success === true && leftOver(result, parsed.data).length === 0, JSON.stringify(result));
            seen.add("us answer");
          }
          const reader = { "initialize": InitializeResult, "session/new": SessionResult, "session/prompt": PromptResult }[asked ?? ""];
          if (from === "them" && reader !== undefined) assert.ok(reader.safeParse(result).success, JSON.stringify(result));
        }
      }
      const resumed = name === "claude" ? "session/resume" : "session/load";
      for (const expected of ["initialize", "session/new", "session/prompt", "session/cancel", resumed].map((method) => `us ${method}`))
        assert.ok(seen.has(expected), `${expected} was said: ${[...seen].join(", ")}`);
      for (const expected of ["them session/update", "them session/request_permission", "us answer"]) assert.ok(seen.has(expected), `${expected}: ${[...seen].join(", ")}`);
    } finally {
      await model.close();
      await rm(tapPath, { force: true });
      await removeFolder(folder);
    }
  });
}
