// A change that is thrown away and begun afresh, and the gate before a release, through the command line on a bare remote.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { call, text, type ModelStep } from "../programs/scripted-model/index.ts";
import { patch, type TinyView } from "../programs/scripted-model/tiny.ts";
import { endOf, makeTaskWorld, type TaskWorld } from "../support/task-world.ts";
import { resultOf } from "../support/inspan-process.ts";

/** Adds by multiplying at first; afresh, with the reason before it, by the sign. */
function special({ phase, called, conversation }: TinyView): ModelStep | undefined {
  const words = conversation.messages.flatMap((message) => (message.kind === "user" ? [message.text] : [])).join("\n");
  if (phase === "planning" && !called.includes("submit_plan"))
    return call("submit_plan", { summary: words.includes("<rework>") ? "Use the sign." : "Subtract the negative.", steps: ["test", "mend"] });
  if (phase !== "implementing" || words.includes("<rework>")) return undefined;
  return called.includes("apply_patch") ? text("Mended.") : patch("*** Update File: src/sum.mjs\n@@\n-export const add = (a, b) => a - b;\n+export const add = (a, b) => a - -b;");
}

let world: TaskWorld;
before(async () => {
  world = await makeTaskWorld({
    names: ["sum"],
    special,
    files: { "smoke.mjs": 'import { add } from "./src/sum.mjs";\nif (add(1, 1) !== 2) { console.error("one and one"); process.exit(1); }\n' },
    yaml: 'checks: [{ name: test, run: "node test/start.mjs" }]\nrelease: { smoke: [{ name: adds, run: node smoke.mjs }] }\n',
  });
  world.git("config", "user.email", "ada@example.org");
});
after(() => world.close());

describe("a change that is thrown away", () => {
  test("the work is kept under a ref, the reason as a signal and before the next author, and both pull requests name each other", async () => {
    const first = endOf(await world.inspan(["task", "run", "Mend sum", "--json"]));
    assert.equal(first.state, "done");
    const run = await world.inspan(["task", "rework", first.taskId, "Nobody reads a double minus; use the plus sign.", "--json"]);
    const result = resultOf(run) as unknown as { state: string; taskId: string; reworkOf: string; rescueRefs: string[]; pullRequests: { id: string }[] }; // our own result
    assert.deepEqual([run.exitCode, result.state, result.reworkOf, result.rescueRefs.length], [0, "done", first.taskId, 1], run.stderr);
    assert.notEqual(result.taskId, first.taskId);
    assert.match(world.git("show", `${result.rescueRefs[0] ?? ""}:src/sum.mjs`), /a - -b/);
    const asked = world.model.requests.map(({ conversation }) => conversation.lastUserText).find((words) => words.includes("<rework>"));
    assert.match(asked ?? "", /Nobody reads a double minus[\s\S]*<untrusted source="earlier-change">[\s\S]*Subtract the negative[\s\S]*src\/sum\.mjs/);
    const listed = JSON.parse((await world.inspan(["pr", "list", "--all", "--json"])).stdout) as {
      pullRequests: { id: string; state: string; body: string; taskId: string; url: string }[];
    }; // our own result
    const [old, fresh] = [listed.pullRequests.find(({ taskId }) => taskId === first.taskId), listed.pullRequests.find(({ taskId }) => taskId === result.taskId)];
    assert.deepEqual([old?.state, fresh?.state], ["closed", "open"]);
    assert.ok(fresh?.body.includes(`Begun afresh after ${old?.url ?? ""}`), fresh?.body);
    assert.match((await world.inspan(["pr", "show", old?.id ?? ""])).stdout, /thrown away: Nobody reads a double minus/);
    assert.match(
      (await world.inspan(["feedback", "list", "--json"])).stdout,
      /"kind": ?"correction"[\s\S]*Nobody reads a double minus|Nobody reads a double minus[\s\S]*"kind": ?"correction"/,
    );
    assert.equal((await world.inspan(["task", "rework", first.taskId, " "])).exitCode, 2);
    assert.equal((await world.inspan(["pr", "merge", fresh?.id ?? ""])).exitCode, 0);
    const refused = await world.inspan(["task", "rework", result.taskId, "again", "--json"]);
    assert.equal(refused.exitCode, 2, refused.stderr);
    assert.match(refused.stderr + refused.stdout, /TASK_MERGED|is merged as/);
  });
});

describe("the gate before a release", () => {
  const gate = async (...args: readonly string[]) => {
    const run = await world.inspan(["release", ...args, "--json"]);
    return {
      exitCode: run.exitCode,
      ...(JSON.parse(run.stdout) as { state: string; isReady: boolean; missing: string[]; failed: string[]; approvals: { by: string }[]; commit: string }),
    }; // our own result
  };

  test("a merge needs neither; a release needs a smoke result and a person, for this very commit of the base", async () => {
    const before_ = await gate("check", world.atOrigin("rev-parse", "main~1"));
    assert.deepEqual([before_.exitCode, before_.state, before_.failed], [1, "failed", ["adds"]], "the start subtracts");
    const first = await gate("check");
    assert.deepEqual([first.exitCode, first.state, first.missing], [4, "waiting", ["0 of 1 approvals"]]);
    const approved = await gate("approve", "--note", "tried it by hand");
    assert.deepEqual([approved.exitCode, approved.isReady, approved.approvals.map(({ by }) => by)], [0, true, ["ada@example.org"]]);
    assert.deepEqual([(await gate("check")).exitCode], [0]);
    assert.equal((await gate("approve", "--withdraw")).isReady, false);
    assert.equal((await gate("approve")).isReady, true);
    for (const env of [
      { INSPAN_RUN_ID: "r1" },
      { GIT_AUTHOR_EMAIL: "inspan@localhost" },
      { GIT_AUTHOR_EMAIL: "1+helper[bot]@users.noreply.github.com" },
    ] as readonly Readonly<Record<string, string>>[]) {
      const machine = await world.inspan(["release", "approve", "--json"], { env });
      assert.equal(machine.exitCode, 2, JSON.stringify(env));
      assert.match(machine.stdout, /APPROVER_MACHINE/);
    }
    const copied = world.git("rev-parse", "origin/main~1");
    world.git("fetch", "--quiet", "origin", "+refs/notes/devtools/discuss:refs/notes/devtools/discuss");
    world.git("notes", "--ref", "refs/notes/devtools/discuss", "copy", "-f", world.atOrigin("rev-parse", "main"), copied);
    world.git("push", "--quiet", "origin", "refs/notes/devtools/discuss");
    assert.deepEqual((await gate("check", copied)).approvals, [], "an approval says nothing of another commit");
    world.git("checkout", "--quiet", "-b", "aside");
    world.git("commit", "--quiet", "--allow-empty", "-m", "aside");
    assert.equal((await world.inspan(["release", "approve", "HEAD"])).exitCode, 2, "what is not merged is not released");
    assert.equal((await world.inspan(["release", "check", "--", "--all"])).exitCode, 2);
  });
});
