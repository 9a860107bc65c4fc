// The whole way from a prompt to a merge with the real Codex client: author and reviewers are Codex sessions, the model is the demo's script.
import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { script } from "../programs/scripted-model/desk.ts";
import { startScriptedModel } from "../programs/scripted-model/index.ts";
import { bugReport, git, makeDeskRepository } from "../support/desk-repository.ts";
import { resultOf, runInspan } from "../support/inspan-process.ts";
import { codexPath, makeTestFolder } from "./support.ts";

const folder = await makeTestFolder();
after(() => rm(folder, { recursive: true, force: true }));

test("a task with --agent codex is reproduced, repaired from a finding, reviewed, checked and merged", async () => {
  const repository = makeDeskRepository(folder);
  const model = await startScriptedModel({ script });
  try {
    const env = {
      INSPAN_HOME: repository.statePath,
      INSPAN_MODEL_BASE_URL: model.url,
      INSPAN_MODEL: "scripted",
      PATH: `${join(dirname(codexPath), "..", "..", "..", ".bin")}:${process.env["PATH"] ?? ""}`,
    };
    const run = await runInspan(["task", "run", bugReport, "--agent", "codex", "--json"], { cwd: repository.desk, env, timeoutMs: 220_000 });
    const result = resultOf(run);
    assert.equal(result["state"], "done", run.stderr.slice(-5000));
    assert.equal(git(repository.origin, "rev-list", "--count", "main"), "2");
    assert.match(git(repository.origin, "show", "main:src/domains/booking/service/find-conflict.ts"), /from "\.\.\/types\/interval\.ts"/);
    assert.ok(run.events.some((event) => event.type === "agent" && event["event"] === "findings-shown"), "a finding was shown in the turn");
    assert.ok(run.events.some((event) => event.type === "check" && event["status"] === "failed"), "a check failed once");
    const usage = result["usage"] as { inputTokens: number; outputTokens: number };
    const billed = model.usage();
    assert.deepEqual({ inputTokens: usage.inputTokens, outputTokens: usage.outputTokens }, { inputTokens: billed.inputTokens, outputTokens: billed.outputTokens });
  } finally { await model.close(); }
});
