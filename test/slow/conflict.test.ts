// The base moves under a task, in the very line that it mends: the base is merged in, the author resolves it, nothing is forced.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { call, text, type ModelStep } from "../programs/scripted-model/index.ts";
import type { TinyView } from "../programs/scripted-model/tiny.ts";
import { endOf, makeTaskWorld, type TaskWorld } from "../support/task-world.ts";

const worlds: TaskWorld[] = [];
after(async () => { for (const world of worlds) await world.close(); });

const theirs = "export const add = (a, b) => a - b; // theirs\n";
let isMoved = false;

function special(world: () => TaskWorld): (view: TinyView) => ModelStep | undefined {
  return ({ phase, called, conversation }) => {
    if (phase === "implementing" && !isMoved) {
      isMoved = true;
      const { path, git } = world();
      writeFileSync(join(path, "src/clash.mjs"), theirs);
      git("commit", "--quiet", "-am", "theirs");
      for (let index = 0; index < 20; index++) git("commit", "--quiet", "--allow-empty", "-m", `more ${index}`);
      git("push", "--quiet", "origin", "main");
    }
    if (phase !== "validating" || !conversation.lastUserText.includes("conflict")) return undefined;
    // First a mark is left behind: that is asked back before anything is committed.
    const isAskedBack = conversation.lastUserText.includes("marks of a conflict are left");
    if (called.length > 0) return text("Resolved.");
    return call("run", { command: isAskedBack ? "printf 'export const add = (a, b) => a + b; // theirs, mended\\n' > src/clash.mjs" : "sed -i '/^=======/d' src/clash.mjs" });
  };
}

test("a change that conflicts with a base that moved is merged with it by its author, without a force push", async () => {
  const world: TaskWorld = await makeTaskWorld({ names: ["clash"], special: special(() => world) });
  worlds.push(world);
  const run = await world.inspan(["task", "run", "Mend clash", "--json"]);
  assert.equal(endOf(run).state, "done", `${run.stderr}\n${JSON.stringify(endOf(run).hold)}`);
  assert.equal(world.atOrigin("show", "main:src/clash.mjs"), "export const add = (a, b) => a + b; // theirs, mended");
  assert.match(world.atOrigin("log", "-2", "--format=%s", "main"), /^Mend clash\nmore 19$/);
  const asked = world.model.requests.map(({ conversation }) => conversation.lastUserText);
  assert.ok(asked.some((words) => /<untrusted source="conflict">\nsrc\/clash\.mjs/.test(words)));
  assert.ok(asked.some((words) => words.includes("marks of a conflict are left")));
});
