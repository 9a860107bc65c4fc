// What a person does to a long job while it works off its list: words into the running session of a feature, a second watcher, a pause and a resume in the
// middle of it, and an end that loses no work.
import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { call, type ModelStep } from "../programs/scripted-model/index.ts";
import { featureScript, featureViewOf, writeSource, writeTest } from "../programs/scripted-model/features.ts";
import type { CliEvent } from "../support/inspan-process.ts";
import { endOf, makeTaskWorld } from "../support/task-world.ts";

const file = "docs/features.json";
const waitForFile = (name: string): ModelStep => call("run", { command: `while ! test -e ${name}.wait; do sleep 0.05; done; rm ${name}.wait` });
const isTurnOf = (feature: string) => (event: CliEvent) => event.type === "effect" && event["effect"] === "turn" && event["feature"] === feature;
const isRun = (event: CliEvent) => event["event"] === "tool-started" && event["tool"] === "run";

test("send, attach, pause, resume and cancel act on the feature that is being built, and on nothing that is proved", { timeout: 220_000 }, async () => {
  const script = featureScript(["add", "mul"], ({ phase, feature, called, conversation }) => {
    if (phase !== "implementing") return undefined;
    const isResumed = conversation.lastUserText.includes("<resumed>");
    if (feature === "add" && called.length === 0) return waitForFile("add");
    if (feature === "add" && called.length === 1) return call("run", { command: `${writeTest("add")}; ${writeSource("add")}` });
    if (feature === "mul" && called.length === 0)
      return isResumed
        ? call("run", { command: `${writeTest("mul")}; ${writeSource("mul")}; while ! test -e mul.wait; do sleep 0.05; done` })
        : waitForFile("mul");
    return undefined;
  });
  const world = await makeTaskWorld({ names: [], files: { ".gitignore": "*.wait\n" }, script });
  try {
    const task = world.start(["run", "Build a calculator.", "--features", file]);
    const taskId = await task.taskId;
    await task.waitFor(isTurnOf("add"));
    await task.waitFor(isRun);
    const attached = world.start(["attach", taskId]);
    assert.equal((await world.inspan(["task", "send", taskId, "Integers are enough."])).exitCode, 0);
    assert.equal((await task.waitFor((event) => event.type === "message"))["isSteered"], true);
    const shown = JSON.parse((await world.inspan(["task", "show", taskId, "--json"])).stdout) as { task: { worktree: { path: string } } }; // our own form
    const { path } = shown.task.worktree;
    writeFileSync(join(path, "add.wait"), "");
    await task.waitFor((event) => event.type === "feature" && event["id"] === "add" && event["passes"] === true);
    await task.waitFor(isTurnOf("mul"));
    assert.equal((await world.inspan(["task", "pause", taskId])).exitCode, 0);
    const paused = endOf(await task.done);
    assert.deepEqual([paused.state, paused.reason, paused.exitCode], ["held", "paused", 4]);
    const watched = await attached.done;
    assert.ok(watched.events.some((event) => event.type === "feature" && event["id"] === "add"), "the second watcher saw the same");
    const heard = world.model.requests.filter(({ conversation }) => JSON.stringify(conversation.messages).includes("Integers are enough."));
    assert.ok(heard.length > 0 && heard.every(({ conversation }) => featureViewOf(conversation).feature === "add"), "the words were for the session of that feature");

    const resumed = world.start(["resume", taskId]);
    await resumed.waitFor(isTurnOf("mul"));
    await resumed.waitFor(isRun);
    while (!existsSync(join(path, "src", "mul.mjs"))) await new Promise((resolve) => { setTimeout(resolve, 20); });
    const cancelled = await world.inspan(["task", "cancel", taskId]);
    assert.equal(cancelled.exitCode, 0, cancelled.stderr);
    assert.equal(endOf(await resumed.done).state, "cancelled");
    assert.equal(existsSync(path), false, "its worktree is gone");
    const rescued = world.git("for-each-ref", "--format=%(refname)", "refs/inspan/rescue").split("\n").filter((ref) => ref !== "");
    assert.ok(rescued.some((ref) => world.git("ls-tree", "-r", "--name-only", ref).includes("src/mul.mjs")), "what was not committed is kept");
    const branch = world.git("for-each-ref", "--format=%(refname)", "refs/heads/inspan").split("\n")[0] ?? "";
    assert.match(world.git("show", `${branch}:${file}`), /"id": "add"[\s\S]*?"passes": true/, "what was proved is on its branch");
    assert.equal((await world.inspan(["task", "resume", taskId])).exitCode, 2, "a cancelled job does not go on by accident");
    await world.nothingLives();
  } finally { await world.close(); }
});
