// Pull requests of one repository on a forge, in the same form as those in git notes: what later domains hold does not know the difference.
import { mapBounded, throwIfAborted } from "../../../base/async.ts";
import { InspanError } from "../../../base/errors.ts";
import { fingerprint } from "../../../base/hash.ts";
import { decideChecks, findOpenFeedback, isOurs, type ForgeCheck, type ForgeComment } from "../../forge/index.ts";
import { ensureComment, ensureMerged, ensurePull, wholeSnapshot, type OpenedForge } from "../../forge/runtime/index.ts";
import type { Providers } from "../../../providers/index.ts";
import type { Repository } from "../../worktree/index.ts";
import { readRemoteRefs } from "../repo/remote.ts";
import { commentsOfRound, pullRequestOfForge } from "../service/forge-feedback.ts";
import type { BaseChecks } from "../service/base-watch.ts";
import { renderSquashMessage } from "../service/message.ts";
import { findNews, type PullEnd, type PullNews } from "../service/news.ts";
import { markerOf, trailerTaskOf, withoutMarkers } from "../service/requests.ts";
import { wordsOfForge } from "../service/words.ts";
import type { CheckResult, MergeResult, PullRequest, PullRequestDetails, ReviewThread } from "../types.ts";
import { runChecks } from "./checks.ts";
import { evidenceWays } from "./evidence-ways.ts";
import { saidWays } from "./said-ways.ts";
import { fetchBase, portOf, pushBranch } from "./requests.ts";
import type { PullRequests } from "./pull-requests.ts";
import { sweepForge } from "./sweep.ts";

// Requests beside each other; forges slow down whoever asks more at once.
const readsAtOnceMax = 4;

interface Parts { readonly providers: Providers; readonly repository: Repository; readonly signal: AbortSignal | undefined; readonly opened: OpenedForge }

// A request each; more than these are told in the next look.
const endedMax = 20;

const numberOf = (id: string): number => {
  const number = Number(id);
  if (Number.isInteger(number) && number > 0) return number;
  throw new InspanError("PULL_REQUEST_MISSING", `Cannot find the pull request "${id}": on a forge it has a number.`, { kind: "usage", remedy: "inspan pr list" });
};

function threadOf(comment: ForgeComment, replies: readonly ForgeComment[]): ReviewThread {
  return {
    isTrusted: comment.isTrusted, hash: comment.id, author: comment.author.login, at: comment.createdAt, commit: comment.commit, file: comment.file, line: comment.line, text: withoutMarkers(comment.body),
    isResolved: comment.isThreadResolved ?? (comment.verdict === "approved" ? true : comment.verdict === "changes-requested" ? false : undefined), replies: replies.map((reply) => threadOf(reply, [])),
  };
}

function checkOf(check: ForgeCheck): CheckResult[] {
  const status = check.status === "neutral" ? "passed" : check.status;
  return status === "pending" ? [] : [{ name: check.name.replace(/^inspan\//, ""), status, exitCode: null, durationMs: 0, log: check.summary, commit: check.commit, baseCommit: "" }];
}

async function mergeOnForge({ providers, repository, opened, signal }: Parts, options: Parameters<PullRequests["mergeSquash"]>[0]): Promise<MergeResult> {
  const { pullRequest, expectedHead, expectedBase } = options;
  const number = numberOf(pullRequest.id);
  const base = `refs/heads/${pullRequest.baseBranch}`;
  throwIfAborted(signal);
  const baseNow = (await readRemoteRefs(portOf({ providers, repository, signal }), [base])).get(base);
  const known = await opened.forge.readPull(number);
  if (known?.state === "open" && baseNow !== undefined && baseNow !== expectedBase) return { kind: "base-moved", baseCommit: baseNow };
  const message = providers.secrets.redact(renderSquashMessage({ title: options.title, body: options.body, task: trailerTaskOf(pullRequest), headCommit: expectedHead }));
  const [title = "", ...rest] = message.split("\n");
  const landed = await ensureMerged(opened.forge, providers.clock, { number, expectedHead, title: `${title} (#${number})`, message: rest.join("\n").trim() });
  switch (landed.kind) {
    case "merged": {
      await opened.forge.deleteBranch(pullRequest.branch).catch((error: unknown) => providers.log.warn("pull-request.not-tidied", { branch: pullRequest.branch, error: String(error) })); // the merge stands
      await fetchBase({ providers, repository, signal }, pullRequest.baseBranch);
      return landed;
    }
    case "head-moved": return { kind: "head-moved", headCommit: landed.headCommit };
    case "conflict": return { kind: "conflict", paths: [] };
    case "closed": throw new InspanError("PULL_REQUEST_CLOSED", `Cannot merge pull request ${number}: a person closed it.`, { kind: "held", remedy: "open it again and resume, or cancel the task" });
    case "refused": throw new InspanError("MERGE_REFUSED", `Cannot merge pull request ${number}: ${landed.reason}`, { remedy: "give what the forge asks for (an approval, a check), then resume" });
  }
}

/** What a forge says of commits of the base: known flakes are run again once, and in their quarantine decide nothing. */
async function readBaseChecks({ forge, config, store }: OpenedForge, clock: Providers["clock"], commits: readonly string[]): Promise<ReadonlyMap<string, BaseChecks>> {
  const found = await forge.readChecks(commits);
  const told = new Map<string, BaseChecks>();
  for (const commit of commits) {
    const checks = (found.get(commit) ?? []).filter(({ name }) => !name.startsWith("inspan/"));
    const decision = decideChecks({ checks, head: commit, config: { ...config, checks: [] }, today: clock.nowIso().slice(0, 10), isTimeOver: false, reruns: store.reruns(commit) });
    if (decision.kind === "rerun") for (const check of decision.checks) if (store.noteRerun(commit, check.name, clock.nowMs())) await forge.rerunCheck(check);
    if (checks.length === 0) told.set(commit, { kind: "unknown" });
    else if (decision.kind === "failed") told.set(commit, { kind: "red", failed: decision.checks.map(({ name, summary, url }) => ({ name, log: [summary, url].filter((part) => part !== "").join("\n") })) });
    else told.set(commit, decision.kind === "passed" ? { kind: "green" } : { kind: "pending" });
  }
  return told;
}

/** From the common picture; one that it had to cut is read alone. */
async function readNews({ providers: { clock }, repository, opened, signal }: Parts, account: string, pullRequests: Parameters<PullRequests["findNews"]>[0]): ReturnType<PullRequests["findNews"]> {
  const pushed = new Map(pullRequests.map(({ id, pushedCommit }) => [id, pushedCommit]));
  const found = new Map<string, PullNews | PullEnd>();
  for (const snapshot of await opened.lookAtAll(signal ?? AbortSignal.timeout(60_000))) {
    const { number, headCommit } = snapshot.pull;
    const pushedCommit = pushed.get(String(number));
    if (!pushed.delete(String(number))) continue;
    const news = findNews(await wholeSnapshot(opened.forge, snapshot), { account, pushedCommit, config: opened.config, today: clock.nowIso().slice(0, 10), reruns: opened.store.reruns(headCommit) });
    if (news) found.set(String(number), news);
  }
  // What is not open any more is asked for once: its task remembers the answer.
  for (const id of [...pushed.keys()].slice(0, endedMax)) {
    const pull = await opened.forge.readPull(numberOf(id));
    if (pull && pull.state !== "open") found.set(id, { kind: "ended", pullRequest: pullRequestOfForge(pull, { repository: repository.name }) });
  }
  return found;
}

/** The same operations as createPullRequests(), on a forge. Each looks first, so that a call may be repeated after a crash. */
export function createForgePullRequests(parts: Parts): PullRequests {
  const { providers, repository, signal, opened } = parts;
  const { forge } = opened;
  const { clock, secrets } = providers;
  const more = { repository: repository.name };
  let account: Promise<string> | undefined;
  const readAccount = (): Promise<string> => (account ??= forge.readAccount().then(({ login }) => login));
  const redacted = (text: string): string => secrets.redact(text);
  // A hidden line of ours says what was answered: none may come from what a model or a stranger wrote.
  const own = (text: string): string => withoutMarkers(redacted(text));

  const postAll = async (number: number, comments: ReturnType<typeof commentsOfRound>): Promise<void> => {
    const login = await readAccount();
    const { comments: known } = await forge.readSnapshot(number);
    const ids = new Map<string, string>();
    for (const { threadOf: root, body, ...comment } of comments) {
      throwIfAborted(signal);
      const thread = comment.thread ?? (root === undefined ? undefined : ids.get(root) ?? known.find((one) => isOurs(one, login) && one.body.includes(root))?.threadId);
      const { id, wasThere } = await ensureComment(forge, clock, { number, account: login, known, comment: { ...comment, body: own(body), ...(thread === undefined ? {} : { thread }) } });
      ids.set(comment.marker, id);
      if (!wasThere) opened.store.expirePicture();
    }
  };

  return {
    pushBranch: (options) => pushBranch({ providers, repository, signal }, options),
    openPullRequest: async (options) => {
      const pull = await ensurePull(forge, clock, { branch: options.branch, baseBranch: options.baseBranch, title: redacted(options.title), body: own(options.body), marker: markerOf(options.taskId, "pull-request"), hash: fingerprint });
      return pullRequestOfForge(pull, { ...more, taskId: options.taskId, baseCommit: options.baseCommit });
    },
    recordReview: (pullRequest, { round, findings }) => postAll(numberOf(pullRequest.id), commentsOfRound({ taskId: trailerTaskOf(pullRequest), round, findings })),
    recordChecks: async (commit, results) => {
      for (const result of results) await forge.reportCheck({ commit, name: `inspan/${result.name}`, isPassed: result.status === "passed", summary: `${result.status} on the merge with ${result.baseCommit.slice(0, 10)}` });
    },
    readPullRequest: async (id): Promise<PullRequest> => pullRequestOfForge((await forge.readSnapshot(numberOf(id))).pull, more),
    readPullRequests: (ids) => mapBounded(ids, readsAtOnceMax, async (id) => pullRequestOfForge((await forge.readSnapshot(numberOf(id))).pull, more)),
    readDetails: async (id): Promise<PullRequestDetails> => {
      const { pull, comments, checks, thumbsDown = [] } = await forge.readSnapshot(numberOf(id));
      const trusted: string[] = [];
      for (const login of thumbsDown) if (await forge.canPush(login)) trusted.push(login);
      const roots = comments.filter((comment) => comment.threadId === comment.id);
      return { pullRequest: pullRequestOfForge(pull, more), thumbsDown: trusted, checks: checks.flatMap(checkOf), threads: roots.map((root) => threadOf(root, comments.filter((one) => one.threadId === root.id && one !== root))) };
    },
    listPullRequests: async () => (await opened.lookAtAll(signal ?? AbortSignal.timeout(60_000))).map(({ pull }) => pullRequestOfForge(pull, more)),
    ...evidenceWays({ providers, repository, signal }),
    runChecks: (options) => runChecks(providers, repository, options),
    sweep: async (pullRequest, options) => sweepForge({ opened, clock, secrets, account: await readAccount() }, { number: numberOf(pullRequest.id), ...options }),
    openFeedback: async (pullRequest) => findOpenFeedback((await forge.readSnapshot(numberOf(pullRequest.id))).comments, await readAccount()),
    ...saidWays(forge, { readAccount, toPullRequest: (pull) => pullRequestOfForge(pull, more) }),
    say: (pullRequest, { effect, body, thread }) => postAll(numberOf(pullRequest.id), [{ marker: markerOf(trailerTaskOf(pullRequest), effect), body, ...(thread === undefined ? {} : { thread }) }]),
    readWords: async (pullRequests) => {
      const login = await readAccount();
      const wanted = new Set(pullRequests.map(({ id }) => id));
      const open = (await opened.lookAtAll(signal ?? AbortSignal.timeout(60_000))).filter(({ pull }) => wanted.has(String(pull.number)));
      return new Map(await Promise.all(open.map(async (snapshot) => [String(snapshot.pull.number), wordsOfForge((await wholeSnapshot(forge, snapshot)).comments, login)] as const)));
    },
    findNews: async (pullRequests) => readNews(parts, await readAccount(), pullRequests),
    mayDecide: ({ author }) => forge.canPush(author),
    findByBranch: async (branch) => { const [pull] = await forge.findPulls(branch); return pull && pullRequestOfForge(pull, more); },
    abandon: async (pullRequest) => {
      const number = numberOf(pullRequest.id);
      if ((await forge.readPull(number))?.state !== "open") return;
      await forge.editPull(number, { state: "closed" });
      opened.store.expirePicture();
    },
    readBaseChecks: (commits) => readBaseChecks(opened, clock, commits),
    mergeSquash: (options) => mergeOnForge(parts, options),
    close: () => opened.close(),
  };
}
