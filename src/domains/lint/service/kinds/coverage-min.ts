// Least coverage of tests, module by module, from the reports that tools write. A report that is missing or old is a finding, never a pass.
import { compileGlobs } from "../../config/match.ts";
import type { CoverageMinRule } from "../../config/kinds/evidence.ts";
import type { ResolvedFacts } from "../../types/facts.ts";
import { type FileCoverage, readCoverageReport } from "../coverage-reports.ts";
import { prefixesOf } from "./edges.ts";
import type { CompiledKindRule } from "../../config/lint-configuration.ts";
import type { KindDraft, KindInput, RuleKind } from "./kind.ts";

const namesShownMax = 5;

export const coverageMin: RuleKind<CoverageMinRule> = {
  summary: "Tests cover at least a share of each module's lines and branches.",
  why: "Below it a change can break what nobody runs before a user does.",
  example: "- { kind: coverage-min, in: \"src/**\", reports: [coverage/lcov.info], modules: \"src/domains/*\", lines: 80 }",
  request: () => ({ declarations: true }),
  texts: (rule) => rule.reports,
  stamps: (rule, files) => files.filter(compileGlobs(rule.in)),
  checkAll(rule, input) {
    const { measured, drafts } = readReports(rule, input);
    if (measured === undefined) return drafts;
    const modules = new Map<string, ResolvedFacts[]>();
    const isModule = compileGlobs(rule.modules);
    for (const facts of input.index.files) {
      if (!rule.isIn(facts.file)) continue;
      const module = rule.modules === undefined ? "" : prefixesOf(facts.file).findLast((path) => isModule(path));
      if (module !== undefined) modules.set(module, [...modules.get(module) ?? [], facts]);
    }
    return [...drafts, ...[...modules].flatMap(([module, files]) => checkModule(rule, module, files, measured))];
  },
};

function checkModule(rule: CoverageMinRule, module: string, files: readonly ResolvedFacts[], measured: ReadonlyMap<string, FileCoverage>): KindDraft[] {
  const [first] = files;
  if (first === undefined) return [];
  const name = module === "" ? "all bound files together" : module;
  const at = { file: first.file, line: 1, column: 1, endLine: 1 };
  const seen = files.flatMap((facts) => { const one = measured.get(facts.file); return one === undefined ? [] : [{ facts, one }]; });
  const absent = files.filter((facts) => !measured.has(facts.file) && facts.declarations.some((one) => one.kind === "function" || one.kind === "class"));
  const drafts: KindDraft[] = absent.length === 0 ? [] : [{
    ...at,
    file: absent[0]?.file ?? at.file,
    to: `${module} absent`,
    found: `${absent.length} of ${files.length} files of ${name} are in no report: ${shown(absent.map((facts) => facts.file))}`,
    expected: "every file with functions is in the report, covered or not",
    fix: "Write a test that loads these files, or let the tool report files that no test loads (`all: true`, `--source`).",
  }];
  for (const what of ["lines", "branches"] as const) {
    const least = rule[what];
    if (least === undefined) continue;
    const total = seen.reduce((sum, { one }) => sum + (what === "lines" ? one.linesTotal : one.branchesTotal), 0);
    const covered = seen.reduce((sum, { one }) => sum + (what === "lines" ? one.linesCovered : one.branchesCovered), 0);
    const share = total === 0 ? 100 : (covered / total) * 100;
    if (share >= least) continue;
    const gap = (one: FileCoverage) => (what === "lines" ? one.linesTotal - one.linesCovered : one.branchesTotal - one.branchesCovered);
    const worst = seen.filter(({ one }) => gap(one) > 0).sort((left, right) => gap(right.one) - gap(left.one)).map(({ facts, one }) => `${facts.file} (${gap(one)} ${what})`);
    drafts.push({
      ...at, file: (worst[0] ?? first.file).split(" (")[0] ?? first.file, to: `${module} ${what}`, measure: Math.round((100 - share) * 100) / 100,
      found: `${share.toFixed(1)} % of the ${what} of ${name} are covered (${covered} of ${total})`, expected: `at least ${least} %`,
      fix: `Write tests for what is missing most: ${shown(worst)}.`,
    });
  }
  return drafts;
}

function readReports(
  rule: CompiledKindRule & CoverageMinRule,
  input: KindInput,
): { readonly measured: ReadonlyMap<string, FileCoverage> | undefined; readonly drafts: readonly KindDraft[] } {
  const measured = new Map<string, FileCoverage>();
  const drafts: KindDraft[] = [];
  const bad = (report: string, found: string, fix: string): void => {
    drafts.push({ file: report, line: 1, column: 1, endLine: 1, to: "report", found, expected: "a report of the tests of what stands here now", fix });
  };
  const sources = input.index.files.filter((facts) => rule.isIn(facts.file));
  let readCount = 0;
  for (const report of rule.reports) {
    const text = input.texts.get(report);
    if (text === undefined) {
      bad(
        report,
        `the report ${report} is missing`,
        `Run the tests with coverage so that they write ${report}, or correct \`reports\` in ${input.configuration.file}.`,
      );
      continue;
    }
    const files = readCoverageReport(text.text);
    if (files === undefined) {
      bad(
        report,
        `${report} is no report of a known form (lcov, istanbul json, coverage.py json or xml)`,
        `Let the tool write one of these forms to ${report}.`,
      );
      continue;
    }
    readCount++;
    const byTail = tailIndex(files);
    const moved = sources.filter((facts) => {
      const one = byTail(facts.file);
      if (one !== undefined) measured.set(facts.file, one);
      return one !== undefined && one.lastLine > facts.lines;
    });
    const newer = sources.filter((facts) => byTail(facts.file) !== undefined && (input.stamps.get(facts.file) ?? 0) > text.modifiedMs);
    const stale = moved.length > 0 ? moved : newer;
    if (stale.length > 0)
      bad(
        report,
        `${report} is older than what it measures: ${shown(stale.map((facts) => facts.file))}`,
        `Run the tests with coverage again so that ${report} is about the present files.`,
      );
  }
  return { measured: readCount === 0 ? undefined : measured, drafts };
}

/** Reports name files absolutely, or from a folder above or below the root: the longest common end decides. */
function tailIndex(files: ReadonlyMap<string, FileCoverage>): (file: string) => FileCoverage | undefined {
  const byBase = new Map<string, (readonly [path: string, one: FileCoverage])[]>();
  for (const [path, one] of files) {
    const plain = path.replaceAll("\\", "/").replace(/^\.\//, "");
    const base = plain.slice(plain.lastIndexOf("/") + 1);
    byBase.set(base, [...byBase.get(base) ?? [], [plain, one]]);
  }
  return (file) => {
    const candidates = byBase.get(file.slice(file.lastIndexOf("/") + 1)) ?? [];
    return (candidates.find(([path]) => path === file) ?? candidates.find(([path]) => path.endsWith(`/${file}`)) ?? candidates.find(([path]) => file.endsWith(`/${path}`)))?.[1];
  };
}

function shown(names: readonly string[]): string {
  return names.length <= namesShownMax ? names.join(", ") : `${names.slice(0, namesShownMax).join(", ")} and ${names.length - namesShownMax} more`;
}
