// Rules of the repository over facts: their modules run in the sandbox, facts as JSON in, findings as JSON out, everything bounded.
import { z } from "zod";
import { InspanError, messageOf } from "../../../base/errors.ts";
import type { CheckSubject, ContributedFinding, OperationContext } from "../../../providers/index.ts";
import { compileGlobs } from "../config/match.ts";
import { openSources, type Sources } from "../repo/open-sources.ts";
import { FactsFinding, FactsRule } from "../config/custom-rule.ts";
import { rulesFolder } from "../config/rule-files.ts";
import { joinRequests } from "../types/facts-request.ts";
import type { ResolvedFacts } from "../types/facts.ts";
import { refusal } from "./rule-refusal.ts";

/** A rule that thinks longer holds up every check. */
const timeoutMs = 30_000;
/** Facts of a million lines; more has to be narrowed by `in`. */
const inputCharsMax = 256 * 1024 * 1024;
const outputBytesMax = 8 * 1024 * 1024;
/** One rule that says more is broken or repeats itself. */
const findingsMax = 2_000;

/** Reads its questions on standard input, and answers in one line behind a mark: a rule may print what it likes before. */
const runner = `
import { pathToFileURL } from "node:url";
let text = ""; process.stdin.setEncoding("utf8"); for await (const part of process.stdin) text += part;
const { mode, rules } = JSON.parse(text);
const answers = [];
for (const one of rules) {
  try {
    const { rule } = await import(pathToFileURL(one.path).href);
    if (typeof rule?.check !== "function") throw new Error("it exports no \`rule\` with a function \`check\`");
    answers.push(mode === "describe" ? { about: { ...rule, check: undefined } } : { results: await Promise.all(one.cases.map((files) => rule.check(files))) });
  } catch (error) { answers.push({ error: String(error?.message ?? error).slice(0, 500) }); }
}
process.stdout.write("\\n\\u0002" + JSON.stringify(answers) + "\\n", () => process.exit(0));
`;

const Described = z.array(z.union([z.object({ about: FactsRule }), z.object({ error: z.string() }), z.object({ about: z.unknown() })]));
const Answered = z.array(z.union([z.object({ results: z.array(z.array(FactsFinding).max(findingsMax)) }), z.object({ error: z.string() })]));

interface Rule { readonly file: string; readonly about: FactsRule }

export async function runFactsRules(context: OperationContext, subject: CheckSubject, modules: readonly string[]): Promise<readonly ContributedFinding[]> {
  const pathOf = (file: string) => `${subject.rootPath}/${file}`;
  try {
    const described = Described.parse(await ask(context, subject.rootPath, { mode: "describe", rules: modules.map((file) => ({ path: pathOf(file) })) }));
    const refused: ContributedFinding[] = [];
    const rules = described.flatMap((one, at): Rule[] => {
      const file = modules[at] ?? "";
      if ("error" in one) {
        refused.push(
          refusal(file, `the rule cannot be loaded: ${one.error}`, `Correct ${file}; \`inspan check new-rule example --over facts\` writes a complete one.`),
        );
        return [];
      }
      const about = FactsRule.safeParse(one.about);
      if (about.success) return [{ file, about: about.data }];
      const [issue] = about.error.issues;
      refused.push(
        refusal(
          file,
          `the rule is refused: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? "another form"}`,
          `Correct ${file}; \`inspan check new-rule example --over facts\` writes a complete one, with its tables.`,
        ),
      );
      return [];
    });
    return rules.length === 0 ? refused : [...refused, ...await runProved(context, subject, rules, pathOf)];
  } catch (error) {
    if (error instanceof InspanError && error.code === "SANDBOX_MISSING")
      return [
        refusal(
          modules[0] ?? "",
          `${modules.length} rules over facts did not run: no sandbox works on this machine`,
          "Install bubblewrap, or write the rules in ast-grep YAML, which run without one. See: inspan doctor",
        ),
      ];
    if (error instanceof InspanError && error.code !== "RULE_FAILED") throw error;
    return [refusal(modules[0] ?? "", `rules over facts failed: ${messageOf(error).slice(0, 300)}`, "Run the module alone with Node, and correct it.")];
  }
}

export interface TriedRule {
  readonly about: FactsRule;
  /** What it finds in each case, in their order. */ readonly cases: readonly (readonly FactsFinding[])[];
  /** And in the repository. */ readonly tree: readonly FactsFinding[];
  /** Files of the repository that it is for. */ readonly filesInScope: number;
}

/** One module tried on cases and on a checkout, before anybody relies on it; what is wrong with it is an answer. Rejects with SANDBOX_MISSING, RULE_FAILED. */
export async function tryFactsRule(
  context: Pick<OperationContext, "providers" | "statePath" | "signal">,
  {
    rootPath,
    file,
    cases,
  }: {
    readonly rootPath: string;
    /** Below the root. */ readonly file: string;
    readonly cases: readonly (readonly { readonly file: string; readonly text: string }[])[];
  },
): Promise<TriedRule | { readonly error: string }> {
  const path = `${rootPath}/${file}`;
  const [described] = Described.parse(await ask(context, rootPath, { mode: "describe", rules: [{ path }] }));
  if (described === undefined || "error" in described) return { error: described?.error ?? "it gave no answer" };
  const parsed = FactsRule.safeParse(described.about);
  if (!parsed.success) { const [issue] = parsed.error.issues; return { error: `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "another form"}` }; }
  const about = parsed.data;
  const { sources, facts } = await readFacts(context, rootPath, [about]);
  const isIn = compileGlobs(about.in);
  const scoped = facts.filter((one) => isIn(one.file));
  const own = await Promise.all(cases.map((one) => readCase(sources, one)));
  const [answer] = Answered.parse(await ask(context, rootPath, { mode: "run", rules: [{ path, cases: [...own, scoped] }] }));
  if (answer === undefined || "error" in answer) return { error: answer?.error ?? "it gave no answer" };
  const known = new Set(facts.map((one) => one.file));
  return { about, cases: answer.results.slice(0, -1), tree: (answer.results.at(-1) ?? []).filter((one) => known.has(one.file)), filesInScope: scoped.length };
}

type FactsContext = Pick<OperationContext, "providers" | "statePath" | "signal">;

async function readFacts(context: FactsContext, rootPath: string, abouts: readonly FactsRule[]): Promise<{ readonly sources: Sources; readonly facts: readonly ResolvedFacts[] }> {
  const request = joinRequests(
    abouts.map((about) => ({
      ...Object.fromEntries(about.facts.filter((one) => one !== "calls").map((one) => [one, true])),
      ...(about.facts.includes("calls") ? { calls: ["*"] } : {}),
    })),
  );
  const sources = await openSources({ providers: context.providers, rootPath, request, statePath: context.statePath, signal: context.signal });
  const { facts } = await sources.read(sources.files.filter((file) => !file.startsWith(`${rulesFolder}/`)));
  return { sources, facts };
}

const readCase = (sources: Sources, files: readonly { readonly file: string; readonly text: string }[]): Promise<ResolvedFacts[]> =>
  Promise.all(files.map(({ file, text }) => sources.readText(file, text)));

/** The tables and the repository go in together: one process for all rules. */
async function runProved(context: OperationContext, subject: CheckSubject, rules: readonly Rule[], pathOf: (file: string) => string): Promise<readonly ContributedFinding[]> {
  const { sources, facts } = await readFacts(context, subject.rootPath, rules.map(({ about }) => about));
  const cases = await Promise.all(rules.map(async ({ about }) => {
    const isIn = compileGlobs(about.in);
    const tables: ResolvedFacts[][] = [];
    for (const one of [...about.valid, ...about.invalid]) tables.push(await readCase(sources, Array.isArray(one) ? one : [one]));
    return [...tables, facts.filter((one) => isIn(one.file))];
  }));
  const answers = Answered.parse(await ask(context, subject.rootPath, { mode: "run", rules: rules.map(({ file }, at) => ({ path: pathOf(file), cases: cases[at] ?? [] })) }));
  return answers.flatMap((answer, at): readonly ContributedFinding[] => {
    const rule = rules[at];
    if (rule === undefined) return [];
    const { file, about } = rule;
    if ("error" in answer) return [refusal(file, `the rule failed: ${answer.error}`, `Correct \`check\` in ${file}.`)];
    const wrongValid = answer.results.slice(0, about.valid.length).findIndex((found) => found.length > 0);
    if (wrongValid !== -1) return [refusal(file, `the rule finds something in the valid case ${wrongValid + 1}`, `Make \`check\` narrower, or move the case to \`invalid\`.`)];
    const wrongInvalid = answer.results.slice(about.valid.length, -1).findIndex((found) => found.length === 0);
    if (wrongInvalid !== -1) return [refusal(file, `the rule finds nothing in the invalid case ${wrongInvalid + 1}`, `Make \`check\` wider, or move the case to \`valid\`.`)];
    const known = new Set(facts.map((one) => one.file));
    return (answer.results.at(-1) ?? [])
      .filter((one) => known.has(one.file))
      .map((one) => ({ ...one, endLine: one.endLine ?? one.line, rule: about.name, severity: about.severity, reference: file }));
  });
}

async function ask(context: FactsContext, rootPath: string, question: unknown): Promise<unknown> {
  const { processes, sandbox, files } = context.providers;
  const text = JSON.stringify(question);
  if (text.length > inputCharsMax) throw new InspanError("RULE_FAILED", "Cannot run the rules over facts: the facts are too many, expected a narrower `in`.");
  const folder = await files.makeTemporaryFolder("inspan-rules-");
  try {
    const spec = {
      command: ["node", "--disable-warning=ExperimentalWarning", "--input-type=module", "-e", runner] as const,
      cwd: rootPath,
      env: processes.environment(),
      stdin: { kind: "text" as const, text },
      timeoutMs,
      outputBytesMax,
      signal: context.signal,
    };
    const prepared = await sandbox.prepare(spec, { writable: [folder], readable: [rootPath], network: "loopback" }, { isUnsandboxedAllowed: false });
    try {
      const result = await processes.run(prepared.spec);
      const mark = result.stdout.lastIndexOf("\u0002");
      if (result.outcome !== "exited" || mark === -1)
        throw new InspanError(
          "RULE_FAILED",
          `Cannot run the rules over facts: ${result.outcome === "exited" ? result.stderr.trim().slice(-300) : result.outcome}.`,
        );
      const value: unknown = JSON.parse(result.stdout.slice(mark + 1));
      return value; // parsed by the schema of the question
    } finally { await prepared.dispose(); }
  } finally { await files.remove(folder); }
}
