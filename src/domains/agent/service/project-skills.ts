// How the repository's skills are told to a model that knows no skills by itself: a line each, and the whole on request. Pure.
import { boundText } from "../../../base/text.ts";

export interface SkillText { readonly skill: string; readonly path: string; readonly text: string }

/** A line each in every request; what a skill is good for fits in it. */
const descriptionCharsMax = 300;
const skillsShownMax = 30; // above that they crowd out the work itself
const entry = "SKILL.md";

/** `description` of a skill's front matter, on one line; empty where it has none. */
export function descriptionOf(text: string): string {
  const [, front = ""] = /^---\r?\n([\s\S]{0,4000}?)\r?\n---/.exec(text) ?? [];
  const [, words = ""] = /^description:[ \t]*(.*)$/m.exec(front) ?? [];
  return boundText(words.trim().replaceAll(/^["']|["']$/g, ""), descriptionCharsMax);
}

/** `how` says how one is read. Undefined where there are none. */
export function renderSkillList(files: readonly SkillText[], how = "Read one with read_skill"): string | undefined {
  const skills = files.filter((file) => file.path === entry);
  if (skills.length === 0) return undefined;
  const lines = skills.slice(0, skillsShownMax).map(({ skill, text }) => `- ${skill}: ${descriptionOf(text) || "(no description)"}`);
  return [
    "# Skills of this repository",
    "",
    `${how} before you do what it is about.`,
    ...lines,
    ...(skills.length > skillsShownMax ? [`and ${skills.length - skillsShownMax} more`] : []),
  ].join("\n");
}

/** A skill's text with the names of its other files, or one of those; undefined where there is no such skill or file. */
export function readSkillText(files: readonly SkillText[], skill: string, path: string = entry): string | undefined {
  const own = files.filter((file) => file.skill === skill);
  const found = own.find((file) => file.path === path);
  if (found === undefined) return undefined;
  const others = path === entry ? own.filter((file) => file !== found).map((file) => file.path) : [];
  return others.length === 0 ? found.text : `${found.text}\n\nFurther files of this skill: ${others.join(", ")}`;
}
