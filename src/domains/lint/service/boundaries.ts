// Boundaries that a test says must be there: a configuration that lost one is itself a finding. Pure.
import type { LintConfiguration } from "../config/lint-configuration.ts";
import type { BoundaryDemand } from "../types/boundary-demand.ts";
import type { Language, ResolvedFacts } from "../types/facts.ts";
import type { FindingDraft } from "../types/finding.ts";
import { checkEdges } from "./edge-rules.ts";
import { indexFacts } from "./facts-index.ts";
import { placesOf } from "./places.ts";

/** Names of the rules that are on and make a check fail, sorted. */
export function activeBoundaries(configuration: LintConfiguration): readonly string[] {
  const { builtins, domains, layers, providers } = configuration;
  const isDeclared = {
    layers: layers.order.length > 0 && domains.paths.length > 0,
    domains: domains.paths.length > 0,
    providers: providers !== undefined,
    cycles: true,
    unassigned: true,
  };
  const own = [...configuration.importRules, ...configuration.banRules, ...configuration.kindRules].filter((rule) => rule.severity === "error").map((rule) => rule.name);
  const builtin = (["layers", "domains", "providers", "cycles", "unassigned"] as const).filter((name) => isDeclared[name] && builtins[name].severity === "error");
  const sizes = [...new Set(configuration.sizeRules.map((rule) => rule.name))].filter(
    (name) => configuration.sizeRules.findLast((rule) => rule.name === name)?.severity === "error",
  );
  return [...builtin, ...sizes, ...own].sort();
}

/** One finding for each boundary that is not there any more. */
export function checkDemand(demand: BoundaryDemand, configuration: LintConfiguration): FindingDraft[] {
  const active = activeBoundaries(configuration);
  const at = { rule: "boundaries", severity: "error" as const, file: configuration.file, line: 1, column: 1, endLine: 1 };
  const missing = demand.required.filter((name) => !active.includes(name)).map((name): FindingDraft => ({
    ...at, to: name, found: `the boundary ${name} is not declared, or does not fail a check`, expected: `${name} is declared in ${configuration.file} with severity error`,
    fix: `Put the boundary ${name} back into ${configuration.file} (\`git log -p -- ${configuration.file}\` shows how it was; \`inspan explain ${name}\`). To give it up for good is a person's decision, who then changes the test too.`,
  }));
  const open = demand.forbidden.filter(({ from, to }) => !isForbidden(from, to, configuration)).map(({ from, to }): FindingDraft => ({
    ...at, to: `${from} ${to}`, found: `${from} may import ${to}`, expected: "a rule that forbids this import",
    fix: `Put back the rule of ${configuration.file} that kept ${from} from importing ${to} (\`git log -p -- ${configuration.file}\`), or take out the exception that lets it pass.`,
  }));
  return [...missing, ...open];
}

/** Whether an import, if it were written, would be a finding of severity error. `to` is a file where it has a folder or an ending, else a package or a module of the language. */
function isForbidden(from: string, to: string, configuration: LintConfiguration): boolean {
  const isFile = /\.[a-z]{1,4}$/.test(to) && to.includes("/") && !to.startsWith("@") && !to.includes(":");
  const target = isFile
    ? { kind: "file" as const, file: to }
    : to.startsWith("node:")
      ? { kind: "builtin" as const, name: to }
      : { kind: "package" as const, name: packageOf(to), specifier: to };
  const facts = emptyFacts(from);
  const one: ResolvedFacts = { ...facts, imports: [{ kind: "value", isType: false, specifier: to, names: [], line: 1, column: 1, endLine: 1, statement: undefined, target }] };
  const index = indexFacts(isFile ? [one, emptyFacts(to)] : [one]);
  return checkEdges(one, { configuration, placeOf: placesOf(configuration), index })
    .some((draft) => draft.severity === "error" && !configuration.exceptions.some((exception) => exception.rule === draft.rule && exception.isFile(from) && exception.isTo(draft.to)));
}

function packageOf(specifier: string): string {
  return specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
}

function emptyFacts(file: string): ResolvedFacts {
  const language: Language = file.endsWith(".py") ? "python" : file.endsWith(".go") ? "go" : file.endsWith(".rs") ? "rust" : file.endsWith(".java") ? "java" : "typescript";
  return { file, language, lines: 1, imports: [], exports: [], functions: [], globals: [], declarations: [], typeUses: [], calls: [], comments: [], strings: [], problems: [] };
}
