// The driver of the Agent Client Protocol with a tiny agent that behaves, and with one that does not. Real clients are in test/agents.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { call, startScriptedModel, text } from "../../../../../test/programs/scripted-model/index.ts";
import type { Script, ScriptedModel } from "../../../../../test/programs/scripted-model/index.ts";
import { createNodeProviders } from "../../../../providers/node/index.ts";
import type { AgentDriver, AgentEvent, AgentSession, AgentTool, SessionSpec, TurnInput } from "../../types.ts";
import { createAcpDriver } from "./index.ts";
import type { AcpDriverOptions } from "./index.ts";

const programPath = fileURLToPath(new URL("../../../../../test/programs/agents/acp-agent.mjs", import.meta.url));
const keyOfTest = "key-of-the-acp-test-0123456789";
interface World {
  readonly folder: string;
  readonly worktree: string;
  readonly model: ScriptedModel;
  readonly driver: AgentDriver;
  spec(more?: Partial<SessionSpec>): SessionSpec;
  open(more?: Partial<SessionSpec>): Promise<AgentSession>;
}

async function makeWorld(t: TestContext, script: Script, more: { readonly driver?: Partial<AcpDriverOptions>; readonly start?: string } = {}): Promise<World> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "inspan-acp-")));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const worktree = join(folder, "worktree");
  mkdirSync(worktree);
  writeFileSync(join(worktree, "a.txt"), "one\n");
  writeFileSync(join(worktree, "AGENTS.md"), "MAP-AT-THE-BASE\n");
  const git = (...args: readonly string[]) => execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@t", ...args], { cwd: worktree });
  git("init", "--quiet"); git("add", "-A"); git("commit", "--quiet", "-m", "start");
  const model = await startScriptedModel({ script });
  t.after(() => model.close());
  mkdirSync(join(folder, "bin"));
  const program = join(folder, "bin", "agent");
  cpSync(programPath, join(folder, "bin", "acp-agent.mjs"));
  writeFileSync(program, `#!/bin/sh\n${more.start ?? ""}\nexec "${process.execPath}" "${folder}/bin/acp-agent.mjs" "$@"\n`);
  chmodSync(program, 0o755);
  const providers = createNodeProviders({ env: { ...process.env, KEY: keyOfTest }, statePath: join(folder, "state"), version: "0.0.0" });
  t.after(() => providers.processes.stopAll());
  // The agent and its program lie in masked folders: what the driver finds must be shown inside.
  const driver = createAcpDriver({
    providers,
    client: "claude",
    path: program,
    model: "scripted",
    price: { inputUsd: 1, outputUsd: 1 },
    login: "own-home",
    baseUrl: model.url,
    apiKey: providers.secrets.fromEnvironment("KEY"),
    userHomePath: folder, allowedHosts: undefined, isRecorded: false, replayPath: undefined, ...more.driver,
  });
  const spec = (extra: Partial<SessionSpec> = {}): SessionSpec => ({
    label: "t",
    worktreePath: worktree,
    sessionPath: join(folder, "session"),
    access: "write",
    instructions: "I",
    model: undefined,
    effort: undefined,
    tools: [],
    isUnsandboxedAllowed: false,
    resumeId: undefined,
    signal: new AbortController().signal,
    ...extra,
  });
  return {
    folder, worktree, model, driver, spec,
    open: async (extra) => { const session = await driver.open(spec(extra)); t.after(() => session.dispose()); return session; },
  };
}

function play(session: AgentSession, words: string, more: Partial<TurnInput> = {}) {
  const events: AgentEvent[] = [];
  let onEvent: () => void = () => undefined;
  const turn = session.startTurn({
    text: words,
    guard: { refuse: () => undefined, afterEdit: async () => undefined },
    modelCallsMax: 20,
    timeoutMs: 180_000,
    signal: new AbortController().signal,
    onEvent: (event) => {
      events.push(event);
      onEvent();
    },
    ...more,
  });
  const waitFor = (fits: (event: AgentEvent) => boolean) => new Promise<void>((resolve) => { onEvent = () => { if (events.some(fits)) resolve(); }; onEvent(); });
  return { turn, events, waitFor };
}

const living = (words: string) =>
  readdirSync("/proc").filter((pid) => {
    try {
      return /^\d+$/.test(pid) && Number(pid) !== process.pid && readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").includes(words);
    } catch {
      return false;
    }
  }); // gone meanwhile

test("an agent edits, is told what it broke, repairs, calls an operation, and costs what the model billed", async (t) => {
  const world = await makeWorld(t, ({ toolResults }) => {
    if (toolResults.length === 0) return call("edit", { path: "a.txt", text: "bad\n" });
    if (toolResults.length === 1) return toolResults[0]?.text.includes("FINDING") ? call("edit", { path: "a.txt", text: "good\n" }) : text("saw nothing");
    return toolResults.length === 2 ? call("operation", { name: "check", input: { a: 1 } }) : text(`done: ${toolResults.at(-1)?.text ?? ""}`);
  });
  const inputs: unknown[] = [];
  const check: AgentTool = {
    name: "check",
    description: "Checks",
    inputSchema: { properties: {} },
    execute: (input) => {
      inputs.push(input);
      return Promise.resolve({ text: `by ${process.pid}`, isError: false });
    },
  };
  const session = await world.open({ tools: [check] });
  const { turn, events } = play(session, "go", {
    guard: { refuse: () => undefined, afterEdit: async () => (readFileSync(join(world.worktree, "a.txt"), "utf8") === "bad\n" ? "FINDING: bad" : undefined) },
  });
  const result = await turn.result;
  assert.deepEqual([result.status, result.text], ["completed", `done: by ${process.pid}`], JSON.stringify(result));
  assert.deepEqual(inputs, [{ a: 1 }]);
  assert.equal(readFileSync(join(world.worktree, "a.txt"), "utf8"), "good\n");
  const { inputTokens, outputTokens } = world.model.usage();
  assert.deepEqual([result.usage.inputTokens, result.usage.outputTokens, result.usage.source, result.modelCalls], [inputTokens, outputTokens, "wire", 4]);
  assert.equal(events.filter((event) => event.kind === "findings-shown").length, 1);
  assert.equal(world.model.requests[0]?.conversation.headers["x-api-key"], keyOfTest);
});

test("a refused path is not edited, and the model reads why", async (t) => {
  const world = await makeWorld(t, ({ toolResults }) => (toolResults.length === 0 ? call("edit", { path: "a.txt", text: "bad" }) : text(toolResults[0]?.text ?? "")));
  const { turn } = play(await world.open(), "go", { guard: { refuse: () => "LOCKED", afterEdit: async () => undefined } });
  assert.match((await turn.result).text, /rejected[\s\S]*Refused: LOCKED/);
  assert.equal(readFileSync(join(world.worktree, "a.txt"), "utf8"), "one\n");
  const reading = play(await world.open({ access: "read-only", sessionPath: join(world.folder, "reading") }), "go");
  await reading.turn.result;
  assert.equal(readFileSync(join(world.worktree, "a.txt"), "utf8"), "one\n");
});

test("a person's words reach the running turn, and those that come too late get a prompt of their own", async (t) => {
  const world = await makeWorld(t, ({ lastUserText, toolResults }) => {
    if (lastUserText.includes("LATE")) return text("heard the late one");
    return toolResults.some((result) => result.text.includes("SOON")) ? text("heard") : toolResults.length < 50 ? call("run", { command: "sleep 0.05" }) : text("never heard");
  });
  const session = await world.open();
  const soon = play(session, "go", { modelCallsMax: 100 });
  await soon.waitFor((event) => event.kind === "tool-finished");
  assert.equal(await soon.turn.steer("SOON"), true);
  assert.equal((await soon.turn.result).text, "heard");
  assert.equal(await soon.turn.steer("after the end"), false);
});

test("an interrupt ends every process of the turn, and the next turn has the history", async (t) => {
  const world = await makeWorld(t, ({ lastUserText, messages }) =>
    lastUserText.startsWith("SLOW")
      ? call("run", { command: "setsid sleep 31819 & sleep 31819" })
      : text(`knows ${messages.filter((message) => message.kind === "user").length}`),
  );
  const session = await world.open();
  assert.equal((await play(session, "one").turn.result).text, "knows 1");
  const slow = play(session, "SLOW");
  await slow.waitFor((event) => event.kind === "tool-started");
  while (living("sleep 31819").length < 2) await new Promise((resolve) => { setImmediate(resolve); });
  await slow.turn.interrupt();
  assert.deepEqual(living("sleep 31819"), []);
  assert.equal((await slow.turn.result).status, "interrupted");
  assert.equal((await play(session, "two").turn.result).text, "knows 2");
  await session.dispose();
  const again = await world.open({ resumeId: session.id });
  assert.equal((await play(again, "three").turn.result).text, "knows 3");
});

test("an agent that misbehaves ends its turn visibly and bounded, and leaves nothing behind", async (t) => {
  const world = await makeWorld(t, ({ lastUserText, toolResults }) =>
    lastUserText.startsWith("LOOP")
      ? call("run", { command: `echo ${toolResults.length}` })
      : lastUserText.startsWith("REFUSED")
        ? { kind: "httpError", status: 400, message: "UNKNOWN-MODEL" }
        : text("fine"),
  );
  const session = await world.open();
  const check = async (words: string, expected: RegExp, more: Partial<TurnInput> = {}) => {
    const result = await play(session, words, more).turn.result;
    assert.match(`${result.status} ${result.status === "failed" ? `${result.isRetryable} ${result.reason}` : ""}`, expected, `${words}: ${JSON.stringify(result).slice(0, 500)}`);
    return result;
  };
  await check("EXIT at once", /failed true .*ended in the middle of the turn \(exit code 3/);
  await check("HANG for ever", /failed false .*longer than 1500 ms/, { timeoutMs: 1_500 });
  await check("LOOP on", /failed false .*3 model calls/, { modelCallsMax: 3 });
  await check("REFUSED", /failed false .*400[\s\S]*UNKNOWN-MODEL/);
  await check("NONSENSE", /completed/);
  await check("UNKNOWN ending", /failed false .*a form that version 1 of the protocol does not have \(stopReason: /);
  assert.equal((await check("MALFORMED request", /completed/)).text, "answered -32602");
  const expired = await check("EXPIRED", /failed false Claude Code is not logged in: Authentication required/);
  assert.match(expired.status === "failed" ? expired.remedy ?? "" : "", /^export \w+=… with a key/);
  const long = await check("MEGABYTES", /completed/);
  assert.ok(long.text.length <= 200_200, String(long.text.length));
  await check("SERVER left running", /completed/);
  assert.deepEqual(living("sleep 31818"), []);
});

test("a newer protocol, a missing program and a missing login are told with the next command", async (t) => {
  const newer = await makeWorld(t, () => text("never"), { start: "export TEST_PROTOCOL=2" });
  await assert.rejects(newer.open(), { code: "AGENT_START_FAILED", message: /version 2 of the protocol, expected 1/ });
  const missing = await makeWorld(t, () => text("never"), { driver: { path: "/nowhere" } });
  await assert.rejects(missing.open(), { code: "AGENT_MISSING", remedy: /npm install --global @agentclientprotocol\/claude-agent-acp/ });
  assert.equal((await missing.driver.probe(new AbortController().signal)).status, "missing");
  const expired = await makeWorld(t, () => text("never"), { driver: { login: "user" } });
  await assert.rejects(expired.open(), { code: "AGENT_NOT_LOGGED_IN", remedy: /Claude Code/ });
  const keyless = await makeWorld(t, () => text("never"), { driver: { baseUrl: undefined, apiKey: undefined } });
  await assert.rejects(keyless.open(), { code: "AGENT_NOT_LOGGED_IN", remedy: /ANTHROPIC_API_KEY/ });
});

test("what an agent wrote into its own home, its map and its guard does not bind the next turn", async (t) => {
  const world = await makeWorld(t, ({ lastUserText }) =>
    lastUserText.startsWith("SPOIL")
      ? call("run", { command: "echo '{}' > $CLAUDE_CONFIG_DIR/settings.json; echo x > $CLAUDE_CONFIG_DIR/hook.cjs; echo OTHER > AGENTS.md; rm -rf .git" })
      : text("fine"),
  );
  const session = await world.open();
  await play(session, "SPOIL", { modelCallsMax: 1 }).turn.result;
  assert.ok(existsSync(join(world.worktree, ".git", "HEAD")));
  const home = join(world.folder, "session", "home");
  assert.match(readFileSync(join(home, "settings.json"), "utf8"), /PreToolUse/);
  assert.match(readFileSync(join(home, "hook.cjs"), "utf8"), /Written by Inspan/);
});
