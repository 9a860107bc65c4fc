import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { root } from "./suite.ts";

const imports = 'import { test } from "node:test"; import { existsSync, writeFileSync } from "node:fs";\n';
const good = `${imports}test("good", () => {}); test("left out", { skip: "no such thing here" }, () => {});`;
const bad = `${imports}test("bad", () => { throw new Error("always"); });`;
/** Fails the first time that it runs, as one does that is too hasty beside others. */
const hasty = (mark: string): string =>
  `${imports}test("hasty", () => { if (!existsSync(${JSON.stringify(mark)})) { writeFileSync(${JSON.stringify(mark)}, ""); throw new Error("too early"); } });`;

/** What the suite prints for these files and how it ends; they run in a process of their own, as it does. */
async function play(t: TestContext, files: Readonly<Record<string, string>>, isTriedAlone: boolean): Promise<{ readonly text: string; readonly code: number }> {
  const folder = mkdtempSync(join(tmpdir(), "suite-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, "marks"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text.replaceAll("MARK", join(folder, "marks", name)));
  const paths = Object.keys(files).map((name) => join(folder, name));
  writeFileSync(
    join(folder, "play.mjs"),
    `import { finish, runTestFiles } from ${JSON.stringify(join(root, "scripts", "suite.ts"))};\nawait runTestFiles(${JSON.stringify(paths)}, 2, { isTriedAlone: ${isTriedAlone} });\nfinish();`,
  );
  const { NODE_TEST_CONTEXT: _ours, ...env } = process.env;
  return new Promise((done) => {
    const child = execFile(process.execPath, [join(folder, "play.mjs")], { env, timeout: 60_000 }, (_error, text) =>
      done({ text, code: child.exitCode ?? -1 }),
    );
  });
}

test("a file that fails beside others and passes alone is told as flaky, with what it printed; it fails the run where nothing is tried again", async (t) => {
  const files = { "good.test.mjs": good, "hasty.test.mjs": hasty("MARK") };
  const again = await play(t, files, true);
  assert.match(again.text, /FAIL [^\n]*hasty[^]*too early[^]*AGAIN [^\n]*hasty\.test\.mjs, alone\nFLAKY [^\n]*hasty[^]*\n1 skipped, 1 flaky \(said above\)\n2 passed, 0 failed\n$/);
  assert.equal(again.code, 0);
  const once = await play(t, files, false);
  assert.match(once.text, /\n1 skipped \(said above\)\n1 passed, 1 failed\n$/);
  assert.equal(once.code, 1);
});

test("a file that fails twice fails the run, and so do more flaky ones than a few", async (t) => {
  const twice = await play(t, { "good.test.mjs": good, "bad.test.mjs": bad }, true);
  assert.match(twice.text, /AGAIN [^\n]*bad[^]*always[^]*\n1 skipped \(said above\)\n1 passed, 1 failed\n$/);
  assert.equal(twice.code, 1);
  const many = await play(t, Object.fromEntries([1, 2, 3, 4, 5].map((number) => [`hasty${number}.test.mjs`, hasty("MARK")])), true);
  assert.match(many.text, /\n0 passed, 5 failed\n$/);
  assert.doesNotMatch(many.text, /AGAIN/);
  const broken = await play(t, { "broken.test.mjs": "throw new Error('no test was reached');" }, true);
  assert.equal(broken.code, 1, broken.text);
});
