// Looks for deviations in a checkout, as a commit defines them: the check with upkeep's rules added, lines, and the tracker. Writes nothing.
import { join } from "node:path";
import { parseDocument } from "yaml";
import type { OperationContext } from "../../../providers/index.ts";
import { compileGlobs, placesOf, readLintConfiguration, testGlobs } from "../../lint/index.ts";
import { contributedBy, listFiles, runCheck } from "../../lint/runtime/index.ts";
import { reviewSection } from "../../review/index.ts";
import { type Upkeep, upkeepSection } from "../config/index.ts";
import { readAt, readPages } from "../repo/definitions.ts";
import { addedPrefix, findDeviations, isDocumentRule, type SeenFinding } from "../service/deviations.ts";
import { readDebtRows } from "../service/debt-rows.ts";
import { parseLessons } from "../service/lessons.ts";
import { matchesLine, parsePrinciples } from "../service/principles.ts";
import type { Deviation, Lesson, Principle } from "../types/index.ts";

/** A file above this is generated or data; a line of a principle is not in it. */
const fileBytesMax = 1024 * 1024;
/** A pattern that is found more often is no deviation but how the code is written. */
const linesMax = 5_000;

export interface Definitions {
  readonly commit: string;
  /** inspan.yaml of the commit; the default where there is none. */
  readonly yaml: string;
  readonly upkeep: Upkeep;
  readonly reviewers: string;
  readonly principles: readonly Principle[];
  /** False where the repository has no page of its own, and ours holds. */
  readonly isOwn: boolean;
  readonly lessons: readonly Lesson[];
}

export async function readDefinitions(context: OperationContext, options: { readonly rootPath: string; readonly commit: string }): Promise<Definitions> {
  const { git, files } = context.providers;
  const at = { git, files, cwd: options.rootPath, commit: options.commit, signal: context.signal };
  const yaml = await readAt(at, "inspan.yaml") ?? "version: 1\n";
  const configuration = await context.parseConfiguration(yaml, "inspan.yaml");
  const upkeep = configuration.read(upkeepSection);
  const pages = await readPages(at, upkeep.principles);
  const read = pages.map(({ file, text }) => parsePrinciples(text, file));
  return {
    commit: options.commit,
    yaml,
    upkeep,
    reviewers: configuration.read(reviewSection).reviewers,
    principles: read.flatMap(({ principles }) => principles),
    isOwn: pages.every(({ isOurs }) => !isOurs),
    lessons: parseLessons(await readAt(at, upkeep.lessons) ?? ""),
  };
}

/** Kinds that a principle may name without an entry in inspan.yaml. `any` alone: what is unknown is a safe type. */
const added: readonly { readonly kind: string; readonly [key: string]: unknown }[] = [
  { kind: "duplicates" },
  { kind: "loose-types", types: ["any"], except: [...testGlobs, "**/{test,tests,e2e,fixtures,__fixtures__,mocks,__mocks__}/**"] },
  { kind: "dead-exports", except: [...testGlobs] },
  { kind: "tests-present" },
];

/** The repository's rules, and those of a kind that its principles name and it does not have; its own file is not touched. */
function withUpkeepRules(yaml: string, principles: readonly Principle[]): string {
  const wanted = new Set(principles.flatMap(({ detector }) => (detector.kind === "rule" ? detector.rules : [])));
  const document = parseDocument(yaml);
  const plain = document.toJS({ maxAliasCount: 50 }) as { rules?: readonly { kind?: string }[] } | null; // parsed by the configuration before
  const has = new Set((plain?.rules ?? []).map(({ kind }) => kind));
  for (const rule of added) {
    if (!wanted.has(rule.kind) || has.has(rule.kind)) continue;
    if (!document.has("rules")) document.set("rules", document.createNode([]));
    document.addIn(["rules"], document.createNode({ ...rule, name: `${addedPrefix}${rule.kind}`, severity: "warning" }));
  }
  return document.toString();
}

export interface ScanOptions {
  /** Absolute; a checkout. */
  readonly treePath: string;
  readonly definitions: Definitions;
  /** Only these principles. */
  readonly principles?: readonly Principle[];
  /** Rules about documents, or all others; both unless told. */
  readonly side?: "documents" | "code";
}

export interface Scan { readonly deviations: readonly Deviation[]; placeOf(file: string): { readonly domain: string; readonly layer: string } }

export async function scanTree(context: OperationContext, { treePath, definitions, principles = definitions.principles, side }: ScanOptions): Promise<Scan> {
  const { providers, signal } = context;
  const configuration = await context.parseConfiguration(withUpkeepRules(definitions.yaml, principles), "inspan.yaml");
  const lint = readLintConfiguration(configuration);
  const needsCheck = principles.some(({ detector }) => detector.kind === "rule");
  const report = needsCheck ? await runCheck({ providers, rootPath: treePath, configuration, contributed: await contributedBy(context), signal }) : undefined;
  const kinds = new Map(lint.kindRules.map(({ name, kind }) => [name, kind]));
  const findPlace = placesOf(lint);
  const placeOf = (file: string) => { const place = findPlace(file); return { domain: place.domain ?? "", layer: place.layer ?? "" }; };
  const isSide = (rule: string) => side === undefined || isDocumentRule(rule) === (side === "documents");
  const tracker =
    principles.some(({ detector }) => detector.kind === "debt") && side !== "documents"
      ? await providers.files.readText(join(treePath, definitions.upkeep.tracker))
      : undefined;
  return {
    placeOf,
    deviations: findDeviations({
      principles, placeOf, kindOf: (rule) => kinds.get(rule), findings: (report?.findings ?? []).filter(({ rule }) => isSide(rule)),
      lines: side === "documents" ? [] : await findLines(context, treePath, principles),
      debts: readDebtRows(tracker ?? "").filter(({ isOpen, isLarge }) => isOpen && !isLarge).map(({ id, line, text }) => ({ id, line, text, file: definitions.upkeep.tracker })),
    }),
  };
}

/** Everything that the repository's own rules say about documents. */
export async function scanFindings(
  context: OperationContext,
  { treePath, yaml }: { readonly treePath: string; readonly yaml: string },
): Promise<{ readonly findings: readonly SeenFinding[]; placeOf: Scan["placeOf"] }> {
  const configuration = await context.parseConfiguration(yaml, "inspan.yaml");
  const findPlace = placesOf(readLintConfiguration(configuration));
  const report = await runCheck({ providers: context.providers, rootPath: treePath, configuration, contributed: await contributedBy(context), signal: context.signal });
  return {
    findings: report.findings.filter(({ rule }) => isDocumentRule(rule)),
    placeOf: (file) => {
      const place = findPlace(file);
      return { domain: place.domain ?? "", layer: place.layer ?? "" };
    },
  };
}

async function findLines(
  context: OperationContext,
  treePath: string,
  principles: readonly Principle[],
): Promise<readonly { readonly principle: string; readonly file: string; readonly line: number; readonly text: string }[]> {
  const asked = principles.flatMap(({ id, file, detector }) =>
    detector.kind === "pattern" ? [{ id, page: file, pattern: detector.pattern, isIn: compileGlobs([...detector.in]) }] : [],
  );
  if (asked.length === 0) return [];
  const { files } = await listFiles(context.providers, treePath, context.signal);
  const found: { principle: string; file: string; line: number; text: string }[] = [];
  for (const file of files) {
    const here = asked.filter(({ isIn, page }) => file !== page && isIn(file));
    if (here.length === 0) continue;
    const read = context.providers.files.now.readRegular(join(treePath, file), fileBytesMax);
    if (read.kind !== "file" || read.bytes.includes(0)) continue;
    for (const [index, text] of new TextDecoder().decode(read.bytes).split("\n").entries()) {
      for (const { id, pattern } of here) if (found.length < linesMax && matchesLine(pattern, text)) found.push({ principle: id, file, line: index + 1, text });
    }
  }
  return found;
}
