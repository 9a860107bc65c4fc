// Grades of a large repository at a commit, cold and with little changed, and of a year of 1,000 commits of a small one that this scenario makes.
import { spawnSync } from "node:child_process";
import { appendFileSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { git, median, round, type Scenario } from "../measure.ts";
import { copySubject, runInspan, type Subject } from "../subject.ts";

const count = 3;
const commitCount = 1_000;
const fileCount = 200;
const weekMs = 7 * 86_400_000;

interface Answer { readonly durationMs: number; readonly record: { readonly cells: readonly { readonly lines: number }[] }; readonly history: readonly unknown[]; readonly failed: readonly unknown[] }
const read = (stdout: string): Answer => JSON.parse(stdout) as Answer; // our own form

const source = (file: number, version: number): string => Array.from({ length: 25 }, (_, line) => `export function step${file}x${line}(value: number): number { return value * ${line} + ${version}; }\n`).join("");
const pathOf = (file: number): string => `src/domains/d${file % 10}/${["types", "service", "ui"][file % 3] ?? "types"}/f${file}.ts`;

/** A year of commits of one file each, by git's own import: as quick as reading. */
function makeHistory(): Subject {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "inspan-history-")));
  const path = join(folder, "subject");
  git(folder, "init", "--quiet", "--initial-branch=main", path);
  const begin = Math.floor((Date.now() - 50 * weekMs) / 1000);
  const data = (text: string): string => `data ${Buffer.byteLength(text)}\n${text}\n`;
  const commits = Array.from({ length: commitCount }, (_, index) => {
    const at = begin + Math.floor(index * 49 * weekMs / 1000 / commitCount);
    const files = index === 0 ? [...Array.from({ length: fileCount }, (__, file) => [pathOf(file), source(file, 0)] as const), ["inspan.yaml", "version: 1\ndomains: src/domains/*\nlayers: [types, service, ui]\n"] as const] : [[pathOf(index % fileCount), source(index % fileCount, index)] as const];
    return `commit refs/heads/main\ncommitter Bench <bench@localhost> ${at} +0000\n${data(`change ${index}`)}${files.map(([name, text]) => `M 100644 inline ${name}\n${data(text)}`).join("")}\n`;
  });
  const imported = spawnSync("git", ["fast-import", "--quiet"], { cwd: path, input: commits.join("") });
  if (imported.status !== 0) throw new Error(`Cannot make the history: ${imported.stderr.toString()}`);
  git(path, "reset", "--quiet", "--hard");
  return { path, statePath: join(folder, "state"), dispose: () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }) };
}

export const gradeScenario: Scenario = {
  name: "grade", says: "inspan grade of INSPAN_BENCH_SUBJECT, cold and with one file changed, and of a year of 1,000 commits; goals: 6 s, 1 s, 5 min",
  run: async () => {
    const subject = copySubject();
    const history = makeHistory();
    try {
      const cold: number[] = [], changed: number[] = [];
      let lines = 0;
      for (let index = 0; index < count; index++) {
        rmSync(subject.statePath, { recursive: true, force: true });
        const run = await runInspan(subject, ["grade", "--json"]);
        cold.push(run.ms);
        lines = read(run.stdout).record.cells.reduce((sum, cell) => sum + cell.lines, 0);
        appendFileSync(join(subject.path, "packages/payload/src/index.ts"), `// ${index}\n`);
        changed.push((await runInspan(subject, ["grade", "--json"])).ms);
      }
      const year = await runInspan(history, ["grade", "--since", "1y", "--json"]);
      const again = await runInspan(history, ["grade", "--since", "1y", "--json"]);
      const answer = read(year.stdout);
      return { figures: { coldMs: round(median(cold)), littleChangedMs: round(median(changed)), gradedLines: lines, yearMs: round(year.ms), yearAgainMs: round(again.ms), yearCommits: answer.history.length, yearFailed: answer.failed.length, yearPeakMb: round(year.peakMb) } };
    } finally { subject.dispose(); history.dispose(); }
  },
};
