// A page that contradicts the code, and one that links to nothing: each a small pull request that mends the page and no code. Where all is true, none.
import assert from "node:assert/strict";
import { test } from "node:test";
import { call, text, type ModelStep } from "../programs/scripted-model/conversation.ts";
import { patch, type TinyView } from "../programs/scripted-model/tiny.ts";
import { makeTaskWorld } from "../support/task-world.ts";

const yaml = `checks: [{ name: sizes, run: "test -d src", timeoutSeconds: 60 }]\nmerge: { policy: auto }\n`;
const files = {
  "src/limit.mjs": "export const itemsMax = 20;\n", "src/other.mjs": "export const other = 1;\n",
  "docs/limit.md": "# Limits\n\nA cart holds at most 10 items (`src/limit.mjs`).\n",
  "docs/other.md": "# Other\n\nThe value of `other` is 1, see `src/other.mjs`.\n",
  "docs/lost.md": "# Lost\n\nRead [the page](gone.md).\n",
};
const repairs: Readonly<Record<string, string>> = {
  "docs/limit.md": "@@\n-A cart holds at most 10 items (`src/limit.mjs`).\n+A cart holds at most 20 items (`src/limit.mjs`).",
  "docs/lost.md": "@@\n-Read [the page](gone.md).\n+Read [the limits](limit.md).",
};

/** Reads honestly; also claims something that the page never said, which must not count. */
export function gardener(view: TinyView, stray = ""): ModelStep | undefined {
  const { conversation } = view;
  if (conversation.system.includes("You read one document of this repository")) {
    const isUntrue = conversation.lastUserText.includes("at most 10 items");
    const untrue = isUntrue ? [{ quote: "A cart holds at most 10 items", truth: "it holds 20", evidence: "src/limit.mjs:1" }, { quote: "words that nobody wrote", truth: "x is so", evidence: "src/limit.mjs:1" }] : [];
    return text(JSON.stringify({ untrue }));
  }
  const words = conversation.messages.flatMap((message) => (message.kind === "user" ? [message.text] : [])).join("\n");
  const file = /^File: (\S+)$/m.exec(words)?.[1] ?? "";
  const repair = repairs[file];
  if (repair === undefined) return undefined;
  switch (view.phase) {
    case "planning": return view.called.includes("submit_plan") ? text("Planned.") : call("submit_plan", { summary: `Mend ${file}.`, steps: ["mend"] });
    case "implementing": return conversation.messages.some((message) => message.kind === "call" && message.tool === "apply_patch") ? text("Mended.") : patch(`*** Update File: ${file}\n${repair}${stray}`);
    default: return undefined;
  }
}

interface Garden { readonly found: readonly { readonly kind: string; readonly file: string }[]; readonly read: readonly string[]; readonly proposed: readonly { readonly state: string; readonly pullRequest: { readonly state: string } | null }[] }

test("an untrue and a broken page are mended by one pull request each; what is true is read once and left alone", { timeout: 400_000 }, async (t) => {
  const world = await makeTaskWorld({ names: [], yaml, files, special: (view) => gardener(view) });
  t.after(() => world.close());
  const garden = async (): Promise<Garden> => {
    const run = await world.inspan(["garden", "--json"], { timeoutMs: 300_000 });
    assert.equal(run.exitCode, 0, `${run.stdout}\n${run.stderr.slice(-3_000)}`);
    return JSON.parse(run.stdout) as Garden; // our own form
  };
  const first = await garden();
  assert.deepEqual(first.found.map(({ kind, file }) => [kind, file]), [["documents/rules", "docs/lost.md"], ["documents/untrue", "docs/limit.md"]]);
  assert.deepEqual([first.read, first.proposed.map(({ pullRequest }) => pullRequest?.state)], [["docs/limit.md", "docs/other.md"], ["merged", "merged"]]);
  assert.match(world.atOrigin("show", "main:docs/limit.md"), /at most 20 items/);
  const second = await garden();
  assert.deepEqual([second.found, second.read, second.proposed], [[], ["docs/limit.md"], []]);
  const third = await garden();
  assert.deepEqual([third.found, third.read, third.proposed, world.atOrigin("rev-list", "--count", "main")], [[], [], [], "3"]);
});

test("a page's repair that changes code is told to the author and held", { timeout: 300_000 }, async (t) => {
  const world = await makeTaskWorld({ names: [], yaml, files, special: (view) => gardener(view, "\n*** Update File: src/other.mjs\n@@\n-export const other = 1;\n+export const other = 2;") });
  t.after(() => world.close());
  const run = await world.inspan(["garden", "--json", "--max", "1"]);
  assert.deepEqual([run.exitCode, (JSON.parse(run.stdout) as Garden).proposed.map(({ state, pullRequest }) => [state, pullRequest]), world.atOrigin("rev-list", "--count", "main")], [4, [["held", null]], "1"]);
});
