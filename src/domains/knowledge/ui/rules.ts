// Names, summaries and reasons of the document and plan rules, as `inspan explain` shows them.
import type { ContributedCheck } from "../../../providers/index.ts";

const rule = (name: string, summary: string, why: string): ContributedCheck["rules"][number] => ({ name, summary, why });

export const documentRules: ContributedCheck["rules"] = [
  rule("docs-links", "Every relative link of a document leads to a file or folder that is there.", "a reader, and an agent even more, takes a link for a promise"),
  rule("docs-link-case", "Links are exact to the case.", "where the file system tells cases apart, the link is broken, and nobody on another system sees it"),
  rule("docs-anchors", "An anchor is the slug of a heading, or an id, of the document that it leads to.", "a wrong anchor opens the top of a page and loses what was meant"),
  rule("docs-paths", "A path in a code span exists, unless the sentence says otherwise.", "a document that names what is gone sends its reader into work that cannot succeed"),
  rule(
    "docs-symbols",
    "A symbol in a code span that the sources knew when the document was last changed or verified is still known.",
    "a renamed function leaves every sentence about it wrong",
  ),
  rule("docs-unread", "Every document can be read.", "what was not read must not look clean"),
  rule("docs-front-matter-form", "Front matter is valid YAML.", "a block that no program can read says nothing"),
  rule("docs-map", "The map is there.", "an agent that finds no map reads at random"),
  rule("docs-map-size", "The map is short.", "what is always in the context of an agent crowds out its task"),
  rule("docs-map-paths", "Every path that instructions for agents name exists.", "an agent follows its instructions to the letter"),
  rule("docs-map-commands", "Every script, target and recipe that instructions for agents name exists.", "a command that fails costs a turn and teaches distrust"),
  rule("docs-map-loop", "The map holds a numbered loop of work.", "an agent repeats what is written as steps, and forgets what is written as advice"),
  rule("docs-architecture", "ARCHITECTURE.md is there and short.", "whoever changes a house has to see it whole first"),
  rule("docs-reachable", "Every document is reached from the map in few hops.", "what is not found does not exist"),
  rule("docs-index", "An index lists every document below its folder, with status and date.", "a list that is not complete is not looked at"),
  rule("docs-both-ways", "Documents of a set that belong together link to each other both ways.", "a reader comes from either side"),
  rule("docs-modules", "Each module has its README and its conventions.", "what holds in one place is written in that place"),
  rule("docs-owner", "A document has an owner.", "what nobody owns nobody corrects"),
  rule("docs-status", "A document has a status, one of a few words.", "a reader has to know how far to trust a page"),
  rule("docs-front-matter", "A document carries the keys that the repository asks for.", "programs can only sort what is written in a form"),
  rule("docs-age", "A document of a tier was verified within the days of that tier.", "a page that nobody has read against the code for a year is a rumour"),
  rule("docs-stale", "A document is read again when what it covers has changed.", "a change of code is the moment at which its documents go wrong"),
  rule("docs-references", "A text from elsewhere has a source and a date.", "what was true of a library last year may be wrong today"),
  rule("docs-generated", "Generated files are there, and written after their sources.", "a generated page that lags behind is believed all the same"),
  rule("plan-sections", "A plan has its sections.", "a plan is a file from which a fresh mind can go on alone"),
  rule("plan-progress", "A plan has entries of progress, and what was done says when.", "progress without times cannot be put beside the commits"),
  rule("plan-decisions", "A completed plan holds its decisions.", "why it is so is lost with the session that knew it"),
  rule("plan-open-items", "A completed plan has no open box.", "what is open in a closed plan is done by nobody"),
  rule("plan-outcome", "A completed plan says what was reached.", "who does not look back repeats"),
  rule("plan-needed", "A large change comes with its plan.", "a change of many files whose reasons stand nowhere can be reviewed, continued and undone by nobody"),
  rule("docs-map-reviewers", "The map names the reviewers' folder.", "who knows what a review looks for does it before the review"),
  rule("docs-skills", "A skill has the name of its folder and says when it is used.", "an agent decides by these two lines alone"),
  rule("docs-skills-count", "A repository has few skills.", "each stands in every prompt, and who has to choose among many chooses worse"),
];
