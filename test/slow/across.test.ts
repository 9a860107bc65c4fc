// One prompt over three repositories: two pull requests that name each other, and one repository where nothing is to be changed; and who stands behind them in the figures.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { join } from "node:path";
import { call, type ModelStep } from "../programs/scripted-model/index.ts";
import type { TinyView } from "../programs/scripted-model/tiny.ts";
import { git } from "../support/desk-repository.ts";
import { makeTaskWorld, type TaskWorld } from "../support/task-world.ts";

function special({ phase, called, conversation }: TinyView): ModelStep | undefined {
  if (phase !== "planning" || called.includes("submit_plan") || !/the repository "[^"]*third"/.test(conversation.system)) return undefined;
  return call("submit_plan", { summary: "Nothing here.", steps: ["none"], noChangeReason: "This repository only draws pictures." });
}

let world: TaskWorld;
before(async () => {
  world = await makeTaskWorld({ names: ["both"], special, yaml: 'checks: [{ name: test, run: "node test/start.mjs" }]\n' });
  for (const name of ["second", "third"]) {
    git(world.folder, "clone", "--quiet", "--bare", world.path, join(world.folder, `${name}.git`));
    git(world.folder, "clone", "--quiet", join(world.folder, `${name}.git`), join(world.folder, name));
    git(join(world.folder, name), "config", "user.email", "bob@example.org");
  }
  world.git("config", "user.email", "ada@example.org");
});
after(() => world.close());

test("each repository gets its own pull request, or a reason for none; the same repository twice is refused before anything is spent", async () => {
  const twice = await world.inspan(["task", "run", "Mend both", "--also", world.path, "--json"]);
  assert.deepEqual([twice.exitCode, world.model.requests.length], [2, 0], twice.stderr);
  const run = await world.inspan(["task", "run", "Mend both", "--also", join(world.folder, "second"), "--also", join(world.folder, "third"), "--json"]);
  const end = run.events.at(-1) as unknown as {
    type: string;
    state: string;
    pullRequests: { repository: string; id: string; state: string }[];
    tasks: { repository: string; state: string; noChange?: string; taskId: string }[];
  }; // our own result
  assert.deepEqual([run.exitCode, end.type, end.state, end.pullRequests.map(({ state }) => state)], [0, "result", "done", ["open", "open"]], run.stderr);
  assert.deepEqual(end.tasks.map(({ state, noChange }) => [state, noChange]), [["done", undefined], ["done", undefined], ["done", "This repository only draws pictures."]]);
  const shown = (await world.inspan(["pr", "show", end.pullRequests[0]?.id ?? ""])).stdout;
  assert.match(shown, /Belongs together with[\s\S]*second[\s\S]*third[^\n]*: nothing to change: This repository only draws pictures\./);
  assert.equal(git(join(world.folder, "third.git"), "for-each-ref", "refs/heads/inspan").trim(), "");
  const stats = JSON.parse((await world.inspan(["stats", "--json"])).stdout) as { engineers: number; people: { engineer: string; opened: number }[] }; // our own result
  assert.deepEqual([stats.engineers, stats.people.map(({ engineer, opened }) => [engineer, opened])], [1, [["ada@example.org", 1]]]);
});
