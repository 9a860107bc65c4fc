// The tracker of debt as a queue: a run takes its top entry, the change pays it and updates its row; what is thought too large waits for a person.
import assert from "node:assert/strict";
import { test } from "node:test";
import { text, type ModelStep } from "../programs/scripted-model/conversation.ts";
import type { TinyView } from "../programs/scripted-model/tiny.ts";
import { repairingAuthor } from "../support/tended-house.ts";
import { makeTaskWorld, type TaskWorld } from "../support/task-world.ts";

const tracker = "docs/exec-plans/tech-debt-tracker.md";
const row = (id: string, status: string, cost = "small") => `| ${id} | src | ${id} is slow | ${cost} | ${status} |`;
const files = {
  "docs/golden-principles.md":
    "# Golden principles\n\n## queue: Debt is paid\n\n- reason: what is written down and never paid is read for ever\n- detector: debt\n- repair: Do what the entry asks for.\n",
  [tracker]: `# Debt\n\n| id | area | debt | cost | status |\n|---|---|---|---|---|\n${row("D1", "open")}\n${row("D2", "open")}\n${row("D3", "open", "large")}\n`,
  "src/d1.mjs": 'export const d1 = "slow";\n',
  "src/d2.mjs": 'export const d2 = "slow";\n',
};
const payOf = (id: string) =>
  `@@\n-${row(id, "open")}\n+${row(id, "paid: quick")}\n*** Update File: src/${id.toLowerCase()}.mjs\n@@\n-export const ${id.toLowerCase()} = "slow";\n+export const ${id.toLowerCase()} = "quick";`;

function author(view: TinyView): ModelStep | undefined {
  const said = view.conversation.messages.flatMap((message) => (message.kind === "user" ? [message.text] : [])).join("\n");
  const id = /the tracker's entry (D\d)/.exec(said)?.[1];
  return id === undefined ? undefined : repairingAuthor(view, { [tracker]: payOf(id) }) ?? (view.phase === "reviewing" ? undefined : text("Done."));
}

interface Gc {
  readonly found: readonly { readonly id: string; readonly kind: string; readonly state: string }[];
  readonly proposed: readonly { readonly pullRequest?: { readonly state: string } }[];
}
async function gc(world: TaskWorld): Promise<Gc> {
  const run = await world.inspan(["gc", "--json", "--unsandboxed"]);
  assert.equal(run.exitCode, 0, run.stderr + run.stdout);
  return run.events.at(-1) as unknown as Gc; // our own form
}

test("each run pays the top entry of the tracker and updates its row; what is large waits", { timeout: 400_000 }, async (t) => {
  const world = await makeTaskWorld({ names: [], yaml: "checks: [{ name: sizes, run: \"test -d src\", timeoutSeconds: 60 }]\nmerge: { policy: auto }\n", files, special: author });
  t.after(() => world.close());
  const paid: string[] = [];
  for (let run = 0; run < 3; run++) {
    const { found, proposed } = await gc(world);
    const rows = world.atOrigin("show", `main:${tracker}`).split("\n").filter((line) => line.startsWith("| D")).map((line) => line.split("|").map((cell) => cell.trim()));
    paid.push(`${found.length} found, ${proposed.map(({ pullRequest }) => pullRequest?.state ?? "none").join(" ")}: ${rows.map((cells) => `${cells[1]} ${cells[5]}`).join(", ")}`);
  }
  assert.deepEqual(paid, [
    "2 found, merged: D1 paid: quick, D2 open, D3 open",
    "1 found, merged: D1 paid: quick, D2 paid: quick, D3 open",
    "0 found, : D1 paid: quick, D2 paid: quick, D3 open",
  ]);
  assert.deepEqual(
    [world.atOrigin("show", "main:src/d1.mjs").trim(), world.atOrigin("show", "main:src/d2.mjs").trim()],
    ['export const d1 = "quick";', 'export const d2 = "quick";'],
  );
});
