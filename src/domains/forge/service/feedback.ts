// Which words of people and bots on a pull request wait for an answer. Pure.
import { parseForgeCommand } from "./commands.ts";
import type { ForgeComment } from "../types.ts";

const marker = /<!-- inspan:[\w.-]+:[\w.:/-]+ -->/;

/** One open matter: a thread, a comment or a review, with everything said in it since we last answered. */
export interface OpenFeedback {
  /** Stable: the thread's first comment, or the comment itself. */
  readonly id: string;
  readonly channel: ForgeComment["channel"];
  readonly author: ForgeComment["author"];
  readonly isTrusted: boolean;
  readonly isChangeRequest: boolean;
  readonly text: string;
  readonly file: string | undefined;
  readonly line: number | undefined;
  readonly url: string;
  /** The newest comment that it holds: an answer names it. */
  readonly latestId: string;
}

// More than this on one pull request is a flood; the oldest are answered first, the rest in the next round.
const openMax = 100;

/** True for what Inspan itself wrote, by account and hidden line alike: a person may use the same account. */
export function isOurs(comment: ForgeComment, account: string): boolean {
  return comment.author.login === account && marker.test(comment.body);
}

/** The marker that an answer to a comment carries. */
export function answerEffect(commentId: string): string {
  return `answer:${commentId.replaceAll(/[^\w.:-]/g, "_")}`;
}

/** What is unanswered, oldest first. A thread is one matter: it is open while its last word is not ours and nobody resolved it. */
export function findOpenFeedback(comments: readonly ForgeComment[], account: string): readonly OpenFeedback[] {
  const answered = new Set(
    comments
      .filter((comment) => isOurs(comment, account))
      .flatMap(({ body }) => [...body.matchAll(/<!-- inspan:[\w.-]+:answer:([\w.:-]+) -->/g)].map((match) => match[1] ?? "")),
  );
  const threads = new Map<string, ForgeComment[]>();
  for (const comment of [...comments].sort((a, b) => (a.createdAt < b.createdAt ? -1 : a.createdAt > b.createdAt ? 1 : a.id < b.id ? -1 : 1))) {
    const thread = threads.get(comment.threadId);
    if (thread) thread.push(comment); else threads.set(comment.threadId, [comment]);
  }
  const open: OpenFeedback[] = [];
  for (const [id, thread] of threads) {
    const lastOwn = thread.findLastIndex((comment) => isOurs(comment, account));
    // What is said to the harness itself is no matter for the author.
    const said = thread.slice(lastOwn + 1).filter(({ id: own, body }) => !answered.has(own.replaceAll(/[^\w.:-]/g, "_")) && parseForgeCommand(body) === undefined);
    const [first] = said;
    const latest = said.at(-1);
    if (first === undefined || latest === undefined || thread.some(({ isThreadResolved }) => isThreadResolved === true)) continue;
    // An approval or an empty review says nothing that waits for an answer.
    const words = said.map(({ body }) => body.trim()).filter((body) => body !== "").join("\n\n");
    const isChangeRequest = said.some(({ verdict }) => verdict === "changes-requested");
    if (words === "" && !isChangeRequest) continue;
    if (said.every(({ verdict }) => verdict === "approved" || verdict === "dismissed")) continue;
    open.push({
      id,
      channel: first.channel,
      author: first.author,
      isTrusted: said.some(({ isTrusted }) => isTrusted),
      isChangeRequest,
      text: words,
      file: first.file ?? thread[0]?.file,
      line: first.line ?? thread[0]?.line,
      url: latest.url,
      latestId: latest.id,
    });
  }
  return open.slice(0, openMax);
}

/** People whose last review of any head asks for changes; an approval or a dismissal after it ends that. Bots ask nothing of a merge. */
export function changeRequesters(comments: readonly ForgeComment[]): readonly string[] {
  const last = new Map<string, ForgeComment>();
  for (const comment of [...comments].sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1))) {
    if (comment.verdict !== undefined && comment.verdict !== "commented" && !comment.author.isBot && comment.isTrusted) last.set(comment.author.login, comment);
  }
  return [...last.values()].filter(({ verdict }) => verdict === "changes-requested").map(({ author }) => author.login).sort();
}
