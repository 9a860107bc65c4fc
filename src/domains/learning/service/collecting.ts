// What git and transcripts say about an agent's work after the fact, as signals. Pure.
import { fingerprint } from "../../../base/hash.ts";
import { boundText } from "../../../base/text.ts";
import { fromSaid, onceOfCheck, type Signal } from "../../feedback/index.ts";
import type { Hunk } from "../types.ts";

export interface Collected { readonly signal: Signal; readonly once: string }

const hunkCharsMax = 1_500;
const outputCharsMax = 1_000;
/** The same command that failed so often in one task was tried in vain. */
const failuresMin = 2;

export interface Change { readonly commit: string; readonly subject: string; readonly body: string; readonly author: string }

export const taskOf = ({ body }: Pick<Change, "body">): string | undefined => /^Inspan-Task: (\S{1,100})$/m.exec(body)?.[1];

/** Neither the harness nor a program: what a person did by hand. */
export const isByPerson = (change: Change): boolean =>
  taskOf(change) === undefined &&
  !/\[bot\]|noreply@github\.com>$|inspan@localhost/i.test(change.author.replace(/\d+\+\w+@users\.noreply/, "")) &&
  !/^Revert "/.test(change.subject);

export function revertOf(change: Change, subjectOf: (commit: string) => Change | undefined): Collected | undefined {
  const named = /\bThis reverts commit ([0-9a-f]{7,40})/i.exec(change.body)?.[1];
  const title = /^Revert "(.{1,200})"/.exec(change.subject)?.[1];
  if (named === undefined && title === undefined) return undefined;
  const reverted = named === undefined ? undefined : subjectOf(named);
  const task = reverted === undefined ? undefined : taskOf(reverted);
  const what = reverted?.subject ?? title ?? named ?? "";
  return {
    once: `revert:${change.commit}`,
    signal: {
      kind: "revert",
      title: `Reverted: ${what}`,
      text: boundText(change.body.replace(/^This reverts commit.*$/im, "").trim() || `"${what}" was taken back.`, hunkCharsMax),
      link: `commit ${change.commit.slice(0, 12)}`,
      cause: `revert:${named?.slice(0, 12) ?? fingerprint(what)}`,
      ...(task === undefined ? {} : { taskId: task }),
      commit: named ?? change.commit,
    },
  };
}

/** A person changed lines that an agent had written. `parent` is the commit that still has them. */
export function correctionOf(change: Change, at: { readonly file: string; readonly hunk: Hunk; readonly task: string; readonly parent: string }): Collected {
  const { file, hunk, task, parent } = at;
  const shown = [...hunk.removed.map((line) => `- ${line}`), ...hunk.added.map((line) => `+ ${line}`)].join("\n");
  return {
    once: `correction:${change.commit}:${file}:${hunk.oldFrom}`,
    signal: {
      kind: "correction",
      title: change.subject,
      text: boundText(shown, hunkCharsMax),
      link: `${file}:${hunk.oldFrom}`,
      cause: `correction:${change.commit.slice(0, 12)}`,
      taskId: task,
      commit: parent,
    },
  };
}

export interface SaidComment {
  readonly id: string;
  readonly channel: string;
  readonly author: { readonly login: string };
  readonly isTrusted: boolean;
  readonly body: string;
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  readonly commit?: string | undefined;
  readonly verdict?: string | undefined;
  readonly url: string;
}

/** One comment is one signal, answered or not; an approval praises and teaches nothing. */
export function wordsOf(comment: SaidComment, taskId: string | undefined): readonly Collected[] {
  const { id, channel, author, isTrusted, body, file, line, commit, verdict, url } = comment;
  if (verdict === "approved" || verdict === "dismissed") return [];
  const link = file === undefined ? url : `${file}${line === undefined ? "" : `:${line}`} ${url}`;
  const said = fromSaid({ source: "forge", once: id, address: url, who: `@${author.login}`, text: body, link, mayTeach: isTrusted, commit });
  if (said === undefined) return [];
  const kind = said.signal.kind === "lesson" ? "lesson" as const : channel === "top-level" ? "comment" as const : "review-comment" as const;
  return [{ once: said.once, signal: { ...said.signal, kind, ...(taskId === undefined ? {} : { taskId }) } }];
}

export interface FailedCheck { readonly id: string; readonly name: string; readonly commit: string; readonly summary: string; readonly url: string }

export function failedCheckOf({ id, name, commit, url }: FailedCheck, log: string): Collected {
  return { once: onceOfCheck(id), signal: { kind: "failed-check", title: `${name}: failed`, text: boundText(log, hunkCharsMax), link: url, cause: `check:${name}`, commit } };
}

export interface JournalLine { readonly data: Readonly<Record<string, unknown>> }

/** Commands that an agent tried again and again, from the lines of its session. */
export function failedCommandsOf(taskId: string, lines: readonly JournalLine[]): readonly Collected[] {
  const titles = new Map<string, string>();
  const failed = new Map<string, { title: string; output: string; count: number }>();
  for (const { data } of lines) {
    const callId = String(data["callId"] ?? "");
    if (data["event"] === "tool-started") titles.set(callId, String(data["title"] ?? data["tool"] ?? ""));
    if (data["event"] !== "tool-finished" || data["isError"] !== true) continue;
    const title = (titles.get(callId) ?? String(data["tool"] ?? "")).replaceAll(/\s+/g, " ").trim().slice(0, 160);
    const known = failed.get(title) ?? { title, output: "", count: 0 };
    failed.set(title, { title, output: String(data["output"] ?? ""), count: known.count + 1 });
  }
  return [...failed.values()].filter(({ count, title }) => count >= failuresMin && title !== "").map(({ title, output, count }): Collected => ({
    once: `${taskId}:command:${fingerprint(title)}`,
    signal: {
      kind: "failed-command",
      title: `${title}: failed ${count} times`,
      text: boundText(output, outputCharsMax),
      link: `task ${taskId}`,
      cause: `command:${title.replaceAll(/\d+/g, "N").toLowerCase()}`,
      taskId,
    },
  }));
}
