// The Codex driver with a tiny app-server that is newer than ours and asks for leave. The real Codex is in test/agents.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { createNodeProviders } from "../../../../providers/node/index.ts";
import type { AgentEvent, AgentSession, SessionSpec } from "../../types.ts";
import { createCodexDriver } from "./index.ts";

const repositoryRoot = fileURLToPath(new URL("../../../../../", import.meta.url));
const programPath = join(repositoryRoot, "test", "programs", "agents", "codex-app-server.mjs");

async function open(t: TestContext, more: Partial<SessionSpec> = {}): Promise<AgentSession> {
  // Codex refuses a home in the temporary folder, and the driver says so before.
  mkdirSync(join(repositoryRoot, ".cache"), { recursive: true });
  const folder = realpathSync(mkdtempSync(join(repositoryRoot, ".cache", "codex-driver-")));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const worktreePath = join(folder, "worktree");
  mkdirSync(worktreePath);
  execFileSync("git", ["init", "--quiet"], { cwd: worktreePath });
  mkdirSync(join(folder, "bin"));
  // Beside its starter: in a checkout below a home the sandbox shows nothing else.
  cpSync(programPath, join(folder, "bin", "codex-app-server.mjs"));
  const path = join(folder, "bin", "codex");
  writeFileSync(path, `#!/bin/sh\nexec "${process.execPath}" "${folder}/bin/codex-app-server.mjs" "$@"\n`);
  chmodSync(path, 0o755);
  const providers = createNodeProviders({ env: process.env, statePath: join(folder, "state"), version: "0.0.0" });
  t.after(() => providers.processes.stopAll());
  const driver = createCodexDriver({
    providers,
    path,
    model: "m",
    effort: undefined,
    price: undefined,
    login: "own-home",
    baseUrl: "http://127.0.0.1:1/v1",
    apiKey: undefined,
    userHomePath: join(folder, "user"),
    network: "sandbox",
    allowedHosts: undefined,
  });
  const session = await driver.open({
    label: "t",
    worktreePath,
    sessionPath: join(folder, "session"),
    access: "write",
    instructions: "I",
    model: undefined,
    effort: undefined,
    tools: [],
    isUnsandboxedAllowed: false,
    resumeId: undefined,
    signal: new AbortController().signal,
    ...more,
  });
  t.after(() => session.dispose());
  return session;
}

async function play(session: AgentSession, words: string) {
  const events: AgentEvent[] = [];
  const result = await session.startTurn({
    text: words,
    guard: { refuse: (path) => (path === "locked.txt" ? "LOCKED" : undefined), afterEdit: async () => undefined },
    modelCallsMax: 5,
    timeoutMs: 60_000,
    signal: new AbortController().signal,
    onEvent: (event) => {
      events.push(event);
    },
  }).result;
  return { result, events };
}

test("what Codex asks leave for is decided by the guard and the walls, told, and explained to the model", async (t) => {
  const { result, events } = await play(await open(t), "APPROVALS a.txt");
  assert.equal(result.status, "completed", JSON.stringify(result));
  const [edit, locked, outside, unknown, command, escalated, network, permissions, input, elicited, strange, steered] = result.text.split("\n");
  const decision = (word: string) => JSON.stringify({ decision: word });
  assert.deepEqual([edit, locked, outside, unknown], [decision("accept"), decision("decline"), decision("decline"), decision("decline")]);
  assert.deepEqual([command, escalated, network], [decision("acceptForSession"), decision("decline"), decision("decline")]);
  assert.deepEqual(
    [permissions, input, elicited, strange],
    [
      JSON.stringify({ permissions: {}, scope: "turn" }),
      JSON.stringify({ answers: {} }),
      JSON.stringify({ action: "decline", content: null, _meta: null }),
      "error -32601",
    ],
  );
  assert.match(steered ?? "", /Refused \(edit locked\.txt\): LOCKED .*outside of the worktree|Refused \(edit locked\.txt\): LOCKED .*holds \.\./);
  assert.deepEqual(
    events.flatMap((event) => (event.kind === "approval" ? [event.decision] : [])),
    ["accepted", "declined", "declined", "declined", "accepted", "declined", "declined", "declined", "declined", "declined"],
  );
});

test("a reviewer's session is given no leave to edit", async (t) => {
  const { result } = await play(await open(t, { access: "read-only" }), "APPROVALS a.txt");
  assert.equal(result.text.split("\n")[0], JSON.stringify({ decision: "decline" }));
});

test("what a newer Codex tells is passed over, and an ending that nobody knows is a failure, not a silence", async (t) => {
  const session = await open(t);
  const newer = await play(session, "NEWER");
  assert.deepEqual([newer.result.status, newer.result.text], ["completed", "still there"]);
  const { result } = await play(session, "STATUS");
  assert.ok(result.status === "failed" && !result.isRetryable && /"suspended", which Inspan does not know/.test(result.reason), JSON.stringify(result));
});

test("limits of the login are told before they are met, and a met one says when it ends", async (t) => {
  const session = await open(t);
  const warned = await play(session, "WARNED");
  assert.deepEqual(
    warned.events.flatMap((event) => (event.kind === "warning" ? [event.text] : [])),
    ["95 % of the login's limit of 5 hours are used; it begins anew at 2096-10-02T07:06:40.000Z"],
  );
  const { result } = await play(session, "LIMITED");
  assert.ok(result.status === "failed" && result.isRetryable && (result.retryAfterMs ?? 0) > 3_500_000 && (result.retryAfterMs ?? 0) <= 3_601_000, JSON.stringify(result));
});

test("a model whose history was lost is told so, as context of the application", async (t) => {
  const session = await open(t);
  // The second turn's process cannot resume the thread.
  assert.deepEqual(JSON.parse((await play(session, "hello")).result.text), { additionalContext: null, approvalPolicy: "never" });
  const { result, events } = await play(session, "again");
  const { additionalContext } = JSON.parse(result.text) as { additionalContext: { inspan: { kind: string; value: string } } }; // the tiny server's own form
  assert.equal(additionalContext.inspan.kind, "application");
  assert.match(additionalContext.inspan.value, /history of this session was lost/);
  assert.ok(events.some((event) => event.kind === "warning" && event.text.includes("lost the history")));
});
