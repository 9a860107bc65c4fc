// Commands that meet: two of them ask for one instance while it begins or ends. Each gets an answer that holds, and nothing is left.
import assert from "node:assert/strict";
import { basename, dirname, join } from "node:path";
import { describe, test } from "node:test";
import { openRegistry } from "../../src/domains/instance/repo/registry.ts";
import { registryPath } from "../../src/domains/instance/repo/places.ts";
import { nodeDatabases } from "../../src/providers/node/database.ts";
import { createNodeProcesses } from "../../src/providers/node/processes.ts";
import { makeInstanceWorld, program, type UpAnswer } from "../support/instance-world.ts";

const web = `services:\n  web: { run: "${program("web.mjs")}", ports: [PORT], ready: { http: / } }\n`;
const tick = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20)); // no event tells what foreign processes do

describe("commands that meet", { concurrency: 2 }, () => {
  test("an up whose supervisor finds the instance taken by one that does not answer yet waits for it, and starts its own when that one is gone", async (t) => {
    const world = makeInstanceWorld(t, web);
    const { state } = await world.up();
    assert.equal((await world.down()).exitCode, 0);
    const processes = createNodeProcesses();
    const registry = openRegistry(nodeDatabases, registryPath(world.statePath), processes);
    t.after(() => registry.close());
    const key = basename(dirname(state.dataDir));
    registry.claim({
      key,
      worktree: world.path,
      pid: process.pid,
      startTime: processes.startTimeOf(process.pid) ?? "",
      version: "0",
      runId: "none",
      names: [],
      startedAt: "2026-01-01T00:00:00Z",
    });
    const upping = world.up();
    const isStarted = (): boolean => world.leftovers().processes.some((line) => line.includes("supervisor.ts"));
    for (let count = 0; count < 150 && !isStarted(); count++) await tick();
    for (let count = 0; count < 150 && isStarted(); count++) await tick();
    registry.release(key, process.pid);
    const { answer, state: after } = await upping;
    assert.deepEqual([answer.exitCode, after.services?.[0]?.status], [0, "ready"], answer.stderr);
    assert.equal((await world.down()).exitCode, 0);
    await world.nothingLeft();
  });

  test("several downs at once are all fine; an up beside a down is cancelled by it or comes after it, never lost", async (t) => {
    const world = makeInstanceWorld(t, web);
    assert.equal((await world.up()).answer.exitCode, 0);
    const downs = await Promise.all([world.down(), world.down(), world.down()]);
    assert.deepEqual(downs.map(({ exitCode, stderr }) => [exitCode, stderr]), downs.map(() => [0, ""]));
    assert.equal((await world.up()).answer.exitCode, 0);
    const [down, up] = await Promise.all([world.down(), world.inspan(["up", "--json", "--no-telemetry"])]);
    assert.deepEqual([down.exitCode, up.exitCode === 0 || up.exitCode === 1], [0, true], `${up.exitCode}: ${up.stderr}`);
    // Cancelled before its program began, or stopped while it began.
    const [service] = up.exitCode === 1 ? (JSON.parse(up.stdout) as UpAnswer).services : []; // our own form
    assert.ok(service === undefined || service.status === "stopped" || service.failure?.reason === "cancelled", up.stdout);
    assert.equal((await world.down()).exitCode, 0);
    await world.nothingLeft();
  });

  test("services that do not come back are compared with nothing, and have no time to ready", async (t) => {
    const world = makeInstanceWorld(
      t,
      `services:\n  web: { run: "test -e $DATA_DIR/once && exit 3; touch $DATA_DIR/once; exec ${program("web.mjs")}", ports: [PORT], ready: { http: / } }\n  behind: { run: sleep 300, needs: [web] }\n`,
    );
    assert.equal((await world.up()).answer.exitCode, 0);
    const restart = await world.inspan(["restart", "--json"]);
    const { services, comparisons } = JSON.parse(restart.stdout) as UpAnswer & { comparisons: readonly unknown[] }; // our own form
    assert.deepEqual(
      [restart.exitCode, services.map(({ name, status, failure, readyMs }) => [name, status, failure?.reason, readyMs]), comparisons],
      [
        1,
        [
          ["web", "failed", "exited", null],
          ["behind", "failed", "needs", null],
        ],
        [],
      ],
    );
    assert.equal((await world.down()).exitCode, 0);
    await world.nothingLeft();
  });

  test("a scarce thing is free when its holder dies, and a restart keeps it before those that wait", async (t) => {
    const world = makeInstanceWorld(t, `resources: { device: 1 }\n${web.replace("ready:", "uses: [device], ready:")}`);
    const other = join(world.path, "..", "other");
    world.git("worktree", "add", "--quiet", other);
    const { state } = await world.up();
    const waiting = world.up(["--no-telemetry"], other);
    const statusOf = async (): Promise<string | undefined> => (await world.status(other)).services[0]?.status;
    for (let count = 0; count < 500 && await statusOf() !== "waiting"; count++) await tick();
    const restart = await world.inspan(["restart", "--json"]);
    assert.deepEqual([restart.exitCode, (JSON.parse(restart.stdout) as UpAnswer).services[0]?.status, await statusOf()], [0, "ready", "waiting"], restart.stderr); // our own form
    await (await fetch(`${state.services[0]?.url}/die`)).text();
    const { answer, state: after } = await waiting;
    assert.deepEqual([answer.exitCode, after.services[0]?.status], [0, "ready"], answer.stderr);
    assert.equal((await world.down()).exitCode, 0);
    assert.equal((await world.down([], other)).exitCode, 0);
    await world.nothingLeft();
  });

  test("a seed that fails leaves no service waiting: each says why", async (t) => {
    const world = makeInstanceWorld(t, `seed: "echo broken; exit 4"\n${web}`);
    assert.equal((await world.inspan(["up", "--json", "--no-telemetry"])).exitCode, 3);
    const [service] = (await world.status()).services;
    assert.deepEqual([service?.status, service?.failure?.reason, /broken/.test(service?.failure?.lastLines.join("\n") ?? "")], ["failed", "seed", true]);
    assert.equal((await world.down()).exitCode, 0);
    await world.nothingLeft();
  });

  test("an up that is refused leaves no supervisor behind", async (t) => {
    const world = makeInstanceWorld(t, web);
    const refused = await world.inspan(["up", "--restart", "nobody", "--no-telemetry"]);
    assert.deepEqual([refused.exitCode, /no service has that name, expected one of web/.test(refused.stderr)], [2, true], refused.stderr);
    await world.nothingLeft();
    assert.equal((await world.up()).answer.exitCode, 0);
    assert.equal((await world.inspan(["up", "--restart", "nobody", "--no-telemetry"])).exitCode, 2);
    assert.equal((await world.status()).services[0]?.status, "ready", "what runs stays");
    assert.equal((await world.down()).exitCode, 0);
    await world.nothingLeft();
  });
});
