// Proposals that meet: two in one document, two of one guardrail, and a rule with places of today in a repository that has other open findings.
import assert from "node:assert/strict";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Night } from "../../src/domains/learning/runtime/index.ts";
import { dream } from "../../src/domains/learning/runtime/index.ts";
import { makeDreamWorld, type DreamWorld } from "../support/dream-world.ts";
import { makeHeldContext } from "../support/held-clock.ts";

async function told(world: DreamWorld): Promise<Night> {
  const run = await world.inspan(["dream", "--json", "--unsandboxed", "--max", "5"]);
  assert.equal(run.exitCode, 0, run.stderr);
  return JSON.parse(run.stdout) as Night; // our own output
}

const signalsOf = (asked: string) => /<untrusted source="signals">[^]*?<\/untrusted>/.exec(asked)?.[0] ?? "";
const wordings: readonly (readonly [RegExp, object])[] = [
  [/migration/, { title: "Migrations go down", lesson: "Write a down migration for every migration.", why: "A migration without its down part cannot be rolled back." }],
  [/float/, { title: "Prices are cents", lesson: "Keep prices as integer cents, never as a float.", why: "A float price is wrong by a cent." }],
  [
    /fetch/,
    {
      title: "Every fetch has a timeout",
      lesson: "Give every fetch a timeout signal.",
      why: "A fetch without a timeout hangs the worker.",
      rule: {
        language: "JavaScript",
        rule: { pattern: "fetch($URL)" },
        message: "fetch($URL) has no timeout",
        note: "Pass { signal }.",
        expected: "every fetch has a timeout",
        valid: ['fetch("x", { signal })'],
        invalid: ['fetch("x")'],
      },
    },
  ],
  [/clock/, { title: "Inject the clock", lesson: "Give a test its clock, never the wall clock of the machine.", why: "A wall clock makes a test flaky." }],
  [/random/, { title: "Seed what is random", lesson: "Give a test its random seed, never chance of the machine.", why: "A random value makes a test flaky." }],
];
const words = (asked: string) => wordings.find(([pattern]) => pattern.test(signalsOf(asked)))?.[1];

test("of two proposals for one document the second says so, and is written anew after the first was merged; a night that was killed before it noted them opens them once", async () => {
  const world = await makeDreamWorld({
    words,
    files: {
      "AGENTS.md": "# Map\n\n- Every migration needs a down migration.\n- Prices are integer cents, never a float.\n",
      "docs/index.md": "# Documents\n",
      "src/start.mjs": "export const start = 1;\n",
    },
  });
  try {
    await world.tell([
      { title: "down migration missing for orders" },
      { title: "this migration has no down migration" },
      { title: "prices as a float again, use cents" },
      { title: "float prices: integer cents please" },
    ]);
    const night = await told(world);
    const [first, second] = night.decisions;
    assert.deepEqual([first?.action, first?.rung, second?.action, second?.rung], ["proposed", "document", "proposed", "document"], JSON.stringify(night.decisions));
    assert.ok(!first?.reason.includes("meets"), first?.reason);
    assert.match(
      second?.reason ?? "",
      new RegExp(`meets pull request ${first?.pullRequest?.id ?? ""} in docs/lessons.md, docs/index.md: whichever is merged second is written anew`),
    );
    assert.match((await world.inspan(["pr", "show", second?.pullRequest?.id ?? ""])).stdout, /meets pull request/);
    // As where the night was killed before it noted what it had opened.
    for (const file of readdirSync(world.statePath, { recursive: true, encoding: "utf8" }).filter((name) => /learning\.db(?:-\w+)?$/.test(name)))
      rmSync(join(world.statePath, file));
    const unnoted = await told(world);
    assert.deepEqual(
      [
        unnoted.proposed,
        unnoted.decisions.map(({ action }) => action),
        unnoted.warnings.map((warning) => /^pull request (\S+) was opened by a night that was killed/.exec(warning)?.[1]).sort(),
      ],
      [0, ["waiting", "waiting"], [first?.pullRequest?.id, second?.pullRequest?.id].sort()],
      JSON.stringify(unnoted),
    );
    const merged = await world.inspan(["pr", "merge", first?.pullRequest?.id ?? "", "--unsandboxed"]);
    assert.equal(merged.exitCode, 0, merged.stderr);
    const conflict = await world.inspan(["pr", "merge", second?.pullRequest?.id ?? "", "--unsandboxed"]);
    assert.notEqual(conflict.exitCode, 0, conflict.stdout);
    const next = await told(world);
    assert.deepEqual(
      [next.proposed, next.warnings],
      [0, [`pull request ${second?.pullRequest?.id ?? ""} was written anew, because the base has moved`]],
      JSON.stringify(next.decisions),
    );
    const now = await world.inspan(["pr", "merge", second?.pullRequest?.id ?? "", "--unsandboxed"]);
    assert.equal(now.exitCode, 0, now.stderr + now.stdout);
    const lessons = world.atOrigin("show", "main:docs/lessons.md");
    assert.deepEqual(
      [
        lessons.includes("down migration"),
        lessons.includes("integer cents"),
        world.atOrigin("ls-tree", "--name-only", "main:.inspan/guardrails").trim().split("\n").length,
      ],
      [true, true, 2],
      lessons,
    );
  } finally { await world.close(); }
});

test("two causes of one guardrail are one proposal; a new rule takes its own places into the baseline and leaves what else is open", async () => {
  const guardrail = {
    version: 1,
    id: "g00000002",
    title: "Steady tests",
    rung: "prompt",
    file: "AGENTS.md",
    lesson: "Keep tests steady.",
    why: "Flaky tests teach nothing.",
    causes: ["text:clock", "text:random"],
    terms: ["stead", "teach", "flak"],
    signals: [],
    lastSignalAt: "2026-01-01T00:00:00Z",
    proposedAt: "2026-01-01T00:00:00Z",
  };
  const world = await makeDreamWorld({ words, files: {
    "AGENTS.md": "# Map\n\n## Lessons\n\n- Keep tests steady. <!-- guardrail:g00000002 -->\n",
    ".inspan/guardrails/g00000002.json": JSON.stringify(guardrail),
    "docs/index.md": "# Documents\n\n- [other](other.md)\n",
    "docs/other.md": "# Other\n\n[gone](gone.md)\n",
    "docs/reviewers/safety.md": '---\ndescription: Looks for what hangs.\npaths: ["src/**"]\n---\n- Has every fetch a timeout, so that no worker hangs?\n',
    "src/mail.mjs": 'export const mail = () => fetch("https://mail.example");\n',
    "src/old.mjs": 'export const old = () => fetch("https://old.example");\n',
  } });
  try {
    const wall = (title: string) => ({ title, cause: "text:clock" }), chance = (title: string) => ({ title, cause: "text:random" });
    await world.tell([
      { title: "This fetch has no timeout, the worker hangs", link: "src/mail.mjs:1" }, { title: "fetch without a timeout hangs the worker again", link: "src/mail.mjs:1" },
      wall("the wall clock of the machine is read here"),
      wall("wall clock of the machine in this one"),
      chance("chance decides: random seed missing"),
      chance("a random seed is missing, so chance decides"),
    ]);
    const night = await told(world);
    const short = night.decisions
      .map(({ action, rung, title, reason }) =>
        [title.split(" ").slice(0, 3).join(" "), action, rung, action === "waiting" ? reason.replace(/request \S+/, "request #") : ""].join(" | "),
      )
      .sort();
    assert.deepEqual(
      short,
      [
        "This fetch has | proposed | lint | ",
        "chance decides: random | waiting | document | pull request # changes its guardrail g00000002 already; it is looked at again when that is decided",
        "the wall clock | proposed | document | ",
      ],
      JSON.stringify(night.decisions),
    );
    const branch = night.decisions.find(({ rung }) => rung === "lint")?.pullRequest?.branch ?? "";
    const { entries } = JSON.parse(world.atOrigin("show", `${branch}:.inspan/baseline.json`)) as {
      readonly entries: readonly { readonly rule: string; readonly from: string }[];
    }; // our own form
    assert.deepEqual(entries.map(({ rule, from }) => `${rule.replace(/g[0-9a-f]{8}$/, "*")} ${from}`), ["lesson-* src/mail.mjs", "lesson-* src/old.mjs"]);
    world.git("fetch", "--quiet", "origin", branch);
    world.git("checkout", "--quiet", "FETCH_HEAD");
    const left = await world.inspan(["check", "--json"]);
    const { findings } = JSON.parse(left.stdout) as { readonly findings: readonly { readonly rule: string; readonly baselined: boolean }[] }; // our own form
    assert.deepEqual(findings.filter(({ baselined }) => !baselined).map(({ rule }) => rule), ["docs-links"], left.stdout);
  } finally { await world.close(); }
});

test("opposite demands through the command line are one notice for a person, and no guardrail; a clock that jumps forth and back opens no more than a night may", async (t) => {
  const world = await makeDreamWorld({
    words,
    files: {
      "AGENTS.md": "# Map\n\n- Every migration needs a down migration.\n",
      "docs/index.md": "# Documents\n",
      "src/start.mjs": "export const start = 1;\n",
    },
  });
  t.after(() => world.close());
  const add = async (text: string) => { const run = await world.inspan(["feedback", "add", text]); assert.equal(run.exitCode, 0, run.stderr); };
  await add("Always use tabs for indentation in the handlers");
  await add("Never use tabs for indentation in the handlers");
  for (let night = 0; night < 2; night++) {
    const { decisions, proposed, usage } = await told(world);
    assert.deepEqual(
      [
        decisions.map(({ action, reason }) => `${action} ${reason.slice(0, 35)}`),
        proposed,
        usage.inputTokens,
        world.atOrigin("branch", "--list", "inspan/*").trim(),
      ],
      [["told its signals contradict each other: "], 0, 0, ""],
      JSON.stringify(decisions),
    );
  }

  for (const text of [
    "this migration has no down migration",
    "down migration missing for orders",
    "prices as a float again, use integer cents",
    "float prices: integer cents please",
  ])
    await add(text);
  const now = Date.now(), day = 86_400_000;
  const { context, held, close } = await makeHeldContext({
    cwd: world.path,
    statePath: world.statePath,
    env: { ...process.env, INSPAN_MODEL_BASE_URL: world.model.url, INSPAN_MODEL: "scripted", GIT_CONFIG_GLOBAL: "/dev/null" },
    now: new Date(now + 400 * day).toISOString(),
  });
  t.after(close);
  const proposedNow = async () =>
    (await dream(context, { isDry: false, isCollecting: false, proposalsMax: 1, agent: undefined, model: undefined, isUnsandboxedAllowed: true })).proposed;
  const nights = [await proposedNow()];
  // Back by more than a year: what was opened in the future is of this night, until that night is over.
  for (const at of [now, now + 300 * day, now + 400 * day + 13 * 3_600_000, now - 30 * day]) {
    held.set(new Date(at).toISOString());
    nights.push(await proposedNow());
  }
  assert.deepEqual(nights, [1, 0, 0, 1, 0]);
});
