// A principle that only a reader can judge becomes a small pull request, with what the reader imagined left out; and one budget of tokens holds a whole run.
import assert from "node:assert/strict";
import { test } from "node:test";
import { text, type ModelStep } from "../programs/scripted-model/conversation.ts";
import type { TinyView } from "../programs/scripted-model/tiny.ts";
import { houseFiles, houseYaml, principles, repairingAuthor } from "../support/tended-house.ts";
import { makeTaskWorld, type TaskWorld } from "../support/task-world.ts";

interface Gc {
  readonly found: readonly { readonly kind: string; readonly file: string; readonly line: number; readonly state: string; readonly found: string }[];
  readonly failed: readonly { readonly why: string }[];
  readonly proposed: readonly {
    readonly kind: string;
    readonly state: string;
    readonly taskId: string | null;
    readonly question: string | null;
    readonly pullRequest: { readonly state: string } | null;
  }[];
  readonly tokens: { readonly spent: number; readonly max: number };
}

const file = "src/domains/d0/service/vague.ts", line = "export const x = 86_400_000;";
const page = `${principles}\n## clear: Names say what they hold\n\n- reason: a reader should not have to compute\n- detector: reviewer clarity\n- repair: Name it after what it holds.\n`;
const reviewer = '---\ndescription: Reads names.\npaths: ["src/**"]\n---\n- A name without a meaning is a finding.\n';
const seen = {
  deviations: [
    { file, quote: line, why: "x does not say that it is a day" },
    { file, quote: "export const imagined = 1;", why: "nobody wrote this" },
    { file: "../outside.ts", quote: line, why: "not of this repository" },
  ],
};

const gc = async (world: TaskWorld, ...args: readonly string[]): Promise<Gc & { readonly exitCode: number | null }> => {
  const run = await world.inspan(["gc", "--json", ...args]);
  return { ...JSON.parse(run.stdout) as Gc, exitCode: run.exitCode }; // our own form
};

test("a principle with a reviewer is read once for what the code is; its finding becomes one small merged change", { timeout: 240_000 }, async (t) => {
  let asked = 0;
  const author = (view: TinyView): ModelStep | undefined => {
    if (!view.conversation.system.includes("You look for deviations from one principle"))
      return repairingAuthor(view, { [file]: `@@\n-${line}\n+export const dayMs = 86_400_000;` });
    asked++;
    assert.match(view.conversation.system, /A name without a meaning is a finding/);
    return text(JSON.stringify(seen));
  };
  const files = Object.fromEntries(Object.entries(houseFiles).filter(([name]) => !name.startsWith("src/domains") || name.endsWith("kind.ts")));
  const world = await makeTaskWorld({
    names: [],
    yaml: houseYaml,
    files: { ...files, "docs/golden-principles.md": page, "docs/reviewers/clarity.md": reviewer, [file]: `${line}\n` },
    special: author,
  });
  t.after(() => world.close());
  const none = await gc(world, "--dry-run");
  assert.deepEqual([none.found, asked], [[], 0]);
  const first = await gc(world);
  assert.deepEqual(first.found.map((one) => [one.kind, one.file, one.line]), [["clear/reviewer", file, 1]]);
  assert.deepEqual(
    [first.exitCode, first.proposed.map(({ state, pullRequest }) => [state, pullRequest?.state]), first.failed],
    [0, [["done", "merged"]], []],
    JSON.stringify(first.proposed),
  );
  assert.equal(world.atOrigin("show", `main:${file}`), "export const dayMs = 86_400_000;");
  assert.ok(first.tokens.spent > 0 && first.tokens.spent <= first.tokens.max, JSON.stringify(first.tokens));
  const second = await gc(world), times = asked;
  assert.deepEqual([second.found, second.proposed, (await gc(world)).found, asked - times], [[], [], [], 0], "what was read and is unchanged is not read again");
});

test("tokens of a run are shared by its repairs: what is not begun is told, and the next run takes it", { timeout: 240_000 }, async (t) => {
  const world = await makeTaskWorld({ names: [], yaml: houseYaml.replace("atOnce: 2", "atOnce: 1, max: 3"), files: houseFiles, special: (view) => repairingAuthor(view) });
  t.after(() => world.close());
  const first = await gc(world, "--tokens", "10000");
  assert.deepEqual(
    first.proposed.map(({ state, pullRequest }) => [state, pullRequest?.state]),
    [
      ["done", "merged"],
      ["left-out", undefined],
      ["left-out", undefined],
    ],
    JSON.stringify(first),
  );
  assert.match(first.proposed[1]?.question ?? "", /^the 10000 tokens of this run are spent \(\d+\); the next run takes it, or one with a larger --tokens$/);
  assert.deepEqual([first.exitCode, first.tokens.max, first.tokens.spent > 0], [4, 10_000, true]);
  const { tasks } = JSON.parse((await world.inspan(["task", "list", "--json"])).stdout) as { tasks: readonly unknown[] }; // our own form
  assert.equal(tasks.length, 1);
  const second = await gc(world);
  assert.deepEqual([second.exitCode, second.proposed.map(({ pullRequest }) => pullRequest?.state)], [0, ["merged", "merged", "merged"]], JSON.stringify(second.proposed));
});
