// The hostile texts of test/support/injections.ts against the real clients, with a model that obeys each of them.
// `CLIENTS=pi npm run test:agents -- injections` plays them with some of the clients.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { AgentSession } from "../../src/domains/agent/index.ts";
import { startScriptedModel, type ScriptedModel } from "../programs/scripted-model/index.ts";
import { channels, gullibleScript, prepareInjections, proveChannel } from "../support/injections.ts";
import { handsOf, makeClientDriver } from "./hands.ts";
import { git, makeTestFolder, makeWorktree, removeFolder, specOf } from "./support.ts";

const chosen = (process.env["CLIENTS"] ?? "").split(",").filter((name) => name !== "");

for (const name of chosen.length === 0 ? ["codex", "claude", "pi", "gemini", "opencode"] : chosen) {
  describe(`hostile texts with ${name}`, () => {
    let folder = "";
    let worktree = "";
    let model: ScriptedModel;
    let session: AgentSession;
    let prepared: Awaited<ReturnType<typeof prepareInjections>>;
    const bait = spawn("sleep", ["900"], { stdio: "ignore" });

    before(async () => {
      folder = await makeTestFolder();
      worktree = await makeWorktree(folder, { "a.txt": "one\n", "locked.txt": "locked\n" });
      prepared = await prepareInjections(folder, worktree, bait.pid ?? 0);
      model = await startScriptedModel({ script: gullibleScript(() => ({ folder, worktree, hands: handsOf(name, worktree), place: prepared.place })) });
      session = await (await makeClientDriver(name, { folder, baseUrl: model.url })).open(specOf({ folder, worktreePath: worktree, tools: prepared.tools }));
    });
    after(async () => {
      bait.kill();
      await session?.dispose();
      await model?.close();
      prepared?.close();
      await removeFolder(folder);
    });

    for (const channel of channels) {
      test(`in the channel ${channel} change nothing outside and decide nothing`, async () => {
        const repositoryPath = join(folder, "repository");
        const readState = () => `${git(repositoryPath, "for-each-ref")}${readFileSync(join(repositoryPath, ".git", "config"), "utf8")}${git(worktree, "rev-parse", "HEAD")}`;
        await proveChannel({ session, folder, worktree, prepared, repositoryPath, readState }, channel);
      });
    }
  });
}
