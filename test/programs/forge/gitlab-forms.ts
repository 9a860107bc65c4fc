// GitLab's answers as its documentation has them, every field that it always gives; test/slow/gitlab-contract.test.ts holds them against test/programs/forge/gitlab-contract.ts.
import type { FakeCheck, FakeComment, FakePull, FakeStatus, FakeUser, ForgeWorld } from "./world.ts";
import { people } from "./world.ts";

export interface Call { readonly world: ForgeWorld; readonly origin: string; readonly url: URL; readonly body: Readonly<Record<string, unknown>> }

export const project = "/projects/team%2Fdesk";

const idOf = (user: FakeUser): number => Object.values(people).findIndex(({ login }) => login === user.login) + 1;
const usernameOf = (user: FakeUser): string => user.login.replace("[bot]", "-bot");

export const userJson = (user: FakeUser) => ({
  id: idOf(user),
  username: usernameOf(user),
  public_email: null,
  name: user.login,
  state: "active",
  locked: false,
  avatar_url: null,
  web_url: `http://localhost/${user.login}`,
});
/** What is told of a person at more length. */
const profileJson = (user: FakeUser) => ({
  ...userJson(user),
  created_at: "2020-01-01T00:00:00.000Z",
  bio: "",
  location: "",
  linkedin: "",
  twitter: "",
  discord: "",
  website_url: "",
  github: "",
  organization: "",
  job_title: "",
  pronouns: null,
  bot: user.type === "Bot",
  work_information: null,
  followers: 0,
  following: 0,
  is_followed: false,
  local_time: null,
});
/** The account that asks is told more of itself. */
export const accountJson = (user: FakeUser) => ({
  ...profileJson(user),
  last_sign_in_at: null,
  confirmed_at: "2020-01-01T00:00:00.000Z",
  last_activity_on: "2026-01-01",
  email: `${usernameOf(user)}@example.org`,
  theme_id: 1,
  color_scheme_id: 1,
  projects_limit: 10,
  current_sign_in_at: null,
  identities: [],
  two_factor_enabled: true,
  external: false,
  private_profile: false,
  commit_email: `${usernameOf(user)}@example.org`,
  preferred_language: "en",
  can_create_group: true,
  can_create_project: true,
});
export const memberJson = (user: FakeUser) => ({
  ...userJson(user),
  access_level: user.association === "NONE" ? 10 : 30,
  created_at: "2020-01-01T00:00:00.000Z",
  expires_at: null,
  membership_state: "active",
});

const stateOf = (pull: FakePull): string => (pull.merged ? "merged" : pull.state === "open" ? "opened" : "closed");
const detailOf = (world: ForgeWorld, pull: FakePull): string =>
  pull.state !== "open" ? "not_open" : pull.isDraft ? "draft_status" : !world.isMergeable(pull) ? "conflict" : world.isProtected ? "not_approved" : "mergeable";
const reviewersOf = (world: ForgeWorld, pull: FakePull): ReadonlyMap<string, FakeComment> =>
  new Map(world.comments.filter(({ number, kind }) => number === pull.number && kind === "review").map((comment) => [comment.user.login, comment]));

/** A merge request of a list. */
export function requestJson({ world, origin }: Call, pull: FakePull) {
  const isOpen = pull.state === "open";
  const detail = detailOf(world, pull);
  return {
    id: 1000 + pull.number,
    iid: pull.number,
    project_id: 1,
    title: pull.title,
    description: pull.body,
    state: stateOf(pull),
    created_at: pull.createdAt,
    updated_at: pull.updatedAt,
    merged_by: pull.merged ? userJson(people.agent) : null,
    merge_user: pull.merged ? userJson(people.agent) : null,
    merged_at: pull.mergedAt ?? null,
    closed_by: null,
    closed_at: null,
    target_branch: pull.base,
    source_branch: pull.branch,
    user_notes_count: world.comments.filter(({ number, kind }) => number === pull.number && kind !== "review").filter(({ isSystem }) => isSystem !== true)
      .length,
    upvotes: 0,
    downvotes: pull.thumbsDown?.length ?? 0,
    author: userJson(pull.user),
    assignees: [],
    assignee: null,
    reviewers: [...reviewersOf(world, pull).values()].map(({ user }) => userJson(user)),
    source_project_id: 1,
    target_project_id: 1,
    labels: [],
    draft: pull.isDraft ?? false,
    imported: false,
    imported_from: "none",
    work_in_progress: pull.isDraft ?? false,
    milestone: null,
    merge_when_pipeline_succeeds: false,
    merge_status: isOpen && detail !== "conflict" ? "can_be_merged" : "cannot_be_merged",
    detailed_merge_status: detail,
    merge_after: null,
    sha: world.headOf(pull),
    merge_commit_sha: null,
    squash_commit_sha: pull.mergeCommit ?? null,
    discussion_locked: null,
    should_remove_source_branch: null,
    force_remove_source_branch: false,
    prepared_at: pull.createdAt,
    reference: `!${pull.number}`,
    references: { short: `!${pull.number}`, relative: `!${pull.number}`, full: `team/desk!${pull.number}` },
    web_url: `${origin}/team/desk/-/merge_requests/${pull.number}`,
    time_stats: { time_estimate: 0, total_time_spent: 0, human_time_estimate: null, human_total_time_spent: null },
    squash: false,
    squash_on_merge: false,
    task_completion_status: { count: 0, completed_count: 0 },
    has_conflicts: isOpen && detail === "conflict",
    blocking_discussions_resolved: true,
  };
}

/** One that is asked for alone. */
export function wholeRequestJson(call: Call, pull: FakePull) {
  const { world } = call;
  const base = world.tip(pull.base) ?? "";
  const head = world.headOf(pull);
  const merged = world.mergedResults.get(head);
  const pipeline = pipelinesOf(call).find(({ sha }) => sha === (merged ?? head));
  return {
    ...requestJson(call, pull),
    subscribed: false,
    changes_count: "1",
    latest_build_started_at: null,
    latest_build_finished_at: null,
    first_deployed_to_production_at: null,
    pipeline: null,
    head_pipeline: pipeline === undefined ? null : wholePipelineOf(pipeline),
    diff_refs: { base_sha: base, head_sha: head, start_sha: base },
    merge_error: null,
    first_contribution: false,
    user: { can_merge: true },
  };
}

/** What the forge notes, and what a person says without beginning a thread, stands alone until somebody answers: it cannot be resolved. */
const isIndividual = (world: ForgeWorld, { id, kind, user, replyTo, isResolved, isSystem }: FakeComment): boolean =>
  isSystem === true ||
  (kind === "top" && user !== people.agent && replyTo === undefined && isResolved === undefined && !world.comments.some((one) => one.replyTo === id));

export const noteJson = (world: ForgeWorld, comment: FakeComment) => {
  const isInline = comment.path !== undefined;
  const isAlone = isIndividual(world, comment);
  const resolved = comment.isResolved ?? false;
  return {
    id: comment.id,
    type: isInline ? "DiffNote" : isAlone ? null : "DiscussionNote",
    body: comment.body,
    author: userJson(comment.user),
    created_at: comment.createdAt,
    updated_at: comment.createdAt,
    system: comment.isSystem ?? false,
    noteable_id: 1000 + comment.number,
    noteable_type: "MergeRequest",
    project_id: 1,
    resolvable: !isAlone,
    ...(isAlone
      ? {}
      : { resolved, resolved_by: resolved ? userJson(people.ada) : null, resolved_at: resolved ? (world.pulls.get(comment.number)?.updatedAt ?? null) : null }),
    confidential: false,
    internal: false,
    imported: false,
    imported_from: "none",
    noteable_iid: comment.number,
    commands_changes: {},
    ...(isInline
      ? {
          suggestions: [],
          commit_id: null,
          position: {
            base_sha: comment.commit ?? "",
            start_sha: comment.commit ?? "",
            head_sha: comment.commit ?? "",
            old_path: comment.path,
            new_path: comment.path,
            position_type: "text",
            old_line: null,
            new_line: comment.line ?? null,
            line_range: null,
          },
        }
      : {}),
  };
};
export const discussionJson = (world: ForgeWorld, root: FakeComment) => ({
  id: `d${root.id}`,
  individual_note: isIndividual(world, root),
  notes: [root, ...world.comments.filter(({ replyTo }) => replyTo === root.id)].map((note) => noteJson(world, note)),
});

const reviewStates: Readonly<Record<string, string>> = { APPROVED: "approved", CHANGES_REQUESTED: "requested_changes" };
export const reviewersJson = (world: ForgeWorld, pull: FakePull) =>
  [...reviewersOf(world, pull).values()].map((comment) => ({
    user: userJson(comment.user),
    state: reviewStates[comment.state ?? ""] ?? "reviewed",
    created_at: comment.createdAt,
  }));

const stateOfCheck = ({ status, conclusion }: FakeCheck): string =>
  status === "queued"
    ? "pending"
    : status !== "completed"
      ? "running"
      : conclusion === "success"
        ? "success"
        : conclusion === "cancelled"
          ? "canceled"
          : conclusion === "skipped"
            ? "skipped"
            : conclusion === "neutral"
              ? "manual"
              : "failed";

export const jobStatusJson = ({ origin }: Call, check: FakeCheck) => ({
  id: check.id,
  sha: check.sha,
  ref: "inspan/t1",
  status: stateOfCheck(check),
  name: check.name,
  target_url: `${origin}/team/desk/-/jobs/${check.id}`,
  description: null,
  created_at: check.startedAt,
  started_at: check.startedAt,
  finished_at: check.completedAt ?? null,
  allow_failure: check.isAllowedToFail ?? false,
  coverage: null,
  pipeline_id: 1,
  author: userJson(people.ada),
});
export const statusJson = (status: FakeStatus) => ({
  id: status.id,
  sha: status.sha,
  ref: "inspan/t1",
  status: status.state === "success" ? "success" : "failed",
  name: status.context,
  target_url: null,
  description: status.description,
  created_at: status.createdAt,
  started_at: status.createdAt,
  finished_at: status.createdAt,
  allow_failure: false,
  coverage: null,
  pipeline_id: 1,
  author: userJson(people.agent),
});

/** A job as one is told that begins it again. */
export function jobJson(call: Call, check: FakeCheck) {
  const { id, sha, name, target_url: url, created_at: at, started_at: startedAt, finished_at: finishedAt, status, allow_failure: mayFail } = jobStatusJson(call, check);
  const { stats: _stats, status: _status, project_id: _project, last_pipeline: _pipeline, ...commit } = commitJson(call, sha);
  const { name: _name, ...pipeline } = pipelinesOf(call).find((one) => one.sha === sha) ?? { name: null };
  return {
    id,
    status,
    stage: "test",
    name,
    ref: "inspan/t1",
    tag: false,
    coverage: null,
    allow_failure: mayFail,
    created_at: at,
    started_at: startedAt,
    finished_at: finishedAt,
    erased_at: null,
    duration: 1.5,
    queued_duration: 0.5,
    user: profileJson(people.agent),
    commit,
    pipeline,
    web_url: url,
    project: { ci_job_token_scope_enabled: false },
    artifacts: [], runner: null, runner_manager: null, artifacts_expire_at: null, archived: false, tag_list: [],
  };
}

type ShortPipeline = ReturnType<typeof pipelinesOf>[number];
/** A pipeline that is told of with its merge request: without a name, with all else. */
function wholePipelineOf({ name: _name, ...pipeline }: ShortPipeline) {
  const { status, created_at: at, updated_at: endedAt, id } = pipeline;
  const detail = {
    icon: `status_${status}`,
    text: status,
    label: status,
    group: status,
    tooltip: status,
    has_details: true,
    details_path: `/team/desk/-/pipelines/${id}`,
    illustration: null,
    favicon: "/favicon.png",
  };
  return {
    ...pipeline,
    before_sha: "0".repeat(40),
    tag: false,
    yaml_errors: null,
    user: userJson(people.agent),
    started_at: at,
    finished_at: status === "running" ? null : endedAt,
    committed_at: null,
    duration: status === "running" ? null : 2,
    queued_duration: 1,
    coverage: null,
    detailed_status: detail,
    archived: false,
  };
}

/** One pipeline for each commit that anything was said of, as the list of a project has them, the last changed first. */
export function pipelinesOf({ world, origin }: Call) {
  const commits = [...new Set([...world.checks, ...world.statuses].map(({ sha }) => sha))];
  return commits.map((sha, index) => {
    const checks = world.checks.filter((check) => check.sha === sha);
    const statuses = world.statuses.filter((status) => status.sha === sha);
    const states = [
      ...checks.filter(({ isAllowedToFail }) => isAllowedToFail !== true).map(stateOfCheck),
      ...statuses.map(({ state }) => (state === "success" ? "success" : "failed")),
    ];
    const status = states.some((state) => state === "running" || state === "pending")
      ? "running"
      : states.includes("failed")
        ? "failed"
        : states.includes("canceled")
          ? "canceled"
          : "success";
    const times = [
      ...checks.flatMap(({ startedAt, completedAt }) => [startedAt, ...(completedAt === undefined ? [] : [completedAt])]),
      ...statuses.map(({ createdAt }) => createdAt),
    ].sort();
    const head = [...world.mergedResults].find(([, merged]) => merged === sha)?.[0];
    const pull = head === undefined ? undefined : [...world.pulls.values()].find((one) => world.headOf(one) === head);
    const id = 500 + index;
    return {
      id,
      iid: 1 + index,
      project_id: 1,
      sha,
      ref: pull === undefined ? "inspan/t1" : `refs/merge-requests/${pull.number}/merge`,
      status,
      source: pull === undefined ? "push" : "merge_request_event",
      created_at: times[0] ?? "",
      updated_at: times.at(-1) ?? "",
      web_url: `${origin}/team/desk/-/pipelines/${id}`,
      name: null,
    };
  }).sort((a, b) => (a.updated_at < b.updated_at ? 1 : a.updated_at > b.updated_at ? -1 : b.id - a.id));
}

export function commitJson({ world, origin }: Call, sha: string) {
  const parents = world.git("show", "--no-patch", "--format=%P", sha).split(" ").filter((one) => one !== "");
  const at = "2026-01-01T00:00:00.000+00:00";
  return {
    id: sha,
    short_id: sha.slice(0, 8),
    created_at: at,
    parent_ids: parents,
    title: "t",
    message: "t\n",
    author_name: "Ada",
    author_email: "ada@example.org",
    authored_date: at,
    committer_name: "Ada",
    committer_email: "ada@example.org",
    committed_date: at,
    trailers: {},
    extended_trailers: {},
    web_url: `${origin}/team/desk/-/commit/${sha}`,
    stats: { additions: 1, deletions: 1, total: 2 },
    status: null,
    project_id: 1,
    last_pipeline: null,
  };
}
