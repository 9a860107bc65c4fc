// The reader of a commit's policy, with real git: absent is an answer, unreadable is none.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { configurationAt, textAtCommit } from "../configuration-at.ts";
import type { OperationContext } from "../context.ts";
import { createNodeGit } from "./git.ts";
import { createNodeProcesses } from "./processes.ts";

function makeRepository(t: TestContext) {
  const cwd = mkdtempSync(join(tmpdir(), "inspan-at-"));
  t.after(() => rmSync(cwd, { recursive: true, force: true }));
  const git = (...args: readonly string[]): string => execFileSync("git", ["-c", "user.name=A", "-c", "user.email=a@example.org", ...args], { cwd, encoding: "utf8" }).trim();
  git("init", "-q");
  const commit = (files: Readonly<Record<string, string>>): string => {
    for (const [path, text] of Object.entries(files)) writeFileSync(join(cwd, path), text);
    git("add", "-A");
    git("commit", "-qm", "work", "--allow-empty");
    return git("rev-parse", "HEAD");
  };
  return { cwd, git, commit };
}

const real = createNodeGit({ processes: createNodeProcesses() });
const said = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "GIT_FAILED";

test("textAtCommit() gives the text or undefined, and rejects where git cannot tell", async (t) => {
  const { cwd, git, commit } = makeRepository(t);
  const bare = commit({ "a.txt": "a" });
  const full = commit({ "inspan.yaml": "version: 1\n", "with space.txt": "b\n" });
  const at = (path: string, of: string) => textAtCommit(real, path, { cwd, commit: of });
  assert.deepEqual(
    [await at("inspan.yaml", bare), await at("inspan.yaml", full), await at("with space.txt", full), await at("none/at/all.txt", full)],
    [undefined, "version: 1\n", "b\n", undefined],
  );
  git("rm", "-q", "inspan.yaml");
  mkdirSync(join(cwd, "inspan.yaml"));
  const folder = commit({ "inspan.yaml/a.txt": "a" });
  await assert.rejects(at("inspan.yaml", folder), said, "a folder of that name is no policy");
  await assert.rejects(at("inspan.yaml", "0".repeat(40)), said, "a commit that nobody has");
});

test("configurationAt() takes an object that is missing for no defaults", async (t) => {
  const { cwd, git, commit } = makeRepository(t);
  const full = commit({ "inspan.yaml": "version: 1\nchecks: []\n" });
  const blob = git("rev-parse", `${full}:inspan.yaml`);
  const read: (string | undefined)[] = [];
  // What parses is not of interest here: only what it was given.
  const context = {
    providers: { git: real },
    parseConfiguration: async (text: string | undefined, path: string) => {
      read.push(text, path);
      return {};
    },
  } as unknown as OperationContext;
  await configurationAt(context, { cwd, commit: full });
  assert.deepEqual(read.splice(0), ["version: 1\nchecks: []\n", "inspan.yaml"]);
  rmSync(join(cwd, ".git", "objects", blob.slice(0, 2), blob.slice(2)));
  await assert.rejects(configurationAt(context, { cwd, commit: full }), said);
  assert.deepEqual(read, []);
});
