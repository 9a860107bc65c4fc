// One scenario for every agent: read, edit, run, break a rule, be told, repair, ask, be steered, be interrupted, resume. Real clients, scripted model.
// `CLIENTS=claude,pi npm run test:agents -- scenario` plays it with some of them.
import { strict as assert } from "node:assert";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { AgentDriver, AgentSession, AgentTool, EditGuard } from "../../src/domains/agent/index.ts";
import { startScriptedModel, text } from "../programs/scripted-model/index.ts";
import type { ScriptedModel } from "../programs/scripted-model/index.ts";
import { handsOf, keyOfTest, makeClientDriver } from "./hands.ts";
import { assertStatus, collectTurn, git, makeTestFolder, makeWorktree, playScenes, processesWith, removeFolder, specOf, waitForProcesses } from "./support.ts";

const all = ["builtin", "codex", "claude", "gemini", "opencode", "pi"];
const chosen = (process.env["CLIENTS"] ?? "").split(",").filter((name) => name !== "");
const last = (results: readonly { readonly text: string }[]): string => results.at(-1)?.text ?? "";

for (const name of all.filter((one) => chosen.length === 0 || chosen.includes(one))) {
  describe(`with ${name}`, () => {
    let folder = "";
    let worktree = "";
    let model: ScriptedModel;
    let driver: AgentDriver;
    let session: AgentSession;
    const seenInputs: unknown[] = [];
    const guard: EditGuard = {
      refuse: (path) => (path === "locked.txt" ? "REFUSED: this file is locked." : undefined),
      afterEdit: async (paths) =>
        paths.includes("a.txt") && (await readFile(join(worktree, "a.txt"), "utf8")).includes("bad")
          ? "FINDING: bad word in a.txt. Write good instead."
          : undefined,
    };
    const check: AgentTool = {
      name: "inspan_check", description: "Checks a file.", inputSchema: { type: "object", properties: { path: { type: "string" } } },
      execute: (input) => { seenInputs.push(input); return Promise.resolve({ text: `checked by process ${process.pid}`, isError: false }); },
    };
    const open = (more: Parameters<typeof specOf>[0]["spec"] = {}) => driver.open(specOf({ folder, worktreePath: worktree, tools: [check], spec: more }));
    const play = (words: string, more: Parameters<typeof collectTurn>[2] = {}) => collectTurn((input) => session.startTurn(input), words, { guard, ...more });

    before(async () => {
      folder = await makeTestFolder();
      worktree = await makeWorktree(folder, { "a.txt": "one\n", "locked.txt": "locked\n", "AGENTS.md": "MAP-OF-THE-REPOSITORY\n" });
      const hands = handsOf(name, worktree);
      model = await startScriptedModel({ script: playScenes({
        LOOK: ({ results }) => (results.length === 0 ? hands.read("a.txt") : text(`I read: ${last(results).includes("one") ? "one" : last(results)}`)),
        EDIT: ({ results, sinceUser }) => {
          if (results.length === 0) return hands.read("a.txt");
          if (results.length === 1) return hands.edit("a.txt", "one", "bad");
          if (results.length === 2 && sinceUser.includes("FINDING: bad")) return hands.edit("a.txt", "bad", "good");
          return text(sinceUser.includes("FINDING: bad") ? "repaired" : `saw no finding: ${last(results)}`);
        },
        SHELL: ({ results, sinceUser }) => (results.length === 0 ? hands.run("echo bad > a.txt") : text(sinceUser.includes("FINDING: bad") ? "saw the finding" : "saw no finding")),
        FORBID: ({ results }) => {
          if (results.length === 0) return hands.read("locked.txt");
          return results.length === 1 ? hands.edit("locked.txt", "locked", "changed") : text(`Answer: ${last(results)}`);
        },
        TOOL: ({ results }) => (results.length === 0 ? hands.operation("inspan_check", { path: "a.txt" }) : text(`It said: ${last(results)}`)),
        STEER: ({ results, sinceUser }) => {
          if (sinceUser.includes("STEERED-TEXT")) return text("I was steered");
          return results.length < 40 ? hands.run(`sleep 0.2; echo ${results.length}`) : text("never steered");
        },
        SLEEP: () => hands.run("sh -c 'sleep 31717 & setsid sleep 31717 & sleep 31717'"),
        HISTORY: ({ conversation }) =>
          text(
            conversation.messages.some((message) => message.kind === "user" && message.text.includes("LOOK"))
              ? `I remember; tools: ${conversation.toolsOffered.some((tool) => tool.includes("inspan_check"))}`
              : "I remember nothing",
          ),
        REFUSED: () => ({ kind: "httpError", status: 400, message: "THE-MODEL-SAYS-NO" }),
        LIMITED: ({ conversation }) => ({
          kind: "flaky",
          times: 1,
          fault: { kind: "httpError", status: 429, message: "slow down", retryAfterSeconds: 1 },
          then: text(`after the limit (${conversation.model})`),
        }),
        LOOP: ({ results }) => hands.run(`echo ${results.length}`),
        WALLS: ({ results }) => (results.length === 0
          ? hands.run(`echo x > .git/x; echo x > ../outside.txt; git log --oneline | wc -l; node -e "fetch('http://127.0.0.1:${new URL(model.url).port}/v1/models').then(()=>console.log('REACHED'),(e)=>console.log(e.cause.code))"; cat /proc/*/environ ${folder}/session/home/* 2>/dev/null | grep -ac ${keyOfTest}`)
          : text(last(results))),
      }) });
      driver = await makeClientDriver(name, { folder, baseUrl: model.url });
      session = await open();
    });
    after(async () => {
      await session?.dispose();
      await model.close();
      assert.deepEqual(processesWith(folder), []);
      await removeFolder(folder);
    });

    test("reads a file, with our instructions and the repository's map, and costs what the model billed", async () => {
      const { turn, events } = play("LOOK at it");
      const result = await turn.result;
      assertStatus(result, "completed");
      assert.equal(result.text.trim(), "I read: one");
      assert.ok(events.some((event) => event.kind === "tool-finished" && !event.isError), JSON.stringify(events));
      const whole = JSON.stringify(model.requests.map(({ conversation }) => [conversation.system, conversation.messages]));
      for (const expected of ["INSTRUCTIONS-OF-INSPAN", "MAP-OF-THE-REPOSITORY"]) assert.ok(whole.includes(expected), expected);
      const billed = model.usage();
      assert.deepEqual(
        [result.usage.inputTokens, result.usage.cachedInputTokens, result.usage.outputTokens, result.usage.source],
        [billed.inputTokens, billed.cachedInputTokens, billed.outputTokens, "wire"],
      );
    });

    test("is told of a broken rule in the turn of the edit, and repairs it", async () => {
      const { turn, events } = play("EDIT it");
      const result = await turn.result;
      assertStatus(result, "completed");
      assert.equal(result.text.trim(), "repaired");
      assert.equal(await readFile(join(worktree, "a.txt"), "utf8"), "good\n");
      assert.deepEqual(events.filter((event) => event.kind === "findings-shown").map((event) => event.paths), [["a.txt"]]);
    });

    test("is told of what its shell broke too", async () => {
      assert.equal((await play("SHELL edit").turn.result).text.trim(), "saw the finding");
      git(worktree, "checkout", "-q", "a.txt");
    });

    test("cannot edit a refused path, and reads why", async () => {
      const result = await play("FORBID it").turn.result;
      assertStatus(result, "completed");
      assert.match(result.text, /REFUSED: this file is locked/);
      assert.equal(await readFile(join(worktree, "locked.txt"), "utf8"), "locked\n");
    });

    test("calls an operation, which our process executes", async () => {
      const result = await play("TOOL please").turn.result;
      assert.match(result.text, new RegExp(`checked by process ${process.pid}`));
      assert.deepEqual(seenInputs, [{ path: "a.txt" }]);
    });

    test("hears a person's words in the running turn", async () => {
      const played = play("STEER me");
      await played.waitFor((event) => event.kind === "tool-finished");
      assert.equal(await played.turn.steer("STEERED-TEXT"), true);
      assert.equal((await played.turn.result).text.trim(), "I was steered");
      assert.ok(played.events.some((event) => event.kind === "steered"));
      assert.equal(await played.turn.steer("late"), false);
    });

    test("leaves no command behind when it is interrupted, and goes on with its history", async () => {
      const played = play("SLEEP long");
      await played.waitFor((event) => event.kind === "tool-started");
      await waitForProcesses("sleep 31717", 3, played.turn);
      await played.turn.interrupt();
      assert.deepEqual(processesWith("sleep 31717"), []);
      assertStatus(await played.turn.result, "interrupted");
      assert.match((await play("HISTORY now").turn.result).text, /I remember; tools: true/);
    });

    test("fails visibly when the model refuses, and waits out a limit of rate", async () => {
      const refused = await play("REFUSED now").turn.result;
      assert.ok(refused.status === "failed" && !refused.isRetryable, JSON.stringify(refused));
      const limited = await play("LIMITED now").turn.result;
      assertStatus(limited, "completed");
      assert.match(limited.text, /after the limit/);
    });

    test("ends at its bound of model calls", async () => {
      const calls = await play("LOOP on", { modelCallsMax: 3 }).turn.result;
      assert.ok(calls.status === "failed" && calls.modelCalls === 3 && /3 model calls/.test(calls.reason), JSON.stringify(calls));
    });

    test("reaches neither the outside nor the key", async () => {
      const result = await play("WALLS please").turn.result;
      assertStatus(result, "completed");
      assert.match(result.text, /\.git\/x/);
      assert.match(result.text, /outside\.txt/);
      assert.doesNotMatch(result.text, /REACHED/);
      assert.match(result.text, /ECONNREFUSED/);
      assert.equal(git(join(folder, "repository"), "status", "--porcelain"), "");
      assert.ok(Object.values(model.requests.at(-1)?.conversation.headers ?? {}).some((value) => value.includes(keyOfTest)));
    });

    test("goes on in another process of ours with its history and its operations", async () => {
      const { id } = session;
      await session.dispose();
      assert.deepEqual(processesWith(folder), []);
      session = await open({ resumeId: id });
      assert.match((await play("HISTORY again").turn.result).text, /I remember; tools: true/);
    });
  });
}
