// A check that begins with what the last one kept says exactly what one from nothing says, whatever happened in between.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { parseConfiguration } from "./configuration.ts";
import { loadContributions } from "./contributions.ts";
import { quickCheck } from "./quick-check.ts";
import { runCheck } from "../domains/lint/runtime/index.ts";
import type { OperationContext } from "../providers/index.ts";
import { createNodeProviders } from "../providers/node/index.ts";

const seed = Number(process.env["INSPAN_TEST_SEED"] ?? Date.now() % 1_000_000);
const stepsMax = Number(process.env["INSPAN_TEST_STEPS"] ?? 5);

/** mulberry32: small, and the same everywhere. */
function randomOf(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const random = randomOf(seed);
const below = (count: number): number => Math.floor(random() * count);
const pick = <Item>(items: readonly Item[]): Item => { const item = items[below(items.length)]; assert.ok(item !== undefined); return item; };

const layers = ["types", "service", "runtime", "ui"] as const;
const domains = ["a", "b", "c"] as const;
const names = ["one", "two", "three", "Four", "five_six", "loadAll"] as const;
const files = domains.flatMap((domain) => [
  `src/domains/${domain}/index.ts`,
  ...layers.flatMap((layer) => [`src/domains/${domain}/${layer}/main.ts`, `src/domains/${domain}/${layer}/More.ts`]),
]);
const packages = ["packages/p/src/index.ts", "packages/q/src/index.ts", "src/tool.py", "src/lib/other.py", "src/domains/a/service/main.test.ts"];
const documents = ["README.md", "AGENTS.md", "docs/guide.md", "docs/deep/page.md"] as const;
const all = [...files, ...packages];

function specifier(from: string): string {
  const target = pick(all);
  if (from.endsWith(".py")) return target;
  const up = "../".repeat(dirname(from).split("/").length);
  if (random() < 0.7) return `${up}${pick(files)}`;
  return pick([
    `${up}${target}`,
    `${up}${target.replace(/\.ts$/, ".js")}`,
    `@/${target.replace(/^src\//, "").replace(/\.ts$/, "")}`,
    "@scope/p",
    "@scope/q",
    "pino",
    "missing",
    "./More",
    "../types",
    `${up}built/out`,
  ]);
}

function statement(file: string): string {
  if (file.endsWith(".py")) return pick(["import lib.other", "from lib.other import one", "import os", "from . import tool", "def two():\n    return 1"]);
  const name = pick(names);
  return pick([
    `import { ${name} } from "${specifier(file)}";`,
    `import { ${name} } from "${specifier(file)}";`,
    `import type { ${name} } from "${specifier(file)}";`,
    `export * from "${specifier(file)}";`,
    `export { ${name} as ${pick(names)} } from "${specifier(file)}";`,
    `export const ${name} = ${below(9)};`,
    `export function ${name}(value: number) {\n  const sum = value + ${below(3)};\n  return sum * 2 - value / 3 + Math.max(sum, value, 7) - Math.min(sum, 3);\n}`,
    `const later = await import("${specifier(file)}");`,
    "console.log(Date.now());",
    `// ${name} ${below(100)}`,
    ...(random() < 0.2 ? ["const broken = ("] : []),
    `import "${specifier(file)}";`,
  ]);
}

const source = (file: string): string => `${Array.from({ length: below(5) }, () => statement(file)).join("\n")}\n`;

const words = [
  "`loadAll()`",
  "`FiveSix`",
  "`src/domains/a/types/main.ts`",
  "`src/domains/b/gone.ts`",
  "[guide](docs/guide.md)",
  "[page](docs/deep/page.md#top)",
  "[out](built/out.js)",
  "`npm run build`",
  "`two`",
  "[up](../README.md)",
  "`oldName`",
] as const;
const page = (): string => `# Top\n\n${Array.from({ length: 1 + below(6) }, () => `It is ${pick(words)} here.`).join("\n\n")}\n`;

const yaml = (): string => [
  "version: 1",
  "domains: src/domains/*",
  `layers: [${pick([layers.join(", "), "types, service, ui, runtime"])}]`,
  ...(random() < 0.5 ? ["providers: { path: src/domains/c/runtime, packages: [pino] }"] : []),
  "rules:",
  ...[
    '  - { kind: duplicates, in: "src/**", sizeMin: 22 }',
    "  - { kind: naming, name: file-names, of: [file], style: [kebab-case] }",
    "  - { kind: naming, name: value-names, of: [function, constant], style: [camelCase] }",
    '  - { kind: dead-exports, in: "src/**", entries: ["src/domains/a/ui/**"] }',
    '  - { name: no-clock, in: "src/**", ban: [Date.now, console], why: "time is given", fix: "pass it in" }',
    '  - { kind: tests-present, in: "src/domains/*/service/**" }',
    '  - { name: a-without-b, from: "src/domains/a/**", to: "src/domains/b/**", why: "apart", fix: "move it" }',
    '  - { kind: orphans, in: "src/**", entries: ["src/domains/a/ui/**"] }',
  ].filter(() => random() < 0.4), "  - { name: file-size, linesMax: 12 }", "",
].join("\n");
const tsconfig = (): string =>
  JSON.stringify({ compilerOptions: { paths: { "@/*": [pick(["./src/*", "./src/domains/*"])] } }, ...(random() < 0.1 ? { extends: "./base.json" } : {}) });
const manifest = (name: string): string =>
  JSON.stringify({
    name,
    ...(random() < 0.5 ? { exports: "./src/index.ts" } : { main: "./dist/index.js" }),
    scripts: random() < 0.5 ? { build: "x" } : {},
    dependencies: random() < 0.5 ? { pino: "1" } : {},
  });

test(`the answer of a warm check is that of a cold one, byte for byte (INSPAN_TEST_SEED=${seed})`, async (t) => {
  t.diagnostic(`seed ${seed}`);
  const rootPath = realpathSync(mkdtempSync(join(tmpdir(), "inspan-warm-")));
  const statePath = mkdtempSync(join(tmpdir(), "inspan-warm-state-"));
  t.after(() => { for (const path of [rootPath, statePath]) rmSync(path, { recursive: true, force: true, maxRetries: 3 }); });
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
  const write = (file: string, text: string): void => { mkdirSync(dirname(join(rootPath, file)), { recursive: true }); writeFileSync(join(rootPath, file), text); };
  const read = (file: string): string => (existsSync(join(rootPath, file)) ? readFileSync(join(rootPath, file), "utf8") : "");
  const contributions = await loadContributions();
  const providers = createNodeProviders({ env: process.env, statePath, version: "0.0.0" });
  t.after(() => providers.processes.stopAll());
  const signal = new AbortController().signal;
  const check = async (state: string, part: { readonly paths?: readonly string[]; readonly changedSince?: string } = {}): Promise<string> => {
    const context = { providers, cwd: rootPath, statePath: state, signal, contributions: async () => contributions } as unknown as OperationContext; // the parts that checks use
    const configuration = parseConfiguration({ text: read("inspan.yaml"), path: "inspan.yaml", sections: contributions.flatMap((one) => one.configSections) });
    const { durationMs: _ms, ...report } = await runCheck({
      providers,
      rootPath,
      statePath: state,
      signal,
      configuration,
      ...part,
      contributed: { context, checks: contributions.flatMap((one) => one.checks ?? []) },
    });
    return JSON.stringify(report, undefined, 1);
  };
  const done: string[] = [];
  const doing = (what: string): void => { done.push(what); };
  const edit = (): void => {
    const file = pick(all.filter((one) => random() < 0.1 || existsSync(join(rootPath, one))));
    const before = read(file);
    const lines = before.split("\n");
    doing(`edit ${file}`);
    write(
      file,
      pick([
        () => `${before}// ${below(1000)}\n`,
        () => `${statement(file)}\n${before}`,
        () => `${before}${statement(file)}\n`,
        () => lines.filter(() => random() < 0.7).join("\n"),
        () => source(file),
      ])(),
    );
  };
  const moves: readonly (() => void)[] = [
    () => { const file = pick(all); doing(`delete ${file}`); rmSync(join(rootPath, file), { force: true }); },
    () => {
      const file = pick(all);
      const to = file.replace(/(\w+)\.ts$/, pick(["renamed.ts", "More.ts", "main.ts"]));
      if (existsSync(join(rootPath, file)) && file !== to) {
        doing(`rename ${file} ${to}`);
        renameSync(join(rootPath, file), join(rootPath, to));
      }
    },
    () => { doing("inspan.yaml"); write("inspan.yaml", yaml()); },
    () => { doing("tsconfig"); write(pick(["tsconfig.json", "src/domains/b/tsconfig.json"]), tsconfig()); },
    () => { const name = pick(["p", "q"]); doing(`package ${name}`); write(`packages/${name}/package.json`, manifest(`@scope/${pick(["p", "q"])}`)); },
    () => { const file = pick(documents); doing(`document ${file}`); write(file, page()); },
    () => { const file = pick(documents); doing(`no document ${file}`); rmSync(join(rootPath, file), { force: true }); },
    () => { doing("ignored"); if (random() < 0.5) rmSync(join(rootPath, "built"), { recursive: true, force: true }); else write("built/out.js", "export const one = 1;\n"); },
    () => {
      doing("installed");
      if (random() < 0.5) rmSync(join(rootPath, "node_modules"), { recursive: true, force: true });
      else write("node_modules/missing/package.json", "{}");
    },
    () => { doing("commit"); git("add", "-A"); git("commit", "--quiet", "--allow-empty", "-m", "more"); },
  ];
  write(".gitignore", "node_modules\nbuilt\n");
  write("package.json", JSON.stringify({ name: "root", workspaces: ["packages/*"] }));
  write("inspan.yaml", yaml());
  write("tsconfig.json", tsconfig());
  for (const name of ["p", "q"]) write(`packages/${name}/package.json`, manifest(`@scope/${name}`));
  for (const file of all) write(file, source(file));
  for (const file of documents) write(file, page());
  // Facts are only kept of as many files as are read sooner than they are parsed.
  for (let at = 0; at < 110; at++) write(`src/domains/c/service/filler-${at}.ts`, `export const filler${at} = ${at};\n`);
  write("src/old.ts", "export const oldName = 1;\n");
  git("init", "--quiet", "--initial-branch=main");
  git("add", "-A");
  git("commit", "--quiet", "-m", "first");
  rmSync(join(rootPath, "src/old.ts"));
  for (let step = 0; step < stepsMax; step++) {
    done.length = 0;
    // Mostly one file is edited, as people do; now and then anything happens, twice.
    if (random() < 0.75) edit(); else for (let count = 1 + below(2); count > 0; count--) pick(moves)();
    const cold = mkdtempSync(join(tmpdir(), "inspan-cold-state-"));
    try {
      if (step % 3 === 1) {
        const part = pick(
          [{ paths: ["src/domains/a", "docs"] }, { changedSince: "HEAD" }, { paths: ["README.md"] }].filter(
            (one) => one.paths?.[0] !== "README.md" || existsSync(join(rootPath, "README.md")),
          ),
        );
        if (existsSync(join(rootPath, "src/domains/a")) && existsSync(join(rootPath, "docs")))
          assert.equal(
            await check(statePath, part),
            await check(`${cold}-part`, part),
            `seed ${seed}, step ${step}, ${JSON.stringify(part)}: ${done.join(", ")}`,
          );
        rmSync(`${cold}-part`, { recursive: true, force: true });
      }
      const [warm, fresh] = [await check(statePath), await check(cold)];
      assert.equal(warm, fresh, `seed ${seed}, step ${step}: ${done.join(", ")}`);
      const kept = await quickCheck({ cwd: rootPath, statePath, input: {} });
      if (kept !== undefined) {
        const { durationMs: _ms, ...report } = JSON.parse(kept.json) as { readonly durationMs: number };
        assert.equal(JSON.stringify(report, undefined, 1), fresh, `seed ${seed}, step ${step}, given again`);
      } // written by the check above
    } finally { rmSync(cold, { recursive: true, force: true }); }
  }
});
