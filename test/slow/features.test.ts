// A long job, feature by feature: a list that the harness takes only red, one session each, ticked by proof alone, finished from the file by whoever comes next.
import assert from "node:assert/strict";
import { test } from "node:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { call, text } from "../programs/scripted-model/index.ts";
import { featureOf, featureScript, writeSource, writeTest } from "../programs/scripted-model/features.ts";
import { runInspan, type CliEvent, type CliRun } from "../support/inspan-process.ts";
import { endOf, makeTaskWorld } from "../support/task-world.ts";

const file = "docs/features.json";
interface Listed {
  readonly goal: string;
  readonly features: readonly { readonly id: string; readonly passes: boolean; readonly notes: readonly string[]; readonly provedAt?: string }[];
}

test("a job becomes a list, each feature a session, a proof, a commit and a note", { timeout: 180_000 }, async () => {
  const script = featureScript(["add", "mul"], ({ phase, feature, isRepair, called, answers }) => {
    if (phase === "planning" && called.length === 0)
      return call("submit_features", { goal: "A calculator.", features: [{ ...featureOf("add"), check: "node test/start.mjs" }, featureOf("mul")] });
    if (phase === "planning" && called.length === 1) return call("submit_features", { goal: "A calculator.", features: [{ ...featureOf("add"), check: "sh -c true" }] });
    if (phase === "planning" && called.length === 2) return call("submit_features", { goal: "A calculator.", features: [featureOf("add"), featureOf("mul")] });
    if (phase === "planning") return text(answers.join("\n"));
    if (phase !== "implementing") return undefined;
    // The first session ticks the list itself; the second writes a test that demands nothing, then a wrong product, then both right.
    if (feature === "add" && called.length === 0) return call("run", { command: `${writeTest("add")}; ${writeSource("add")}; sed -i 's/"passes": false/"passes": true/' ${file}` });
    if (feature === "mul" && called.length > 0) return text("Done.");
    if (feature === "mul" && !isRepair) return call("run", { command: `${writeTest("mul", true)}; ${writeSource("mul", "+")}` });
    if (feature === "mul") return call("run", { command: `${writeTest("mul")}; grep -q '+' src/mul.mjs && test -e tried.tmp && (${writeSource("mul")}); touch tried.tmp` });
    return undefined;
  });
  const world = await makeTaskWorld({ names: [], files: { ".gitignore": "*.tmp\n" }, script });
  try {
    const run = await world.inspan(["task", "run", "Build a calculator.", "--features", file, "--json"]);
    const end = endOf(run);
    assert.equal(end.state, "done", `${JSON.stringify(end.hold)} ${run.stderr.slice(-3000)}`);
    const planned = world.model.requests.flatMap(({ conversation }) => conversation.toolResults.filter((result) => result.tool === "submit_features").map((result) => result.text));
    assert.ok(planned.some((words) => /these checks pass already, so they prove nothing: add\b/.test(words)), planned[0]);
    assert.ok(planned.some((words) => /add: "sh" is no test runner/.test(words)));
    const told = run.events
      .filter((event) => event.type === "feature")
      .map(
        (event) => `${String(event["id"])} ${event["passes"] === true ? `${String(event["passed"])}/${String(event["total"])}` : String(event["failures"])}`,
      );
    assert.deepEqual(told, ["add 1/2", "mul the check passes without the change", "mul `node test/mul.test.mjs` does not pass on a clean checkout (exit code 1)", "mul 2/2"]);
    const list = JSON.parse(world.atOrigin("show", `main:${file}`)) as Listed; // our own file
    assert.deepEqual(list.features.map(({ id, passes, notes }) => [id, passes, notes]), [["add", true, ["add is built in src/add.mjs."]], ["mul", true, []]]);
    assert.ok(list.features.every((feature) => feature.provedAt !== undefined));
    const sessions = run.events
      .filter((event) => event.type === "effect" && event["effect"] === "turn")
      .map((event) => `${String(event["purpose"])} ${String(event["feature"] ?? "")}`.trim());
    assert.deepEqual(sessions, ["plan", "implement add", "implement mul", "repair mul", "repair mul"]);
    const mul = world.model.requests.filter(
      ({ conversation }) => conversation.lastUserText.includes("Your feature") && conversation.lastUserText.includes("\nmul:"),
    )[0]?.conversation;
    assert.ok(mul?.messages.every((message) => !("text" in message) || !message.text.includes("submit_features")), "its session knows nothing of the one before");
    assert.match(mul?.lastUserText ?? "", /1 of 2 pass[\s\S]*<untrusted source="feature-notes">\nadd: add is built/);
    const result = run.events.at(-1);
    assert.deepEqual(result?.["features"], { path: file, passed: 2, total: 2 });
    assert.match((await world.inspan(["task", "show", end.taskId])).stdout, /Features \(docs\/features\.json\):\n {2}x add: Two numbers/);
  } finally { await world.close(); }
});


// More kills than the job has effects mean that it does not get on.
const killsMax = 60;

for (const [name, delayMs] of [["as an effect begins", () => 0], ["in the middle of effects", (kill: number) => 80 + ((kill * 7919) % 500)]] as const) {
  test(`a long job that is killed ${name}, and whose sessions are lost each time, is finished from the files alone`, { timeout: 600_000 }, async () => {
    const ids = ["add", "sub", "mul"];
    const world = await makeTaskWorld({ names: [], script: featureScript(ids) });
    try {
      const seen = new Set<string>();
      const kills: string[] = [];
      let taskId = "";
      let effects = 0;
      const onEvent = (event: CliEvent, kill: (signal: NodeJS.Signals) => void): void => {
        if (event.type === "started") taskId = String(event["taskId"]);
        if (event.type !== "effect") return;
        const key = `${String(event["effect"])} ${String(event["purpose"] ?? "")} ${String(event["feature"] ?? "")}`;
        effects += 1;
        // An effect that begins a process is the repetition of the one that was killed: it may end.
        if (effects === 1 && kills.length > 0) return;
        const count = kills.filter((other) => other === key).length;
        if (count > 0 && seen.has(`${key}#${count}`)) return;
        seen.add(`${key}#${count + 1}`);
        kills.push(key);
        setTimeout(() => kill("SIGKILL"), delayMs(kills.length));
      };
      const env = { INSPAN_HOME: world.statePath, INSPAN_MODEL_BASE_URL: world.model.url, INSPAN_MODEL: "scripted" };
      let last: CliRun = await runInspan(["task", "run", "Build a calculator.", "--features", file, "--json"], { cwd: world.path, env, onEvent });
      while (last.signal === "SIGKILL" && kills.length < killsMax) {
        if (taskId === "") taskId = (JSON.parse((await world.inspan(["task", "list", "--json"])).stdout) as { tasks: { taskId: string }[] }).tasks[0]?.taskId ?? ""; // our own form
        // Whatever a client remembered is gone.
        for (const folder of world.sessionFolders(taskId)) rmSync(join(folder), { recursive: true, force: true });
        effects = 0;
        last = await runInspan(["task", "resume", taskId, "--json"], { cwd: world.path, env, onEvent });
      }
      assert.equal(endOf(last).state, "done", `${kills.join(", ")}\n${last.stderr.slice(-3000)}`);
      const list = JSON.parse(world.atOrigin("show", `main:${file}`)) as Listed; // our own file
      assert.deepEqual(list.features.map(({ id, passes }) => [id, passes]), ids.map((id) => [id, true]));
      assert.ok(list.features.every(({ notes }) => notes.length > 0), "each session left a note");
      assert.equal(world.atOrigin("rev-list", "--count", "main"), "2", "merged once");
      assert.equal(world.atOrigin("for-each-ref", "--format=%(refname)", "refs/heads"), "refs/heads/main");
      await world.nothingLives();
      // Where a kill in the middle strikes depends on the machine; that every effect was one of them is asked of the other kind.
      assert.ok(kills.length >= 8, `${kills.length} kills`);
      for (const wanted of delayMs(0) > 0
        ? []
        : ["turn plan ", "turn implement add", "turn implement mul", "prove  sub", "commit  mul", "validate  ", "merge  "])
        assert.ok(kills.includes(wanted), `killed in "${wanted}": ${kills.join(", ")}`);
      process.stderr.write(`${kills.length} kills: ${kills.join(", ")}\n`);
    } finally { await world.close(); }
  });
}
