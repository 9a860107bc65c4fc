// The kept answer of a whole check: given while nothing has changed, and never after anything that the answer rests on has.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { parseConfiguration } from "./configuration.ts";
import { loadContributions } from "./contributions.ts";
import { quickCheck } from "./quick-check.ts";
import { type CheckReport } from "../domains/lint/index.ts";
import { runCheck, watchConfiguration } from "../domains/lint/runtime/index.ts";
import { createNodeProviders } from "../providers/node/index.ts";
import type { OperationContext } from "../providers/index.ts";

const yaml = "version: 1\ndomains: src/domains/*\nlayers: [types, service]\n";
const clean: Readonly<Record<string, string>> = {
  "inspan.yaml": yaml, ".gitignore": "node_modules\ndist\n", "package.json": "{ \"name\": \"a\" }",
  "src/domains/a/types.ts": "export const one = 1;\n",
  "src/domains/a/service.ts": 'import { one } from "./types.ts";\nimport later from "later";\nexport const two = [one, later];\n',
  "README.md": "# A\n\nSee [the types](src/domains/a/types.ts) and [what is built](dist/out.js).\n",
};

interface Place {
  readonly rootPath: string;
  readonly statePath: string;
  write(file: string, text: string): void;
  git(...args: readonly string[]): void;
  check(): Promise<CheckReport>;
  recall(): Promise<CheckReport | undefined>;
}

/** Every file is old, so that its stamp tells a change. */
async function buildPlace(t: TestContext): Promise<Place> {
  const rootPath = realpathSync(mkdtempSync(join(tmpdir(), "inspan-quick-")));
  const statePath = mkdtempSync(join(tmpdir(), "inspan-quick-state-"));
  t.after(() => { for (const path of [rootPath, statePath]) rmSync(path, { recursive: true, force: true, maxRetries: 3 }); });
  const write = (file: string, text: string): void => { mkdirSync(dirname(join(rootPath, file)), { recursive: true }); writeFileSync(join(rootPath, file), text); };
  const env = {
    ...process.env,
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_AUTHOR_NAME: "Ada",
    GIT_AUTHOR_EMAIL: "ada@example.org",
    GIT_COMMITTER_NAME: "Ada",
    GIT_COMMITTER_EMAIL: "ada@example.org",
  };
  const git = (...args: readonly string[]): void => { execFileSync("git", args, { cwd: rootPath, env, stdio: "ignore" }); };
  for (const [file, text] of Object.entries(clean)) write(file, text);
  git("init", "--quiet", "--initial-branch=main");
  git("add", "-A");
  git("commit", "--quiet", "-m", "first");
  const providers = createNodeProviders({ env: process.env, statePath, version: "0.0.0" });
  t.after(() => providers.processes.stopAll());
  const contributions = await loadContributions();
  const signal = new AbortController().signal;
  const context = { providers, cwd: rootPath, statePath, signal, contributions: async () => contributions } as unknown as OperationContext; // the parts that checks use
  return {
    rootPath, statePath, write, git,
    check: async () => runCheck({
      providers, rootPath, statePath, signal, contributed: { context, checks: contributions.flatMap((one) => one.checks ?? []) },
      configuration: parseConfiguration({
        text: readFileSync(join(rootPath, "inspan.yaml"), "utf8"),
        path: "inspan.yaml",
        sections: contributions.flatMap((one) => one.configSections),
      }),
    }),
    recall: async () => {
      const answer = await quickCheck({ cwd: rootPath, statePath, input: {} });
      return answer === undefined ? undefined : JSON.parse(answer.json) as CheckReport; // written by the check above
    },
  };
}

const told = (report: CheckReport | undefined) => report?.findings.map((finding) => `${finding.rule} ${finding.file}:${finding.line}`);

test("the answer is kept, whole, and given again from any folder of the repository", async (t) => {
  const place = await buildPlace(t);
  assert.equal(await place.recall(), undefined, "nothing is kept before the first check");
  place.write("src/domains/a/types.ts", "import { two } from \"./service.ts\";\nexport const one = two;\n");
  const { durationMs: _ms, ...report } = await place.check();
  assert.deepEqual(told({ ...report, durationMs: 0 }), ["cycles src/domains/a/service.ts:1", "layers src/domains/a/types.ts:1"]);
  const { durationMs: _again, ...kept } = await place.recall() ?? { durationMs: 0 };
  assert.deepEqual(kept, report);
  assert.equal((await quickCheck({ cwd: join(place.rootPath, "src", "domains"), statePath: place.statePath, input: { format: "json" } }))?.isFailed, true);
  assert.equal(await quickCheck({ cwd: place.rootPath, statePath: place.statePath, input: { paths: ["src"] } }), undefined, "a part is not what was kept");
  assert.equal(await quickCheck({ cwd: place.rootPath, statePath: place.statePath, input: { changed: true } }), undefined);
});

const changes: readonly (readonly [what: string, change: (place: Place) => void])[] = [
  ["a source is written", (place) => place.write("src/domains/a/types.ts", "export const one = 11;\n")],
  ["a source is written with as many bytes and the times of before", (place) => {
    const path = join(place.rootPath, "src/domains/a/types.ts");
    const { atime, mtime } = statSync(path);
    writeFileSync(path, "export const one = 2;\n");
    utimesSync(path, atime, mtime);
  }],
  ["a document is written", (place) => place.write("README.md", "# A\n\nSee [nothing](gone.md).\n")],
  ["a file is deleted", (place) => rmSync(join(place.rootPath, "src/domains/a/types.ts"))],
  ["a file is deleted and staged", (place) => place.git("rm", "--quiet", "src/domains/a/types.ts")],
  ["a new file is there", (place) => place.write("src/domains/a/more.ts", "export {};\n")],
  ["the configuration is written", (place) => place.write("inspan.yaml", `${yaml}rules: [{ name: file-size, linesMax: 1 }]\n`)],
  ["a manifest is written", (place) => place.write("package.json", "{ \"name\": \"a\", \"dependencies\": { \"later\": \"1\" } }")],
  ["a package is installed, though git ignores it", (place) => place.write("node_modules/later/package.json", "{ \"name\": \"later\" }")],
  ["an ignored file that a document names is made", (place) => place.write("dist/out.js", "export {};\n")],
  ["what is ignored changes", (place) => place.write(".gitignore", "node_modules\n")],
  ["a baseline is written", (place) => place.write(".inspan/baseline.json", "{ \"version\": 1, \"entries\": [] }")],
  ["a commit is made", (place) => place.git("commit", "--quiet", "--allow-empty", "-m", "second")],
  ["another branch is checked out", (place) => place.git("checkout", "--quiet", "-b", "other")],
];

for (const [what, change] of changes) {
  test(`nothing is given again once ${what}`, async (t) => {
    const place = await buildPlace(t);
    await place.check();
    assert.notEqual(await place.recall(), undefined);
    change(place);
    assert.equal(await place.recall(), undefined);
  });
}

test("a torn answer, or one of another place, is none", async (t) => {
  const place = await buildPlace(t);
  await place.check();
  const [folder = ""] = readdirSync(join(place.statePath, "checks"));
  const path = join(place.statePath, "checks", folder, "report");
  const text = readFileSync(path, "utf8");
  writeFileSync(path, text.slice(0, -1));
  assert.equal(await place.recall(), undefined);
  writeFileSync(path, text.replace("\"findings\":[", "\"findings\": ["));
  assert.equal(await place.recall(), undefined);
  writeFileSync(path, text);
  assert.notEqual(await place.recall(), undefined);
});

test("a file alone is answered as by the whole way, once a check has parsed the configuration; another text is not believed", async (t) => {
  const place = await buildPlace(t);
  const file = "src/domains/a/types.ts";
  const yamlPath = join(place.rootPath, "inspan.yaml");
  const ask = async (): Promise<Partial<CheckReport> | undefined> => {
    const answer = await quickCheck({ cwd: place.rootPath, statePath: place.statePath, input: { paths: [file] } });
    if (answer === undefined) return undefined;
    const { durationMs: _ms, ...report } = JSON.parse(answer.json) as CheckReport; // the form of CONTRACTS
    return report;
  };
  place.write(file, "import { two } from \"./service.ts\";\nexport const one = two;\n");
  assert.equal(await ask(), undefined, "nobody has parsed it yet");
  const run = async (laterMs = 10_000): Promise<Partial<CheckReport>> => {
    const sections = (await loadContributions()).flatMap((one) => one.configSections);
    const real = createNodeProviders({ env: process.env, statePath: place.statePath, version: "0.0.0" });
    const providers = { ...real, clock: { ...real.clock, nowIso: () => new Date(Date.now() + laterMs).toISOString() } };
    const watched = watchConfiguration({ providers, rootPath: place.rootPath, statePath: place.statePath });
    const configuration = parseConfiguration({ text: readFileSync(yamlPath, "utf8"), path: "inspan.yaml", sections });
    const { durationMs: _ms, ...report } = await runCheck({ providers, rootPath: place.rootPath, configuration, paths: [file] });
    await watched.keep(configuration);
    return report;
  };
  const report = await run();
  assert.deepEqual(report.findings?.map((one) => one.rule), ["layers"]);
  assert.deepEqual(await ask(), report);
  place.write("inspan.yaml", `${yaml}rules: [{ name: layers, severity: off }]\n`);
  assert.equal(await ask(), undefined, "another text");
  await run(0);
  assert.equal(await ask(), undefined, "a text that has just been written may be another in a moment");
  assert.deepEqual((await run()).findings, []);
  assert.deepEqual((await ask())?.findings, []);
  assert.equal(await quickCheck({ cwd: place.rootPath, statePath: place.statePath, input: { paths: ["README.md"] } }), undefined, "no source");
});
