// A task that has ended with its pull request open, on both fakes: words and failing checks that come later are taken up by `inspan pr watch`, within the task's budget, and it ends again.
import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, test } from "node:test";
import { startFakeGitHub } from "../programs/forge/github.ts";
import { startFakeGitLab } from "../programs/forge/gitlab.ts";
import { ForgeWorld, people } from "../programs/forge/world.ts";
import { call, text, type ModelStep } from "../programs/scripted-model/index.ts";
import { patch, type TinyView } from "../programs/scripted-model/tiny.ts";
import { endOf, makeTaskWorld } from "../support/task-world.ts";

/** Answers each comment by a line of its own, and mends the build by the line that its log asks for. */
function special({ name, phase, called, conversation }: TinyView): ModelStep | undefined {
  const line = (added: string) => patch(`*** Update File: src/${name}.mjs\n@@\n export const add = (a, b) => a + b;\n+${added}`);
  if (phase === "answering") {
    const ids = [...conversation.lastUserText.matchAll(/^id: (\S+)/gm)].map((match) => match[1] ?? "");
    const answered = called.filter((tool) => tool === "reply_to_finding").length;
    if (answered < ids.length) return call("reply_to_finding", { id: ids[answered], decision: "fix", reason: "it says so now" });
    return called.includes("apply_patch") ? text("Answered.") : line("// named as asked");
  }
  if (phase === "checking") return called.includes("apply_patch") ? text("Mended.") : line(/write "([^"]+)"/.exec(conversation.lastUserText)?.[1] ?? "// deaf");
  return undefined;
}

for (const kind of ["github", "gitlab"] as const) {
  describe(`a task on ${kind} that ended with its pull request open`, () => {
    test("is taken up again for what comes later, each once, and ends again; its budget goes on", async () => {
      const state = new ForgeWorld("");
      const forge = await (kind === "github" ? startFakeGitHub : startFakeGitLab)(state);
      const world = await makeTaskWorld({
        names: ["late"], special, env: { INSPAN_FORGE_TOKEN: "fake-token-of-the-agent" },
        yaml: `checks: [{ name: test, run: "for file in test/*.mjs; do node $file || exit 1; done" }]\nmerge: { policy: none }\nbudgets: { attempts: ${kind === "github" ? 2 : 3} }\nforge: { kind: ${kind}, url: "${forge.url}${kind === "github" ? "" : "/api/v4"}", repository: team/desk, checks: [build], pollSeconds: 5 }\n`,
      });
      try {
        state.originPath = world.origin;
        state.ci.set("build", () => ({ conclusion: "success" }));
        const run = await world.inspan(["task", "run", "Mend late", "--json"]);
        const { taskId } = endOf(run);
        assert.equal(endOf(run).state, "done", run.stderr);
        const watch = async () => {
          // The common picture of all pull requests is as old as it would be in the next look.
          for (const path of globSync("**/forge.db", { cwd: world.statePath })) {
            const database = new DatabaseSync(join(world.statePath, path));
            database.exec("update picture set at = 0");
            database.close();
          }
          const watched = await world.inspan(["pr", "watch", "--once", "--json"]);
          return {
            woken: (watched.events.at(-1) as unknown as { woken: { taskId: string; reasons: string[]; outcome: string }[] }).woken,
            stderr: watched.stderr,
          }; // our own result
        };
        const shown = () => world.atOrigin("show", `${state.pulls.get(1)?.branch ?? ""}:src/late.mjs`);
        state.say(1, people.stranger, "Buy my coins.");
        assert.deepEqual((await watch()).woken, [], "whoever comes by wakes nobody");
        state.say(1, people.ada, "Please say who named it.");
        const first = await watch();
        assert.deepEqual(first.woken, [{ taskId, reasons: ["@ada has said something"], outcome: "done" }], `${first.stderr}\n${state.wordsOf(1, people.agent.login).at(-1) ?? ""}`);
        assert.match(shown(), /named as asked/);
        assert.equal(state.wordsOf(1, people.agent.login).filter((body) => body.includes("**Fixed**")).length, 2, "all that waited is answered once");
        assert.deepEqual((await watch()).woken, [], "nothing is left");

        if (kind === "gitlab") {
          state.ci.set("build", (sha) =>
            state.git("show", `${sha}:src/late.mjs`).includes("// built")
              ? { conclusion: "success" }
              : { conclusion: "failure", log: 'The build stops: write "// built" into the file.' },
          );
          const red = state.checks.findLast(({ sha }) => sha === state.tip(state.pulls.get(1)?.branch ?? ""));
          state.rerun(red?.id ?? 0);
          const second = await watch();
          assert.deepEqual(second.woken, [{ taskId, reasons: ["build fails"], outcome: "done" }], second.stderr);
          assert.match(shown(), /\/\/ built/);
        } else {
          // Two heads are the whole budget: what comes after them is a question.
          state.say(1, people.ada, "And another one.");
          const third = await watch();
          assert.deepEqual(third.woken, [{ taskId, reasons: ["@ada has said something"], outcome: "held" }], third.stderr);
          assert.match(state.wordsOf(1, people.agent.login).at(-1) ?? "", /The task waits for a person \(review\)[\s\S]*And another one/);
        }
        assert.equal(state.pulls.size, 1);
        assert.equal(state.pulls.get(1)?.merged, false);
        const words = state.wordsOf(1, people.agent.login);
        assert.equal(new Set(words).size, words.length, "nothing is said twice");
        await world.nothingLives();
      } finally { await world.close(); await forge.close(); }
    });
  });
}
