// GitHub's answers as its published description has them, every required field included; test/slow/forge-schema.test.ts holds them against it.
import type { FakeCheck, FakeComment, FakePull, FakeStatus, FakeUser, ForgeWorld } from "./world.ts";

export interface Shape { readonly url: string; readonly world: ForgeWorld }

const repoPath = "/repos/team/desk";
const zero = "0".repeat(40);

export function userJson({ url }: Shape, user: FakeUser) {
  const api = `${url}/users/${encodeURIComponent(user.login)}`;
  return {
    login: user.login,
    id: [...user.login].reduce((sum, char) => ((sum * 31) % 100_003) + char.charCodeAt(0), 7),
    node_id: `U_${user.login}`,
    avatar_url: `${url}/avatar`,
    gravatar_id: "",
    url: api,
    html_url: `${url}/${user.login}`,
    followers_url: `${api}/followers`,
    following_url: `${api}/following{/other_user}`,
    gists_url: `${api}/gists{/gist_id}`,
    starred_url: `${api}/starred{/owner}{/repo}`,
    subscriptions_url: `${api}/subscriptions`,
    organizations_url: `${api}/orgs`,
    repos_url: `${api}/repos`,
    events_url: `${api}/events{/privacy}`,
    received_events_url: `${api}/received_events`,
    type: user.type,
    site_admin: false,
    name: user.login,
    company: null,
    blog: "",
    location: null,
    email: null,
    hireable: null,
    bio: null,
    public_repos: 0,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: "2020-01-01T00:00:00Z", updated_at: "2020-01-01T00:00:00Z",
  };
}

function repoJson(shape: Shape) {
  const api = `${shape.url}${repoPath}`;
  const links = Object.fromEntries(
    [
      "archive",
      "assignees",
      "blobs",
      "branches",
      "collaborators",
      "comments",
      "commits",
      "compare",
      "contents",
      "contributors",
      "deployments",
      "downloads",
      "events",
      "forks",
      "git_commits",
      "git_refs",
      "git_tags",
      "hooks",
      "issue_comment",
      "issue_events",
      "issues",
      "keys",
      "labels",
      "languages",
      "merges",
      "milestones",
      "notifications",
      "pulls",
      "releases",
      "stargazers",
      "statuses",
      "subscribers",
      "subscription",
      "tags",
      "teams",
      "trees",
    ].map((name) => [`${name}_url`, `${api}/${name}`]),
  );
  return {
    id: 1,
    node_id: "R_1",
    name: "desk",
    full_name: "team/desk",
    owner: userJson(shape, { login: "team", type: "User", association: "OWNER" }),
    private: false,
    html_url: `${shape.url}/team/desk`,
    description: null,
    fork: false,
    url: api,
    ...links,
    git_url: "git://localhost/team/desk.git",
    ssh_url: "git@localhost:team/desk.git",
    clone_url: `${shape.url}/team/desk.git`,
    svn_url: `${shape.url}/team/desk`,
    mirror_url: null,
    homepage: null,
    language: null,
    forks_count: 0,
    stargazers_count: 0,
    watchers_count: 0,
    size: 1,
    default_branch: "main",
    open_issues_count: 0,
    topics: [],
    has_issues: true,
    has_projects: false,
    has_wiki: false,
    has_pages: false,
    has_downloads: false,
    has_discussions: false,
    archived: false,
    disabled: false,
    visibility: "public",
    allow_forking: true,
    is_template: false,
    web_commit_signoff_required: false,
    pushed_at: "2026-01-01T00:00:00Z", created_at: "2026-01-01T00:00:00Z", updated_at: "2026-01-01T00:00:00Z", forks: 0, open_issues: 0, watchers: 0, license: null,
  };
}

export function pullJson(shape: Shape, pull: FakePull) {
  const { world, url } = shape;
  const api = `${url}${repoPath}/pulls/${pull.number}`;
  const issue = `${url}${repoPath}/issues/${pull.number}`;
  const side = (ref: string, sha: string) => ({ label: `team:${ref}`, ref, sha, user: userJson(shape, { login: "team", type: "User", association: "OWNER" }), repo: repoJson(shape) });
  const head = world.headOf(pull);
  const link = (href: string) => ({ href });
  return {
    url: api,
    id: 1000 + pull.number,
    node_id: `PR_${pull.number}`,
    html_url: `${url}/team/desk/pull/${pull.number}`,
    diff_url: `${url}/team/desk/pull/${pull.number}.diff`,
    patch_url: `${url}/team/desk/pull/${pull.number}.patch`,
    issue_url: issue,
    commits_url: `${api}/commits`,
    review_comments_url: `${api}/comments`,
    review_comment_url: `${url}${repoPath}/pulls/comments{/number}`,
    comments_url: `${issue}/comments`,
    statuses_url: `${url}${repoPath}/statuses/${head}`,
    number: pull.number,
    state: pull.state,
    locked: false,
    title: pull.title,
    body: pull.body,
    user: userJson(shape, pull.user),
    labels: [],
    milestone: null,
    active_lock_reason: null,
    created_at: pull.createdAt,
    updated_at: pull.updatedAt,
    closed_at: pull.state === "closed" ? pull.updatedAt : null,
    merged_at: pull.mergedAt ?? null,
    merge_commit_sha: pull.mergeCommit ?? null,
    assignee: null, assignees: [], requested_reviewers: [], requested_teams: [], head: side(pull.branch, head), base: side(pull.base, world.tip(pull.base) ?? zero),
    _links: {
      comments: link(`${issue}/comments`),
      commits: link(`${api}/commits`),
      statuses: link(`${url}${repoPath}/statuses/${head}`),
      html: link(`${url}/team/desk/pull/${pull.number}`),
      issue: link(issue),
      review_comments: link(`${api}/comments`),
      review_comment: link(`${url}${repoPath}/pulls/comments{/number}`),
      self: link(api),
    },
    author_association: pull.user.association,
    auto_merge: null,
    draft: pull.isDraft ?? false,
    merged: pull.merged,
    mergeable: pull.state === "open" ? world.isMergeable(pull) : null,
    mergeable_state: "clean",
    merged_by: null,
    comments: 0,
    review_comments: 0,
    maintainer_can_modify: true,
    commits: 1,
    additions: 1,
    deletions: 1,
    changed_files: 1,
    rebaseable: true,
  };
}

export function commentJson(shape: Shape, comment: FakeComment) {
  return {
    id: comment.id,
    node_id: `IC_${comment.id}`,
    url: `${shape.url}${repoPath}/issues/comments/${comment.id}`,
    html_url: `${shape.url}/team/desk/pull/${comment.number}#issuecomment-${comment.id}`,
    body: comment.body,
    user: userJson(shape, comment.user),
    created_at: comment.createdAt,
    updated_at: comment.createdAt,
    issue_url: `${shape.url}${repoPath}/issues/${comment.number}`,
    author_association: comment.user.association,
    performed_via_github_app: null,
  };
}

export function inlineJson(shape: Shape, comment: FakeComment) {
  const api = `${shape.url}${repoPath}/pulls/comments/${comment.id}`;
  const html = `${shape.url}/team/desk/pull/${comment.number}#discussion_r${comment.id}`;
  const pull = `${shape.url}${repoPath}/pulls/${comment.number}`;
  return {
    id: comment.id,
    node_id: `RC_${comment.id}`,
    url: api,
    html_url: html,
    pull_request_url: pull,
    pull_request_review_id: null,
    diff_hunk: "@@ -1 +1 @@",
    path: comment.path ?? "",
    commit_id: comment.commit ?? zero,
    original_commit_id: comment.commit ?? zero,
    user: userJson(shape, comment.user),
    body: comment.body,
    created_at: comment.createdAt,
    updated_at: comment.createdAt,
    author_association: comment.user.association,
    _links: { self: { href: api }, html: { href: html }, pull_request: { href: pull } },
    line: comment.line ?? 1,
    original_line: comment.line ?? 1,
    start_line: null,
    original_start_line: null,
    start_side: null,
    side: "RIGHT",
    subject_type: "line",
    position: 1,
    original_position: 1,
    ...(comment.replyTo === undefined ? {} : { in_reply_to_id: comment.replyTo }),
  };
}

export function checkRunJson(shape: Shape, check: FakeCheck) {
  const api = `${shape.url}${repoPath}/check-runs/${check.id}`;
  return {
    id: check.id,
    head_sha: check.sha,
    node_id: `CR_${check.id}`,
    external_id: "",
    url: api,
    html_url: jobUrl(shape, check),
    details_url: jobUrl(shape, check),
    status: check.status,
    conclusion: check.conclusion ?? null,
    started_at: check.startedAt,
    completed_at: check.completedAt ?? null,
    output: { title: null, summary: null, text: null, annotations_count: 0, annotations_url: `${api}/annotations` }, name: check.name, check_suite: { id: 5 }, app: null, pull_requests: [],
  };
}

const jobUrl = (shape: Shape, check: FakeCheck): string => `${shape.url}/team/desk/actions/runs/9/job/${check.id}`;

export function statusJson(shape: Shape, status: FakeStatus) {
  return {
    url: `${shape.url}${repoPath}/statuses/${status.sha}`,
    avatar_url: null,
    id: status.id,
    node_id: `SC_${status.id}`,
    state: status.state,
    description: status.description,
    target_url: null,
    context: status.context,
    created_at: status.createdAt,
    updated_at: status.createdAt,
    creator: null,
  };
}

const actor = (user: FakeUser) => ({ login: user.login.replace("[bot]", ""), __typename: user.type });

function said({ url }: Shape, comment: FakeComment) {
  return {
    id: `N_${comment.id}`,
    databaseId: comment.id,
    body: comment.body,
    createdAt: comment.createdAt,
    url: `${url}/team/desk/pull/${comment.number}#c${comment.id}`,
    authorAssociation: comment.user.association,
    author: actor(comment.user),
  };
}

/** The last `count` before a cursor, and the first `count` behind one; a cursor is a place in the list. */
const pageBack = <Item,>(items: readonly Item[], count: number, before?: string) => {
  const end = before === undefined ? items.length : Number(before);
  const start = Math.max(0, end - count);
  return { totalCount: items.length, pageInfo: { hasPreviousPage: start > 0, startCursor: String(start) }, nodes: items.slice(start, end) };
};
const pageOn = <Item,>(items: readonly Item[], count: number, after?: string) => {
  const start = after === undefined ? 0 : Number(after);
  return { pageInfo: { hasNextPage: start + count < items.length, endCursor: String(start + count) }, nodes: items.slice(start, start + count) };
};

const wordsOn = ({ world }: Shape, number: number, kind: FakeComment["kind"]): readonly FakeComment[] => world.comments.filter((one) => one.number === number && one.kind === kind);
export const graphComments = (shape: Shape, number: number, count: number, before?: string) => pageBack(wordsOn(shape, number, "top").map((comment) => said(shape, comment)), count, before);
export const graphReviews = (shape: Shape, number: number, head: string, count: number, before?: string) =>
  pageBack(
    wordsOn(shape, number, "review").map((comment) => ({
      ...said(shape, comment),
      state: comment.state,
      submittedAt: comment.createdAt,
      commit: { oid: comment.commit ?? head },
    })),
    count,
    before,
  );
export const graphReplies = (shape: Shape, root: FakeComment, head: string, count: number, after?: string) =>
  pageOn(
    [root, ...wordsOn(shape, root.number, "inline").filter(({ replyTo }) => replyTo === root.id)].map((comment) => ({
      ...said(shape, comment),
      path: root.path,
      line: root.line ?? null,
      commit: { oid: root.commit ?? head },
    })),
    count,
    after,
  );
export const graphThreads = (shape: Shape, number: number, head: string, count: number, before?: string) =>
  pageBack(
    wordsOn(shape, number, "inline")
      .filter(({ replyTo }) => replyTo === undefined)
      .map((root) => ({ id: `T_${root.id}`, isResolved: root.isResolved ?? false, comments: graphReplies(shape, root, head, 20) })),
    count,
    before,
  );

/** A pull request as our query asks for it. */
export function graphPull(shape: Shape, pull: FakePull) {
  const { world, url } = shape;
  const head = world.headOf(pull);
  return {
    number: pull.number,
    title: pull.title,
    body: pull.body,
    state: pull.merged ? "MERGED" : pull.state.toUpperCase(),
    merged: pull.merged,
    mergedAt: pull.mergedAt ?? null,
    mergeable: pull.state !== "open" ? "UNKNOWN" : world.isMergeable(pull) ? "MERGEABLE" : "CONFLICTING",
    url: `${url}/team/desk/pull/${pull.number}`,
    createdAt: pull.createdAt,
    updatedAt: pull.updatedAt,
    headRefName: pull.branch,
    headRefOid: head,
    baseRefName: pull.base,
    mergeCommit: pull.mergeCommit ? { oid: pull.mergeCommit } : null,
    author: actor(pull.user),
    reactions: { nodes: (pull.thumbsDown ?? []).map((user) => ({ user: actor(user) })) },
    comments: graphComments(shape, pull.number, 50), reviews: graphReviews(shape, pull.number, head, 30), reviewThreads: graphThreads(shape, pull.number, head, 40),
    commits: { nodes: [{ commit: graphCommit(shape, head) }] },
  };
}

/** A commit with its checks; a forge has no answer for one that it does not know. */
export function graphCommit(shape: Shape, head: string, count = 60, after?: string) {
  const { world } = shape;
  return { oid: head, statusCheckRollup: { contexts: pageOn([
      ...world.checks
        .filter(({ sha }) => sha === head)
        .map((check) => ({
          __typename: "CheckRun",
          databaseId: check.id,
          name: check.name,
          status: check.status.toUpperCase(),
          conclusion: check.conclusion?.toUpperCase() ?? null,
          summary: null,
          detailsUrl: jobUrl(shape, check),
          startedAt: check.startedAt,
          completedAt: check.completedAt ?? null,
          checkSuite: { workflowRun: check.workflow === undefined ? null : { event: "pull_request", workflow: { name: check.workflow } } },
        })),
      ...world.statuses
        .filter(({ sha }) => sha === head)
        .map((status) => ({
          __typename: "StatusContext",
          id: `SC_${status.id}`,
          context: status.context,
          state: status.state.toUpperCase(),
          description: status.description,
          targetUrl: null,
          createdAt: status.createdAt,
        })),
  ], count, after) } };
}
