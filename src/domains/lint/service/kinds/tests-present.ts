// Code has a test beside it, or is imported by one.
import { compileGlobs } from "../../config/match.ts";
import { type TestsPresentRule } from "../../config/kinds/evidence.ts";
import type { ResolvedFacts } from "../../types/facts.ts";
import { type KindDraft, type KindInput, perRule, type RuleKind } from "./kind.ts";

const isTestOf = perRule((rule: TestsPresentRule) => compileGlobs(rule.tests));

export const testsPresent: RuleKind<TestsPresentRule> = {
  summary: "A file with functions has a test of its name, or is imported by a test.",
  why: "What no test runs breaks unseen.",
  example: "- { kind: tests-present, in: \"src/domains/*/service/**\" }",
  request: () => ({ declarations: true }),
  checkAll(rule, input) {
    const isTest = isTestOf(rule);
    const { stems, imported } = testedBy(input, isTest);
    return input.index.files.filter((facts) => rule.isIn(facts.file) && !isTest(facts.file) && isTestable(facts)).flatMap((facts): KindDraft[] => {
      if (stems.has(stemOf(facts.file)) || (rule.isImportEnough && imported.has(facts.file))) return [];
      const first = facts.declarations.find(hasBody);
      return [{
        file: facts.file, line: first?.line ?? 1, column: first?.column ?? 1, endLine: first?.line ?? 1, to: "",
        found: `${facts.file} defines ${first?.name ?? "functions"}${rule.isImportEnough ? ", and no test imports it or has its name" : ", and no test has its name"}`,
        expected: `a test beside it (${proposedTest(facts.file)})${rule.isImportEnough ? " or a test that imports it" : ""}`,
        fix: `Write ${proposedTest(facts.file)}: what ${first?.name ?? "it"} does in its usual case, at its limits, and where it refuses.`,
      }];
    });
  },
};

/** Rust's tests stand in the file itself, where no fact shows them. */
function isTestable(facts: ResolvedFacts): boolean {
  return facts.language !== "rust" && !/\.d\.[cm]?ts$/.test(facts.file) && facts.declarations.some(hasBody);
}

function hasBody(one: { readonly kind: string }): boolean {
  return one.kind === "function" || one.kind === "class";
}

function testedBy(input: KindInput, isTest: (file: string) => boolean): { readonly stems: ReadonlySet<string>; readonly imported: ReadonlySet<string> } {
  const stems = new Set<string>();
  const imported = new Set<string>();
  for (const facts of input.index.files) {
    if (!isTest(facts.file)) continue;
    stems.add(stemOf(facts.file));
    for (const fact of facts.imports) {
      if (fact.target.kind !== "file") continue;
      imported.add(fact.target.file);
      // Through a barrel the test runs what defines the name.
      for (const { imported: name } of fact.names) for (const file of name === "*" ? [] : input.index.originsOf(fact.target.file, name)) imported.add(file);
    }
  }
  return { stems, imported };
}

/** `src/a/price.test.ts`, `test/a/test_price.py` and `src/a/price.ts` have the stem price. */
export function stemOf(file: string): string {
  const base = file.slice(file.lastIndexOf("/") + 1);
  return base.replace(/\.[^.]+$/, "").replace(/\.(test|spec|stories|bench|it|e2e)$/, "").replace(/^test_|_test$/, "").replace(/(Test|Tests|IT)$/, "").toLowerCase();
}

function proposedTest(file: string): string {
  const dot = file.lastIndexOf(".");
  const [path, ending] = [file.slice(0, dot), file.slice(dot)];
  const slash = path.lastIndexOf("/") + 1;
  if (ending === ".py") return `${path.slice(0, slash)}test_${path.slice(slash)}.py`;
  if (ending === ".go") return `${path}_test.go`;
  return ending === ".java" ? `${path.replace("/main/", "/test/")}Test.java` : `${path}.test${ending}`;
}
