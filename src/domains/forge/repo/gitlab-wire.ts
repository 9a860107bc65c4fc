// GitLab's answers, as far as we read them (REST, version 4), and how they become our nouns. Pure forms; nothing is asked here.
import { z } from "zod";
import type { ForgeCheck, ForgeComment, ForgePerson, ForgePull } from "../types.ts";

const text = z.string().nullish().transform((value) => value ?? "");
const time = z.string().nullish().transform((value) => value ?? undefined);

export const LabUser = z.object({ id: z.number(), username: z.string(), bot: z.boolean().nullish() });
export type LabUser = z.infer<typeof LabUser>;
export const LabRequest = z.object({
  iid: z.number(),
  title: z.string(),
  description: text,
  state: z.enum(["opened", "closed", "merged", "locked"]),
  source_branch: z.string(),
  target_branch: z.string(),
  sha: text,
  merge_commit_sha: z.string().nullish(),
  squash_commit_sha: z.string().nullish(),
  web_url: z.string(),
  author: LabUser,
  created_at: z.string(),
  updated_at: z.string(),
  merged_at: time,
  has_conflicts: z.boolean().nullish(),
  detailed_merge_status: z.string().nullish(),
  diff_refs: z.object({ base_sha: z.string(), start_sha: z.string(), head_sha: z.string() }).nullish(),
  // Of comments by people; system notes are not counted.
  user_notes_count: z.number().nullish(), reviewers: z.array(z.object({ id: z.number() })).nullish(), head_pipeline: z.object({ sha: z.string(), ref: z.string() }).nullish(),
});
export type LabRequest = z.infer<typeof LabRequest>;
export const LabNote = z.object({
  id: z.number(), body: text, author: LabUser, created_at: z.string(), system: z.boolean(), resolved: z.boolean().nullish(),
  position: z.object({ new_path: z.string().nullish(), new_line: z.number().nullish(), head_sha: z.string().nullish() }).nullish(),
});
export const LabDiscussion = z.object({ id: z.string(), notes: z.array(LabNote) });
export type LabDiscussion = z.infer<typeof LabDiscussion>;
export const LabReviewer = z.object({ user: LabUser, state: z.string(), created_at: z.string() });
export type LabReviewer = z.infer<typeof LabReviewer>;
export const LabPipeline = z.object({ id: z.number(), sha: z.string(), ref: text, status: z.string(), updated_at: z.string() });
export const LabStatus = z.object({
  id: z.number(),
  name: z.string(),
  status: z.string(),
  sha: z.string(),
  description: text,
  target_url: text,
  started_at: time,
  finished_at: time,
  allow_failure: z.boolean().nullish(),
});

export function personOf(user: LabUser): ForgePerson {
  return { login: user.username, isBot: user.bot === true || /^(project|group)_\d+_bot/.test(user.username) };
}

export function pullOf(request: LabRequest): ForgePull {
  const commit = request.merge_commit_sha ?? request.squash_commit_sha ?? request.sha;
  return {
    number: request.iid,
    title: request.title,
    body: request.description,
    state: request.state === "merged" ? "merged" : request.state === "closed" ? "closed" : "open",
    branch: request.source_branch,
    headCommit: request.sha,
    baseBranch: request.target_branch,
    ...(request.state === "merged" ? { mergeCommit: commit } : {}),
    mergeable: request.has_conflicts === true ? "no" : request.detailed_merge_status === "mergeable" ? "yes" : "unknown",
    url: request.web_url,
    author: personOf(request.author),
    createdAt: request.created_at,
    updatedAt: request.updated_at,
    ...(request.merged_at === undefined ? {} : { mergedAt: request.merged_at }),
  };
}

/** A discussion's first note bears the discussion's id: that is what an answer names. What GitLab itself notes is nobody's word. */
export function commentsOf(request: LabRequest, discussions: readonly LabDiscussion[], reviewers: readonly LabReviewer[], trusted: ReadonlySet<string>): readonly ForgeComment[] {
  const said = discussions.flatMap(({ id, notes }) => notes.filter(({ system }) => !system).map((note, index): ForgeComment => {
    const isInline = note.position?.new_path !== undefined && note.position.new_path !== null;
    return {
      id: index === 0 ? `disc:${id}` : `note:${note.id}`,
      threadId: `disc:${id}`,
      channel: isInline ? "inline" : "top-level",
      author: personOf(note.author),
      isTrusted: trusted.has(note.author.username),
      body: note.body,
      ...(isInline ? { file: note.position?.new_path ?? "" } : {}),
      ...(note.position?.new_line ? { line: note.position.new_line } : {}),
      ...(note.position?.head_sha ? { commit: note.position.head_sha } : {}),
      ...(note.resolved === true ? { isThreadResolved: true } : {}), createdAt: note.created_at, url: `${request.web_url}#note_${note.id}`,
    };
  }));
  const verdicts = reviewers.flatMap(({ user, state, created_at: createdAt }): ForgeComment[] => {
    const verdict = state === "approved" ? "approved" as const : state === "requested_changes" ? "changes-requested" as const : undefined;
    return verdict === undefined
      ? []
      : [
          {
            id: `reviewer:${user.id}:${verdict}`,
            threadId: `reviewer:${user.id}`,
            channel: "review",
            author: personOf(user),
            isTrusted: trusted.has(user.username),
            body: "",
            verdict,
            createdAt,
            url: request.web_url,
          },
        ];
  });
  return [...said, ...verdicts];
}

export function checkOf(status: z.infer<typeof LabStatus>): ForgeCheck {
  const states: Readonly<Record<string, ForgeCheck["status"]>> = {
    success: "passed",
    failed: status.allow_failure === true ? "neutral" : "failed",
    canceled: "cancelled",
    skipped: "neutral",
    manual: "neutral",
  };
  const waits = ["created", "pending", "running", "waiting_for_resource", "waiting_for_callback", "preparing", "scheduled", "canceling"];
  return {
    id: `job:${status.id}`,
    name: status.name,
    commit: status.sha,
    status: states[status.status] ?? (waits.includes(status.status) ? "pending" : "failed"),
    summary: status.description,
    url: status.target_url,
    // A job has a page of its own; a status of another program has none that could be run again.
    canRerun: /\/-\/jobs\/\d+/.test(status.target_url),
    ...(status.started_at === undefined ? {} : { startedAt: status.started_at }),
    ...(status.finished_at === undefined ? {} : { completedAt: status.finished_at }),
  };
}
