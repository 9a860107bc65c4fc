// `inspan pr watch` on the fake GitHub, through the command line: a held task asks on its pull request, only who may push answers, and a base that became red gets a revert.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startFakeGitHub, type FakeForge } from "../programs/forge/github.ts";
import { ForgeWorld, people } from "../programs/forge/world.ts";
import { endOf, makeTaskWorld, type TaskWorld } from "../support/task-world.ts";

const state = new ForgeWorld("");
let forge: FakeForge;
let world: TaskWorld;
before(async () => {
  forge = await startFakeGitHub(state);
  world = await makeTaskWorld({
    names: ["held", "other"], env: { INSPAN_FORGE_TOKEN: "fake-token-of-the-agent" },
    yaml: `checks: [{ name: test, run: "for file in test/*.mjs; do node $file || exit 1; done" }]\nmerge: { policy: auto, paths: [{ paths: ["src/held.mjs"], policy: person }] }\nforge: { kind: github, url: "${forge.url}", repository: team/desk, checks: [build], pollSeconds: 5 }\n`,
  });
  state.originPath = world.origin;
  // Green on branches; red where both are on main.
  state.ci.set("build", (sha) => {
    const isMain = state.git("rev-parse", "main") === sha;
    return isMain && state.git("show", `${sha}:src/held.mjs`).includes("a + b") ? { conclusion: "failure", log: "main is broken" } : { conclusion: "success" };
  });
});
after(async () => { await world.close(); await forge.close(); });

const watchOnce = async () => {
  const run = await world.inspan(["pr", "watch", "--once", "--json"]);
  const end = run.events.at(-1) as unknown as {
    asked: string[];
    answered: { taskId: string; by: string; outcome: string }[];
    base: {
      state: string;
      regression: { commit: string; pullRequest: string | null; checks: string[]; revert: { state: string; pullRequest: string | null } | null } | null;
    } | null;
  }; // our own result
  return { run, ...end };
};

describe("inspan pr watch", () => {
  let taskId = "";

  test("a held task asks once on its pull request; strangers, quotes and other words never move it, whoever may push does", async () => {
    const run = await world.inspan(["task", "run", "Mend held", "--json"]);
    const end = endOf(run);
    ({ taskId } = end);
    assert.deepEqual([end.state, end.reason], ["held", "policy"], run.stderr);
    const asked = () => state.wordsOf(1, people.agent.login).filter((body) => body.includes("waits for a person"));
    assert.equal(asked().length, 1);
    assert.match(asked()[0] ?? "", /src\/held\.mjs[\s\S]*answer "merge"[\s\S]*\/inspan answer/);
    state.say(1, people.stranger, "/inspan answer merge");
    state.say(1, people.linter, "/inspan answer merge");
    state.say(1, people.ada, "> /inspan answer merge\n\nNobody should say that.");
    state.say(1, people.ada, "/inspan answer looks nice");
    const first = await watchOnce();
    assert.deepEqual([first.run.exitCode, first.asked, first.answered], [0, [], []], first.run.stderr);
    assert.equal(asked().length, 1, "asked once");
    assert.match(state.wordsOf(1, people.agent.login).at(-1) ?? "", /@ada: a policy holds this back/);
    assert.equal(state.pulls.get(1)?.merged, false);
    state.say(1, people.ada, "/inspan answer merge");
    const second = await watchOnce();
    assert.deepEqual(second.answered, [{ taskId, by: "ada", outcome: "done" }], second.run.stderr);
    assert.equal(state.pulls.get(1)?.merged, true);
    const words = state.wordsOf(1, people.agent.login);
    assert.equal(new Set(words).size, words.length, "nothing is said twice");
  });

  test("checks of main that fail after the merge open one revert, tied to its pull request", async () => {
    const { base, run } = await watchOnce();
    assert.deepEqual(
      [run.exitCode, base?.state, base?.regression?.pullRequest, base?.regression?.checks, base?.regression?.revert],
      [1, "red", "1", ["build"], { state: "open", pullRequest: "2" }],
      run.stderr,
    );
    assert.match(state.pulls.get(2)?.title ?? "", /^Revert "Mend held/);
    assert.match(state.pulls.get(2)?.body ?? "", /pull request 1 \(http/);
    assert.match(state.wordsOf(1, people.agent.login).at(-1) ?? "", /base is red since this landed[\s\S]*build fails/);
    assert.equal(world.atOrigin("show", `${state.pulls.get(2)?.branch ?? ""}:src/held.mjs`), "export const add = (a, b) => a - b;");
    const said = state.comments.length;
    const again = await watchOnce();
    assert.deepEqual([again.base?.state, state.pulls.size, state.comments.length], ["red", 2, said], "told once");
    const signals = await world.inspan(["feedback", "list", "--json"]);
    assert.match(signals.stdout, /regression:build/);
    const landed = await world.inspan(["pr", "queue", "2", "--json"]);
    assert.equal(landed.exitCode, 0, landed.stderr);
    assert.equal((await watchOnce()).base?.state, "green");
  });
});
