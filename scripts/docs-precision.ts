// How often the document rules are right on public repositories. Findings are sampled with a seed, labelled by hand, and counted here.
//   node scripts/docs-precision.ts sample <folder with clones> [--seed 7] [--count 60]   prints a sample, one JSON line a finding, label left open
//   node scripts/docs-precision.ts table                                                writes docs/generated/docs-precision.md from the labels
//   node scripts/docs-precision.ts verify <folder with clones>                          every label is still found at its commit
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const labelsPath = join(root, "docs", "generated", "docs-precision.jsonl");
const pagePath = join(root, "docs", "generated", "docs-precision.md");

const Label = z.strictObject({
  repository: z.string(),
  commit: z.string(),
  rule: z.string(),
  file: z.string(),
  line: z.number(),
  to: z.string(),
  label: z.boolean(),
  reason: z.string().min(1),
});
type Label = z.infer<typeof Label>;
const Source = z.strictObject({ repository: z.string(), commit: z.string(), found: z.number(), seed: z.number() });
type Source = z.infer<typeof Source>;
const Report = z.object({ findings: z.array(z.object({ rule: z.string(), file: z.string(), line: z.number(), column: z.number(), found: z.string(), fix: z.string() })) });
type Found = z.infer<typeof Report>["findings"][number];

function say(text: string): void { process.stdout.write(`${text}\n`); }
function git(cwd: string, ...args: readonly string[]): string { return spawnSync("git", args, { cwd, encoding: "utf8" }).stdout.trim(); }

/** Document findings of one clone by the command line, as its user would see them. */
function check(path: string): readonly Found[] {
  const run = spawnSync(process.execPath, [join(root, "bin", "inspan.js"), "check", "--json", "--cwd", path], { encoding: "utf8", maxBuffer: 1024 ** 3 });
  return Report.parse(JSON.parse(run.stdout)).findings.filter((finding) => /^(docs|plan)-/.test(finding.rule));
}

/** mulberry32: the same seed gives the same sample everywhere. */
function dice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const keyOf = (one: { readonly rule: string; readonly file: string; readonly line: number; readonly to: string }): string => `${one.rule} ${one.file}:${one.line} ${one.to}`;
/** What the finding is about: the first code span of its text, the path, link, command or symbol itself. */
const subjectOf = (finding: Found): string => /`([^`]*)`/.exec(finding.found)?.[1] ?? "";

function sample(folder: string, seed: number, count: number): void {
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name);
    if (!existsSync(join(path, ".git"))) continue;
    const findings = [...check(path)].sort((left, right) => (left.file < right.file ? -1 : left.file > right.file ? 1 : left.line - right.line || left.column - right.column));
    const random = dice(seed);
    const rest = [...findings];
    const taken: Found[] = [];
    while (taken.length < count && rest.length > 0) taken.push(...rest.splice(Math.floor(random() * rest.length), 1));
    const commit = git(path, "rev-parse", "HEAD");
    say(JSON.stringify({ repository: name.replace("+", "/"), commit, found: findings.length, seed }));
    for (const finding of taken)
      say(
        JSON.stringify({
          repository: name.replace("+", "/"),
          commit,
          rule: finding.rule,
          file: finding.file,
          line: finding.line,
          to: subjectOf(finding),
          label: null,
          reason: "",
          fix: finding.fix,
        }),
      );
  }
}

function readLabels(): { readonly sources: readonly Source[]; readonly labels: readonly Label[] } {
  const lines = readFileSync(labelsPath, "utf8").split("\n").filter((line) => line !== "").map((line): unknown => JSON.parse(line));
  return {
    sources: lines.flatMap((line) => {
      const one = Source.safeParse(line);
      return one.success ? [one.data] : [];
    }),
    labels: lines.flatMap((line) => (Source.safeParse(line).success ? [] : [Label.parse(line)])),
  };
}

const percent = (part: number, whole: number): string => (whole === 0 ? "–" : `${((part / whole) * 100).toFixed(1)} %`);

function table(): void {
  const { sources, labels } = readLabels();
  const rows = sources.map((source) => {
    const own = labels.filter((label) => label.repository === source.repository);
    const right = own.filter((label) => label.label).length;
    return `| ${source.repository} | ${source.commit.slice(0, 12)} | ${source.found} | ${own.length} | ${right} | ${own.length - right} | ${percent(right, own.length)} |`;
  });
  const right = labels.filter((label) => label.label).length;
  const rules = [...new Set(labels.map((label) => label.rule))].sort().map((rule) => {
    const own = labels.filter((label) => label.rule === rule);
    const good = own.filter((label) => label.label).length;
    return `| ${rule} | ${own.length} | ${good} | ${own.length - good} | ${percent(good, own.length)} |`;
  });
  const wrong = labels.filter((label) => !label.label).map((label) => `- ${label.repository}, ${label.rule}, \`${label.to}\`: ${label.reason}`);
  writeFileSync(pagePath, [
    "# Precision of the document rules", "",
    "Written by `node scripts/docs-precision.ts table` from [docs-precision.jsonl](docs-precision.jsonl); do not edit. Each repository was checked without an inspan.yaml, as its",
    `people would run \`inspan check\` for the first time. Findings were sampled with the seed ${[...new Set(sources.map((source) => source.seed))].join(", ")} (at most 60 a repository, else all), and each was looked at in its document.`,
    "",
    "| repository | commit | findings | sampled | true | false | precision |", "|---|---|---|---|---|---|---|", ...rows,
    `| all | | ${sources.reduce((sum, source) => sum + source.found, 0)} | ${labels.length} | ${right} | ${labels.length - right} | ${percent(right, labels.length)} |`, "",
    "## By rule", "", "| rule | sampled | true | false | precision |", "|---|---|---|---|---|", ...rules, "",
    "## False ones", "", ...(wrong.length === 0 ? ["None in this sample."] : wrong), "",
    "A finding is true when the document is wrong for its reader at that commit: the link breaks, the path, command or symbol is not there, the map is longer than it says a map is.",
    "It is false when the place is right, or speaks of another repository, of the past or of something that a program makes.", "",
  ].join("\n"));
  say(`wrote ${pagePath.slice(root.length + 1)}: ${right} of ${labels.length} (${percent(right, labels.length)})`);
}

function verify(folder: string): void {
  const { sources, labels } = readLabels();
  let lost = 0;
  for (const source of sources) {
    const path = join(folder, source.repository.replace("/", "+"));
    if (!existsSync(path)) { say(`${source.repository}: no clone in ${folder}`); continue; }
    if (git(path, "rev-parse", "HEAD") !== source.commit) { say(`${source.repository}: at another commit, expected ${source.commit}`); continue; }
    const now = new Set(check(path).map((finding) => keyOf({ ...finding, to: subjectOf(finding) })));
    const missing = labels.filter((label) => label.repository === source.repository && label.label && !now.has(keyOf(label)));
    const cured = labels.filter((label) => label.repository === source.repository && !label.label && !now.has(keyOf(label))).length;
    lost += missing.length;
    say(`${source.repository}: ${now.size} findings; ${missing.length} true labels are found no more, ${cured} false ones are gone`);
    for (const label of missing.slice(0, 20)) say(`  ${keyOf(label)}`);
  }
  process.exitCode = lost === 0 ? 0 : 1;
}

const [verb = "", folder = ""] = process.argv.slice(2);
const option = (name: string, fallback: number): number => { const at = process.argv.indexOf(name); return at === -1 ? fallback : Number(process.argv[at + 1]); };
if (verb === "sample" && folder !== "") sample(folder, option("--seed", 7), option("--count", 60));
else if (verb === "verify" && folder !== "") verify(folder);
else if (verb === "table") table();
else { process.stderr.write("Next: node scripts/docs-precision.ts sample <folder with clones> | table | verify <folder with clones>\n"); process.exitCode = 2; }
