// An agent reads documents against the code that they cover, each once for what it and its files are. Reads only; a reader that fails is said.
import { join } from "node:path";
import { parse } from "yaml";
import { fingerprint } from "../../../base/hash.ts";
import { InspanError, isAbort, messageOf } from "../../../base/errors.ts";
import type { OperationContext } from "../../../providers/index.ts";
import { agentsSection, agentsWithEnvironment, type AgentDriver } from "../../agent/index.ts";
import { createDriver } from "../../agent/runtime/index.ts";
import { compileGlobs } from "../../lint/index.ts";
import type { Repository } from "../../worktree/index.ts";
import type { ProposalStore } from "../repo/proposals.ts";
import { admitStatements, coveredBy, parseReading, readerInstructions, readingDeviation, readingPrompt } from "../service/documents.ts";
import type { Deviation } from "../types/index.ts";

/** A page above this is a book; it is not read in one go. */
const pageCharsMax = 60_000;
const modelCallsMax = 30;
const turnMsMax = 10 * 60_000;
/** One answer that cannot be read is an accident. */
const answersMax = 2;

export interface ReadingOptions {
  readonly context: OperationContext;
  readonly repository: Repository;
  readonly store: ProposalStore;
  readonly treePath: string;
  readonly commit: string;
  /** Sorted. */
  readonly files: readonly string[];
  readonly readingsMax: number;
  readonly agent: { readonly driver?: string | undefined; readonly model?: string | undefined; readonly effort?: string | undefined };
  readonly isUnsandboxedAllowed: boolean;
  placeOf(file: string): { readonly domain: string; readonly layer: string };
}

export interface Readings { readonly deviations: readonly Deviation[]; readonly read: readonly string[]; readonly failed: readonly { readonly file: string; readonly why: string }[]; /** Left for the next run. */ readonly left: number }

interface Page { readonly file: string; readonly text: string; readonly covered: readonly string[]; readonly content: string }

/** Pages that are about code, with an identity of their words and of that code. */
async function listPages({ context, treePath, commit, files }: ReadingOptions): Promise<readonly Page[]> {
  const { providers, signal } = context;
  const listed = await providers.git.text(["-c", "core.quotePath=false", "ls-tree", "-r", "-z", commit], { cwd: treePath, signal });
  const blobs = new Map(listed.split("\0").flatMap((line) => { const [facts = "", path] = line.split("\t"); return path === undefined ? [] : [[path, facts.split(" ")[2] ?? ""] as const]; }));
  const isPage = compileGlobs(["README.md", "ARCHITECTURE.md", "AGENTS.md", "docs/**/*.md", "**/README.md", "!docs/generated/**", "!docs/exec-plans/**", "!docs/references/**", "!docs/reviewers/**", "!**/{test,tests,fixtures,templates,node_modules,vendor}/**"]);
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

async function openDriver({ context, repository, agent }: ReadingOptions): Promise<AgentDriver> {
  const agents = agentsWithEnvironment((await context.loadConfiguration(repository.rootPath)).read(agentsSection), context.env);
  const driver = await createDriver(agent.driver ?? agents.default, context.providers, agents);
  const probe = await driver.probe(context.signal);
  if (probe.status === "missing") throw new InspanError("AGENT_MISSING", `Cannot read documents with the agent "${driver.name}": ${probe.found}.`, { kind: "usage", remedy: probe.remedy ?? "inspan garden --no-reading" });
  return driver;
}

export async function readDocuments(options: ReadingOptions): Promise<Readings> {
  const { store, context } = options;
  const due: Page[] = [];
  for (const page of await listPages(options)) if (await store.lastReading(page.file) !== page.content) due.push(page);
  const now = due.slice(0, options.readingsMax);
  if (now.length === 0) return { deviations: [], read: [], failed: [], left: 0 };
  const driver = await openDriver(options);
  const deviations: Deviation[] = [], read: string[] = [], failed: { file: string; why: string }[] = [];
  for (const page of now) {
    context.signal.throwIfAborted();
    const outcome = await readOne(options, driver, page);
    if (outcome.kind === "failed") { failed.push({ file: page.file, why: outcome.why }); continue; }
    read.push(page.file);
    if (outcome.deviation === undefined) await store.keepReading(page.file, page.content, context.providers.clock.nowIso());
    else deviations.push(outcome.deviation);
  }
  return { deviations, read, failed, left: due.length - now.length };
}

type Outcome = { readonly kind: "read"; readonly deviation: Deviation | undefined } | { readonly kind: "failed"; readonly why: string };

async function readOne({ context, repository, treePath, commit, files, agent, isUnsandboxedAllowed, placeOf }: ReadingOptions, driver: AgentDriver, page: Page): Promise<Outcome> {
  const { signal, providers } = context;
  let session: Awaited<ReturnType<AgentDriver["open"]>> | undefined;
  try {
    session = await driver.open({
      label: `read ${page.file}`, worktreePath: treePath, baseCommit: commit, sessionPath: join(repository.statePath, "sessions", `garden-${providers.random.id(8)}`), access: "read-only", instructions: readerInstructions,
      model: agent.model, effort: agent.effort, tools: [], isUnsandboxedAllowed, resumeId: undefined, signal,
    });
    let text = readingPrompt(page.file, page.text, page.covered);
    for (let answers = 0; answers < answersMax; answers++) {
      const result = await session.startTurn({ text, modelCallsMax, timeoutMs: turnMsMax, signal, guard: { refuse: () => "You read and do not edit; say it in the answer.", afterEdit: async () => undefined }, onEvent: () => undefined }).result;
      signal.throwIfAborted();
      if (result.status !== "completed") return { kind: "failed", why: result.status === "failed" ? result.reason.split("\n")[0] ?? "" : "the turn was interrupted" };
      const statements = parseReading(result.text);
      if (statements !== undefined) return { kind: "read", deviation: readingDeviation(page.file, page.text, admitStatements(statements, page.text, (file) => files.includes(file)), placeOf(page.file)) };
      text = 'That is not the form. Answer with one JSON object {"untrue": […]} and nothing else.';
    }
    return { kind: "failed", why: "the reader gave no answer in the form that was asked for" };
  } catch (error) {
    if (isAbort(error) || signal.aborted) throw error;
    return { kind: "failed", why: messageOf(error).split("\n")[0] ?? "" };
  } finally { await session?.dispose(); }
}
