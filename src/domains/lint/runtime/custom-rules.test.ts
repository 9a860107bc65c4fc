// Rules that a repository writes: refused without tables or where a table does not hold, run where it does; over patterns and over facts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { buildHouse, cleanConfiguration, configurationOf, type House } from "../../../../test/support/lint-house.ts";
import type { OperationContext } from "../../../providers/index.ts";
import { factsTemplate, patternTemplate } from "../service/custom-rule-templates.ts";
import { contribution } from "../ui/index.ts";
import { runCheck } from "./index.ts";

async function check(house: House, paths: readonly string[] = []) {
  const context = { providers: house.providers, statePath: `${house.rootPath}/.state`, signal: AbortSignal.timeout(60_000) } as OperationContext; // what the rules ask of it
  const report = await runCheck({
    providers: house.providers,
    rootPath: house.rootPath,
    configuration: configurationOf(cleanConfiguration),
    contributed: { checks: contribution.checks ?? [], context },
    paths,
  });
  return report.findings.map((one) => ({ at: `${one.rule} ${one.file}:${one.line}`, found: one.found, fix: one.fix }));
}
const yaml = ".inspan/rules/no-alert.yaml";
const page = {
  "src/app/page.ts": 'export const open = () => {\n  alert("hello");\n};\n',
  "src/app/page.test.ts": 'alert("test");\n',
  "src/app/other.ts": "const alert = 1;\nexport { alert };\n",
};

test("the rule that new-rule writes holds as it is, finds its violation, and says the part that the pattern named", async (t) => {
  const house = await buildHouse(t, { ...page, [yaml]: patternTemplate("no-alert") });
  const found = await check(house);
  assert.deepEqual(found, [
    { at: "no-alert src/app/page.ts:2", found: 'alert("hello") stops the whole page', fix: "Call notify() of src/ui/notify.ts with the message instead." },
  ]);
  assert.deepEqual(await check(house, ["src/app/other.ts"]), []);
});

test("a rule without tables, with a table that does not hold, or that cannot be read is refused and not run", async (t) => {
  const whole = patternTemplate("no-alert");
  const cases: Readonly<Record<string, RegExp>> = {
    [whole.replace(/ {2}invalid:[^]*$/, "")]: /refused: metadata\.invalid/,
    [whole.replace("notify(\"saved\")", "alert(\"saved\")")]: /finds something in a text that is valid/,
    [whole.replace("- alert(\"saved\")", "- notify(\"saved\")")]: /finds nothing in a text that is invalid/,
    [whole.replace("pattern: alert($MESSAGE)", "kind: no_such_kind")]: /cannot be run|finds nothing/,
    [whole.replace("language: TypeScript", "language: Cobol")]: /refused: language/,
    "a: [": /is no YAML/,
  };
  for (const [text, pattern] of Object.entries(cases)) {
    const found = await check(await buildHouse(t, { ...page, [yaml]: text }));
    assert.deepEqual(found.map((one) => one.at), [`custom-rules ${yaml}:1`]);
    assert.match(found[0]?.found ?? "", pattern);
  }
});

test("a rule over facts runs in the sandbox: its tables first, then the repository", { timeout: 60_000 }, async (t) => {
  const file = ".inspan/rules/one-class.rule.mjs";
  const classes = { "src/a.ts": "export class Room {}\n", "src/b.ts": "\nexport class Room {}\nexport class Other {}\n" };
  const house = await buildHouse(t, { ...classes, [file]: factsTemplate("one-class") });
  assert.deepEqual(await check(house), [
    {
      at: "one-class src/b.ts:2",
      found: "the class Room is declared in src/a.ts as well",
      fix: "Rename Room in src/b.ts after what sets it apart, or import the one of src/a.ts.",
    },
  ]);
  const refused = async (text: string) => (await check(await buildHouse(t, { ...classes, [file]: text })))[0]?.found ?? "";
  assert.match(await refused(factsTemplate("one-class").replace("return findings", "return []")), /finds nothing in the invalid case 1/);
  assert.match(await refused(factsTemplate("one-class").replace(/ {2}valid: .*\n/, "")), /refused: valid/);
  assert.match(await refused("throw new Error(\"boom\");\n"), /cannot be loaded: boom/);
  assert.match(await refused(factsTemplate("one-class").replace("const seen", "throw new Error(\"bang\"); const seen")), /the rule failed: bang/);
});
