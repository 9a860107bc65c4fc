// A page that contradicts the code, and one that links to nothing: each a small pull request that mends the page and no code. Where all is true, none.
import assert from "node:assert/strict";
import { test } from "node:test";
import { gardener, gardenFiles } from "../support/tended-house.ts";
import { makeTaskWorld } from "../support/task-world.ts";

const yaml = `checks: [{ name: sizes, run: "test -d src", timeoutSeconds: 60 }]\nmerge: { policy: auto }\n`;
interface Garden {
  readonly found: readonly { readonly kind: string; readonly file: string }[];
  readonly read: readonly string[];
  readonly proposed: readonly { readonly state: string; readonly pullRequest: { readonly state: string } | null }[];
}

test("an untrue and a broken page are mended by one pull request each; what is true is read once and left alone", { timeout: 400_000 }, async (t) => {
  const world = await makeTaskWorld({ names: [], yaml, files: gardenFiles, special: (view) => gardener(view) });
  t.after(() => world.close());
  const garden = async (): Promise<Garden> => {
    const run = await world.inspan(["garden", "--json"], { timeoutMs: 300_000 });
    assert.equal(run.exitCode, 0, `${run.stdout}\n${run.stderr.slice(-3_000)}`);
    return JSON.parse(run.stdout) as Garden; // our own form
  };
  const first = await garden();
  assert.deepEqual(first.found.map(({ kind, file }) => [kind, file]), [["documents/rules", "docs/lost.md"], ["documents/untrue", "docs/limit.md"]]);
  assert.deepEqual([first.read, first.proposed.map(({ pullRequest }) => pullRequest?.state)], [["docs/limit.md", "docs/other.md"], ["merged", "merged"]]);
  assert.match(world.atOrigin("show", "main:docs/limit.md"), /at most 20 items/);
  const second = await garden();
  assert.deepEqual([second.found, second.read, second.proposed], [[], ["docs/limit.md"], []]);
  const third = await garden();
  assert.deepEqual([third.found, third.read, third.proposed, world.atOrigin("rev-list", "--count", "main")], [[], [], [], "3"]);
});

test("a page's repair that changes code is told to the author and held", { timeout: 300_000 }, async (t) => {
  const world = await makeTaskWorld({
    names: [],
    yaml,
    files: gardenFiles,
    special: (view) => gardener(view, "\n*** Update File: src/other.mjs\n@@\n-export const other = 1;\n+export const other = 2;"),
  });
  t.after(() => world.close());
  const run = await world.inspan(["garden", "--json", "--max", "1"]);
  assert.deepEqual(
    [
      run.exitCode,
      (JSON.parse(run.stdout) as Garden).proposed.map(({ state, pullRequest }) => [state, pullRequest]),
      world.atOrigin("rev-list", "--count", "main"),
    ],
    [4, [["held", null]], "1"],
  );
});
