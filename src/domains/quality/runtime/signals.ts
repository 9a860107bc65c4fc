// What lies beside the sources: reports of coverage and tests, documents' dates, commits. Reads only; says nothing about worth.
import { join } from "node:path";
import { parse } from "yaml";
import type { Providers } from "../../../providers/index.ts";
import { compileGlobs, readCoverageReport } from "../../lint/index.ts";
import type { Measures } from "./measures.ts";
import { createPathFinder, readDocumentDates, readJunit } from "../service/reports.ts";

/** A report above this is a log; reading it would take the memory that grading has. */
const reportBytesMax = 64 * 1024 * 1024;
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
export function readDocumentDays(input: Pick<SignalsInput, "sources" | "allFiles">, measures: Measures, nowMs: number): ReadonlyMap<string, number> | undefined {
  const found = new Map<string, number>();
  let isAny = false;
  for (const file of input.allFiles.filter((one) => one.endsWith(".md"))) {
    const block = measures.coverBlock(file);
    const dates = block === undefined ? undefined : readDocumentDates(file, parseYaml(block));
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

/** Commits of the 90 days before a commit, by file; of its ancestors alone, whatever their clocks said. */
export type Churn = (commit: string, nowMs: number) => ReadonlyMap<string, readonly string[]>;

interface LoggedCommit { readonly commit: string; readonly ms: number; readonly files: readonly string[] }

/**
 * What was changed from 90 days before `fromMs` on, read once for all the commits of a history (`line`, oldest first, each an ancestor of
 * the next); undefined outside of git, in a shallow clone, where they are not all there, and where git does not come to an end.
 */
export async function readChurn(
  { providers, rootPath }: Pick<SignalsInput, "providers" | "rootPath">,
  line: readonly { readonly commit: string; readonly committedAt: string }[],
  signal: AbortSignal,
): Promise<Churn | undefined> {
  const options = { cwd: rootPath, signal, timeoutMs: 60_000 };
  const [first] = line, last = line.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const isShallow = await providers.git.text(["rev-parse", "--is-shallow-repository"], options).catch(() => "true"); // no repository
  if (isShallow === "true") return undefined;
  const since = new Date(Date.parse(first.committedAt) - churnDays * dayMs).toISOString();
  // As a filter: one commit whose clock stood in another year would hide all that came before it.
  const text = await providers.git
    .text(
      [
        "-c",
        "core.quotePath=false",
        "log",
        `--since-as-filter=${since}`,
        "--no-renames",
        "--no-merges",
        "--name-only",
        "--format=%x00%H %ct",
        ...(last.commit === "none" ? [] : [last.commit]),
        "--",
      ],
      options,
    )
    .catch(() => undefined);
  if (text === undefined) { signal.throwIfAborted(); return last.commit === "none" ? () => new Map() : undefined; }
  const commits = text.split("\0").slice(1).map((block): LoggedCommit => {
    const [head = "", ...files] = block.split("\n");
    const [commit = "", seconds = "0"] = head.split(" ");
    return { commit, ms: Number(seconds) * 1000, files: files.filter((file) => file !== "") };
  });
  const cameWith = line.length === 1 ? undefined : await readArrivals(providers.git, line.map(({ commit }) => commit), options);
  const places = new Map(line.map(({ commit }, at) => [commit, at]));
  return (own, nowMs) => {
    const found = new Map<string, string[]>();
    const at = places.get(own) ?? 0;
    for (const { commit, ms, files } of commits) {
      if (ms > nowMs || ms < nowMs - churnDays * dayMs || (cameWith !== undefined && (cameWith.get(commit) ?? 0) > at)) continue;
      for (const file of files) {
        const list = found.get(file);
        if (list === undefined) found.set(file, [commit]); else list.push(commit);
      }
    }
    return found;
  };
}

/** By commit the place in the line of the first one that has it among its ancestors; what all of the line have is left out. */
async function readArrivals(
  git: Providers["git"],
  line: readonly string[],
  options: { readonly cwd: string; readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<ReadonlyMap<string, number>> {
  const listed = await git.text(["rev-list", "--parents", line.at(-1) ?? "HEAD", `^${line[0] ?? ""}`], options);
  const parents = new Map(listed.split("\n").map((text) => { const [commit = "", ...own] = text.split(" "); return [commit, own] as const; }));
  const found = new Map<string, number>();
  for (const [at, commit] of line.entries()) {
    const waiting = [commit];
    for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
      if (found.has(one) || !parents.has(one)) continue;
      found.set(one, at);
      waiting.push(...parents.get(one) ?? []);
    }
  }
  return found;
}
