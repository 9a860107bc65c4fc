// A reviewer that demands evidence refuses without it: a person is asked; and what the harness recorded stands in the pull request and at the remote.
import assert from "node:assert/strict";
import { test } from "node:test";
import { endOf, makeTaskWorld } from "../support/task-world.ts";

const reviewer = (needs: string) => `---\ndescription: What users see is shown.\npaths: ["src/**"]\n${needs}---\n- What changed is shown.\n`;
const env = { INSPAN_CHROME: "/nowhere/chromium" };

test("a reviewer whose file says `needs: [video]` stops a change that nobody could film, and a person is asked", { timeout: 240_000 }, async () => {
  const world = await makeTaskWorld({ names: ["a"], env, files: { "docs/reviewers/shown.md": reviewer("needs: [video]\n") } });
  try {
    const end = endOf(await world.inspan(["task", "run", "Mend a", "--json"]));
    assert.deepEqual([end.state, end.reason, end.exitCode], ["held", "review", 4]);
    assert.match(end.hold?.detail ?? "", /Evidence is missing: video/);
  } finally { await world.close(); }
});

test("without a demand the same change is merged: its failing and passing runs are in the pull request, behind a ref of the remote, and it is said why there is no film", { timeout: 240_000 }, async () => {
  const world = await makeTaskWorld({ names: ["a"], env, files: { "docs/reviewers/shown.md": reviewer("") } });
  try {
    const run = await world.inspan(["task", "run", "Mend a", "--json"]);
    const end = endOf(run);
    assert.equal(end.state, "done", run.stderr.slice(-2_000));
    const message = world.atOrigin("log", "-1", "--format=%B", "main");
    assert.match(
      message,
      /^## Evidence\n\n- before: terminal .* fails by an assertion before any product edit[\s\S]*- after: terminal .* passes on a clean checkout of the head[\s\S]*- no video \(after\), because no journey/m,
    );
    const names = world.atOrigin("ls-tree", "--name-only", `refs/inspan/evidence/${end.taskId}`);
    for (const name of [/^index\.html$/m, /^bundle\.jsonl$/m, /^before-terminal-/m, /^after-terminal-/m]) assert.match(names, name);
    const page = world.atOrigin("show", `refs/inspan/evidence/${end.taskId}:index.html`);
    const pair =
      /<section data-pair>(?:(?!<\/section>)[\s\S])*?<b>Before<\/b>[\s\S]*?<pre data-cast=[\s\S]*?<b>After<\/b>[\s\S]*?<pre data-cast=[\s\S]*?<\/section>/.exec(
        page,
      )?.[0] ?? "";
    assert.match(pair, /Play both/, "the failing and the passing run move beside each other");
    assert.match(pair, /\[exit code [1-9]\d*\][\s\S]*\[exit code 0\]/);
    // Somebody else's machine: another state folder.
    const listed = JSON.parse((await world.inspan(["pr", "list", "--all", "--json"])).stdout) as { pullRequests: { id: string }[] }; // our own form
    const shown = await world.inspan(["pr", "show", listed.pullRequests[0]?.id ?? "", "--json"], { env: { INSPAN_HOME: `${world.folder}/colleague` } });
    const { evidence } = JSON.parse(shown.stdout) as { evidence: { page: string; itemCount: number } }; // our own form
    assert.ok(evidence.page.startsWith(`${world.folder}/colleague/`) && evidence.itemCount >= 2, JSON.stringify(evidence));
  } finally { await world.close(); }
});
