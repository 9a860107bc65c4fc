import assert from "node:assert/strict";
import { test } from "node:test";
import { buildDocHouse } from "../../../../../test/support/doc-house.ts";

const skill = (name: string, description: string): string => `---\nname: ${name}\ndescription: ${description}\n---\n\n# ${name}\n`;
const yaml = "version: 1\ndocs: { map: { loop: false } }\n";

test("a skill has its folder's name and says when it is used; above ten a warning", async (t) => {
  const ten = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`.agents/skills/s${index}/SKILL.md`, skill(`s${index}`, "Does it. Use when it is due.")]));
  const house = buildDocHouse(t, { "AGENTS.md": "# M\n", ...ten, ".claude/skills/one/SKILL.md": skill("one", "Before a push.") });
  assert.deepEqual(await house.shortly(yaml), []);
  house.write({
    ".agents/skills/s9b/SKILL.md": skill("s9b", "Use when it is due."),
    ".claude/skills/two/SKILL.md": skill("other", "Commits."),
    ".claude/skills/three/SKILL.md": "# Bare\n",
    "docs/skills/x/SKILL.md": "# Elsewhere\n",
  });
  assert.deepEqual((await house.check(yaml)).map((one) => `${one.severity} ${one.rule} ${one.file} ${one.found}`).sort(), [
    "warning docs-skills .claude/skills/three/SKILL.md no description",
    'warning docs-skills .claude/skills/three/SKILL.md the name ""',
    "warning docs-skills .claude/skills/two/SKILL.md a description that does not say when to use it",
    "warning docs-skills .claude/skills/two/SKILL.md the name \"other\"", "warning docs-skills-count .agents/skills/s9b/SKILL.md 11 skills in .agents/skills/",
  ]);
  assert.deepEqual(await house.shortly("version: 1\n"), [], "where nobody asks for order in documents, nothing is said");
});
