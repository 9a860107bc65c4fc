// `node scripts/ground-truth.ts <folder> [--write]`: public repositories whose own tools know the truth, against ours. The folder holds checkouts by name; missing ones are
// said. Nothing in them is changed: each is cloned into a temporary folder first. `--write` writes docs/generated/check-ground-truth.md.
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { canRun, compareGo, compareGoArchLint, compareJava, compareRust, compareTach, type Comparison, type Graph, readGoEdges, run } from "./ground-truth-oracles.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const launcher = join(root, "bin", "inspan.js");

interface Finding { readonly rule: string; readonly file: string; readonly line: number }
interface Row extends Comparison { readonly repository: string; readonly commit: string; readonly language: string; readonly oracle: string }

interface Subject {
  readonly name: string;
  readonly repository: string;
  readonly language: string;
  readonly compare: (folder: string) => readonly (Comparison & { readonly oracle: string })[];
}

function inspan(folder: string, args: readonly string[]): string {
  return run(folder, [process.execPath, launcher, ...args], { acceptFailure: true });
}

function graphOf(folder: string): Graph {
  return JSON.parse(inspan(folder, ["graph", "--format", "json"])) as Graph; // the form of CONTRACTS
}

/** Findings of the rules in inspan.yaml only: this is about the other tool's rules, not about ours. */
function findingsOf(folder: string): readonly Finding[] {
  const names = new Set((parse(readFileSync(join(folder, "inspan.yaml"), "utf8")) as { rules: { name: string }[] }).rules.map((one) => one.name)); // written by import-rules
  return (JSON.parse(inspan(folder, ["check", "--json"])) as { findings: Finding[] }).findings.filter((one) => names.has(one.rule)); // the form of CONTRACTS
}

/** The tool's own configuration, imported: nothing is found in the repository, and one planted import is, at its line. */
function compareImported(file: string, planted: { readonly file: string; readonly text: string; readonly rules: readonly string[] }): Subject["compare"] {
  return (folder) => {
    inspan(folder, ["import-rules", file, "--write"]);
    const clean = findingsOf(folder);
    const line = readFileSync(join(folder, planted.file), "utf8").split("\n").length;
    appendFileSync(join(folder, planted.file), `${planted.text}\n`);
    const found = findingsOf(folder);
    const show = (list: readonly Finding[]) => list.map((one) => `${one.rule} ${one.file}:${one.line}`).sort();
    const expected = planted.rules.map((rule) => `${rule} ${planted.file}:${line}`).sort();
    return [
      {
        oracle: `${file}, imported`,
        expected: "0, as its own tool says",
        found: `${clean.length}`,
        isAgreed: clean.length === 0,
        ...(clean.length === 0 ? {} : { note: show(clean).slice(0, 3).join("; ") }),
      },
      { oracle: `${file}, \`${planted.text}\` planted`, expected: expected.join("; "), found: show(found).join("; "), isAgreed: expected.join() === show(found).join() },
    ];
  };
}

/** Each dependency that dependency-cruiser knows as a violation is an edge of ours, and the rules that could be carried over find theirs. */
function compareKnownViolations(folder: string): readonly (Comparison & { readonly oracle: string })[] {
  const known = JSON.parse(readFileSync(join(folder, ".dependency-cruiser-known-violations.json"), "utf8")) as {
    type: string;
    from: string;
    to: string;
    rule: { name: string };
  }[]; // dependency-cruiser's own form
  const edges = new Set(graphOf(folder).edges.map((edge) => `${edge.from} → ${edge.to}`));
  const local = known.filter((one) => one.type === "dependency" && !one.to.includes("node_modules/"));
  const missing = local.filter((one) => !edges.has(`${one.from} → ${one.to}`));
  inspan(folder, ["import-rules", ".dependency-cruiser.mjs", "--write"]);
  const imported = (parse(readFileSync(join(folder, "inspan.yaml"), "utf8")) as { rules: { name: string; severity?: string }[] }).rules.map((one) => one.name);
  const expected = known.filter((one) => imported.includes(one.rule.name) && one.rule.name !== "cycles").map((one) => `${one.rule.name} ${one.from}`).sort();
  // Its command names these folders. An import of the package by its own name leads to its types here, and to its code there.
  const findings = findingsOf(folder).filter((one) => /^(src|bin|test|tools|configs|types)\//.test(one.file) && !/node_modules/.test(one.file) && one.rule !== "cycles");
  const isByOwnName = (one: Finding) => one.rule === "only-type-only-to-dts" && /\.spec\.mjs$/.test(one.file);
  const found = findings.filter((one) => !isByOwnName(one)).map((one) => `${one.rule} ${one.file}`).sort();
  const more = found.filter((one) => !expected.includes(one));
  const byOwnName = findings.filter(isByOwnName).length;
  return [
    {
      oracle: ".dependency-cruiser-known-violations.json, its dependencies",
      expected: `${local.length} of ${known.length} are between files`,
      found: `${local.length - missing.length}`,
      isAgreed: missing.length === 0,
      ...(missing.length === 0
        ? {}
        : {
            note: missing
              .slice(0, 3)
              .map((one) => `${one.from} → ${one.to}`)
              .join("; "),
          }),
    },
    {
      oracle: `.dependency-cruiser.mjs, imported: ${imported.length} rules`,
      expected: expected.join("; "),
      found: found.slice(0, 6).join("; "),
      isAgreed: expected.every((one) => found.includes(one)) && more.length === 0,
      note: `${more.length} more${byOwnName === 0 ? "" : `, and ${byOwnName} imports of the package by its own name, which we follow to its types`}`,
    },
  ];
}

const subjects: readonly Subject[] = [
  {
    name: "import-linter",
    repository: "seddonym/import-linter",
    language: "Python",
    compare: compareImported(".importlinter", {
      file: "src/importlinter/domain/contract.py",
      text: "from importlinter import cli",
      rules: ["layered-architecture-importlinter-domain"],
    }),
  },
  {
    name: "assemblyai-cli",
    repository: "AssemblyAI/cli",
    language: "Python",
    compare: compareImported(".importlinter", { file: "aai_cli/ui/__init__.py", text: "import aai_cli.commands", rules: ["layered-architecture-aai-cli-ui"] }),
  },
  { name: "gt4py", repository: "GridTools/gt4py", language: "Python", compare: (folder) => [
    { oracle: "tach.toml, exact", ...compareTach(folder, graphOf(folder)) },
    ...compareImported("tach.toml", { file: "src/gt4py/eve/__init__.py", text: "import gt4py.next", rules: ["tach-gt4py-eve"] })(folder),
  ] },
  {
    name: "ftl",
    repository: "block/ftl",
    language: "Go",
    compare: (folder) => {
      const edges = readGoEdges(folder, graphOf(folder), "github.com/block/ftl");
      return [
        { oracle: "go list", ...compareGo(edges) },
        { oracle: ".go-arch-lint.yml", ...compareGoArchLint(folder, edges) },
      ];
    },
  },
  {
    name: "regex",
    repository: "rust-lang/regex",
    language: "Rust",
    compare: (folder) => [{ oracle: "rustc --emit=dep-info", ...compareRust(folder, graphOf(folder), ["regex-syntax", "regex-automata", "regex-lite"]) }],
  },
  {
    name: "commons-lang",
    repository: "apache/commons-lang",
    language: "Java",
    compare: (folder) => [{ oracle: "javac, jdeps", ...compareJava(folder, graphOf(folder), "src/main/java") }],
  },
  { name: "dependency-cruiser", repository: "sverweij/dependency-cruiser", language: "JavaScript", compare: compareKnownViolations },
];
const needed: Readonly<Record<string, readonly [string, ...string[]]>> = { ftl: ["go", "version"], regex: ["rustc", "--version"], "commons-lang": ["javac", "-version"] };

const folder = process.argv.slice(2).find((arg) => !arg.startsWith("--"));
const only = process.argv.find((arg) => arg.startsWith("--only="))?.slice("--only=".length);
if (folder === undefined) {
  process.stderr.write(
    "Cannot compare: no folder of checkouts, expected one with any of " +
      `${subjects.map((one) => one.name).join(", ")}.\nNext: node scripts/ground-truth.ts <folder> [--only=<name>] [--write]\n`,
  );
  process.exit(2);
}
const rows: Row[] = [];
for (const subject of subjects) {
  const checkout = resolve(folder, subject.name);
  if (only !== undefined && only !== subject.name) continue;
  const need = needed[subject.name];
  const reason = !existsSync(checkout) ? "no checkout" : need !== undefined && !canRun(need[0], need.slice(1)) ? `${need[0]} is not installed` : undefined;
  if (reason !== undefined) { process.stderr.write(`${subject.name}: not compared, ${reason}\n`); continue; }
  const scratch = mkdtempSync(join(tmpdir(), "inspan-truth-"));
  try {
    const clone = join(scratch, subject.name);
    run(scratch, ["git", "clone", "--quiet", "--shared", checkout, clone]);
    const commit = run(clone, ["git", "rev-parse", "--short=10", "HEAD"]).trim();
    for (const one of subject.compare(clone)) rows.push({ repository: subject.repository, commit, language: subject.language, ...one });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
const cell = (text: string) => text.replaceAll("|", "\\|").replaceAll("\n", " ");
const table = [
  "| repository | commit | language | who knows | expected | found | agrees | note |", "|---|---|---|---|---|---|---|---|",
  ...rows.map(
    (one) =>
      `| ${[one.repository, one.commit, one.language, one.oracle, one.expected, one.found, one.isAgreed ? "yes" : "**no**", one.note ?? ""].map(cell).join(" | ")} |`,
  ),
].join("\n");
process.stdout.write(`${table}\n`);
if (process.argv.includes("--write")) {
  writeFileSync(
    join(root, "docs", "generated", "check-ground-truth.md"),
    `# Ground truth of the check\n\nPublic repositories whose own tools know the edges between their parts, against \`inspan\`. Made by \`node scripts/ground-truth.ts <folder of checkouts> --write\`.\n\n${table}\n`,
  );
}
process.exit(rows.every((one) => one.isAgreed) ? 0 : 1);
