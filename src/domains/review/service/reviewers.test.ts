import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseReviewers, parseReviewer } from "./reviewers.ts";
import type { Reviewer } from "../types.ts";

const path = "docs/reviewers/security.md";
const body = "\n# Guardrails\n\n- No secret in a log.\n";

test("parseReviewer() reads front matter in each of its forms", () => {
  const expected: Reviewer = { name: "security", description: "Reads for holes", paths: ["src/**/*.{ts,tsx}", "docs/**"], guardrails: "# Guardrails\n\n- No secret in a log." };
  for (const head of [
    'name: security\ndescription: Reads for holes\npaths: ["src/**/*.{ts,tsx}", docs/**]',
    'description: "Reads for holes"\n# a comment\npaths:\n  - "src/**/*.{ts,tsx}"\n  - docs/**\n',
    "description: 'Reads for holes'\r\npaths: src/**/*.{ts,tsx}, docs/**\r\nname: security",
  ]) assert.deepEqual(parseReviewer(`---\n${head}\n---\n${body}`, path), { kind: "reviewer", reviewer: expected }, head);
  const all = parseReviewer(`---\ndescription: d\n---\n${body}`, path);
  assert.deepEqual(all.kind === "reviewer" && all.reviewer.paths, ["**"]);
});

test("parseReviewer() says what is wrong with a file", () => {
  for (const [text, expected] of [
    ["# no front matter", /no front matter/], ["---\ndescription: d\n# never ends", /no end/], ["---\ndescription: d\n---\n  \n", /body is empty/],
    [`---\nname: Not A Name\ndescription: d\n---\n${body}`, /name:/], [`---\nname: a\n---\n${body}`, /description:/], [`---\ndescription: d\ncolour: red\n---\n${body}`, /line 3: unknown key "colour"/],
    [`---\ndescription: d\ndescription: e\n---\n${body}`, /line 3: .* stands twice/], [`---\njust words\n---\n${body}`, /line 2: expected "key: value"/], [`---\n- a\n---\n${body}`, /list item without a key/],
    [`---\ndescription: d\npaths: []\n---\n${body}`, /paths/],
  ] as const) {
    const parsed = parseReviewer(text, path);
    assert.equal(parsed.kind, "invalid", text);
    assert.match(parsed.kind === "invalid" ? parsed.reason : "", expected);
    assert.match(parsed.kind === "invalid" ? parsed.reason : "", /^Cannot read the reviewer "docs\/reviewers\/security\.md": /);
  }
});

test("chooseReviewers() takes those whose paths the change touches, dot files included", () => {
  const reviewer = (name: string, ...paths: string[]): Reviewer => ({ name, description: "d", paths, guardrails: "g" });
  const all = [reviewer("docs", "docs/**", "*.md"), reviewer("code", "src/**"), reviewer("ci", ".github/**")];
  const chosen = (...paths: string[]) => chooseReviewers(all, paths).map(({ name }) => name);
  assert.deepEqual(chosen("docs/a/b.md"), ["docs"]);
  assert.deepEqual(chosen("README.md", "src/a.ts"), ["docs", "code"]);
  assert.deepEqual(chosen(".github/workflows/x.yaml"), ["ci"]);
  assert.deepEqual(chosen("bench/a.ts"), []);
});
