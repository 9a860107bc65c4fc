import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Conversation, ModelStep, Script, WireName } from "../../../../../test/programs/scripted-model/index.ts";
import { call, resultsOf, text } from "../../../../../test/programs/scripted-model/index.ts";
import { keyOfTests, startAgentWorld } from "../../../../../test/support/agent-session.ts";
import type { AgentWorld, AgentWorldOptions } from "../../../../../test/support/agent-session.ts";
import { AgentsConfig } from "../../config.ts";
import { createDriver } from "../index.ts";
import type { AgentEvent, EditGuard } from "../../types.ts";

async function withWorld(options: AgentWorldOptions, work: (world: AgentWorld) => Promise<void>): Promise<void> {
  const world = await startAgentWorld(options);
  try { await work(world); } finally { await world.close(); }
}

const patch = (...lines: readonly string[]): { patch: string } => ({ patch: ["*** Begin Patch", ...lines, "*** End Patch"].join("\n") });
const kinds = (events: readonly AgentEvent[]): string[] => events.map((event) => event.kind);
const outputs = (events: readonly AgentEvent[]): string[] => events.flatMap((event) => (event.kind === "tool-finished" ? [event.output] : []));

/** Takes step after step: the number of answers in the conversation says which is next. */
function inOrder(...steps: readonly (ModelStep | ((conversation: Conversation) => ModelStep))[]): Script {
  return (conversation) => {
    const step = steps[conversation.toolResults.length] ?? text("all done");
    return typeof step === "function" ? step(conversation) : step;
  };
}

const noSecretsGuard: EditGuard = {
  refuse: (path) => (path.startsWith("locked/") ? "the folder locked/ belongs to another team." : undefined),
  afterEdit: (paths) => Promise.resolve(paths.includes("src/a.ts") ? "src/a.ts:1 name-too-short: found a, expected a word. Fix: rename it." : undefined),
};

const repairs: Script = (conversation) => {
  const patched = resultsOf(conversation, "apply_patch");
  if (resultsOf(conversation, "read_file").length === 0) return call("read_file", { path: "src/a.ts" }, { reasoning: "First I look.", text: "Looking." });
  if (resultsOf(conversation, "search").length === 0) return call("search", { pattern: "export const \\w+" });
  if (patched.length === 0) return call("apply_patch", patch("*** Update File: src/a.ts", "@@", "-export const a = 1;", "+export const a = 2;"));
  if (patched.at(-1)?.includes("name-too-short") === true)
    return call("apply_patch", patch("*** Update File: src/a.ts", "*** Move to: src/amount.ts", "@@", "-export const a = 2;", "+export const amount = 2;"));
  if (resultsOf(conversation, "run").length === 0) return call("run", { command: "cat src/amount.ts && git log --oneline | wc -l && echo made > made.txt" });
  if (patched.length === 2) return call("apply_patch", patch("*** Add File: locked/x.ts", "+1"));
  return text("Renamed it.");
};

for (const wire of ["chat", "responses", "messages"] as const satisfies readonly WireName[]) {
  test(`a turn on the ${wire} wire reads, searches, repairs what the guard finds, runs and is refused`, async () => {
    await withWorld({ script: repairs, wire, config: { price: { inputUsd: 1, outputUsd: 2 } } }, async (world) => {
      const session = await world.open();
      // The second patch moves src/a.ts away, so only the first is answered with a finding.
      let edits = 0;
      const turn = world.turn("Rename a.", { guard: { ...noSecretsGuard, afterEdit: (paths) => { edits += 1; return edits === 1 ? noSecretsGuard.afterEdit(paths) : Promise.resolve(undefined); } } });
      const result = await session.startTurn(turn).result;
      const billed = world.model.usage(session.id);
      assert.deepEqual(result, {
        status: "completed", text: "Renamed it.", modelCalls: 7,
        // This wire has no field for reasoning tokens.
        usage: { ...billed, reasoningTokens: wire === "messages" ? 0 : billed.reasoningTokens, costUsd: result.usage.costUsd, source: "wire" },
      });
      assert.ok(Math.abs((result.usage.costUsd ?? 0) - (billed.inputTokens + 2 * billed.outputTokens) / 1e6) < 1e-12);
      assert.equal(world.read("src/amount.ts"), "export const amount = 2;\n");
      assert.equal(world.git("status", "--porcelain", "-uall"), " D src/a.ts\n?? made.txt\n?? src/amount.ts\n");
      const [read, search, first, second, run, refused] = outputs(turn.events);
      assert.equal(read, "1| export const a = 1;");
      assert.equal(search, "src/a.ts:1: export const a = 1;");
      assert.equal(first, "Updated src/a.ts\n\nsrc/a.ts:1 name-too-short: found a, expected a word. Fix: rename it.");
      assert.equal(second, "Added src/amount.ts\nMoved away src/a.ts");
      assert.match(run ?? "", /^Exit code 0 after .*\n<untrusted source="command-output">\nexport const amount = 2;\n1\n\n<\/untrusted>\n\nFiles changed by the command: made\.txt\.$/);
      assert.equal(refused, '"locked/x.ts" may not be edited: the folder locked/ belongs to another team.\n\nNothing was changed.');
      assert.deepEqual(kinds(turn.events).slice(0, 5), ["usage", "reasoning", "message", "tool-started", "tool-finished"]);
      assert.equal(kinds(turn.events).filter((kind) => kind === "findings-shown").length, 1);
      const stored = JSON.stringify(turn.events) + readdirSync(world.sessionPath).filter((name) => name.endsWith(".jsonl")).map((name) => readFileSync(join(world.sessionPath, name), "utf8")).join("");
      assert.ok(!stored.includes(keyOfTests));
      await session.dispose();
    });
  });
}

test("the span of a turn is open while its model calls and tools run: they are its children", async () => {
  await withWorld({ script: inOrder(call("read_file", { path: "src/a.ts" })) }, async (world) => {
    await (await world.open()).startTurn(world.turn("go")).result;
    const folder = join(world.rootPath, "state", "logs");
    const spans = readdirSync(folder).flatMap((name) => readFileSync(join(folder, name), "utf8").trim().split("\n")).map((line) => JSON.parse(line)).filter((line) => line.event === "span");
    const turn = spans.find((span) => span.name === "agent.turn");
    assert.deepEqual(spans.filter((span) => span.parentSpanId === turn.spanId).map((span) => span.name), ["agent.model-call", "agent.tool", "agent.model-call"]);
    const inside = spans.filter((span) => span !== turn).reduce((total, span) => total + span.durationMs, 0);
    assert.ok(turn.durationMs >= inside, `${turn.durationMs} ms with ${inside} ms inside`);
  });
});

test("steer() reaches the model before its next step", async () => {
  const script: Script = (conversation) => (conversation.messages.some((message) => message.kind === "user" && message.text === "stop that") ? text("stopped") : call("steer_me", {}));
  await withWorld({ script }, async (world) => {
    const steered: boolean[] = [];
    const session = await world.open({
      tools: [
        {
          name: "steer_me",
          description: "d",
          inputSchema: { type: "object" },
          execute: async () => {
            steered.push(await running.steer("stop that"));
            return { text: "ok", isError: false };
          },
        },
      ],
    });
    const turn = world.turn("go");
    const running = session.startTurn(turn);
    const result = await running.result;
    assert.deepEqual([result.status, result.text, result.modelCalls, steered], ["completed", "stopped", 2, [true]]);
    assert.ok(turn.events.some((event) => event.kind === "steered" && event.text === "stop that"));
    assert.equal(await running.steer("too late"), false);
  });
});

test("interrupt() ends a running command with its group and the history goes on in a new session", async () => {
  const script: Script = (conversation) =>
    conversation.lastUserText === "what happened?"
      ? text(`I saw: ${resultsOf(conversation, "run").join()}`)
      : call("run", { command: "echo $$ > pid; sleep 300 & sleep 300" });
  await withWorld({ script }, async (world) => {
    const session = await world.open();
    const turn = world.turn("wait");
    const running = session.startTurn(turn);
    await turn.waitFor((event) => event.kind === "tool-started");
    while (!readdirSync(world.worktreePath).includes("pid")) await world.providers.clock.sleep(20); // a watcher that begins after it was written would wait for ever
    await running.interrupt();
    assert.equal((await running.result).status, "interrupted");
    const { stdout } = await world.providers.processes.run({ command: ["ps", "-eo", "args"], cwd: "/", env: world.providers.processes.environment(), timeoutMs: 5_000 });
    assert.ok(!stdout.split("\n").includes("sleep 300"), stdout);
    await session.dispose();

    const resumed = await world.open({ resumeId: session.id });
    const result = await resumed.startTurn(world.turn("what happened?")).result;
    assert.equal(result.status, "completed");
    assert.match(result.text, /^I saw: Interrupted after/);
  });
});

test("a host tool that heeds no signal cannot hold a turn, and a text steered meanwhile is shown in the next turn", async () => {
  const script: Script = (conversation) => (conversation.messages.some((message) => message.kind === "user" && message.text === "also this") ? text("seen") : call("forever", {}));
  await withWorld({ script }, async (world) => {
    const session = await world.open({ tools: [{ name: "forever", description: "d", inputSchema: { type: "object" }, execute: () => new Promise(() => {}) }] });
    const turn = world.turn("go");
    const running = session.startTurn(turn);
    await turn.waitFor((event) => event.kind === "tool-started");
    assert.equal(await running.steer("also this"), true);
    await running.interrupt();
    assert.equal((await running.result).status, "interrupted");
    assert.equal((await session.startTurn(world.turn("next")).result).text, "seen");
  });
});

test("interrupt() aborts a request that hangs", async () => {
  await withWorld({ script: () => ({ kind: "hang", after: "headers" }) }, async (world) => {
    const session = await world.open();
    const running = session.startTurn(world.turn("go"));
    await world.model.waitFor(() => true);
    await running.interrupt();
    const { usage, ...rest } = await running.result;
    assert.deepEqual(rest, { status: "interrupted", text: "", modelCalls: 1 });
    assert.ok(usage.source === "unknown" && usage.inputTokens > 100, `the model had the request: ${JSON.stringify(usage)}`);
  });
});

test("a model that hangs fails the turn at its time limit, retryable", async () => {
  await withWorld({ script: () => ({ kind: "hang", after: "nothing" }) }, async (world) => {
    const session = await world.open();
    const result = await session.startTurn(world.turn("go", { timeoutMs: 200 })).result;
    assert.ok(result.status === "failed" && result.isRetryable && /200 ms, while it waited for the model/.test(result.reason), JSON.stringify(result));
  });
});

const passingFaults = [
  { kind: "httpError", status: 500, message: "oops" },
  { kind: "httpError", status: 429, message: "slow down", retryAfterSeconds: 7 },
  { kind: "malformed", how: "cut" },
  { kind: "malformed", how: "reset" },
  { kind: "malformed", how: "not-json" },
] as const;

for (const wire of ["chat", "responses", "messages"] as const) {
  test(`faults on the ${wire} wire that pass are retried, with waits that grow`, async () => {
    await withWorld({ script: ({ lastUserText }) => ({ kind: "flaky", times: 2, fault: passingFaults[Number(lastUserText)] ?? passingFaults[0], then: text("fine") }), wire }, async (world) => {
      for (const [index, fault] of passingFaults.entries()) {
        world.waitsMs.length = 0;
        const turn = world.turn(String(index));
        const result = await (await world.open()).startTurn(turn).result;
        // Limits of rate are waited out by the relay, within one call.
        assert.deepEqual([result.status, result.text, result.modelCalls], ["completed", "fine", "retryAfterSeconds" in fault ? 1 : 3], `${JSON.stringify(fault)} ${JSON.stringify(result)}`);
        assert.equal(kinds(turn.events).filter((kind) => kind === "warning").length, 2);
        if ("retryAfterSeconds" in fault) assert.deepEqual(world.waitsMs, [7_000, 7_000]);
        else assert.ok((world.waitsMs[1] ?? 0) > (world.waitsMs[0] ?? 0) && (world.waitsMs[0] ?? 0) >= 375, String(world.waitsMs));
      }
    });
  });
}

test("a fault that stays ends the turn: retryable after all attempts for 503, at once and for good for 401", async () => {
  for (const [status, modelCalls, isRetryable] of [[503, 5, true], [401, 1, false], [400, 1, false]] as const) {
    await withWorld({ script: () => ({ kind: "httpError", status, message: `no: ${keyOfTests}` }) }, async (world) => {
      const session = await world.open();
      const result = await session.startTurn(world.turn("go")).result;
      assert.ok(result.status === "failed");
      assert.deepEqual([result.modelCalls, result.isRetryable], [modelCalls, isRetryable]);
      assert.match(result.reason, new RegExp(`HTTP ${status}: no: \\*\\*\\*`));
    });
  }
});

test("a limit longer than a call waits, a refused key and an unknown model end the turn at once, with the time or the next command", async () => {
  const check = async (step: ModelStep, expected: Readonly<Record<string, unknown>>) => withWorld({ script: () => step }, async (world) => {
    const result = await (await world.open()).startTurn(world.turn("go")).result;
    assert.ok(result.status === "failed", JSON.stringify(result));
    assert.deepEqual(
      { modelCalls: result.modelCalls, isRetryable: result.isRetryable, retryAfterMs: result.retryAfterMs, remedy: result.remedy },
      { modelCalls: 1, retryAfterMs: undefined, remedy: undefined, ...expected },
      result.reason,
    );
  });
  await check({ kind: "httpError", status: 429, message: "come back later", retryAfterSeconds: 3_600 }, { isRetryable: true, retryAfterMs: 3_600_000 });
  await check({ kind: "httpError", status: 401, message: "expired" }, { isRetryable: false, remedy: "export TEST_MODEL_KEY=… with a key that the provider takes" });
  await check({ kind: "httpError", status: 404, message: "model not found" }, { isRetryable: false, remedy: `set agents.builtin.model (now "scripted") to a model that the provider has` });
});

test("a session is recorded without its key, and replayed without a model", async () => {
  const script = inOrder(call("read_file", { path: "src/a.ts" }), text("It exports a."));
  await withWorld({ script, agents: { record: true } }, async (world) => {
    const session = await world.open();
    const result = await session.startTurn(world.turn(`What is there? ${keyOfTests}`)).result;
    assert.equal(result.text, "It exports a.");
    const record = join(world.sessionPath, "wire.jsonl");
    assert.doesNotMatch(readFileSync(record, "utf8"), new RegExp(keyOfTests));
    assert.equal(readFileSync(record, "utf8").trim().split("\n").length, 2);
    await withWorld({ script: () => ({ kind: "httpError", status: 500, message: "nobody asks a model" }), agents: { replay: record } }, async (other) => {
      const replayed = await (await other.open()).startTurn(other.turn("What is there?")).result;
      assert.deepEqual([replayed.status, replayed.text, replayed.usage], ["completed", "It exports a.", result.usage]);
      assert.equal(other.model.requests.length, 0);
    });
  });
});

test("nonsense of the model is answered: broken arguments, arguments that do not fit, unknown tools, patches that do not match", async () => {
  const script = inOrder(
    call("read_file", "{\"path\": "), call("read_file", { file: "x" }), call("launch", {}), call("apply_patch", { patch: "please" }),
    call("apply_patch", patch("*** Update File: src/a.ts", "@@", "-export const b = 1;", "+2")), call("read_file", { path: "../../etc/passwd" }), call("search", { pattern: "(" }),
  );
  for (const wire of ["chat", "responses", "messages"] as const) {
    await withWorld({ script, wire }, async (world) => {
      const session = await world.open();
      const turn = world.turn("go");
      assert.equal((await session.startTurn(turn).result).status, "completed");
      const [broken, misfit, unknown, noPatch, noMatch, outside, noPattern] = outputs(turn.events);
      assert.match(broken ?? "", /no JSON object/);
      assert.match(misfit ?? "", /do not fit: path:/);
      assert.equal(unknown, 'There is no tool "launch"; the tools are: read_file, search, list_files, apply_patch, run.');
      assert.match(noPatch ?? "", /no line "\*\*\* Begin Patch"/);
      assert.match(noMatch ?? "", /The hunk of "src\/a.ts" does not match/);
      assert.match(outside ?? "", /holds \.\./);
      assert.match(noPattern ?? "", /no regular expression/);
      assert.ok(turn.events.every((event) => event.kind !== "tool-finished" || event.isError));
    });
  }
});

test("an endless identical call, silence and the limit of calls each end the turn with their reason", async () => {
  const check = async (script: Script, input: { modelCallsMax?: number }, reason: RegExp, modelCalls: number): Promise<void> => {
    await withWorld({ script }, async (world) => {
      const session = await world.open();
      const result = await session.startTurn(world.turn("go", input)).result;
      assert.ok(result.status === "failed", JSON.stringify(result));
      assert.match(result.reason, reason);
      assert.equal(result.modelCalls, modelCalls);
    });
  };
  await check(() => call("read_file", { path: "src/a.ts" }), {}, /same call with the same answer 6 times/, 6);
  await check(() => text(""), {}, /no usable answer 3 times/, 3);
  await check((conversation) => call("read_file", { path: `x${conversation.toolResults.length}` }), { modelCallsMax: 4 }, /4 model calls, its limit/, 4);
});

test("a read-only session has no edit tool and commands cannot write", async () => {
  await withWorld({ script: inOrder(call("apply_patch", patch("*** Add File: x", "+1")), call("run", { command: "touch x || echo refused; git log --oneline | wc -l" })) }, async (world) => {
    const session = await world.open({ access: "read-only" });
    const turn = world.turn("go");
    await session.startTurn(turn).result;
    const [edit, run] = outputs(turn.events);
    assert.match(edit ?? "", /There is no tool "apply_patch"/);
    assert.match(run ?? "", /refused\n1\n/);
    assert.equal(world.git("status", "--porcelain"), "");
  });
});

test("in a linked worktree commands read the history and cannot commit", async () => {
  await withWorld({ script: inOrder(call("run", { command: "git log --format=%s; git status --short; git diff | tail -1; git commit -qam evil || echo commit-refused" })) }, async (world) => {
    const linked = join(world.rootPath, "linked");
    world.git("worktree", "add", "--quiet", linked);
    const session = await world.open({ worktreePath: linked });
    await world.providers.files.writeText(join(linked, "src/a.ts"), "changed\n");
    const turn = world.turn("go");
    await session.startTurn(turn).result;
    assert.match(outputs(turn.events)[0] ?? "", /\nstart\n M src\/a\.ts\n\+changed\n[\s\S]*commit-refused\n/);
    assert.equal(world.git("log", "--all", "--format=%s"), "start\n");
  });
});

test("commands can neither write .git nor the session's history nor see the key, and a refused path is told", async () => {
  const command = "(echo x > .git/evil || echo git-refused); (echo x > ../session/evil || true); mkdir locked; echo 1 > locked/y; env | grep -c TEST_MODEL_KEY";
  await withWorld({ script: inOrder(call("run", { command })) }, async (world) => {
    const session = await world.open();
    const turn = world.turn("go", { guard: noSecretsGuard });
    await session.startTurn(turn).result;
    const [run] = outputs(turn.events);
    assert.match(run ?? "", /git-refused[\s\S]*\n0\n[\s\S]*The command changed "locked\/y", which may not be edited: the folder locked\/ belongs to another team\. Undo this change\.$/);
    assert.ok(!readdirSync(world.sessionPath).includes("evil"));
  });
});

test("tools do not follow links out of the worktree and never write through a link", async () => {
  await withWorld({ script: inOrder(
    call("run", { command: "ln -s /etc etc; ln -s /etc/passwd word; ln -s src inside" }), call("read_file", { path: "word" }), call("read_file", { path: "etc/passwd" }),
    call("read_file", { path: "inside/a.ts" }),
    call("search", { pattern: "root:" }),
    call("apply_patch", patch("*** Add File: etc/new", "+1")),
    call("apply_patch", patch("*** Add File: inside/new", "+1")),
  ) }, async (world) => {
    const session = await world.open();
    const turn = world.turn("go");
    await session.startTurn(turn).result;
    const [, word, etc, inside, search, edit, editInside] = outputs(turn.events);
    assert.match(word ?? "", /is a link that leads out/);
    assert.match(etc ?? "", /is a link that leads out/);
    assert.equal(inside, "1| export const a = 1;");
    assert.match(search ?? "", /No line matches/);
    assert.match(edit ?? "", /goes through the link "etc"/);
    assert.match(editInside ?? "", /goes through the link "inside"/);
  });
});

test("search() stops a pattern that would run for ever", async () => {
  await withWorld({ files: { "a.txt": `${"a".repeat(60)}!\n` }, script: inOrder(call("search", { pattern: "(a+)+$" })) }, async (world) => {
    const session = await world.open();
    const turn = world.turn("go");
    await session.startTurn(turn).result;
    assert.match(outputs(turn.events)[0] ?? "", /the pattern is too slow \(on a\.txt\)/);
  });
});

test("createDriver() knows its drivers by name", async () => {
  await withWorld({ script: () => text("x") }, async (world) => {
    await assert.rejects(createDriver("nobody", world.providers, AgentsConfig.parse(undefined)), { code: "AGENT_UNKNOWN", kind: "usage", message: /expected one of .*builtin/ });
  });
});

test("open() tells what is missing: the model, the key, the history, a second tool of one name", async () => {
  await withWorld({ script: () => text("x"), config: { apiKeyEnv: "NOT_SET_ANYWHERE" } }, async (world) => {
    await assert.rejects(world.open(), { code: "AGENT_NOT_LOGGED_IN", remedy: "export NOT_SET_ANYWHERE=…" });
    assert.deepEqual(await world.driver.probe(new AbortController().signal), { status: "missing", found: "the variable NOT_SET_ANYWHERE is not set", remedy: "export NOT_SET_ANYWHERE=…" });
  });
  await withWorld({ script: () => text("x") }, async (world) => {
    await assert.rejects(world.open({ resumeId: "gone" as never }), { code: "AGENT_START_FAILED", message: /no history is there/ }); // a brand is a string
    await assert.rejects(world.open({ tools: [{ name: "run", description: "", inputSchema: {}, execute: () => Promise.resolve({ text: "", isError: false }) }] }), { code: "AGENT_START_FAILED" });
    assert.equal((await world.driver.probe(new AbortController().signal)).status, "ok");
  });
});
