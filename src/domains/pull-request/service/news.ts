// What came to an open pull request after its task had ended: words that wait for an answer, checks that fail, a base that conflicts. Pure.
import { decideChecks, findOpenFeedback, type ForgeConfig, type PullSnapshot } from "../../forge/index.ts";
import type { PullRequest } from "../types.ts";

export interface PullNews {
  readonly kind: "news";
  /** Names exactly this news: the same again is no reason to begin again. */
  readonly key: string;
  /** For people, a sentence each. */
  readonly reasons: readonly string[];
}

/** Somebody merged or closed it. */
export interface PullEnd { readonly kind: "ended"; readonly pullRequest: PullRequest }

export interface NewsOptions {
  readonly account: string;
  /** What the task pushed last; where the branch stands elsewhere, somebody else works on it. */
  readonly pushedCommit: string | undefined;
  readonly config: Pick<ForgeConfig, "checks" | "flakes">;
  /** ISO date. */
  readonly today: string;
  readonly reruns: ReadonlyMap<string, number>;
}

/** Undefined where nothing is to be done. Words of people who may not push wake nobody: whoever comes by could spend a team's money. They are answered with the others. */
export function findNews({ pull, comments, checks }: PullSnapshot, { account, pushedCommit, config, today, reruns }: NewsOptions): PullNews | undefined {
  if (pull.state !== "open" || pull.headCommit !== pushedCommit) return undefined;
  const asked = findOpenFeedback(comments, account).filter(({ isTrusted, author }) => isTrusted && !author.isBot);
  const decision = decideChecks({ checks, head: pull.headCommit, config, today, isTimeOver: false, reruns });
  const failed = decision.kind === "failed" || decision.kind === "rerun" ? decision.checks.map(({ name }) => name).sort() : [];
  const reasons = [
    ...asked.map(({ author, isChangeRequest }) => `@${author.login} ${isChangeRequest ? "asks for changes" : "has said something"}`),
    ...failed.map((name) => `${name} fails`),
    ...(pull.mergeable === "no" ? ["the base conflicts"] : []),
  ];
  if (reasons.length === 0) return undefined;
  return {
    kind: "news",
    key: [
      ...asked.map(({ latestId }) => latestId),
      ...failed.map((name) => `${name}@${pull.headCommit}`),
      ...(pull.mergeable === "no" ? [`conflict@${pull.headCommit}`] : []),
    ].join(" "),
    reasons,
  };
}
