// All reviewing of a task together stays within its share of the task's tokens, over reviewers and rounds; then one clear hold.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { call, text, type ModelStep } from "../programs/scripted-model/index.ts";
import { patch, type TinyView } from "../programs/scripted-model/tiny.ts";
import { endOf, makeTaskWorld, type TaskWorld } from "../support/task-world.ts";

const worlds: TaskWorld[] = [];
after(async () => { for (const world of worlds) await world.close(); });

const budgetTokens = 100_000;
const perReview = 7_000;
const persona = "---\ndescription: reads\n---\n- Look closely.\n";
let rounds = 0;

/** Each reviewer costs 7,000 tokens a look and has something new to say for ever; the author answers and changes a line. */
function special({ phase, called, conversation, name }: TinyView): ModelStep | undefined {
  const usage = { inputTokens: perReview - 100, cachedInputTokens: 0, outputTokens: 100, reasoningTokens: 0 };
  if (phase === "reviewing")
    return text(
      JSON.stringify({
        verdict: "request-changes",
        findings: [
          {
            priority: "P0",
            file: `src/${name}.mjs`,
            line: 1,
            title: `Fault ${["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"][rounds++] ?? "more"} of this change`,
            evidence: "seen",
          },
        ],
      }),
      { usage },
    );
  if (phase !== "answering") return undefined;
  const ids = [...conversation.lastUserText.matchAll(/^id: (\S+)/gm)].map((match) => match[1] ?? "");
  const answered = called.filter((tool) => tool === "reply_to_finding").length;
  if (answered < ids.length) return call("reply_to_finding", { id: ids[answered], decision: "fix", reason: "mended" });
  return called.includes("apply_patch") ? text("Answered.") : patch(`*** Update File: src/${name}.mjs\n@@\n export const add = (a, b) => a + b;\n+// round ${rounds}`);
}

test("reviewers that are never content use no more than their share of the task's tokens and end in one hold of the reviewers", async () => {
  const world = await makeTaskWorld({
    names: ["dear"], special, files: { "docs/reviewers/one.md": persona, "docs/reviewers/two.md": persona, "docs/reviewers/three.md": persona },
    yaml: 'checks: [{ name: test, run: "node test/start.mjs" }]\nmerge: { policy: auto }\nreview: { selfReview: false, roundsMax: 10 }\n',
  });
  worlds.push(world);
  const run = await world.inspan(["task", "run", "Mend dear", "--budget", `tokens=${budgetTokens}`, "--json"]);
  const end = endOf(run);
  assert.deepEqual([end.state, end.reason], ["held", "review"], `${run.stderr}\n${JSON.stringify(end.hold)}`);
  assert.match(end.hold?.question ?? "", /used its share of the task's tokens/);
  assert.equal(run.events.filter(({ type }) => type === "hold").length, 1, "one hold");
  const asked = world.model.requests.filter(({ conversation }) => conversation.system.includes("You are the reviewer")).length;
  assert.ok(asked > 0 && asked * perReview <= 0.3 * budgetTokens, `${asked} looks of ${perReview} tokens`);
  assert.equal(world.atOrigin("for-each-ref", "refs/heads/inspan").trim(), "", "nothing was published");
  const approved = await world.inspan(["task", "answer", end.taskId, "approve as it is", "--json"]);
  assert.equal(endOf(approved).state, "done", approved.stderr);
});
