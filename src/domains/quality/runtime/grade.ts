// Grades the checkout, and old commits as git keeps them; keeps one record a commit.
import { join } from "node:path";
import { fingerprint } from "../../../base/hash.ts";
import { InspanError } from "../../../base/errors.ts";
import type { OperationContext } from "../../../providers/index.ts";
import { appendRecord, historyFile, readHistory } from "../repo/history-file.ts";
import { countSince, findDrops } from "../service/history.ts";
import { renderScorePage } from "../service/score-page.ts";
import type { GradeDrop, GradeRecord } from "../types/index.ts";
import { assess, type Assessment, measureVersion } from "./assess.ts";
import { walkCommits } from "./walk-commits.ts";

const scoreFile = "docs/QUALITY_SCORE.md";
/** More commits than this are thinned out evenly: a trend needs no more points, and a run ends. */
const commitsMax = 1_000;

export interface GradeInput { readonly since: string | undefined; readonly isWriting: boolean }
export interface GradeAnswer {
  readonly version: 1;
  readonly record: GradeRecord;
  readonly layers: readonly string[];
  readonly isDeclared: boolean;
  /** The worktree holds changes that no commit has. */
  readonly isDirty: boolean;
  /** History and churn end where the clone does. */
  readonly isShallow: boolean;
  /** Oldest first; commits that could not be graded say why. */
  readonly history: readonly GradeRecord[];
  readonly drops: readonly GradeDrop[];
  readonly failed: readonly { readonly commit: string; readonly why: string }[];
  readonly skippedCommits: number;
  /** Records of commits that the history does not have: it was rewritten. */
  readonly strayRecords: number;
  readonly written: readonly string[];
  readonly durationMs: number;
}

/** Rejects with NOT_A_REPOSITORY, SINCE_INVALID, CONFIG_INVALID. */
export async function gradeRepository(context: OperationContext, input: GradeInput): Promise<GradeAnswer> {
  const { providers, signal } = context;
  const started = providers.clock.monotonicMs();
  const rootPath = await providers.git.text(["rev-parse", "--show-toplevel"], { cwd: context.cwd, signal }).catch(() => {
    throw new InspanError("NOT_A_REPOSITORY", `Cannot grade "${context.cwd}": it is not in a git repository.`, { kind: "usage", remedy: "git init" });
  });
  const git = (args: readonly string[]) => providers.git.text(args, { cwd: rootPath, signal });
  const [head, status, commonPath, shallow] = await Promise.all([
    git(["log", "-1", "--format=%H %cI"]).catch(() => ""),
    git(["status", "--porcelain", "--untracked-files=all"]),
    git(["rev-parse", "--path-format=absolute", "--git-common-dir"]),
    git(["rev-parse", "--is-shallow-repository"]),
  ]);
  const [commit = "", committedAt = ""] = head.split(" ");
  const isDirty = status.split("\n").some((line) => line !== "" && !line.endsWith(` ${scoreFile}`) && !line.endsWith(` ${historyFile}`));
  const folder = join(context.statePath, "grades", fingerprint(commonPath));
  const statePath = join(context.statePath, "check");
  const nowIso = providers.clock.nowIso();
  const assessment = await assess({ context, rootPath, statePath, commit: commit === "" ? "none" : commit, committedAt: isDirty || committedAt === "" ? nowIso : committedAt });
  const old = input.since === undefined ? { records: [], failed: [], skippedCommits: 0 } : await gradeCommits({ context, rootPath, folder, since: input.since, head: commit });
  const kept = readHistory(providers.files, join(rootPath, historyFile)).records;
  const { history, strayRecords } = await merge(git, [...kept, ...old.records, ...(isDirty ? [] : [assessment.record])]);
  const drops = findDrops(history);
  const written = input.isWriting ? await write({ context, rootPath, assessment, history, drops, kept, isDirty }) : [];
  return {
    version: 1,
    record: assessment.record,
    layers: assessment.layers,
    isDeclared: assessment.isDeclared,
    isDirty,
    isShallow: shallow === "true",
    history,
    drops,
    failed: old.failed,
    skippedCommits: old.skippedCommits,
    strayRecords,
    written,
    durationMs: Math.round(providers.clock.monotonicMs() - started),
  };
}

/** Newest commits whose order is asked; in a longer history older records go by their times. */
const orderedMax = 100_000;

/**
 * In the order of the history, whatever clocks said; of several records of a commit the last one. Records of commits that the history does
 * not have (it was rewritten) are left out and counted; in a shallow clone, and beyond what was asked, they come first, by their times.
 */
async function merge(
  git: (args: readonly string[]) => Promise<string>,
  records: readonly GradeRecord[],
): Promise<{ readonly history: readonly GradeRecord[]; readonly strayRecords: number }> {
  const byCommit = new Map(records.map((record) => [record.commit, record]));
  if (byCommit.size < 2) return { history: [...byCommit.values()], strayRecords: 0 };
  const [listed, shallow] = await Promise.all([git(["rev-list", "--topo-order", "-n", String(orderedMax), "HEAD"]).catch(() => ""), git(["rev-parse", "--is-shallow-repository"])]);
  const commits = listed.split("\n");
  const ages = new Map(commits.map((commit, age) => [commit, age]));
  const isWhole = shallow === "false" && commits.length < orderedMax;
  const history = [...byCommit.values()].filter(({ commit }) => !isWhole || ages.has(commit));
  const age = ({ commit }: GradeRecord) => ages.get(commit) ?? Number.MAX_SAFE_INTEGER;
  return {
    history: history.sort((left, right) => age(right) - age(left) || Date.parse(left.committedAt) - Date.parse(right.committedAt)),
    strayRecords: byCommit.size - history.length,
  };
}

interface Writing {
  readonly context: OperationContext;
  readonly rootPath: string;
  readonly assessment: Assessment;
  readonly history: readonly GradeRecord[];
  readonly drops: readonly GradeDrop[];
  readonly kept: readonly GradeRecord[];
  readonly isDirty: boolean;
}

async function write({ context, rootPath, assessment, history, drops, kept, isDirty }: Writing): Promise<readonly string[]> {
  if (isDirty)
    throw new InspanError("WORKTREE_DIRTY", "Cannot write the grades: the worktree holds changes that no commit has, expected grades of a commit.", {
      kind: "usage",
      remedy: "git commit, then: inspan grade --write",
    });
  if (assessment.record.commit === "none")
    throw new InspanError("COMMIT_MISSING", "Cannot write the grades: there is no commit, expected grades of one.", {
      kind: "usage",
      remedy: "git add -A && git commit -m start, then: inspan grade --write",
    });
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

/** The first-parent commits since then, each once: what is graded is kept by commit. */
async function gradeCommits({ context, rootPath, folder, since, head }: Commits): Promise<GradedCommits> {
  const { providers, signal } = context;
  const sinceMs = readSince(since, Date.parse(providers.clock.nowIso()));
  const listed = await providers.git
    .text(["rev-list", "--first-parent", "--timestamp", "-n", String(orderedMax), "HEAD"], { cwd: rootPath, signal })
    .catch(() => ""); // no commit yet
  const newestFirst = listed.split("\n").flatMap((line) => {
    const [seconds, commit] = line.split(" ");
    return commit === undefined ? [] : [{ commit, ms: Number(seconds) * 1000 }];
  });
  const all = newestFirst
    .slice(
      0,
      countSince(
        newestFirst.map(({ ms }) => ms),
        sinceMs,
      ),
    )
    .filter(({ commit }) => commit !== head)
    .reverse()
    .map(({ commit, ms }) => ({ commit, committedAt: new Date(ms).toISOString() }));
  const step = Math.max(1, Math.ceil(all.length / commitsMax));
  const chosen = all.filter((_one, index) => (all.length - 1 - index) % step === 0);
  const cachePath = join(folder, `commits-${measureVersion}.jsonl`);
  const known = new Map(readHistory(providers.files, cachePath).records.map((record) => [record.commit, record]));
  const todo = chosen.filter(({ commit }) => !known.has(commit));
  const made = new Map(known);
  const failed: { commit: string; why: string }[] = [];
  for await (const one of walkCommits({ context, rootPath, folder, commits: todo })) {
    if (one.kind === "failed") failed.push({ commit: one.commit, why: one.why });
    else {
      made.set(one.record.commit, one.record);
      await appendRecord(providers.files, cachePath, one.record);
    }
  }
  return { records: chosen.flatMap(({ commit }) => made.get(commit) ?? []), failed, skippedCommits: all.length - chosen.length };
}

/** Milliseconds since 1970 of "1y", "6m", "30d", "2w" before now, or of a date. */
function readSince(text: string, nowMs: number): number {
  const found = /^(\d{1,4})([dwmy])$/.exec(text);
  if (found !== null) return nowMs - Number(found[1]) * (daysOf[found[2] ?? "d"] ?? 1) * 86_400_000;
  const given = /^\d{4}-\d{2}-\d{2}([T ][\d:.+Z-]*)?$/.test(text) ? Date.parse(text) : Number.NaN;
  const isDay = new Date(Date.parse(text.slice(0, 10)) || 0).toISOString().startsWith(text.slice(0, 10)); // the 31st of February is March to the engine
  if (!Number.isNaN(given) && isDay) return given;
  throw new InspanError("SINCE_INVALID", `Cannot grade since "${text}": not a time, expected 1y, 6m, 2w, 30d or a date like 2026-01-31.`, {
    kind: "usage",
    remedy: "inspan grade --since 1y",
  });
}

const daysOf: Readonly<Record<string, number>> = { d: 1, w: 7, m: 30.44, y: 365.25 };
