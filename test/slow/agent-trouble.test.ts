// Whole tasks with a client of the Agent Client Protocol that is killed, cut off from its relay, or misbehaves: the same end or a hold with the next command,
// nothing lost and nothing left behind. The client is tiny, so that every state is met in seconds; real clients are in test/agents.
import assert from "node:assert/strict";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { call, text, type ModelStep } from "../programs/scripted-model/index.ts";
import { testCommand, testPath, type TinyView } from "../programs/scripted-model/tiny.ts";
import type { CliEvent } from "../support/inspan-process.ts";
import { endOf, makeTaskWorld, processesOf } from "../support/task-world.ts";

const bin = realpathSync(mkdtempSync(join(tmpdir(), "inspan-trouble-")));
const program = (name: string, environment: string): string => {
  const folder = join(bin, name);
  mkdirSync(folder);
  cpSync(fileURLToPath(new URL("../programs/agents/acp-agent.mjs", import.meta.url)), join(folder, "acp-agent.mjs"));
  writeFileSync(join(folder, "agent"), `#!/bin/sh\n${environment}\nexec "${process.execPath}" "${folder}/acp-agent.mjs" "$@"\n`);
  chmodSync(join(folder, "agent"), 0o755);
  return join(folder, "agent");
};

const operation = (name: string, input: object): ModelStep => call("operation", { name, input });
const edit = (path: string, words: string): ModelStep => call("edit", { path, text: words });
const token = `gh${"p"}_${"aB3dE6gH9jK2mN5pQ8sT1vW4yZ7cX0fL3hR6"}`; // put together: this file holds no key
const mended = "export const add = (a, b) => a + b;\n";

function usual({ name, phase, called, conversation }: TinyView): ModelStep {
  const has = (words: string): boolean => conversation.messages.some((message) => message.kind === "call" && message.arguments.includes(words));
  switch (phase) {
    case "reviewing": return text(JSON.stringify({ verdict: "approve", findings: [], rulings: [] }));
    case "planning": return called.includes("operation") ? text("Planned.") : operation("submit_plan", { summary: `Let ${name} add.`, steps: ["test", "mend"] });
    case "reproducing":
      if (!called.includes("edit"))
        return edit(testPath(name), `import assert from "node:assert/strict";\nimport { add } from "../src/${name}.mjs";\nassert.equal(add(2, 3), 5);\n`);
      return called.includes("operation") ? text("Shown.") : operation("reproduce", { command: testCommand(name) });
    case "implementing": return called.includes("edit") || has("a + b") ? text("Mended.") : edit(`src/${name}.mjs`, mended);
    default: return text("There is nothing that I could do.");
  }
}

function special(view: TinyView): ModelStep | undefined {
  const { name, phase, called, isResumed } = view;
  const isWork = ["planning", "reproducing", "implementing"].includes(phase);
  switch (name) {
    // Each turn begins with a command that takes long, in whose middle it is struck.
    case "killed":
    case "unplugged":
      return isWork && (name === "killed" || phase === "planning") && called.length === 0 && !isResumed
        ? call("run", { command: "setsid sleep 31520 & sleep 31520" })
        : undefined;
    case "expired": return { kind: "httpError", status: 401, message: "invalid x-api-key" };
    case "unknown": return { kind: "httpError", status: 404, message: "model: scripted" };
    case "leaky":
      if (phase === "implementing" && called.length === 0) return edit("src/leaky.mjs", `export const token = "${token}";\n${mended}`);
      return phase === "validating" ? (called.length === 0 ? edit("src/leaky.mjs", mended) : text("Removed.")) : undefined;
    case "wild":
      return phase === "implementing" && called.length === 0
        ? call("run", {
            command: "git push --force origin HEAD:main; git push origin --delete main; rm -rf .git; git commit --allow-empty -m x; read answer; echo stays",
          })
        : undefined;
    case "idle": return phase === "implementing" ? (called.length < 40 ? call("run", { command: "echo again" }) : text("Done?")) : undefined;
    default: return undefined;
  }
}

const script = (view: TinyView): ModelStep => special(view) ?? usual(view);
const names = ["killed", "unplugged", "restarted", "expired", "unknown", "leaky", "wild", "idle", "exits", "newer"];
const world = await makeTaskWorld({
  names, special: script, env: { TEST_KEY_OF_AGENT: "the-key-of-the-agents-0001" },
  yaml: [
    `checks: [{ name: test, run: "for file in test/*.mjs; do node $file || exit 1; done", timeoutSeconds: 60 }]`, "merge: { policy: auto }",
    `agents: { default: claude, claude: { path: "${program("agent", "")}", apiKeyEnv: TEST_KEY_OF_AGENT, price: { inputUsd: 1, outputUsd: 1 } } }`, "",
  ].join("\n"),
});
after(async () => { await world.close(); rmSync(bin, { recursive: true, force: true }); });

const run = (name: string, ...more: readonly string[]) => world.inspan(["task", "run", `Mend ${name}.`, ...more, "--json"]);
const mainHolds = (name: string) => world.atOrigin("show", `main:src/${name}.mjs`).includes("a + b");
const commandLine = (pid: string): string => { try { return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " "); } catch { return ""; } }; // gone meanwhile
/** Of one task: the folder of its sessions is named after it. */
const living = (taskId: string, words: string) => processesOf(world.statePath).filter((pid) => isOf(pid, taskId) && commandLine(pid).includes(words));
const isOf = (pid: string, taskId: string): boolean => {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").includes(`/sessions/${taskId}/`);
  } catch {
    return false;
  }
}; // gone meanwhile
const strike = (pids: readonly string[]): void => { for (const pid of pids) { try { process.kill(Number(pid), "SIGKILL"); } catch { /* one of them took the others along */ } } };
const isToolStarted = (event: CliEvent) => event["event"] === "tool-started" && String(event["title"]).includes("31520");

/** Strikes once in each turn, as soon as its long command runs. */
async function strikeEach(name: string, whom: (taskId: string) => readonly string[]) {
  const task = world.start(["run", `Mend ${name}.`]);
  const taskId = await task.taskId;
  const struck: string[] = [];
  for (const purpose of ["plan", "reproduce", "implement"]) {
    const seen: CliEvent[] = [];
    await task.waitFor((event) => { if (!seen.includes(event)) seen.push(event); return event.type === "effect" && event["purpose"] === purpose; });
    let count = 0;
    await task.waitFor((event) => isToolStarted(event) && ++count > struck.length);
    for (;;) { // the command itself comes a moment after it is told
      const pids = whom(taskId);
      if (pids.length > 0 && living(taskId, "sleep 31520").length > 0) { strike(pids); break; }
      await new Promise((resolve) => { setTimeout(resolve, 20); });
    }
    struck.push(purpose);
  }
  return { task, taskId, struck };
}

describe("a client in trouble", { concurrency: 2 }, () => {
  test("kill -9 of the client in every turn: the same turn is begun anew by itself, to the same end", async () => {
    const { task, taskId, struck } = await strikeEach("killed", (id) => living(id, "acp-agent.mjs").filter((pid) => commandLine(pid).startsWith(process.execPath)));
    const done = await task.done;
    assert.equal(endOf(done).state, "done", done.stderr.slice(-3000));
    assert.deepEqual([struck.length, done.events.filter((event) => event.type === "waiting").length], [3, 3]);
    assert.ok(mainHolds("killed"));
    assert.deepEqual(living(taskId, "sleep 31520"), []);
  });

  test("kill -9 of Inspan at every effect: the same end, merged once, no process left", async () => {
    const killed = new Set<string>();
    let taskId = "";
    const play = async (args: readonly string[]) => {
      const task = world.start(args);
      void task.taskId.then((id) => { taskId = id; }, () => undefined);
      void task.waitFor((event) => {
        const effect = event.type === "effect" ? `${String(event["effect"])}:${String(event["purpose"] ?? "")}` : "";
        if (effect === "" || killed.has(effect)) return false;
        killed.add(effect);
        setTimeout(() => task.kill("SIGKILL"), 250);
        return true;
      }).catch(() => undefined);
      return task.done;
    };
    let last = await play(["run", "Mend restarted."]);
    for (let resumes = 0; last.signal === "SIGKILL"; resumes++) {
      assert.ok(resumes < 20, [...killed].join(" "));
      last = await play(["resume", taskId]);
    }
    assert.equal(endOf(last).state, "done", `${[...killed].join(" ")}\n${last.stderr.slice(-3000)}`);
    assert.ok(killed.size >= 8, [...killed].join(" "));
    assert.equal(world.atOrigin("log", "--format=%s", "main").split("\n").filter((subject) => /restarted/i.test(subject)).length, 1, "merged once");
  });

  test("kill -9 of the way to the relay: it comes back, a turn that met the gap is begun anew, and the task ends as ever", async () => {
    const task = world.start(["run", "Mend unplugged."]);
    const taskId = await task.taskId;
    await task.waitFor(isToolStarted);
    const bridge = () => living(taskId, "sandbox/bridge").filter((pid) => commandLine(pid).startsWith(process.execPath));
    while (bridge().length === 0 || living(taskId, "sleep 31520").length === 0) await new Promise((resolve) => { setTimeout(resolve, 20); });
    strike(bridge());
    strike(living(taskId, "sleep 31520"));
    const done = await task.done;
    assert.equal(endOf(done).state, "done", done.stderr.slice(-3000));
    assert.ok(mainHolds("unplugged"));
  });

  test("an expired key and an unknown model hold at once with the next command, without asking again", async () => {
    const check = async (name: string, question: RegExp, cure: RegExp) => {
      const held = endOf(await run(name));
      assert.deepEqual([held.state, held.reason, held.exitCode], ["held", "agent", 4]);
      assert.match(held.hold?.question ?? "", question);
      assert.match(JSON.stringify(held.hold), cure);
      const asked = world.model.requests.filter(({ conversation }) => conversation.messages.some((message) => "text" in message && message.text.includes(`Mend ${name}`)));
      assert.equal(asked.length, 1, "no loop of retries");
    };
    await check("expired", /HTTP 401/, /cure it \(export TEST_KEY_OF_AGENT=/);
    await check("unknown", /HTTP 404/, /cure it \(set agents\.claude\.model/);
  });

  test("a key that the agent wrote into a file is not committed: it is told, takes it out, and no commit holds it", async () => {
    const done = await run("leaky");
    assert.equal(endOf(done).state, "done", done.stderr.slice(-3000));
    assert.ok(!JSON.stringify(done.events).includes(token), "nobody was shown the key");
    assert.equal(world.atOrigin("log", "--all", "-S", token, "--format=%H"), "");
    assert.equal(world.git("log", "--all", "-S", token, "--format=%H"), "");
  });

  test("an agent that pushes by force, deletes .git and waits for input changes nothing outside, and the task ends as ever", async () => {
    const before = world.atOrigin("rev-parse", "main");
    const done = await run("wild");
    assert.equal(endOf(done).state, "done", done.stderr.slice(-3000));
    const output = done.events.flatMap((event) => (event["event"] === "tool-finished" ? [String(event["output"])] : [])).join("\n");
    assert.match(output, /stays/);
    assert.ok(world.atOrigin("log", "--format=%H", "main").split("\n").includes(before), "the history of main is whole");
  });

  test("an endless repetition is told once and then held", async () => {
    const held = endOf(await run("idle"));
    assert.deepEqual([held.state, held.reason], ["held", "agent"]);
    assert.match(held.hold?.question ?? "", /no progress: 15 calls in a row were repetitions/);
  });

  test("a client that ends at once, and one of a newer protocol, are held with their own words", async () => {
    const check = async (name: string, environment: string, expected: RegExp) => {
      writeFileSync(join(world.path, "inspan.yaml"), readFileSync(join(world.path, "inspan.yaml"), "utf8").replace(/path: "[^"]*"/, `path: "${program(name, environment)}"`));
      const done = await run(name);
      const held = endOf(done);
      assert.equal(held.state, "held");
      assert.match(`${held.hold?.question ?? ""}\n${held.hold?.detail ?? ""}`, expected);
      return done;
    };
    const exits = await check("exits", "export TEST_EXIT=1", /ended in the middle of the turn \(exit code 3/);
    assert.equal(exits.events.filter((event) => event.type === "waiting").length, 4, "five attempts, then a person");
    await check("newer", "export TEST_PROTOCOL=2", /version 2 of the protocol/);
  });
});

test("nothing of all that lives", () => world.nothingLives());
