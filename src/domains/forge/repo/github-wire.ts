// GitHub's answers, as far as we read them, and how they become our nouns. Pure forms; nothing is asked here.
import { z } from "zod";
import type { ForgeCheck, ForgeComment, ForgePerson, ForgePull, PullSnapshot } from "../types.ts";

const text = z.string().nullish().transform((value) => value ?? "");
const time = z.string().nullish().transform((value) => value ?? undefined);

export const RestUser = z.object({ login: z.string(), type: z.string().default("User") }).nullable();
export const RestPull = z.object({
  number: z.number(), title: z.string(), body: text, state: z.enum(["open", "closed"]), merged_at: time, merge_commit_sha: z.string().nullish(), mergeable: z.boolean().nullish(),
  head: z.object({ ref: z.string(), sha: z.string() }), base: z.object({ ref: z.string() }), html_url: z.string(), user: RestUser, created_at: z.string(), updated_at: z.string(),
});

export function personOf(user: { readonly login: string; readonly type?: string | undefined } | null): ForgePerson {
  return { login: user?.login ?? "ghost", isBot: user?.type === "Bot" || (user?.login ?? "").endsWith("[bot]") };
}

export function pullOfRest(pull: z.infer<typeof RestPull>): ForgePull {
  const isMerged = pull.merged_at !== undefined;
  return {
    number: pull.number, title: pull.title, body: pull.body, state: isMerged ? "merged" : pull.state, branch: pull.head.ref, headCommit: pull.head.sha, baseBranch: pull.base.ref,
    ...(isMerged && pull.merge_commit_sha ? { mergeCommit: pull.merge_commit_sha } : {}), mergeable: pull.mergeable === true ? "yes" : pull.mergeable === false ? "no" : "unknown",
    url: pull.html_url, author: personOf(pull.user), createdAt: pull.created_at, updatedAt: pull.updated_at, ...(pull.merged_at === undefined ? {} : { mergedAt: pull.merged_at }),
  };
}

const commentNodes = "nodes { id databaseId body createdAt url authorAssociation author { login __typename } }";
const reviewNodes = "nodes { id databaseId body state submittedAt url authorAssociation author { login __typename } commit { oid } }";
const replyNodes = "nodes { id databaseId body path line createdAt url authorAssociation author { login __typename } commit { oid } }";
const backwards = "pageInfo { hasPreviousPage startCursor }";
const forwards = "pageInfo { hasNextPage endCursor }";
const threadNodes = `nodes { id isResolved comments(first: 20) { ${forwards} ${replyNodes} } }`;

// One look at everything that is open. Bounded so that GitHub answers at all: 50 pull requests with at most 50 comments, 30 reviews, 40 threads of 20 and 60 checks each;
// what is beyond is read to its end for that one alone (github-whole.ts).
export const pullFields = `
fragment Pull on PullRequest {
  number title body state merged mergedAt mergeable url createdAt updatedAt headRefName headRefOid baseRefName mergeCommit { oid } author { login __typename }
  reactions(content: THUMBS_DOWN, last: 10) { nodes { user { login __typename } } }
  comments(last: 50) { totalCount ${backwards} ${commentNodes} }
  reviews(last: 30) { ${backwards} ${reviewNodes} }
  reviewThreads(last: 40) { totalCount ${backwards} ${threadNodes} }
  commits(last: 1) { nodes { commit { ...Checked } } }
}`;
// Jobs of two workflows may bear one name: only with its workflow and event it is one and the same check.
const contextNodes = `nodes { __typename
    ... on CheckRun { databaseId name status conclusion summary detailsUrl startedAt completedAt checkSuite { workflowRun { event workflow { name } } } }
    ... on StatusContext { id context state description targetUrl createdAt } }`;
const checkedFields = `
fragment Checked on Commit { oid statusCheckRollup { contexts(first: 60) { ${forwards} ${contextNodes} } } }`;
export const openQuery = `query InspanOpenPulls($owner: String!, $name: String!, $after: String) { repository(owner: $owner, name: $name) { pullRequests(states: [OPEN], first: 50, after: $after, orderBy: {field: UPDATED_AT, direction: DESC}) { pageInfo { hasNextPage endCursor } nodes { ...Pull } } } }${pullFields}${checkedFields}`;
export const oneQuery = `query InspanPull($owner: String!, $name: String!, $number: Int!) { repository(owner: $owner, name: $name) { pullRequest(number: $number) { ...Pull } } }${pullFields}${checkedFields}`;

const ofPull = (name: string, connection: string): string =>
  `query ${name}($owner: String!, $name: String!, $number: Int!, $before: String) { repository(owner: $owner, name: $name) { pullRequest(number: $number) { ${connection} } } }`;
/** What lies before a page of words, or behind one of replies or checks. */
export const restQueries = {
  comments: ofPull("InspanComments", `comments(last: 100, before: $before) { ${backwards} ${commentNodes} }`),
  reviews: ofPull("InspanReviews", `reviews(last: 100, before: $before) { ${backwards} ${reviewNodes} }`),
  threads: ofPull("InspanThreads", `reviewThreads(last: 50, before: $before) { ${backwards} ${threadNodes} }`),
  replies: `query InspanReplies($thread: ID!, $after: String) { node(id: $thread) { __typename ... on PullRequestReviewThread { comments(first: 100, after: $after) { ${forwards} ${replyNodes} } } } }`,
  checks: `query InspanContexts($owner: String!, $name: String!, $commit: GitObjectID!, $after: String) { repository(owner: $owner, name: $name) { object(oid: $commit) { __typename ... on Commit { statusCheckRollup { contexts(first: 100, after: $after) { ${forwards} ${contextNodes} } } } } } }`,
} as const;

/** One request for the checks of several commits; only full hexadecimal names may stand in it. */
export function checksQuery(commits: readonly string[]): string {
  const fields = commits.map((commit, index) => `c${index}: object(oid: "${/^[0-9a-f]{40,64}$/.test(commit) ? commit : "0".repeat(40)}") { __typename ...Checked }`);
  return `query InspanChecks($owner: String!, $name: String!) { repository(owner: $owner, name: $name) { ${fields.join(" ")} } }${checkedFields}`;
}

const Actor = z.object({ login: z.string(), __typename: z.string() }).nullish();
const Page = z.object({ hasPreviousPage: z.boolean().default(false), hasNextPage: z.boolean().default(false), startCursor: z.string().nullish(), endCursor: z.string().nullish() });
const Said = z.object({ id: z.string(), databaseId: z.number().nullish(), body: text, url: z.string(), authorAssociation: z.string(), author: Actor });
const CheckContext = z.discriminatedUnion("__typename", [
  z.object({
    __typename: z.literal("CheckRun"),
    databaseId: z.number().nullish(),
    name: z.string(),
    status: z.string(),
    conclusion: z.string().nullish(),
    summary: text,
    detailsUrl: text,
    startedAt: time,
    completedAt: time,
    checkSuite: z.object({ workflowRun: z.object({ event: z.string(), workflow: z.object({ name: z.string() }) }).nullish() }).nullish(),
  }),
  z.object({ __typename: z.literal("StatusContext"), id: z.string(), context: z.string(), state: z.string(), description: text, targetUrl: text, createdAt: time }),
]);
const Contexts = z.object({ pageInfo: Page, nodes: z.array(CheckContext) });
const GraphCommit = z.object({ oid: z.string(), statusCheckRollup: z.object({ contexts: Contexts }).nullish() });
export type GraphCommit = z.infer<typeof GraphCommit>;
const Comments = z.object({ totalCount: z.number().optional(), pageInfo: Page, nodes: z.array(Said.extend({ createdAt: z.string() })) });
const Reviews = z.object({ pageInfo: Page, nodes: z.array(Said.extend({ state: z.string(), submittedAt: time, commit: z.object({ oid: z.string() }).nullish() })) });
const Replies = z.object({
  pageInfo: Page,
  nodes: z.array(Said.extend({ path: z.string(), line: z.number().nullish(), createdAt: z.string(), commit: z.object({ oid: z.string() }).nullish() })),
});
const Threads = z.object({ totalCount: z.number().optional(), pageInfo: Page, nodes: z.array(z.object({ id: z.string(), isResolved: z.boolean(), comments: Replies })) });
export const GraphPull = z.object({
  number: z.number(),
  title: z.string(),
  body: text,
  state: z.enum(["OPEN", "CLOSED", "MERGED"]),
  mergedAt: time,
  mergeable: z.string(),
  url: z.string(),
  createdAt: z.string(),
  updatedAt: z.string(),
  headRefName: z.string(), headRefOid: z.string(), baseRefName: z.string(), mergeCommit: z.object({ oid: z.string() }).nullish(), author: Actor,
  reactions: z.object({ nodes: z.array(z.object({ user: Actor })).nullish() }).optional(),
  comments: Comments, reviews: Reviews, reviewThreads: Threads,
  commits: z.object({ nodes: z.array(z.object({ commit: GraphCommit })) }),
});
export type GraphPull = z.infer<typeof GraphPull>;
const restOf = <Rest extends z.ZodRawShape>(rest: Rest) => z.object({ repository: z.object({ pullRequest: z.object(rest) }) });
export const GraphRest = {
  comments: restOf({ comments: Comments }), reviews: restOf({ reviews: Reviews }), threads: restOf({ reviewThreads: Threads }),
  replies: z.object({ node: z.object({ comments: Replies }).nullable() }),
  checks: z.object({ repository: z.object({ object: z.object({ statusCheckRollup: z.object({ contexts: Contexts }).nullish() }).nullable() }) }),
};
export const GraphChecks = z.object({ repository: z.record(z.string(), GraphCommit.nullish()) });
export const GraphPage = z.object({ repository: z.object({ pullRequests: z.object({ pageInfo: Page, nodes: z.array(GraphPull) }) }) });
export const GraphOne = z.object({ repository: z.object({ pullRequest: GraphPull.nullable() }) });

const trusted = ["OWNER", "MEMBER", "COLLABORATOR"];
const verdicts: Readonly<Record<string, NonNullable<ForgeComment["verdict"]>>> = {
  APPROVED: "approved",
  CHANGES_REQUESTED: "changes-requested",
  DISMISSED: "dismissed",
  COMMENTED: "commented",
};

type SaidNode = z.infer<typeof Said>;
const actorOf = (actor: SaidNode["author"]): ForgePerson => personOf(actor ? { login: actor.login, type: actor.__typename } : null);
const base = (said: SaidNode) => ({ author: actorOf(said.author), isTrusted: trusted.includes(said.authorAssociation), body: said.body, url: said.url });

function commentsOf(pull: GraphPull): ForgeComment[] {
  return [
    ...pull.comments.nodes.map((said): ForgeComment => ({
      ...base(said),
      id: `top:${said.databaseId ?? said.id}`,
      threadId: `top:${said.databaseId ?? said.id}`,
      channel: "top-level",
      createdAt: said.createdAt,
    })),
    ...pull.reviews.nodes.filter(({ state }) => state !== "PENDING").map((said): ForgeComment => ({
      ...base(said),
      id: `review:${said.databaseId ?? said.id}`,
      threadId: `review:${said.databaseId ?? said.id}`,
      channel: "review",
      verdict: verdicts[said.state] ?? "commented",
      createdAt: said.submittedAt ?? pull.updatedAt,
      ...(said.commit ? { commit: said.commit.oid } : {}),
    })),
    ...pull.reviewThreads.nodes.flatMap((thread) => {
      const first = thread.comments.nodes[0];
      const threadId = first === undefined ? `thread:${thread.id}` : `inline:${first.databaseId ?? first.id}`;
      return thread.comments.nodes.map((said): ForgeComment => ({
        ...base(said),
        id: `inline:${said.databaseId ?? said.id}`,
        threadId,
        channel: "inline",
        file: said.path,
        ...(said.line ? { line: said.line } : {}),
        ...(said.commit ? { commit: said.commit.oid } : {}),
        isThreadResolved: thread.isResolved,
        createdAt: said.createdAt,
      }));
    }),
  ];
}

export function statusOfRun(status: string, conclusion: string | null | undefined): ForgeCheck["status"] {
  if (status.toLowerCase() !== "completed") return "pending";
  switch ((conclusion ?? "").toLowerCase()) {
    case "success": return "passed";
    case "neutral": case "skipped": return "neutral";
    case "cancelled": case "stale": return "cancelled";
    case "timed_out": return "timed-out";
    default: return "failed"; // failure, startup_failure, action_required, and whatever comes: unknown is never a pass
  }
}

export function checksOf(commit: GraphCommit): ForgeCheck[] {
  return (commit.statusCheckRollup?.contexts.nodes ?? []).map((one): ForgeCheck => (one.__typename === "CheckRun"
    ? { id: `run:${one.databaseId ?? 0}`, name: one.name, ...(one.checkSuite?.workflowRun ? { source: `${one.checkSuite.workflowRun.workflow.name}/${one.checkSuite.workflowRun.event}` } : {}), commit: commit.oid, status: statusOfRun(one.status, one.conclusion), summary: one.summary, url: one.detailsUrl, canRerun: one.databaseId !== null && one.databaseId !== undefined, ...(one.startedAt === undefined ? {} : { startedAt: one.startedAt }), ...(one.completedAt === undefined ? {} : { completedAt: one.completedAt }) }
    : { id: `status:${one.id}`, name: one.context, commit: commit.oid, status: one.state === "SUCCESS" ? "passed" : one.state === "PENDING" || one.state === "EXPECTED" ? "pending" : "failed", summary: one.description, url: one.targetUrl, canRerun: false, ...(one.createdAt === undefined ? {} : { startedAt: one.createdAt }) }));
}

/** Which parts the look had to cut. */
export function cutsOf(pull: GraphPull): { readonly isWordsCut: boolean; readonly isChecksCut: boolean } {
  return {
    isWordsCut:
      [pull.comments.pageInfo, pull.reviews.pageInfo, pull.reviewThreads.pageInfo].some(({ hasPreviousPage }) => hasPreviousPage) ||
      pull.reviewThreads.nodes.some(({ comments }) => comments.pageInfo.hasNextPage),
    isChecksCut: pull.commits.nodes.some(({ commit }) => commit.statusCheckRollup?.contexts.pageInfo.hasNextPage === true),
  };
}

export function snapshotOf(pull: GraphPull): PullSnapshot {
  const { isWordsCut, isChecksCut } = cutsOf(pull);
  return {
    pull: {
      number: pull.number,
      title: pull.title,
      body: pull.body,
      state: pull.state === "MERGED" ? "merged" : pull.state === "OPEN" ? "open" : "closed",
      branch: pull.headRefName,
      headCommit: pull.headRefOid,
      baseBranch: pull.baseRefName,
      ...(pull.mergeCommit ? { mergeCommit: pull.mergeCommit.oid } : {}), mergeable: pull.mergeable === "MERGEABLE" ? "yes" : pull.mergeable === "CONFLICTING" ? "no" : "unknown",
      url: pull.url, author: actorOf(pull.author), createdAt: pull.createdAt, updatedAt: pull.updatedAt, ...(pull.mergedAt === undefined ? {} : { mergedAt: pull.mergedAt }),
    },
    thumbsDown: (pull.reactions?.nodes ?? []).flatMap(({ user }) => (user ? [user.login] : [])),
    comments: commentsOf(pull), checks: pull.commits.nodes.flatMap(({ commit }) => checksOf(commit)), isCut: isWordsCut || isChecksCut,
  };
}
