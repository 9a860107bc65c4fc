// A list of features is finished by whoever comes later, from the file alone. The whole way of a long job is in test/slow.
import assert from "node:assert/strict";
import { test } from "node:test";
import { featureOf, featureScript, featureTest } from "../programs/scripted-model/features.ts";
import { endOf, makeTaskWorld } from "../support/task-world.ts";

const file = "docs/features.json";
interface Listed { readonly features: readonly { readonly passes: boolean }[] }

test("whoever comes later finishes a list from the file alone; a broken or a finished one is refused before anything is spent", { timeout: 120_000 }, async () => {
  const list = { version: 1, goal: "A calculator.", features: [{ ...featureOf("add"), passes: true, notes: ["add is there."] }, featureOf("sub")] };
  const world = await makeTaskWorld({
    names: [], script: featureScript([]),
    files: {
      [file]: JSON.stringify(list),
      "src/add.mjs": "export const add = (a, b) => a + b;\n",
      [featureTest("add")]: 'import assert from "node:assert/strict";\nimport { add } from "../src/add.mjs";\nassert.equal(add(6, 2), 8);\n',
      "broken.json": '{"version":1,"features":[{"id":"A b"}]}',
      "done.json": JSON.stringify({ version: 1, features: [{ ...featureOf("add"), passes: true }] }),
    },
  });
  try {
    for (const [path, code, words] of [
      ["broken.json", "FEATURES_BROKEN", "features.0.id expected lower-case"],
      ["done.json", "FEATURES_DONE", "all of its 1 features pass"],
    ] as const) {
      const refused = await world.inspan(["task", "run", "Go on.", "--features", path, "--json"]);
      const error = (refused.events.at(-1)?.["error"] ?? JSON.parse(refused.stdout.trim().split("\n").at(-1) ?? "{}").error) as { code: string; message: string }; // our own form
      assert.deepEqual([refused.exitCode, error.code, error.message.includes(words)], [2, code, true], `${path}: ${error.message}`);
    }
    assert.equal(world.model.requests.length, 0);
    const run = await world.inspan(["task", "run", "Go on.", "--features", file, "--json"]);
    assert.equal(endOf(run).state, "done", run.stderr.slice(-3000));
    assert.deepEqual(run.events.filter((event) => event.type === "effect" && event["effect"] === "turn").map((event) => event["feature"]), ["sub"], "no planning, one session");
    assert.match(world.model.requests[0]?.conversation.lastUserText ?? "", /add: add is there\./);
    assert.equal((JSON.parse(world.atOrigin("show", `main:${file}`)) as Listed).features.every((feature) => feature.passes), true);
  } finally { await world.close(); }
});
