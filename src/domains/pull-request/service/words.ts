// What stands in the conversation of a pull request, on a forge or in notes, in one form; and what of it answers a question of ours. Pure.
import { isOurs, parseForgeCommand, parseQuotedReply, parseThreadReply, type ForgeCommand, type ForgeComment } from "../../forge/index.ts";
import type { ReviewThread } from "../types.ts";
import { withoutMarkers } from "./requests.ts";

export interface Word {
  /** Unique in its pull request. */
  readonly id: string;
  readonly author: string;
  readonly isOurs: boolean;
  readonly isBot: boolean;
  /** With our hidden lines. */
  readonly body: string;
  /** ISO 8601, by the clock of where it stands. */
  readonly at: string;
  readonly threadId: string;
}

export function wordsOfForge(comments: readonly ForgeComment[], account: string): readonly Word[] {
  return comments.map((comment) => ({
    id: comment.id,
    author: comment.author.login,
    isOurs: isOurs(comment, account),
    isBot: comment.author.isBot,
    body: comment.body,
    at: comment.createdAt,
    threadId: comment.threadId,
  }));
}

/** Notes carry no account: whoever may push them may answer, and what begins with "inspan/" is ours. `raw` texts keep our hidden lines. */
export function wordsOfThreads(threads: readonly ReviewThread[], root?: string): readonly Word[] {
  return threads.flatMap((thread) => [
    { id: thread.hash, author: thread.author, isOurs: thread.author.startsWith("inspan/"), isBot: false, body: thread.text, at: thread.at, threadId: root ?? thread.hash },
    ...wordsOfThreads(thread.replies, root ?? thread.hash),
  ]);
}

export interface FoundAnswer { readonly word: Word; readonly command: ForgeCommand }

/**
 * What people have said to a question since it was asked, oldest first: commands, replies in its thread, replies that quote it. Who may decide is the caller's to ask.
 * `heard` are ids that were taken before. Empty where the question does not stand there.
 */
export function findAnswers(words: readonly Word[], question: string, heard: readonly string[]): readonly FoundAnswer[] {
  const ordered = [...words].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  const asked = ordered.find((word) => word.isOurs && word.body.includes(question));
  if (asked === undefined) return [];
  return ordered.flatMap((word): readonly FoundAnswer[] => {
    if (word.isOurs || word.isBot || word.at < asked.at || heard.includes(word.id)) return [];
    const command =
      parseForgeCommand(word.body) ??
      (word.threadId === asked.threadId && asked.threadId !== "" ? parseThreadReply(word.body) : undefined) ??
      parseQuotedReply(word.body, withoutMarkers(asked.body));
    return command === undefined ? [] : [{ word, command }];
  });
}
