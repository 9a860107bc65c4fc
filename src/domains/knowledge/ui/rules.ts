// Names, summaries and reasons of the document and plan rules, as `inspan explain` shows them.
import type { ContributedCheck } from "../../../providers/index.ts";

const rule = (name: string, summary: string, why: string): ContributedCheck["rules"][number] => ({ name, summary, why });

export const documentRules: ContributedCheck["rules"] = [
  rule("docs-links", "Every relative link of a document leads to a file or folder that is there.", "a reader, and an agent even more, takes a link for a promise"),
  rule("docs-link-case", "Links are exact to the case.", "where the file system tells cases apart, the link is broken, and nobody on another system sees it"),
  rule("docs-anchors", "An anchor is the slug of a heading, or an id, of the document that it leads to.", "a wrong anchor opens the top of a page and loses what was meant"),
  rule("docs-paths", "A path in a code span exists, unless the sentence says otherwise.", "a document that names what is gone sends its reader into work that cannot succeed"),
  rule("docs-symbols", "A symbol in a code span that the sources knew when the document was last changed or verified is still known.", "a renamed function leaves every sentence about it wrong"),
  rule("docs-unread", "Every document can be read.", "what was not read must not look clean"),
  rule("docs-front-matter-form", "Front matter is valid YAML.", "a block that no program can read says nothing"),
  rule("docs-map", "The map is there.", "an agent that finds no map reads at random"),
  rule("docs-map-size", "The map is short.", "what is always in the context of an agent crowds out its task"),
  rule("docs-map-paths", "Every path that instructions for agents name exists.", "an agent follows its instructions to the letter"),
  rule("docs-map-commands", "Every script, target and recipe that instructions for agents name exists.", "a command that fails costs a turn and teaches distrust"),
  rule("docs-map-loop", "The map holds a numbered loop of work.", "an agent repeats what is written as steps, and forgets what is written as advice"),
  rule("docs-map-reviewers", "The map names the reviewers' folder.", "who knows what a review looks for does it before the review"),
];
