// One simulated week of a seeded repository through the command line, its clock provided: schedules run gc, garden and dream; debt falls, documents are mended, a comment is a signal, a cause and a guardrail once each.
import assert from "node:assert/strict";
import { test } from "node:test";
import { text, type ModelStep } from "../programs/scripted-model/conversation.ts";
import type { TinyView } from "../programs/scripted-model/tiny.ts";
import { gardener, gardenFiles, houseFiles, houseYaml, repairingAuthor, seeds } from "../support/tended-house.ts";
import { makeTaskWorld } from "../support/task-world.ts";

const yaml = `${houseYaml}schedules:
  - { name: clean, cron: "0 3 * * 1-5", run: gc, with: { max: 2 }, budget: { tokens: 1000000 } }
  - { name: pages, cron: "0 4 * * *", run: garden }
  - { name: night, cron: "0 5 * * *", run: dream }
`;
// Two of three kinds, two a day; more would show nothing else. What prints is there, and prints nothing.
const week = seeds.filter(({ file, kind }) => /[12]\.[jt]s$/.test(file) && kind !== "quiet/pattern");
const silent = Object.fromEntries(
  seeds.filter(({ file, kind }) => /[12]\.ts$/.test(file) && kind === "quiet/pattern").map(({ file, before }) => [file, before.split("\n", 1)[0] ?? ""]),
);
const files = Object.fromEntries(
  Object.entries({ ...houseFiles, ...gardenFiles }).filter(([file]) => seeds.every((seed) => seed.file !== file) || week.some((seed) => seed.file === file)),
);
Object.assign(files, silent);
const lesson = { title: "Migrations go down", lesson: "Write a down migration for every migration.", why: "A migration without its down part cannot be rolled back." };
const comments = ["this migration has no down migration", "down migration missing for orders"];

function everybody(view: TinyView): ModelStep | undefined {
  return view.conversation.lastUserText.includes('<untrusted source="signals">') ? text(JSON.stringify(lesson)) : repairingAuthor(view) ?? gardener(view);
}

interface Graded { readonly record: { readonly cells: readonly { readonly grade: string; readonly debtMinutes: number }[] } }
interface Ran { readonly name: string; readonly slot: string; readonly state: string; readonly missed: number; readonly summary: string }
interface Stats {
  readonly clusters: readonly { readonly signalIds: readonly number[] }[];
  readonly guardrails: readonly { readonly title: string; readonly rung: string; readonly answers: number; readonly recurrences: number }[];
  readonly proposals: readonly { readonly state: string }[];
}

test("a week pays the debt, mends the pages, and answers a comment once; an empty day and a second run make nothing", { timeout: 400_000 }, async (t) => {
  const world = await makeTaskWorld({ names: [], yaml, files, special: everybody });
  t.after(() => world.close());
  let now = "";
  const inspan = async (...args: readonly string[]) => {
    const run = await world.inspan(args, { env: { INSPAN_NOW: now }, timeoutMs: 230_000 });
    assert.equal(run.exitCode, 0, `${args.join(" ")}: ${run.stderr.slice(-2_000)}`);
    return run;
  };
  // What does not stream is one document, whatever it started.
  const ask = async <Answer>(...args: readonly string[]): Promise<Answer> => JSON.parse((await inspan(...args, "--json")).stdout) as Answer; // our own forms
  const runDue = async () => (await inspan("schedule", "run", "--json")).events.at(-1)?.["ran"] as readonly Ran[]; // our own form
  const grade = async () => {
    world.git("pull", "--quiet", "--ff-only", "origin", "main");
    const { record: { cells } } = await ask<Graded>("grade");
    return { debtMinutes: cells.reduce((sum, cell) => sum + cell.debtMinutes, 0), broken: cells.filter((cell) => cell.grade === "F").length };
  };
  const made = async () => ({
    commits: Number(world.atOrigin("rev-list", "--count", "main")),
    branches: world.atOrigin("branch", "--list", "inspan/*"),
    tasks: (await ask<{ tasks: readonly unknown[] }>("task", "list")).tasks.length,
    requests: (await ask<{ pullRequests: readonly { title: string }[] }>("pr", "list", "--all")).pullRequests.map(({ title }) => title).sort(),
    signals: (await ask<{ signals: readonly unknown[] }>("feedback", "list")).signals.length,
  });

  now = "2026-11-15T12:00:00Z"; // a Sunday: everything is new, and nothing is owed
  assert.deepEqual(await runDue(), []);
  for (const words of [...comments, ...comments]) await inspan("feedback", "add", words);
  await inspan("gc", "reject", "one-copy/duplicates", "--because", "these copies are meant");
  const days = [await grade()], ran: string[] = [], kept: Awaited<ReturnType<typeof made>>[] = [];
  for (const day of [16, 17, 18, 22]) {
    now = `2026-11-${day}T12:00:00Z`;
    // Two timers of one machine at the same time: each time is taken once.
    const due = day === 17 ? (await Promise.all([runDue(), runDue()])).flat().filter(({ state }) => state !== "waits") : await runDue();
    ran.push(...due.map(({ name, state, missed, summary }) => `${day} ${name} ${state} ${missed}${state === "done" ? "" : ` ${summary}`}`).sort());
    if (day === 16) assert.deepEqual(await runDue(), [], "what is done is not due");
    days.push(await grade());
    if (day === 16) {
      const [proposal] = (await ask<{ pullRequests: readonly { id: string; title: string; state: string }[] }>("pr", "list")).pullRequests.filter(({ title }) =>
        /migration/i.test(title),
      );
      await inspan("pr", "merge", proposal?.id ?? "none", "--unsandboxed");
    }
    if (day >= 18) kept.push(await made());
  }
  // Saturday and Sunday clean nothing; what was missed since Wednesday is caught up once.
  const expected = [16, 17, 18, 22].flatMap((day) => [
    `${day} clean done ${day === 22 ? 1 : 0}`,
    `${day} night done ${day === 22 ? 3 : 0}`,
    `${day} pages done ${day === 22 ? 3 : 0}`,
  ]);
  assert.deepEqual(ran, expected);

  // Grades rise on each day that has something to repair, and none falls.
  const debts = days.map(({ debtMinutes }) => debtMinutes);
  assert.ok([1, 2].every((day) => (debts[day] ?? Number.NaN) < (debts[day - 1] ?? 0)) && [3, 4].every((day) => debts[day] === debts[2]), JSON.stringify(days));
  assert.ok(days[0]?.broken !== 0 && days.at(-1)?.broken === 0, JSON.stringify(days));
  // Pages say what the code does; the one that was true is as it was.
  assert.match(world.atOrigin("show", "main:docs/limit.md"), /at most 20 items/);
  assert.match(world.atOrigin("show", "main:docs/lost.md"), /\[the limits\]\(limit\.md\)/);
  assert.equal(world.atOrigin("show", "main:docs/other.md"), gardenFiles["docs/other.md"]?.trim());
  // One comment, told four times in two wordings: two signals, one cause, one pull request, one guardrail.
  const stats = await ask<Stats>("feedback", "stats");
  assert.deepEqual(
    [
      stats.clusters.map(({ signalIds }) => signalIds.length),
      stats.guardrails.map(({ title, answers, recurrences }) => [title, answers, recurrences]),
      stats.proposals.map(({ state }) => state),
    ],
    [[2], [[lesson.title, 2, 0]], ["merged"]],
    JSON.stringify(stats),
  );
  assert.equal(world.atOrigin("ls-tree", "-r", "--name-only", "main", ".inspan/guardrails").split("\n").length, 1);
  assert.equal(kept.at(-1)?.requests.filter((title) => /migration/i.test(title)).length, 1, JSON.stringify(kept.at(-1)));
  // The rejected kind stands, and was never proposed.
  const found = (await ask<{ found: readonly { kind: string; state: string }[] }>("gc", "--dry-run")).found.map(({ kind, state }) => `${kind} ${state}`);
  assert.deepEqual([found, kept.at(-1)?.requests.filter((title) => title.includes("one-copy"))], [["one-copy/duplicates rejected", "one-copy/duplicates rejected"], []]);
  // Days with nothing to do made nothing, and a second run of anything makes nothing.
  assert.deepEqual(kept.slice(1).map((one) => JSON.stringify(one)), [JSON.stringify(kept[0])]);
  const again = [
    (await ask<{ proposed: readonly unknown[] }>("gc")).proposed.length,
    (await ask<{ proposed: readonly unknown[] }>("garden")).proposed.length,
    (await ask<{ proposed: number }>("dream")).proposed,
    (await ask<{ added: number }>("feedback", "collect")).added,
  ];
  assert.deepEqual([again, await made()], [[0, 0, 0, 0], kept[0]]);
  assert.equal(kept[0]?.commits, 1 + (week.length - 2) + 2 + 1, "the start, a repair each, two pages, the guardrail");
});
