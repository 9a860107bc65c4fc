// Reads reports of test coverage in the forms that tools write: lcov, istanbul, coverage.py (json and Cobertura xml). Pure.
import { z } from "zod";

export interface FileCoverage {
  readonly linesTotal: number;
  readonly linesCovered: number;
  readonly branchesTotal: number;
  readonly branchesCovered: number;
  /** The last line that the report speaks of. */
  readonly lastLine: number;
}

/** By the path as the report writes it; undefined where the text is no report of a known form. */
export function readCoverageReport(text: string): ReadonlyMap<string, FileCoverage> | undefined {
  const head = text.slice(0, 2000).trimStart();
  if (head.startsWith("<")) return /<coverage\b/.test(head) ? readCobertura(text) : undefined;
  if (!head.startsWith("{")) return /^(TN|SF):/m.test(head) ? readLcov(text) : undefined;
  let value: unknown;
  try { value = JSON.parse(text); } catch { return undefined; }
  const python = CoveragePy.safeParse(value);
  if (python.success) return readCoveragePy(python.data);
  const istanbul = Istanbul.safeParse(value);
  return istanbul.success ? readIstanbul(istanbul.data) : undefined;
}

interface Tally { lines: Map<number, boolean>; branchesTotal: number; branchesCovered: number }

function toCoverage({ lines, branchesTotal, branchesCovered }: Tally): FileCoverage {
  let linesCovered = 0;
  let lastLine = 0;
  for (const [line, isCovered] of lines) { if (isCovered) linesCovered++; lastLine = Math.max(lastLine, line); }
  return { linesTotal: lines.size, linesCovered, branchesTotal, branchesCovered, lastLine };
}

function finish(tallies: ReadonlyMap<string, Tally>): ReadonlyMap<string, FileCoverage> {
  return new Map([...tallies].map(([file, tally]) => [file, toCoverage(tally)]));
}

/** A file may have several sections, one for each test run: what any of them covered is covered. */
function readLcov(text: string): ReadonlyMap<string, FileCoverage> {
  const found = new Map<string, Tally>();
  const branches = new Map<string, Map<string, boolean>>();
  let file = "";
  for (const line of text.split("\n")) {
    const colon = line.indexOf(":");
    const [key, value] = [line.slice(0, colon), line.slice(colon + 1).trim()];
    if (key === "SF") { file = value; if (!found.has(file)) found.set(file, { lines: new Map(), branchesTotal: 0, branchesCovered: 0 }); }
    const tally = found.get(file);
    if (tally === undefined) continue;
    const parts = value.split(",");
    if (key === "DA") { const at = Number(parts[0]); tally.lines.set(at, (tally.lines.get(at) ?? false) || Number(parts[1]) > 0); }
    if (key === "BRDA") {
      const own = branches.get(file) ?? new Map<string, boolean>();
      branches.set(file, own);
      const name = parts.slice(0, 3).join(",");
      own.set(name, (own.get(name) ?? false) || Number(parts[3]) > 0);
    }
  }
  for (const [name, own] of branches) {
    const tally = found.get(name);
    if (tally === undefined) continue;
    tally.branchesTotal = own.size;
    tally.branchesCovered = [...own.values()].filter(Boolean).length;
  }
  return finish(found);
}

const Location = z.object({ start: z.object({ line: z.number() }) });
const Istanbul = z.record(
  z.string(),
  z.object({
    path: z.string(),
    statementMap: z.record(z.string(), Location),
    s: z.record(z.string(), z.number()),
    b: z.record(z.string(), z.array(z.number())).default({}),
  }),
);

function readIstanbul(report: z.infer<typeof Istanbul>): ReadonlyMap<string, FileCoverage> {
  return new Map(Object.values(report).map((one) => {
    const lines = new Map<number, boolean>();
    for (const [id, location] of Object.entries(one.statementMap)) { const at = location.start.line; lines.set(at, (lines.get(at) ?? false) || (one.s[id] ?? 0) > 0); }
    const branches = Object.values(one.b).flat();
    return [one.path, toCoverage({ lines, branchesTotal: branches.length, branchesCovered: branches.filter((count) => count > 0).length })];
  }));
}

const CoveragePy = z.object({ meta: z.object({ version: z.string() }), files: z.record(z.string(), z.object({
  executed_lines: z.array(z.number()), missing_lines: z.array(z.number()),
  summary: z.object({ num_branches: z.number().default(0), covered_branches: z.number().default(0) }),
})) });

function readCoveragePy(report: z.infer<typeof CoveragePy>): ReadonlyMap<string, FileCoverage> {
  return new Map(Object.entries(report.files).map(([file, one]) => {
    const lines = new Map<number, boolean>([...one.missing_lines.map((line) => [line, false] as const), ...one.executed_lines.map((line) => [line, true] as const)]);
    return [file, toCoverage({ lines, branchesTotal: one.summary.num_branches, branchesCovered: one.summary.covered_branches })];
  }));
}

/** Only the attributes that count are read; a whole XML parser would read no more. */
function readCobertura(text: string): ReadonlyMap<string, FileCoverage> {
  const found = new Map<string, Tally>();
  let tally: Tally | undefined;
  for (const [tag] of text.matchAll(/<(?:class|line|\/class)\b[^<>]{0,2000}>/g)) {
    if (tag.startsWith("</")) { tally = undefined; continue; }
    if (tag.startsWith("<class")) {
      const file = attribute(tag, "filename");
      if (file === undefined) continue;
      tally = found.get(file) ?? { lines: new Map(), branchesTotal: 0, branchesCovered: 0 };
      found.set(file, tally);
      continue;
    }
    const at = Number(attribute(tag, "number"));
    if (tally === undefined || !Number.isInteger(at)) continue;
    if (tally.lines.has(at)) continue; // methods repeat the lines of their class
    tally.lines.set(at, Number(attribute(tag, "hits")) > 0);
    const branch = /\((\d+)\/(\d+)\)/.exec(attribute(tag, "condition-coverage") ?? "");
    if (branch !== null) { tally.branchesCovered += Number(branch[1]); tally.branchesTotal += Number(branch[2]); }
  }
  return finish(found);
}

function attribute(tag: string, name: string): string | undefined {
  const at = tag.indexOf(` ${name}="`);
  if (at === -1) return undefined;
  const start = at + name.length + 3;
  return tag.slice(start, tag.indexOf("\"", start)).replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", "\"").replaceAll("&amp;", "&");
}
