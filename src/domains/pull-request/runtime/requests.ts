// Pull requests of one repository without a forge: branch at the remote, everything else in git notes. Every effect looks first and may be repeated.
import { createHash } from "node:crypto";
import { InspanError } from "../../../base/errors.ts";
import type { Providers } from "../../../providers/index.ts";
import type { ReviewFinding, ReviewRound } from "../../review/index.ts";
import { readIdentity } from "../../worktree/runtime/index.ts";
import type { Repository } from "../../worktree/index.ts";
import { appendNote, fetchNotes, readNotes, type NotesPort } from "../repo/notes.ts";
import { fetchRefs, readRemoteRefs, remoteNameOf, updateRemoteRef, type RemotePort } from "../repo/remote.ts";
import { ciLines, discussionLines, readChecks, readThreads } from "../service/discussion.ts";
import { CommentNote, parseNoteLines, renderComment, renderRequest, RequestNote, timestampOf } from "../service/notes.ts";
import { markerOf, parseMergedLog, pullRequestIdOf, readRequests, toPullRequest, trailerTaskOf, type MergedCommit, type StoredRequest } from "../service/requests.ts";
import { wordsOfThreads, type Word } from "../service/words.ts";
import type { CheckResult, PullRequest, PullRequestDetails, PushResult } from "../types.ts";

// Merges of the latest time; older requests than these are history that nobody lists.
const mergedCommitsMax = 2_000;

export interface Requests { readonly providers: Providers; readonly repository: Repository; readonly signal: AbortSignal | undefined }

export function portOf({ providers, repository, signal }: Requests): RemotePort {
  return { git: providers.git, repository, ...(signal ? { signal } : {}) };
}

export async function notesPortOf(requests: Requests): Promise<NotesPort> {
  const { clock, random, git } = requests.providers;
  return { ...portOf(requests), clock, random, identity: await readIdentity(git, requests.repository.rootPath) };
}

// Not for safety: git-appraise names a comment by the SHA-1 of its line.
export const hashLine = (line: string): string => createHash("sha1").update(line).digest("hex");

const headRef = (branch: string): string => `refs/heads/${branch}`;

/** `expectedRemote` is where the branch was last seen (undefined: not there); anything else at the remote is somebody's work and stays. */
export async function pushBranch(
  requests: Requests,
  options: { readonly worktreePath: string; readonly branch: string; readonly commit: string; readonly expectedRemote: string | undefined },
): Promise<PushResult> {
  const { worktreePath, branch, commit, expectedRemote } = options;
  const port = portOf(requests);
  const look = async () => (await readRemoteRefs(port, [headRef(branch)])).get(headRef(branch));
  const there = await look();
  if (there === commit) return { kind: "already-there", commit };
  if (there !== expectedRemote) return { kind: "moved", remoteCommit: there };
  const update = await updateRemoteRef(port, { ref: headRef(branch), expected: expectedRemote, to: commit, cwd: worktreePath });
  if (update.kind === "updated") return { kind: "pushed", commit };
  const now = await look();
  return now === commit ? { kind: "already-there", commit } : { kind: "moved", remoteCommit: now };
}

/** Squash commits of ours in the base's history, newest first. The base has to be fetched. */
export async function readMergedCommits({ providers: { git }, repository }: Requests, baseRef: string): Promise<readonly MergedCommit[]> {
  const trailer = (key: string) => `%(trailers:key=${key},valueonly,separator=%x20)`;
  const format = `--format=%H%x1f${trailer("Inspan-Task")}%x1f${trailer("Inspan-Head")}`;
  const result = await git.run(["log", "-z", "-n", String(mergedCommitsMax), "--grep=^Inspan-Task: ", format, baseRef], { cwd: repository.rootPath, acceptExitCodes: [128] });
  return result.exitCode === 0 ? parseMergedLog(result.stdout) : [];
}

export const baseRefOf = (repository: Repository, branch: string): string => `refs/remotes/${remoteNameOf(repository)}/${branch}`;

export async function fetchBase(requests: Requests, branch: string): Promise<void> {
  await fetchRefs(portOf(requests), [`+${headRef(branch)}:${baseRefOf(requests.repository, branch)}`]);
}

async function present(requests: Requests, stored: readonly StoredRequest[]): Promise<readonly PullRequest[]> {
  const { repository } = requests;
  const heads = await readRemoteRefs(portOf(requests), ["refs/heads/*"]);
  const mergedByBase = new Map<string, readonly MergedCommit[]>();
  for (const base of new Set(stored.map(({ baseBranch }) => baseBranch || repository.baseBranch))) {
    if (!heads.has(headRef(base))) { mergedByBase.set(base, []); continue; }
    await fetchBase(requests, base);
    mergedByBase.set(base, await readMergedCommits(requests, baseRefOf(repository, base)));
  }
  return stored.map((request) => toPullRequest({
    stored: request, repository: repository.name, remoteUrl: repository.remote?.url ?? "", remoteHead: heads.get(headRef(request.branch)), defaultBase: repository.baseBranch,
    merged: mergedByBase.get(request.baseBranch || repository.baseBranch)?.find(({ task }) => task === trailerTaskOf(request)),
  }));
}

export interface OpenRequest {
  readonly taskId: string; readonly branch: string; readonly baseBranch: string; readonly baseCommit: string; readonly headCommit: string;
  readonly title: string; readonly body: string; readonly reviewers: readonly string[];
}

/** Opens the pull request of a task, or brings the one that is there up to date. The branch has to be pushed. A second call gives the same one. */
export async function openPullRequest(requests: Requests, options: OpenRequest): Promise<PullRequest> {
  const { taskId, branch, baseBranch, baseCommit, headCommit } = options;
  const { providers: { git, clock }, repository } = requests;
  const port = await notesPortOf(requests);
  await fetchNotes(port);
  const id = pullRequestIdOf(branch, taskId);
  const known = readRequests(await readNotes(port, "reviews")).find((request) => request.id === id);
  const first = (await git.text(["rev-list", "--reverse", "--first-parent", `${baseCommit}..${headCommit}`], { cwd: repository.rootPath })).split("\n")[0];
  const anchor = known?.anchorCommit ?? (first === undefined || first === "" ? headCommit : first);
  const requester = await git.run(["config", "--get", "user.email"], { cwd: repository.rootPath, acceptExitCodes: [1] });
  const note: RequestNote = {
    timestamp: timestampOf(clock.nowMs()), reviewRef: headRef(branch), targetRef: headRef(baseBranch), requester: requester.stdout.trim() || "inspan@localhost",
    reviewers: [...options.reviewers],
    description: requests.providers.secrets.redact(`${options.title}\n\n${options.body}\n\n${markerOf(taskId, "pull-request")}`),
    baseCommit: known?.current.baseCommit ?? baseCommit,
  };
  await appendNote(port, {
    kind: "reviews", object: anchor,
    linesFor: (existing) => {
      const line = renderRequest(note);
      const timeless = (text: string) => text.replace(/^\{"timestamp":"\d+"/, "");
      const versions = parseNoteLines(existing, RequestNote)
        .filter((version) => version.note.reviewRef === note.reviewRef)
        .sort((a, b) => Number(a.note.timestamp) - Number(b.note.timestamp));
      const latest = versions.at(-1);
      if (latest && timeless(latest.line) === timeless(line)) return [];
      // Versions are told apart by time alone: a new one has to be later than what it replaces.
      return [renderRequest({ ...note, timestamp: timestampOf(1000 * Math.max(Number(note.timestamp), Number(latest?.note.timestamp ?? 0) + 1)) })];
    },
  });
  return readPullRequest(requests, id, "as-fetched");
}

/** All pull requests, newest first; may be empty. */
export async function listPullRequests(requests: Requests): Promise<readonly PullRequest[]> {
  const port = portOf(requests);
  await fetchNotes(port);
  return present(requests, readRequests(await readNotes(port, "reviews")));
}

/** Rejects with PULL_REQUEST_MISSING. An id may be shortened as long as it is clear. */
export async function readPullRequest(requests: Requests, id: string, notes: "fetch" | "as-fetched" = "fetch"): Promise<PullRequest> {
  const port = portOf(requests);
  if (notes === "fetch") await fetchNotes(port);
  const found = readRequests(await readNotes(port, "reviews")).filter((request) => request.id.startsWith(id.toLowerCase()));
  const [request] = found;
  if (id === "" || !request || found.length > 1) {
    throw new InspanError(
      "PULL_REQUEST_MISSING",
      `Cannot find the pull request "${id}": ${found.length > 1 ? `${found.length} begin so` : "the notes at the remote hold none of that id"}.`,
      { kind: "usage", remedy: "inspan pr list" },
    );
  }
  const [pullRequest] = await present(requests, [request]);
  if (!pullRequest) throw new Error("BUG: expected one pull request for one request");
  return pullRequest;
}

/** The pull request with checks of its head and its review. */
export async function readDetails(requests: Requests, id: string): Promise<PullRequestDetails> {
  const port = portOf(requests);
  const pullRequest = await readPullRequest(requests, id);
  const discussion = (await readNotes(port, "discuss")).get(pullRequest.anchorCommit) ?? "";
  const ci = (await readNotes(port, "ci")).get(pullRequest.headCommit) ?? "";
  return { pullRequest, checks: readChecks(ci, pullRequest.headCommit), threads: readThreads(discussion, hashLine) };
}

/** Adds verdicts, findings, answers and rulings of a round to the notes; what is there is not written again. */
export async function recordReview(
  requests: Requests,
  pullRequest: Pick<PullRequest, "id" | "taskId" | "anchorCommit">,
  review: { readonly round: ReviewRound; readonly findings: readonly ReviewFinding[] },
): Promise<void> {
  const { secrets, clock } = requests.providers;
  const redacted = review.findings.map((finding) => ({
    ...finding,
    title: secrets.redact(finding.title),
    detail: secrets.redact(finding.detail),
    evidence: secrets.redact(finding.evidence),
    suggestion: secrets.redact(finding.suggestion),
    ...(finding.reply ? { reply: { ...finding.reply, reason: secrets.redact(finding.reply.reason) } } : {}),
    ...(finding.ruling === undefined ? {} : { ruling: secrets.redact(finding.ruling) }),
  }));
  await appendNote(await notesPortOf(requests), {
    kind: "discuss", object: pullRequest.anchorCommit,
    linesFor: (existing) =>
      discussionLines({
        existing,
        taskId: trailerTaskOf(pullRequest),
        round: review.round,
        findings: redacted,
        timestamp: timestampOf(clock.nowMs()),
        hash: hashLine,
      }),
  });
}

/** Says something on the pull request, once for each effect. */
export async function say(
  requests: Requests,
  pullRequest: Pick<PullRequest, "id" | "taskId" | "anchorCommit">,
  words: { readonly effect: string; readonly body: string; readonly thread?: string | undefined },
): Promise<void> {
  const { secrets, clock } = requests.providers;
  const marker = markerOf(trailerTaskOf(pullRequest), words.effect);
  const description = `${secrets.redact(words.body)}\n\n${marker}`;
  await appendNote(await notesPortOf(requests), {
    kind: "discuss", object: pullRequest.anchorCommit,
    linesFor: (existing) =>
      parseNoteLines(existing, CommentNote).some(({ note }) => note.description?.includes(marker))
        ? []
        : [
            renderComment({
              timestamp: timestampOf(clock.nowMs()),
              author: "inspan/task",
              description,
              ...(words.thread === undefined ? {} : { parent: words.thread }),
            }),
          ],
  });
}

/** What was said on each of these, with our hidden lines; those that the notes do not hold are left out. */
export async function readWords(requests: Requests, pullRequests: readonly Pick<PullRequest, "id" | "anchorCommit">[]): Promise<ReadonlyMap<string, readonly Word[]>> {
  const port = portOf(requests);
  await fetchNotes(port);
  const discussions = await readNotes(port, "discuss");
  return new Map(pullRequests.map(({ id, anchorCommit }) => [id, wordsOfThreads(readThreads(discussions.get(anchorCommit) ?? "", hashLine, (text) => text))]));
}

/** Closes the request as git-appraise abandons one: without a target. One that is merged or closed stays so. */
export async function abandon(requests: Requests, pullRequest: Pick<PullRequest, "branch" | "anchorCommit">): Promise<void> {
  const { clock } = requests.providers;
  const ref = headRef(pullRequest.branch);
  await appendNote(await notesPortOf(requests), {
    kind: "reviews", object: pullRequest.anchorCommit,
    linesFor: (existing) => {
      const latest = latestRequest(existing, ref);
      if (!latest || (latest.targetRef ?? "") === "" || latest.alias !== undefined) return [];
      return [renderRequest({ ...latest, targetRef: "", timestamp: timestampOf(Math.max(clock.nowMs(), 1000 * (Number(latest.timestamp) + 1))) })];
    },
  });
}

/** The newest version of the request for this ref in a note. */
export function latestRequest(existing: string, ref: string): RequestNote | undefined {
  return [...parseNoteLines(existing, RequestNote)].filter(({ note }) => note.reviewRef === ref).sort((a, b) => Number(a.note.timestamp) - Number(b.note.timestamp)).at(-1)?.note;
}

/** Adds results of checks to the note of the commit that was tested. */
export async function recordChecks(requests: Requests, commit: string, results: readonly CheckResult[]): Promise<void> {
  const timestamp = timestampOf(requests.providers.clock.nowMs());
  await appendNote(await notesPortOf(requests), { kind: "ci", object: commit, linesFor: (existing) => ciLines({ existing, results, timestamp }) });
}
