// Where the repair of a link is mechanical, the text of its fix alone makes the next check green.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { applyMechanicalFix, readMechanicalFix } from "../../lint/index.ts";
import { buildDocHouse } from "../../../../test/support/doc-house.ts";

const guide = "# Guide\n\n## How to install\n\n<a id=\"Old\"></a>\n\n## Übung & Probe\n";
/** The page that is broken, and what it has to say afterwards. */
const table: Readonly<Record<string, readonly [broken: string, repaired: string]>> = {
  "a file that lies elsewhere": ["[a](guide.md)", "[a](docs/deep/guide.md)"],
  "with its anchor": ["[a](docs/guide.md#how-to-install)", "[a](docs/deep/guide.md#how-to-install)"],
  "a source file": ["[a](lib/room.ts)", "[a](src/rooms/room.ts)"],
  "an image": ["![a](plan.png)", "![a](docs/images/plan.png)"],
  "another case": ["[a](docs/Deep/Guide.md)", "[a](docs/deep/guide.md)"],
  "another case, with an anchor": ["[a](docs/DEEP/guide.md#how-to-install)", "[a](docs/deep/guide.md#how-to-install)"],
  "an anchor of another case": ["[a](docs/deep/guide.md#How-To-Install)", "[a](docs/deep/guide.md#how-to-install)"],
  "an anchor that is nearly one": ["[a](docs/deep/guide.md#how-to-install-it)", "[a](docs/deep/guide.md#how-to-install)"],
  "an anchor with a slip of the hand": ["[a](docs/deep/guide.md#how-to-instal)", "[a](docs/deep/guide.md#how-to-install)"],
  "a file with a slip of the hand": ["[a](docs/deep/guidee.md#how-to-install)", "[a](docs/deep/guide.md#how-to-install)"],
  "an id of a tag": ["[a](docs/deep/guide.md#old)", "[a](docs/deep/guide.md#Old)"],
  "a heading with signs": ["[a](docs/deep/guide.md#übung-probe)", "[a](docs/deep/guide.md#übung--probe)"],
  "a reference": ["[a][1]\n\n[1]: guide.md", "[a][1]\n\n[1]: docs/deep/guide.md"],
  "two on one line, one after the other": ["[a](guide.md) and [b](room.ts)", "[a](docs/deep/guide.md) and [b](src/rooms/room.ts)"],
  "the second of two equal words": ["`guide.md` and\n[a](guide.md)", "`guide.md` and\n[a](docs/deep/guide.md)"],
};

for (const [name, [broken, repaired]] of Object.entries(table)) {
  test(`following the fix of a link makes the check green: ${name}`, async (t) => {
    const house = buildDocHouse(t, { "README.md": `# Read me\n\n${broken}\n`, "docs/deep/guide.md": guide, "src/rooms/room.ts": "export {};\n", "docs/images/plan.png": "png" });
    for (let left = await house.check(); left.length > 0;) {
      const fix = readMechanicalFix(left[0]?.fix ?? "");
      assert.ok(fix?.kind === "replace", left[0]?.fix);
      const after = applyMechanicalFix(readFileSync(join(house.path, fix.file), "utf8"), fix);
      assert.ok(after !== undefined, left[0]?.fix);
      house.write({ [fix.file]: after });
      const next = await house.check();
      assert.ok(next.length < left.length, `one finding less after: ${left[0]?.fix}\n${next.map((one) => one.found).join("\n")}`);
      left = next;
    }
    assert.equal(readFileSync(join(house.path, "README.md"), "utf8"), `# Read me\n\n${repaired}\n`);
  });
}

test("a link that could mean several files, or none, or one with another number, is left to judgement", async (t) => {
  const house = buildDocHouse(t, {
    "README.md": "[a](part.md) [b](nothing.md) [c](docs/a/chapter-2.md) [d](docs/a/gone.md)\n",
    "docs/a/chapter-1.md": "# C\n",
    "docs/a/one.md": "# One\n",
    "docs/a/part.md": "# A\n",
    "docs/b/part.md": "# B\n",
  });
  const fixes = (await house.check()).map((finding) => finding.fix);
  assert.deepEqual(fixes.map((fix) => readMechanicalFix(fix)), [undefined, undefined, undefined, undefined]);
  assert.match(fixes.join("\n"), /`docs\/a\/part\.md`, `docs\/b\/part\.md`/);
});
