// The package as users get it: packed, installed in an empty folder, and run there; and what an older Node gets.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { checkoutPath, makePlace, run, type Answer, type Place } from "../support/command-line.ts";

// Twice what it is; above it something came in that does not belong there.
const packedBytesMax = 1_600_000;

/** npm reads a registry and writes some thousand files. */
const installMsMax = 220_000;

const nodeFolder = dirname(process.execPath);
// npm must not take this very run's settings (npm test sets npm_*) for those of the user.
const env: NodeJS.ProcessEnv = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_(package|lifecycle|command)/.test(name))),
  PATH: `${nodeFolder}${delimiter}${process.env["PATH"] ?? ""}`,
  NODE_NO_WARNINGS: "",
};

function expectFine(answer: Answer): Answer {
  assert.equal(answer.exitCode, 0, `${answer.stdout}\n${answer.stderr}`);
  return answer;
}

/** The tarball's own description of itself, built by prepack. */
async function pack(place: Place): Promise<{ readonly path: string; readonly sizeBytes: number; readonly files: readonly string[] }> {
  const answer = expectFine(await run(["npm", "pack", "--json", "--pack-destination", place.path], { cwd: checkoutPath, env, timeoutMs: installMsMax }));
  const listed: unknown = JSON.parse(answer.stdout.slice(answer.stdout.search(/^[[{]/m)));
  const entry = (Array.isArray(listed) ? listed : Object.values(Object(listed)))[0] as { filename: string; size: number; files: { path: string }[] }; // npm's documented form, a list or (npm 12) an object by name
  return { path: join(place.path, entry.filename), sizeBytes: entry.size, files: entry.files.map((file) => file.path) };
}

/** Undefined where neither the registry nor npm's cache has the dependencies. */
async function install(t: TestContext): Promise<{ readonly place: Place; readonly tarball: Awaited<ReturnType<typeof pack>>; readonly launcher: string } | undefined> {
  const place = makePlace(t, { isRepository: false });
  const tarball = await pack(place);
  const home = join(place.path, "home");
  mkdirSync(home);
  writeFileSync(join(home, "package.json"), '{ "private": true }\n');
  const installed = await run(["npm", "install", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund", "--omit=dev", tarball.path], {
    cwd: home,
    env,
    timeoutMs: installMsMax,
  });
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENOTCACHED/.test(installed.stderr)) return undefined;
  expectFine(installed);
  return { place, tarball, launcher: join(home, "node_modules", "inspan", "bin", "inspan.js") };
}

/** An older Node of this machine, outside of our own folder; undefined where there is none. */
async function findOlderNode(): Promise<{ readonly path: string; readonly version: string } | undefined> {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const path = join(folder, "node");
    if (folder === nodeFolder || folder.includes("node_modules") || !existsSync(path)) continue;
    const version = (await run([path, "--version"], { cwd: "/", env })).stdout.trim();
    const [major = 0, minor = 0] = version.slice(1).split(".").map(Number);
    if (major < 22 || (major === 22 && minor < 18)) return { path, version };
  }
  return undefined;
}

test("the packed package installs into an empty folder and works there", { timeout: 480_000 }, async (t) => {
  const installed = await install(t);
  if (installed === undefined) return t.skip("no registry and no cached dependencies");
  const { place, tarball, launcher } = installed;
  const version: unknown = JSON.parse(readFileSync(join(checkoutPath, "package.json"), "utf8")).version;
  const home = join(place.path, "home");

  await t.test("it holds the program, its templates and its licence, and nothing of the workshop", () => {
    assert.ok(tarball.sizeBytes < packedBytesMax, `${tarball.sizeBytes} bytes`);
    for (const wanted of [
      "LICENSE",
      "NOTICE",
      "bin/inspan.js",
      "dist/app/main.js",
      "dist/app/library.js",
      "dist/app/library.d.ts",
      "dist/app/generated/manifest.json",
      "dist/providers/node/sandbox/bridge.js",
      "templates/init/AGENTS.md",
      "templates/init/docs/exec-plans/active/.gitkeep",
    ])
      assert.ok(tarball.files.includes(wanted), wanted);
    assert.deepEqual(tarball.files.filter((path) => path !== "dist/app/library.d.ts" && /\.test\.|\.ts$|^src\/|^test\/|^scripts\/|^bench\/|^examples\/|node24/.test(path)), []);
  });

  const inspan = (args: readonly string[], options: { readonly cwd?: string; readonly node?: readonly [string, ...string[]] } = {}): Promise<Answer> =>
    run(options.node ? [...options.node, launcher, ...args] : ["npx", "--no-install", "inspan", ...args], {
      cwd: options.cwd ?? home,
      env: { ...env, INSPAN_HOME: place.statePath },
    });
  const makeRepository = async (name: string): Promise<string> => {
    const path = join(home, name);
    mkdirSync(path);
    writeFileSync(join(path, "a.ts"), "export const a = 1;\n");
    expectFine(await run(["git", "init", "--quiet", path], { cwd: home, env }));
    return path;
  };

  await t.test("--version, --help, init and check run", async () => {
    assert.equal(expectFine(await inspan(["--version"])).stdout, `${version}\n`);
    assert.match(expectFine(await inspan(["--help"])).stdout, /inspan task run/);
    const cwd = await makeRepository("fresh");
    assert.match(expectFine(await inspan(["init"], { cwd })).stdout, /wrote AGENTS\.md/);
    assert.match(expectFine(await inspan(["check"], { cwd })).stdout, /^OK: 1 file/);
    assert.match(expectFine(await inspan(["init"], { cwd })).stdout, /Wrote 0/);
    expectFine(await run(["git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "--allow-empty", "-m", "x"], { cwd, env }));
    assert.deepEqual(JSON.parse(expectFine(await inspan(["task", "list", "--json"], { cwd })).stdout).tasks, []);
  });

  await t.test("a test of the user's own imports it by name, and fails where a boundary was taken away", async () => {
    const cwd = await makeRepository("tested");
    writeFileSync(join(cwd, "inspan.yaml"), "version: 1\n");
    writeFileSync(
      join(cwd, "a.mjs"),
      'import { checkArchitecture } from "inspan";\nconst { findings } = await checkArchitecture({ required: ["cycles", "layers"] });\nconsole.log(findings.map((one) => one.found).join());\n',
    );
    assert.match(
      expectFine(await run([process.execPath, "a.mjs"], { cwd, env: { ...env, INSPAN_HOME: place.statePath } })).stdout,
      /^the boundary layers is not declared[^\n]*\n$/,
    );
  });

  await t.test("on an older Node that our parser knows, init and check run, and a task says what it needs", async (nested) => {
    const older = await findOlderNode();
    if (older === undefined || /^v(1\d|20\.(\d|1[0-8])\.)/.test(older.version)) return nested.skip("this machine has no Node from 20.19 to 22.17");
    const cwd = await makeRepository("older");
    const node = [older.path] as const;
    assert.match(expectFine(await inspan(["init"], { cwd, node })).stdout, /wrote AGENTS\.md/);
    assert.match(expectFine(await inspan(["check"], { cwd, node })).stdout, /^OK: 1 file/);
    expectFine(await run(["git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "--allow-empty", "-m", "x"], { cwd, env }));
    const task = await inspan(["task", "list", "--json"], { cwd, node });
    assert.deepEqual([task.exitCode, JSON.parse(task.stdout).error.code], [2, "NODE_TOO_OLD"], task.stderr);
  });

  await t.test("on a Node that is too old for anything, --version answers and the rest is one sentence with a remedy", async () => {
    const preload = join(place.path, "old.cjs");
    writeFileSync(preload, 'Object.defineProperty(process, "version", { value: "v18.20.4" });\n');
    const node = [process.execPath, "--require", preload] as const;
    assert.equal(expectFine(await inspan(["--version"], { node })).stdout, `${version}\n`);
    const check = await inspan(["check"], { node });
    assert.deepEqual([check.exitCode, check.stdout], [2, ""]);
    assert.match(check.stderr, /^Cannot run inspan: Node is v18\.20\.4, expected 22\.18 or newer\.\nNext: install Node 22\.18 .*\n$/);
  });
});
