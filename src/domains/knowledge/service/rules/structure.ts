// What documents owe each other: the map leads to all of them, indexes are complete, links go both ways. Only where the key docs asks for it.
import { compileGlobs } from "../../../lint/index.ts";
import type { DocFacts, DocFinding } from "../../types/document.ts";
import { readDate } from "../dates.ts";
import { baseOf, folderOf, relativePath } from "../paths.ts";
import { reachFrom, targetsOf, foldersOf } from "../reach.ts";
import type { RuleInput } from "./links.ts";
import { readTarget, resolveTarget } from "./link-target.ts";

const isIndexName = (file: string): boolean => /(^|\/)(index|readme)\.mdx?$/i.test(file);
const top = (file: string) => ({ file, line: 1, column: 1, endLine: 1 });

export function checkStructure(input: RuleInput): readonly DocFinding[] {
  if (input.configuration.docs === undefined) return [];
  return [...checkArchitecture(input), ...checkReachable(input), ...checkIndexes(input), ...checkBothWays(input), ...checkModules(input)];
}

function checkArchitecture(input: RuleInput): readonly DocFinding[] {
  const wanted = input.configuration.docs?.architecture;
  if (wanted === undefined) return [];
  const doc = input.byFile.get(wanted.path);
  if (doc === undefined) {
    return input.subject.unread.some((one) => one.file === wanted.path) ? [] : [{
      ...top(wanted.path),
      rule: "docs-architecture",
      severity: "error",
      to: "missing",
      found: `there is no ${wanted.path}`,
      expected: "one short document says which parts there are, what each holds, and what must stay true",
      fix: `Write ${wanted.path}: a table of folders and what they hold, the allowed directions of imports, and the invariants with the test or rule that holds each.`,
    }];
  }
  if (doc.lines <= wanted.linesMax) return [];
  return [{
    ...top(doc.file),
    line: wanted.linesMax + 1,
    endLine: doc.lines,
    rule: "docs-architecture",
    severity: "error",
    to: "size",
    found: `${doc.lines} lines`,
    expected: `at most ${wanted.linesMax} lines: a bird's eye view that changes only when the house does`,
    fix: `Move what is about one part into that part's README or a design document, and link to it from ${doc.file}.`,
  }];
}

function checkReachable(input: RuleInput): readonly DocFinding[] {
  const wanted = input.configuration.docs?.reachable;
  const { path: mapFile } = input.configuration.map;
  if (wanted === undefined || !input.byFile.has(mapFile)) return [];
  const isIn = compileGlobs(wanted.in);
  const { hops, via } = reachFrom(mapFile, input.subject.docs, input.tree);
  return input.subject.docs.filter((doc) => isIn(doc.file)).flatMap((doc): DocFinding[] => {
    const distance = hops.get(doc.file);
    if (distance !== undefined && distance <= wanted.hopsMax) return [];
    const index = nearestIndex(input, doc.file, hops);
    return [{
      ...top(doc.file),
      rule: "docs-reachable",
      severity: "error",
      to: "",
      found:
        distance === undefined ? `no way leads from ${mapFile} to this document` : `${distance} hops from ${mapFile}, the last by ${via.get(doc.file) ?? ""}`,
      expected: `every document is reached from ${mapFile} in at most ${wanted.hopsMax} hops: what is not found does not exist`,
      fix: `Add a line to ${index}: \`- [${titleOf(doc)}](${relativePath(index, doc.file)})\`, or remove the document.`,
    }];
  });
}

const titleOf = (doc: DocFacts): string => doc.headings[0]?.text.replaceAll(/[[\]]/g, "") || baseOf(doc.file);

/** The reached index nearest above the document, else the map. */
function nearestIndex(input: RuleInput, file: string, hops: ReadonlyMap<string, number>): string {
  for (let folder = folderOf(file); ; folder = folderOf(folder)) {
    const found = ["index.md", "README.md"].map((name) => (folder === "" ? name : `${folder}/${name}`)).find((one) => one !== file && hops.has(one));
    if (found !== undefined) return found;
    if (folder === "") return input.configuration.map.path;
  }
}

const statusColumn = /status|state|stand/i;
const dateColumn = /date|verified|when|updated|since|day/i;

function checkIndexes(input: RuleInput): readonly DocFinding[] {
  return (input.configuration.docs?.indexes ?? []).flatMap((index): DocFinding[] => {
    const doc = input.byFile.get(index);
    const folder = folderOf(index);
    const owed = input.subject.docs.filter(
      (one) => one.file !== index && one.file.startsWith(`${folder}/`) && !isIndexName(one.file) && !input.configuration.isGenerated(one.file),
    );
    if (doc === undefined) {
      return owed.length === 0 && input.tree.has(folder) === undefined ? [] : [{
        ...top(index),
        rule: "docs-index",
        severity: "error",
        to: "missing",
        found: `there is no ${index}`,
        expected: `${index} lists every document below ${folder}/ with status and date`,
        fix: `Write ${index} with a table: | document | status | verified |, one row for each document.`,
      }];
    }
    const rows = rowsByTarget(input, doc);
    return owed.flatMap((one) => {
      const row = rows.get(one.file);
      const line = (row?.line ?? doc.tables.at(-1)?.rows.at(-1)?.line ?? doc.tables.at(-1)?.line ?? doc.lines);
      const example = `| [${titleOf(one)}](${relativePath(index, one.file)}) | draft | ${input.subject.today} |`;
      if (row === undefined) {
        return [
          {
            ...top(index),
            line,
            endLine: line,
            rule: "docs-index",
            severity: "error" as const,
            to: one.file,
            found: `${one.file} is not in the index`,
            expected: `${index} lists every document below ${folder}/ with status and date`,
            fix: `Add a row to the table of ${index}: \`${example}\` with the columns in its own order.`,
          },
        ];
      }
      const lacks = [...(row.hasStatus ? [] : ["status"]), ...(row.hasDate ? [] : ["date"])];
      if (lacks.length === 0) return [];
      return [
        {
          ...top(index),
          line,
          endLine: line,
          rule: "docs-index",
          severity: "error" as const,
          to: one.file,
          found: `the entry of ${one.file} has no ${lacks.join(" and no ")}`,
          expected: "an entry says how far the document can be trusted, and since when",
          fix: `Write the ${lacks.join(" and the ")} into the row, for example \`${example}\`; the table needs a column "status" and a column "verified".`,
        },
      ];
    });
  });
}

interface IndexRow { readonly line: number; readonly hasStatus: boolean; readonly hasDate: boolean }

/** Rows of tables by the documents that their links lead to; list items count with what their line holds. */
function rowsByTarget(input: RuleInput, index: DocFacts): ReadonlyMap<string, IndexRow> {
  const rows = new Map<string, IndexRow>();
  const lines = new Map(index.tables.flatMap((table) => table.rows.map((row) => [row.line, { table, row }] as const)));
  const items = new Map(index.items.map((item) => [item.line, item]));
  for (const link of index.links) {
    const target = readTarget(index.file, link.target);
    const file = target === undefined ? undefined : resolveTarget(input.tree, target.path)?.path;
    if (file === undefined || rows.has(file)) continue;
    const found = lines.get(link.line);
    if (found !== undefined) {
      const cell = (pattern: RegExp): string => found.row.cells[found.table.header.findIndex((name) => pattern.test(name))]?.trim() ?? "";
      rows.set(file, {
        line: link.line,
        hasStatus: cell(statusColumn) !== "",
        hasDate: readDate(cell(dateColumn)) !== undefined || found.row.cells.some((one) => readDate(one) !== undefined),
      });
    } else {
      const text = items.get(link.line)?.text ?? "";
      rows.set(file, {
        line: link.line,
        hasStatus: (input.configuration.docs?.statuses ?? []).some((word) => text.toLowerCase().includes(word)),
        hasDate: readDate(text) !== undefined,
      });
    }
  }
  return rows;
}

function checkBothWays(input: RuleInput): readonly DocFinding[] {
  const globs = input.configuration.docs?.bothWays;
  if (globs === undefined) return [];
  const isIn = compileGlobs(globs);
  const docs = input.subject.docs.filter((doc) => isIn(doc.file) && !isIndexName(doc.file));
  const byFolder = foldersOf(input.subject.docs);
  const targets = new Map(docs.map((doc) => [doc.file, targetsOf(doc, input.tree, input.byFile, byFolder)]));
  return docs.flatMap((doc) => (targets.get(doc.file) ?? []).filter((file) => targets.has(file) && targets.get(file)?.includes(doc.file) === false).map((file): DocFinding => {
    const line = input.byFile.get(file)?.lines ?? 1;
    return {
      file,
      line,
      column: 1,
      endLine: line,
      rule: "docs-both-ways",
      severity: "error",
      to: doc.file,
      found: `${doc.file} links here, and no link leads back`,
      expected: "documents of this set that belong together name each other",
      fix: `Add a line to ${file}: \`See also [${titleOf(doc)}](${relativePath(file, doc.file)}).\``,
    };
  }));
}

function checkModules(input: RuleInput): readonly DocFinding[] {
  const wanted = input.configuration.docs?.modules;
  if (wanted === undefined) return [];
  const isModule = compileGlobs(wanted.path);
  const folders = new Set<string>();
  for (const file of input.tree.files)
    for (let folder = folderOf(file); folder !== "" && !folders.has(folder); folder = folderOf(folder)) if (isModule(folder)) folders.add(folder);
  return [...folders].sort().flatMap((folder) => wanted.files.filter((name) => !input.tree.files.has(`${folder}/${name}`)).map((name): DocFinding => ({
    ...top(`${folder}/${name}`),
    rule: "docs-modules",
    severity: "error",
    to: name,
    found: `there is no ${folder}/${name}`,
    expected: `each module (${String(wanted.path)}) holds ${wanted.files.join(" and ")}`,
    fix:
      name === "README.md"
        ? `Write ${folder}/README.md: what the module is for, its door, and what it must not know.`
        : `Write ${folder}/${name}: the rules that hold in this module, each with a heading that a rule's reference can point to.`,
  })));
}
