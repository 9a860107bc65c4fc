import assert from "node:assert/strict";
import { test } from "node:test";
import { noUsage } from "../../model/index.ts";
import { mergeRound } from "./findings.ts";
import { Suspicion } from "./security.ts";
import { isNamedByModel, placesOfModel, securityVerdict, type KeptFlaw } from "./security-round.ts";

const page =
  "# Threat model\n\nsrc/prose.ts is no place.\n\n| entry point | files | trust |\n|---|---|---|\n| names of files | src/files.mjs, src/api/ | untrusted |\n| hooks | `hooks/*.sh` | partly |\n\n| id | what | where | mitigation |\n|---|---|---|---|\n| T1 | and/or leaves the root | src/deep/one.ts:12 | none yet |\n";

test("placesOfModel() reads files, folders and globs from the tables; isNamedByModel() holds a change against them", () => {
  assert.deepEqual(placesOfModel(page), ["and/or", "hooks/*.sh", "src/api/**", "src/deep/one.ts", "src/files.mjs"]);
  for (const path of ["src/files.mjs", "src/api/a/b.ts", "hooks/pre.sh", "src/deep/one.ts"]) assert.equal(isNamedByModel(page, ["README.md", path]), true, path);
  for (const path of ["src/files.test.mjs", "src/prose.ts", "hooks/deep/pre.sh", "README.md"]) assert.equal(isNamedByModel(page, [path]), false, path);
  assert.equal(isNamedByModel("no table", ["src/files.mjs"]), false);
  assert.equal(isNamedByModel(`|${" a/b".repeat(200_000)}|`, ["src/files.mjs"]), false);
});

const suspicion = Suspicion.parse({
  priority: "P0",
  title: "Leaves the root",
  file: "src/files.mjs",
  line: 3,
  program: { files: [{ path: "t.mjs", text: "process.exit(10)" }], run: "node $PROGRAM/t.mjs" },
});
const at = (commit: string, exitCode: number | undefined) => ({ commit, exitCode, output: "" });
const verdictAt = (round: number, again: readonly { flaw: KeptFlaw; run: ReturnType<typeof at> }[], isTriggered: boolean, failure?: string) =>
  securityVerdict({
    round,
    headCommit: `head${round}`,
    known: [],
    again,
    triggered: isTriggered ? [{ suspicion, base: at("base", 0), head: at("head1", 10) }] : [],
    usage: noUsage,
    failure,
  });

test("a flaw is open until its program exits with 0; no word of the author closes it", () => {
  const first = verdictAt(1, [], true);
  assert.equal(first.verdict.verdict, "request-changes");
  assert.match(first.verdict.findings[0]?.evidence ?? "", /exit status 0 on the base, 10 on this change/);
  const [flaw] = first.flaws;
  assert.ok(flaw);
  const round = { round: 1, baseCommit: "b", headCommit: "head1", leftOut: "", verdicts: [first.verdict] };
  const replied = mergeRound([], round).map((finding) => ({ ...finding, state: "pushed-back" as const, reply: { decision: "push-back" as const, reason: "It is fine." } }));
  for (const [exitCode, state, verdict] of [
    [10, "insisted", "request-changes"],
    [3, "insisted", "request-changes"],
    [undefined, "insisted", "request-changes"],
    [0, "accepted-pushback", "approve"],
  ] as const) {
    const again = verdictAt(2, [{ flaw, run: at("head2", exitCode) }], false);
    assert.deepEqual([mergeRound(replied, { ...round, round: 2, verdicts: [again.verdict] })[0]?.state, again.verdict.verdict], [state, verdict], String(exitCode));
  }
  assert.equal(verdictAt(1, [], false).verdict.verdict, "approve");
  const half = verdictAt(1, [], true, "the model went away");
  assert.deepEqual([half.verdict.verdict, half.verdict.findings.length], ["request-changes", 1], "what was triggered before something else failed stands");
  assert.deepEqual([verdictAt(1, [], false, "no answer").verdict.verdict, verdictAt(1, [], false, "no answer").verdict.reason], ["failed", "no answer"]);
});
