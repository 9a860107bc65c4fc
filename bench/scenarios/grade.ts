// Grades of a large repository at a commit, cold and with little changed, and of a year of 1,000 commits of a small one that this scenario makes.
import { spawnSync } from "node:child_process";
import { appendFileSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { git, median, round, type Scenario } from "../measure.ts";
import { measurePeers } from "../peers.ts";
import { copySubject, runInspan, type Run, type Subject } from "../subject.ts";

const count = 3, changedCount = 5, checkedOut = 20;
/** Files that were written within the last two seconds are read again; a copy that nobody has just made is what is measured. */
const settleMs = 2_500;
const commitCount = 1_000;
const fileCount = 200;
const weekMs = 7 * 86_400_000;

interface Answer {
  readonly durationMs: number;
  readonly record: { readonly cells: readonly { readonly lines: number }[] };
  readonly history: readonly unknown[];
  readonly failed: readonly unknown[];
}
const read = (stdout: string): Answer => JSON.parse(stdout) as Answer; // our own form

const source = (file: number, version: number): string =>
  Array.from({ length: 25 }, (_, line) => `export function step${file}x${line}(value: number): number { return value * ${line} + ${version}; }\n`).join("");
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
    const files =
      index === 0
        ? [
            ...Array.from({ length: fileCount }, (__, file) => [pathOf(file), source(file, 0)] as const),
            ["inspan.yaml", "version: 1\ndomains: src/domains/*\nlayers: [types, service, ui]\n"] as const,
          ]
        : [[pathOf(index % fileCount), source(index % fileCount, index)] as const];
    return `commit refs/heads/main\ncommitter Bench <bench@localhost> ${at} +0000\n${data(`change ${index}`)}${files.map(([name, text]) => `M 100644 inline ${name}\n${data(text)}`).join("")}\n`;
  });
  const imported = spawnSync("git", ["fast-import", "--quiet"], { cwd: path, input: commits.join("") });
  if (imported.status !== 0) throw new Error(`Cannot make the history: ${imported.stderr.toString()}`);
  git(path, "reset", "--quiet", "--hard");
  return { path, statePath: join(folder, "state"), dispose: () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }) };
}

/** Of these each is named by the notes with its time on a quiet machine: dependency-cruiser 11.2 s, fallow 4.3 s. */
const scale = ["dependency-cruiser, packages only", "fallow dead-code, everything"];
const linesOf = (run: Run): number => read(run.stdout).record.cells.reduce((sum, cell) => sum + cell.lines, 0);

export const gradeCold: Scenario = {
  name: "grade-cold", says: "inspan grade of INSPAN_BENCH_SUBJECT with nothing kept; goal: 6 s of a million lines. INSPAN_BENCH_DEPCRUISE names the peers",
  run: async () => {
    const subject = copySubject();
    try {
      const runs: Run[] = [];
      for (let index = 0; index < count; index++) {
        rmSync(subject.statePath, { recursive: true, force: true });
        runs.push(await runInspan(subject, ["grade", "--json"]));
      }
      rmSync(subject.statePath, { recursive: true, force: true });
      const check = await runInspan(subject, ["check", "--json"]);
      return {
        figures: {
          coldMs: round(median(runs.map(({ ms }) => ms))),
          peakMb: round(Math.max(...runs.map(({ peakMb }) => peakMb))),
          gradedLines: linesOf(runs[0] ?? check),
          checkColdMs: round(check.ms),
        },
        peers: await measurePeers(subject, scale),
      };
    } finally { subject.dispose(); }
  },
};

export const gradeChanged: Scenario = {
  name: "grade-changed", says: "inspan grade of INSPAN_BENCH_SUBJECT after one file has changed; goal: 1 s. INSPAN_BENCH_DEPCRUISE names the peers, which keep nothing",
  run: async () => {
    const subject = copySubject();
    try {
      const runs: Run[] = [];
      await runInspan(subject, ["grade", "--json"]);
      await new Promise((resolve) => { setTimeout(resolve, settleMs); });
      await runInspan(subject, ["grade", "--json"]);
      for (let index = 0; index < changedCount; index++) {
        appendFileSync(join(subject.path, "packages/payload/src/index.ts"), `// ${index}\n`);
        runs.push(await runInspan(subject, ["grade", "--json"]));
      }
      const same = await runInspan(subject, ["grade", "--json"]);
      return {
        figures: {
          changedMs: round(median(runs.map(({ ms }) => ms))),
          sameMs: round(same.ms),
          peakMb: round(Math.max(...runs.map(({ peakMb }) => peakMb))),
          gradedLines: linesOf(same),
        },
        peers: await measurePeers(subject, scale),
      };
    } finally { subject.dispose(); }
  },
};

export const gradeYear: Scenario = {
  name: "grade-year", says: "inspan grade --since 1y of 1,000 commits of a repository that the scenario makes; goal: 5 min",
  run: async () => {
    const history = makeHistory();
    try {
      const year = await runInspan(history, ["grade", "--since", "1y", "--json"]);
      const again = await runInspan(history, ["grade", "--since", "1y", "--json"]);
      const answer = read(year.stdout);
      const checkOuts: number[] = [];
      // What any program that wants a folder has to pay first.
      for (let index = 1; index <= checkedOut; index++) {
        const startedMs = performance.now();
        git(history.path, "checkout", "--quiet", `main~${index * 40}`);
        checkOuts.push(performance.now() - startedMs);
      }
      return {
        figures: {
          yearMs: round(year.ms),
          yearAgainMs: round(again.ms),
          yearCommits: answer.history.length,
          yearFailed: answer.failed.length,
          yearPeakMb: round(year.peakMb),
        },
        peers: { "git checkout alone, by commit": { medianMs: round(median(checkOuts)) } },
      };
    } finally { history.dispose(); }
  },
};
