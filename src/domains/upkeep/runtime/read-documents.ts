// An agent reads documents against the code that they cover, each once for what it and its files are. Reads only; a reader that fails is said.
import { join } from "node:path";
import { parse } from "yaml";
import { fingerprint } from "../../../base/hash.ts";
import { compileGlobs } from "../../lint/index.ts";
import type { ProposalStore } from "../repo/proposals.ts";
import { admitStatements, coveredBy, parseReading, readerInstructions, readingDeviation, readingPrompt } from "../service/documents.ts";
import { openReader, type ReaderSettings } from "./ask-reader.ts";
import type { Deviation } from "../types/index.ts";

/** A page above this is a book; it is not read in one go. */
const pageCharsMax = 60_000;

export interface ReadingOptions extends ReaderSettings {
  readonly store: ProposalStore;
  /** Sorted. */
  readonly files: readonly string[];
  readonly readingsMax: number;
  placeOf(file: string): { readonly domain: string; readonly layer: string };
}

export interface Readings {
  readonly deviations: readonly Deviation[];
  readonly read: readonly string[];
  readonly failed: readonly { readonly file: string; readonly why: string }[];
  /** Left for the next run. */ readonly left: number;
}

interface Page { readonly file: string; readonly text: string; readonly covered: readonly string[]; readonly content: string }

/** Pages that are about code, with an identity of their words and of that code. */
async function listPages({ context, treePath, commit, files }: ReadingOptions): Promise<readonly Page[]> {
  const { providers, signal } = context;
  const listed = await providers.git.text(["-c", "core.quotePath=false", "ls-tree", "-r", "-z", commit], { cwd: treePath, signal });
  const blobs = new Map(
    listed.split("\0").flatMap((line) => {
      const [facts = "", path] = line.split("\t");
      return path === undefined ? [] : [[path, facts.split(" ")[2] ?? ""] as const];
    }),
  );
  const isPage = compileGlobs([
    "README.md",
    "ARCHITECTURE.md",
    "AGENTS.md",
    "docs/**/*.md",
    "**/README.md",
    "!docs/generated/**",
    "!docs/exec-plans/**",
    "!docs/references/**",
    "!docs/reviewers/**",
    "!**/{test,tests,fixtures,templates,node_modules,vendor}/**",
  ]);
  return files.filter(isPage).flatMap((file): Page[] => {
    const read = providers.files.now.readRegular(join(treePath, file), pageCharsMax);
    if (read.kind !== "file") return [];
    const text = new TextDecoder().decode(read.bytes);
    const { globs, files: named } = coveredBy(text, coversOf(text), (path) => blobs.has(path));
    const covered = globs.length > 0 ? files.filter(compileGlobs([...globs])).filter((one) => one !== file) : named;
    if (covered.length === 0) return [];
    return [{ file, text, covered, content: fingerprint([text, ...covered.map((one) => `${one} ${blobs.get(one) ?? ""}`)].join("\n")) }];
  });
}

function coversOf(text: string): readonly string[] {
  const block = /^---\r?\n([^]*?)\r?\n---/.exec(text.slice(0, 8_192))?.[1];
  if (block?.includes("covers") !== true) return [];
  try {
    const value: unknown = parse(block, { maxAliasCount: 10 });
    const covers = typeof value === "object" && value !== null && "covers" in value ? value.covers : undefined;
    return typeof covers === "string" ? [covers] : Array.isArray(covers) ? covers.filter((one) => typeof one === "string") : [];
  } catch { return []; } // the document rules tell of it
}

export async function readDocuments(options: ReadingOptions): Promise<Readings> {
  const { store, context } = options;
  const due: Page[] = [];
  for (const page of await listPages(options)) if (await store.lastReading(page.file) !== page.content) due.push(page);
  const now = due.slice(0, options.readingsMax);
  if (now.length === 0) return { deviations: [], read: [], failed: [], left: 0 };
  const reader = await openReader(options);
  const deviations: Deviation[] = [], read: string[] = [], failed: { file: string; why: string }[] = [];
  for (const page of now) {
    context.signal.throwIfAborted();
    const answer = await reader.ask({ label: `read ${page.file}`, instructions: readerInstructions, text: readingPrompt(page.file, page.text, page.covered), parse: parseReading });
    if (answer.kind === "failed") { failed.push({ file: page.file, why: answer.why }); continue; }
    read.push(page.file);
    const deviation = readingDeviation(page.file, page.text, admitStatements(answer.value, page.text, (file) => options.files.includes(file)), options.placeOf(page.file));
    if (deviation === undefined) await store.keepReading(page.file, page.content, context.providers.clock.nowIso());
    else deviations.push(deviation);
  }
  return { deviations, read, failed, left: due.length - now.length };
}
