// The skills that init writes: the commands that each names are run in a fixture repository, and the state that it documents is looked at.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { checkoutPath, makePlace, run, type Answer, type Place } from "../support/command-line.ts";

interface Fixture {
  readonly place: Place;
  readonly other: string;
  git(...args: readonly string[]): string;
  at(folder: string, ...args: readonly string[]): string;
  origin(...args: readonly string[]): string;
  play(name: string, options?: { readonly section?: string; readonly words?: Readonly<Record<string, string>> }): Promise<Answer>;
}

const closers: (() => void)[] = [];
after(() => { for (const close of closers) close(); });

/** Blocks of shell in one section of a skill, without their indentation, in order. */
function blocksOf(text: string, section: string): readonly string[] {
  const part = text.split(/^## /m).find((one) => one.startsWith(section)) ?? "";
  return [...part.matchAll(/^( *)```sh\n([\s\S]*?)^ *```/gm)].map((match) => (match[2] ?? "").split("\n").map((line) => line.slice((match[1] ?? "").length)).join("\n"));
}

async function makeFixture(): Promise<Fixture> {
  const place = makePlace({ after: (close) => closers.push(close) });
  const bin = join(place.path, "..", "bin");
  mkdirSync(bin);
  writeFileSync(join(bin, "inspan"), `#!/bin/sh\nexec "${process.execPath}" "${join(checkoutPath, "bin", "inspan.js")}" "$@"\n`);
  chmodSync(join(bin, "inspan"), 0o755);
  const person = { GIT_AUTHOR_NAME: "Ada", GIT_AUTHOR_EMAIL: "ada@example.org", GIT_COMMITTER_NAME: "Ada", GIT_COMMITTER_EMAIL: "ada@example.org" };
  const env = {
    ...process.env,
    ...person,
    PATH: `${bin}:${join(process.execPath, "..")}:${process.env["PATH"] ?? ""}`,
    INSPAN_HOME: place.statePath,
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_EDITOR: "true",
  };
  place.write({
    "package.json": JSON.stringify({ name: "desk", type: "module", scripts: { test: "node --test" } }), ".gitignore": "node_modules\n",
    "src/sum.mjs": "export const sum = (a, b) => a + b;\n",
    "test/sum.test.mjs":
      'import assert from "node:assert/strict";\nimport { test } from "node:test";\nimport { sum } from "../src/sum.mjs";\ntest("sum", () => assert.equal(sum(2, 3), 5));\n',
  });
  const made = await place.inspan(["init"]);
  assert.equal(made.exitCode, 0, made.stderr);
  place.git("add", "-A");
  place.git("commit", "--quiet", "-m", "start");
  const originPath = join(place.path, "..", "origin.git");
  const other = join(place.path, "..", "other");
  const at = (folder: string, ...args: readonly string[]): string => execFileSync("git", args, { cwd: folder, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
  at(place.path, "clone", "--quiet", "--bare", place.path, originPath);
  place.git("remote", "add", "origin", originPath);
  place.git("fetch", "--quiet", "origin");
  place.git("switch", "--quiet", "--create", "work");
  at(place.path, "clone", "--quiet", originPath, other);
  return {
    place, other, at, git: (...args) => place.git(...args), origin: (...args) => at(originPath, ...args),
    play: (name, { section = "Steps", words = {} } = {}) => {
      const blocks = blocksOf(readFileSync(join(place.path, ".agents", "skills", name, "SKILL.md"), "utf8"), section);
      assert.ok(blocks.length > 0, `${name} names commands below ${section}`);
      const script = Object.entries(words).reduce((text, [word, value]) => text.replaceAll(`<${word}>`, value), blocks.join("\n"));
      assert.doesNotMatch(script, /(?<![\w"])<[a-z]|\{\{/, `${name}: a word of the skill has no value`);
      return run(["sh", "-e", "-c", script], { cwd: place.path, env });
    },
  };
}

/** Somebody else lands a file at origin. */
function moveBase({ at, other }: Fixture, file: string, text: string): void {
  at(other, "pull", "--quiet");
  mkdirSync(join(other, file, ".."), { recursive: true });
  writeFileSync(join(other, file), text);
  at(other, "add", "-A");
  at(other, "commit", "--quiet", "-m", `theirs: ${file}`);
  at(other, "push", "--quiet");
}

let fixture: Fixture;
before(async () => { fixture = await makeFixture(); });

test("each skill has its folder's name, a trigger, steps, its end, its way in a task, and a page for clients that look elsewhere", () => {
  const names = readdirSync(join(fixture.place.path, ".agents", "skills"));
  assert.deepEqual(names.sort(), ["commit", "debug", "evidence", "land", "pull", "push"]);
  for (const name of names) {
    const text = readFileSync(join(fixture.place.path, ".agents", "skills", name, "SKILL.md"), "utf8");
    assert.match(text, new RegExp(`^---\\nname: ${name}\\ndescription: .*\\bUse (when|before)\\b.*\\n---\\n`));
    for (const section of ["Steps", "Afterwards", "In a task of Inspan", "When it does not work"]) assert.ok(text.includes(`\n## ${section}\n`), `${name}: ${section}`);
    const page = readFileSync(join(fixture.place.path, ".claude", "skills", name, "SKILL.md"), "utf8");
    assert.equal(page.split("\n---\n")[0], text.split("\n---\n")[0], "the same name and trigger");
    assert.ok(existsSync(join(fixture.place.path, ".claude", "skills", name, /\]\(([^)]+)\)/.exec(page)?.[1] ?? "nowhere")));
  }
});

test("commit, pull, push and land: each leaves the state that it documents", { timeout: 180_000 }, async () => {
  const { place, git, origin } = fixture;
  place.write({ "src/product.mjs": "export const product = (a, b) => a * b;\n", "notes.txt": "mine\n", "src/sum.mjs": "export const sum = (a, b) => b + a;\n" });
  const committed = await fixture.play("commit", { words: { paths: "src/product.mjs", subject: "math: multiply", body: "Proved by hand." } });
  assert.equal(committed.exitCode, 0, committed.stderr);
  assert.deepEqual(
    [
      git("rev-list", "--count", "origin/main..HEAD"),
      git("show", "--name-only", "--format=%s", "HEAD")
        .split("\n")
        .filter((line) => line !== ""),
      git("status", "--porcelain")
        .split("\n")
        .map((line) => line.trim()),
    ],
    ["1", ["math: multiply", "src/product.mjs"], ["M src/sum.mjs", "?? notes.txt"]],
  );

  assert.notEqual((await fixture.play("pull")).exitCode, 0, "a worktree with changes is no place to rebase");
  git("checkout", "--quiet", "--", "src/sum.mjs");
  moveBase(fixture, "src/theirs.mjs", "export const theirs = 1;\n");
  const pulled = await fixture.play("pull");
  assert.equal(pulled.exitCode, 0, pulled.stdout + pulled.stderr);
  assert.match(pulled.stdout, /theirs: src\/theirs\.mjs/);
  assert.deepEqual([git("merge-base", "HEAD", "origin/main"), git("log", "-1", "--format=%s")], [origin("rev-parse", "main"), "math: multiply"]);

  const pushed = await fixture.play("push");
  assert.equal(pushed.exitCode, 0, pushed.stderr);
  assert.deepEqual(
    [origin("rev-parse", "work"), git("rev-parse", "--abbrev-ref", "@{upstream}"), origin("rev-parse", "main") === git("rev-parse", "HEAD")],
    [git("rev-parse", "HEAD"), "origin/work", false],
  );
  git("switch", "--quiet", "main");
  assert.notEqual((await fixture.play("push")).exitCode, 0, "the base itself is not pushed");
  git("switch", "--quiet", "work");

  assert.notEqual((await fixture.play("land")).exitCode, 0, "notes.txt is no part of a commit: what would be proved is not what would land");
  assert.notEqual(origin("rev-parse", "main"), git("rev-parse", "HEAD"));
  git("clean", "--quiet", "--force");
  const landed = await fixture.play("land");
  assert.equal(landed.exitCode, 0, landed.stdout + landed.stderr);
  assert.deepEqual(
    [origin("rev-parse", "main"), origin("log", "-1", "--format=%s", "main"), origin("cat-file", "-t", "main:src/theirs.mjs")],
    [git("rev-parse", "HEAD"), "math: multiply", "blob"],
  );
});

test("pull gives a conflict up without loss", async () => {
  const { place, git } = fixture;
  moveBase(fixture, "src/theirs.mjs", "export const theirs = 2;\n");
  place.write({ "src/theirs.mjs": "export const theirs = 3;\n" });
  git("commit", "--quiet", "--all", "-m", "math: three");
  const head = git("rev-parse", "HEAD");
  assert.notEqual((await fixture.play("pull")).exitCode, 0);
  const given = await fixture.play("pull", { section: "When it does not work" });
  assert.deepEqual([given.exitCode, git("rev-parse", "HEAD"), git("status", "--porcelain")], [0, head, ""]);
  git("reset", "--quiet", "--hard", "origin/main");
});

test("debug finds the commit, evidence shows red before and green now; both leave everything where it was", { timeout: 120_000 }, async () => {
  const { place, git } = fixture;
  const good = git("rev-parse", "HEAD");
  for (const [index, body] of ["a + b", "a - b", "a - b + 0"].entries()) {
    place.write({ "src/sum.mjs": `export const sum = (a, b) => ${body};\n`, "src/count.mjs": `export const count = ${index};\n` });
    git("add", "-A");
    git("commit", "--quiet", "-m", `step ${index}`);
  }
  place.write({ "probe.test.mjs": "import assert from \"node:assert/strict\";\nimport { sum } from \"./src/sum.mjs\";\nassert.equal(sum(2, 3), 5);\n" });
  const head = git("rev-parse", "HEAD");
  const found = await fixture.play("debug", { words: { "failing command": "node probe.test.mjs", file: "src/sum.mjs", good } });
  assert.equal(found.exitCode, 0, found.stdout + found.stderr);
  assert.match(found.stdout, new RegExp(`${git("rev-parse", "HEAD~1")} is the first bad commit`));
  assert.deepEqual([git("rev-parse", "HEAD"), git("branch", "--show-current"), git("status", "--porcelain")], [head, "work", "?? probe.test.mjs"]);

  git("push", "--quiet", "origin", "HEAD:main");
  git("fetch", "--quiet", "origin");
  place.write({
    "src/sum.mjs": "export const sum = (a, b) => a + b;\n",
    "test/sum-again.test.mjs": 'import assert from "node:assert/strict";\nimport { sum } from "../src/sum.mjs";\nassert.equal(sum(2, 3), 5);\n',
  });
  git("add", "src", "test");
  git("commit", "--quiet", "-m", "math: add again");
  const words = { "test file": "test/sum-again.test.mjs", "test command": "node test/sum-again.test.mjs" };
  const shown = await fixture.play("evidence", { words });
  assert.equal(shown.exitCode, 0, shown.stderr);
  assert.match(shown.stdout, /^fails before\npasses now\n[\s\S]*AssertionError/);
  assert.deepEqual([git("worktree", "list", "--porcelain").match(/^worktree /gm)?.length, git("status", "--porcelain")], [1, "?? probe.test.mjs"]);
  git("push", "--quiet", "origin", "HEAD:main");
  git("fetch", "--quiet", "origin");
  assert.match((await fixture.play("evidence", { words })).stdout, /^passes before: no evidence\n/);
});
