// Each component of the user interface has a story or a snapshot test.
import { compileGlobs } from "../../config/match.ts";
import type { SnapshotsRule } from "../../config/kinds/evidence.ts";
import { type KindDraft, perRule, type RuleKind } from "./kind.ts";
import { stemOf } from "./tests-present.ts";

const compiled = perRule((rule: SnapshotsRule) => ({ isTest: compileGlobs(rule.tests), isIn: compileGlobs(rule.in), isExcepted: compileGlobs(rule.except) }));
const takesSnapshot = /\b(toMatch(Inline|Image|Aria)?Snapshot|toHaveScreenshot|assertSnapshot|matchImageSnapshot|percySnapshot)\b|\bt\.(assert\.)?(snapshot|fileSnapshot)\(/;

export const snapshots: RuleKind<SnapshotsRule> = {
  summary: "Each component has a story or a snapshot test.",
  why: "What a user sees changes unnoticed where no picture of it is kept.",
  example: "- { kind: snapshots, in: \"src/components/**/*.tsx\" }",
  request: () => ({ declarations: true }),
  texts(rule, allFiles) {
    const { isTest, isIn, isExcepted } = compiled(rule);
    const stems = new Set(allFiles.filter((file) => isIn(file) && !isExcepted(file) && !isTest(file)).map(stemOf));
    return allFiles.filter((file) => isTest(file) && stems.has(stemOf(file)));
  },
  checkAll(rule, input) {
    const { isTest } = compiled(rule);
    const shown = new Set<string>();
    for (const facts of input.index.files) {
      const text = input.texts.get(facts.file)?.text;
      if (!isTest(facts.file) || text === undefined || !(facts.file.includes(".stories.") || takesSnapshot.test(text))) continue;
      shown.add(`stem ${stemOf(facts.file)}`);
      for (const { target } of facts.imports) if (target.kind === "file") shown.add(target.file);
    }
    return input.index.files.filter((facts) => rule.isIn(facts.file) && !isTest(facts.file)).flatMap((facts): KindDraft[] => {
      const component = facts.declarations.find(
        (one) => one.isExported && one.container === undefined && /^\p{Lu}/u.test(one.name) && ["function", "class", "constant"].includes(one.kind),
      );
      if (component === undefined || shown.has(facts.file) || shown.has(`stem ${stemOf(facts.file)}`)) return [];
      const bare = facts.file.replace(/\.[^.]+$/, "");
      const ending = facts.file.slice(bare.length);
      return [{
        file: facts.file, line: component.line, column: component.column, endLine: component.line, to: component.name,
        found: `the component ${component.name} has neither a story nor a snapshot test`,
        expected: `${bare}.stories${ending}, or a test of ${component.name} that takes a snapshot`,
        fix: `Write ${bare}.stories${ending} with ${component.name} in each of its states (usual, empty, loading, failed), or ${bare}.test${ending} that renders them and takes a snapshot.`,
      }];
    });
  },
};
