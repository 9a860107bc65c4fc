// What lint adds to the command line, the HTTP API and agents: check, graph, explain. Loads no parser until a handler runs.
import { resolve } from "node:path";
import { z } from "zod";
import { exitCodes, InspanError } from "../../../base/errors.ts";
import { type Contribution, defineOperation, type OperationContext } from "../../../providers/index.ts";
import { readLintConfiguration } from "../config/lint-configuration.ts";
import { isPatternFile, patternEndings } from "../config/rule-files.ts";
import { rulesSection } from "../config/rules.ts";
import { domainsSection, exceptionsSection, layersSection, providersSection } from "../config/sections.ts";
import { listAllFiles } from "../repo/list-all.ts";
import { explainRule, type Explanation, ruleNames } from "../service/explain.ts";
import { drawGraph } from "../service/graph.ts";
import { renderGithub, renderSarif } from "../service/machine-formats.ts";
import { renderReport } from "../service/text.ts";
import type { CheckReport, GraphReport } from "../types/report.ts";
import { baselineOperations } from "./baseline.ts";
import { buildOperations } from "./build.ts";
import { importOperations } from "./import-rules.ts";
import { findRoot } from "./find-root.ts";
import { hookOperations } from "./hook.ts";
import { newRuleOperations } from "./new-rule.ts";

export { findRoot };

/** Git lists while the schemas of all domains load. What goes wrong is told where the list is awaited. */
function startListing({ providers, signal }: OperationContext, rootPath: string): Promise<readonly string[]> {
  const listing = providers.files.realPath(rootPath).then((real) => listAllFiles(providers, real ?? rootPath, signal));
  listing.catch(() => undefined);
  return listing;
}

const check = defineOperation({
  name: "lint/check", command: "check",
  summary: "Check this repository: architecture, own rules, taste, documents",
  audience: "both", readOnly: true,
  input: z.object({
    paths: z.array(z.string()).default([]).describe("Files or folders whose findings are wanted; all unless told."),
    changed: z.boolean().default(false).describe("Only findings in files that differ from the last commit, or from --since."),
    since: z.string().optional().describe("Commit or branch that --changed compares with."),
    staged: z.boolean().default(false).describe("Only findings in files staged for the next commit (for a pre-commit hook); their text is read from the working tree."),
    import: z
      .array(z.string())
      .default([])
      .describe(
        "Findings of another linter, `ruff=<file>` or `oxlint=<file>` with its JSON, `-` for standard input; they are worded, baselined and excepted like ours.",
      ),
    require: z.array(z.string()).default([]).describe("A boundary that must be declared (`layers`, `domains`, an own rule): for tests, so that taking it away fails them."),
    forbid: z
      .array(z.string().regex(/^\S.* -> .*\S$/, 'expected "src/a.ts -> src/b.ts"'))
      .default([])
      .describe('An import that the rules must forbid: "src/a.ts -> src/b.ts"; the files need not exist.'),
    daemon: z.boolean().default(false).describe("Single files are answered by a daemon that holds the repository ready; it is started where there is none, and ends by itself."),
    format: z.enum(["text", "json", "sarif", "github"]).default("text").describe("Form of the report."),
  }),
  positional: ["paths"], personFields: ["import", "staged", "require", "forbid", "daemon"],
  async handler(input, context): Promise<CheckReport> {
    const rootPath = await findRoot(context);
    const listing = startListing(context, rootPath);
    const { contributedBy, readToolReports, runCheck, watchConfiguration } = await import("../runtime/index.ts");
    // All undefined where an agent calls.
    const [named, required, forbidden, isStaged] = [input.import ?? [], input.require ?? [], input.forbid ?? [], input.staged === true];
    const isChanged = input.changed || input.since !== undefined;
    const watched = watchConfiguration({ providers: context.providers, rootPath, statePath: context.statePath });
    const configuration = await context.loadConfiguration(rootPath);
    const report = await runCheck({
      providers: context.providers, rootPath, configuration, listing, signal: context.signal, statePath: context.statePath, contributed: await contributedBy(context),
      paths: input.paths.map((path) => resolve(context.cwd, path)), ...(isChanged ? { changedSince: input.since ?? "HEAD" } : {}), isStaged,
      ...(required.length + forbidden.length === 0
        ? {}
        : {
            demand: {
              required,
              forbidden: forbidden.map((one) => {
                const [from = "", to = ""] = one.split(" -> ");
                return { from, to };
              }),
            },
          }),
      ...(named.length === 0 ? {} : { reports: await readToolReports({ providers: context.providers, named, cwd: context.callerPath, readStdin: () => context.readStdin() }) }),
    });
    await watched.keep(configuration);
    return report;
  },
  render(report, input) {
    switch (input.format) {
      case "json": return JSON.stringify(report);
      case "sarif": return renderSarif(report);
      case "github": return renderGithub(report);
      case "text": return renderReport(report);
    }
  },
  exitCode: (report) => (report.findings.some((finding) => finding.severity === "error" && !finding.baselined) ? exitCodes.findings : exitCodes.fine),
});

const graph = defineOperation({
  name: "lint/graph", command: "graph",
  summary: "Print the import graph of this repository",
  audience: "person", readOnly: true,
  input: z.object({ format: z.enum(["json", "mermaid", "dot", "svg"]).default("mermaid").describe("`json` holds every file and edge, the drawings only domains and layers.") }),
  async handler(_input, context): Promise<GraphReport> {
    const { runGraph } = await import("../runtime/index.ts");
    const rootPath = await findRoot(context);
    return runGraph({ providers: context.providers, rootPath, configuration: await context.loadConfiguration(rootPath), statePath: context.statePath, signal: context.signal });
  },
  render: (report, input) => (input.format === "json" ? JSON.stringify(report) : drawGraph(report, input.format)),
});

const explain = defineOperation({
  name: "lint/explain", command: "explain",
  summary: "Say what a rule of the check wants, why, and how it is set",
  audience: "both", readOnly: true,
  input: z.object({ rule: z.string().describe("Name of the rule, as in a finding.") }),
  positional: ["rule"],
  async handler(input, context): Promise<Explanation> {
    const configuration = readLintConfiguration(await context.loadConfiguration(await findRoot(context)));
    const contributed = (await context.contributions()).flatMap((one) => (one.checks ?? []).flatMap((two) => two.rules));
    const explanation = explainRule(input.rule, configuration, contributed);
    if (explanation !== undefined) return explanation;
    throw new InspanError(
      "RULE_UNKNOWN",
      `Cannot explain "${input.rule}": no rule has this name, expected one of ${ruleNames(configuration, contributed).join(", ")}.`,
      { kind: "usage" },
    );
  },
  render: (explanation) => `${explanation.rule}: ${explanation.summary}\nWhy: ${explanation.why}\n${explanation.configuration}`,
});

export const contribution: Contribution = {
  domain: "lint",
  operations: [check, graph, explain, ...hookOperations, ...baselineOperations, ...importOperations, ...buildOperations, ...newRuleOperations],
  configSections: [domainsSection, layersSection, providersSection, rulesSection, exceptionsSection],
  checks: [{
    rules: [
      {
        name: "custom-rules",
        summary: "Rules in .inspan/rules can be read, and their tables of tests hold.",
        why: "A rule that was never seen to find something, and to let something pass, proves nothing.",
      },
    ],
    // Those in ast-grep's form; the rules themselves too, which are refused at once where their tables do not hold.
    answersFor: (file) => isPatternFile(file) || patternEndings.test(file),
    run: async (context, subject) =>
      subject.files.some((file) => file.startsWith(".inspan/rules/")) ? (await import("../runtime/index.ts")).runCustomRules(context, subject) : [],
  }],
};
