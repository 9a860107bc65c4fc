// What a team on GitLab sees of one task: its template filled, its evidence at hand, a quarantined flake that stops nothing, a person's merge in the figures.
import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { startFakeGitLab } from "../programs/forge/gitlab.ts";
import { ForgeWorld } from "../programs/forge/world.ts";
import { endOf, makeTaskWorld } from "../support/task-world.ts";

interface Figures {
  readonly pullRequests: { readonly opened: number; readonly merged: number; readonly open: number };
  readonly mergedWithoutPersonRate: number | null;
  readonly ageMinutes: { readonly merged: { readonly median: number | null } };
}

test("on GitLab the team's template is filled, evidence is linked, a flake in quarantine is run again once and stops nothing, and a person's merge counts", async () => {
  const state = new ForgeWorld("");
  const forge = await startFakeGitLab(state);
  const world = await makeTaskWorld({
    names: ["team"], env: { INSPAN_FORGE_TOKEN: "fake-token-of-the-agent" }, files: { ".gitlab/merge_request_templates/Default.md": "## What\n\n## Why\n\n## Proof\n" },
    yaml: `checks: [{ name: test, run: "for file in test/*.mjs; do node $file || exit 1; done" }]\nmerge: { policy: none }\nforge: { kind: gitlab, url: "${forge.url}/api/v4", repository: team/desk, checks: [build, flaky, old], pollSeconds: 5, flakes: [{ check: flaky, until: "2099-01-01", reason: the runner's network }, { check: old, until: "2020-01-01", reason: nobody looked }] }\n`,
  });
  try {
    state.originPath = world.origin;
    state.ci
      .set("build", () => ({ conclusion: "success" }))
      .set("flaky", () => ({ conclusion: "failure", log: "no network" }))
      .set("old", (_, attempt) => (attempt === 1 ? { conclusion: "failure", log: "once" } : { conclusion: "success" }));
    const run = await world.inspan(["task", "run", "Mend team", "--json"]);
    const { taskId } = endOf(run);
    assert.equal(endOf(run).state, "done", `${run.stderr}\n${JSON.stringify(endOf(run).hold)}`);
    assert.deepEqual(
      state.checks
        .filter(({ name }) => name !== "build")
        .map(({ name, attempts }) => [name, attempts])
        .sort(),
      [
        ["flaky", 2],
        ["old", 2],
      ],
      "each was run again once",
    );

    const body = state.pulls.get(1)?.body ?? "";
    const lint = await world.inspan(["pr", "lint", "--body", body, "--json"]);
    assert.deepEqual(
      [
        lint.exitCode,
        (lint.events.at(-1) as unknown as { template: string; faults: unknown[] }).template,
        (lint.events.at(-1) as unknown as { faults: unknown[] }).faults,
      ],
      [0, ".gitlab/merge_request_templates/Default.md", []],
      body,
    ); // our own result
    const bad = await world.inspan(["pr", "lint", "--body", "## What\n\nTODO\n", "--json"]);
    assert.equal(bad.exitCode, 1);
    assert.match(body, new RegExp(`refs/inspan/evidence/${taskId} at the remote`));
    assert.match(world.atOrigin("ls-tree", "--name-only", `refs/inspan/evidence/${taskId}`), /^index\.html$/m);

    const figures = async () => (await world.inspan(["stats", "--json"])).events.at(-1) as unknown as Figures; // our own result
    assert.deepEqual((await figures()).pullRequests, { opened: 1, merged: 0, open: 1, mergedPerEngineerAndDay: 0 });
    const pull = state.pulls.get(1);
    assert.ok(pull);
    assert.equal(state.merge(pull, undefined, "Merged by Ada"), "merged");
    for (const path of globSync("**/forge.db", { cwd: world.statePath })) {
      const database = new DatabaseSync(join(world.statePath, path));
      database.exec("update picture set at = 0");
      database.close();
    }
    for (let look = 0; look < 2; look++) {
      const from = state.requests.length;
      const watched = await world.inspan(["pr", "watch", "--once", "--json"]);
      assert.deepEqual((watched.events.at(-1) as unknown as { woken: unknown[] }).woken, [], watched.stderr); // our own result
      assert.equal(state.requests.slice(from).filter((line) => line.endsWith("/merge_requests/1")).length, look === 0 ? 1 : 0, "what became of it is asked for once");
    }
    const { pullRequests, mergedWithoutPersonRate } = await figures();
    assert.deepEqual([pullRequests.merged, pullRequests.open, mergedWithoutPersonRate], [1, 0, 0]);
  } finally { await world.close(); await forge.close(); }
});
