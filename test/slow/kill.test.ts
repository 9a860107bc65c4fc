// kill -9 at the start of every effect, and again in the middle of every effect: the same end, no outside effect twice, nothing left behind.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { script } from "../programs/scripted-model/desk.ts";
import { startScriptedModel } from "../programs/scripted-model/index.ts";
import { bugReport, git, makeDeskRepository, type DeskRepository } from "../support/desk-repository.ts";
import { runInspan, type CliEvent, type CliRun } from "../support/inspan-process.ts";
import { nothingLives } from "../support/task-world.ts";

const folder = mkdtempSync(join(tmpdir(), "inspan-kill-"));
after(() => rmSync(folder, { recursive: true, force: true }));

// More kills than the task has effects mean that it does not get on.
const killsMax = 60;

/** Runs and resumes one task, killing each process when it begins an effect that was not killed before. */
async function relay(repository: DeskRepository, modelUrl: string, delayMs: (kill: number) => number): Promise<{ last: CliRun; kills: string[] }> {
  const env = { INSPAN_HOME: repository.statePath, INSPAN_MODEL_BASE_URL: modelUrl, INSPAN_MODEL: "scripted" };
  const killed = new Set<string>();
  const kills: string[] = [];
  let phase = "prepared";
  let taskId = "";
  let effects = 0;
  const onEvent = (event: CliEvent, kill: (signal: NodeJS.Signals) => void) => {
    if (event.type === "started") taskId = String(event["taskId"]);
    if (event.type === "phase") phase = String(event["phase"]);
    if (event.type !== "effect") return;
    // The same effect in a later round of the same phase has a number of its own, unless it is the repetition after a kill.
    const name = `${phase}/${String(event["effect"])}${event["purpose"] === undefined ? "" : `:${String(event["purpose"])}`}`;
    if (effects === 0 && killed.has(name)) { effects += 1; return; }
    effects += 1;
    const key = kills.filter((other) => other === name).length === 0 ? name : `${name}#${kills.length}`;
    if (killed.has(key) || kills.filter((other) => other === name).length >= 2) return;
    killed.add(key);
    kills.push(name);
    setTimeout(() => kill("SIGKILL"), delayMs(kills.length));
  };
  let last = await runInspan(["task", "run", bugReport, "--json"], { cwd: repository.desk, env, onEvent });
  for (let resumes = 0; last.signal === "SIGKILL"; resumes++) {
    assert.ok(resumes < killsMax, `the task gets on: ${kills.join(" ")}`);
    effects = 0;
    if (taskId === "") { // killed before the first line was out
      const listed = JSON.parse((await runInspan(["task", "list", "--json"], { cwd: repository.desk, env })).stdout) as { tasks: { taskId: string }[] };
      taskId = listed.tasks[0]?.taskId ?? "";
    }
    last = await runInspan(["task", "resume", taskId, "--json"], { cwd: repository.desk, env, onEvent });
  }
  return { last, kills };
}

function notesOf(origin: string, kind: string): string[] {
  const ref = `refs/notes/devtools/${kind}`;
  if (git(origin, "for-each-ref", ref) === "") return [];
  return git(origin, "notes", "--ref", ref, "list")
    .split("\n")
    .filter((line) => line !== "")
    .flatMap((line) => git(origin, "cat-file", "blob", line.split(" ")[0] ?? "").split("\n"))
    .filter((line) => line !== "");
}

async function checkEnd(repository: DeskRepository, last: CliRun, kills: readonly string[]): Promise<void> {
  const result = last.events.at(-1);
  assert.equal(result?.["state"], "done", `${kills.join(" ")}\n${last.stderr.slice(-3000)}`);
  assert.equal(git(repository.origin, "rev-list", "--count", "main"), "2", "merged once");
  assert.equal(git(repository.origin, "for-each-ref", "--format=%(refname)", "refs/heads"), "refs/heads/main", "the branch is gone at the remote");
  assert.equal(git(repository.desk, "worktree", "list", "--porcelain").match(/^worktree /gm)?.length, 1, "no worktree is left");
  await nothingLives(repository.statePath);
  const discussion = notesOf(repository.origin, "discuss");
  assert.equal(new Set(discussion).size, discussion.length, "no comment is there twice");
  const requests = notesOf(repository.origin, "reviews").map((line) => JSON.parse(line) as { reviewRef?: string });
  assert.equal(new Set(requests.map((request) => request.reviewRef)).size, 1, "one pull request");
  for (const phase of ["prepared", "planning", "reproducing", "implementing", "validating", "reviewing", "publishing", "checking", "merging"])
    assert.ok(
      kills.some((name) => name.startsWith(`${phase}/`)),
      `killed in ${phase}: ${kills.join(" ")}`,
    );
}

for (const [name, delayMs] of [["as an effect begins", () => 0], ["in the middle of effects", (kill: number) => 60 + ((kill * 7919) % 400)]] as const) {
  // Some twenty runs of a task one after the other.
  test(`a task that is killed ${name} ends as if it had not been`, { timeout: 600_000 }, async () => {
    const repository = makeDeskRepository(join(folder, name.replaceAll(" ", "-")));
    const model = await startScriptedModel({ script });
    try {
      const { last, kills } = await relay(repository, model.url, delayMs);
      await checkEnd(repository, last, kills);
      process.stderr.write(`${kills.length} kills: ${kills.join(" ")}\n`);
    } finally { await model.close(); }
  });
}
