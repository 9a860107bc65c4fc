// Feedback that nobody sends: what a person changed in an agent's lines after the merge, and what was taken back. Each once, by real git.
import assert from "node:assert/strict";
import { test } from "node:test";
import { makeDreamWorld } from "../support/dream-world.ts";

test("corrections of an agent's lines and reverts are kept once; a person's own lines and an agent's next change are none", async () => {
  const world = await makeDreamWorld({ words: () => undefined });
  try {
    world.change("own", { "src/own.mjs": "export const own = 1;\n" });
    const agents = world.change("prices", { "src/price.mjs": "export const price = 0.1;\nexport const tax = 0.2;\n" }, "Inspan-Task: t1\nInspan-Head: abc");
    world.change("prices are cents", { "src/price.mjs": "export const cents = 10;\nexport const tax = 0.2;\n", "src/own.mjs": "export const own = 2;\n" });
    world.change("more tax", { "src/price.mjs": "export const cents = 10;\nexport const tax = 0.3;\n" }, "Inspan-Task: t2\nInspan-Head: abd");
    world.git("revert", "--no-edit", "HEAD");
    world.git("push", "--quiet", "origin", "HEAD:main");
    const collect = async () =>
      JSON.parse((await world.inspan(["feedback", "collect", "--json"])).stdout) as { added: number; byKind: Record<string, number>; warnings: string[] }; // our own output
    assert.deepEqual(await collect(), { version: 1, added: 2, byKind: { revert: 1, correction: 1 }, warnings: [] });
    assert.equal((await collect()).added, 0);
    const { signals } = JSON.parse((await world.inspan(["feedback", "list", "--json"])).stdout) as {
      signals: { kind: string; title: string; text: string; link: string; taskId?: string; commit?: string }[];
    }; // our own output
    const shown = signals.map(({ kind, title, link, taskId }) => [kind, title, kind === "revert" ? "" : link, taskId].join(" | ")).sort();
    assert.deepEqual(shown, ["correction | prices are cents | src/price.mjs:1 | t1", "revert | Reverted: more tax |  | t2"]);
    const corrected = signals.find(({ kind }) => kind === "correction");
    assert.deepEqual([corrected?.text, corrected?.commit], ["- export const price = 0.1;\n+ export const cents = 10;", agents]);
  } finally { await world.close(); }
});
