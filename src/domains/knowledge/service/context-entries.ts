// What somebody has to know before changing a path: which documents speak of it, and in what order they are worth reading. Pure.
import { compileGlobs } from "../../lint/index.ts";
import type { DocConfiguration } from "../config/doc-configuration.ts";
import type { DocFacts } from "../types/document.ts";
import { readDate, readGlobs } from "./dates.ts";
import { baseOf, folderOf, joinPath, type Tree } from "./paths.ts";
import { readTarget } from "./rules/link-target.ts";
import { readPathClaim } from "./rules/path-claims.ts";

export type EntryKind = "guardrail" | "decision" | "document" | "journey" | "commit";

export interface ContextEntry {
  readonly kind: EntryKind;
  readonly title: string;
  /** A path of the repository, a rule or a commit. */
  readonly where: string;
  /** YYYY-MM-DD; empty where none is known. */
  readonly date: string;
  readonly text: string;
  /** What reading the place itself costs, in tokens; 0 where the entry says all. */
  readonly tokens: number;
}

/** How near a document's subject lies: 3 the path itself or what it covers, 2 its folder, 1 a folder above (two parts deep at least), 0 not at all. */
export function nearness(doc: DocFacts, path: string, tree: Tree): number {
  const covers = readGlobs(doc.frontMatter?.value["covers"]);
  if (covers.length > 0 && (compileGlobs([...covers])(path) || (tree.has(path) === "folder" && covers.some((glob) => glob.startsWith(`${path}/`))))) return 3;
  let best = 0;
  const rate = (named: string | undefined): void => {
    if (named === undefined || named === "") return;
    const bare = named.replace(/\/+$/, "");
    if (bare === path || bare.startsWith(`${path}/`)) best = Math.max(best, 3);
    else if (path.startsWith(`${bare}/`)) best = Math.max(best, bare === folderOf(path) ? 2 : bare.split("/").length >= 2 ? 1 : 0);
  };
  for (const link of doc.links) rate(readTarget(doc.file, link.target)?.path);
  for (const span of doc.codeSpans) {
    const claim = readPathClaim(span.text);
    if (claim !== undefined) { rate(joinPath("", claim.path)); rate(joinPath(folderOf(doc.file), claim.path)); }
    else if (span.text === baseOf(path) && tree.named(span.text).length === 1) rate(path);
  }
  // A README or its like beside the path, or above it below the root.
  if (/^(README|CONVENTIONS|ARCHITECTURE|AGENTS|CLAUDE)\.md$/i.test(baseOf(doc.file))) {
    const folder = folderOf(doc.file);
    if (folder !== "" && (path === folder || path.startsWith(`${folder}/`))) best = Math.max(best, 2);
  }
  return best;
}

export function kindOf(doc: DocFacts, configuration: DocConfiguration): EntryKind {
  if (/(^|\/)journeys\//.test(doc.file)) return "journey";
  return /(^|\/)(adrs?|decisions|design-docs|rfcs?|completed)\//i.test(doc.file) ||
    (configuration.isHistorical(doc.file) && /adr|decision|design/i.test(doc.file))
    ? "decision"
    : "document";
}

/** First sentence of prose below the title. */
export function summaryOf(doc: DocFacts): string {
  return doc.blocks.map((block) => block.text.replaceAll(/\s+/g, " ").trim()).find((text) => text.length > 20 && !/^[[!<|#`]/.test(text)) ?? "";
}

export function dateOf(doc: DocFacts, committed: string | undefined): string {
  const value = doc.frontMatter?.value ?? {};
  return readDate(value["date"]) ?? readDate(value["verified"]) ?? committed ?? readDate(baseOf(doc.file)) ?? "";
}

/** Within the budget, in order; what is left out is counted by kind. Costs about four characters a token. */
export function boundEntries(
  entries: readonly ContextEntry[],
  tokensMax: number,
): { readonly entries: readonly ContextEntry[]; readonly omitted: Readonly<Record<string, number>>; readonly tokens: number } {
  const kept: ContextEntry[] = [];
  const omitted: Record<string, number> = {};
  let tokens = 0;
  for (const entry of entries) {
    const cost = Math.ceil((entry.title.length + entry.where.length + entry.date.length + entry.text.length + 12) / 4);
    if (tokens + cost > tokensMax) { omitted[entry.kind] = (omitted[entry.kind] ?? 0) + 1; continue; }
    tokens += cost;
    kept.push(entry);
  }
  return { entries: kept, omitted, tokens };
}
