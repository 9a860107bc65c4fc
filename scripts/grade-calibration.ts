// What the thresholds of `inspan grade` say about public repositories. The clones are not part of this repository; what they gave is.
//   node scripts/grade-calibration.ts <folder with clones> [<name> …]   grades each and writes docs/generated/grade-calibration.md
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const pagePath = join(root, "docs", "generated", "grade-calibration.md");
const letters = ["A", "B", "C", "D", "F"] as const;
const signals = ["parse", "boundaries", "baseline", "tests", "duplication", "loose", "size", "dead"] as const;

const Cell = z.object({
  domain: z.string(),
  layer: z.string(),
  grade: z.enum(letters),
  signal: z.string(),
  reason: z.string(),
  lines: z.number(),
  values: z.record(z.string(), z.number()),
  unknown: z.array(z.string()),
});
const Answer = z.object({
  durationMs: z.number(),
  isDeclared: z.boolean(),
  record: z.object({ commit: z.string(), overall: z.enum(letters), debtRatio: z.number(), cells: z.array(Cell) }),
});

interface Graded { readonly name: string; readonly answer: z.infer<typeof Answer>; readonly again: number }

function grade(path: string, statePath: string): z.infer<typeof Answer> {
  const run = spawnSync(process.execPath, [join(root, "bin", "inspan.js"), "grade", "--json", "--cwd", path], {
    encoding: "utf8",
    maxBuffer: 1024 ** 3,
    env: { ...process.env, INSPAN_HOME: statePath },
  });
  if (run.status !== 0) throw new Error(`Cannot grade "${path}": exit code ${run.status}\n${run.stderr}`);
  return Answer.parse(JSON.parse(run.stdout));
}

function nameOf(path: string): string {
  const url = spawnSync("git", ["remote", "get-url", "origin"], { cwd: path, encoding: "utf8" }).stdout.trim();
  // A mirror's folder bears owner+name; a clone's address ends with owner/name.
  return /([\w.-]+)[+/]([\w.-]+?)(?:\.git|\/repo)?$/.exec(url)?.slice(1, 3).join("/") ?? "unknown";
}

const quantile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN;
const show = (value: number): string => (Number.isNaN(value) ? "–" : String(Math.round(value * 1000) / 1000));

function render(graded: readonly Graded[], load: string): string {
  const rows = graded.map(({ name, answer: { record, durationMs, isDeclared }, again }) => {
    const lines = record.cells.reduce((sum, cell) => sum + cell.lines, 0);
    const count = letters.map((letter) => record.cells.filter((cell) => cell.grade === letter).length);
    return `| ${name} | ${record.commit.slice(0, 12)} | ${Math.round(lines / 1000)} | ${record.overall} | ${(record.debtRatio * 100).toFixed(2)} % | ${count.join(" | ")} | ${isDeclared ? "own" : "proposed"} | ${(durationMs / 1000).toFixed(1)} | ${(again / 1000).toFixed(1)} |`;
  });
  const cells = graded.flatMap(({ answer }) => answer.record.cells).filter(({ lines }) => lines >= 200);
  const spread = signals.map((signal) => {
    const values = cells.flatMap((cell) => (cell.values[signal] === undefined ? [] : [cell.values[signal]]));
    const decided = letters.slice(1).map((letter) => cells.filter((cell) => cell.signal === signal && cell.grade === letter).length);
    return `| ${signal} | ${values.length} | ${[0.25, 0.5, 0.75, 0.9].map((share) => show(quantile(values, share))).join(" | ")} | ${decided.join(" | ")} |`;
  });
  const worst = graded.flatMap(({ name, answer }) => [...answer.record.cells].sort((left, right) => letters.indexOf(right.grade) - letters.indexOf(left.grade) || right.lines - left.lines).slice(0, 3)
    .map((cell) => `- ${name} ${[cell.domain || "(no domain)", cell.layer].filter((part) => part !== "").join("/")}: ${cell.reason}`));
  return `# Calibration of grades

Written by \`node scripts/grade-calibration.ts <folder with clones>\`; do not edit. Each repository was graded as its people would grade it for the first time: without reports of coverage and
tests, so nothing is better than B, and by the proposal of \`inspan check\` where it declares no domains. Sources below folders of tests and fixtures are no product and are left out.

| repository | commit | 1,000 lines | overall | debt | A | B | C | D | F | domains | cold, s | again, s |
|---|---|---|---|---|---|---|---|---|---|---|---|---|
${rows.join("\n")}

Times are those that the command said itself, on a machine with a load of ${load} when they began.

## Signals in cells of 200 lines and more

Counts in 1,000 lines for baseline, loose and size; shares for tests, duplication and dead; the last columns say how many cells of that grade the signal decided.

| signal | cells | p25 | p50 | p75 | p90 | B | C | D | F |
|---|---|---|---|---|---|---|---|---|---|
${spread.join("\n")}

## The worst cells of each

${worst.join("\n")}
`;
}

const [folder, ...names] = process.argv.slice(2);
if (folder === undefined) {
  process.stderr.write(
    "Cannot calibrate: no folder was given, expected one with clones of public repositories.\nNext: node scripts/grade-calibration.ts <folder with clones> [<name> …]\n",
  );
  process.exit(2);
}
const load = spawnSync("cat", ["/proc/loadavg"], { encoding: "utf8" }).stdout.split(" ")[0] ?? "unknown";
const statePath = mkdtempSync(join(tmpdir(), "inspan-calibration-"));
try {
  const graded = names.map((name): Graded => {
    process.stderr.write(`${name}\n`);
    const path = join(folder, name);
    return { name: nameOf(path), answer: grade(path, statePath), again: grade(path, statePath).durationMs };
  });
  writeFileSync(pagePath, render(graded, load));
} finally { rmSync(statePath, { recursive: true, force: true }); }
