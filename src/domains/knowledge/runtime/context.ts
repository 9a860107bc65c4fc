// `inspan context <path>`: guardrails, decisions, documents, journeys and history of a path, newest first, within a budget of tokens.
import { mapBounded } from "../../../base/async.ts";
import type { OperationContext } from "../../../providers/index.ts";
import { compileGlobs, placesOf, readLintConfiguration } from "../../lint/index.ts";
import { historyOf, lastCommitOf } from "../repo/ask-git.ts";
import { boundEntries, type ContextEntry, dateOf, type EntryKind, kindOf, nearness, summaryOf } from "../service/context-entries.ts";
import { readGlobs } from "../service/dates.ts";
import { namedPaths } from "../service/named-paths.ts";
import { openDocuments, type OpenDocuments, pathWithin } from "./open-documents.ts";

/** More documents that name a path are not dated one by one. */
const datedMax = 200;
const commitsMax = 10;
/** A document that speaks of a folder far above a file is in play for everything, and so for nothing. */
const nearMin = 2;
/** A line in an agent's context; the document itself is one read away. */
const summaryCharsMax = 160;

export interface PathContext {
  readonly version: 1;
  readonly path: string;
  readonly entries: readonly ContextEntry[];
  /** Entries that did not fit, by kind. */
  readonly omitted: Readonly<Record<string, number>>;
  readonly tokens: number;
  readonly tokensMax: number;
}

export async function contextOf(context: OperationContext, typed: string, tokensMax: number): Promise<PathContext> {
  const open = await openDocuments(context);
  const path = pathWithin(context, open.rootPath, typed);
  const named = open.docs.map((doc) => ({ doc, near: nearness(doc, path, open.tree) })).filter(({ doc, near }) => near > 0 && doc.file !== path);
  named.sort((left, right) => right.near - left.near);
  const entries = await mapBounded(named.slice(0, datedMax), 8, async ({ doc }): Promise<ContextEntry> => ({
    kind: kindOf(doc, open.configuration),
    title: doc.headings[0]?.text ?? doc.file,
    where: doc.file,
    date: dateOf(doc, (await lastCommitOf(open.place, doc.file))?.date),
    text: summaryOf(doc),
    tokens: doc.tokens,
  }));
  const commits = (await historyOf(open.place, path, commitsMax)).map((one): ContextEntry => ({
    kind: "commit",
    title: one.subject,
    where: one.commit,
    date: one.date,
    text: "",
    tokens: 0,
  }));
  const near = new Map(named.map(({ doc, near: value }) => [doc.file, value]));
  // Nearest first for documents, newest first for everything that has a time.
  const of = (kind: EntryKind): readonly ContextEntry[] =>
    entries
      .filter((one) => one.kind === kind)
      .sort(
        (left, right) =>
          (kind === "document" ? (near.get(right.where) ?? 0) - (near.get(left.where) ?? 0) : 0) ||
          (left.date < right.date ? 1 : left.date > right.date ? -1 : 0),
      );
  const bounded = boundEntries([...guardrailsOf(open, path), ...of("decision"), ...of("document"), ...of("journey"), ...commits], tokensMax);
  return { version: 1, path, ...bounded, tokensMax };
}

/** What an agent is told about files in play, without asking git: rules first, then what was decided about them and the journeys through them. */
export interface PathsContext { readonly guardrails: readonly ContextEntry[]; readonly documents: readonly ContextEntry[]; readonly omitted: number }

export interface PathContextReader {
  /** Files that a text names; see namedPaths(). */
  namedIn(text: string): readonly string[];
  /** Entries for these paths that are not in `known` (see keyOf), within the budget; the nearest documents first. */
  of(paths: readonly string[], options: { readonly tokensMax: number; readonly known: ReadonlySet<string> }): PathsContext;
}

export const keyOf = (entry: ContextEntry): string => `${entry.kind} ${entry.where} ${entry.title}`;

/** Reads the documents around the context's folder once. */
export async function openPathContext(context: OperationContext): Promise<PathContextReader> {
  const open = await openDocuments(context);
  const entryOf = (doc: OpenDocuments["docs"][number]): ContextEntry => ({
    kind: kindOf(doc, open.configuration),
    title: doc.headings[0]?.text ?? doc.file,
    where: doc.file,
    date: "",
    text: summaryOf(doc).slice(0, summaryCharsMax),
    tokens: doc.tokens,
  });
  const unique = (entries: readonly ContextEntry[], known: ReadonlySet<string>): readonly ContextEntry[] =>
    [...new Map(entries.map((entry) => [keyOf(entry), entry])).values()].filter((entry) => !known.has(keyOf(entry)));
  return {
    namedIn: (text) => namedPaths(text, open.tree),
    of: (paths, { tokensMax, known }) => {
      const near = open.docs
        .map((doc) => ({ doc, near: Math.max(0, ...paths.map((path) => (doc.file === path ? 0 : nearness(doc, path, open.tree)))) }))
        .filter((one) => one.near >= nearMin);
      near.sort((left, right) => right.near - left.near);
      const told = near.map(({ doc }) => entryOf(doc)).filter((entry) => entry.kind === "decision" || entry.kind === "journey");
      const bounded = boundEntries(unique([...paths.flatMap((path) => guardrailsOf(open, path)), ...told], known), tokensMax);
      return {
        guardrails: bounded.entries.filter((entry) => entry.kind === "guardrail"), documents: bounded.entries.filter((entry) => entry.kind !== "guardrail"),
        omitted: Object.values(bounded.omitted).reduce((sum, count) => sum + count, 0),
      };
    },
  };
}

/** What the check and the reviewers will say about a change here. */
function guardrailsOf(open: OpenDocuments, path: string): readonly ContextEntry[] {
  const lint = readLintConfiguration(open.written);
  const file = open.tree.has(path) === "folder" ? `${path}/x.ts` : path;
  const place = placesOf(lint)(file);
  const entry = (where: string, title: string, text: string): ContextEntry => ({ kind: "guardrail", title, where, date: "", text, tokens: 0 });
  const layer =
    place.layer === undefined
      ? []
      : [
          entry(
            "layers",
            `${place.domain ?? ""}, layer ${place.layer}`,
            `imports of its own domain: ${(lint.layers.edges[place.layer] ?? []).join(", ")}; other domains only through ${lint.domains.doors.map((door) => door.path).join(", ")}`,
          ),
        ];
  const rules = [
    ...lint.importRules.filter((rule) => rule.isFrom(file)).map((rule) => entry(rule.name, `may not import ${String(rule.to)}`, `${rule.why}. ${rule.fix}`)),
    ...lint.banRules.filter((rule) => rule.isIn(file)).map((rule) => entry(rule.name, `may not use ${rule.ban.join(", ")}`, `${rule.why}. ${rule.fix}`)),
    ...["file-size", "function-size"].flatMap((name) => {
      const rule = lint.sizeRules.findLast((one) => one.name === name && one.isIn(file));
      return rule === undefined ? [] : [entry(name, `at most ${rule.linesMax} lines`, "")];
    }),
  ];
  const reviewers = open.docs
    .filter((doc) => /(^|\/)reviewers\//.test(doc.file) && compileGlobs([...readGlobs(doc.frontMatter?.value["paths"])])(file))
    .map((doc) =>
      entry(
        doc.file,
        `reviewed for: ${String(doc.frontMatter?.value["description"] ?? doc.headings[0]?.text ?? "")}`,
        doc.items.map((item) => item.text.replaceAll(/\s+/g, " ")).join(" · "),
      ),
    );
  return [...layer, ...rules, ...reviewers];
}
