// Pull requests of GitHub with all that was said and checked: what a common look has to cut is read to its end, page by page. Writes nothing.
import type { PullSnapshot } from "../types.ts";
import type { GitHubClient } from "./github-client.ts";
import { cutsOf, GraphRest, restQueries, snapshotOf, type GraphCommit, type GraphPull } from "./github-wire.ts";

// A thousand things of one kind on one pull request are a flood; what is beyond is told as cut.
const pagesMax = 10;

interface PageInfo {
  readonly hasPreviousPage: boolean;
  readonly hasNextPage: boolean;
  readonly startCursor?: string | null | undefined;
  readonly endCursor?: string | null | undefined;
}
// What went away between two requests has no more to tell.
const gone = { pageInfo: { hasPreviousPage: false, hasNextPage: false }, nodes: [] };

interface Page<Node> { readonly pageInfo: PageInfo; readonly nodes: readonly Node[] }

/** Older pages before the first one, until there is none; `read` gets the cursor of the oldest seen. */
async function readBack<Node>(first: Page<Node>, read: (before: string) => Promise<Page<Node>>): Promise<{ readonly pageInfo: PageInfo; readonly nodes: Node[] }> {
  let { pageInfo } = first;
  let nodes = [...first.nodes];
  for (let page = 1; page < pagesMax && pageInfo.hasPreviousPage && pageInfo.startCursor; page++) {
    const older = await read(pageInfo.startCursor);
    if (older.pageInfo.startCursor === pageInfo.startCursor) break; // a page that names itself
    nodes = [...older.nodes, ...nodes];
    ({ pageInfo } = older);
  }
  return { pageInfo, nodes };
}

async function readOn<Node>(first: Page<Node>, read: (after: string) => Promise<Page<Node>>): Promise<{ readonly pageInfo: PageInfo; readonly nodes: Node[] }> {
  let { pageInfo } = first;
  const nodes = [...first.nodes];
  for (let page = 1; page < pagesMax && pageInfo.hasNextPage && pageInfo.endCursor; page++) {
    const next = await read(pageInfo.endCursor);
    if (next.pageInfo.endCursor === pageInfo.endCursor) break; // a page that names itself
    nodes.push(...next.nodes);
    ({ pageInfo } = next);
  }
  return { pageInfo, nodes };
}

/** A commit with all of its checks. */
export async function wholeCommit({ graph }: GitHubClient, commit: GraphCommit): Promise<GraphCommit> {
  const contexts = commit.statusCheckRollup?.contexts;
  if (contexts === undefined || !contexts.pageInfo.hasNextPage) return commit;
  const whole = await readOn(
    contexts,
    async (after) =>
      (await graph("read more checks", GraphRest.checks, restQueries.checks, { commit: commit.oid, after })).repository.object?.statusCheckRollup?.contexts ??
      gone,
  );
  return { ...commit, statusCheckRollup: { contexts: whole } };
}

async function wholeWords({ graph }: GitHubClient, pull: GraphPull): Promise<GraphPull> {
  const { number } = pull;
  const comments = await readBack(
    pull.comments,
    async (before) => (await graph("read more comments", GraphRest.comments, restQueries.comments, { number, before })).repository.pullRequest.comments,
  );
  const reviews = await readBack(
    pull.reviews,
    async (before) => (await graph("read more reviews", GraphRest.reviews, restQueries.reviews, { number, before })).repository.pullRequest.reviews,
  );
  const threads = await readBack(
    pull.reviewThreads,
    async (before) => (await graph("read more threads", GraphRest.threads, restQueries.threads, { number, before })).repository.pullRequest.reviewThreads,
  );
  const nodes: GraphPull["reviewThreads"]["nodes"] = [];
  for (const thread of threads.nodes)
    nodes.push({
      ...thread,
      comments: await readOn(
        thread.comments,
        async (after) => (await graph("read more replies", GraphRest.replies, restQueries.replies, { thread: thread.id, after })).node?.comments ?? gone,
      ),
    });
  return { ...pull, comments, reviews, reviewThreads: { pageInfo: threads.pageInfo, nodes } };
}

/** True where nothing was said since `known`, and nothing that it holds was taken back. */
function isAsKnown(pull: GraphPull, known: PullSnapshot | undefined): known is PullSnapshot {
  if (known === undefined || known.isCut || known.pull.updatedAt !== pull.updatedAt) return false;
  const threads = new Set(known.comments.flatMap(({ channel, threadId }) => (channel === "inline" ? [threadId] : [])));
  return pull.comments.totalCount === known.comments.filter(({ channel }) => channel === "top-level").length && pull.reviewThreads.totalCount === threads.size;
}

/** `known` is what an earlier look found: where nothing was said since, older words are taken from there. */
export async function wholePull(client: GitHubClient, pull: GraphPull, known?: PullSnapshot): Promise<PullSnapshot> {
  const { isWordsCut, isChecksCut } = cutsOf(pull);
  const checked = !isChecksCut
    ? pull
    : { ...pull, commits: { nodes: await Promise.all(pull.commits.nodes.map(async ({ commit }) => ({ commit: await wholeCommit(client, commit) }))) } };
  if (!isWordsCut) return snapshotOf(checked);
  if (!isAsKnown(pull, known)) return snapshotOf(await wholeWords(client, checked));
  const seen = snapshotOf(checked);
  const words = new Map([...known.comments, ...seen.comments].map((comment) => [comment.id, comment]));
  return { ...seen, comments: [...words.values()], isCut: cutsOf(checked).isChecksCut };
}
