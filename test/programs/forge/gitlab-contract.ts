// The part of GitLab's REST (version 4) that Inspan speaks (GitLab 18 and 19), in our own words: routes, parameters and names as GitLab's own OpenAPI description has them (compared
// by hand with one version of it, see plan 0007), types and what may be absent as its documentation and answers have them: the description requires nothing and calls nearly everything
// a string. `type|null` may be null, a `?` at the end of a name may be absent, `@X` is another entity, `[…]` a list.

export type Entity = Readonly<Record<string, string>>;

const user: Entity = {
  id: "integer",
  username: "string",
  "public_email?": "string|null",
  name: "string",
  state: "string",
  locked: "boolean",
  avatar_url: "string|null",
  "avatar_path?": "string|null",
  "custom_attributes?": "array",
  web_url: "string",
};
const request: Entity = {
  id: "integer",
  iid: "integer",
  project_id: "integer",
  title: "string",
  description: "string|null",
  "title_html?": "string",
  "description_html?": "string|null",
  state: "opened closed merged locked",
  created_at: "date",
  updated_at: "date",
  merged_by: "@user|null",
  merge_user: "@user|null",
  merged_at: "date|null",
  closed_by: "@user|null",
  closed_at: "date|null",
  target_branch: "string",
  source_branch: "string",
  user_notes_count: "integer",
  upvotes: "integer",
  downvotes: "integer",
  author: "@user",
  assignees: "[@user]",
  assignee: "@user|null",
  reviewers: "[@user]",
  source_project_id: "integer|null",
  target_project_id: "integer",
  labels: "[string]",
  draft: "boolean",
  imported: "boolean",
  imported_from: "string",
  work_in_progress: "boolean",
  milestone: "object|null",
  merge_when_pipeline_succeeds: "boolean", merge_status: "unchecked checking can_be_merged cannot_be_merged cannot_be_merged_recheck preparing",
  detailed_merge_status:
    "approvals_syncing checking ci_must_pass ci_still_running commits_status conflict discussions_not_resolved draft_status jira_association_missing mergeable merge_request_blocked merge_time need_rebase not_approved not_open preparing requested_changes security_policy_violations security_policy_pipeline_check status_checks_must_pass unchecked locked_paths locked_lfs_files title_regex",
  merge_after: "date|null",
  sha: "string|null",
  merge_commit_sha: "string|null",
  squash_commit_sha: "string|null",
  discussion_locked: "boolean|null",
  should_remove_source_branch: "boolean|null",
  force_remove_source_branch: "boolean|null",
  "allow_collaboration?": "boolean",
  "allow_maintainer_to_push?": "boolean",
  prepared_at: "date|null",
  reference: "string",
  references: "object",
  web_url: "string",
  time_stats: "object",
  squash: "boolean",
  squash_on_merge: "boolean",
  task_completion_status: "object",
  has_conflicts: "boolean",
  blocking_discussions_resolved: "boolean",
  "approvals_before_merge?": "integer|null",
};

const pipeline: Entity = {
  id: "integer",
  iid: "integer",
  project_id: "integer",
  sha: "string",
  ref: "string",
  status: "created waiting_for_resource preparing waiting_for_callback pending running success failed canceling canceled skipped manual scheduled",
  source: "string",
  created_at: "date",
  updated_at: "date",
  web_url: "string",
};
const commit: Entity = {
  id: "string",
  short_id: "string",
  created_at: "date",
  parent_ids: "[string]",
  title: "string",
  message: "string",
  author_name: "string",
  author_email: "string",
  authored_date: "date",
  committer_name: "string",
  committer_email: "string",
  committed_date: "date",
  "trailers?": "object",
  "extended_trailers?": "object",
  web_url: "string",
};
const profile: Entity = {
  ...user,
  created_at: "date",
  bio: "string|null",
  location: "string|null",
  linkedin: "string",
  twitter: "string",
  discord: "string",
  website_url: "string",
  github: "string",
  organization: "string|null",
  job_title: "string|null",
  pronouns: "string|null",
  bot: "boolean",
  work_information: "string|null",
  "followers?": "integer",
  "following?": "integer",
  "is_followed?": "boolean",
  local_time: "string|null",
};

export const entities: Readonly<Record<string, Entity>> = {
  user, request,
  account: {
    ...profile,
    last_sign_in_at: "date|null",
    confirmed_at: "date|null",
    last_activity_on: "string|null",
    email: "string",
    theme_id: "integer|null",
    color_scheme_id: "integer|null",
    projects_limit: "integer",
    current_sign_in_at: "date|null",
    identities: "array",
    can_create_group: "boolean",
    can_create_project: "boolean",
    two_factor_enabled: "boolean",
    external: "boolean",
    private_profile: "boolean",
    commit_email: "string",
    "preferred_language?": "string",
    "shared_runners_minutes_limit?": "integer|null", "extra_shared_runners_minutes_limit?": "integer|null", "scim_identities?": "array",
  },
  profile,
  member: {
    ...user,
    access_level: "integer",
    created_at: "date",
    "created_by?": "object",
    expires_at: "string|null",
    "membership_state?": "string",
    "group_saml_identity?": "object|null",
    "group_scim_identity?": "object|null",
    "email?": "string",
    "is_using_seat?": "boolean",
    "override?": "boolean",
    "member_role?": "object|null",
  },
  whole: {
    ...request,
    subscribed: "boolean",
    changes_count: "string|null",
    latest_build_started_at: "date|null",
    latest_build_finished_at: "date|null",
    first_deployed_to_production_at: "date|null",
    pipeline: "@pipeline|null",
    head_pipeline: "@wholePipeline|null",
    diff_refs: "@refs|null",
    first_contribution: "boolean",
    merge_error: "string|null",
    "rebase_in_progress?": "boolean",
    "diverged_commits_count?": "integer",
    user: "object",
  },
  refs: { base_sha: "string", head_sha: "string", start_sha: "string" },
  note: {
    id: "integer",
    type: "DiscussionNote DiffNote|null",
    body: "string",
    "attachment?": "object|null",
    author: "@user",
    created_at: "date",
    updated_at: "date",
    system: "boolean",
    noteable_id: "integer",
    noteable_type: "string",
    project_id: "integer",
    "commit_id?": "string|null",
    "position?": "@position",
    "suggestions?": "[@suggestion]",
    resolvable: "boolean",
    "resolved?": "boolean",
    "resolved_by?": "@user|null",
    "resolved_at?": "date|null",
    "confidential?": "boolean|null", "internal?": "boolean|null", "imported?": "boolean", "imported_from?": "string", noteable_iid: "integer|null", commands_changes: "object",
  },
  position: {
    base_sha: "string|null",
    start_sha: "string|null",
    head_sha: "string|null",
    old_path: "string|null",
    new_path: "string|null",
    position_type: "text image file",
    old_line: "integer|null",
    new_line: "integer|null",
    "line_range?": "object|null",
  },
  suggestion: { id: "integer", from_line: "integer", to_line: "integer", appliable: "boolean", applied: "boolean", from_content: "string", to_content: "string" },
  discussion: { id: "string", individual_note: "boolean", notes: "[@note]" },
  reviewer: { user: "@user", state: "unreviewed reviewed requested_changes approved unapproved review_started", created_at: "date" },
  status: {
    id: "integer",
    sha: "string",
    ref: "string|null",
    status: "created waiting_for_resource preparing waiting_for_callback pending running success failed canceling canceled skipped manual scheduled",
    name: "string",
    target_url: "string|null",
    description: "string|null",
    created_at: "date",
    started_at: "date|null",
    finished_at: "date|null",
    allow_failure: "boolean",
    coverage: "number|null",
    pipeline_id: "integer",
    author: "@user",
  },
  // The description of the list has no name, the documentation's example has one.
  pipeline: { ...pipeline, "name?": "string|null" },
  // A number in the description, a text in the documentation's examples: coverage.
  wholePipeline: {
    ...pipeline,
    before_sha: "string",
    tag: "boolean",
    yaml_errors: "string|null",
    user: "@user|null",
    started_at: "date|null",
    finished_at: "date|null",
    committed_at: "date|null",
    duration: "integer|null",
    queued_duration: "integer|null",
    coverage: "any",
    detailed_status: "@detailedStatus",
    "archived?": "boolean",
  },
  detailedStatus: {
    icon: "string",
    text: "string",
    label: "string",
    group: "string",
    tooltip: "string",
    has_details: "boolean",
    details_path: "string|null",
    illustration: "object|null",
    favicon: "string",
    "action?": "object|null",
  },
  job: {
    id: "integer",
    status: "string",
    stage: "string",
    name: "string",
    ref: "string",
    tag: "boolean",
    coverage: "number|null",
    allow_failure: "boolean",
    created_at: "date",
    started_at: "date|null",
    finished_at: "date|null",
    erased_at: "date|null",
    duration: "number|null",
    queued_duration: "number|null",
    user: "@profile|null",
    commit: "@shortCommit",
    pipeline: "@shortPipeline",
    "failure_reason?": "string",
    web_url: "string",
    project: "object",
    "artifacts_file?": "object",
    artifacts: "array",
    runner: "object|null",
    runner_manager: "object|null",
    artifacts_expire_at: "date|null",
    archived: "boolean",
    tag_list: "[string]",
  },
  shortCommit: commit, shortPipeline: pipeline,
  commit: { ...commit, stats: "object", status: "string|null", project_id: "integer", last_pipeline: "@pipeline|null" },
  // What is sent.
  newPosition: {
    base_sha: "string",
    start_sha: "string",
    head_sha: "string",
    position_type: "text image file",
    "new_path?": "string",
    "old_path?": "string",
    "new_line?": "integer",
  },
};

/** What is answered where it went well; undefined: nothing, or any text. */
export interface Answer { readonly status: number | readonly number[]; readonly body: string | undefined }

/** By "METHOD /path" below the project, as the documentation writes it. */
export const answers: Readonly<Record<string, Answer>> = {
  "GET /user": { status: 200, body: "@account" },
  "GET /members/all/:user_id": { status: 200, body: "@member" }, "GET /members/all": { status: 200, body: "[@member]" },
  "GET /merge_requests": { status: 200, body: "[@request]" },
  "POST /merge_requests": { status: 201, body: "@whole" },
  "GET /merge_requests/:iid": { status: 200, body: "@whole" },
  "PUT /merge_requests/:iid": { status: 200, body: "@whole" },
  "PUT /merge_requests/:iid/merge": { status: 200, body: "@whole" },
  "GET /merge_requests/:iid/discussions": { status: 200, body: "[@discussion]" },
  "POST /merge_requests/:iid/discussions": { status: 201, body: "@discussion" },
  "POST /merge_requests/:iid/discussions/:discussion_id/notes": { status: 201, body: "@note" },
  "GET /merge_requests/:iid/reviewers": { status: 200, body: "[@reviewer]" },
  "GET /pipelines": { status: 200, body: "[@pipeline]" },
  "GET /repository/commits/:sha": { status: 200, body: "@commit" },
  "GET /repository/commits/:sha/statuses": { status: 200, body: "[@status]" }, // The description says 200; 201 is what other things that are made answer with. Both are taken.
  "POST /statuses/:sha": { status: [201, 200], body: "@status" },
  // Of the log the description says that it is a job; it is text.
  "GET /jobs/:job_id/trace": { status: 200, body: undefined },
  "POST /jobs/:job_id/retry": { status: 201, body: "@job" },
  "DELETE /repository/branches/:branch": { status: 204, body: undefined },
};

/** What may be asked with: names in the address and in the body. Only what we send stands here; anything else is to be looked up first. */
export interface Ask { readonly query?: Entity; readonly body?: Entity }
const pages: Entity = { "page?": "integer", "per_page?": "integer" };
const sorting: Entity = { ...pages, "sort?": "asc desc" };

export const asks: Readonly<Record<string, Ask>> = {
  "GET /members/all": { query: { ...pages, "query?": "string" } },
  "GET /merge_requests": {
    query: {
      ...sorting,
      "state?": "opened closed locked merged all",
      "order_by?": "created_at label_priority milestone_due popularity priority title updated_at merged_at",
      "source_branch?": "string",
    },
  },
  "POST /merge_requests": { body: { source_branch: "string", target_branch: "string", title: "string", "description?": "string" } },
  "PUT /merge_requests/:iid": { body: { "title?": "string", "description?": "string", "state_event?": "close reopen" } },
  "PUT /merge_requests/:iid/merge": { body: { "sha?": "string", "squash?": "boolean", "squash_commit_message?": "string", "should_remove_source_branch?": "boolean" } },
  "GET /merge_requests/:iid/discussions": { query: pages },
  "POST /merge_requests/:iid/discussions": { body: { body: "string", "position?": "@newPosition" } },
  "POST /merge_requests/:iid/discussions/:discussion_id/notes": { body: { body: "string" } },
  "GET /pipelines": { query: { ...sorting, "order_by?": "id status ref updated_at user_id" } }, "GET /repository/commits/:sha/statuses": { query: pages },
  "POST /statuses/:sha": { body: { state: "pending running success failed canceled skipped", "name?": "string", "description?": "string" } },
};

const typeOf = (value: unknown): string => (value === null ? "null" : Array.isArray(value) ? "array" : Number.isInteger(value) ? "integer" : typeof value);
const plainTypes = ["string", "integer", "number", "boolean", "object", "array"];

/** Where a value is not what is written above. Names that are not written there count, too. */
export function faultsOf(form: string, value: unknown, at: string): readonly string[] {
  if (form.endsWith("|null")) return value === null ? [] : faultsOf(form.slice(0, -"|null".length), value, at);
  if (form.startsWith("["))
    return Array.isArray(value)
      ? value.flatMap((item, index) => faultsOf(form.slice(1, -1), item, `${at}[${index}]`))
      : [`${at}: ${typeOf(value)}, expected a list`];
  if (form === "any") return [];
  if (form === "date") return typeof value === "string" && !Number.isNaN(Date.parse(value)) ? [] : [`${at}: ${JSON.stringify(value)}, expected a date`];
  if (plainTypes.includes(form)) return typeOf(value) === form || (form === "number" && typeof value === "number") ? [] : [`${at}: ${typeOf(value)}, expected ${form}`];
  if (!form.startsWith("@")) return typeof value === "string" && form.split(" ").includes(value) ? [] : [`${at}: ${JSON.stringify(value)}, expected one of ${form}`];
  const entity = entities[form.slice(1)];
  return entity === undefined ? [`${at}: no entity "${form}"`] : fieldFaultsOf(entity, value, at);
}

function fieldFaultsOf(entity: Entity, value: unknown, at: string): readonly string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [`${at}: ${typeOf(value)}, expected an object`];
  const fields = new Map(Object.entries(value));
  const known = Object.entries(entity).map(([name, of]) => ({ name: name.replace(/\?$/, ""), of, mayMiss: name.endsWith("?") }));
  return [
    ...known.flatMap(({ name, of, mayMiss }) => (fields.has(name) ? faultsOf(of, fields.get(name), `${at}.${name}`) : mayMiss ? [] : [`${at}.${name}: missing`])),
    ...[...fields.keys()].filter((name) => !known.some((one) => one.name === name)).map((name) => `${at}.${name}: GitLab gives no such field`),
  ];
}

/** What GitLab does not describe of a request; `path` begins below the project. */
export function askFaultsOf(method: string, path: string, query: URLSearchParams, body: Readonly<Record<string, unknown>>): readonly string[] {
  const route = Object.keys(answers).find((one) => new RegExp(`^${one.replaceAll(/:\w+/g, "[^/]+")}$`).test(`${method} ${path}`));
  if (route === undefined) return [`${method} ${path}: no such route`];
  const ask = asks[route] ?? {};
  const said = Object.fromEntries([...query].map(([name, value]) => [name, /^\d+$/.test(value) && /^(page|per_page)$/.test(name) ? Number(value) : value]));
  return [...fieldFaultsOf(ask.query ?? {}, said, `${route} ?`), ...fieldFaultsOf(ask.body ?? {}, body, route)];
}
