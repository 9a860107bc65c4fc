// What a rule is about, for a person or an agent that met it in a finding. Pure text.
import type { LintConfiguration } from "../config/lint-configuration.ts";
import { toolOfRule } from "../types/tool-report.ts";
import { kinds } from "./kinds/table.ts";

export interface Explanation {
  readonly rule: string;
  readonly summary: string;
  readonly why: string;
  readonly configuration: string;
}

/** A rule of another domain. */
export interface ContributedRule { readonly name: string; readonly summary: string; readonly why: string }

type BuiltinName = "layers" | "domains" | "providers" | "cycles" | "unassigned" | "file-size" | "function-size" | "parse" | "coverage" | "exceptions" | "baseline" | "boundaries";

const builtin: Readonly<Record<BuiltinName, Omit<Explanation, "rule">>> = {
  layers: {
    summary: "In its own domain a layer imports itself and the layers before it.",
    why: "Code that looks only backwards can be read, tested and replaced from its first layer on. Types, dynamic imports, re-exports and require count like any import, and so does a way through a file without a layer.",
    configuration: "layers: [types, config, repo, service, runtime, ui]   # or { order, edges, strict: adjacent }",
  },
  domains: {
    summary: "A domain imports another one only through its door, and only an earlier one where there is an order.",
    why: "What is behind the door can change without anybody else noticing.",
    configuration: 'domains: { path: src/domains/*, order: [rooms, booking], doors: [{ path: "index.*" }] }',
  },
  providers: {
    summary: "What cuts across all domains comes in through Providers, which import no domain; listed packages are imported there alone.",
    why: "One place to replace, fake and watch each outside thing.",
    configuration: "providers: { path: src/providers, packages: [pino], layers: [repo, service, runtime, ui] }",
  },
  cycles: {
    summary: "Imports that exist at run time make no circle.",
    why: "In a circle nothing can be understood, tested or loaded on its own, and the order of loading decides what is undefined.",
    configuration: "rules: [{ name: cycles, severity: warning }]",
  },
  unassigned: {
    summary: "Every file of a domain lies in a layer or is a door.",
    why: "No layer rule binds a file that no layer claims.",
    configuration: "rules: [{ name: unassigned, severity: error }]",
  },
  "file-size": {
    summary: "A file stays below a number of lines (350 unless told).",
    why: "A file that does not fit into a reader's head is edited without being read.",
    configuration: 'rules: [{ name: file-size, linesMax: 400, in: "src/**" }]',
  },
  "function-size": {
    summary: "A function stays below a number of lines; off unless set.",
    why: "A long function hides its steps.",
    configuration: "rules: [{ name: function-size, linesMax: 70 }]",
  },
  parse: { summary: "Every source file can be read and parsed.", why: "What cannot be parsed cannot be checked, and must not look clean.", configuration: "nothing to set" },
  coverage: { summary: "A check has to see files, layers and imports between them.", why: "Rules over an empty graph are always green.", configuration: "nothing to set" },
  baseline: {
    summary: "The baseline holds only findings that are still there.",
    why: "A list of known findings that may keep what is repaired lets it come back unseen.",
    configuration: "inspan baseline update",
  },
  boundaries: {
    summary: "The boundaries that a test demands are declared, and make a check fail.",
    why: "A rule that was taken away finds nothing, and looks like a clean house.",
    configuration: 'inspan check --require layers --forbid "src/a/types.ts -> src/a/ui.ts", or checkArchitecture({ required, forbidden })',
  },
  exceptions: {
    summary: "Exceptions are needed and not expired.",
    why: "A list of exceptions only ever gets shorter.",
    configuration: 'exceptions: [{ rule: layers, file: src/a.ts, to: src/b.ts, reason: "…", until: 2030-01-31 }]',
  },
};

/** A rule of our own by its usual name, without a repository's configuration. */
export function explainBuiltin(rule: string): { readonly summary: string; readonly why: string } | undefined {
  return Object.entries({ ...builtin, ...kinds }).find(([name]) => name === rule)?.[1];
}

/** Undefined where no rule has this name. */
export function explainRule(rule: string, configuration: LintConfiguration, contributed: readonly ContributedRule[] = []): Explanation | undefined {
  const known = Object.entries(builtin).find(([name]) => name === rule)?.[1];
  if (known !== undefined) return { rule, ...known };
  const tool = toolOfRule(rule);
  if (tool !== undefined)
    return {
      rule,
      summary: `A rule of ${tool}, whose findings are taken in by \`inspan check --import ${tool}=<file>\`.`,
      why: `${tool} says it itself: the address stands in each finding.`,
      configuration: `rules: [{ name: ${rule}, severity: warning }]   # error, warning or off; better switched off in ${tool}'s own configuration`,
    };
  const other = contributed.find((one) => one.name === rule);
  if (other !== undefined) return { rule, summary: other.summary, why: other.why, configuration: `rules: [{ name: ${rule}, severity: warning }]   # error, warning or off` };
  const kindRule = configuration.kindRules.find((one) => one.name === rule);
  const kindName = kindRule?.kind ?? Object.keys(kinds).find((name) => name === rule);
  const kind = Object.entries(kinds).find(([name]) => name === kindName)?.[1];
  if (kind !== undefined)
    return {
      rule,
      summary: kind.summary,
      why: kindRule?.why ?? kind.why,
      configuration:
        kindRule === undefined ? `not set; for example: ${kind.example}` : `rules: [{ kind: ${kindRule.kind}, … }]   # for example: ${kind.example}`,
    };
  const imports = configuration.importRules.find((one) => one.name === rule);
  if (imports !== undefined) {
    const except = imports.except === undefined ? "" : `, except ${text(imports.except)}`;
    return { rule, summary: `${text(imports.from)} does not import ${text(imports.to)}${except}.`, why: imports.why, configuration: `Fix: ${imports.fix}` };
  }
  const ban = configuration.banRules.find((one) => one.name === rule);
  return ban === undefined ? undefined : { rule, summary: `${text(ban.in)} does not use ${ban.ban.join(", ")}.`, why: ban.why, configuration: `Fix: ${ban.fix}` };
}

export function ruleNames(configuration: LintConfiguration, contributed: readonly ContributedRule[] = []): readonly string[] {
  return [
    ...Object.keys(builtin),
    ...contributed.map((rule) => rule.name),
    ...configuration.kindRules.map((rule) => rule.name),
    ...configuration.importRules.map((rule) => rule.name),
    ...configuration.banRules.map((rule) => rule.name),
  ];
}

function text(globs: string | readonly string[]): string {
  return typeof globs === "string" ? globs : globs.join(", ");
}
