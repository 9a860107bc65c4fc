// Grades the checkout, and old commits in a worktree of its own; keeps one record a commit.
import { join } from "node:path";
import { mapBounded } from "../../../base/async.ts";
import { fingerprint } from "../../../base/hash.ts";
import { InspanError, messageOf } from "../../../base/errors.ts";
import type { OperationContext } from "../../../providers/index.ts";
import { appendRecord, historyFile, readHistory } from "../repo/history-file.ts";
import { findDrops } from "../service/history.ts";
import { renderScorePage } from "../service/score-page.ts";
import type { GradeDrop, GradeRecord } from "../types/index.ts";
import { readChurn } from "./signals.ts";
import { assess, type Assessment, measureVersion } from "./assess.ts";

const scoreFile = "docs/QUALITY_SCORE.md";
/** More commits than this are thinned out evenly: a trend needs no more points, and a run ends. */
const commitsMax = 1_000;
/** One commit is checked out while another is judged; a third would wait for the same processor. */
const treesMax = 2;

export interface GradeInput { readonly since: string | undefined; readonly isWriting: boolean }
export interface GradeAnswer {
  readonly version: 1;
  readonly record: GradeRecord;
  readonly layers: readonly string[];
  readonly isDeclared: boolean;
  /** The worktree holds changes that no commit has. */
  readonly isDirty: boolean;
  /** Oldest first; commits that could not be graded say why. */
  readonly history: readonly GradeRecord[];
  readonly drops: readonly GradeDrop[];
  readonly failed: readonly { readonly commit: string; readonly why: string }[];
  readonly skippedCommits: number;
  readonly written: readonly string[];
  readonly durationMs: number;
}

/** Rejects with NOT_A_REPOSITORY, SINCE_INVALID, CONFIG_INVALID. */
export async function gradeRepository(context: OperationContext, input: GradeInput): Promise<GradeAnswer> {
  const { providers, signal } = context;
  const started = providers.clock.monotonicMs();
  const rootPath = await providers.git.text(["rev-parse", "--show-toplevel"], { cwd: context.cwd, signal }).catch(() => { throw new InspanError("NOT_A_REPOSITORY", `Cannot grade "${context.cwd}": it is not in a git repository.`, { kind: "usage", remedy: "git init" }); });
  const git = (args: readonly string[]) => providers.git.text(args, { cwd: rootPath, signal });
  const [commit = "", committedAt = ""] = (await git(["log", "-1", "--format=%H %cI"]).catch(() => "")).split(" ");
  const isDirty = (await git(["status", "--porcelain", "--untracked-files=all"])).split("\n").some((line) => line !== "" && !line.endsWith(` ${scoreFile}`) && !line.endsWith(` ${historyFile}`));
  const folder = join(context.statePath, "grades", fingerprint(await git(["rev-parse", "--path-format=absolute", "--git-common-dir"])));
  const statePath = join(context.statePath, "check");
  const nowIso = providers.clock.nowIso();
  const assessment = await assess({ context, rootPath, statePath, commit: commit === "" ? "none" : commit, committedAt: isDirty || committedAt === "" ? nowIso : committedAt });
  const old = input.since === undefined ? { records: [], failed: [], skippedCommits: 0 } : await gradeCommits({ context, rootPath, folder, since: input.since, head: commit });
  const kept = readHistory(providers.files, join(rootPath, historyFile)).records;
  const history = merge([...old.records, ...kept, ...(isDirty ? [] : [assessment.record])]);
  const drops = findDrops(history);
  const written = input.isWriting ? await write({ context, rootPath, assessment, history, drops, kept, isDirty }) : [];
  return { version: 1, record: assessment.record, layers: assessment.layers, isDeclared: assessment.isDeclared, isDirty, history, drops, failed: old.failed, skippedCommits: old.skippedCommits, written, durationMs: Math.round(providers.clock.monotonicMs() - started) };
}

/** By time of the commit; of several records of a commit the last one. */
function merge(records: readonly GradeRecord[]): readonly GradeRecord[] {
  const byCommit = new Map(records.map((record) => [record.commit, record]));
  return [...byCommit.values()].sort((left, right) => Date.parse(left.committedAt) - Date.parse(right.committedAt));
}

interface Writing { readonly context: OperationContext; readonly rootPath: string; readonly assessment: Assessment; readonly history: readonly GradeRecord[]; readonly drops: readonly GradeDrop[]; readonly kept: readonly GradeRecord[]; readonly isDirty: boolean }

async function write({ context, rootPath, assessment, history, drops, kept, isDirty }: Writing): Promise<readonly string[]> {
  if (isDirty) throw new InspanError("WORKTREE_DIRTY", "Cannot write the grades: the worktree holds changes that no commit has, expected grades of a commit.", { kind: "usage", remedy: "git commit, then: inspan grade --write" });
  const { files } = context.providers;
  const known = new Set(kept.map(({ commit, measure }) => `${commit} ${measure}`));
  for (const record of history) if (!known.has(`${record.commit} ${record.measure}`)) await appendRecord(files, join(rootPath, historyFile), record);
  const before = await files.readText(join(rootPath, scoreFile));
  const head = /^---\r?\n[^]*?\r?\n---\r?\n+/.exec(before ?? "")?.[0] ?? "";
  const dated = head.replace(/^(verified:\s*).*$/m, `$1${assessment.record.committedAt.slice(0, 10)}`);
  await files.writeText(join(rootPath, scoreFile), renderScorePage({ record: assessment.record, drops, layers: assessment.layers, head: dated }));
  return [historyFile, scoreFile];
}

interface Commits { readonly context: OperationContext; readonly rootPath: string; readonly folder: string; readonly since: string; readonly head: string }
interface GradedCommits { readonly records: readonly GradeRecord[]; readonly failed: readonly { readonly commit: string; readonly why: string }[]; readonly skippedCommits: number }

/** The first-parent commits since then, each once: what is graded is kept by commit, and lint keeps facts by content. */
async function gradeCommits({ context, rootPath, folder, since, head }: Commits): Promise<GradedCommits> {
  const { providers, signal } = context;
  const listed = await providers.git.text(["rev-list", "--first-parent", "--reverse", "--timestamp", `--since=${readSince(since)}`, "HEAD"], { cwd: rootPath, signal });
  const all = listed.split("\n").flatMap((line) => { const [seconds, commit] = line.split(" "); return commit === undefined || commit === head ? [] : [{ commit, committedAt: new Date(Number(seconds) * 1000).toISOString() }]; });
  const step = Math.max(1, Math.ceil(all.length / commitsMax));
  const chosen = all.filter((_one, index) => (all.length - 1 - index) % step === 0);
  const cachePath = join(folder, `commits-${measureVersion}.jsonl`);
  const known = new Map(readHistory(providers.files, cachePath).records.map((record) => [record.commit, record]));
  const todo = chosen.filter(({ commit }) => !known.has(commit));
  const first = todo[0];
  const churn = first === undefined ? undefined : await readChurn({ providers, rootPath, sources: [], allFiles: [] }, Date.parse(first.committedAt), signal);
  const failed: { commit: string; why: string }[] = [];
  const places = Array.from({ length: Math.min(treesMax, todo.length) }, (_, index) => ({ tree: join(folder, `tree-${index}`), facts: join(folder, `check-${index}`) }));
  const trees: (Tree & { readonly facts: string })[] = [];
  try {
    for (const { tree, facts } of places) trees.push({ ...await openTree(context, rootPath, tree), facts });
    const free = [...trees];
    let graded = 0;
    const made = await mapBounded(todo, Math.max(1, trees.length), async ({ commit, committedAt }): Promise<readonly GradeRecord[]> => {
      signal.throwIfAborted();
      const tree = free.pop();
      if (tree === undefined) throw new Error("BUG: expected as many trees as commits at once");
      try {
        await tree.checkOut(commit);
        const { record } = await assess({ context, rootPath: tree.path, statePath: tree.facts, commit, committedAt, churn });
        await appendRecord(providers.files, cachePath, record);
        return [record];
      } catch (error) {
        signal.throwIfAborted();
        failed.push({ commit, why: messageOf(error).split("\n")[0] ?? "" }); // one commit that cannot be read does not end a year
        return [];
      } finally {
        free.push(tree);
        if (++graded % 20 === 0) context.progress(`graded ${graded} of ${todo.length} commits`);
      }
    });
    const byCommit = new Map([...known, ...made.flat().map((record) => [record.commit, record] as const)]);
    return { records: chosen.flatMap(({ commit }) => byCommit.get(commit) ?? []), failed, skippedCommits: all.length - chosen.length };
  } finally { for (const tree of trees) await tree.remove(); }
}

/** "1y", "6m", "30d", "2w", or anything that git takes as a date. */
function readSince(text: string): string {
  const found = /^(\d{1,4})([dwmy])$/.exec(text);
  if (found !== null) return `${found[1] ?? ""} ${{ d: "days", w: "weeks", m: "months", y: "years" }[found[2] ?? "d"] ?? "days"} ago`;
  if (/^\d{4}-\d{2}-\d{2}([T ][\d:.+Z-]*)?$/.test(text)) return text;
  throw new InspanError("SINCE_INVALID", `Cannot grade since "${text}": not a time, expected 1y, 6m, 2w, 30d or a date like 2026-01-31.`, { kind: "usage", remedy: "inspan grade --since 1y" });
}

interface Tree { readonly path: string; checkOut(commit: string): Promise<void>; remove(): Promise<void> }

/** A worktree of its own in the state folder; what a killed run left is taken over. Git's hooks and filters are off (the provider's hardening). */
async function openTree({ providers, signal }: OperationContext, rootPath: string, path: string): Promise<Tree> {
  const { git, files } = providers;
  await files.remove(path);
  await git.run(["worktree", "prune"], { cwd: rootPath, signal });
  await git.run(["worktree", "add", "--quiet", "--detach", "--force", "--no-checkout", path, "HEAD"], { cwd: rootPath, signal, timeoutMs: 120_000 });
  return {
    path,
    checkOut: async (commit) => { await git.run(["checkout", "--quiet", "--detach", "--force", commit], { cwd: path, signal, timeoutMs: 300_000 }); },
    remove: async () => {
      await files.remove(path);
      await git.run(["worktree", "prune"], { cwd: rootPath });
    },
  };
}
