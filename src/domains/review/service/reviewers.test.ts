import assert from "node:assert/strict";
import { test } from "node:test";
import { kindOf } from "./change-kind.ts";
import { chooseReviewers, parseReviewer } from "./reviewers.ts";
import type { Reviewer } from "../types.ts";

const path = "docs/reviewers/security.md";
const body = "\n# Guardrails\n\n- No secret in a log.\n";

test("parseReviewer() reads front matter in each of its forms", () => {
  const expected: Reviewer = { name: "security", description: "Reads for holes", paths: ["src/**/*.{ts,tsx}", "docs/**"], guardrails: "# Guardrails\n\n- No secret in a log." };
  for (const head of [
    'name: security\ndescription: Reads for holes\npaths: ["src/**/*.{ts,tsx}", docs/**]',
    'description: "Reads for holes"\n# a comment\npaths:\n  - "src/**/*.{ts,tsx}"\n  - docs/**\n',
    'description: >-\n  Reads for\n  holes\npaths: [\n  "src/**/*.{ts,tsx}", # code\n  "docs/**",\n] # and its words',
    'description: Reads for holes # what it does\npaths: ["src/**/*.{ts,tsx}", "docs/**"] # whose',
    "description: 'Reads for holes'\r\npaths: src/**/*.{ts,tsx}, docs/**\r\nname: security",
  ]) assert.deepEqual(parseReviewer(`---\n${head}\n---\n${body}`, path), { kind: "reviewer", reviewer: expected }, head);
  const plain = parseReviewer(`---\ndescription: It reads: globs as they are\npaths: [*.md, docs/**]\n---\n${body}`, "docs/reviewers/My Prose_Style.md");
  assert.deepEqual(plain.kind === "reviewer" && [plain.reviewer.name, plain.reviewer.description, plain.reviewer.paths], [
    "my-prose-style",
    "It reads: globs as they are",
    ["*.md", "docs/**"],
  ]);
  const all = parseReviewer(`---\ndescription: d\n---\n${body}`, path);
  assert.deepEqual(all.kind === "reviewer" && all.reviewer.paths, ["**"]);
});

test("parseReviewer() reads who reads what, and with what", () => {
  const parsed = parseReviewer(`---\ndescription: d\nexcept: [a/**]\nkinds: [code, tests]\nlinesMin: 20\nagent: codex\nmodel: small\n---\n${body}`, path);
  assert.deepEqual(parsed.kind === "reviewer" && { ...parsed.reviewer, guardrails: "" }, {
    name: "security",
    description: "d",
    paths: ["**"],
    except: ["a/**"],
    kinds: ["code", "tests"],
    linesMin: 20,
    agent: "codex",
    model: "small",
    guardrails: "",
  });
});

test("parseReviewer() says what is wrong with a file", () => {
  for (const [text, expected] of [
    ["# no front matter", /no front matter/], ["---\ndescription: d\n# never ends", /no end/], ["---\ndescription: d\n---\n  \n", /body is empty/],
    [`---\nname: Not A Name\ndescription: d\n---\n${body}`, /name:/],
    [`---\nname: a\n---\n${body}`, /description:/],
    [`---\ndescription: d\ncolour: red\n---\n${body}`, /line 3: unknown key "colour"/],
    [`---\ndescription: d\ndescription: e\n---\n${body}`, /line 3: .* stands twice/],
    [`---\njust words\n---\n${body}`, /line 2: expected "key: value"/],
    [`---\n- a\n---\n${body}`, /list item without a key/],
    [`---\ndescription: d\npaths: []\n---\n${body}`, /paths/],
    [`---\ndescription: d\nkinds: [poetry]\n---\n${body}`, /kinds/], [`---\ndescription: d\nlinesMin: many\n---\n${body}`, /linesMin/],
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
  const chosen = (...paths: string[]) => chooseReviewers(all, paths.map((path) => ({ path, lines: 10 }))).map(({ name }) => name);
  assert.deepEqual(chosen("docs/a/b.md"), ["docs"]);
  assert.deepEqual(chosen("README.md", "src/a.ts"), ["docs", "code"]);
  assert.deepEqual(chosen(".github/workflows/x.yaml"), ["ci"]);
  assert.deepEqual(chosen("bench/a.ts"), []);
  for (const end of ["\n", "\r", "\u2028"]) assert.deepEqual(chosen(`src/line${end}break.ts`), ["code"], JSON.stringify(end));
});

test("chooseReviewers() goes by kind and size too: a change of documents alone asks the documents' reviewer alone", () => {
  const reviewer = (name: string, more: Partial<Reviewer>): Reviewer => ({ name, description: "d", paths: ["**"], guardrails: "g", ...more });
  const all = [
    reviewer("docs", { kinds: ["docs"] }),
    reviewer("code", { kinds: ["code", "tests"] }),
    reviewer("large", { kinds: ["code"], linesMin: 100 }),
    reviewer("not-legacy", { kinds: ["code"], except: ["legacy/**"] }),
  ];
  const chosen = (...files: readonly (readonly [string, number])[]) => chooseReviewers(all, files.map(([path, lines]) => ({ path, lines }))).map(({ name }) => name);
  assert.deepEqual(chosen(["docs/a.md", 500], ["README.md", 3]), ["docs"]);
  assert.deepEqual(chosen(["src/a.ts", 99], ["docs/a.md", 500]), ["docs", "code", "not-legacy"]);
  assert.deepEqual(chosen(["src/a.ts", 60], ["src/b.ts", 40]), ["code", "large", "not-legacy"]);
  assert.deepEqual(chosen(["legacy/a.ts", 5]), ["code"]);
});

test("kindOf() tells what a path is", () => {
  for (const [path, kind] of [
    ["src/a.ts", "code"],
    ["src/a.test.ts", "tests"],
    ["tests/data/x.json", "tests"],
    ["docs/x.png", "docs"],
    ["README.md", "docs"],
    ["package.json", "dependencies"],
    ["a/go.sum", "dependencies"],
    [".github/workflows/ci.yml", "ci"],
    ["db/migrations/1.sql", "schema"],
    ["src/View.tsx", "ui"],
    ["inspan.yaml", "config"],
    ["Makefile", "config"],
    ["src/docstring.ts", "code"],
    ["src/testing.ts", "code"],
  ] as const) assert.equal(kindOf(path), kind, path);
});
