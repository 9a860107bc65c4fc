// `inspan release …`: smoke results and approvals of one commit of the base, kept in git notes at the remote, so that everybody sees the same gate.
import { InspanError } from "../../../base/errors.ts";
import { configurationAt, type OperationContext } from "../../../providers/index.ts";
import { copySection, type Repository } from "../../worktree/index.ts";
import { openRepository, refreshBase } from "../../worktree/runtime/index.ts";
import { releaseSection, type ReleaseConfig } from "../config.ts";
import { appendNote, fetchNotes, readNotes } from "../repo/notes.ts";
import { readChecks } from "../service/discussion.ts";
import { renderComment, timestampOf } from "../service/notes.ts";
import { decideRelease, isMachineIdentity, lastWordOf, readApprovals, releaseMarker, smokePrefix, type Approval, type ReleaseState } from "../service/release.ts";
import type { CheckResult } from "../types.ts";
import { runChecks } from "./checks.ts";
import { notesPortOf, portOf, recordChecks, type Requests } from "./requests.ts";

export interface ReleaseReport extends ReleaseState {
  readonly commit: string;
  readonly smoke: readonly CheckResult[];
  readonly approvals: readonly Approval[];
  readonly approvalsNeeded: number;
}

interface Gate { readonly requests: Requests; readonly repository: Repository; readonly commit: string; readonly config: ReleaseConfig; readonly copy: readonly string[] }

/** Only what is merged is released: the commit has to lie on the base. What the gate asks for is read from that commit. */
async function openGate(context: OperationContext, name: string | undefined): Promise<Gate> {
  const { providers, signal } = context;
  const { git } = providers;
  const repository = await openRepository(context);
  const cwd = repository.rootPath;
  const base = await refreshBase(git, repository, signal);
  const found = await git.run(["rev-parse", "--verify", "--quiet", "--end-of-options", `${name ?? base.commit}^{commit}`], { cwd, acceptExitCodes: [1, 128] });
  if (found.exitCode !== 0)
    throw new InspanError("RELEASE_COMMIT_MISSING", `Cannot release "${name ?? ""}": no such commit.`, {
      kind: "usage",
      remedy: "git fetch, then: inspan release check <commit>",
    });
  const commit = found.stdout.trim();
  const isMerged = (await git.run(["merge-base", "--is-ancestor", commit, base.commit], { cwd, acceptExitCodes: [1] })).exitCode === 0;
  if (!isMerged)
    throw new InspanError("RELEASE_NOT_MERGED", `Cannot release ${commit.slice(0, 10)}: it is not on ${repository.baseBranch}, expected a merged commit.`, {
      kind: "usage",
      remedy: "merge it first, then: inspan release check",
    });
  const configuration = await configurationAt(context, { cwd, commit });
  return { requests: { providers, repository, signal }, repository, commit, config: configuration.read(releaseSection), copy: configuration.read(copySection) };
}

async function readReport({ requests, commit, config }: Gate): Promise<ReleaseReport> {
  const port = portOf(requests);
  await fetchNotes(port);
  const smoke = readChecks((await readNotes(port, "ci")).get(commit) ?? "", commit).filter(({ name }) => name.startsWith(smokePrefix));
  const approvals = readApprovals((await readNotes(port, "discuss")).get(commit) ?? "", commit);
  return {
    commit,
    smoke,
    approvals,
    approvalsNeeded: config.approvals,
    ...decideRelease({ wanted: config.smoke.map(({ name }) => name), smoke, approvals, approvalsNeeded: config.approvals }),
  };
}

/** Runs what has no result for this commit yet (`isAgain`: all of it), and tells where the gate stands. Rejects with RELEASE_NOT_MERGED, RELEASE_COMMIT_MISSING, and as runChecks() does. */
export async function checkRelease(
  context: OperationContext,
  options: { readonly commit: string | undefined; readonly isAgain: boolean; readonly isUnsandboxedAllowed: boolean },
): Promise<ReleaseReport> {
  const gate = await openGate(context, options.commit);
  const before = await readReport(gate);
  const due = gate.config.smoke.filter(({ name }) => options.isAgain || !before.smoke.some((result) => result.name === `${smokePrefix}${name}` && result.status === "passed"));
  if (due.length === 0) return before;
  const { commit, repository, copy } = gate;
  const ran = await runChecks(context.providers, repository, {
    baseCommit: commit,
    headCommit: commit,
    checks: due,
    copy,
    isUnsandboxedAllowed: options.isUnsandboxedAllowed,
    signal: context.signal,
    progress: context.progress,
    onResult: ({ name, status }) => context.progress(`${name}: ${status}`),
  });
  context.signal.throwIfAborted();
  if (ran.kind === "conflict") throw new Error("BUG: expected a commit to merge with itself");
  await recordChecks(gate.requests, commit, ran.results.map((result) => ({ ...result, name: `${smokePrefix}${result.name}` })));
  return readReport(gate);
}

// What every process of an agent, a check or a service carries in its environment.
const runMarkerName = "INSPAN_RUN_ID";

/** Who approves, as git would name the author of a commit made now. Rejects with IDENTITY_MISSING, and with APPROVER_MACHINE for whatever is no person. */
async function readApprover({ providers: { git }, env }: OperationContext, { repository }: Gate): Promise<string> {
  if (env[runMarkerName] !== undefined)
    throw new InspanError("APPROVER_MACHINE", "Cannot approve a release: this process was started by an agent or a check, expected a person.", {
      kind: "usage",
      remedy: "a person runs: inspan release approve",
    });
  const email = (env["GIT_AUTHOR_EMAIL"] ?? "").trim() || (await git.run(["config", "user.email"], { cwd: repository.rootPath, acceptExitCodes: [1] })).stdout.trim();
  if (email === "")
    throw new InspanError("IDENTITY_MISSING", "Cannot approve a release: git does not know who you are, expected user.email.", {
      kind: "usage",
      remedy: "git config user.email <you@example.org>",
    });
  if (isMachineIdentity(email))
    throw new InspanError("APPROVER_MACHINE", `Cannot approve a release as "${email}": that is the name of a program, expected a person's.`, {
      kind: "usage",
      remedy: "git config user.email <you@example.org>",
    });
  return email;
}

/** A person's yes (or, withdrawn, their no) to this commit, in their own name as git knows it. Rejects as readApprover() does. */
export async function approveRelease(
  context: OperationContext,
  options: { readonly commit: string | undefined; readonly note: string; readonly isWithdrawn: boolean },
): Promise<ReleaseReport> {
  const gate = await openGate(context, options.commit);
  const { clock, secrets } = context.providers;
  const email = await readApprover(context, gate);
  await appendNote(await notesPortOf(gate.requests), {
    kind: "discuss", object: gate.commit,
    linesFor: (existing) => {
      const isApproved = readApprovals(existing, gate.commit).some(({ by }) => by === email);
      if (isApproved === !options.isWithdrawn) return [];
      return [
        renderComment({
          timestamp: timestampOf(Math.max(clock.nowMs(), 1000 * (lastWordOf(existing, email) + 1))),
          author: email,
          location: { commit: gate.commit },
          description: `${secrets.redact(options.note.trim()) || (options.isWithdrawn ? "Release approval withdrawn" : "Release approved")}\n\n${releaseMarker}`,
          resolved: !options.isWithdrawn,
        }),
      ];
    },
  });
  return readReport(gate);
}
