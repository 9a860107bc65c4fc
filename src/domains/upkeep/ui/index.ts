// Upkeep on the command line: gc, garden, and what a person says about their proposals.
import { z } from "zod";
import { exitCodes } from "../../../base/errors.ts";
import { plural, renderTable } from "../../../base/text.ts";
import { defineOperation, type Contribution } from "../../../providers/index.ts";
import { upkeepSection } from "../config/index.ts";

/** A terminal's page; --json has all. */
const shownMax = 40;

const runFields = {
  max: z.number().int().min(1).max(200).optional().describe("Pull requests of this run at most; upkeep.max of inspan.yaml unless told"),
  dryRun: z.boolean().default(false).describe("Only say what was found and what would be proposed"),
  until: z.enum(["pr", "merge"]).optional().describe("How far each goes; as the merge policy says unless told"),
  agent: z.string().optional().describe("Which agent works"),
  model: z.string().optional().describe("The agent's model"),
  effort: z.string().optional().describe("How much the model reasons"),
  readings: z
    .number()
    .int()
    .min(0)
    .max(200)
    .optional()
    .describe("What an agent reads at most: principles with a reviewer, documents against the code they cover; upkeep.readings unless told, 0 for none"),
  tokens: z.number().int().positive().optional().describe("Tokens of the whole run, of readers and all tasks; upkeep.tokens unless told"),
  unsandboxed: z.boolean().default(false).describe("Accept that commands run without a sandbox where this machine has none"),
};
type RunInput = z.infer<z.ZodObject<typeof runFields>>;
const toInput = (input: RunInput) => ({
  max: input.max,
  isDryRun: input.dryRun,
  agent: { driver: input.agent, model: input.model, effort: input.effort },
  until: input.until,
  isUnsandboxedAllowed: input.unsandboxed,
  readings: input.readings,
  tokens: input.tokens,
});

interface End {
  readonly title: string;
  readonly state: string;
  readonly question: string | null;
  readonly pullRequest: { readonly id: string; readonly state: string; readonly url: string } | null;
}
const exitCodeOfEnds = (ends: readonly End[]): number =>
  ends.some(({ state }) => state === "failed")
    ? exitCodes.findings
    : ends.some(({ state }) => state === "held" || state === "left-out")
      ? exitCodes.held
      : exitCodes.fine;
const renderEnds = (ends: readonly End[]): readonly string[] =>
  ends.map(
    ({ title, state, question, pullRequest }) =>
      `${state}  ${title}${pullRequest === null ? "" : `  ${pullRequest.id} ${pullRequest.state} ${pullRequest.url}`}${question === null ? "" : `\n      ${question}`}`,
  );

const gcOperation = defineOperation({
  name: "upkeep/gc", command: "gc", summary: "Find deviations from the golden principles and open one small pull request each; none where nothing deviates",
  audience: "person", readOnly: false, input: z.object(runFields),
  handler: async (input, context) => (await import("../runtime/index.ts")).runGc(context, toInput(input)),
  render: ({ base, found, failed, proposed, isDryRun, grades, isOwn, lessons, tokens }) => {
    const rows = found.slice(0, shownMax).map(({ id, kind, file, line, state, because }) => [id, kind, `${file}:${line}`, state, because]);
    return [
      ...(rows.length === 0 ? ["Nothing deviates."] : [renderTable([["ID", "KIND", "WHERE", "STATE", "BECAUSE"], ...rows])]),
      ...(found.length > shownMax ? [`… and ${found.length - shownMax} more: inspan gc --dry-run --json`] : []),
      ...failed.map(({ file, why }) => `not judged: ${file}: ${why}`),
      ...renderEnds(proposed),
      ...lessons.map(({ kind, because }) => `not again: ${kind} (${because}); written to the page of lessons, commit it`),
      `${base.slice(0, 12)}: ${plural(found.length, "deviation")}, ${isDryRun ? `${plural(found.filter(({ state }) => state === "new").length, "pull request")} would be opened` : `${plural(proposed.filter(({ pullRequest }) => pullRequest !== null).length, "pull request")}`}${tokens.spent === 0 ? "" : `; ${tokens.spent} of ${tokens.max} tokens`}; grade ${grades.before.overall}${grades.after === null ? "" : ` → ${grades.after.overall}`}`,
      ...(isOwn ? [] : ["The principles are ours, since docs/golden-principles.md is not there. Next: inspan init"]),
    ].join("\n");
  },
  exitCode: ({ proposed }) => exitCodeOfEnds(proposed),
});

const gardenOperation = defineOperation({
  name: "upkeep/garden", command: "garden", summary: "Find stale and untrue documents and open one small pull request a page; none where all are true",
  audience: "person", readOnly: false, input: z.object(runFields),
  handler: async (input, context) => (await import("../runtime/index.ts")).runGarden(context, toInput(input)),
  render: ({ base, found, read, failed, left, proposed, isDryRun, lessons, tokens }) => [
    ...(found.length === 0
      ? []
      : [
          renderTable([
            ["ID", "KIND", "PAGE", "STATE", "FOUND"],
            ...found
              .slice(0, shownMax)
              .map((one) => [one.id, one.kind, `${one.file}:${one.line}`, one.state, (one.because || one.found).split("\n")[0]?.slice(0, 120) ?? ""]),
          ]),
        ]),
    ...failed.map(({ file, why }) => `not read: ${file}: ${why}`),
    ...renderEnds(proposed),
    ...lessons.map(({ kind, because }) => `not again: ${kind} (${because}); written to the page of lessons, commit it`),
    `${base.slice(0, 12)}: ${plural(found.length, "page")} to mend, ${plural(read.length, "document")} read${left > 0 ? `, ${left} left for the next run` : ""}, ${isDryRun ? `${plural(found.filter(({ state }) => state === "new").length, "pull request")} would be opened` : plural(proposed.filter(({ pullRequest }) => pullRequest !== null).length, "pull request")}${tokens.spent === 0 ? "" : `; ${tokens.spent} of ${tokens.max} tokens`}`,
  ].join("\n"),
  exitCode: ({ proposed }) => exitCodeOfEnds(proposed),
});

const rejectOperation = defineOperation({
  name: "upkeep/reject", command: "gc reject", summary: "Never propose this kind of repair again; the reason is written to docs/lessons.md",
  audience: "person", readOnly: false, positional: ["name"],
  input: z.object({
    name: z.string().min(1).max(200).describe("A kind (principle/rule), a principle, a deviation's id, or a pull request of gc or garden"),
    because: z.string().min(3).max(400).describe("Why"),
    where: z.string().min(1).max(400).default("**").describe("Only in these files: globs"),
  }),
  handler: async (input, context) => (await import("../runtime/index.ts")).rejectKind(context, input),
  render: ({ kind, file, isChanged }) => (isChanged ? `${kind} is not proposed any more: ${file}. Next: git commit ${file}` : `${file} says so already.`),
});

const allowOperation = defineOperation({
  name: "upkeep/allow", command: "gc allow", summary: "Propose a rejected kind again; its rows of docs/lessons.md go",
  audience: "person", readOnly: false, positional: ["name"],
  input: z.object({ name: z.string().min(1).max(200).describe("The kind, the principle, or the deviation's id") }),
  handler: async (input, context) => (await import("../runtime/index.ts")).allowKind(context, input.name),
  render: ({ kind, file, isChanged }) => (isChanged ? `${kind} may be proposed again. Next: git commit ${file}` : `${kind} was not rejected.`),
});

const principleRule = (name: string, summary: string, why: string) => ({ name, summary, why });

export const contribution: Contribution = {
  domain: "upkeep", operations: [gcOperation, gardenOperation, rejectOperation, allowOperation], configSections: [upkeepSection],
  checks: [{
    rules: [
      principleRule("principles-form", "A golden principle has an id, a reason, a detector and a repair.", "what lacks one of them is advice, and advice is not followed"),
      principleRule("principles-detector", "The detector of a golden principle exists.", "a principle that nothing detects is a wish"),
    ],
    run: async (context, subject) => {
      // Every check comes by here: where there is no page nothing is loaded, and else this one file.
      const { principles: path } = subject.configuration.read(upkeepSection);
      if (!subject.files.some((file) => file === path || file.startsWith(`${path}/`))) return [];
      return (await import("../runtime/check-principles.ts")).checkPrinciples(context, subject);
    },
  }],
  judgeGoal: async (context, subject) => (await import("../runtime/index.ts")).judgeGoal(context, subject),
};
