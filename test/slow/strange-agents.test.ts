// What an agent may do that nobody wants, tried by a command of the repository's own and by the built-in agent's model, against the command line alone:
// each ends as ever, or in a hold that says what happened; nothing outside changes, nothing is left running, nothing grows without bound.
import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { call, text, type ModelStep } from "../programs/scripted-model/index.ts";
import { patch, type TinyView } from "../programs/scripted-model/tiny.ts";
import type { CliRun } from "../support/inspan-process.ts";
import { endOf, makeTaskWorld, type TaskWorld } from "../support/task-world.ts";

const names = ["megabytes", "outside", "gitless", "waits", "serves", "leaky", "exits", "loops"];
const token = `gh${"p"}_${"aB3dE6gH9jK2mN5pQ8sT1vW4yZ7cX0fL3hR6"}`; // put together: this file holds no key
const outputCharsMax = 4_000_000; // of all that one task prints; an agent's sixty megabytes are not among it

/** The same mischief by the built-in agent's model. */
const commands: Readonly<Record<string, string>> = {
  megabytes: "yes 'a line of no use' | head -c 60000000",
  outside: "echo x > ../outside.txt; echo x > /etc/inspan-was-here; echo x >> ~/../../tasks.db; ln -s /etc/passwd link; cat link | head -1",
  gitless: "rm -rf .git; rm -f .git; git push --force origin HEAD:main; git push origin --delete main; git commit --allow-empty -m x",
  waits: "read answer; echo no answer",
  serves: `setsid sleep 31933 & node -e "require('net').createServer().listen(31934, '127.0.0.1')" & sleep 0.2; echo left`,
};

function special({ name, phase, called, conversation }: TinyView): ModelStep | undefined {
  if (name === "leaky" && phase === "implementing" && called.length === 0)
    return patch(
      `*** Update File: src/leaky.mjs\n@@\n-export const add = (a, b) => a - b;\n+export const token = "${token}";\n+export const add = (a, b) => a + b;`,
    );
  if (name === "leaky" && phase === "validating") return called.length === 0 ? patch(`*** Update File: src/leaky.mjs\n@@\n-export const token = "${token}";`) : text("Removed.");
  if (name === "outside" && phase === "implementing" && called.at(-1) === "run" && called.length === 1) return call("run", { command: "rm -f link" });
  if (phase !== "implementing" || conversation.messages.length === 0) return undefined;
  if (name === "loops") return called.length < 60 ? call("run", { command: "echo again" }) : text("Done?");
  const command = commands[name];
  return command !== undefined && called.length === 0 ? call("run", { command }) : undefined;
}

for (const agent of ["mine", "builtin"]) {
  describe(`with --agent ${agent}`, () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), "inspan-strange-")));
    let world: TaskWorld;
    before(async () => {
      copyFileSync(fileURLToPath(new URL("../programs/agents/command-agent.mjs", import.meta.url)), join(folder, "agent.mjs"));
      world = await makeTaskWorld({ names, special, yaml: [
        `checks: [{ name: test, run: "for file in test/*.mjs; do node $file || exit 1; done", timeoutSeconds: 60 }]`, "merge: { policy: auto }", "budgets: { turnMinutes: 1 }",
        `agents: { mine: { kind: command, run: "node ${join(folder, "agent.mjs")}", readable: ["${folder}"] } }`, "",
      ].join("\n") });
    });
    after(async () => { await world.close(); rmSync(folder, { recursive: true, force: true }); });

    const run = async (name: string): Promise<CliRun> => {
      const done = await world.inspan(["task", "run", `Mend ${name}.`, "--agent", agent, "--json"]);
      assert.ok(done.stdout.length + done.stderr.length < outputCharsMax, `${done.stdout.length} and ${done.stderr.length} characters`);
      return done;
    };
    const assertDone = (done: CliRun, name: string): void => {
      assert.equal(endOf(done).state, "done", done.stderr.slice(-3000));
      assert.ok(world.atOrigin("show", `main:src/${name}.mjs`).includes("a + b"));
    };

    describe("does what nobody wants", { concurrency: 2 }, () => {
      for (const name of ["megabytes", "waits"]) test(`${name}: bounded, and the task ends as ever`, async () => { assertDone(await run(name), name); });

      test("edits outside: nothing outside changes", async () => {
        const done = await run("outside");
        assert.ok(["done", "held"].includes(endOf(done).state), done.stderr.slice(-3000)); // a link that leads out is refused by the harness
        assert.deepEqual([existsSync("/etc/inspan-was-here"), existsSync(join(world.folder, "outside.txt"))], [false, false]);
        assert.equal(world.atOrigin("ls-tree", "--name-only", "main", "link"), "");
        assert.equal((await world.inspan(["task", "list", "--json"])).exitCode, 0, "the store of tasks is whole");
      });

      test("deletes .git and pushes by force: refused by the walls, and the task ends as ever", async () => {
        const before = world.atOrigin("rev-parse", "main");
        assertDone(await run("gitless"), "gitless");
        assert.ok(world.atOrigin("log", "--format=%H", "main").split("\n").includes(before));
      });

      test("leaves servers running: none lives after its turn", async () => {
        assertDone(await run("serves"), "serves");
        assert.deepEqual(world.processes().filter((pid) => ["31933", "31934"].some((mark) => commandLineOf(pid).includes(mark))), []);
      });

      test("commits a secret: told, taken out, in no commit and on no screen", async () => {
        const done = await run("leaky");
        assertDone(done, "leaky");
        assert.equal(world.atOrigin("log", "--all", "-S", token, "--format=%H"), "");
        assert.ok(!`${done.stdout}${done.stderr}`.includes(token));
      });

      test(agent === "mine" ? "loops for ever: ended at the turn's bound, and held with it" : "loops for ever: told, then held", async () => {
        const held = endOf(await run("loops"));
        assert.deepEqual([held.state, held.exitCode], ["held", 4]);
        assert.match(held.hold?.question ?? "", agent === "mine" ? /longer than 60000 ms/ : /no progress|same call|repetition/);
      });

      if (agent === "mine") test("exits at once: held with its exit code, and with the way on", async () => {
        const held = endOf(await run("exits"));
        assert.deepEqual([held.state, held.exitCode], ["held", 4]);
        assert.match(`${held.hold?.question ?? ""}${held.hold?.detail ?? ""}`, /exit code 3/);
      });
    });

    test("nothing of all that lives, and no log of it is large", async () => {
      await world.nothingLives();
      assert.ok(sizeOf(world.statePath) < 40_000_000, `${sizeOf(world.statePath)} bytes of state`);
    });
  });
}

function commandLineOf(pid: string): string {
  try { return readFileSync(`/proc/${pid}/cmdline`, "utf8"); } catch { return ""; } // gone meanwhile
}

/** Bytes of all files below a folder. */
function sizeOf(path: string): number {
  return readdirSync(path, { recursive: true, encoding: "utf8" }).reduce((sum, name) => sum + (statSync(join(path, name), { throwIfNoEntry: false })?.size ?? 0), 0);
}
