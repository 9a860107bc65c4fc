// Disputes in whole tasks through the command line: one that converges, one that is held at its bound with both sides named, and reviewers that help nobody.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { call, text, type ModelStep } from "../programs/scripted-model/index.ts";
import { approve, patch, type TinyView } from "../programs/scripted-model/tiny.ts";
import { endOf, makeTaskWorld, type TaskWorld } from "../support/task-world.ts";

const persona = (what: string) => `---\ndescription: ${what}\npaths: ["src/**"]\n---\n- ${what}\n`;
const finding = (name: string, title: string, more: object = {}) => ({
  priority: "P1",
  file: `src/${name}.mjs`,
  line: 1,
  title,
  detail: "d",
  evidence: "line 1",
  suggestion: "s",
  ...more,
});
const answer = (verdict: string, findings: readonly object[], rulings: readonly object[] = []): ModelStep => text(JSON.stringify({ verdict, findings, rulings }));

function special({ name, phase, called, conversation }: TinyView): ModelStep | undefined {
  const reviewer = /You are the reviewer "(\w+)"/.exec(conversation.system)?.[1];
  const spoken = conversation.messages.flatMap((message) => (message.kind === "user" ? [message.text] : [])).join("\n");
  if (reviewer !== undefined) {
    const known = /\b([0-9a-f]{10})\b[^\n]*(Name it|Tabs it is|Spaces it is)/.exec(spoken)?.[1] ?? /(?:id:? ?)([0-9a-f]{10})/.exec(spoken)?.[1];
    if (reviewer === "self") return approve;
    if (name === "settles")
      return reviewer !== "tabs"
        ? approve
        : known === undefined
          ? answer("request-changes", [finding(name, "Name it")])
          : answer("approve", [], [{ id: known, ruling: "accept", reason: "True." }]);
    if (name === "fights") return answer("request-changes", [finding(name, reviewer === "tabs" ? "Tabs it is" : "Spaces it is")]);
    if (name === "flood")
      return answer(
        "request-changes",
        Array.from({ length: 1000 }, (_, index) =>
          finding(name, `Word ${String.fromCharCode(97 + (index % 26))}${"xyz".repeat(index % 7)} ${index}`, { priority: "P1" }),
        ),
      );
    return approve;
  }
  if (phase !== "answering") return undefined;
  const ids = [...conversation.lastUserText.matchAll(/^id: (\S+)/gm)].map((match) => match[1] ?? "");
  const answered = called.filter((tool) => tool === "reply_to_finding").length;
  if (answered < ids.length) return call("reply_to_finding", { id: ids[answered], decision: name === "settles" ? "push-back" : "fix", reason: "It has one name already." });
  return name === "settles" || called.includes("apply_patch") ? text("Answered.") : patch(`*** Update File: src/${name}.mjs\n@@\n export const add = (a, b) => a + b;\n+// again`);
}

let world: TaskWorld;
before(async () => {
  world = await makeTaskWorld({
    names: ["settles", "fights", "flood"], special, files: { "docs/reviewers/tabs.md": persona("Insists on tabs."), "docs/reviewers/spaces.md": persona("Insists on spaces.") },
    yaml: 'checks: [{ name: test, run: "for file in test/*.mjs; do node $file || exit 1; done" }]\nmerge: { policy: auto }\nreview: { roundsMax: 2 }\n',
  });
});
after(() => world.close());

describe("disputes", () => {
  test("a push-back with a reason that the reviewer accepts converges, and the ruling stands in the pull request", async () => {
    const run = await world.inspan(["task", "run", "Mend settles", "--json"]);
    assert.equal(endOf(run).state, "done", `${run.stderr}\n${JSON.stringify(endOf(run).hold)}`);
    assert.match((await world.inspan(["task", "show", endOf(run).taskId])).stdout, /P1 tabs: Name it \(src\/settles\.mjs\) accepted-pushback: It has one name already\./);
  });

  test("personas that contradict each other are held at the bound of rounds, named against each other, and a person's word goes on", async () => {
    const run = await world.inspan(["task", "run", "Mend fights", "--json"]);
    const { state, reason, hold, taskId, exitCode } = endOf(run);
    assert.deepEqual([state, reason, exitCode], ["held", "review", 4], run.stderr);
    assert.match(hold?.question ?? "", /(tabs and spaces|spaces and tabs) both judge src\/fights\.mjs:1: "(Tabs|Spaces) it is" against "(Tabs|Spaces) it is"/);
    assert.equal(endOf(await world.inspan(["task", "answer", taskId, "approve", "--json"])).state, "done");
  });

  test("a thousand findings are no answer: asked for once more, left out visibly, and a person decides", async () => {
    const run = await world.inspan(["task", "run", "Mend flood", "--json"]);
    assert.deepEqual([endOf(run).state, endOf(run).reason], ["held", "review"], run.stderr);
    assert.match(endOf(run).hold?.question ?? "", /No reviewer could judge|could not judge/);
    assert.ok((endOf(run).hold?.detail.length ?? 0) < 10_000);
  });
});
