import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { createBareRemote } from "../../../test/support/bare-remote.ts";
import { readBareDiff, readDiff } from "./repo.ts";

const remote = await createBareRemote({ "src/a.js": "one();\n", "b.js": "two();\n" });
after(() => remote.dispose());
const clone = await remote.clone("user");
const { git } = remote.providers;

for (const where of ["checkout", "linked worktree"] as const) {
  test(`a change cannot hide its files from reviewers by attributes of its own (${where})`, async () => {
    const baseCommit = clone.git("rev-parse", "origin/main");
    const headCommit = clone.commitOn(`hide-${where.slice(0, 4)}`, {
      ".gitattributes": "*.js -diff linguist-generated\n", "src/.gitattributes": "* binary\n", "src/a.js": "evil();\n", "b.js": "evil too();\n", "real.bin": "\0\u0001binary\n",
    });
    const linked = join(remote.path, "linked");
    let cwd = clone.path;
    if (where === "checkout") clone.git("checkout", "--quiet", "--detach", headCommit);
    else { clone.git("worktree", "add", "--quiet", "--detach", linked, headCommit); cwd = linked; }
    writeFileSync(join(cwd, ".gitattributes"), "* -diff\n");
    assert.match(clone.git("-C", cwd, "diff", `${baseCommit}...${headCommit}`), /Binary files a\/b\.js/, "the control");
    const range = { cwd, baseCommit, headCommit };
    for (const patch of [await readDiff(git, range), await readBareDiff(git, range)]) {
      for (const line of ["+evil();", "-one();", "+evil too();", "+*.js -diff linguist-generated"]) assert.ok(patch.split("\n").includes(line), `${line} in\n${patch}`);
      assert.match(patch, /^Binary files \/dev\/null and b\/real\.bin differ$/m);
    }
    if (where === "checkout") { clone.git("reset", "--quiet", "--hard"); clone.git("checkout", "--quiet", "main"); }
  });
}
