// What is read of the base commit, with real git: every text whole, whatever it holds, and nothing that leads elsewhere.
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { makePlace } from "../../../../test/support/command-line.ts";
import { createNodeProviders } from "../../../providers/node/index.ts";
import type { SessionSpec } from "../types.ts";
import { readProjectLevel } from "./project-level.ts";

const specOf = (worktreePath: string): SessionSpec => ({
  label: "t", worktreePath, sessionPath: join(worktreePath, ".."), access: "write", instructions: "", model: undefined, effort: undefined, tools: [], isUnsandboxedAllowed: false,
  resumeId: undefined, signal: new AbortController().signal,
});

test("readProjectLevel() reads map, servers and skills whole, in whatever bytes, and leaves links, binaries and second names out", async (t) => {
  const place = makePlace(t);
  const providers = createNodeProviders({ env: process.env, statePath: place.statePath, version: "0.0.0" });
  const tricky = "---\nname: a\n---\n\nzwölf Boxkämpfer 🥊\n\n\n";
  place.write({
    "AGENTS.md": "the map", "CLAUDE.md": "not this", ".mcp.json": JSON.stringify({ mcpServers: { one: { command: "node", args: ["x.mjs"] } } }),
    ".agents/skills/a/SKILL.md": tricky,
    ".agents/skills/a/run.sh": "echo ran\n",
    ".agents/skills/a/empty.txt": "",
    ".claude/skills/a/SKILL.md": "second of that name",
    ".claude/skills/b/SKILL.md": "b\n",
  });
  mkdirSync(join(place.path, ".agents/skills/c"), { recursive: true });
  writeFileSync(join(place.path, ".agents/skills/c/data.bin"), Buffer.from([0xff, 0xfe, 0x0a, 0x00, 0x0a]));
  chmodSync(join(place.path, ".agents/skills/a/run.sh"), 0o755);
  symlinkSync("/etc/passwd", join(place.path, ".agents/skills/a/link.md"));
  place.git("add", "-A");
  place.git("commit", "--quiet", "-m", "start");
  const found = await readProjectLevel(providers, specOf(place.path));
  assert.equal(found.map, "the map");
  assert.deepEqual(found.servers.map(({ name }) => name), ["one"]);
  assert.deepEqual(found.skills.map(({ skill, path, text, isExecutable }) => [skill, path, text, isExecutable]), [
    ["a", "SKILL.md", tricky, false], ["a", "empty.txt", "", false], ["a", "run.sh", "echo ran\n", true], ["b", "SKILL.md", "b\n", false],
  ]);
  place.git("rm", "--quiet", "AGENTS.md");
  symlinkSync("/etc/passwd", join(place.path, "AGENTS.md"));
  place.git("add", "-A");
  place.git("commit", "--quiet", "-m", "a map that is a link");
  assert.equal((await readProjectLevel(providers, specOf(place.path))).map, "not this");
});

test("readProjectLevel() finds nothing where there is no repository, or nothing to find", async (t) => {
  const place = makePlace(t);
  const providers = createNodeProviders({ env: process.env, statePath: place.statePath, version: "0.0.0" });
  const nothing = { map: undefined, servers: [], skills: [], notices: [] };
  assert.deepEqual(await readProjectLevel(providers, specOf(place.path)), nothing);
  place.write({ "a.txt": "1\n" });
  place.git("add", "-A");
  place.git("commit", "--quiet", "-m", "start");
  assert.deepEqual(await readProjectLevel(providers, specOf(place.path)), nothing);
});
