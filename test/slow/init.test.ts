// `inspan init` as a user runs it: in an empty repository, in one that has a life already, twice, and where something stands in the way.
import assert from "node:assert/strict";
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { parseReviewer } from "../../src/domains/review/index.ts";
import { makePlace } from "../support/command-line.ts";

const skills = ["commit", "debug", "evidence", "land", "pull", "push"];
const tree = [
  ...skills.map((name) => `.agents/skills/${name}/SKILL.md`), ...skills.map((name) => `.claude/skills/${name}/SKILL.md`),
  ".gemini/settings.json",
  ".github/workflows/inspan.yml",
  "AGENTS.md",
  "ARCHITECTURE.md",
  "CLAUDE.md",
  "docs/DESIGN.md",
  "docs/FRONTEND.md",
  "docs/PLANS.md",
  "docs/PRODUCT_SENSE.md",
  "docs/QUALITY_SCORE.md",
  "docs/RELIABILITY.md",
  "docs/SECURITY.md",
  "docs/design-docs/core-beliefs.md",
  "docs/design-docs/index.md",
  "docs/exec-plans/active/.gitkeep",
  "docs/exec-plans/completed/.gitkeep",
  "docs/exec-plans/index.md",
  "docs/exec-plans/tech-debt-tracker.md",
  "docs/generated/.gitkeep",
  "docs/golden-principles.md",
  "docs/index.md",
  "docs/journeys/.gitkeep",
  "docs/product-specs/index.md",
  "docs/references/.gitkeep",
  "docs/reviewers/correctness.md",
  "docs/reviewers/reliability.md",
  "inspan.yaml",
];

function filesBelow(path: string): string[] {
  return readdirSync(path, { recursive: true, encoding: "utf8" }).filter((name) => !name.startsWith(".git/") && lstatSync(join(path, name)).isFile()).sort();
}

/** Relative links of all Markdown files that lead nowhere. */
function brokenLinks(path: string): string[] {
  return filesBelow(path).filter((name) => name.endsWith(".md")).flatMap((name) => [...readFileSync(join(path, name), "utf8").matchAll(/\]\(([^)#]+)[^)]*\)/g)]
    .map((match) => match[1] ?? "").filter((target) => !/^[a-z]+:/.test(target) && !existsSync(join(path, dirname(name), target))).map((target) => `${name}: ${target}`));
}

test("init writes the whole tree into an empty repository, whose check then says what is missing", async (t) => {
  const place = makePlace(t);
  const first = await place.inspan(["init"]);
  assert.deepEqual([first.exitCode, first.stderr], [0, ""]);
  assert.deepEqual(filesBelow(place.path), tree);
  assert.deepEqual(brokenLinks(place.path), []);
  for (const name of ["correctness", "reliability"]) {
    const parsed = parseReviewer(readFileSync(join(place.path, `docs/reviewers/${name}.md`), "utf8"), `docs/reviewers/${name}.md`);
    assert.equal(parsed.kind === "reviewer" ? parsed.reviewer.name : parsed.reason, name);
  }
  for (const name of tree) assert.doesNotMatch(readFileSync(join(place.path, name), "utf8"), /\{\{|\}\}/, name);
  const check = await place.inspan(["check"]);
  assert.equal(check.exitCode, 0, check.stdout);
  assert.match(check.stdout, /WARNING coverage[^]*there is no source file yet: documents alone were checked/);
});

test("AGENTS.md is a map of at most 100 lines with a numbered loop, in the repository's own words", async (t) => {
  const place = makePlace(t);
  place.write({
    "package.json": JSON.stringify({
      name: "desk",
      description: "Books rooms.",
      scripts: { test: "node --test", lint: "eslint .", typecheck: "tsc", start: "node a.js" },
      dependencies: { hono: "4" },
    }),
    "pnpm-lock.yaml": "",
    "src/a.ts": "export {};\n",
    "migrations/1.sql": "",
  });
  await place.inspan(["init"]);
  const map = readFileSync(join(place.path, "AGENTS.md"), "utf8");
  assert.ok(map.split("\n").length <= 100);
  assert.deepEqual(
    [...map.matchAll(/^(\d)\. \*\*(\w+)\./gm)].map((match) => `${match[1]} ${match[2]}`),
    ["1 Ground", "2 History", "3 Journeys", "4 Reproduce", "5 Execute", "6 Prove"],
  );
  for (const words of ["# desk: the map", "Books rooms.", "| `pnpm test` |", "| `pnpm run start` |", "- `src/`", "- `migrations/`"]) assert.ok(map.includes(words), words);
  const yaml = readFileSync(join(place.path, "inspan.yaml"), "utf8");
  assert.match(yaml, /^checks:\n {2}- \{ name: test, run: pnpm test \}\n {2}- \{ name: lint, run: pnpm run lint \}\n {2}- \{ name: typecheck, run: pnpm run typecheck \}\n\n/m);
  assert.match(yaml, /^copy: \[node_modules\]$/m);
  assert.doesNotMatch(yaml, /^merge:/m);
});

test("init then check is green in a repository with one TypeScript file, with and without domains", async (t) => {
  for (const file of ["src/index.ts", "src/domains/rooms/types.ts", "packages/a/src/index.ts"]) {
    const place = makePlace(t);
    place.write({ [file]: "export const a = 1;\n" });
    assert.equal((await place.inspan(["init"])).exitCode, 0);
    const check = await place.inspan(["check", "--json"]);
    assert.equal(check.exitCode, 0, check.stdout);
    assert.equal(JSON.parse(check.stdout).coverage.files, 1);
  }
});

test("in a house with domains and layers the proposed rules see the edges, and a forbidden one", async (t) => {
  const place = makePlace(t);
  place.write({
    "src/domains/rooms/types.ts": "export const roomsMax = 3;\n", "src/domains/rooms/service.ts": 'import { roomsMax } from "./types.ts";\nexport const all = roomsMax;\n',
    "src/domains/rooms/index.ts": 'export { all } from "./service.ts";\n', "src/providers/clock.ts": "export const clock = 1;\n",
  });
  await place.inspan(["init"]);
  assert.match(readFileSync(join(place.path, "inspan.yaml"), "utf8"), /^domains: src\/domains\/\*\n#.*\nlayers: \[types, .*\]\n#.*\nproviders: \{ path: src\/providers \}$/m);
  assert.equal((await place.inspan(["check"])).exitCode, 0);
  place.write({ "src/domains/rooms/types.ts": 'export { all } from "./service.ts";\nexport const roomsMax = 3;\n' });
  assert.equal((await place.inspan(["check"])).exitCode, 1);
});

test("existing files stay as they are, and a second run changes nothing", async (t) => {
  const place = makePlace(t);
  place.write({ "AGENTS.md": "ours\n", "docs/SECURITY.md": "ours too\n", "a.ts": "export {};\n", "sub/b.ts": "export {};\n" });
  place.git("add", "-A");
  place.git("commit", "--quiet", "-m", "start");
  const first = JSON.parse((await place.inspan(["init", "--json"], { cwd: join(place.path, "sub") })).stdout); // from below: the root is meant
  assert.deepEqual([first.kept, first.written.length], [["AGENTS.md", "docs/SECURITY.md"], tree.length - 2]);
  assert.equal(place.git("diff", "--stat"), "");
  place.git("add", "-A");
  const second = JSON.parse((await place.inspan(["init", "--json"])).stdout);
  assert.deepEqual([second.written, second.kept], [[], tree]);
  assert.equal(place.git("status", "--porcelain").split("\n").filter((line) => !line.startsWith("A ")).join(), "");
});

test("an old repository begins with a baseline: the first check is green and tells the backlog, the next fault fails", async (t) => {
  const place = makePlace(t);
  place.write({ "AGENTS.md": `${"A line of advice.\n\n".repeat(80)}See \`src/gone.ts\`.\n`, "docs/guide.md": "# Guide\n\n[lost](lost.md)\n", "src/a.ts": "export const a = 1;\n" });
  place.git("add", "-A");
  place.git("commit", "--quiet", "-m", "start");
  const made = JSON.parse((await place.inspan(["init", "--json"])).stdout);
  assert.equal(made.baseline.file, ".inspan/baseline.json");
  assert.ok(made.baseline.known >= 4, JSON.stringify(made.baseline));
  const first = await place.inspan(["check"]);
  assert.equal(first.exitCode, 0, first.stdout);
  assert.match(first.stdout, new RegExp(`${made.baseline.known} known findings? hidden`));
  place.write({ "docs/guide.md": "# Guide\n\n[lost](lost.md) [more](more.md)\n" });
  const next = await place.inspan(["check"]);
  assert.equal(next.exitCode, 1);
  assert.match(next.stdout, /docs-links[^]*more\.md/);
  assert.doesNotMatch(next.stdout, /`lost\.md`/);
});

test("--hooks merges one entry into each agent's settings, twice is once, and --remove restores every byte", async (t) => {
  const place = makePlace(t);
  const mine = '{\n  "model": "x", // mine\n  "hooks": { "PostToolUse": [{ "matcher": "Bash", "hooks": [] }] }\n}\n';
  place.write({ ".claude/settings.json": mine });
  await place.inspan(["init"]);
  place.git("add", "-A");
  place.git("commit", "--quiet", "-m", "start");
  const added = JSON.parse((await place.inspan(["init", "--hooks", "--json"])).stdout);
  assert.deepEqual(added.hooks.map((hook: { path: string; outcome: string }) => `${hook.outcome} ${hook.path}`).sort(), [
    "written .claude/settings.json",
    "written .codex/hooks.json",
    "written .gemini/settings.json",
  ]);
  for (const path of [".claude/settings.json", ".codex/hooks.json", ".gemini/settings.json"])
    assert.match(readFileSync(join(place.path, path), "utf8"), /inspan hook (claude|codex|gemini)/);
  assert.match(readFileSync(join(place.path, ".gemini/settings.json"), "utf8"), /AGENTS\.md/);
  place.git("add", "-A");
  await place.inspan(["init", "--hooks"]);
  assert.equal(place.git("diff", "--name-only"), "");
  const removed = await place.inspan(["init", "--remove"]);
  assert.match(removed.stdout, /restored \.claude\/settings\.json[^]*The hooks are out\./);
  place.git("add", "-A");
  assert.equal(place.git("status", "--porcelain"), "");
  assert.equal(readFileSync(join(place.path, ".claude/settings.json"), "utf8"), mine);
});

test("--hooks refuses settings that are no JSON before it writes any", async (t) => {
  const place = makePlace(t);
  place.write({ ".gemini/settings.json": "not json" });
  const answer = await place.inspan(["init", "--hooks", "--json"]);
  assert.deepEqual([answer.exitCode, JSON.parse(answer.stdout).error.code], [2, "SETTINGS_BROKEN"]);
  assert.equal(existsSync(join(place.path, ".claude/settings.json")), false);
});

test("--dry-run says what would be written and writes nothing", async (t) => {
  const place = makePlace(t);
  const dry = await place.inspan(["init", "--dry-run"]);
  assert.match(dry.stdout, /^would write AGENTS\.md$/m);
  assert.deepEqual(filesBelow(place.path), []);
});

test("a docs that is a file, or a link out of the repository, is refused before anything is written", async (t) => {
  const blocked = makePlace(t);
  blocked.write({ docs: "a file\n" });
  const answer = await blocked.inspan(["init", "--json"]);
  assert.deepEqual([answer.exitCode, JSON.parse(answer.stdout).error.code], [2, "PATH_BLOCKED"]);
  assert.deepEqual(filesBelow(blocked.path), ["docs"]);
  const linked = makePlace(t);
  mkdirSync(join(linked.path, "..", "elsewhere"));
  symlinkSync("../elsewhere", join(linked.path, "docs"));
  const escape = await linked.inspan(["init", "--json"]);
  assert.deepEqual([escape.exitCode, JSON.parse(escape.stdout).error.code], [2, "PATH_ESCAPE"]);
  assert.deepEqual(readdirSync(join(linked.path, "..", "elsewhere")), []);
});

test("an inspan.yaml that cannot be read is told before anything is written", async (t) => {
  const broken = makePlace(t);
  broken.write({ "inspan.yaml": "domains: [\n" });
  const answer = await broken.inspan(["init", "--json"]);
  assert.deepEqual([answer.exitCode, JSON.parse(answer.stdout).error.code, filesBelow(broken.path)], [2, "CONFIG_INVALID", ["inspan.yaml"]]);
});

test("a name or script that YAML or Markdown could misread is quoted, and a broken package.json counts as none", async (t) => {
  const odd = makePlace(t);
  odd.write({
    "package.json": JSON.stringify({
      name: "a\nb: c # {{name}}",
      description: "{{nothing}} of | use",
      scripts: { test: 'echo "Error: no test specified" && exit 1', lint: "x" },
    }),
    "a.ts": "export {};\n",
  });
  await odd.inspan(["init"]);
  assert.equal((await odd.inspan(["check"])).exitCode, 0);
  assert.match(readFileSync(join(odd.path, "inspan.yaml"), "utf8"), /^checks:\n {2}- \{ name: lint, run: npm run lint \}\n\n/m);
  const broken = makePlace(t);
  broken.write({ "package.json": "{ not json", "go.mod": "module x\n", "Cargo.toml": "", "pytest.ini": "" });
  assert.equal((await broken.inspan(["init"])).exitCode, 0);
  assert.match(
    readFileSync(join(broken.path, "inspan.yaml"), "utf8"),
    /run: pytest \}\n {2}- \{ name: go-test, run: go test \.\/\.\.\. \}\n {2}- \{ name: cargo-test, run: cargo test \}/,
  );
});
