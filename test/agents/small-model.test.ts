// Clients ask a second model for titles and summaries: it is the one of inspan.yaml, at its own price, and no other name is ever asked for.
import { strict as assert } from "node:assert";
import { test } from "node:test";
import { startScriptedModel, text } from "../programs/scripted-model/index.ts";
import { makeClientDriver, opencodePath } from "./hands.ts";
import { assertStatus, collectTurn, makeTestFolder, makeWorktree, removeFolder, specOf } from "./support.ts";

const chosen = (process.env["CLIENTS"] ?? "").split(",").filter((name) => name !== "");

for (const name of ["claude", "opencode", "pi"].filter((one) => chosen.length === 0 || chosen.includes(one))) {
  test(`${name} asks no model but the two that are configured`, async () => {
    const folder = await makeTestFolder();
    const model = await startScriptedModel({ script: () => text("a word") });
    try {
      const worktree = await makeWorktree(folder, { "a.txt": "one\n" });
      const client = {
        model: "scripted",
        baseUrl: model.url,
        apiKeyEnv: "MODEL_KEY_OF_TEST",
        price: { inputUsd: 1, outputUsd: 1 },
        ...(name === "pi" ? {} : { smallModel: { name: "small", price: { inputUsd: 0, outputUsd: 0 } } }),
        ...(name === "opencode" ? { path: opencodePath } : {}),
      };
      const driver = await makeClientDriver(name, { folder, baseUrl: model.url, agents: { [name]: client } });
      const session = await driver.open(specOf({ folder, worktreePath: worktree }));
      try {
        const result = await collectTurn((input) => session.startTurn(input), "Say a word.").turn.result;
        assertStatus(result, "completed");
        const asked = model.requests.map(({ conversation }) => conversation.model);
        assert.deepEqual(asked.filter((one) => one !== "scripted" && one !== "small"), []);
        if (name === "opencode") assert.ok(asked.includes("small"), asked.join(" "));
        const billed = model.usage();
        const own = billed.inputTokens + billed.outputTokens;
        assert.ok(
          result.usage.costUsd !== null && (asked.includes("small") ? result.usage.costUsd < own / 1e6 : Math.abs(result.usage.costUsd - own / 1e6) < 1e-9),
          JSON.stringify([result.usage, billed]),
        );
      } finally { await session.dispose(); }
    } finally {
      await model.close();
      await removeFolder(folder);
    }
  });
}
