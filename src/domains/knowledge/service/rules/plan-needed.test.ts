// When a change needs a plan.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { DocConfiguration } from "../../config/doc-configuration.ts";
import { makePlace } from "../../../../../test/support/command-line.ts";
import { checkPlanNeeded } from "./plan-needed.ts";

const docs = (neededAbove?: number) =>
  ({ docs: { plans: { path: "docs/exec-plans", ...(neededAbove === undefined ? {} : { neededAbove }) } } }) as unknown as Pick<DocConfiguration, "docs">; // the part that the rule reads
const files = ["src/c.ts", "src/a.ts", "src/b.ts"];

test("checkPlanNeeded() tells of a change above the limit without a plan, and of nothing else", () => {
  const found = (changed: readonly string[], limit?: number) => checkPlanNeeded(changed, docs(limit)).map((one) => `${one.file} ${one.found}`);
  assert.deepEqual(found(files, 2), ["src/a.ts the change has 3 files besides documents, and no plan among them"]);
  for (const [changed, limit] of [
    [files, 3],
    [files, undefined],
    [[...files, "docs/exec-plans/active/0001-a.md"], 2],
    [[...files, "docs/exec-plans/completed/a.md"], 2],
    [["src/a.ts", "src/b.ts", "docs/x.md", "package-lock.json"], 2],
    [[], 1],
  ] as const)
    assert.deepEqual(found(changed, limit), [], `${changed.join()} ${limit}`);
  assert.equal(found([...files, "docs/exec-plans/index.md", "docs/exec-plans/README.md"], 2).length, 1, "the index is no plan");
});

test("inspan check --since tells it with the next command, and a plan makes it green", async (t) => {
  const place = makePlace(t);
  place.write({ "inspan.yaml": "version: 1\ndocs:\n  plans: { path: docs/exec-plans, neededAbove: 2 }\n", "src/z.ts": "export const z = 1;\n" });
  place.git("add", "-A");
  place.git("commit", "--quiet", "-m", "start");
  place.write(Object.fromEntries(files.map((file) => [file, "export const a = 1;\n"])));
  assert.doesNotMatch((await place.inspan(["check"])).stdout, /plan-needed/, "the repository as it stands");
  const asked = await place.inspan(["check", "--since", "HEAD"]);
  assert.equal(asked.exitCode, 1);
  assert.match(asked.stdout, /^ERROR plan-needed\nFile: src\/a\.ts[^]*^Fix: Run `inspan plan new/m);
  await place.inspan(["plan", "new", "Three files"]);
  assert.doesNotMatch((await place.inspan(["check", "--since", "HEAD"])).stdout, /plan-needed/);
});
