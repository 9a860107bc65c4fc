import assert from "node:assert/strict";
import { test } from "node:test";
import { makePlace } from "../../../../test/support/command-line.ts";
import { createNodeProviders } from "../../../providers/node/index.ts";
import { describeOutsideBase } from "./outside-base.ts";

test("describeOutsideBase() counts what a task will not see, and is silent where there is nothing", async (t) => {
  const place = makePlace(t);
  place.write({ "a.ts": "1\n" });
  place.git("add", "-A");
  place.git("commit", "--quiet", "-m", "start");
  const { git } = createNodeProviders({ env: process.env, statePath: place.statePath, version: "0.0.0" });
  const base = { ref: "origin/main", commit: place.git("rev-parse", "HEAD") };
  const describe = () => describeOutsideBase(git, place.path, Promise.resolve(base));
  assert.equal(await describe(), undefined);
  place.write({ "a.ts": "2\n", "b.ts": "new\n" });
  assert.equal(await describe(), `warning: the task starts from origin/main (${base.commit.slice(0, 10)}); your checkout has 2 uncommitted changes that it will not see`);
  place.git("add", "-A");
  place.git("commit", "--quiet", "-m", "mine");
  assert.match(await describe() ?? "", /your checkout has 1 commit of main that/);
  place.git("checkout", "--quiet", "--detach");
  assert.match(await describe() ?? "", /1 commit of a detached HEAD that/);
});
