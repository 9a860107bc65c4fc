// Tasks that run beside each other on one repository, in one process and in several: all land, one after the other, none is lost and nothing is left behind.
// The run of fifty is `npm run bench -- tasks-at-once`.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { endOf, makeTaskWorld } from "../support/task-world.ts";
import { runInspan } from "../support/inspan-process.ts";

interface Ended { readonly state: string; readonly tasks: readonly { readonly file: string; readonly state: string; readonly error?: { readonly code: string } }[] }

test("six tasks of one process and two of their own land at once; a file that is no issue stops nobody", { timeout: 600_000 }, async () => {
  const inBatch = Array.from({ length: 6 }, (_, index) => `part${index}`);
  const alone = ["single", "lonely"];
  const world = await makeTaskWorld({
    names: [...inBatch, ...alone],
    yaml: 'checks: [{ name: test, run: "for file in test/*.mjs; do node $file || exit 1; done", timeoutSeconds: 300 }]\nmerge: { policy: auto }\n',
  });
  try {
    const issues = join(world.folder, "issues");
    mkdirSync(issues);
    const files = [...inBatch, "huge"].map((name) => {
      const file = join(issues, `${name}.md`);
      writeFileSync(file, name === "huge" ? "x".repeat(300_000) : `Mend ${name}.\n`);
      return file;
    });
    const env = { INSPAN_HOME: world.statePath, INSPAN_MODEL_BASE_URL: world.model.url, INSPAN_MODEL: "scripted" };
    const [batch, ...others] = await Promise.all([
      runInspan(["task", "batch", ...files, "--at-once", "7", "--json"], { cwd: world.path, env, timeoutMs: 500_000 }),
      ...alone.map((name) => runInspan(["task", "run", `Mend ${name}.`, "--json"], { cwd: world.path, env, timeoutMs: 500_000 })),
    ]);
    const ended = batch?.events.at(-1) as unknown as Ended; // our own last line
    assert.deepEqual(ended.tasks.map((task) => task.error?.code ?? task.state), [...inBatch.map(() => "done"), "PROMPT_TOO_LONG"], batch?.stderr.slice(-3000));
    assert.deepEqual([ended.state, batch?.exitCode], ["failed", 1], "what was not run is told");
    assert.deepEqual(others.map((run) => endOf(run).state), alone.map(() => "done"));
    for (const name of [...inBatch, ...alone]) assert.match(world.atOrigin("show", `main:src/${name}.mjs`), /a \+ b/, name);
    assert.equal(world.atOrigin("rev-list", "--count", "main"), String(1 + inBatch.length + alone.length), "one merge a task");
    assert.equal(world.atOrigin("rev-list", "--count", "--merges", "main"), "0");
    assert.equal(world.atOrigin("for-each-ref", "--format=%(refname)", "refs/heads"), "refs/heads/main", "no branch is left");
    assert.equal(world.git("worktree", "list", "--porcelain").match(/^worktree /gm)?.length, 1, "no worktree is left");
    assert.equal(world.git("for-each-ref", "refs/notes/inspan-write"), "");
    await world.nothingLives();
    // Whoever merges has the base to itself: a race is lost at most once a task, by its first check.
    const raced = batch?.events.filter((event) => event.type === "merge" && event["outcome"] === "base-moved").map((event) => String(event["taskId"])) ?? [];
    assert.equal(new Set(raced).size, raced.length, "nobody loses twice");
  } finally { await world.close(); }
});
