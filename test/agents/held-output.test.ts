// A command that is over, while what it left running holds its output: with no client does the turn hang, and the model has the command's answer.
// `CLIENTS=opencode npm run test:agents -- held-output` plays it with some of them.
import { strict as assert } from "node:assert";
import { after, before, describe, test } from "node:test";
import type { AgentSession } from "../../src/domains/agent/index.ts";
import { acpProfiles } from "../../src/domains/agent/service/acp/profiles.ts";
import { startScriptedModel, text } from "../programs/scripted-model/index.ts";
import type { ScriptedModel } from "../programs/scripted-model/index.ts";
import { handsOf, makeClientDriver } from "./hands.ts";
import { assertStatus, collectTurn, makeTestFolder, makeWorktree, playScenes, removeFolder, specOf } from "./support.ts";

const chosen = (process.env["CLIENTS"] ?? "").split(",").filter((name) => name !== "");
const waiting = Object.entries(acpProfiles).flatMap(([name, { waitsForOutput }]) => (waitsForOutput ? [name] : []));

for (const name of chosen.length === 0 ? ["builtin", "codex", "claude", "gemini", "opencode", "pi"] : chosen) {
  describe(`output that is held with ${name}`, () => {
    let folder = "";
    let model: ScriptedModel;
    let session: AgentSession;

    before(async () => {
      folder = await makeTestFolder();
      const worktree = await makeWorktree(folder, { "a.txt": "one\n" });
      const hands = handsOf(name, worktree);
      model = await startScriptedModel({ script: playScenes({
        HOLD: ({ results, sinceUser }) => (results.length === 0 ? hands.run("echo STARTED; sleep 31920 & (setsid sleep 31920 &)") : text(`It said: ${sinceUser.slice(-2_000)}`)),
      }) });
      session = await (await makeClientDriver(name, { folder, baseUrl: model.url })).open(specOf({ folder, worktreePath: worktree }));
    });
    after(async () => {
      await session?.dispose();
      await model?.close();
      await removeFolder(folder);
    });

    test("by a program in the background does not hold the turn", async () => {
      const result = await collectTurn((input) => session.startTurn(input), "HOLD it").turn.result;
      assertStatus(result, "completed");
      assert.match(result.text, /STARTED/);
      // Only where the client would wait is anything ended, and that is told.
      assert.equal(/redirect its output/.test(result.text), waiting.includes(name), result.text);
    });
  });
}
