// On a forge, too, what a person closes is not proposed again: a list of open requests does not name it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startFakeGitHub } from "../programs/forge/github.ts";
import { ForgeWorld } from "../programs/forge/world.ts";
import { houseFiles, houseYaml, repairingAuthor } from "../support/tended-house.ts";
import { makeTaskWorld } from "../support/task-world.ts";

interface Gc {
  readonly found: readonly { readonly kind: string; readonly state: string }[];
  readonly proposed: readonly { readonly kind: string; readonly pullRequest: { readonly id: string; readonly state: string } | null }[];
  readonly lessons: readonly { readonly kind: string; readonly because: string }[];
}

test("a repair that a person closes on the forge becomes a lesson, and its kind is not proposed again", { timeout: 180_000 }, async (t) => {
  const state = new ForgeWorld("");
  const forge = await startFakeGitHub(state);
  const world = await makeTaskWorld({
    names: [],
    files: houseFiles,
    special: (view) => repairingAuthor(view),
    env: { INSPAN_FORGE_TOKEN: "fake-token-of-the-agent" },
    yaml: `${houseYaml.replace("merge: { policy: auto }\n", "")}forge: { kind: github, url: "${forge.url}", repository: team/desk, pollSeconds: 5 }\n`,
  });
  t.after(async () => { await world.close(); await forge.close(); });
  state.originPath = world.origin;
  const gc = async () => {
    const run = await world.inspan(["gc", "--max", "1", "--json"]);
    assert.equal(run.exitCode, 0, run.stderr.slice(-2_000));
    return JSON.parse(run.stdout) as Gc; // our own form
  };
  const first = await gc();
  const [proposed] = first.proposed, pull = state.pulls.get(Number(proposed?.pullRequest?.id));
  assert.deepEqual([first.proposed.length, proposed?.pullRequest?.state, pull?.state], [1, "open", "open"], JSON.stringify(first.proposed));
  if (pull !== undefined) pull.state = "closed";
  const second = await gc();
  assert.deepEqual(second.lessons.map(({ kind, because }) => [kind, because]), [[proposed?.kind, `a person closed pull request ${pull?.number ?? ""} unmerged`]]);
  assert.ok(
    second.proposed.every(({ kind }) => kind !== proposed?.kind) && second.found.every(({ kind, state: how }) => kind !== proposed?.kind || how === "rejected"),
    JSON.stringify(second.proposed),
  );
});
