// The seeded repository: twenty deviations give twenty small pull requests, merged by policy, and nothing on the second run. A closed one is not proposed again.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { houseFiles, houseYaml, repairingAuthor, seeds } from "../support/tended-house.ts";
import { inspanPath } from "../support/small-repository.ts";
import { makeTaskWorld, type TaskWorld } from "../support/task-world.ts";

interface Gc {
  readonly found: readonly { readonly id: string; readonly kind: string; readonly file: string; readonly state: string; readonly because: string }[];
  readonly proposed: readonly {
    readonly kind: string;
    readonly state: string;
    readonly title: string;
    readonly pullRequest: { readonly id: string; readonly state: string } | null;
  }[];
  readonly lessons: readonly { readonly kind: string }[];
  readonly grades: { readonly before: { readonly debtMinutes: number }; readonly after: { readonly debtMinutes: number } | null };
}

async function makeHouse(t: TestContext, yaml = houseYaml): Promise<TaskWorld> {
  const world = await makeTaskWorld({ names: [], yaml, files: houseFiles, special: (view) => repairingAuthor(view) });
  t.after(() => world.close());
  return world;
}

async function gc(world: TaskWorld, ...args: readonly string[]): Promise<Gc> {
  const run = await world.inspan(["gc", "--json", ...args], { timeoutMs: 580_000 });
  assert.equal(run.exitCode, 0, run.stderr.slice(-3_000));
  return JSON.parse(run.stdout) as Gc; // our own form
}

test("twenty deviations are twenty pull requests of one file each, merged by policy; the second run opens none", { timeout: 600_000 }, async (t) => {
  const world = await makeHouse(t);
  const dry = await gc(world, "--dry-run");
  assert.deepEqual(dry.found.map(({ file, kind }) => `${kind} ${file}`).sort(), seeds.map(({ file, kind }) => `${kind} ${file}`).sort());
  assert.deepEqual([dry.proposed, world.atOrigin("rev-list", "--count", "main")], [[], "1"]);
  const first = await gc(world);
  assert.equal(first.proposed.filter(({ pullRequest }) => pullRequest?.state === "merged").length, 20, JSON.stringify(first.proposed));
  assert.ok((first.grades.after?.debtMinutes ?? Number.NaN) < first.grades.before.debtMinutes, JSON.stringify(first.grades));
  const changes = world.atOrigin("log", "--format=%x00%s", "--numstat", "main").split("\0").slice(1, 21).map((entry) => entry.trim().split("\n").slice(2));
  assert.ok(changes.every((files) => files.length === 1), JSON.stringify(changes));
  const second = await gc(world);
  assert.deepEqual([second.found, second.proposed], [[], []]);
});

test("what policy does not merge stays open and is not proposed twice; a closed kind becomes a lesson and is not proposed again", { timeout: 600_000 }, async (t) => {
  const world = await makeHouse(t, houseYaml.replace("merge: { policy: auto }\n", ""));
  const first = await gc(world, "--max", "2");
  assert.deepEqual(first.proposed.map(({ state, pullRequest }) => [state, pullRequest?.state]), [["done", "open"], ["done", "open"]]);
  assert.equal(first.found.filter(({ state }) => state === "over-max").length, 18);
  const [kind, id] = [first.proposed[0]?.kind ?? "", first.proposed[0]?.pullRequest?.id ?? ""];
  const branch = (JSON.parse((await world.inspan(["pr", "show", id, "--json"])).stdout) as { pullRequest: { branch: string } }).pullRequest.branch;
  world.git("push", "--quiet", "origin", `:refs/heads/${branch}`);
  const second = await gc(world, "--max", "1");
  assert.deepEqual(second.lessons.map((lesson) => lesson.kind), [kind]);
  assert.ok(second.proposed.every((one) => one.kind !== kind) && second.proposed.length === 1, JSON.stringify(second.proposed));
  assert.match(readFileSync(join(world.path, "docs/lessons.md"), "utf8"), new RegExp(`\`${kind}\` .*a person closed pull request ${id} unmerged`));
  assert.ok(second.found.filter((one) => one.kind === kind).every(({ state }) => state === "rejected" || state === "open"));
  // By hand, with a reason; and lifted again.
  const left = second.found.find((one) => one.state === "over-max" && one.kind !== kind)?.kind ?? "";
  assert.equal((await world.inspan(["gc", "reject", left, "--because", "it is meant so"])).exitCode, 0);
  assert.ok(
    (await gc(world, "--dry-run")).found
      .filter((one) => one.kind === left && one.state !== "open")
      .every(({ state, because }) => state === "rejected" && because === "it is meant so"),
  );
  await world.inspan(["gc", "allow", left]);
  assert.ok((await gc(world, "--dry-run")).found.some((one) => one.kind === left && one.state === "new"));
  assert.ok(existsSync(join(world.path, "docs/lessons.md")));
});

test("a repair that grows beyond its bounds is told to the author and held, not merged", { timeout: 300_000 }, async (t) => {
  const long = Array.from({ length: 100 }, (_, index) => `+export const extra${index} = ${index};`).join("\n");
  const world = await makeTaskWorld({
    names: [],
    yaml: houseYaml,
    files: houseFiles,
    special: (view) => repairingAuthor(view, Object.fromEntries(seeds.map(({ file, patch }) => [file, `${patch}\n${long}`]))),
  });
  t.after(() => world.close());
  const run = await world.inspan(["gc", "--json", "--max", "1"]);
  const { proposed } = JSON.parse(run.stdout) as Gc; // our own form
  assert.deepEqual([run.exitCode, proposed.map(({ state, pullRequest }) => [state, pullRequest]), world.atOrigin("rev-list", "--count", "main")], [4, [["held", null]], "1"]);
});

test("a run that is killed in the middle of a repair goes on with that very task, and proposes nothing twice", { timeout: 400_000 }, async (t) => {
  let kill: (() => void) | undefined;
  const world = await makeTaskWorld({
    names: [], yaml: houseYaml.replace("atOnce: 2", "atOnce: 1, max: 2"), files: houseFiles,
    special: (view) => {
      if (view.phase === "implementing") kill?.();
      return repairingAuthor(view);
    },
  });
  t.after(() => world.close());
  const child = spawn(process.execPath, [inspanPath, "gc", "--json"], {
    cwd: world.path,
    env: {
      PATH: process.env["PATH"],
      HOME: process.env["HOME"],
      GIT_CONFIG_GLOBAL: "/dev/null",
      INSPAN_HOME: world.statePath,
      INSPAN_MODEL_BASE_URL: world.model.url,
      INSPAN_MODEL: "scripted",
    },
    stdio: "ignore",
  });
  kill = () => { kill = undefined; child.kill("SIGKILL"); };
  const [, signal] = await once(child, "exit");
  assert.equal(signal, "SIGKILL");
  const again = await gc(world);
  assert.deepEqual(again.proposed.map(({ pullRequest }) => pullRequest?.state), ["merged", "merged"]);
  const { tasks } = JSON.parse((await world.inspan(["task", "list", "--json"])).stdout) as { tasks: readonly unknown[] };
  assert.deepEqual([tasks.length, world.atOrigin("rev-list", "--count", "main")], [2, "3"]);
});
