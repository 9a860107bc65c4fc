// The base moves by a thousand commits while a task is in review: its checks run upon the base as it is now, and it merges there, once.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, test } from "node:test";
import type { ModelStep } from "../programs/scripted-model/index.ts";
import type { TinyView } from "../programs/scripted-model/tiny.ts";
import { endOf, makeTaskWorld, type TaskWorld } from "../support/task-world.ts";

const worlds: TaskWorld[] = [];
after(async () => { for (const world of worlds) await world.close(); });

const count = 1000;

/** A thousand commits upon the origin's main, each with a file of its own; the last one asks for it in a check. */
function moveBase({ origin, atOrigin }: TaskWorld): void {
  const tip = atOrigin("rev-parse", "main");
  const blob = (text: string): string => `data ${Buffer.byteLength(text)}\n${text}\n`;
  const commits = Array.from(
    { length: count },
    (_, index) =>
      `commit refs/heads/main\ncommitter Bob <bob@example.org> ${1_700_000_000 + index} +0000\n${blob(`more ${index}`)}${index === 0 ? `from ${tip}\n` : ""}M 100644 inline more/${index}.txt\n${blob(`${index}`)}`,
  );
  const done = spawnSync("git", ["fast-import", "--quiet"], { cwd: origin, input: `${commits.join("\n")}\ndone\n`, encoding: "utf8" });
  assert.equal(done.status, 0, done.stderr);
}

test("a task in review whose base moves by a thousand commits merges upon the last of them", async () => {
  let isMoved = false;
  const special = ({ phase }: TinyView): ModelStep | undefined => {
    if (phase === "reviewing" && !isMoved) { isMoved = true; moveBase(world); }
    return undefined;
  };
  const world: TaskWorld = await makeTaskWorld({
    names: ["far"],
    special,
    yaml: `checks: [{ name: test, run: "for file in test/*.mjs; do node $file || exit 1; done; (test ! -e more || test -e more/${count - 1}.txt)" }]\nmerge: { policy: auto }\n`,
  });
  worlds.push(world);
  const run = await world.inspan(["task", "run", "Mend far", "--json"], { timeoutMs: 230_000 });
  assert.equal(endOf(run).state, "done", `${run.stderr}\n${JSON.stringify(endOf(run).hold)}`);
  assert.equal(world.atOrigin("log", "-2", "--format=%s", "main"), `Mend far\nmore ${count - 1}`);
  assert.equal(world.atOrigin("rev-list", "--count", "main"), String(count + 2));
  assert.match(world.atOrigin("show", "main:src/far.mjs"), /a \+ b/);
  assert.equal(run.events.filter(({ type, effect }) => type === "effect" && effect === "check").length, 1, "checked once, upon the base as it was then");
  await world.nothingLives();
});
