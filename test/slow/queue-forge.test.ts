// The merge queue on forges, which merge one by one: a runner that is killed between two merges, a pull request that the forge refuses, one that it cannot merge.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import { startFakeGitHub } from "../programs/forge/github.ts";
import { startFakeGitLab } from "../programs/forge/gitlab.ts";
import { ForgeWorld, people, type FakePull } from "../programs/forge/world.ts";
import { createBareRemote } from "../support/bare-remote.ts";
import { runInspan } from "../support/inspan-process.ts";

const closing: (() => Promise<void>)[] = [];
after(async () => { for (const close of closing.reverse()) await close(); });

type Outcome = ReturnType<ForgeWorld["merge"]>;

/** Three pull requests of people, and a queue run through the command line. `merging` may say what the forge does instead, or kill the runner. */
async function setUp(kind: "github" | "gitlab") {
  const world = new ForgeWorld("");
  const forge = await (kind === "github" ? startFakeGitHub : startFakeGitLab)(world);
  const remote = await createBareRemote({
    "inspan.yaml": `version: 1\nchecks: [{ name: sum, run: "test -e parts/start.txt" }]\nforge: { kind: ${kind}, url: "${forge.url}${kind === "github" ? "" : "/api/v4"}", repository: team/desk, checks: [], pollSeconds: 5 }\n`,
    "parts/start.txt": "good\n",
  });
  closing.push(async () => { await forge.close(); await remote.dispose(); });
  world.originPath = remote.originPath;
  const clone = await remote.clone("user");
  const base = clone.git("rev-parse", "origin/main");
  for (const index of [1, 2, 3]) {
    clone.commitOn(`topic-${index}`, { [`parts/p${index}.txt`]: `${index}\n` }, base);
    clone.git("push", "--quiet", "origin", `topic-${index}`);
    world.open({ branch: `topic-${index}`, base: "main", title: `Part ${index}`, body: "b", user: people.ada });
  }
  const merge = world.merge.bind(world);
  let merging: (pull: FakePull, go: () => Outcome) => Outcome = (_, go) => go();
  world.merge = (pull, sha, message) => merging(pull, () => merge(pull, sha, message));
  let kill: (signal: NodeJS.Signals) => void = () => undefined;
  const queue = async (ids: readonly string[]) => {
    const answer = await runInspan(["pr", "queue", ...ids, "--json"], {
      cwd: clone.path,
      env: { INSPAN_HOME: join(remote.path, "state-cli"), INSPAN_FORGE_TOKEN: "fake-token-of-the-agent" },
      onStart: (signal) => {
        kill = signal;
      },
    });
    return {
      ...answer,
      report: answer.stdout === "" ? undefined : (JSON.parse(answer.stdout) as { landed: string[]; rejected: { id: string; reason: string }[] }),
    }; // our own result
  };
  const subjects = (): readonly string[] => remote.origin("log", "--format=%s", "main").split("\n").map((subject) => subject.replace(/ \(#\d+\)$/, "")).sort();
  return { world, queue, subjects, onMerge: (does: typeof merging) => { merging = does; }, kill: () => { kill("SIGKILL"); } };
}

for (const kind of ["github", "gitlab"] as const) {
  test(`${kind}: killed after a merge in the middle of a batch, the queue lands every pull request once`, async () => {
    const { queue, subjects, onMerge, kill } = await setUp(kind);
    const killsMax = kind === "github" ? 2 : 1;
    let kills = 0;
    // The forge has merged; the runner never hears of it.
    onMerge((_, go) => { const outcome = go(); if (kills < killsMax) { kills++; kill(); } return outcome; });
    assert.equal((await queue(["1", "2", "3"])).signal, "SIGKILL");
    assert.deepEqual(subjects(), ["Part 1", "start"], "one of three has landed");
    if (killsMax > 1) assert.equal((await queue([])).signal, "SIGKILL");
    const last = await queue([]);
    assert.equal(last.exitCode, 0, `${last.stdout}\n${last.stderr}`);
    assert.deepEqual([subjects(), kills], [["Part 1", "Part 2", "Part 3", "start"], killsMax]);
    assert.deepEqual((await queue([])).report?.landed, []);
  });

  test(`${kind}: a pull request that the forge refuses, or cannot merge, is told with its reason, and the others land`, async () => {
    const { world, queue, subjects, onMerge } = await setUp(kind);
    onMerge((pull, go) => (pull.number === 1 ? "protected" : go()));
    const refused = await queue(["1", "2", "3"]);
    assert.deepEqual(
      [refused.exitCode, refused.report?.rejected.map(({ id }) => id), [...(refused.report?.landed ?? [])].sort()],
      [1, ["1"], ["2", "3"]],
      `${refused.stdout}\n${refused.stderr}`,
    );
    assert.match(refused.report?.rejected[0]?.reason ?? "", /approving review|405 Method Not Allowed/);
    assert.deepEqual(subjects(), ["Part 2", "Part 3", "start"]);
    onMerge(() => "conflict");
    const stuck = await queue(["1"]);
    assert.deepEqual([stuck.exitCode, stuck.report?.rejected.map(({ id }) => id), stuck.report?.landed], [1, ["1"], []], `${stuck.stdout}\n${stuck.stderr}`);
    onMerge((_, go) => go());
    assert.deepEqual((await queue(["1"])).report?.landed, ["1"]);
    assert.equal(world.pulls.get(1)?.merged, true);
  });
}
