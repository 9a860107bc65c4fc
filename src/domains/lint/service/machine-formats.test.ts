// Reports for other programs: what their schemas demand, and that a name of a file cannot break out of its place.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Finding } from "../types/finding.ts";
import type { CheckReport } from "../types/report.ts";
import { renderGithub, renderSarif } from "./machine-formats.ts";
import { renderReport } from "./text.ts";

const finding: Finding = {
  id: "0123456789abcdef",
  rule: "layers",
  severity: "error",
  file: "src/a b/ü,x:1%.ts",
  line: 3,
  column: 5,
  endLine: 2,
  found: "`import a`: a <b>\n::warning::x",
  expected: "no [link](x)",
  fix: "Remove it.",
  reference: "inspan explain layers",
  baselined: false,
};
const coverage = { files: 2, filesInNoLayer: 0, filesUnread: 0, importsTotal: 1, importsUnresolved: 0, edges: 1, edgesBetweenLayers: 1 };
const report = (findings: readonly Finding[]): CheckReport => ({ version: 1, findings: [...findings], coverage, exceptionsUsed: 0, durationMs: 3 });

interface SarifRule {
  readonly id: string;
  readonly helpUri: string;
  readonly shortDescription: { readonly text: string };
  readonly defaultConfiguration: { readonly level: string };
}
interface SarifResult {
  readonly ruleId: string;
  readonly ruleIndex: number;
  readonly level: string;
  readonly message: { readonly text: string; readonly markdown: string };
  readonly locations: readonly {
    readonly physicalLocation: {
      readonly artifactLocation: { readonly uri: string };
      readonly region: { readonly startLine: number; readonly startColumn: number; readonly endLine: number };
    };
  }[];
  readonly suppressions?: readonly { readonly kind: string }[];
}
interface Sarif {
  readonly $schema: string;
  readonly version: string;
  readonly runs: readonly {
    readonly tool: { readonly driver: { readonly name: string; readonly rules: readonly SarifRule[] } };
    readonly results: readonly SarifResult[];
  }[];
}

/** The demands of the SARIF 2.1.0 schema and of GitHub's reader that a writer can break. */
function validate(text: string): Sarif {
  const sarif = JSON.parse(text) as Sarif; // what the demands below check
  assert.equal(sarif.version, "2.1.0");
  for (const run of sarif.runs) {
    const { rules } = run.tool.driver;
    assert.equal(new Set(rules.map((rule) => rule.id)).size, rules.length);
    for (const rule of rules) {
      assert.doesNotThrow(() => new URL(rule.helpUri), "helpUri is an absolute URI");
      assert.ok(rule.shortDescription.text.length > 0);
      assert.ok(["none", "note", "warning", "error"].includes(rule.defaultConfiguration.level));
    }
    for (const result of run.results) {
      assert.equal(rules[result.ruleIndex]?.id, result.ruleId, "ruleIndex points to its rule");
      assert.ok(["none", "note", "warning", "error"].includes(result.level));
      assert.ok(result.message.text.length > 0 && result.message.markdown.includes("**Fix:**"));
      for (const { physicalLocation: { artifactLocation, region } } of result.locations) {
        assert.match(artifactLocation.uri, /^[^\s<>"{}|\\^`]+$/);
        assert.ok(!artifactLocation.uri.startsWith("/"));
        assert.ok(region.startLine >= 1 && region.startColumn >= 1 && region.endLine >= region.startLine);
      }
    }
  }
  return sarif;
}

test("renderSarif() keeps to the schema, with the fix in Markdown that cannot become a link or a tag", () => {
  const sarif = validate(renderSarif(report([finding, { ...finding, rule: "own-rule", reference: "https://example.org/why", severity: "warning" }])));
  const [first, second] = sarif.runs[0]?.tool.driver.rules ?? [];
  assert.deepEqual([first?.id, first?.helpUri, second?.helpUri], ["layers", "urn:inspan:rule:layers", "https://example.org/why"]);
  const markdown = sarif.runs[0]?.results[0]?.message.markdown ?? "";
  assert.ok(markdown.includes("`import a`: a &lt;b&gt;") && markdown.includes("no \\[link\\](x)"));
});

test("renderSarif() of nothing is a valid run, and known findings are suppressed ones", () => {
  assert.deepEqual(validate(renderSarif(report([]))).runs[0]?.results, []);
  assert.deepEqual(validate(renderSarif(report([{ ...finding, baselined: true }]))).runs[0]?.results[0]?.suppressions?.map((one) => one.kind), ["external"]);
});

test("renderGithub() escapes names and line breaks, shows ten of a kind and counts the rest", () => {
  const [line] = renderGithub(report([finding])).split("\n");
  assert.equal(line, "::error file=src/a b/ü%2Cx%3A1%25.ts,line=3,endLine=3,col=5,title=layers::`import a`: a <b>%0A::warning::x%0AExpected: no [link](x)%0AFix: Remove it.");
  const many = renderGithub(report([...Array.from({ length: 12 }, () => finding), { ...finding, severity: "warning" }, { ...finding, baselined: true }])).split("\n");
  assert.deepEqual([many.length, many[10]?.startsWith("::warning "), many[11]], [12, true, "2 more findings: inspan check (2 files, 1 edges checked; 1 known findings)"]);
});

test("a green run prints one line, a red one only its findings and the totals", () => {
  assert.equal(renderReport(report([])).split("\n").length, 1);
  const red = renderReport(report(Array.from({ length: 500 }, (_, at) => ({ ...finding, file: `src/${at}.ts`, expected: `e${at % 30}`, found: "f".repeat(2000) }))));
  assert.ok(red.length < 20 * 1400, `${red.length} characters`);
  assert.match(red, /10 more groups not shown/);
});
