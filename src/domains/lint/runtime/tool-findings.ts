// Takes findings of other linters into a check: reads what they printed, keeps what is about this repository, and words it as ours.
import { isAbsolute, relative, resolve } from "node:path";
import { InspanError } from "../../../base/errors.ts";
import type { Providers } from "../../../providers/index.ts";
import { parseToolReport } from "../service/tools/parse.ts";
import { wordComplaint } from "../service/tools/words.ts";
import type { FindingDraft } from "../types/finding.ts";
import { type ImportedTool, type ToolComplaint, type ToolName, toolNames } from "../types/tool-report.ts";

/** What a linter prints about a million lines that it never saw before. */
const reportBytesMax = 64 * 1024 * 1024;
/** Texts that are read for exact repairs; a file above this size is nobody's to repair by a sentence. */
const textsMax = 2_000;
const textBytesMax = 1024 * 1024;

export interface ToolReport {
  readonly tool: ToolName;
  /** As it was named; `-` for standard input. */
  readonly file: string;
  readonly complaints: readonly ToolComplaint[];
  /** When it was written, in milliseconds since 1970; undefined for standard input. */
  readonly modifiedMs: number | undefined;
}

export interface ReadReportsOptions {
  readonly providers: Providers;
  /** `ruff=<file>` or `oxlint=<file>`, each at most once; `-` reads standard input. */
  readonly named: readonly string[];
  readonly cwd: string;
  readStdin(): Promise<string | undefined>;
}

/** Rejects with USAGE, REPORT_MISSING, REPORT_INVALID: a report that was asked for and says nothing must not look clean. */
export async function readToolReports({ providers, named, cwd, readStdin }: ReadReportsOptions): Promise<readonly ToolReport[]> {
  const reports: ToolReport[] = [];
  for (const one of named) {
    const at = one.indexOf("=");
    const tool = toolNames.find((name) => name === one.slice(0, at));
    const file = one.slice(at + 1);
    if (tool === undefined || file === "")
      throw new InspanError("USAGE", `Cannot take in "${one}": expected ${toolNames.map((name) => `${name}=<file>`).join(" or ")}.`, {
        kind: "usage",
        remedy: "ruff check --output-format json > ruff.json; inspan check --import ruff=ruff.json",
      });
    if (reports.some((known) => known.tool === tool))
      throw new InspanError("USAGE", `Cannot take in "${one}": ${tool} is named twice, expected one report of each tool.`, {
        kind: "usage",
        remedy: `inspan check --import ${tool}=<file>`,
      });
    const path = resolve(cwd, file);
    const facts = file === "-" ? undefined : await providers.files.facts(path);
    if (file !== "-" && facts?.kind !== "file")
      throw new InspanError("REPORT_MISSING", `Cannot read "${file}" for ${tool}: no such file.`, { kind: "usage", remedy: remedyOf(tool) });
    if ((facts?.sizeBytes ?? 0) > reportBytesMax)
      throw new InspanError(
        "REPORT_INVALID",
        `Cannot read "${file}" for ${tool}: it has ${Math.round((facts?.sizeBytes ?? 0) / 1024 / 1024)} MB, expected at most ${reportBytesMax / 1024 / 1024}.`,
        { kind: "usage", remedy: remedyOf(tool) },
      );
    const text = file === "-" ? await readStdin() : await providers.files.readText(path);
    const complaints = text === undefined ? undefined : parseToolReport(tool, text.replace(/^\uFEFF/, ""));
    if (complaints === undefined)
      throw new InspanError("REPORT_INVALID", `Cannot read "${file}" for ${tool}: it is not what ${tool} prints as JSON.`, {
        kind: "usage",
        remedy: remedyOf(tool),
      });
    reports.push({ tool, file, complaints, modifiedMs: facts?.modifiedMs });
  }
  return reports;
}

function remedyOf(tool: ToolName): string {
  return tool === "ruff" ? "ruff check --output-format json > ruff.json" : "oxlint --format json > oxlint.json";
}

export interface WordReportsOptions {
  readonly providers: Providers;
  /** Links resolved. */
  readonly rootPath: string;
  /** Every file of the repository. */
  readonly allFiles: readonly string[];
  readonly reports: readonly ToolReport[];
}

/** A report that is older than a file it speaks of is a finding too: its lines may have moved. */
export async function wordReports({
  providers,
  rootPath,
  allFiles,
  reports,
}: WordReportsOptions): Promise<{ readonly drafts: readonly FindingDraft[]; readonly tools: readonly ImportedTool[] }> {
  const known = new Set(allFiles);
  const texts = new Map<string, string | undefined>();
  const newer = new Set<string>();
  const realFolders = new Map<string, string>();
  const tools: ImportedTool[] = [];
  const drafts: FindingDraft[] = [];
  for (const { tool, file: reportFile, complaints, modifiedMs } of reports) {
    newer.clear();
    const own: FindingDraft[] = [];
    for (const complaint of complaints) {
      const file = await relativeFile(providers, rootPath, realFolders, complaint.file);
      if (!known.has(file)) continue;
      if (!texts.has(file) && texts.size < textsMax) {
        const facts = await providers.files.facts(`${rootPath}/${file}`);
        texts.set(file, facts?.kind === "file" && facts.sizeBytes <= textBytesMax ? await providers.files.readText(`${rootPath}/${file}`) : undefined);
        if (modifiedMs !== undefined && facts !== undefined && facts.modifiedMs > modifiedMs) newer.add(file);
      }
      own.push(wordComplaint(complaint, file, (one) => texts.get(one)));
    }
    tools.push({ tool, file: reportFile, findings: own.length, skipped: complaints.length - own.length });
    drafts.push(...own, ...stale(tool, [...newer]));
  }
  return { drafts, tools };
}

/** A tool may have run under another name of the same folder (a link). */
async function relativeFile(providers: Providers, rootPath: string, realFolders: Map<string, string>, file: string): Promise<string> {
  if (!isAbsolute(file)) return relative(rootPath, resolve(rootPath, file)).replaceAll("\\", "/");
  const below = relative(rootPath, file);
  if (!below.startsWith("..")) return below.replaceAll("\\", "/");
  const folder = file.slice(0, file.lastIndexOf("/"));
  const real = realFolders.get(folder) ?? await providers.files.realPath(folder) ?? folder;
  realFolders.set(folder, real);
  return relative(rootPath, `${real}/${file.slice(folder.length + 1)}`).replaceAll("\\", "/");
}

function stale(tool: ToolName, files: readonly string[]): readonly FindingDraft[] {
  const [first] = files;
  if (first === undefined) return [];
  return [{
    rule: `${tool}-report`, severity: "warning", file: first, line: 1, column: 1, endLine: 1, to: "",
    found: `the report of ${tool} is older than ${files.length === 1 ? "this file" : `${files.length} files that it speaks of`}`,
    expected: "a report of the files as they are: lines may have moved",
    fix: `Run \`${remedyOf(tool)}\` again, then check with the new report.`,
  }];
}
