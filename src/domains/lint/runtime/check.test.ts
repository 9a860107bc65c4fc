// What a check says besides edges: fixes that work from their text alone, honest coverage, exceptions, ids, files that cannot be read.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { followFix } from "../../../../test/support/follow-fix.ts";
import { buildHouse, buildTree, cleanConfiguration, configurationOf, shortly } from "../../../../test/support/lint-house.ts";
import { renderReport } from "../service/text.ts";
import { checkFiles, renderFindingsForAgent, runCheck } from "./index.ts";
import type { Finding } from "../types/finding.ts";

test("runCheck() finds nothing in a clean house, and says what it saw", async (t) => {
  const house = await buildHouse(t);
  const report = await house.check();
  assert.deepEqual(shortly(report), []);
  assert.deepEqual(report.coverage, { files: 9, filesInNoLayer: 3, filesUnread: 0, importsTotal: 11, importsUnresolved: 0, edges: 10, edgesBetweenLayers: 6 });
});

test("a folder with an inspan.yaml of its own is left to its own run", async (t) => {
  const planted = {
    "examples/shop/src/domains/rooms/types.ts": 'import { load } from "./repo.ts";\nexport const x = load;\n',
    "examples/shop/src/domains/rooms/repo.ts": "export const load = 1;\n",
  };
  const without = await (await buildHouse(t, planted)).check();
  const within = await (await buildHouse(t, { ...planted, "examples/shop/inspan.yaml": "version: 1\n" })).check();
  assert.deepEqual([without.coverage.files, within.coverage.files], [11, 9]);
});

const repairable: Readonly<Record<string, { readonly file: string; readonly text: string; readonly more?: Readonly<Record<string, string>> }>> = {
  "a type that its own runtime passes on": {
    file: "src/domains/rooms/service/book.ts",
    text: 'import type { Room } from "../runtime/session.ts";\nexport const book = (room: Room) => room;\n',
  },
  "the same without an ending": { file: "src/domains/rooms/service/book.ts", text: 'import { type Room } from "../runtime/session";\nexport const book = (room: Room) => room;\n' },
  "the same in single quotes over lines": {
    file: "src/domains/rooms/service/book.ts",
    text: "import type {\n  Room,\n} from '../runtime/session.js'\nexport const book = (room: Room) => room;\n",
  },
  "a type that is exported again from runtime": { file: "src/domains/rooms/service/book.ts", text: 'export type { Room } from "../runtime/session.ts";\n' },
  "a name that types also exports": {
    file: "src/domains/rooms/service/book.ts",
    text: 'import { late } from "../runtime/late.ts";\nexport const book = late;\n',
    more: {
      "src/domains/rooms/runtime/late.ts": "export const late = 1;\n",
      "src/domains/rooms/types.ts": "export interface Room { readonly name: string }\nexport const roomsMax = 3;\nexport const late = 1;\n",
    },
  },
  "the inside of another domain, whose door has the name": {
    file: "src/domains/booking/service/book.ts",
    text: 'import { roomsMax } from "../../rooms/types.ts";\nexport const book = roomsMax;\n',
  },
};

for (const [name, { file, text, more }] of Object.entries(repairable)) {
  test(`the fix for ${name} makes the check green when its text is followed`, async (t) => {
    const house = await buildHouse(t, { [file]: text, ...more });
    const { findings } = await house.check();
    assert.equal(findings.length, 1);
    const quick = await checkFiles({ providers: house.providers, rootPath: house.rootPath, configuration: configurationOf(cleanConfiguration), files: [file] });
    assert.deepEqual(quick, findings);
    await followFix(house, findings[0]?.fix ?? "");
    assert.deepEqual(shortly(await house.check()), []);
  });
}

test("the fix names what cannot be replaced when only a part of an import is found elsewhere", async (t) => {
  const house = await buildHouse(t, {
    "src/domains/rooms/service/book.ts": 'import { type Room, open } from "../runtime/session.ts";\nexport const book = (room: Room) => open(room);\n',
  });
  const fix = (await house.check()).findings[0]?.fix ?? "";
  assert.match(fix, /take Room out of .* add `import \{ Room \} from "\.\.\/types\.ts";`\. For open: move the definition/);
});

test("the fix never sends a layer through its own door, and prefers the file that defines a symbol", async (t) => {
  const house = await buildHouse(t, {
    "src/domains/rooms/index.ts": 'export { open } from "./runtime/session.ts";\n',
    "src/domains/rooms/types.ts": 'export { roomsMax } from "./types/limits.ts";\nexport interface Room { readonly name: string }\n',
    "src/domains/rooms/types/limits.ts": "export const roomsMax = 3;\n",
    "src/domains/rooms/runtime/all.ts": 'export { roomsMax } from "../types.ts";\n',
    "src/domains/rooms/service/book.ts":
      'import { open } from "../runtime/session.ts";\nimport { roomsMax } from "../runtime/all.ts";\nexport const book = () => open(roomsMax);\n',
    "src/domains/booking/types.ts": "export interface Booking { readonly name: string }\n",
  });
  const fixes = (await house.check()).findings.map((finding) => finding.fix);
  assert.match(fixes[0] ?? "", /^Move the definition that is needed from src\/domains\/rooms\/runtime\/session\.ts/);
  assert.match(fixes[1] ?? "", /by `import \{ roomsMax \} from "\.\.\/types\/limits\.ts";`: src\/domains\/rooms\/types\/limits\.ts defines roomsMax/);
});

test("renderFindingsForAgent() groups places with one fix and keeps the labels", async (t) => {
  const files = Object.fromEntries(
    Array.from({ length: 15 }, (_, at) => [
      `src/domains/rooms/service/p${String(at).padStart(2, "0")}.ts`,
      'import { open } from "../runtime/session.ts";\nexport const x = open;\n',
    ]),
  );
  const house = await buildHouse(t, files);
  const text = renderFindingsForAgent((await house.check()).findings);
  assert.deepEqual(text.split("\n").map((line) => line.split(":")[0]), ["ERROR layers (15 places)", "File", "Line", "Found", "Expected", "Fix", "Reference", "Also"]);
  assert.match(text, /and 4 more$/);
  assert.ok(text.length <= 1300);
});

test("a check of nothing, of no layer and of layers without edges is an error", async (t) => {
  const house = await buildHouse(t, { "src/domains/rooms/types.ts": "export const a = 1;\n" });
  const noLayers = await house.check(cleanConfiguration.replace("src/domains/*", "lib/*"));
  assert.deepEqual(noLayers.findings.map((finding) => [finding.rule, finding.severity]), [["coverage", "error"]]);
  assert.equal((await house.check("version: 1\nlayers: [types]\n")).findings[0]?.rule, "coverage");
  await rm(join(house.rootPath, "src"), { recursive: true });
  assert.deepEqual(shortly(await house.check()), ["coverage inspan.yaml:1"]);
  await house.write({ "src/domains/rooms/types.ts": "export const a = 1;\n", "src/domains/rooms/ui.ts": 'import { a } from "~/nowhere";\nexport const b = a;\n' });
  const noEdges = await house.check();
  assert.deepEqual(shortly(noEdges), ["coverage inspan.yaml:3"]);
  assert.equal(noEdges.findings[0]?.severity, "error");
  assert.equal(noEdges.coverage.importsUnresolved, 1);
});

test("files whose language a rule does not see are counted by rule and language", async (t) => {
  const files = {
    "a/a.go": "package a\n",
    "a/b.go": "package a\n",
    "a/A.java": "class A {}\n",
    "a/a.rs": "fn f() {}\n",
    "a/a.py": "x = 1\n",
    "a/a.ts": "export {};\n",
    "b/a.go": "package b\n",
  };
  const report = await (
    await buildTree(t, files)
  ).check(
    "version: 1\nrules:\n  - { kind: boundary, in: a/** }\n  - { kind: duplicates, name: copies, in: 'a/*.{ts,py}' }\n  - { kind: api-contract, openapi: x.yaml, in: 'a/*.{ts,py}', severity: warning }\n",
  );
  assert.deepEqual(report.coverage.notSeen, { "boundary": { go: 2, java: 1, rust: 1 }, "api-contract": { python: 1 } });
  assert.match(renderReport(report), /, not seen into: boundary 2 go, 1 java, 1 rust; api-contract 1 python; /);
});

test("a repository of documents alone is told so, one of another language too, and nothing at all is an error, as is code for which layers are declared", async (t) => {
  const severities = async (files: Readonly<Record<string, string>>, configuration = "version: 1\n") =>
    (await (await buildTree(t, files)).check(configuration)).findings.map((one) => `${one.severity} ${one.rule}`);
  assert.deepEqual(await severities({ "README.md": "# Words\n" }), ["warning coverage"]);
  assert.deepEqual(await severities({ "notes.txt": "words\n" }), ["error coverage"]);
  assert.deepEqual(await severities({ "README.md": "# Words\n", "a.kt": "fun main() {}\n" }), ["warning coverage"]);
  assert.deepEqual(await severities({ "a.kt": "fun main() {}\n" }), ["error coverage"]);
  assert.match((await (await buildTree(t, { "README.md": "# Words\n", "a.kt": "fun main() {}\n" })).check("version: 1\n")).findings[0]?.found ?? "", /left out: 1 \.kt/);
  assert.deepEqual(await severities({ "README.md": "# Words\n" }, "version: 1\ndomains: src/*\nlayers: [types, service]\n"), ["error coverage"]);
});

test("exceptions excuse until their last day; expired and unused ones are findings", async (t) => {
  const bad = { "src/domains/rooms/service/book.ts": 'import { open } from "../runtime/session.ts";\nexport const x = open;\n' };
  const house = await buildHouse(t, bad);
  const withException = (entry: string) => house.check(`${cleanConfiguration}exceptions:\n  - ${entry}\n`);
  const today = house.providers.clock.nowIso().slice(0, 10);
  const good = await withException(`{ rule: layers, file: "src/domains/rooms/service/**", to: src/domains/rooms/runtime/session.ts, reason: later, until: "${today}" }`);
  assert.deepEqual([shortly(good), good.exceptionsUsed], [[], 1]);
  assert.deepEqual(shortly(await withException('{ rule: layers, file: "src/domains/rooms/service/**", reason: later, until: "2020-01-31" }')), [
    "exceptions inspan.yaml:7",
    "layers src/domains/rooms/service/book.ts:1",
  ]);
  assert.deepEqual(shortly(await withException('{ rule: layers, file: src/none.ts, reason: later, until: "2999-01-31" }')), [
    "exceptions inspan.yaml:7",
    "layers src/domains/rooms/service/book.ts:1",
  ]);
});

test("ids stay when lines move, and differ by rule and ends", async (t) => {
  const file = "src/domains/rooms/service/book.ts";
  const house = await buildHouse(t, { [file]: 'import { open } from "../runtime/session.ts";\nexport const x = open;\n' });
  const before = (await house.check()).findings;
  await house.write({
    [file]: '// moved\n\nimport { open } from "../runtime/session.ts";\nexport const x = open;\n',
    "src/domains/rooms/service/other.ts": 'import { open } from "../runtime/session.ts";\nexport const x = open;\n',
  });
  const after = (await house.check()).findings;
  assert.equal(before[0]?.id, after[0]?.id);
  assert.notEqual(after[0]?.id, after[1]?.id);
});

test("sizes: the limit itself passes, one line more does not; the last entry that matches counts", async (t) => {
  const body = (count: number) => `export const f = () => {\n${"  void 0;\n".repeat(count - 2)}};\n`;
  const house = await buildHouse(t, { "src/app/at.ts": body(20), "src/app/over.ts": body(21), "src/app/lax.test.ts": body(21) });
  const sizes = (name: string) => house.check(`${cleanConfiguration}rules:\n  - { name: ${name}, linesMax: 20 }\n  - { name: ${name}, in: "**/*.test.ts", linesMax: 30 }\n`);
  assert.deepEqual(shortly(await sizes("file-size")), ["file-size src/app/over.ts:21"]);
  const functions = await sizes("function-size");
  assert.deepEqual(shortly(functions), ["function-size src/app/over.ts:1"]);
  assert.equal(functions.findings[0]?.found, "the function f has 21 lines");
});

test("what cannot be read or parsed is a finding, and nothing hangs or ends the check", async (t) => {
  const house = await buildHouse(t, {
    "src/app/syntax.ts": "export const a = ;\n",
    "src/app/bytes.ts": new Uint8Array([0x2f, 0x2f, 0xff, 0xfe, 0x0a]),
    "src/app/mark.ts": 'export const mark = "\uFFFD";\n',
    "src/app/bom.ts": "\uFEFFexport const bom = 1;\n",
    "src/app/large.ts": `// ${"x".repeat(50 * 1024 * 1024)}\n`,
    "src/app/deep.ts": `export const deep = ${"(".repeat(100_000)}1${")".repeat(100_000)};\n`,
    "src/app/empty.ts": "",
    "src/app/name with ünicode.ts": "export {};\n",
  });
  await house.link("src/loop", "../src");
  await house.link("src/app/gone.ts", "nowhere.ts");
  const report = await house.check();
  assert.deepEqual(report.findings.map((finding) => `${finding.rule} ${finding.severity} ${finding.file}`), [
    "parse error src/app/bytes.ts", "parse error src/app/deep.ts", "parse warning src/app/large.ts", "parse error src/app/syntax.ts",
  ]);
  assert.equal(report.coverage.filesUnread, 3);
});

test("in a git repository ignored files are not checked, untracked ones are, and --changed keeps to what differs", async (t) => {
  const bad = 'import { open } from "../runtime/session.ts";\nexport const x = open;\n';
  const house = await buildHouse(t, { ".gitignore": "ignored.ts\n.state\n", "src/domains/rooms/service/ignored.ts": bad, "src/domains/rooms/service/committed.ts": bad });
  const git = (...args: string[]) => execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@t", ...args], { cwd: house.rootPath, stdio: "pipe" });
  git("init", "-q");
  git("add", "-A");
  git("commit", "-qm", "x");
  await house.write({ "src/domains/rooms/service/untracked.ts": bad });
  assert.deepEqual(shortly(await house.check()), ["layers src/domains/rooms/service/committed.ts:1", "layers src/domains/rooms/service/untracked.ts:1"]);
  const changed = await house.check(cleanConfiguration, { changedSince: "HEAD" });
  assert.deepEqual(shortly(changed), ["layers src/domains/rooms/service/untracked.ts:1"]);
  assert.equal(changed.coverage.files, 11);
  assert.deepEqual(shortly(await house.check(cleanConfiguration, { paths: ["src/domains/rooms/service/committed.ts"] })), ["layers src/domains/rooms/service/committed.ts:1"]);
  assert.deepEqual(shortly(await house.check(cleanConfiguration, { isStaged: true })), []);
  git("add", "src/domains/rooms/service/untracked.ts");
  assert.deepEqual(shortly(await house.check(cleanConfiguration, { isStaged: true })), ["layers src/domains/rooms/service/untracked.ts:1"]);
  await assert.rejects(house.check(cleanConfiguration, { paths: ["src/nowhere"] }), { code: "PATH_UNKNOWN" });
});

test("a check ends with an AbortError when it is cancelled", async (t) => {
  const house = await buildHouse(t);
  const controller = new AbortController();
  controller.abort();
  const { signal } = controller;
  await assert.rejects(
    runCheck({ providers: house.providers, rootPath: house.rootPath, configuration: configurationOf(cleanConfiguration), signal }),
    (error: Error) => error.name === "AbortError",
  );
});

test("checkFiles() answers only for its files, and gives nothing for one that is gone", async (t) => {
  const bad = 'import { open } from "../runtime/session.ts";\nexport const x = open;\n';
  const house = await buildHouse(t, { "src/domains/rooms/service/a.ts": bad, "src/domains/rooms/service/b.ts": bad });
  const quick = (files: readonly string[]): Promise<readonly Finding[]> =>
    checkFiles({ providers: house.providers, rootPath: house.rootPath, configuration: configurationOf(cleanConfiguration), files });
  assert.deepEqual(shortly({ findings: [...await quick([join(house.rootPath, "src/domains/rooms/service/a.ts")])] }), ["layers src/domains/rooms/service/a.ts:1"]);
  assert.deepEqual(await quick(["src/gone.ts", "README.md", "src/domains/rooms/types.ts"]), []);
});

test("a check of an empty folder blames no configuration that does not exist", async (t) => {
  const house = await buildHouse(t);
  await rm(join(house.rootPath, "src"), { recursive: true });
  const configuration = { ...configurationOf("version: 1\n"), path: undefined };
  const report = await runCheck({ providers: house.providers, rootPath: house.rootPath, configuration });
  assert.deepEqual(shortly(report), ["coverage .:1"]);
});

test("source files of languages that are not read are counted in every report, and a repository of nothing else is no pass", async (t) => {
  const house = await buildHouse(t, { "src/a.pas": "begin end.", "src/b.rb": "1", "src/c.rb": "2", "vendor/x.rb": "3", "docs/a.txt": "" });
  const { coverage } = await house.check();
  assert.deepEqual(coverage.otherLanguages, { rb: 2, pas: 1 });
  assert.equal((await (await buildHouse(t)).check()).coverage.otherLanguages, undefined);
  const strange = await buildTree(t, { "a.rb": "1" });
  const report = await strange.check("version: 1");
  assert.deepEqual([shortly(report), report.coverage.otherLanguages], [["coverage inspan.yaml:1"], { rb: 1 }]);
  assert.match(renderReport(report), /0 files, 0 in no layer, not read: 1 \.rb; /);
});
