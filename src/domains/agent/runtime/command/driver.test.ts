// A plain command as an agent: prompt in, words out, the model and the operations behind the gate.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { startScriptedModel, text } from "../../../../../test/programs/scripted-model/index.ts";
import { createNodeProviders } from "../../../../providers/node/index.ts";
import { AgentsConfig } from "../../config.ts";
import type { AgentEvent, AgentTool, TurnInput } from "../../types.ts";
import { createDriver } from "../index.ts";

async function makeWorld(t: TestContext, run: string, files: Readonly<Record<string, string>> = {}) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "inspan-command-")));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const worktreePath = join(folder, "worktree");
  mkdirSync(worktreePath);
  for (const [path, content] of Object.entries({ "a.txt": "one\n", ...files })) {
    mkdirSync(dirname(join(worktreePath, path)), { recursive: true });
    writeFileSync(join(worktreePath, path), content);
  }
  const git = (...args: readonly string[]) => execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@t", ...args], { cwd: worktreePath });
  git("init", "--quiet"); git("add", "-A"); git("commit", "--quiet", "-m", "start");
  const model = await startScriptedModel({ script: ({ lastUserText }) => text(`model heard ${lastUserText}`) });
  t.after(() => model.close());
  const providers = createNodeProviders({ env: { ...process.env, KEY: "key-of-the-command-test-012345" }, statePath: join(folder, "state"), version: "0.0.0" });
  t.after(() => providers.processes.stopAll());
  const driver = await createDriver("mine", providers, AgentsConfig.parse({ mine: { kind: "command", run, baseUrl: model.url, apiKeyEnv: "KEY" } }));
  const check: AgentTool = {
    name: "check",
    description: "Checks",
    inputSchema: { properties: {} },
    execute: (input) => Promise.resolve({ text: `checked ${JSON.stringify(input)} by ${process.pid}`, isError: false }),
  };
  const session = await driver.open({
    label: "t",
    worktreePath,
    sessionPath: join(folder, "session"),
    access: "write",
    instructions: "STABLE-INSTRUCTIONS",
    model: undefined,
    effort: undefined,
    tools: [check],
    isUnsandboxedAllowed: false,
    resumeId: undefined,
    signal: new AbortController().signal,
  });
  t.after(() => session.dispose());
  const play = (words: string, more: Partial<TurnInput> = {}) => {
    const events: AgentEvent[] = [];
    return {
      events,
      turn: session.startTurn({
        text: words,
        guard: { refuse: () => undefined, afterEdit: async () => undefined },
        modelCallsMax: 5,
        timeoutMs: 60_000,
        signal: new AbortController().signal,
        onEvent: (event) => {
          events.push(event);
        },
        ...more,
      }),
    };
  };
  return { worktreePath, model, play };
}

const askModel = `node -e 'fetch(process.env.OPENAI_BASE_URL+"/chat/completions",{method:"POST",headers:{"content-type":"application/json"},body:JSON.stringify({model:"m",messages:[{role:"user",content:"ping"}]})}).then(r=>r.json()).then(j=>console.log(j.choices[0].message.content))'`;

test("a command reads its prompt, asks its model through us, calls an operation and edits", async (t) => {
  const { worktreePath, model, play } = await makeWorld(
    t,
    `grep -c STABLE-INSTRUCTIONS > seen.txt; ${askModel}; node "$INSPAN_OPERATION" check '{"a":1}'; env | grep -c key-of-the-command-test`,
  );
  const { turn, events } = play("do it");
  const result = await turn.result;
  assert.equal(result.status, "failed", "grep found no key and says so by its exit code");
  assert.equal(result.text, `model heard ping\nchecked {"a":1} by ${process.pid}\n0`);
  assert.equal(readFileSync(join(worktreePath, "seen.txt"), "utf8"), "1\n");
  assert.deepEqual([result.usage.source, result.usage.inputTokens, result.modelCalls], ["wire", model.usage().inputTokens, 1]);
  assert.ok(events.some((event) => event.kind === "files-changed" && event.paths.includes("seen.txt")));
  assert.equal(model.requests[0]?.conversation.headers["authorization"], "Bearer key-of-the-command-test-012345");
});

const mcpServer = fileURLToPath(new URL("../../../../../test/programs/agents/mcp-server.mjs", import.meta.url));
const projectFiles = {
  "tools/server.mjs": readFileSync(mcpServer, "utf8"),
  ".mcp.json": JSON.stringify({
    mcpServers: {
      who: { command: "node", args: ["tools/server.mjs", "project"], env: { LEVEL: "base" } },
      far: { type: "http", url: "https://example.com" },
      dead: { command: "false" },
    },
  }),
  ".agents/skills/release/SKILL.md": "---\nname: release\ndescription: How a release is cut.\n---\nTag it.\n",
};

test("a command has the repository's MCP servers and skills of the base, and what is left out is told", async (t) => {
  const server = 'node "$INSPAN_SERVER"';
  const { worktreePath, play } = await makeWorld(t, [
    "cat >/dev/null",
    `grep -o "release: How a release is cut." "$INSPAN_PROMPT_FILE"`,
    `grep -o "^who, dead" "$INSPAN_PROMPT_FILE"`,
    'tail -1 "$INSPAN_SKILLS/release/SKILL.md"',
    server,
    `${server} who | head -1`,
    `${server} who whoami`,
    `${server} dead x 2>&1; echo "exit $?"`, `${server} nobody 2>/dev/null; echo "exit $?"`, `node -p 'Object.keys(require(process.env.INSPAN_MCP_CONFIG).mcpServers).join()'`,
    '(echo x > "$INSPAN_SERVER"; echo x > "$INSPAN_MCP_CONFIG"; echo x > "$INSPAN_SKILLS/release/SKILL.md") 2>&1 | grep -c "Read-only"',
  ].join("; "), projectFiles);
  writeFileSync(join(worktreePath, ".mcp.json"), JSON.stringify({ mcpServers: { planted: { command: "true" } } }));
  const { turn, events } = play("do it");
  const result = await turn.result;
  assert.equal(result.status, "completed", JSON.stringify(result));
  assert.deepEqual(result.text.split("\n"), [
    "release: How a release is cut.", "who, dead", "Tag it.", "who", "dead", "whoami - Says who project is.", "I am the server of project",
    "The server dead is not there: it ended with 1", "exit 3", "exit 2", "inspan,who,dead", "3",
  ]);
  assert.ok(events.some((event) => event.kind === "warning" && /server "far" is left out/.test(event.text)), JSON.stringify(events));
  assert.equal(readFileSync(join(worktreePath, "started-by-project"), "utf8"), "base\nbase\n");
});

test("a later turn is told of the earlier ones, a command that fails says how, one that hangs is ended", async (t) => {
  const { play } = await makeWorld(
    t,
    `text=$(cat); case "$text" in *HANG*) sleep 31821;; *FAIL*) echo broken >&2; exit 7;; *) echo "$text" | grep -A2 "Earlier turns" || echo first;; esac`,
  );
  assert.equal((await play("one thing").turn.result).text, "first");
  assert.match((await play("another").turn.result).text, /asked: one thing\n {2}you said: first/);
  const failed = await play("FAIL").turn.result;
  assert.ok(failed.status === "failed" && /exit code 7: broken/.test(failed.reason), JSON.stringify(failed));
  const hanging = play("HANG", { timeoutMs: 1_000 });
  const ended = await hanging.turn.result;
  assert.ok(ended.status === "failed" && /longer than 1000 ms/.test(ended.reason), JSON.stringify(ended));
});

test("an agent of one's own is chosen by its name, and a wrong form is told", () => {
  assert.equal(AgentsConfig.safeParse({ default: "mine", mine: { kind: "command", run: "x" } }).success, true);
  assert.equal(AgentsConfig.safeParse({ mine: { run: "x" } }).success, false);
  assert.equal(AgentsConfig.safeParse({ mine: "x" }).success, false);
});
