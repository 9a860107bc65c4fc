// `inspan review` as a stranger meets it: any branch, each format, and everything that can be wrong with a repository, a reviewer's file or a model's answer.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text, type ModelStep } from "../programs/scripted-model/index.ts";
import { approve, type TinyView } from "../programs/scripted-model/tiny.ts";
import { runInspan, type CliRun } from "../support/inspan-process.ts";
import { git } from "../support/desk-repository.ts";
import { makeTaskWorld, type TaskWorld } from "../support/task-world.ts";

/** What each reviewer answers; approves where nothing stands. */
const answers = new Map<string, string>();
const asked: string[] = [];

function special({ conversation }: TinyView): ModelStep {
  const name = /You are the reviewer "([\w-]+)"/.exec(conversation.system)?.[1] ?? "?";
  asked.push(name);
  const said = answers.get(name);
  return said === undefined ? approve : text(said);
}

const persona = (more: string): string => `---\ndescription: reads\n${more}\n---\n- Look closely.\n`;
let world: TaskWorld;
let env: Record<string, string>;
before(async () => {
  world = await makeTaskWorld({
    names: ["sum"], special, yaml: "review: { selfReview: false }\n",
    files: {
      "docs/reviewers/docs.md": persona("kinds: [docs]"),
      "docs/reviewers/code.md": persona("kinds: [code, tests]"),
      "docs/reviewers/large.md": persona("kinds: [code]\nlinesMin: 50"),
      "docs/reviewers/billing.md": persona("paths: [src/billing/**]"),
    },
  });
  env = { INSPAN_HOME: world.statePath, INSPAN_MODEL_BASE_URL: world.model.url, INSPAN_MODEL: "scripted" };
});
after(() => world.close());

function branch(name: string, files: Readonly<Record<string, string>>, from = "origin/main"): void {
  world.git("checkout", "--quiet", "-B", name, from);
  world.write(files);
  world.git("add", "-A");
  world.git("commit", "--quiet", "--allow-empty", "-m", name);
}

async function review(...args: readonly string[]): Promise<CliRun & { readonly asked: readonly string[] }> {
  asked.length = 0;
  const run = await world.inspan(["review", ...args]);
  return { ...run, asked: [...new Set(asked)].sort() };
}

const finding = (more: object) =>
  JSON.stringify({
    verdict: "request-changes",
    findings: [{ priority: "P1", file: "src/sum.mjs", line: 1, title: "It subtracts", evidence: "seen", ...more }],
  });

describe("inspan review", () => {
  test("those read a change whose paths, kinds and sizes it meets", async () => {
    const lines = (count: number) => "x();\n".repeat(count);
    for (const [name, files, expected] of [
      ["page", { "docs/a.md": "# A\n" }, ["docs"]], ["small", { "src/b.mjs": lines(3) }, ["code"]], ["large", { "src/c.mjs": lines(60) }, ["code", "large"]],
      ["money", { "src/billing/d.mjs": lines(2), "README.md": "# R\n" }, ["billing", "code", "docs"]], ["workflow", { ".github/workflows/ci.yml": "on: push\n" }, []],
    ] as const) {
      branch(name, files);
      const run = await review("--json");
      assert.deepEqual([run.exitCode, run.asked, (JSON.parse(run.stdout) as { decision: string }).decision], [0, expected, "approved"], `${name}: ${run.stderr}`); // our own form
    }
    const nobody = await review();
    assert.match(nobody.stdout, /No reviewer's paths match this change\.\nApproved/);
  });

  test("each format tells the same finding and the same exit code; --json is one document", async () => {
    branch("fault", { "src/sum.mjs": "export const add = (a, b) => a * b;\n" });
    answers.set("code", finding({ file: "./src/sum.mjs" }));
    const runs = new Map<string, CliRun>();
    for (const format of ["text", "sarif", "github", "comments"]) runs.set(format, await review("--format", format));
    assert.deepEqual([...runs.values()].map(({ exitCode }) => exitCode), [1, 1, 1, 1]);
    const outOf = (format: string): string => runs.get(format)?.stdout ?? "";
    assert.match(outOf("text"), /P1 It subtracts {2}\[code, [0-9a-f]{10}\]\n {4}src\/sum\.mjs:1\n[\s\S]*1 finding to mend first/);
    assert.match(outOf("github"), /^::error file=src\/sum\.mjs,line=1,/);
    const comments = JSON.parse(outOf("comments")) as { comments: { path: string; line: number }[]; body: string }; // our own form
    assert.deepEqual([comments.comments.map(({ path, line }) => [path, line]), comments.body.includes("1 finding to mend first")], [[["src/sum.mjs", 1]], true]);
    const sarif = JSON.parse(outOf("sarif")) as { version: string; runs: { results: { level: string }[] }[] }; // our own form
    assert.deepEqual([sarif.version, sarif.runs[0]?.results.map(({ level }) => level)], ["2.1.0", ["error"]]);
    const json = await review("--json");
    assert.deepEqual([json.exitCode, (JSON.parse(json.stdout) as { findings: { file: string }[] }).findings.map(({ file }) => file)], [1, ["src/sum.mjs"]]); // our own form
  });

  test("an answer that cannot be read is asked for once more, then left out and named; where nobody else judged, the exit code is 3", async () => {
    branch("garbled", { "src/sum.mjs": "export const add = (a, b) => a / b;\n", "docs/a.md": "# A\n" });
    answers.set("code", "I like it {very} much.");
    const one = await review("--format", "sarif");
    assert.equal(one.exitCode, 0, one.stdout);
    assert.match(one.stdout, /"executionSuccessful": true[\s\S]*reviewer \\"code\\" was left out/);
    assert.equal(asked.filter((name) => name === "code").length, 2);
    answers.set("docs", "[]");
    assert.equal((await review("--format", "comments")).exitCode, 3);
    answers.clear();
  });

  test("detached, empty, binary, without a base, without a remote, too shallow, with a broken reviewer: each is told by what it is", async () => {
    branch("picture", { "logo.bin": String.fromCharCode(0, 1, 2, 3).repeat(2000) });
    world.git("checkout", "--quiet", "--detach");
    const picture = await review();
    assert.equal(picture.exitCode, 0, picture.stderr);
    branch("empty", {});
    assert.match((await review()).stdout, /The commits change no file/);
    const told = async (pattern: RegExp, ...args: readonly string[]) => {
      const run = await review(...args, "--json");
      assert.deepEqual([run.exitCode, run.asked], [2, []], run.stdout);
      assert.match(run.stdout, pattern);
    };
    await told(/REVIEW_BASE_MISSING/, "--base=--all");
    await told(/REVIEW_EMPTY/, "--base", "HEAD");
    branch("broken", { "docs/reviewers/broken.md": "---\ndescription: d\ncolour: red\n---\nbody\n" });
    branch("upon-broken", { "src/e.mjs": "e();\n" }, "broken");
    await told(/REVIEWER_INVALID.*broken\.md.*unknown key/s, "--base", "broken");
    const alone = join(world.folder, "alone");
    mkdirSync(alone);
    git(alone, "init", "--quiet", "--initial-branch=main");
    git(alone, "commit", "--quiet", "--allow-empty", "-m", "start");
    git(alone, "checkout", "--quiet", "-b", "mine");
    writeFileSync(join(alone, "a.mjs"), "a();\n");
    git(alone, "add", "-A");
    git(alone, "commit", "--quiet", "-m", "mine");
    const noRemote = await runInspan(["review", "--json"], { cwd: alone, env });
    assert.deepEqual(
      [noRemote.exitCode, (JSON.parse(noRemote.stdout) as { baseCommit: string }).baseCommit],
      [0, git(alone, "rev-parse", "main")],
      noRemote.stderr,
    ); // our own form
    const shallow = join(world.folder, "shallow");
    git(world.folder, "clone", "--quiet", "--depth", "1", `file://${alone}`, shallow);
    git(shallow, "fetch", "--quiet", "--depth", "1", "origin", "main:old");
    git(shallow, "checkout", "--quiet", "--orphan", "unrelated");
    git(shallow, "commit", "--quiet", "-m", "unrelated");
    const unrelated = await runInspan(["review", "--base", "old"], { cwd: shallow, env });
    assert.equal(unrelated.exitCode, 2, unrelated.stderr);
    assert.match(unrelated.stderr, /no commit in common in this shallow clone[\s\S]*git fetch --unshallow/);
  });
});
