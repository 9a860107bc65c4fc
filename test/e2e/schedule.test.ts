// Schedules against a clock that the test holds: missed times once, none twice, a broken one beside the others.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { listSchedules, runDue, runNamed, serveSchedules } from "../../src/domains/schedule/runtime/index.ts";
import { makeHeldContext } from "../support/held-clock.ts";
import { makeSmallRepository } from "../support/small-repository.ts";

const yaml = `version: 1
schedules:
  - { name: night, cron: "0 3 * * *", run: feedback list }
  - { name: wrong, cron: "0 4 * * *", run: no such thing }
  - { name: options, cron: "0 5 * * 1", run: feedback list, with: { limit: -1 } }
`;

async function makeWorld(t: TestContext) {
  const repository = makeSmallRepository({ "inspan.yaml": yaml });
  const world = await makeHeldContext({ cwd: repository.path, statePath: repository.statePath, env: process.env, now: "2026-11-17T12:00:00Z" });
  t.after(async () => { await world.close(); repository.remove(); });
  return { ...world, repository };
}

const short = (ran: Awaited<ReturnType<typeof runDue>>) => ran.map(({ name, slot, state, missed }) => [name, slot.slice(0, 10), state, missed]);

test("runDue() owes nothing of the past, catches missed times up once, and takes no time twice, also where the clock goes back", async (t) => {
  const { context, held } = await makeWorld(t);
  assert.deepEqual(short(await runDue(context)), []);
  held.set("2026-11-20T12:00:00Z");
  assert.deepEqual(short(await runDue(context)), [["night", "2026-11-20", "done", 2], ["wrong", "2026-11-20", "failed", 2]]);
  assert.deepEqual(short(await runDue(context)), []);
  held.set("2026-11-20T02:30:00Z");
  assert.deepEqual(short(await runDue(context)), []);
  held.set("2026-11-23T12:00:00Z");
  assert.deepEqual(short(await runDue(context)), [["night", "2026-11-23", "done", 2], ["wrong", "2026-11-23", "failed", 2], ["options", "2026-11-23", "failed", 0]]);
  const { schedules, runs } = await listSchedules(context);
  assert.deepEqual(
    schedules.map(({ name, next, last }) => [name, next?.slice(0, 16), last?.state]),
    [
      ["night", "2026-11-24T03:00", "done"],
      ["wrong", "2026-11-24T04:00", "failed"],
      ["options", "2026-11-30T05:00", "failed"],
    ],
  );
  assert.match(runs.find(({ name }) => name === "wrong")?.summary ?? "", /^Cannot run "no such thing" on a schedule: there is no such command/);
  assert.match(runs.find(({ name }) => name === "options")?.summary ?? "", /limit/);
});

test("what cannot run as inspan.yaml has it is told before its time: no command, a misspelt option, a day that never comes", async (t) => {
  const { context, repository } = await makeWorld(t);
  writeFileSync(join(repository.path, "inspan.yaml"), `version: 1
schedules:
  - { name: fine, cron: "0 0 29 2 *", run: feedback list, with: { limit: 5 } }
  - { name: never, cron: "0 0 31 2 *", run: feedback list }
  - { name: served, cron: "@daily", run: feedback serve }
  - { name: misspelt, cron: "@daily", run: feedback list, with: { limitt: 5 } }
`);
  const { schedules } = await listSchedules(context);
  assert.deepEqual(schedules.map(({ name, next, problem }) => [name, next?.slice(0, 10), problem?.replace(/, expected.*/, "")]), [
    ["fine", "2028-02-29", undefined],
    ["never", undefined, '"0 0 31 2 *" never comes'],
    ["served", "2026-11-18", 'Cannot run "feedback serve" on a schedule: it is a process of its own'],
    ["misspelt", "2026-11-18", 'Cannot run "feedback list" on a schedule: it has no option "limitt".'],
  ]);
  assert.deepEqual((await runNamed(context, "misspelt")).map(({ state }) => state), ["failed"]);
});

test("a clock that was a year ahead does not stop schedules for a year once it is right", async (t) => {
  const { context, held } = await makeWorld(t);
  await runDue(context);
  held.set("2027-11-20T12:00:00Z");
  assert.equal((await runDue(context)).length, 3);
  held.set("2026-11-20T12:00:00Z");
  assert.deepEqual(short(await runDue(context)), []);
  held.set("2026-11-21T12:00:00Z");
  assert.deepEqual(short(await runDue(context)).map(([name]) => name), ["night", "wrong"]);
  assert.equal((await listSchedules(context)).schedules[0]?.last?.slot.slice(0, 10), "2026-11-21"); // what ran last, whatever year its clock said
});

test("a schedule is run by its name at any time without taking its next one; a name that is none is refused", async (t) => {
  const { context, held } = await makeWorld(t);
  await runDue(context);
  held.set("2026-11-17T15:00:00Z");
  assert.deepEqual(short(await runNamed(context, "night")), [["night", "2026-11-17", "done", 0]]);
  held.set("2026-11-18T04:30:00Z");
  assert.deepEqual(short(await runDue(context)).map(([name]) => name), ["night", "wrong"]);
  await assert.rejects(runNamed(context, "lost"), { code: "SCHEDULE_UNKNOWN" });
});

test("serveSchedules() runs what comes due, keeps the last good inspan.yaml, and ends with its signal", async (t) => {
  const { context, held, repository } = await makeWorld(t);
  await runDue(context);
  held.set("2026-11-18T03:30:00Z");
  const stopping = new AbortController();
  const said: string[] = [];
  const served: string[] = [];
  await serveSchedules({ ...context, signal: stopping.signal, progress: (line) => { said.push(line); if (line.startsWith("the schedules stay")) stopping.abort(); }, providers: { ...context.providers, clock: { ...context.providers.clock, sleep: () => Promise.resolve() } } }, ({ name }) => {
    served.push(name);
    writeFileSync(join(repository.path, "inspan.yaml"), "version: 1\nschedules: [{ name: Bad Name }]\n");
  });
  assert.deepEqual(served, ["night"]);
  assert.match(said.at(-1) ?? "", /^the schedules stay as they were: .*schedules\.0\.name/s);
});

test("ready-made jobs of a plain library look first: nothing found, nothing started", async (t) => {
  const repository = makeSmallRepository({
    "inspan.yaml":
      'version: 1\nschedules:\n  - { name: updates, cron: "@daily", job: dependency-updates }\n  - { name: flaky, cron: "@daily", job: flaky-tests }\n  - { name: pages, cron: "@daily", job: stale-documents }\n',
  });
  const world = await makeHeldContext({ cwd: repository.path, statePath: repository.statePath, env: process.env, now: "2026-11-17T12:00:00Z" });
  t.after(async () => { await world.close(); repository.remove(); });
  await runDue(world.context);
  world.held.set("2026-11-18T12:00:00Z");
  const ran = await runDue(world.context);
  assert.deepEqual(ran.map(({ name, state }) => [name, state]), [["updates", "nothing"], ["flaky", "nothing"], ["pages", "done"]]);
  assert.deepEqual(ran.map(({ summary }) => summary.slice(0, 20)), ["none of package.json", "inspan.yaml declares", ran[2]?.summary.slice(0, 20)]);
  assert.match(ran[2]?.summary ?? "", /0 pages to mend, 0 documents read, 0 pull requests$/);
});
