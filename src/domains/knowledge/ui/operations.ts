// Commands about plans and documents. Loads no parser until a handler runs.
import { z } from "zod";
import { exitCodes } from "../../../base/errors.ts";
import { nameInLine, plural, renderTable, withoutControls } from "../../../base/text.ts";
import { defineOperation } from "../../../providers/index.ts";
import type { PathContext } from "../runtime/context.ts";
import type { CheckedPlans, CompletedPlan, NewPlan } from "../runtime/plans.ts";
import type { DocsReport } from "../runtime/report.ts";
import type { DocFinding } from "../types/document.ts";

/** More findings of plans are not read at once. */
const findingsShownMax = 20;
/** More documents than this are in the JSON. */
const documentsShownMax = 40;

function renderFindings(findings: readonly DocFinding[]): string[] {
  const lines = findings
    .slice(0, findingsShownMax)
    .map(
      (one) =>
        `ERROR ${one.rule}\nFile: ${nameInLine(one.file)}\nLine: ${one.line}\nFound: ${withoutControls(one.found)}\nExpected: ${one.expected}\nFix: ${withoutControls(one.fix)}\n`,
    );
  return findings.length > findingsShownMax ? [...lines, `… and ${findings.length - findingsShownMax} more`] : lines;
}

const planNew = defineOperation({
  name: "knowledge/plan-new", command: "plan new", summary: "Write a new plan with its sections, and enter it in the index of plans",
  audience: "person", readOnly: false,
  input: z.object({ title: z.array(z.string()).min(1).describe("What the plan is about, in a few words.") }),
  positional: ["title"],
  handler: async (input, context): Promise<NewPlan> => (await import("../runtime/index.ts")).newPlan(context, input.title.join(" ")),
  render: (answer) =>
    [
      `wrote ${answer.plan}`,
      ...answer.updated.map((file) => `entered in ${file}`),
      `Next: write its purpose and steps, then run: inspan plan check ${answer.plan}`,
    ].join("\n"),
});

const planCheck = defineOperation({
  name: "knowledge/plan-check", command: "plan check", summary: "Check one plan or all of them: sections, times, open items",
  audience: "person", readOnly: true,
  input: z.object({ plan: z.string().optional().describe("Path, file name or number of a plan; all of them unless told.") }),
  positional: ["plan"],
  handler: async (input, context): Promise<CheckedPlans> => (await import("../runtime/index.ts")).checkPlansOf(context, input.plan),
  render: (answer) =>
    [
      ...renderFindings(answer.findings),
      answer.findings.length === 0
        ? `OK: ${plural(answer.plans.length, "plan")}`
        : `${plural(answer.findings.length, "finding")} in ${plural(answer.plans.length, "plan")}`,
    ].join("\n"),
  exitCode: (answer) => (answer.findings.length > 0 ? exitCodes.findings : exitCodes.fine),
});

const planComplete = defineOperation({
  name: "knowledge/plan-complete",
  command: "plan complete",
  summary: "Move a finished plan to completed/, with its index entry and the links to it; refused while something is open",
  audience: "person", readOnly: false,
  input: z.object({ plan: z.string().describe("Path, file name or number of the plan.") }),
  positional: ["plan"],
  handler: async (input, context): Promise<CompletedPlan> => (await import("../runtime/index.ts")).completePlan(context, input.plan),
  render: (answer) =>
    answer.isCompleted
      ? [`completed ${answer.plan}`, ...answer.updated.map((file) => `updated ${file}`)].join("\n")
      : [
          ...renderFindings(answer.findings),
          `Refused: ${answer.plan} is not finished. Next: repair the above, then run: inspan plan complete ${answer.plan}`,
        ].join("\n"),
  exitCode: (answer) => (answer.isCompleted ? exitCodes.fine : exitCodes.findings),
});

const context = defineOperation({
  name: "knowledge/context", command: "context", summary: "Say what to know before changing a path: rules, decisions, documents, journeys, history",
  audience: "both", readOnly: true,
  input: z.object({
    path: z.string().describe("File or folder of this repository; it may be one that does not exist yet."),
    tokensMax: z.int().min(100).max(100_000).default(2000).describe("Budget of the answer in tokens; what does not fit is counted."),
  }),
  positional: ["path"],
  handler: async (input, operation): Promise<PathContext> => (await import("../runtime/index.ts")).contextOf(operation, input.path, input.tokensMax),
  render: renderContext,
});

function renderContext(answer: PathContext): string {
  const titles = { guardrail: "Guardrails", decision: "Decisions", document: "Documents", journey: "Journeys", commit: "History" } as const;
  const parts = (["guardrail", "decision", "document", "journey", "commit"] as const).flatMap((kind) => {
    const own = answer.entries.filter((entry) => entry.kind === kind);
    if (own.length === 0) return [];
    return [
      titles[kind],
      ...own.map((entry) =>
        withoutControls(
          `- ${entry.date === "" ? "" : `${entry.date} `}${entry.where}: ${entry.title}${entry.text === "" ? "" : `. ${entry.text}`}${entry.tokens === 0 ? "" : ` (${entry.tokens} tokens)`}`,
        ),
      ),
      "",
    ];
  });
  const omitted = Object.entries(answer.omitted).map(([kind, count]) => plural(count, kind));
  return [
    ...parts,
    answer.entries.length === 0 ? `Nothing is written about ${answer.path}.` : `about ${answer.tokens} tokens`,
    ...(omitted.length === 0 ? [] : [`Left out: ${omitted.join(", ")}. Next: inspan context ${answer.path} --tokens-max ${answer.tokensMax * 4}`]),
  ].join("\n");
}

const report = defineOperation({
  name: "knowledge/docs-report", command: "docs report", summary: "Show how many hops each document lies from the map, and what each hop costs to read",
  audience: "person", readOnly: true,
  input: z.object({}),
  handler: async (_input, operation): Promise<DocsReport> => (await import("../runtime/index.ts")).reportDocuments(operation),
  render: (answer) => {
    const lost = answer.documents.filter((one) => one.hops === null);
    const head = answer.isMapThere ? [] : [`There is no map ${answer.map}: nothing is reached.`];
    const rows = renderTable([
      ["hops", "documents", "tokens"],
      ...answer.hops.map((one) => [String(one.hops), String(one.documents), String(one.tokens)]),
      ...(lost.length === 0 ? [] : [["none", String(lost.length), String(lost.reduce((sum, one) => sum + one.tokens, 0))]]),
    ]);
    const shown = answer.documents.slice(0, documentsShownMax);
    const list = renderTable(
      shown.map((one) => [
        one.hops === null ? "-" : String(one.hops),
        String(one.tokens),
        `${nameInLine(one.file)}${one.via === null ? "" : `  from ${nameInLine(one.via)}`}`,
      ]),
    );
    return [
      ...head,
      rows,
      "",
      list,
      ...(answer.documents.length > shown.length ? [`… and ${answer.documents.length - shown.length} more: inspan docs report --json`] : []),
    ].join("\n");
  },
});

export const knowledgeOperations = [planNew, planCheck, planComplete, context, report];
