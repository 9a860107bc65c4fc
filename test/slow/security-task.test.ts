// Security within whole tasks: a seeded flaw is found, triggered, patched and scanned again before the change lands; changes without a flaw give no finding, whatever the model says.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { call, text, type ModelStep } from "../programs/scripted-model/index.ts";
import { patch, type TinyView } from "../programs/scripted-model/tiny.ts";
import { endOf, makeTaskWorld, type TaskWorld } from "../support/task-world.ts";

const guarded = '  if (!path.startsWith(root + "/")) throw new Error("outside");\n';
const safe = `import { join, normalize } from "node:path";\nexport function pathOf(root, name) {\n  const path = normalize(join(root, name));\n${guarded}  return path;\n}\n`;
const trigger = `import { pathOf } from "../src/files.mjs";\ntry { process.exit(pathOf("/data", "../etc/passwd").startsWith("/data/") ? 0 : 10); } catch { process.exit(0); }\n`;
const suspicion = {
  priority: "P0",
  file: "src/files.mjs",
  line: 3,
  title: "A name leads out of the root",
  detail: "../ leaves the root",
  threat: "T1",
  suggestion: "check the prefix",
  program: { files: [{ path: "trigger.mjs", text: trigger }], run: "node $PROGRAM/trigger.mjs" },
};
const closeIt = patch(`*** Update File: src/files.mjs\n@@\n   const path = normalize(join(root, name));\n+${guarded.trimEnd()}`);
const page = "# Threat model\n\n| id | what | where | mitigation |\n|---|---|---|---|\n| T1 | a name leads out of the root | src/files.mjs | prefix check |\n";

function special({ name, phase, called, conversation }: TinyView): ModelStep | undefined {
  const spoken = conversation.messages.flatMap((message) => (message.kind === "user" ? [message.text] : [])).join("\n");
  if (conversation.system.includes("prove them; you edit nothing") || conversation.system.includes("You look for flaws that a change brings in"))
    return text(JSON.stringify({ suspicions: spoken.includes("Known already") ? [] : [suspicion] }));
  if (spoken.includes("security-patch")) return conversation.toolResults.length > 0 ? text("Mended.") : closeIt;
  if (phase === "answering") {
    const id = /^id: (\S+)/m.exec(conversation.lastUserText)?.[1] ?? "";
    return !called.includes("reply_to_finding")
      ? call("reply_to_finding", { id, decision: "fix", reason: "The prefix is checked again." })
      : called.includes("apply_patch")
        ? text("Answered.")
        : closeIt;
  }
  if (phase !== "implementing" || name === "far") return undefined;
  const add = `*** Update File: src/${name}.mjs\n@@\n-export const add = (a, b) => a - b;\n+export const add = (a, b) => a + b;\n`;
  if (called.includes("apply_patch")) return text("Mended.");
  return name === "flawed"
    ? patch(`${add}*** Update File: src/files.mjs\n@@\n-${guarded.trimEnd()}`)
    : patch(`${add}*** Update File: src/files.mjs\n@@\n-export function pathOf(root, name) {\n+/** Below the root. */\n+export function pathOf(root, name) {`);
}

let world: TaskWorld;
before(async () => { world = await makeTaskWorld({ names: ["flawed", "clean", "far"], special, files: { "src/files.mjs": safe, "docs/threat-model.md": page } }); });
after(() => world.close());

const statuses = (run: Awaited<ReturnType<TaskWorld["inspan"]>>) => run.events.filter(({ type }) => type === "security").map(({ stage, exitCode }) => [stage, exitCode]);

describe("security in a task's own review", () => {
  test("a seeded flaw is triggered, a patch is tried and scanned, the author mends it, and its program is run again before the merge", async () => {
    const run = await world.inspan(["task", "run", "Mend flawed", "--json"]);
    assert.equal(endOf(run).state, "done", `${run.stderr}\n${JSON.stringify(endOf(run).hold)}`);
    assert.deepEqual(statuses(run), [["base", 0], ["head", 10], ["patch", 0], ["again", 0]]);
    assert.ok(world.atOrigin("show", "main:src/files.mjs").includes(guarded.trim()));
    const shown = world.model.requests.map(({ conversation }) => conversation.lastUserText).find((words) => words.includes("Reviewers read your change")) ?? "";
    assert.match(shown, /exit status 0 on the base, 10 on this change[\s\S]*trigger\.mjs[\s\S]*This patch was tried: the program exits with 0/);
    const pull = (await world.inspan(["task", "show", endOf(run).taskId])).stdout;
    assert.match(pull, /P0 security-scan: A name leads out of the root \(src\/files\.mjs\) resolved/);
  });

  test("a change that brings no flaw gives no finding though the model suspects one, and one that the threat model does not name is not scanned", async () => {
    const clean = await world.inspan(["task", "run", "Mend clean", "--json"]);
    assert.deepEqual([endOf(clean).state, statuses(clean)], ["done", [["base", 0], ["head", 0]]], clean.stderr);
    const far = await world.inspan(["task", "run", "Mend far", "--json"]);
    assert.deepEqual([endOf(far).state, statuses(far)], ["done", []], far.stderr);
    assert.equal(clean.events.concat(far.events).some((event) => event.type === "review" && JSON.stringify(event).includes("security-scan\",\"title")), false);
  });
});
