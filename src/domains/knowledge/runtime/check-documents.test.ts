// The document rules on real files and real git: for each finding, its nearest neighbour that is none.
import assert from "node:assert/strict";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { buildDocHouse } from "../../../../test/support/doc-house.ts";

test("links lead to files, exact to the case; addresses, templates, ignored and absolute routes say nothing", async (t) => {
  const house = buildDocHouse(t, {
    ".gitignore": "built/\n*.log\n", "docs/Guide.md": "# Guide\n", "src/a.ts": "export const a = 1;\n", "img/b.png": "x",
    "README.md": [
      "[ok](docs/Guide.md) [ok](docs) [ok](./src/a.ts#L3) [ok](src/a.ts:12) ![ok](img/b.png) [ok](/docs/Guide.md) [ok](docs/Guide.md?x=1)",
      "[ok](https://a.example/x) [ok](mailto:a@b) [ok](built/api.md) [ok](run.log) [ok](<path>/x.md) [ok](url) [ok](../../issues) [ok](/some/route) [ok](#top) [ok](docs/Guide)",
      "[gone](docs/gone.md)", "[case](docs/guide.md)", "![gone](img/c.png)", "<img src=\"img/d.png\">", "[moved](Guide.md)", "[ref]", "", "[ref]: gone.md", "",
    ].join("\n"),
  });
  const findings = await house.check();
  assert.deepEqual(findings.map((one) => `${one.rule} ${one.line}:${one.column} ${one.to}`), [
    "docs-links 3:1 docs/gone.md", "docs-link-case 4:1 docs/guide.md", "docs-links 5:1 img/c.png", "docs-links 7:1 Guide.md", "docs-links 8:1 gone.md", "docs-links 6:6 img/d.png",
  ].sort((a, b) => Number(/ (\d+)/.exec(a)?.[1]) - Number(/ (\d+)/.exec(b)?.[1])));
  assert.equal(findings.find((one) => one.line === 4)?.fix, "In README.md, line 4, replace `docs/guide.md` by `docs/Guide.md`.");
  assert.equal(findings.find((one) => one.line === 7)?.fix, "In README.md, line 7, replace `Guide.md` by `docs/Guide.md`.");
});

test("anchors are slugs or ids of the target, exact to the case, and the nearest one is proposed", async (t) => {
  const house = buildDocHouse(t, {
    "a.md": "# Set up\n\n[ok](#set-up) [ok](b.md#one-two) [ok](b.md#one-two-1) [ok](b.md#hand) [ok](b.md#L4)\n[bad](#setup)\n[bad](b.md#One-Two)\n[bad](b.md#three)\n",
    "b.md": "# One two\n\n## One two\n\n<a name=\"hand\"></a>\n",
  });
  const findings = await house.check();
  assert.deepEqual(findings.map((one) => `${one.rule} ${one.line} ${one.fix}`), [
    "docs-anchors 4 In a.md, line 4, replace `#setup` by `#set-up`.", "docs-anchors 5 In a.md, line 5, replace `b.md#One-Two` by `b.md#one-two`.",
    "docs-anchors 6 Point the link to a heading that exists (#one-two, #one-two-1).",
  ]);
});

test("templates of the forge link from the root, and notebooks kept as Markdown have anchors that keep their case", async (t) => {
  const notebook = "---\njupytext: { formats: ipynb }\n---\n# Field operators\n\n[ok](#Field-operators) [bad](#Fields)\n";
  const house = buildDocHouse(t, {
    "docs/adr/README.md": "# R\n",
    ".github/pull_request_template.md": "[ok](docs/adr/README.md) [bad](docs/adr/gone.md)\n",
    ".github/ISSUE_TEMPLATE/bug.md": "[ok](docs/adr/README.md)\n",
    "docs/notes.md": "# Notes\n[bad](docs/adr/README.md)\n", "book.md": notebook, "plain.md": notebook.replace("jupytext", "other"),
  });
  assert.deepEqual((await house.check()).map((one) => `${one.rule} ${one.file} ${one.to}`).sort(), [
    "docs-anchors book.md #Fields",
    "docs-anchors plain.md #Field-operators",
    "docs-anchors plain.md #Fields",
    "docs-links .github/pull_request_template.md docs/adr/gone.md",
    "docs-links docs/notes.md docs/adr/README.md",
  ]);
});

test("paths in code spans exist; packages, routes, wishes, products and history say nothing", async (t) => {
  const house = buildDocHouse(t, {
    ".gitignore": "state/\n", "src/billing/pay.ts": "", "src/billing/index.ts": "", "packages/a/src/run.ts": "",
    "docs/guide.md": [
      "`src/billing/pay.ts` `src/billing/` `billing/pay.ts` `src/billing/pay.js` `src/run.ts` `src/billing/pay.ts:12` `src/*/x.ts` `src/<name>/x.ts` `text/html` `@scope/pkg` `owner/repo` `and/or` `state/x.json` `dist/src/a.js`",
      "Create `src/billing/new.ts` for it. It was in `src/billing/old.ts`. For example `src/billing/demo.ts`. `src/billing/out.ts` (generated).",
      "Invoices are made in `src/billing/invoice.ts`.",
    ].join("\n\n"),
    "docs/adr/0001.md": "Invoices are made in `src/billing/invoice.ts`.\n", "CHANGELOG.md": "Invoices in `src/billing/invoice.ts`.\n",
  });
  assert.deepEqual(await house.shortly(), ["docs-paths docs/guide.md:5:22"]);
});

test("the map's paths and commands exist, wherever the instructions lie", async (t) => {
  const house = buildDocHouse(t, {
    "package.json": JSON.stringify({ scripts: { test: "x", "test:unit": "y" }, devDependencies: { vitest: "1" } }),
    "packages/a/package.json": JSON.stringify({ scripts: { dev: "z" } }),
    "Makefile": "all: build\nbuild:\n\ttrue\n",
    "justfile": "fmt target='x':\n  true\n",
    "src/a.ts": "", "CLAUDE.md": "Run `npm run nope`.\n",
    "AGENTS.md":
      "`src/a.ts` `src/b.ts` `lib/gone.ts`\n\n`npm run test:unit` `npm run test:units` `pnpm dev` `pnpm vitest` `yarn install` `make build` `make bild` `just fmt` `just fnt` `npm run <script>`\n\n```sh\n$ CI=1 npm run test && npm run deploy # npm run comment\n```\n\nmake sure\n",
  });
  assert.deepEqual((await house.check()).map((one) => `${one.rule} ${one.file}:${one.line} ${one.to}`).sort(), [
    "docs-map-commands AGENTS.md:3 just fnt",
    "docs-map-commands AGENTS.md:3 make bild",
    "docs-map-commands AGENTS.md:3 npm run test:units",
    "docs-map-commands AGENTS.md:6 npm run deploy",
    "docs-map-commands CLAUDE.md:1 npm run nope",
    "docs-map-paths AGENTS.md:1 lib/gone.ts", "docs-map-paths AGENTS.md:1 src/b.ts",
  ]);
  assert.equal(
    (await house.check()).find((one) => one.to === "npm run test:units")?.fix,
    "In AGENTS.md, line 3, replace `npm run test:units` by `npm run test:unit`, or add the script test:units.",
  );
});

test("the map is short, has a numbered loop and names the reviewers where the key docs asks for it, and under another name too", async (t) => {
  const long = `${"line\n\n".repeat(60)}`;
  const house = buildDocHouse(t, { "AGENTS.md": long, "docs/reviewers/a.md": "x\n", "BRIEF.md": "1. a\n2. b\n3. c\n\n[r](docs/reviewers)\n" });
  assert.deepEqual((await house.check()).map((one) => `${one.severity} ${one.rule}`), ["warning docs-map-size"]);
  assert.deepEqual((await house.check("version: 1")).map((one) => `${one.severity} ${one.rule}`), ["error docs-map-size"]);
  assert.deepEqual(
    (await house.shortly("version: 1\ndocs: {}\n")).filter((one) => one.includes("map")),
    ["docs-map-loop AGENTS.md:1:1", "docs-map-reviewers AGENTS.md:1:1", "docs-map-size AGENTS.md:101:1"],
  );
  assert.deepEqual((await house.shortly("version: 1\ndocs: { map: BRIEF.md }\n")).filter((one) => one.includes("map")), []);
  assert.deepEqual((await house.shortly("version: 1\ndocs: { map: NONE.md }\n")).filter((one) => one.includes("map")), ["docs-map NONE.md:1:1"]);
});

test("a symbol that the sources knew when the document was written, and no longer know, is told with that commit", async (t) => {
  const house = buildDocHouse(t, {
    "src/pay.ts": "export function chargeCard() {}\nexport class PayDesk {}\n",
    "docs/pay.md": "`chargeCard()` and `PayDesk` and `NeverThere` and `String()`\n",
  });
  const commit = house.commit();
  assert.deepEqual(await house.shortly(), []);
  house.write({ "src/pay.ts": "export function chargeAccount() {}\nexport class PayDesk {}\n" });
  const [finding, ...rest] = await house.check();
  assert.deepEqual([finding?.rule, finding?.line, finding?.to, rest.length], ["docs-symbols", 1, "chargeCard", 0]);
  assert.ok(finding?.found.includes(commit.slice(0, 12)));
});

test("bad bytes, links in circles and giant files are told, and nothing hangs", async (t) => {
  const house = buildDocHouse(t, {
    "bad.md": new Uint8Array([0x23, 0x20, 0xff, 0xfe, 0x0a]),
    "big.md": "x".repeat(3 * 1024 * 1024),
    "front.md": "---\na: [\n---\n# T\n",
    "ok.md": "\uFEFF# T\r\n[l](ok.md#t)\r\n",
  });
  mkdirSync(join(house.path, "loop"));
  symlinkSync("../loop", join(house.path, "loop", "again"));
  symlinkSync("self.md", join(house.path, "self.md"));
  assert.deepEqual(await house.shortly(), ["docs-front-matter-form front.md:1:1", "docs-unread bad.md:1:1", "docs-unread big.md:1:1"]);
});
