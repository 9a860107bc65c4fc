// What the harness adds to an agent's context, measured as the scripted model sees it: a bound for the start of a task and one for a group of findings.
// Tokens are counted as characters by four, which is more than tokenizers need for English.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { loadContributions } from "../../src/app/contributions.ts";
import { agentTable, toolNameOf, toolSchemaOf } from "../../src/domains/agent/runtime/index.ts";
import { call, text } from "../programs/scripted-model/index.ts";
import { addTest, mend, patch, testCommand } from "../programs/scripted-model/tiny.ts";
import { makeTaskWorld, endOf, type TaskWorld } from "../support/task-world.ts";

const tokensOf = (words: string): number => Math.ceil(words.length / 4);
// A file of the wrong layer breaks one rule: its finding comes back in the turn of the edit.
const layered = "domains: src/domains/*\nlayers: [types, service, runtime]\nchecks: [{ name: test, run: \"true\", timeoutSeconds: 60 }]\nmerge: { policy: auto }\n";
const broken = "*** Add File: src/domains/a/service/x.mjs\n+import { r } from \"../runtime/r.mjs\";\n+export const x = r;";
let world: TaskWorld;

before(async () => {
  world = await makeTaskWorld({
    names: ["sum"], yaml: layered, files: { "src/domains/a/runtime/r.mjs": "export const r = 1;\n" },
    special: ({ phase, called }) => {
      if (phase === "reproducing") return called.length === 0 ? addTest("sum") : called.length === 1 ? call("reproduce", { command: testCommand("sum") }) : text("Shown.");
      if (phase !== "implementing") return undefined;
      if (called.length === 0) return patch(broken);
      if (called.length === 1) return patch("*** Delete File: src/domains/a/service/x.mjs");
      return called.length === 2 ? mend("sum") : text("Mended.");
    },
  });
});
after(() => world.close());

test("a task begins with at most 3,000 tokens of ours, and a group of findings costs at most 300", { timeout: 120_000 }, async () => {
  const run = await world.inspan(["task", "run", "Mend sum", "--json"]);
  assert.equal(endOf(run).state, "done", run.stderr.slice(-2000));
  const first = world.model.requests[0]?.conversation;
  assert.ok(first !== undefined);
  // The wire's own schemas of the built-in tools are the client's; the text is ours, the map is the repository's.
  const start = tokensOf(first.system) + first.messages.reduce((sum, message) => sum + tokensOf("text" in message ? message.text : ""), 0);
  const operations = agentTable((await loadContributions()).flatMap((contribution) => contribution.operations)).filter((operation) => operation.readOnly);
  const schemas = tokensOf(JSON.stringify(operations.map((operation) => [toolNameOf(operation), operation.summary, toolSchemaOf(operation)])));
  assert.ok(start > 100 && start + schemas <= 3_000, `${start} tokens at the start, and ${schemas} for operations`);
  const findings = world.model.requests.flatMap(({ conversation }) =>
    conversation.toolResults.flatMap((result) => [...result.text.matchAll(/The repository's rules found this[\s\S]*?<\/untrusted>/g)].map((match) => match[0])),
  );
  assert.ok(findings.length > 0, "a finding was shown");
  const worst = Math.max(...findings.map(tokensOf));
  assert.ok(worst <= 300, `${worst} tokens for a group of findings:\n${findings[0] ?? ""}`);
  process.stderr.write(`context: ${start} tokens at the start and ${schemas} for operations, ${worst} a finding group\n`);
});
