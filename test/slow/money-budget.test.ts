// A budget of money: it ends the turn in which it is used up, and a price that is told later lets a held task go on.
import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { text } from "../programs/scripted-model/index.ts";
import { endOf, makeTaskWorld, type TaskWorld } from "../support/task-world.ts";

const asks = (times: number) =>
  `for (let i = 0; i < ${times}; i++) { const answer = await fetch(process.env.OPENAI_BASE_URL + "/chat/completions", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ model: "scripted", messages: [{ role: "user", content: "ping" }] }) }); if (!answer.ok) process.exit(1); }\n`;

describe("a budget of money", () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "inspan-money-")));
  const yaml = (price: string) => [
    `checks: [{ name: test, run: "for file in test/*.mjs; do node $file || exit 1; done", timeoutSeconds: 60 }]`, "merge: { policy: auto }",
    ...["often", "once"].map(
      (name) =>
        `${name === "often" ? "agents:\n" : ""}  ${name}: { kind: command, run: "node ${join(folder, name)}.mjs && node ${join(folder, "agent.mjs")} < $INSPAN_PROMPT_FILE", readable: ["${folder}"], model: scripted${price} }`,
    ),
    "",
  ].join("\n");
  let world: TaskWorld;
  before(async () => {
    copyFileSync(fileURLToPath(new URL("../programs/agents/command-agent.mjs", import.meta.url)), join(folder, "agent.mjs"));
    writeFileSync(join(folder, "often.mjs"), asks(40));
    writeFileSync(join(folder, "once.mjs"), asks(1));
    world = await makeTaskWorld({ names: ["first", "second"], yaml: yaml(", price: { inputUsd: 1, outputUsd: 100000 }"), script: () => text("pong") });
  });
  after(async () => { await world.close(); rmSync(folder, { recursive: true, force: true }); });

  test("ends the turn in which it is used up, not the one after", async () => {
    const held = endOf(await world.inspan(["task", "run", "Mend first.", "--agent", "often", "--budget", "moneyUsd=0.5", "--json"]));
    assert.equal(held.reason, "budget", JSON.stringify(held));
    assert.match(held.hold?.question ?? "", /of 0\.5 US dollars are used/);
    const spentUsd = world.model.usage().outputTokens / 10;
    assert.ok(spentUsd >= 0.5 && world.model.requests.length < 40, `${spentUsd} US dollars in ${world.model.requests.length} calls`);
    assert.ok(spentUsd - world.model.usage().outputTokens / 10 / world.model.requests.length < 0.5, "the call before the last was within the budget");
  });

  test("holds where the price is unknown, and goes on once it is told", async () => {
    world.write({ "inspan.yaml": `version: 1\n${yaml("")}` });
    const held = endOf(await world.inspan(["task", "run", "Mend second.", "--agent", "once", "--budget", "moneyUsd=5", "--json"]));
    assert.match(held.hold?.question ?? "", /price is not known \(set agents\.once\.price/, JSON.stringify(held));
    world.write({ "inspan.yaml": `version: 1\n${yaml(", price: { inputUsd: 1, outputUsd: 1 }")}` });
    const done = endOf(await world.inspan(["task", "resume", held.taskId, "--json"]));
    assert.equal(done.state, "done", JSON.stringify(done));
  });
});
