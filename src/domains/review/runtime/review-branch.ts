// `inspan review`: one round on the branch that a person stands on, outside of any task.
import { join } from "node:path";
import { InspanError } from "../../../base/errors.ts";
import { configurationAt, type Git, type OperationContext } from "../../../providers/index.ts";
import { agentsSection, agentsWithEnvironment } from "../../agent/index.ts";
import { createDriver } from "../../agent/runtime/index.ts";
import type { Repository } from "../../worktree/index.ts";
import { isWorktreeDirty, openRepository } from "../../worktree/runtime/index.ts";
import { reviewSection } from "../config.ts";
import { readDiff } from "../repo.ts";
import { decideReview } from "../service/decision.ts";
import { mergeRound, parseChangedLines, type ChangedLines } from "../service/findings.ts";
import type { Priority, ReviewDecision, ReviewFinding, ReviewRound } from "../types.ts";
import { reviewHead } from "./review-head.ts";
import { readReviewersAt } from "./reviewers.ts";

export interface BranchReview {
  readonly round: ReviewRound;
  readonly findings: readonly ReviewFinding[];
  readonly decision: ReviewDecision;
  readonly blockFrom: Priority;
  /** What the diff shows of the head, with three lines around each change. */ readonly shownLines: ChangedLines;
}

// Where a repository has no remote, the branch that others start from bears one of these names.
const baseNames = ["main", "master", "trunk", "develop"] as const;

/** What the branch is compared with where nobody says it. Without a remote "the base" is the branch that a person stands on, which no branch differs from. */
async function chooseBase(git: Git, repository: Repository): Promise<string> {
  if (repository.remote) return `${repository.remote.name}/${repository.baseBranch}`;
  const cwd = repository.rootPath;
  const current = (await git.run(["symbolic-ref", "--quiet", "--short", "HEAD"], { cwd, acceptExitCodes: [1, 128] })).stdout.trim();
  const there = (await git.run(["for-each-ref", "--format=%(refname:short)", ...baseNames.map((name) => `refs/heads/${name}`)], { cwd })).stdout.split("\n");
  return baseNames.find((name) => name !== current && there.includes(name)) ?? repository.baseBranch;
}

/** A clone that is too shallow holds no commit that both sides come from. */
async function refuseUnrelated(
  git: Git,
  cwd: string,
  { baseName, baseCommit, headCommit }: { readonly baseName: string; readonly baseCommit: string; readonly headCommit: string },
): Promise<void> {
  if ((await git.run(["merge-base", baseCommit, headCommit], { cwd, acceptExitCodes: [1] })).exitCode === 0) return;
  const isShallow = (await git.text(["rev-parse", "--is-shallow-repository"], { cwd })) === "true";
  throw new InspanError(
    "REVIEW_BASE_UNRELATED",
    `Cannot review against "${baseName}": ${headCommit.slice(0, 10)} and ${baseCommit.slice(0, 10)} have no commit in common${isShallow ? " in this shallow clone" : ""}.`,
    { kind: "usage", remedy: isShallow ? "git fetch --unshallow" : "inspan review --base <ref>" },
  );
}

/** Rejects with REVIEW_BASE_MISSING, REVIEW_BASE_UNRELATED, REVIEW_EMPTY, REVIEWER_INVALID, AGENT_MISSING, and SANDBOX_MISSING where nothing confines the reviewers. */
export async function reviewBranch(
  context: OperationContext,
  options: {
    readonly base: string | undefined;
    readonly agent: string | undefined;
    readonly model: string | undefined;
    readonly isUnsandboxedAllowed: boolean;
  },
): Promise<BranchReview> {
  const { providers, signal } = context;
  const { git } = providers;
  const repository = await openRepository(context);
  const cwd = repository.rootPath;
  const baseName = options.base ?? (await chooseBase(git, repository));
  const named = await git.run(["rev-parse", "--verify", "--quiet", "--end-of-options", `${baseName}^{commit}`], { cwd, acceptExitCodes: [1, 128] });
  if (named.exitCode !== 0)
    throw new InspanError("REVIEW_BASE_MISSING", `Cannot review against "${baseName}": no such commit.`, {
      kind: "usage",
      remedy: "git fetch, or inspan review --base <ref>",
    });
  const baseCommit = named.stdout.trim();
  const headCommit = await git.text(["rev-parse", "--verify", "HEAD^{commit}"], { cwd });
  const ahead = await git.text(["rev-list", "--count", `${baseCommit}..${headCommit}`], { cwd });
  if (ahead === "0")
    throw new InspanError("REVIEW_EMPTY", `Cannot review "${headCommit.slice(0, 10)}": it has no commit that ${baseName} lacks.`, {
      kind: "usage",
      remedy: "git commit, or inspan review --base <ref>",
    });
  await refuseUnrelated(git, cwd, { baseName, baseCommit, headCommit });
  if (await isWorktreeDirty(git, cwd)) context.progress("uncommitted changes are not reviewed: a verdict is bound to a commit");
  const settings = (await configurationAt(context, { cwd, commit: baseCommit })).read(reviewSection);
  const { reviewers: folder, roundsMax, blockFrom } = settings;
  const reviewers = await readReviewersAt({ providers, rootPath: cwd, commit: baseCommit, folder });
  const agents = agentsWithEnvironment((await context.loadConfiguration(cwd)).read(agentsSection), context.env);
  const driver = await createDriver(options.agent ?? settings.agent ?? agents.default, providers, agents);
  const probe = await driver.probe(signal);
  if (probe.status === "missing")
    throw new InspanError("AGENT_MISSING", `Cannot review with the agent "${driver.name}": ${probe.found}.`, {
      kind: "usage",
      remedy: probe.remedy ?? "inspan doctor",
    });
  const subjects = await git.text(["log", "-n", "50", "--format=%s%n%n%b", `${baseCommit}..${headCommit}`], { cwd });
  const round = await reviewHead({
    providers, driver, reviewers, worktreePath: cwd, baseCommit, headCommit, round: 1, findings: [], model: options.model ?? settings.model, effort: settings.effort,
    ...(settings.selfReview ? { selfReview: { blockFrom } } : {}), openDriver: (agent) => createDriver(agent, providers, agents),
    task: { id: "review", title: subjects.split("\n")[0] ?? "", prompt: subjects },
    sessionRoot: join(repository.statePath, "sessions", `review-${providers.random.id(8)}`), isUnsandboxedAllowed: options.isUnsandboxedAllowed, signal,
    onEvent: (reviewer, event) => { if (event.kind === "tool-started") context.progress(`${reviewer}: ${event.title}`); },
  });
  const findings = mergeRound([], round);
  const shownLines = parseChangedLines(await readDiff(git, { cwd, baseCommit, headCommit, signal }));
  return { round, findings, decision: decideReview({ findings, round, roundsMax: roundsMax + 1, blockFrom, head: headCommit }), blockFrom, shownLines };
}
