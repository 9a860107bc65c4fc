// Tasks that merge through the queue: tested together, landed as tested; what is red only together comes back to its author.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { text, type ModelStep } from "../programs/scripted-model/index.ts";
import { patch, type TinyView } from "../programs/scripted-model/tiny.ts";
import { makeTaskWorld, type TaskWorld } from "../support/task-world.ts";

/** Mends what is red together when it is shown so. */
function special({ name, phase, called, conversation }: TinyView): ModelStep | undefined {
  if (phase !== "checking") return undefined;
  assert.match(conversation.lastUserText, /one and two need "together"/);
  return called.includes("apply_patch") ? text("Mended.") : patch(`*** Update File: src/${name}.mjs\n@@\n export const add = (a, b) => a + b;\n+// together`);
}

const together =
  'const { readFileSync } = await import("node:fs");\nconst at = (name) => readFileSync(new URL(`../src/${name}.mjs`, import.meta.url), "utf8");\nconst both = at("one") + at("two");\nif (both.split("a + b").length === 3 && !both.includes("together")) { console.error(\'one and two need "together"\'); process.exit(1); }\n';
let world: TaskWorld;
before(async () => {
  world = await makeTaskWorld({
    names: ["one", "two", "three", "four"], special, files: { "test/together.mjs": together },
    yaml: 'checks: [{ name: test, run: "for file in test/*.mjs; do node $file || exit 1; done", timeoutSeconds: 60 }]\nmerge: { policy: auto, queue: true }\n',
  });
});
after(() => world.close());

describe("the merge queue of tasks", () => {
  test("four tasks at once all land once; two that are red together land, too, the later one mended by its author", async () => {
    const files = ["one", "two", "three", "four"].map((name) => `${world.folder}/${name}.md`);
    const { writeFileSync } = await import("node:fs");
    for (const [index, name] of ["one", "two", "three", "four"].entries()) writeFileSync(files[index] ?? "", `Mend ${name}\n`);
    const run = await world.inspan(["task", "batch", ...files, "--json"]);
    const result = run.events.at(-1) as unknown as { state: string; tasks: { state: string; hold?: object }[] }; // our own result
    assert.deepEqual(result.tasks.map(({ state, hold }) => hold ?? state), ["done", "done", "done", "done"], run.stderr);
    assert.deepEqual(world.atOrigin("log", "--format=%s", "main").split("\n").sort(), ["Mend four", "Mend one", "Mend three", "Mend two", "start"]);
    assert.match(world.atOrigin("show", "main:src/one.mjs") + world.atOrigin("show", "main:src/two.mjs"), /together/);
    assert.equal(world.atOrigin("for-each-ref", "--format=%(refname:short)", "refs/heads/inspan").trim(), "");
    assert.ok(run.events.some(({ type, effect }) => type === "effect" && effect === "queue"));
    assert.equal(run.events.some(({ type, effect }) => type === "effect" && effect === "merge"), false, "one way to merge");
  });
});
