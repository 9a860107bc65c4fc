// One simulated week of a seeded repository, its clock held by the test: schedules run gc, garden and dream; debt falls, documents are mended, a comment comes back as one proposal.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runDue } from "../../src/domains/schedule/runtime/index.ts";
import { text, type ModelStep } from "../programs/scripted-model/conversation.ts";
import type { TinyView } from "../programs/scripted-model/tiny.ts";
import { makeHeldContext } from "../support/held-clock.ts";
import { gardener, gardenFiles, houseFiles, houseYaml, repairingAuthor, seeds } from "../support/tended-house.ts";
import { makeTaskWorld } from "../support/task-world.ts";

const yaml = `${houseYaml}schedules:
  - { name: clean, cron: "0 3 * * 1-5", run: gc, with: { max: 2 } }
  - { name: pages, cron: "0 4 * * *", run: garden }
  - { name: night, cron: "0 5 * * *", run: dream }
`;
// Two of each kind; more days would show nothing else.
const week = seeds.filter(({ file }) => /[12]\.[jt]s$/.test(file));
const files = Object.fromEntries(Object.entries({ ...houseFiles, ...gardenFiles }).filter(([file]) => seeds.every((seed) => seed.file !== file) || week.some((seed) => seed.file === file)));

function everybody(view: TinyView): ModelStep | undefined {
  if (view.conversation.lastUserText.includes('<untrusted source="signals">')) return text(JSON.stringify({ title: "Migrations go down", lesson: "Write a down migration for every migration.", why: "A migration without its down part cannot be rolled back." }));
  return repairingAuthor(view) ?? gardener(view);
}

interface Graded { readonly record: { readonly cells: readonly { readonly grade: string; readonly debtMinutes: number }[] } }

test("a week pays the debt, mends the pages, and answers a comment once", { timeout: 900_000 }, async (t) => {
  const world = await makeTaskWorld({ names: [], yaml, files, special: everybody });
  t.after(() => world.close());
  const { context, held, close } = await makeHeldContext({ cwd: world.path, statePath: world.statePath, env: { ...process.env, INSPAN_MODEL_BASE_URL: world.model.url, INSPAN_MODEL: "scripted", GIT_CONFIG_GLOBAL: "/dev/null" }, now: "2026-11-15T12:00:00Z" });
  t.after(close);
  const grade = async () => {
    const { record: { cells } } = JSON.parse((await world.inspan(["grade", "--json"])).stdout) as Graded; // our own form
    return { debtMinutes: cells.reduce((sum, cell) => sum + cell.debtMinutes, 0), broken: cells.filter((cell) => cell.grade === "F").length };
  };
  for (const words of ["this migration has no down migration", "down migration missing for orders"]) await world.inspan(["feedback", "add", words]);
  const days = [await grade()];
  const ran: string[] = [];
  await runDue(context); // Sunday: everything is new, and nothing is owed
  for (let day = 16; day <= 22; day++) {
    held.set(`2026-11-${day}T12:00:00Z`);
    ran.push(...(await runDue(context)).map(({ name, state, missed, summary }) => `${day} ${name} ${state} ${missed}${state === "done" ? "" : ` ${summary}`}`));
    world.git("pull", "--quiet", "--ff-only", "origin", "main");
    days.push(await grade());
  }
  const expected = Array.from({ length: 7 }, (_, index) => 16 + index).flatMap((day) => [...(day <= 20 ? [`${day} clean done 0`] : []), `${day} pages done 0`, `${day} night done 0`]);
  assert.deepEqual(ran, expected);
  assert.ok(days.every(({ debtMinutes }, index) => debtMinutes <= (days[index - 1]?.debtMinutes ?? debtMinutes)), JSON.stringify(days));
  assert.ok((days.at(-1)?.debtMinutes ?? Number.NaN) < (days[0]?.debtMinutes ?? 0) && days[0]?.broken !== 0 && days.at(-1)?.broken === 0, JSON.stringify(days));
  assert.deepEqual((JSON.parse((await world.inspan(["gc", "--dry-run", "--json"])).stdout) as { found: unknown[] }).found, []);
  assert.match(world.atOrigin("show", "main:docs/limit.md"), /at most 20 items/);
  assert.match(world.atOrigin("show", "main:docs/lost.md"), /\[the limits\]\(limit\.md\)/);
  const titles = (JSON.parse((await world.inspan(["pr", "list", "--json"])).stdout) as { pullRequests: readonly { title: string }[] }).pullRequests.map(({ title }) => title);
  assert.equal(titles.filter((title) => /migration/i.test(title)).length, 1, titles.join("\n"));
  assert.equal(world.atOrigin("rev-list", "--count", "main"), String(1 + week.length + 2));
});
