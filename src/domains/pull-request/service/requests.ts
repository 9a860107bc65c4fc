// Pull requests as requests for review in notes: identity, markers, state. Pure.
import { fingerprint } from "../../../base/hash.ts";
import type { PullRequest } from "../types.ts";
import { isoOf, parseNoteLines, plain, RequestNote } from "./notes.ts";

const safe = (taskId: string): string => taskId.replaceAll(/[^\w.-]/g, "_");

/** A hidden line by which a restarted task finds its own effect again. */
export function markerOf(taskId: string, effect: string): string {
  return `<!-- inspan:${safe(taskId)}:${effect} -->`;
}

const markerPattern = /\n*<!-- inspan:([\w.-]+):([\w.:/-]+) -->/g;

export function withoutMarkers(text: string): string {
  return text.replaceAll(markerPattern, "").trimEnd();
}

/** Eight hexadecimal digits. */
export function pullRequestIdOf(branch: string, taskId: string): string {
  return fingerprint(`${branch}\0${safe(taskId)}`).slice(0, 8);
}

/** One pull request as its notes tell it; where branch and base stand now is added by whoever has looked. */
export interface StoredRequest {
  readonly id: string;
  readonly taskId: string | undefined;
  readonly anchorCommit: string;
  readonly branch: string;
  /** "" where it was closed: git-appraise's way of abandoning. */
  readonly baseBranch: string;
  readonly openedAt: string;
  readonly current: RequestNote;
}

const branchOf = (ref: string | undefined): string => (ref ?? "").replace(/^refs\/heads\//, "");

/** All requests, newest first. Several lines of one request are its versions: the last by time counts. */
export function readRequests(notes: ReadonlyMap<string, string>): readonly StoredRequest[] {
  const byKey = new Map<string, StoredRequest>();
  for (const [anchorCommit, text] of notes) {
    const lines = [...parseNoteLines(text, RequestNote)].sort((a, b) => Number(a.note.timestamp) - Number(b.note.timestamp));
    for (const { note } of lines) {
      const branch = branchOf(note.reviewRef);
      const taskId = [...(note.description ?? "").matchAll(markerPattern)].find((match) => match[2] === "pull-request")?.[1];
      const id = taskId === undefined ? anchorCommit.slice(0, 8) : pullRequestIdOf(branch, taskId);
      const earlier = byKey.get(id);
      byKey.set(id, { id, taskId, anchorCommit, branch, baseBranch: branchOf(note.targetRef), openedAt: earlier?.openedAt ?? isoOf(note.timestamp), current: note });
    }
  }
  return [...byKey.values()].sort((a, b) => (a.openedAt < b.openedAt ? 1 : a.openedAt > b.openedAt ? -1 : a.id < b.id ? -1 : 1));
}

/** What the base's history says was merged: task (or request) and head to squash commit. */
export interface MergedCommit { readonly commit: string; readonly task: string; readonly headCommit: string | undefined }

/** Reads `git log -z --format=%H%x1f%(trailers:…Inspan-Task…)%x1f%(trailers:…Inspan-Head…)`. */
export function parseMergedLog(text: string): readonly MergedCommit[] {
  return text.split("\0").flatMap((record) => {
    const [commit = "", task = "", head = ""] = record.split("\x1f").map((field) => field.trim());
    return commit === "" || task === "" ? [] : [{ commit, task, headCommit: head === "" ? undefined : head }];
  });
}

/** The value of the squash commit's Inspan-Task trailer. */
export function trailerTaskOf(request: { readonly id: string; readonly taskId?: string | undefined }): string {
  return request.taskId ?? `pr-${request.id}`;
}

export function toPullRequest(options: {
  readonly stored: StoredRequest; readonly repository: string; readonly remoteUrl: string; readonly remoteHead: string | undefined;
  readonly merged: MergedCommit | undefined; readonly defaultBase: string;
}): PullRequest {
  const { stored, merged, remoteHead } = options;
  const [title = "", ...rest] = plain(withoutMarkers(stored.current.description ?? "")).split("\n");
  return {
    id: stored.id, repository: options.repository, branch: plain(stored.branch),
    baseBranch: stored.baseBranch === "" ? options.defaultBase : stored.baseBranch,
    baseCommit: stored.current.baseCommit ?? "",
    headCommit: merged?.headCommit ?? remoteHead ?? "",
    title, body: rest.join("\n").trim(),
    state: merged ? "merged" : stored.baseBranch === "" ? "closed" : "open",
    ...(merged ? { mergeCommit: merged.commit } : {}),
    url: `${options.remoteUrl.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, "$1")}#${stored.branch}`,
    ...(stored.taskId === undefined ? {} : { taskId: stored.taskId }),
    anchorCommit: stored.anchorCommit, openedAt: stored.openedAt,
  };
}
