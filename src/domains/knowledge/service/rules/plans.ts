// Plans: the sections that let a fresh mind go on, timed progress, decisions, and nothing open in what is called completed. Pure.
import type { DocFacts, DocFinding, ItemFact } from "../../types/document.ts";
import { readDate } from "../dates.ts";
import { baseOf, relativePath } from "../paths.ts";
import { readTarget, resolveTarget } from "./link-target.ts";
import type { RuleInput } from "./links.ts";

interface Section { readonly name: string; readonly pattern: RegExp; readonly holds: string }

/** In the order in which a plan is read. */
export const planSections: readonly Section[] = [
  { name: "Purpose", pattern: /^(purpose|goal|why|big picture|intent)\b/i, holds: "what somebody can do afterwards that they cannot do now, and how one sees it" },
  { name: "Progress", pattern: /^progress\b/i, holds: "boxes with times (UTC): what is done, what is half done and what it lacks" },
  { name: "Surprises", pattern: /^(surprises?|discoveries|findings)\b/i, holds: "what turned out otherwise, with the evidence" },
  { name: "Decisions", pattern: /^decisions?\b/i, holds: "what was decided, when and why, and what was refused" },
  { name: "Outcome", pattern: /^(outcomes?|retrospective|results?)\b/i, holds: "on completion, what was reached against the purpose and what is left" },
];

export interface PlanFolders { readonly active: string; readonly completed: string }

export function planFolders(path: string): PlanFolders {
  const root = path.replace(/\/+$/, "");
  return { active: `${root}/active/`, completed: `${root}/completed/` };
}

/** Lines of a section: from its heading to the next of the same depth or above; undefined where it is missing. */
export function sectionOf(doc: DocFacts, section: Section): { readonly from: number; readonly to: number } | undefined {
  const at = doc.headings.findIndex((heading) => section.pattern.test(heading.text.replace(/^[\d.)\s]+/, "")));
  const heading = doc.headings[at];
  if (heading === undefined) return undefined;
  const next = doc.headings.slice(at + 1).find((one) => one.depth <= heading.depth);
  return { from: heading.line, to: next === undefined ? doc.lines : next.line - 1 };
}

const isWithin = (range: { readonly from: number; readonly to: number } | undefined, line: number): boolean => range !== undefined && line > range.from && line <= range.to;
/** A date, or the time of day where a plan is the work of one. */
const isTimed = (text: string): boolean => readDate(text) !== undefined || /\b([01]?\d|2[0-3]):[0-5]\d\b/.test(text);

/** Boxes that are not ticked, anywhere in the plan. */
export const openItems = (doc: DocFacts): readonly ItemFact[] => doc.items.filter((item) => item.isChecked === false);

/** True where the outcome holds more than a word that it is still to come. */
export function hasRetrospective(doc: DocFacts): boolean {
  const range = planSections[4] === undefined ? undefined : sectionOf(doc, planSections[4]);
  return doc.blocks.some(
    (block) =>
      isWithin(range, block.line) && !/^\W*(open\b|pending|todo\b|tbd\b|to be |none yet|not yet|on completion|written when|\.\.\.|…)/i.test(block.text),
  );
}

export function isPlan(doc: DocFacts, folders: PlanFolders): boolean {
  return (doc.file.startsWith(folders.active) || doc.file.startsWith(folders.completed)) && !/^(readme|index)\.md$/i.test(baseOf(doc.file));
}

export function checkPlans(input: RuleInput): readonly DocFinding[] {
  const plans = input.configuration.docs?.plans;
  if (plans === undefined) return [];
  const folders = planFolders(plans.path);
  const all = input.subject.docs.filter((doc) => isPlan(doc, folders));
  return [
    ...(plans.index === undefined ? [] : checkPlanIndex(input, plans.index, all)),
    ...all.filter((doc) => input.subject.isWanted(doc.file)).flatMap((doc) => checkPlan(doc, doc.file.startsWith(folders.completed), input.subject.today)),
  ];
}

/** The index of plans, where one is named: it is there as soon as there is a plan, and leads to each. */
function checkPlanIndex(input: RuleInput, file: string, plans: readonly DocFacts[]): readonly DocFinding[] {
  if (plans.length === 0 || input.subject.unread.some((one) => one.file === file)) return [];
  const index = input.byFile.get(file);
  const at = {
    rule: "docs-index",
    severity: "error" as const,
    file,
    line: index?.lines ?? 1,
    column: 1,
    endLine: index?.lines ?? 1,
    expected: `${file} leads to every plan, with its status and date`,
  };
  const rowOf = (plan: DocFacts) =>
    `| [${plan.headings[0]?.text ?? baseOf(plan.file)}](${relativePath(file, plan.file)}) | ${plan.file.includes("/completed/") ? "completed" : "active"} | ${input.subject.today} |`;
  if (index === undefined)
    return [
      {
        ...at,
        to: "missing",
        found: `there is no ${file}`,
        fix: `Write ${file} with a table \`| plan | status | date |\` and the row${plans.length === 1 ? "" : "s"} ${plans
          .slice(0, 5)
          .map((plan) => `\`${rowOf(plan)}\``)
          .join(", ")}${plans.length > 5 ? ", …" : ""}.`,
      },
    ];
  const reached = new Set(
    index.links.flatMap((link) => {
      const target = readTarget(file, link.target);
      return target === undefined ? [] : (resolveTarget(input.tree, target.path)?.path ?? []);
    }),
  );
  return plans
    .filter((plan) => !reached.has(plan.file))
    .map((plan): DocFinding => ({
      ...at,
      to: plan.file,
      found: `${plan.file} is not in the index`,
      fix: `Add a row to the table of ${file}: \`${rowOf(plan)}\`.`,
    }));
}

/** All findings of one plan; `isDone` for one that lies in completed/ or is about to. */
export function checkPlan(doc: DocFacts, isDone: boolean, today: string): readonly DocFinding[] {
  const at = (line: number) => ({ file: doc.file, line, column: 1, endLine: line, severity: "error" as const });
  const findings: DocFinding[] = [];
  for (const section of planSections) {
    if (sectionOf(doc, section) !== undefined) continue;
    findings.push({
      ...at(1),
      rule: "plan-sections",
      to: section.name,
      found: `no section ${section.name}`,
      expected: `a plan has the sections ${planSections.map((one) => one.name).join(", ")}`,
      fix: `Add \`## ${section.name}\` to ${doc.file}: ${section.holds}.`,
    });
  }
  const [, progress, , decisions] = planSections.map((section) => sectionOf(doc, section));
  const entries = doc.items.filter((item) => isWithin(progress, item.line) && item.depth === 1);
  if (progress !== undefined && entries.length === 0)
    findings.push({
      ...at(progress.from),
      rule: "plan-progress",
      to: "empty",
      found: "no entry of progress",
      expected: "a list of boxes, one a step",
      fix: `Write the steps below the heading: \`- [ ] <step>\`, and tick each when it is done: \`- [x] ${today} 10:00 <step>\`.`,
    });
  for (const item of entries.filter((one) => one.isChecked !== false && !isTimed(one.text))) {
    findings.push({
      ...at(item.line),
      rule: "plan-progress",
      to: item.text.slice(0, 80),
      found: "an entry of progress without a time",
      expected: "what was done says when (UTC), so that a reader can put it beside the commits",
      fix: `Begin the entry with the date and time: \`- [x] ${today} 10:00 …\`; \`git log --format=%cI -1\` tells them.`,
    });
  }
  if (isDone) {
    for (const item of openItems(doc))
      findings.push({
        ...at(item.line),
        rule: "plan-open-items",
        to: item.text.slice(0, 80),
        found: `an open item in a completed plan: ${item.text.slice(0, 80)}`,
        expected: "a completed plan has no open box",
        fix: "Tick it with its time if it was done, or move it to the list of debts and strike the line.",
      });
    if (decisions !== undefined && !doc.blocks.some((block) => isWithin(decisions, block.line)))
      findings.push({
        ...at(decisions.from),
        rule: "plan-decisions",
        to: "empty",
        found: "no decision is written",
        expected: "a completed plan says what was decided and why",
        fix: 'Write each decision with its date and reason, or "None beside the plan itself."',
      });
    if (planSections[4] !== undefined && sectionOf(doc, planSections[4]) !== undefined && !hasRetrospective(doc))
      findings.push({
        ...at(sectionOf(doc, planSections[4])?.from ?? 1),
        rule: "plan-outcome",
        to: "empty",
        found: "no retrospective",
        expected: "a completed plan says what was reached against its purpose, and what is left",
        fix: "Write below the heading what was reached, what was not, and what the next one should do otherwise.",
      });
  }
  return findings;
}
