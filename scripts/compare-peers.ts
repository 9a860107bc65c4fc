// Recall beside the peers, by one command: the planted house (scripts/planted-house.ts) is checked by Inspan and by every peer that is installed in
// INSPAN_BENCH_DEPCRUISE (dependency-cruiser, eslint-plugin-boundaries with eslint-import-resolver-typescript and @typescript-eslint/parser, fallow,
// madge), each with the same wall in its own words; `--write` puts the table into docs/generated/check-recall.md.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { folderOf } from "../bench/subject.ts";
import { launcher, root as home } from "../bench/measure.ts";
import { type Planted, plantHouse, wall } from "./planted-house.ts";

/** A finding; no line where the tool tells none. */
interface Hit { readonly file: string; readonly line: number | undefined }
interface Tool { readonly name: string; readonly package: string; find(house: string, modules: string): readonly Hit[] }

const outputBytesMax = 64 * 1024 * 1024;

/** Standard output; a tool that finds something may end with any status. */
function run(program: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = process.env): string {
  const { stdout, stderr, error } = spawnSync(program, [...args], { cwd, env, encoding: "utf8", maxBuffer: outputBytesMax, timeout: 300_000 });
  if (error !== undefined || stdout.trim() === "") throw new Error(`Cannot run "${program} ${args.join(" ")}": it said nothing.\n${stderr}`);
  return stdout;
}

const isWalled = (path: string): boolean => wall.toFolders.some((folder) => path === folder || path.startsWith(`${folder}/`));
const isFrom = (path: string): boolean => path.startsWith(`${wall.fromFolder}/`);

interface Cruised { readonly modules: readonly { readonly source: string; readonly dependencies: readonly { readonly resolved: string }[] }[] }
interface Linted { readonly filePath: string; readonly messages: readonly { readonly ruleId: string | null; readonly line: number }[] }

const tools: readonly Tool[] = [
  {
    name: "Inspan", package: "",
    find(house) {
      const state = mkdtempSync(join(tmpdir(), "inspan-state-"));
      writeFileSync(join(house, "inspan.yaml"), `version: 1\nrules: [{ name: wall, from: "${wall.from}", to: ${JSON.stringify(wall.to)}, why: w, fix: f }]\n`);
      try {
        const report = JSON.parse(run(process.execPath, [launcher, "check", "--format", "json"], house, { ...process.env, INSPAN_HOME: state })) as {
          findings: { rule: string; file: string; line: number }[];
        }; // the form of CONTRACTS
        return report.findings.filter((one) => one.rule === "wall");
      } finally { rmSync(state, { recursive: true, force: true }); rmSync(join(house, "inspan.yaml")); }
    },
  },
  {
    name: "dependency-cruiser", package: "dependency-cruiser",
    find(house, modules) {
      const config = join(house, ".peer.cjs");
      writeFileSync(
        config,
        `module.exports = { options: { tsPreCompilationDeps: true, tsConfig: { fileName: "tsconfig.json" }, exoticRequireStrings: ["require.resolve"], enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["types", "import", "require", "node", "default"] } } };\n`,
      );
      const graph = JSON.parse(
        run(process.execPath, [join(modules, "dependency-cruiser/bin/dependency-cruiser.mjs"), "--config", config, "--output-type", "json", "packages"], house),
      ) as Cruised; // its own form
      return graph.modules
        .filter((one) => isFrom(one.source))
        .flatMap((one) => one.dependencies.filter((to) => isWalled(to.resolved)).map(() => ({ file: one.source, line: undefined })));
    },
  },
  {
    name: "eslint-plugin-boundaries", package: "eslint-plugin-boundaries",
    find(house, modules) {
      const config = join(house, "eslint.config.mjs");
      const element = (type: string, pattern: string) => `{ type: "${type}", pattern: "${pattern}", mode: "full" }`;
      writeFileSync(config, `import { createRequire } from "node:module";
const load = createRequire(${JSON.stringify(join(modules, "x.js"))});
export default [{ files: ["packages/**/*.{ts,tsx,mts,cts}"], languageOptions: { parser: load("@typescript-eslint/parser"), sourceType: "module" }, plugins: { boundaries: load("eslint-plugin-boundaries") },
  settings: { "import/resolver": { [load.resolve("eslint-import-resolver-typescript")]: { project: "tsconfig.json", alwaysTryTypes: true } }, "boundaries/dependency-nodes": ["import", "export", "dynamic-import", "require"],
    "boundaries/elements": [${[element("service", wall.from), ...wall.to.map((to) => element("runtime", to))].join(", ")}] },
  rules: { "boundaries/dependencies": [2, { default: "allow", policies: [{ from: { element: { type: "service" } }, disallow: { to: { element: { type: "runtime" } } } }] }] } }];
`);
      const results = JSON.parse(run(process.execPath, [join(modules, "eslint/bin/eslint.js"), "--format", "json", "packages"], house)) as readonly Linted[]; // its own form
      return results.flatMap((one) =>
        one.messages
          .filter((message) => message.ruleId === "boundaries/dependencies")
          .map((message) => ({ file: relativeTo(house, one.filePath), line: message.line })),
      );
    },
  },
  {
    name: "fallow", package: "fallow",
    find(house, modules) {
      const zones = [
        { name: "service", patterns: [wall.from] },
        { name: "runtime", patterns: wall.to },
        { name: "rest", patterns: ["packages/core/src/public/**", "packages/public/**"] },
      ];
      writeFileSync(
        join(house, ".fallowrc.json"),
        JSON.stringify({ entry: [`${wall.fromFolder}/*.ts`], boundaries: { zones, rules: [{ from: "service", allow: ["service", "rest"] }] } }),
      );
      const report: unknown = JSON.parse(run(join(modules, ".bin/fallow"), ["architecture", "--boundaries", "--format", "json", "--quiet"], house));
      const hits: Hit[] = [];
      const walk = (value: unknown): void => {
        if (Array.isArray(value)) { for (const one of value) walk(one); return; }
        if (typeof value !== "object" || value === null) return;
        const { from_path: path, line } = value as { from_path?: unknown; line?: unknown }; // its own form, of which only these two are asked
        if (typeof path === "string" && typeof line === "number") hits.push({ file: path, line });
        for (const one of Object.values(value)) walk(one);
      };
      walk(report);
      return hits;
    },
  },
  {
    name: "madge", package: "madge",
    find(house, modules) {
      const graph = JSON.parse(
        run(
          process.execPath,
          [join(modules, "madge/bin/cli.js"), "--json", "--extensions", "ts,tsx,mts,cts", "--ts-config", "tsconfig.json", "packages"],
          house,
        ),
      ) as Readonly<Record<string, readonly string[]>>; // its own form
      return Object.entries(graph)
        .filter(([file]) => isFrom(`packages/${file}`))
        .flatMap(([file, targets]) => targets.filter((to) => isWalled(`packages/${to}`)).map(() => ({ file: `packages/${file}`, line: undefined })));
    },
  },
];

function relativeTo(house: string, path: string): string {
  return path.startsWith(`${house}/`) ? path.slice(house.length + 1) : path;
}

interface Score { readonly tool: string; readonly byFile: number; readonly byLine: number | undefined; readonly falseOnes: number; readonly missed: readonly string[] }

function judge(tool: string, planted: readonly Planted[], hits: readonly Hit[]): Score {
  const byFile = planted.filter((one) => hits.some((hit) => hit.file === one.file));
  // Found once, at its line.
  const byLine = hits.some((hit) => hit.line !== undefined)
    ? planted.filter((one) => hits.filter((hit) => hit.file === one.file).length === 1 && hits.some((hit) => hit.file === one.file && hit.line === one.line))
        .length
    : undefined;
  return {
    tool,
    byFile: byFile.length,
    byLine,
    falseOnes: hits.filter((hit) => !planted.some((one) => one.file === hit.file)).length,
    missed: planted.filter((one) => !byFile.includes(one)).map((one) => one.way),
  };
}

const modules = join(folderOf("INSPAN_BENCH_DEPCRUISE", "a folder where the peers are installed"), "node_modules");
const house = realpathSync(mkdtempSync(join(tmpdir(), "inspan-planted-")));
try {
  const planted = plantHouse(house);
  for (const args of [["init", "-q"], ["add", "-A"]]) spawnSync("git", args, { cwd: house });
  const scores: Score[] = [];
  const absent: string[] = [];
  for (const tool of tools) {
    const manifest = join(modules, tool.package, "package.json");
    if (tool.package !== "" && !existsSync(manifest)) { absent.push(tool.name); continue; }
    const version = tool.package === "" ? "" : ` ${(JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version}`; // a package's own manifest
    scores.push(judge(`${tool.name}${version}`, planted, tool.find(house, modules)));
  }
  const share = (count: number | undefined): string => (count === undefined ? "tells no lines" : `${((count / planted.length) * 100).toFixed(1)} %`);
  const table = [
    `| ${planted.length} planted violations | by file | once, at its line | false ones |`,
    "|---|---|---|---|",
    ...scores.map((one) => `| ${one.tool} | ${share(one.byFile)} | ${share(one.byLine)} | ${one.falseOnes} |`),
  ].join("\n");
  const missed = scores.map((one) => `- ${one.tool}: ${one.missed.length === 0 ? "nothing" : one.missed.join("; ")}`).join("\n");
  const text = [
    "# Recall of the import rules beside the peers",
    `One wall, written for each tool in its own words, over a workspace that is neither installed nor built (\`scripts/planted-house.ts\`). Written by \`npm run figures:recall\`, with \`INSPAN_BENCH_DEPCRUISE\` a folder where the peers are installed.`,
    table,
    "## Not found",
    missed,
    ...(absent.length === 0 ? [] : [`Not installed, so not measured: ${absent.join(", ")}.`]),
  ].join("\n\n");
  process.stdout.write(`${text}\n`);
  if (process.argv.includes("--write")) writeFileSync(join(home, "docs/generated/check-recall.md"), `${text}\n`);
  const [own] = scores;
  process.exitCode = own !== undefined && own.byLine === planted.length && own.falseOnes === 0 ? 0 : 1;
} finally { rmSync(house, { recursive: true, force: true }); }
