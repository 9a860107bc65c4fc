// The whole way from a prompt to a merge with real clients of the Agent Client Protocol: author and reviewers are sessions of the client, the model is the
// demo's script. `CLIENTS=gemini,opencode npm run test:agents -- acp-task` plays it with the others.
import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { after, test } from "node:test";
import { script } from "../programs/scripted-model/desk.ts";
import { startScriptedModel } from "../programs/scripted-model/index.ts";
import { bugReport, git, makeDeskRepository } from "../support/desk-repository.ts";
import { resultOf, runInspan } from "../support/inspan-process.ts";
import { processesOf } from "../support/task-world.ts";
import { binPath, opencodePath } from "./hands.ts";
import { makeTestFolder, removeFolder } from "./support.ts";

const chosen = (process.env["CLIENTS"] ?? "").split(",").filter((name) => name !== "");

for (const name of chosen.length === 0 ? ["pi", "claude"] : chosen) {
  test(`a task with --agent ${name} is reproduced, repaired from a finding, reviewed, checked and merged`, async () => {
    const folder = await makeTestFolder();
    after(() => removeFolder(folder));
    const repository = makeDeskRepository(
      folder,
      name === "opencode" ? (desk) => appendFileSync(join(desk, "inspan.yaml"), `agents: { opencode: { path: "${opencodePath}" } }\n`) : undefined,
    );
    const model = await startScriptedModel({ script });
    try {
      const env = { INSPAN_HOME: repository.statePath, INSPAN_MODEL_BASE_URL: model.url, INSPAN_MODEL: "scripted", PATH: `${binPath}${delimiter}${process.env["PATH"] ?? ""}` };
      const run = await runInspan(["task", "run", bugReport, "--agent", name, "--json"], { cwd: repository.desk, env, timeoutMs: 230_000 });
      const result = resultOf(run);
      assert.equal(result["state"], "done", `${JSON.stringify(result)}\n${run.stderr.slice(-5000)}`);
      assert.equal(git(repository.origin, "rev-list", "--count", "main"), "2");
      assert.match(git(repository.origin, "show", "main:src/domains/booking/service/find-conflict.ts"), /from "\.\.\/types\/interval\.ts"/);
      assert.ok(run.events.some((event) => event.type === "agent" && event["event"] === "findings-shown"), "a finding was shown in the turn");
      assert.ok(run.events.some((event) => event.type === "check" && event["status"] === "failed"), "a check failed once");
      const usage = result["usage"] as { inputTokens: number; outputTokens: number; source: string }; // our own form
      const billed = model.usage();
      assert.deepEqual([usage.inputTokens, usage.outputTokens, usage.source], [billed.inputTokens, billed.outputTokens, "wire"]);
      assert.deepEqual(processesOf(folder), [], "no process is left");
    } finally { await model.close(); }
  });
}
