// A journey played as a user plays it: the instance comes up, the steps are taken in a real browser, the first cause is told, and the next run says what became of it.
import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { missingBrowser } from "../support/browser-world.ts";
import { type InstanceWorld, makeInstanceWorld } from "../support/instance-world.ts";

const pagesPath = fileURLToPath(new URL("../programs/pages/hostile.mjs", import.meta.url));
const yaml = `services:\n  web: { run: "${process.execPath} ${pagesPath}", ports: [PORT], ready: { http: / } }\n`;
const journey = (entry: string, budgets: string, steps: string): string => `---\nid: way\nname: A way\nentry: ${entry}\nbudgets: ${budgets}\n---\n\n# A way\n\n${steps}`;
const press = "1. Press.\n   ```play\n   see heading \"Home\"\n   click button \"Press\"\n   see heading \"Pressed\"\n   not see heading \"Home\"\n   ```\n2. Look at it.\n";

/** Of one command: an instance comes up and steps are waited for, on a machine that may have twenty times its load. */
const journeyMsMax = 240_000;

interface Run {
  readonly status: string;
  readonly faults: readonly { readonly kind: string; readonly text: string }[];
  readonly steps: readonly { readonly status: string; readonly reason?: string }[];
  readonly timings: Readonly<Record<string, number>>;
  readonly film?: string;
  readonly comparison: readonly string[];
}

test("a journey passes, fails with its first cause, and is compared with its last run", { skip: missingBrowser, timeout: 480_000 }, async (t) => {
  const world = makeInstanceWorld(t, yaml);
  // The world goes before what is registered here; a daemon must go before the world.
  try { await walk(world); } finally { await world.inspan(["stop", "--all"]); }
});

async function walk(world: InstanceWorld): Promise<void> {
  const file = "docs/journeys/way.md";
  const play = async (...args: readonly string[]) => {
    const { exitCode, stdout, stderr } = await world.inspan(["journey", "run", "way", "--json", ...args], { timeoutMs: journeyMsMax });
    return { exitCode, stderr, run: JSON.parse(stdout) as Run }; // our own form
  };

  world.write({ [file]: journey("/", "{ load: 60s }", press) });
  const passed = await play("--record");
  assert.deepEqual(
    [passed.exitCode, passed.run.status, passed.run.steps.map(({ status }) => status)],
    [0, "pass", ["pass", "not-played"]],
    passed.stderr + JSON.stringify(passed.run),
  );
  assert.ok((passed.run.timings["load"] ?? 0) > 0);
  assert.ok(statSync(passed.run.film ?? "").size > 0);
  assert.match((await world.inspan(["journey", "list"])).stdout, /way +\/ +A way/);

  world.write({ [file]: journey("/errors", "{ load: 1ms }", press) });
  const failed = await play();
  assert.equal(failed.exitCode, 1);
  assert.match(failed.run.faults[0]?.text ?? "", /^page-error: Error: second/);
  assert.deepEqual(failed.run.faults.map(({ kind }) => kind).filter((kind, index, all) => all.indexOf(kind) === index), ["console", "network", "step", "budget"]);
  assert.match(failed.run.steps[0]?.reason ?? "", /^docs\/journeys\/way\.md:12: Cannot wait for heading "Home": it has not come/);
  assert.ok(failed.run.comparison.some((line) => line.startsWith("+ page-error")));

  world.write({ [file]: journey("/", "{}", press) });
  const mended = await play("--restart");
  assert.deepEqual([mended.exitCode, mended.run.comparison.some((line) => line.startsWith("- page-error"))], [0, true], mended.stderr);

  world.write({ [file]: journey("/", "{}", "1. Only words.\n") });
  const empty = await world.inspan(["journey", "run", "way", "--json"]);
  assert.deepEqual([empty.exitCode, /JOURNEY_EMPTY/.test(empty.stdout)], [2, true]);
  assert.equal((await world.inspan(["journey", "run", "none"])).exitCode, 2);
  assert.equal(statSync(join(world.statePath, "journeys")).isDirectory(), true);
}

const server = `import { createServer } from "node:http"; import { readFileSync } from "node:fs";
createServer((_request, response) => { response.writeHead(200, { "content-type": "text/html" }).end(readFileSync("page.html")); }).listen(Number(process.env.PORT), "127.0.0.1");
`;

test("--until-clean plays, mends, restarts and plays again; it ends where nothing is left, where nothing changes, and after its rounds", { skip: missingBrowser, timeout: 480_000 }, async (t) => {
  const world = makeInstanceWorld(t, `services:\n  web: { run: "${process.execPath} serve.mjs", ports: [PORT], ready: { http: / } }\n`);
  const loop = async (...args: readonly string[]) => {
    const { exitCode, stdout, stderr } = await world.inspan(["journey", "run", "way", "--until-clean", "--json", ...args], { timeoutMs: journeyMsMax });
    const { loop: told, status } = JSON.parse(stdout) as {
      status: string;
      loop: { end: string; rounds: { status: string; faults: string[]; snapshot?: string; comparison: string[] }[] };
    }; // our own form
    return { exitCode, stderr, status, ...told };
  };
  try {
    world.write({
      "serve.mjs": server,
      "page.html": "<h1>Broken once</h1>",
      "docs/journeys/way.md": journey("/", "{}", '1. Look.\n   ```play\n   see heading "Home"\n   ```\n'),
    });
    const still = await loop("--fix", "true");
    assert.deepEqual([still.exitCode, still.end, still.rounds.length], [1, "unchanged", 1], still.stderr);
    const spent = await loop("--rounds", "2", "--fix", "echo more >> page.html");
    assert.deepEqual([spent.exitCode, spent.end, spent.rounds.map(({ status }) => status)], [1, "rounds-used", ["fail", "fail"]], spent.stderr);
    const clean = await loop("--fix", 'case "$INSPAN_FAULTS" in *Home*) sed -i "s/Broken once/Home/" page.html;; esac');
    assert.deepEqual([clean.exitCode, clean.end, clean.status, clean.rounds.map(({ status }) => status)], [0, "clean", "pass", ["fail", "pass"]], clean.stderr);
    assert.ok(clean.rounds.every(({ snapshot }) => statSync(snapshot ?? "").size > 0), "a snapshot of each round");
    assert.ok(clean.rounds[1]?.comparison.some((line) => line.startsWith("- step 1")));
  } finally { await world.inspan(["stop", "--all"]); }
});
