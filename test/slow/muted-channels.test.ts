// The demo's script is no puppet theatre: deaf on one channel it cannot land the change, and the task is held, never merged.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { script } from "../programs/scripted-model/desk.ts";
import { startScriptedModel } from "../programs/scripted-model/index.ts";
import { bugReport, git, makeDeskRepository } from "../support/desk-repository.ts";
import { resultOf, runInspan } from "../support/inspan-process.ts";

const folder = mkdtempSync(join(tmpdir(), "inspan-muted-"));
after(() => rmSync(folder, { recursive: true, force: true }));

async function runDesk(name: string, mutedChannels: readonly string[]) {
  const repository = makeDeskRepository(join(folder, name));
  const model = await startScriptedModel({ script, mutedChannels });
  try {
    const env = { INSPAN_HOME: repository.statePath, INSPAN_MODEL_BASE_URL: model.url, INSPAN_MODEL: "scripted" };
    const run = await runInspan(["task", "run", bugReport, "--json", "--attempts", "2"], { cwd: repository.desk, env });
    return { run, result: resultOf(run), repository, env };
  } finally { await model.close(); }
}

test("with all channels open the task is merged as one squashed commit, and every channel was needed on the way", async () => {
  const { run, result, repository } = await runDesk("open", []);
  assert.equal(result["state"], "done", run.stderr);
  assert.equal(run.exitCode, 0);
  assert.equal(git(repository.origin, "rev-list", "--count", "main"), "2");
  assert.match(git(repository.origin, "show", "main:src/domains/booking/service/find-conflict.ts"), /import \{ sharedMinutes, toInterval \} from "\.\.\/types\/interval\.ts"/);
  assert.ok(run.events.some((event) => event.type === "agent" && event["event"] === "findings-shown"), "a finding was shown in the turn");
  assert.ok(run.events.some((event) => event.type === "check" && event["status"] === "failed"), "a check failed once");
  assert.ok(run.events.some((event) => event.type === "finding-reply"), "a review finding was answered");
});

for (const [channel, reason] of [["test-output", "attempts"], ["finding", "attempts"], ["review-comment", "review"], ["ci-log", "checks"]] as const) {
  test(`a script that is deaf for ${channel} ends held, never merged`, async () => {
    const { run, result, repository } = await runDesk(channel, [channel]);
    assert.equal(result["state"], "held", run.stderr);
    assert.equal(run.exitCode, 4);
    assert.equal((result["hold"] as { reason: string }).reason, reason);
    assert.equal(git(repository.origin, "rev-list", "--count", "main"), "1", "nothing was merged");
  });
}
