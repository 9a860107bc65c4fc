import assert from "node:assert/strict";
import { test } from "node:test";
import { descriptionOf, readSkillText, renderSkillList } from "./project-skills.ts";

const files = [
  { skill: "land", path: "SKILL.md", text: "---\nname: land\ndescription: \"Lands a change: all of it\"\n---\n\nDo it.\n" },
  { skill: "land", path: "scripts/run.sh", text: "echo ran\n" },
];

test("renderSkillList() tells what each skill is for, and nothing where there is none", () => {
  assert.match(renderSkillList(files) ?? "", /\n- land: Lands a change: all of it$/);
  assert.equal(renderSkillList([]), undefined);
  assert.equal(renderSkillList(files.slice(1)), undefined);
  assert.deepEqual(
    [
      descriptionOf("no front matter"),
      descriptionOf(`---\ndescription: ${"x".repeat(5_000)}\n---\n`),
      descriptionOf(`---\n${"a: b\n".repeat(2_000)}description: late\n---\n`),
    ].map((words) => words.length <= 320),
    [true, true, true],
  );
});

test("readSkillText() gives a skill with the names of its files, a file of it, and nothing else", () => {
  assert.match(readSkillText(files, "land") ?? "", /Do it\.\n\n\nFurther files of this skill: scripts\/run\.sh$/);
  assert.equal(readSkillText(files, "land", "scripts/run.sh"), "echo ran\n");
  assert.deepEqual([readSkillText(files, "land", "../../x"), readSkillText(files, "other")], [undefined, undefined]);
});
