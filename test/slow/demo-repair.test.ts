// The demo application with one stale document and one tempting shortcut planted: the check finds both, and whoever has nothing but its text repairs both.
import assert from "node:assert/strict";
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { checkoutPath, makePlace, type Place } from "../support/command-line.ts";

function makeDesk(t: { after(close: () => void): void }): Place {
  const place = makePlace(t);
  cpSync(join(checkoutPath, "examples", "demo-app"), place.path, { recursive: true, filter: (path) => !/node_modules/.test(path) });
  place.git("add", "-A");
  place.git("commit", "--quiet", "-m", "A booking desk");
  return place;
}

/** The agent of this test: it reads the printed findings, does what each line "Fix" says word by word, and knows nothing else of the repository. */
function repair(place: Place, printed: string): readonly string[] {
  const done: string[] = [];
  for (const [, file = "", line = "", before = "", after = ""] of printed.matchAll(/^Fix: In (.+?), line (\d+), replace `([^`]+)` by `([^`]+)`/gm)) {
    const lines = readFileSync(join(place.path, file), "utf8").split("\n");
    const at = Number(line) - 1;
    assert.ok(lines[at]?.includes(before), `${file}:${line} holds ${before}`);
    lines[at] = (lines[at] ?? "").replace(before, after);
    place.write({ [file]: lines.join("\n") });
    done.push(file);
  }
  return done.sort();
}

test("a stale document and a shortcut past a door are found in the demo application, and repaired from the text alone", async (t) => {
  const place = makeDesk(t);
  const clean = await place.inspan(["check"]);
  assert.equal(clean.exitCode, 0, clean.stdout);

  const journal = readFileSync(join(place.path, "docs/journeys/book-a-room.md"), "utf8");
  place.write({
    "docs/journeys/book-a-room.md": `${journal}\nThe rules are in [the generated page](../generated/rules/booking-rules.md).\n`,
    "src/domains/booking/ui/parse-request.ts": readFileSync(join(place.path, "src/domains/booking/ui/parse-request.ts"), "utf8").replace(
      'from "../../rooms/index.ts"',
      'from "../../rooms/types.ts"',
    ),
  });
  const found = await place.inspan(["check"]);
  assert.equal(found.exitCode, 1);
  for (const line of [
    /^ERROR docs-links$/m,
    /^ERROR domains$/m,
    /^File: docs\/journeys\/book-a-room\.md$/m,
    /^File: src\/domains\/booking\/ui\/parse-request\.ts$/m,
  ])
    assert.match(found.stdout, line);

  assert.deepEqual(repair(place, found.stdout), ["docs/journeys/book-a-room.md", "src/domains/booking/ui/parse-request.ts"]);
  const after = await place.inspan(["check"]);
  assert.equal(after.exitCode, 0, after.stdout);
  assert.equal(place.git("diff", "--stat", "--", "src"), "", "the shortcut is gone as if it had never been");
  assert.match(place.git("diff", "--", "docs"), /^\+The rules are in \[the generated page\]\(\.\.\/generated\/booking-rules\.md\)\.$/m);
});

test("init in a repository that has its rules already makes no baseline of its faults", async (t) => {
  const place = makeDesk(t);
  place.write({
    "docs/journeys/book-a-room.md": `${readFileSync(join(place.path, "docs/journeys/book-a-room.md"), "utf8")}\nSee [the desk](../../src/domains/booking/gone.ts).\n`,
  });
  assert.equal((await place.inspan(["init"])).exitCode, 0);
  const check = await place.inspan(["check"]);
  assert.equal(check.exitCode, 1, "inspan.yaml was there before, so nothing became a baseline");
  assert.match(check.stdout, /gone\.ts/);
});
