// The squash merge: one commit made from plumbing and pushed with a lease on the base. Never touches a checkout or an index.
import { readIdentity } from "../../worktree/runtime/index.ts";
import { throwIfAborted } from "../../../base/async.ts";
import { messageOf } from "../../../base/errors.ts";
import { readMergeTree, writeCommit } from "../repo/merge-result.ts";
import { appendNote } from "../repo/notes.ts";
import { fetchRefs, readRemoteRefs, updateRemoteRef } from "../repo/remote.ts";
import { renderSquashMessage } from "../service/message.ts";
import { parseNoteLines, renderRequest, RequestNote, timestampOf } from "../service/notes.ts";
import { trailerTaskOf } from "../service/requests.ts";
import type { MergeResult, PullRequest } from "../types.ts";
import { baseRefOf, fetchBase, notesPortOf, portOf, readMergedCommits, type Requests } from "./requests.ts";

export interface MergeSquashOptions {
  readonly pullRequest: PullRequest;
  /** The head that was reviewed and tested. */
  readonly expectedHead: string;
  /** Where the base stood when it was tested. */
  readonly expectedBase: string;
  readonly title: string;
  readonly body: string;
}

/** The last two steps may be cut off by a crash; a repeated call comes here again. Their failure does not undo a merge, so it is only logged. */
export async function tidyUp(requests: Requests, options: MergeSquashOptions, commit: string): Promise<void> {
  const { pullRequest, expectedHead } = options;
  const { log, clock } = requests.providers;
  const port = portOf(requests);
  const ref = `refs/heads/${pullRequest.branch}`;
  try {
    if ((await readRemoteRefs(port, [ref])).get(ref) === expectedHead) await updateRemoteRef(port, { ref, expected: expectedHead, to: undefined });
    await appendNote(await notesPortOf(requests), {
      kind: "reviews", object: pullRequest.anchorCommit,
      linesFor: (existing) => {
        const latest = parseNoteLines(existing, RequestNote)
          .filter(({ note }) => note.reviewRef === ref)
          .sort((a, b) => Number(a.note.timestamp) - Number(b.note.timestamp))
          .at(-1);
        if (!latest || latest.note.alias === commit) return [];
        const timestamp = timestampOf(Math.max(clock.nowMs(), 1000 * (Number(latest.note.timestamp) + 1)));
        return [renderRequest({ ...latest.note, timestamp, alias: commit, baseCommit: options.expectedBase })];
      },
    });
  } catch (error) {
    log.warn("pull-request.not-tidied", { pullRequestId: pullRequest.id, branch: pullRequest.branch, error: messageOf(error) });
  }
}

/**
 * Merges `expectedHead` into the base at `expectedBase` as one commit and deletes the branch at the remote. Answers instead of merging where base or head have moved
 * or conflict; where the base's history already holds this task's trailer, that commit is the answer. Rejects with PUSH_REFUSED, REMOTE_UNREACHABLE, GIT_TOO_OLD.
 */
export async function mergeSquash(requests: Requests, options: MergeSquashOptions): Promise<MergeResult> {
  const { pullRequest, expectedBase, expectedHead } = options;
  const { providers: { git, secrets }, repository, signal } = requests;
  const port = portOf(requests);
  const baseRef = `refs/heads/${pullRequest.baseBranch}`;
  const branchRef = `refs/heads/${pullRequest.branch}`;
  const task = trailerTaskOf(pullRequest);
  throwIfAborted(signal);
  await fetchBase(requests, pullRequest.baseBranch);
  const already = (await readMergedCommits(requests, baseRefOf(repository, pullRequest.baseBranch))).find((merged) => merged.task === task);
  if (already) {
    await tidyUp(requests, options, already.commit);
    return { kind: "merged", commit: already.commit, wasAlreadyMerged: true };
  }
  const refs = await readRemoteRefs(port, [baseRef, branchRef]);
  const baseNow = refs.get(baseRef);
  const headNow = refs.get(branchRef);
  if (baseNow !== undefined && baseNow !== expectedBase) return { kind: "base-moved", baseCommit: baseNow };
  if (headNow !== expectedHead) return { kind: "head-moved", headCommit: headNow };
  await fetchRefs(port, [`+${branchRef}:refs/remotes/${repository.remote?.name ?? "origin"}/${pullRequest.branch}`]);
  const merged = await readMergeTree(git, repository, { base: expectedBase, head: expectedHead });
  if (merged.kind === "conflict") return merged;
  const baseTree = await git.text(["rev-parse", "--verify", `${expectedBase}^{tree}`], { cwd: repository.rootPath });
  if (merged.tree === baseTree) return { kind: "nothing-to-merge" };
  const message = secrets.redact(renderSquashMessage({ title: options.title, body: options.body, task, headCommit: expectedHead }));
  const commit = await writeCommit(git, repository, { tree: merged.tree, parents: [expectedBase], message, identity: await readIdentity(git, repository.rootPath) });
  throwIfAborted(signal);
  const update = await updateRemoteRef(port, { ref: baseRef, expected: expectedBase, to: commit });
  if (update.kind === "raced") return { kind: "base-moved", baseCommit: (await readRemoteRefs(port, [baseRef])).get(baseRef) ?? "" };
  await git.run(["update-ref", baseRefOf(repository, pullRequest.baseBranch), commit], { cwd: repository.rootPath, acceptExitCodes: [1, 128] });
  await tidyUp(requests, options, commit);
  return { kind: "merged", commit, wasAlreadyMerged: false };
}
