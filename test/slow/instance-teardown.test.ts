// Services and commands that misbehave: each has a defined, visible outcome, and afterwards no process, port, file or group of ours is left.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { askJson, isPortOpen, makeInstanceWorld, program, type InstanceWorld, type UpAnswer } from "../support/instance-world.ts";

const one = (run: string, more = "ports: [PORT], ready: { http: /, timeout: 30s }"): string => `services:\n  web: { run: "${run}", ${more} }\n`;
const outputFolder = (world: InstanceWorld): string => {
  const [key = ""] = readdirSync(join(world.statePath, "instances"));
  return join(world.statePath, "instances", key, "output");
};

/** Brings it up, lets `during` look, takes it down, and counts. */
async function check(
  t: { after(close: () => void | Promise<void>): void },
  yaml: string,
  during: (state: UpAnswer, world: InstanceWorld, exitCode: number | null) => Promise<void> | void,
): Promise<void> {
  const world = makeInstanceWorld(t, yaml);
  const { answer, state } = await world.up();
  await during(state, world, answer.exitCode);
  const ports = state.services.flatMap((service) => service.ports);
  const down = await world.down();
  assert.equal(down.exitCode, 0, down.stderr);
  await world.nothingLeft();
  for (const port of ports) assert.equal(await isPortOpen(port), false, `port ${port} is free`);
}

describe("services that misbehave", { concurrency: 2 }, () => {
  test("one that goes into the background has ended, which is said, and its daemon goes with it", (t) => check(t, one(program("misfit.mjs", "daemonise")), async ({ services: [web] }, world, exitCode) => {
    assert.deepEqual([exitCode, web?.status, web?.failure?.reason, web?.failure?.exitCode], [1, "failed", "exited", 0]);
    assert.match(web?.failure?.message ?? "", /run it in the foreground/);
    assert.deepEqual(world.leftovers().processes.filter((line) => line.includes("misfit.mjs")), []);
  }));

  test("a child in a session of its own that ignores TERM goes with its service", (t) =>
    check(t, one(program("misfit.mjs", "escape")), ({ services: [web] }) => assert.equal(web?.status, "ready")));

  test("one that ignores TERM is killed after its grace", (t) =>
    check(t, one(program("misfit.mjs", "ignore-term"), "ports: [PORT], stop: { grace: 300ms }"), ({ services: [web] }) => assert.equal(web?.status, "ready")));

  test("a fork bomb meets its bound, and the machine stays usable", (t) => check(t, one(program("misfit.mjs", "fork-bomb"), "ports: [PORT], processesMax: 60, stop: { grace: 500ms }"), async (_state, world) => {
    // It grows while we look; the test's own bound ends the wait for a bomb that does not.
    let count = 0;
    for (let most = -1; count <= 10 || count > most; await new Promise((done) => setTimeout(done, 200))) {
      most = Math.max(most, count);
      count = world.leftovers().processes.length;
      assert.ok(count < 100, `${count} processes`);
    }
  }));

  test("a grandchild that holds the output open does not hold its service", (t) =>
    check(t, one(program("misfit.mjs", "hold-pipe")), ({ services: [web] }) => assert.deepEqual([web?.status, web?.failure?.exitCode], ["failed", 4])));

  test("a million lines are read, kept in files of bounded size, and the supervisor's memory stays", (t) => check(t, one(program("misfit.mjs", "flood"), 'ports: [PORT], ready: { log: "flood is over", timeout: 120s }'), ({ services: [web], supervisor }, world) => {
    assert.equal(web?.status, "ready");
    for (const name of readdirSync(outputFolder(world))) assert.ok(statSync(join(outputFolder(world), name)).size < 9 * 1024 * 1024, name);
    const rssKb = Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${supervisor?.pid}/status`, "utf8"))?.[1]);
    assert.ok(rssKb < 200 * 1024, `${rssKb} kB`);
  }));

  test("one that takes its port's neighbour too harms nobody", (t) =>
    check(t, one(program("misfit.mjs", "neighbour")), ({ services: [web] }) => assert.equal(web?.status, "ready")));

  test("one that never reads PORT is found by what it listens on", (t) => check(t, one(program("misfit.mjs", "fixed-port")), async ({ services: [web] }) => {
    assert.equal(web?.status, "ready");
    assert.deepEqual(web?.insidePorts, { [String(web?.ports[0])]: 3000 });
    assert.equal(await (await fetch(web?.url ?? "")).text(), "ok");
  }));

  test("one that never listens is given up with what was expected and its last lines", (t) => check(t, one(program("misfit.mjs", "never-ready"), "ports: [PORT], ready: { tcp: true, timeout: 1s }"), ({ services: [web] }, _world, exitCode) => {
    assert.deepEqual([exitCode, web?.failure?.reason, web?.failure?.portsSeen, web?.failure?.lastLines], [1, "timed-out", [], ["still warming up"]]);
  }));

  test("one that answers 503 for ever is given up with that status and the port that was seen", (t) => check(t, one(program("misfit.mjs", "not-found"), "ports: [PORT], ready: { http: /, timeout: 1500ms }"), ({ services: [web] }) => {
    assert.match(web?.failure?.message ?? "", /status 503/);
    assert.equal(web?.failure?.portsSeen.length, 1);
  }));

  test("a missing program is said with what to install", (t) => check(t, one("no-such-program --port 1"), ({ services: [web] }) => {
    assert.deepEqual([web?.failure?.reason, web?.failure?.exitCode], ["exited", 127]);
    assert.match(web?.failure?.remedy ?? "", /^install what "no-such-program" needs/);
  }));

  test("one that dies after it was ready is shown by status, and the next up starts it again", (t) => check(t, one(program("web.mjs")), async ({ services: [web] }, world) => {
    await (await fetch(`${web?.url}/die`)).text();
    let after = (await world.status()).services[0];
    for (let count = 0; count < 50 && after?.status === "ready"; count++) after = (await world.status()).services[0];
    assert.deepEqual([after?.status, after?.failure?.exitCode, after?.url], ["exited", 3, null]);
    assert.match(after?.failure?.message ?? "", /after it was ready/);
    const again = await world.up();
    assert.deepEqual([again.state.services[0]?.status, again.state.services[0]?.starts], ["ready", 2]);
  }));
});

describe("the world around an instance", { concurrency: 2 }, () => {
  test("kill -9 of the supervisor ends its services with it; status, up and down know what to do", async (t) => {
    const world = makeInstanceWorld(t, one(program("misfit.mjs", "escape")));
    const { state } = await world.up();
    process.kill(state.supervisor?.pid ?? 0, "SIGKILL");
    for (let count = 0; count < 250 && world.leftovers().processes.length > 0; count++) await new Promise((resolve) => setTimeout(resolve, 20)); // no event tells that foreign processes are gone
    assert.deepEqual(world.leftovers().processes, []);
    assert.equal((await world.status()).supervisor, undefined);
    const again = await world.up();
    assert.equal(again.state.services[0]?.status, "ready", again.answer.stderr);
    process.kill(again.state.supervisor?.pid ?? 0, "SIGKILL");
    const down = await world.down();
    assert.match(down.stdout, /"hadCrashed":true/);
    await world.inspan(["ps"]); // removes the dead record
    await world.nothingLeft();
  });

  test("unsandboxed, what a killed supervisor left is found by its marker", async (t) => {
    const world = makeInstanceWorld(t, one(program("misfit.mjs", "escape")));
    const { state } = await world.up(["--no-telemetry", "--unsandboxed"]);
    assert.equal(state.services[0]?.status, "ready");
    process.kill(state.supervisor?.pid ?? 0, "SIGKILL");
    assert.equal((await world.down()).exitCode, 0);
    await world.inspan(["ps"]);
    await world.nothingLeft();
  });

  test("unsandboxed, a service that daemonises and one that escapes leave nothing", async (t) => {
    const world = makeInstanceWorld(
      t,
      `services:\n  a: { run: "${program("misfit.mjs", "daemonise")}", ports: [PORT] }\n  b: { run: "${program("misfit.mjs", "escape")}", ports: [PORT] }\n`,
    );
    const { state } = await world.up(["--no-telemetry", "--unsandboxed"]);
    assert.deepEqual(state.services.map(({ status }) => status), ["failed", "ready"]);
    assert.equal((await world.down()).exitCode, 0);
    await world.nothingLeft();
  });

  test("a worktree that is deleted takes its instance along, data and all", async (t) => {
    const world = makeInstanceWorld(t, one(program("web.mjs")));
    await world.up();
    renameSync(world.path, `${world.path}-gone`);
    rmSync(`${world.path}-gone`, { recursive: true });
    await world.nothingLeft();
    assert.deepEqual(existsSync(join(world.statePath, "instances")) ? readdirSync(join(world.statePath, "instances")) : [], []);
  });

  test("two ups at once make one instance, and both tell it", async (t) => {
    const world = makeInstanceWorld(t, one(program("web.mjs")));
    const [left, right] = await Promise.all([world.up(), world.up()]);
    assert.deepEqual([left.answer.exitCode, right.answer.exitCode], [0, 0], left.answer.stderr + right.answer.stderr);
    assert.equal(left.state.services[0]?.pid, right.state.services[0]?.pid);
    assert.equal(left.state.services[0]?.starts, 1);
    assert.equal((await world.down()).exitCode, 0);
    await world.nothingLeft();
  });

  test("down while a service never becomes ready cancels the up", async (t) => {
    const world = makeInstanceWorld(t, one(program("misfit.mjs", "never-ready"), "ports: [PORT], ready: { tcp: true, timeout: 60s }"));
    const upping = world.up();
    for (let count = 0; count < 200 && (await world.status()).services[0]?.status !== "starting"; count++)
      await new Promise((resolve) => setTimeout(resolve, 20)); // the other command is on its way
    assert.equal((await world.down()).exitCode, 0);
    assert.notEqual((await upping).answer.exitCode, 0);
    await world.nothingLeft();
  });

  test("two worktrees at once share no port, data or output; a scarce thing is waited for in order", async (t) => {
    const world = makeInstanceWorld(
      t,
      `resources: { device: 1 }\nseed: "echo 5 > $DATA_DIR/visits"\nservices:\n  web: { run: "${program("web.mjs")}", ports: [PORT], ready: { http: / } }\n  gpu: { run: "${program("web.mjs")}", ports: [PORT], uses: [device] }\n`,
    );
    const other = join(world.path, "..", "other");
    world.git("worktree", "add", "--quiet", other);
    const { state: left } = await world.up();
    const waiting = world.up(["--no-telemetry"], other);
    let seen = await world.status(other);
    for (let count = 0; count < 200 && seen.services.find(({ name }) => name === "web")?.status !== "ready"; count++) seen = await world.status(other);
    assert.deepEqual(seen.services.map(({ name, status }) => [name, status]), [["web", "ready"], ["gpu", "waiting"]]);
    const [a, b] = [left.services[0]?.url ?? "", seen.services[0]?.url ?? ""];
    assert.notEqual(a, b);
    await askJson(`${a}/visit`);
    await askJson(`${a}/visit`);
    assert.deepEqual([(await askJson(a))["visits"], (await askJson(b))["visits"]], [7, 5]);
    assert.equal((await world.down()).exitCode, 0);
    const { state: right } = await waiting;
    assert.deepEqual(right.services.map(({ status }) => status), ["ready", "ready"]);
    assert.equal(left.services.flatMap(({ ports }) => ports).some((port) => right.services.flatMap(({ ports }) => ports).includes(port)), false);
    assert.equal((await world.down([], other)).exitCode, 0);
    await world.nothingLeft();
  });

  test("a seed that fails is said and leaves no half-filled data; mended, it runs again", async (t) => {
    const world = makeInstanceWorld(t, `seed: "echo half > $DATA_DIR/part; echo broken >&2; test -e ready"\n${one(program("web.mjs"))}`);
    const failed = await world.inspan(["up", "--json", "--no-telemetry"]);
    assert.deepEqual([failed.exitCode, /broken/.test(failed.stderr)], [3, true]);
    world.write({ ready: "" });
    const { state } = await world.up();
    assert.equal(state.services[0]?.status, "ready");
    assert.equal(readFileSync(join(state.dataDir, "part"), "utf8"), "half\n");
    assert.equal((await world.down()).exitCode, 0);
    await world.nothingLeft();
  });
});
