// What pages may reach, where agents work: what was committed counts, whatever lies about in either worktree.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { makeBrowserWorld, missingBrowser, startPages } from "../support/browser-world.ts";

test("a linked worktree's pages reach what is committed, not what lies about; a task's worktree what its base has", { skip: missingBrowser, timeout: 240_000 }, async (t) => {
  const closes: (() => void | Promise<void>)[] = [];
  t.after(async () => { for (const close of closes.toReversed()) await close(); });
  const world = await makeBrowserWorld({ after: (close) => { closes.push(close); } });
  const further = await startPages({ after: (close) => { closes.push(close); } });
  const wider = `version: 1\nbrowser:\n  origins: ${JSON.stringify([world.origin, further])}\n`;
  const linked = join(world.path, "..", "linked");
  const base = world.git("rev-parse", "HEAD");
  // As a task's worktree lies in the state folder, with its record beside.
  const home = join(world.statePath, "repositories", "desk");
  const ofTask = join(home, "worktrees", "mend");
  mkdirSync(join(home, "worktree-records"), { recursive: true });
  writeFileSync(
    join(home, "worktree-records", "mend.json"),
    JSON.stringify({
      version: 1,
      worktree: { id: "mend", path: ofTask, branch: "inspan/mend", baseRef: "main", baseCommit: base },
      owner: "mend",
      createdAt: "2026-01-01T00:00:00Z",
    }),
  );
  world.git("worktree", "add", "--quiet", linked);
  world.git("worktree", "add", "--quiet", ofTask);
  world.write({ "inspan.yaml": wider });
  writeFileSync(join(linked, "inspan.yaml"), wider);

  const codeOf = async (cwd: string, origin: string): Promise<string> => (await world.browser(["open", `${origin}/`], cwd)).error?.code ?? "opened";
  assert.equal(await codeOf(world.path, further), "opened", "a person's own file counts as it lies there");
  assert.equal(await codeOf(linked, further), "ORIGIN_REFUSED");
  assert.equal(await codeOf(linked, world.origin), "opened");

  world.git("commit", "--quiet", "--all", "-m", "wider");
  assert.equal(await codeOf(linked, further), "opened");
  world.git("pack-refs", "--all");
  assert.equal(await codeOf(linked, further), "opened", "with references in one file");
  assert.equal(await codeOf(ofTask, further), "ORIGIN_REFUSED", "its base is older");
  assert.equal(await codeOf(ofTask, world.origin), "opened");
});
