// Drives the real Codex binary against the scripted model: what the driver promises, seen from both ends.
import { strict as assert } from "node:assert";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { AgentSession, AgentTool, EditGuard } from "../../src/domains/agent/index.ts";
import { call, startScriptedModel, text } from "../programs/scripted-model/index.ts";
import type { ScriptedModel } from "../programs/scripted-model/index.ts";
import { assertStatus, collectTurn, git, makeDriver, makeTestFolder, makeWorktree, playScenes, processesWith, removeFolder, specOf, waitForProcesses } from "./support.ts";

const patch = (path: string, from: string, to: string): string => `*** Begin Patch\n*** Update File: ${path}\n@@\n-${from}\n+${to}\n*** End Patch\n`;

const script = playScenes({
  LOOK: ({ results }) => (results.length === 0 ? call("exec_command", { cmd: "cat a.txt" }) : text(`I read: ${results[0]?.text.trimEnd().split("\n").at(-1) ?? ""}`)),
  EDIT: ({ results, sinceUser }) => {
    if (results.length === 0) return call("apply_patch", patch("a.txt", "one", "bad"));
    if (results.length === 1 && sinceUser.includes("FINDING: bad")) return call("apply_patch", patch("a.txt", "bad", "good"));
    return text(sinceUser.includes("FINDING: bad") ? "repaired" : "saw no finding");
  },
  SHELL: ({ results, sinceUser }) =>
    results.length === 0 ? call("exec_command", { cmd: "echo bad > a.txt" }) : text(sinceUser.includes("FINDING: bad") ? "saw the finding" : "saw no finding"),
  FORBID: ({ results }) => (results.length === 0 ? call("apply_patch", patch("locked.txt", "locked", "changed")) : text(`Answer: ${results[0]?.text ?? ""}`)),
  TOOL: ({ results }) => (results.length === 0 ? call("inspan_check", { path: "a.txt" }) : text(`It said: ${results[0]?.text ?? ""}`)),
  SLEEP: () => call("exec_command", { cmd: "sh -c 'sleep 31313 & setsid sleep 31313 & sleep 31313'", yield_time_ms: 30_000 }),
  WALLS: ({ results }) => (results.length === 0
    ? call("exec_command", { cmd: `echo x > .git/x; echo x > ../outside.txt; git log --oneline | wc -l; node -e "fetch('http://127.0.0.1:${new URL(model.url).port}/v1/models').then(()=>console.log('REACHED'),(e)=>console.log(e.cause.code))"; env | grep -c _API_KEY; cat /proc/*/environ ${folder}/walls/session/home/* 2>/dev/null | grep -ac SECRET-KEY-OF-TEST; node --version` })
    : text(results[0]?.text ?? "")),
  STEER: ({ results, sinceUser }) => {
    if (sinceUser.includes("STEERED-TEXT")) return text("I was steered");
    return results.length < 40 ? call("exec_command", { cmd: "sleep 0.2", n: results.length }) : text("never steered");
  },
  HISTORY: ({ conversation }) =>
    text(
      conversation.messages.some((message) => message.kind === "user" && message.text.startsWith("LOOK"))
        ? `I remember; tools: ${conversation.toolsOffered.includes("inspan_check")}`
        : "I remember nothing",
    ),
  REFUSED: () => ({ kind: "httpError", status: 400, message: "THE-MODEL-SAYS-NO" }),
  BROKEN: () => ({ kind: "httpError", status: 503, message: "overloaded" }),
  CODE: ({ results, sinceUser }) => {
    const code = [
      `text(await tools.exec_command({ cmd: "echo one > a.txt" }))`, `text(await tools.apply_patch(${JSON.stringify(patch("a.txt", "one", "bad"))}))`,
      `text(await tools.apply_patch(${JSON.stringify(patch("locked.txt", "locked", "changed"))}))`, `text(await tools.inspan_check({ path: "a.txt" }))`,
    ][results.length];
    return code === undefined ? text(sinceUser) : call("exec", code);
  },
  HANG: () => ({ kind: "hang", after: "headers" }),
  LOOP: ({ results }) => call("exec_command", { cmd: `echo ${results.length}` }),
});

const bad: EditGuard = {
  refuse: (path) => (path === "locked.txt" ? "REFUSED: this file is locked." : undefined),
  afterEdit: async (paths) =>
    paths.includes("a.txt") && (await readFile(join(worktree, "a.txt"), "utf8")).includes("bad")
      ? "FINDING: bad word in a.txt. Write good instead."
      : undefined,
};
const seenInputs: unknown[] = [];
const check: AgentTool = {
  name: "inspan_check", description: "Checks a file.", inputSchema: { type: "object", properties: { path: { type: "string" } } },
  execute: (input) => { seenInputs.push(input); return Promise.resolve({ text: `checked by process ${process.pid}`, isError: false }); },
};

let folder = "";
let worktree = "";
let model: ScriptedModel;
let session: AgentSession | undefined;
const secretKey = "SECRET-KEY-OF-TEST";

async function openSession(more: Parameters<typeof specOf>[0]["spec"] = {}): Promise<AgentSession> {
  const driver = makeDriver({ folder, baseUrl: model.url });
  return driver.open(specOf({ folder, worktreePath: worktree, tools: [check], spec: more }));
}

before(async () => {
  folder = await makeTestFolder();
  worktree = await makeWorktree(folder, { "a.txt": "one\n", "locked.txt": "locked\n", "AGENTS.md": "MAP-OF-THE-REPOSITORY\n" });
  model = await startScriptedModel({ script });
  // A user's own configuration, which no session may see.
  await mkdir(join(folder, "user-codex"));
  await writeFile(join(folder, "user-codex", "config.toml"), `developer_instructions = "USERS-OWN-CONFIG"\n[mcp_servers.users]\ncommand = "false"\n`);
  await writeFile(join(folder, "user-codex", "AGENTS.md"), "USERS-OWN-AGENTS\n");
  session = await openSession();
});
after(async () => {
  if (process.env["SHOW_SIZES"] !== undefined) console.error(model.requests.map((request) => Number(request.conversation.headers["content-length"])).join(" "));
  await session?.dispose();
  await model.close();
  await removeFolder(folder);
});

function play(words: string, more: Parameters<typeof collectTurn>[2] = {}) {
  assert.ok(session !== undefined);
  const open = session;
  return collectTurn((input) => open.startTurn(input), words, { guard: bad, ...more });
}

test("a turn reads a file, and its request holds our instructions, the map, and nothing of the user's own configuration", async () => {
  const { turn, events } = play("LOOK at it");
  const result = await turn.result;
  assertStatus(result, "completed");
  assert.equal(result.text, "I read: one");
  assert.equal(result.modelCalls, 2);
  const billed = model.usage();
  assert.deepEqual([result.usage.inputTokens, result.usage.outputTokens, result.usage.source], [billed.inputTokens, billed.outputTokens, "wire"]);
  assert.ok(Math.abs((result.usage.costUsd ?? 0) - (billed.inputTokens / 1e6 + billed.outputTokens / 1e5)) < 1e-9, `${result.usage.costUsd}`); // a sum of two answers
  const tool = events.find((event) => event.kind === "tool-finished");
  assert.ok(tool?.kind === "tool-finished" && tool.tool === "exec_command" && !tool.isError && tool.output.includes("one"));
  const request = model.requests[0]?.conversation;
  const whole = JSON.stringify([request?.system, request?.messages]);
  for (const expected of ["INSTRUCTIONS-OF-INSPAN", "MAP-OF-THE-REPOSITORY"]) assert.ok(whole.includes(expected), expected);
  for (const unexpected of ["USERS-OWN-CONFIG", "USERS-OWN-AGENTS"]) assert.ok(!whole.includes(unexpected), unexpected);
  assert.deepEqual(request?.toolsOffered.filter((name) => /web_search|multi_agent|goal/.test(name)), []);
  for (const expected of ["apply_patch", "exec_command", "inspan_check"]) assert.ok(request?.toolsOffered.includes(expected), expected);
});

test("findings of an apply_patch edit reach the model in the same turn, and it repairs", async () => {
  const { turn, events } = play("EDIT it");
  const result = await turn.result;
  assertStatus(result, "completed");
  assert.equal(result.text, "repaired");
  assert.equal(await readFile(join(worktree, "a.txt"), "utf8"), "good\n");
  assert.deepEqual(events.filter((event) => event.kind === "findings-shown").map((event) => event.paths), [["a.txt"]]);
  assert.deepEqual(events.filter((event) => event.kind === "files-changed").map((event) => event.paths), [["a.txt"], ["a.txt"]]);
});

test("findings of an edit by the shell reach the model too", async () => {
  const result = await play("SHELL edit").turn.result;
  assert.equal(result.text, "saw the finding");
  git(worktree, "checkout", "-q", "a.txt");
});

test("an edit of a refused path does not happen, and the model reads why", async () => {
  const result = await play("FORBID it").turn.result;
  assert.match(result.text, /REFUSED: this file is locked/);
  assert.equal(await readFile(join(worktree, "locked.txt"), "utf8"), "locked\n");
});

test("an operation is executed in our process", async () => {
  const result = await play("TOOL please").turn.result;
  assert.equal(result.text, `It said: checked by process ${process.pid}`);
  assert.deepEqual(seenInputs, [{ path: "a.txt" }]);
});

test("a steered text reaches the running turn", async () => {
  const played = play("STEER me");
  await played.waitFor((event) => event.kind === "tool-finished");
  assert.equal(await played.turn.steer("STEERED-TEXT"), true);
  const result = await played.turn.result;
  assert.equal(result.text, "I was steered");
  assert.ok(played.events.some((event) => event.kind === "steered"));
  assert.equal(await played.turn.steer("late"), false);
});

test("an interrupt leaves no command behind, also none that left its group, and the session goes on", async () => {
  const played = play("SLEEP long");
  await played.waitFor((event) => event.kind === "tool-started");
  await waitForProcesses("sleep 31313", 3, played.turn);
  await played.turn.interrupt();
  assert.deepEqual(processesWith("sleep 31313"), []);
  assertStatus(await played.turn.result, "interrupted");
  assert.match((await play("HISTORY now").turn.result).text, /I remember/);
});

test("an interrupt while the process starts leaves nothing behind", async () => {
  const { turn } = play("LOOK now");
  await turn.interrupt();
  assertStatus(await turn.result, "interrupted");
  assert.deepEqual(processesWith("codex app-server", folder), []);
});

test("an HTTP 400 of the model fails the turn with its text, for good", async () => {
  const result = await play("REFUSED now").turn.result;
  assert.ok(result.status === "failed" && result.reason.includes("THE-MODEL-SAYS-NO") && !result.isRetryable, JSON.stringify(result));
});

test("an overloaded model fails the turn as worth another try", async () => {
  const result = await play("BROKEN now").turn.result;
  assert.ok(result.status === "failed" && result.isRetryable, JSON.stringify(result));
});

test("a turn ends at its bound of model calls and at its bound of time", async () => {
  const calls = await play("LOOP on", { modelCallsMax: 3 }).turn.result;
  assert.ok(calls.status === "failed" && calls.modelCalls === 3 && calls.reason.includes("3 model calls") && !calls.isRetryable, JSON.stringify(calls));
  const time = await play("HANG on", { timeoutMs: 2_500 }).turn.result;
  assert.ok(time.status === "failed" && time.reason.includes("2500 ms"), JSON.stringify(time));
});

test("Codex killed in the middle of a turn fails it as worth another try, and the session goes on", async () => {
  const played = play("HANG here");
  await model.waitFor((conversation) => conversation.lastUserText === "HANG here");
  const pids = processesWith("codex app-server", folder);
  assert.ok(pids.length > 0);
  for (const pid of pids) { try { process.kill(pid, "SIGKILL"); } catch { /* one of them took the others along */ } }
  const result = await played.turn.result;
  assert.ok(result.status === "failed" && result.isRetryable, JSON.stringify(result));
  assert.match((await play("HISTORY then").turn.result).text, /I remember/);
});

test("another process of ours goes on with the session, its history and its operations", async () => {
  const id = session?.id;
  await session?.dispose();
  assert.deepEqual(processesWith(folder), []);
  session = await openSession({ resumeId: id });
  assert.equal(session.id, id);
  assert.equal((await play("HISTORY again").turn.result).text, "I remember; tools: true");
  // Each turn has a process of its own; what is stable must not pile up.
  const whole = JSON.stringify([model.requests.at(-1)?.conversation.system, model.requests.at(-1)?.conversation.messages]);
  assert.equal(whole.split("INSTRUCTIONS-OF-INSPAN").length - 1, 1);
  assert.equal(whole.split("MAP-OF-THE-REPOSITORY").length - 1, 1);
});

test("inside, git is read-only, the outside is out of reach, and the key of the model is nowhere", async () => {
  const driver = makeDriver({ folder, baseUrl: model.url, env: { TEST_MODEL_API_KEY: secretKey }, driver: { apiKey: await secretOf(secretKey) } });
  const other = await driver.open(specOf({ folder: join(folder, "walls"), worktreePath: worktree }));
  try {
    const result = await collectTurn((input) => other.startTurn(input), "WALLS please").turn.result;
    assertStatus(result, "completed");
    assert.match(result.text, /\.git\/x: (Read-only|Not a directory)/);
    assert.match(result.text, /outside\.txt: Read-only/);
    assert.match(result.text, /\n1\n/);
    assert.match(result.text, /\nECONNREFUSED\n/);
    assert.match(result.text, new RegExp(`\\n0\\n0\\n${process.version}`));
    assert.equal(model.requests.at(-1)?.conversation.headers["authorization"], `Bearer ${secretKey}`);
  } finally { await other.dispose(); }
});

async function secretOf(value: string) {
  const { Secret } = await import("../../src/providers/index.ts");
  return new Secret(value);
}

test("a model that works by programs (code mode) has the same operations, findings and refusals", async () => {
  const driver = makeDriver({ folder, baseUrl: model.url, driver: { model: "gpt-6-sol" } });
  const other = await driver.open(specOf({ folder: join(folder, "code"), worktreePath: worktree, tools: [check] }));
  try {
    const { turn, events } = collectTurn((input) => other.startTurn(input), "CODE it", { guard: bad });
    const result = await turn.result;
    assertStatus(result, "completed");
    assert.match(result.text, new RegExp(`checked by process ${process.pid}`));
    assert.deepEqual(model.requests.at(-1)?.conversation.toolsOffered.filter((name) => /agent|collaboration/.test(name)), []);
    assert.match(result.text, /FINDING: bad word/);
    assert.match(result.text, /REFUSED: this file is locked/);
    assert.deepEqual(events.flatMap((event) => (event.kind === "tool-finished" ? [event.tool] : [])), ["exec_command", "apply_patch", "inspan_check"]);
  } finally { await other.dispose(); }
});

test("a home in the temporary folder is refused with the way out", async () => {
  const driver = makeDriver({ folder, baseUrl: model.url });
  await assert.rejects(driver.open(specOf({ folder: "/tmp/inspan-test-codex", worktreePath: worktree })), { code: "AGENT_START_FAILED", remedy: /INSPAN_HOME/ });
  await removeFolder("/tmp/inspan-test-codex");
});

test("a missing Codex and a missing login are told with the command to type", async () => {
  const missing = makeDriver({ folder, baseUrl: model.url, driver: { path: join(folder, "nothing") } });
  assert.equal((await missing.probe(new AbortController().signal)).status, "missing");
  await assert.rejects(missing.open(specOf({ folder, worktreePath: worktree })), { code: "AGENT_MISSING", remedy: /npm install --global @openai\/codex@0\.169\.0/ });
  const driver = makeDriver({ folder, baseUrl: model.url, driver: { login: "user" } });
  await assert.rejects(driver.open(specOf({ folder: join(folder, "login"), worktreePath: worktree })), { code: "AGENT_NOT_LOGGED_IN", remedy: "codex login" });
  const found = await makeDriver({ folder, baseUrl: model.url }).probe(new AbortController().signal);
  assert.ok(found.status === "ok" && found.found.includes("0.169.0"), found.found);
});
