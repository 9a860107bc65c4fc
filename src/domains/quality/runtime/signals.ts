// What lies beside the sources: reports of coverage and tests, documents' dates, commits. Reads only; says nothing about worth.
import { join } from "node:path";
import { parse } from "yaml";
import type { Providers } from "../../../providers/index.ts";
import { compileGlobs, readCoverageReport } from "../../lint/index.ts";
import { createPathFinder, readDocumentDates, readJunit } from "../service/reports.ts";

/** A report above this is a log; reading it would take the memory that grading has. */
const reportBytesMax = 64 * 1024 * 1024;
const documentBytesMax = 1024 * 1024;
const usualCoverage = ["coverage/lcov.info", "coverage/coverage-final.json", "lcov.info", "coverage.xml", "coverage.json", "cobertura.xml"];
const usualTests = ["junit.xml", "reports/junit.xml", "test-results/junit.xml", "test-results.xml"];
const dayMs = 86_400_000;
const churnDays = 90;

export interface SignalsInput { readonly providers: Providers; readonly rootPath: string; readonly sources: readonly string[]; readonly allFiles: readonly string[] }

function readReport({ providers, rootPath }: SignalsInput, path: string): string | undefined {
  const read = providers.files.now.readRegular(join(rootPath, path), reportBytesMax);
  return read.kind === "file" ? new TextDecoder().decode(read.bytes) : undefined;
}

/** Covered and all lines by file; undefined where no report is there. */
export function readCoverage(input: SignalsInput, paths: readonly string[] | undefined): ReadonlyMap<string, { readonly covered: number; readonly total: number }> | undefined {
  const find = createPathFinder(input.sources);
  const found = new Map<string, { covered: number; total: number }>();
  let isAny = false;
  for (const path of paths ?? usualCoverage) {
    const text = readReport(input, path);
    const report = text === undefined ? undefined : readCoverageReport(text);
    if (report === undefined) continue;
    isAny = true;
    for (const [name, { linesCovered, linesTotal }] of report) {
      const file = find(name);
      if (file !== undefined) found.set(file, { covered: linesCovered, total: linesTotal });
    }
    // Of the usual places the first one counts: they hold the same run in several forms.
    if (paths === undefined) break;
  }
  return isAny ? found : undefined;
}

/** Seconds by test file; undefined where no report is there. */
export function readTestTimes(input: SignalsInput, paths: readonly string[] | undefined): ReadonlyMap<string, number> | undefined {
  const find = createPathFinder(input.sources);
  let found: Map<string, number> | undefined;
  for (const path of paths ?? usualTests) {
    const text = readReport(input, path);
    const times = text === undefined ? undefined : readJunit(text);
    if (times === undefined) continue;
    found ??= new Map();
    for (const [name, seconds] of times) {
      // Java and Python name classes: `com.acme.CartTest` lies in com/acme/CartTest.java.
      const file = find(name) ?? find(`${name.replaceAll(".", "/")}.java`) ?? find(`${name.replaceAll(".", "/")}.py`) ?? find(`${name.split(".").slice(0, -1).join("/")}.py`);
      if (file !== undefined) found.set(file, (found.get(file) ?? 0) + seconds);
    }
  }
  return found;
}

/** Days since the oldest document about a file was verified, by file; undefined where no document covers anything. */
export function readDocumentDays(input: SignalsInput, nowMs: number): ReadonlyMap<string, number> | undefined {
  const found = new Map<string, number>();
  let isAny = false;
  for (const file of input.allFiles.filter((one) => one.endsWith(".md"))) {
    const read = input.providers.files.now.readRegular(join(input.rootPath, file), documentBytesMax);
    if (read.kind !== "file") continue;
    const block = /^---\r?\n([^]*?)\r?\n---/.exec(new TextDecoder().decode(read.bytes.subarray(0, 8_192)))?.[1];
    const dates = block?.includes("covers") === true ? readDocumentDates(file, parseYaml(block)) : undefined;
    if (dates === undefined) continue;
    isAny = true;
    const days = Math.max(0, Math.floor((nowMs - Date.parse(dates.verified)) / dayMs));
    const isCovered = compileGlobs([...dates.covers]);
    for (const source of input.sources) if (isCovered(source)) found.set(source, Math.max(found.get(source) ?? 0, days));
  }
  return isAny ? found : undefined;
}

function parseYaml(text: string): unknown {
  try { return parse(text, { maxAliasCount: 10 }); } catch { return undefined; } // the document rules tell of it
}

/** Commits of the 90 days before a moment, by file. */
export type Churn = (nowMs: number) => ReadonlyMap<string, readonly string[]>;

/** What was changed from 90 days before `fromMs` on, read once for all the commits of a history; undefined outside of git and in a shallow clone, where they are not all there. */
export async function readChurn({ providers, rootPath }: SignalsInput, fromMs: number, signal: AbortSignal): Promise<Churn | undefined> {
  const options = { cwd: rootPath, signal, timeoutMs: 60_000 };
  const isShallow = await providers.git.text(["rev-parse", "--is-shallow-repository"], options).catch(() => "true"); // no repository
  if (isShallow === "true") return undefined;
  const since = new Date(fromMs - churnDays * dayMs).toISOString();
  const text = await providers.git.text(["-c", "core.quotePath=false", "log", `--since=${since}`, "--no-renames", "--no-merges", "--name-only", "--format=%x00%H %ct"], options).catch(() => ""); // no commit yet
  const commits = text.split("\0").slice(1).map((block) => {
    const [head = "", ...files] = block.split("\n");
    const [commit = "", seconds = "0"] = head.split(" ");
    return { commit, ms: Number(seconds) * 1000, files: files.filter((file) => file !== "") };
  });
  return (nowMs) => {
    const found = new Map<string, string[]>();
    for (const { commit, ms, files } of commits) {
      if (ms > nowMs || ms < nowMs - churnDays * dayMs) continue;
      for (const file of files) {
        const list = found.get(file);
        if (list === undefined) found.set(file, [commit]); else list.push(commit);
      }
    }
    return found;
  };
}
