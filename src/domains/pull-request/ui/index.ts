// Pull requests on the command line.
import { z } from "zod";
import { exitCodes } from "../../../base/errors.ts";
import { plural, renderDuration, renderTable, tailLines } from "../../../base/text.ts";
import { defineOperation, type Contribution, type OperationContext } from "../../../providers/index.ts";
import { checksSection, mergeSection, releaseSection } from "../config.ts";
import { lintOperation } from "./lint.ts";
import { approveReleaseOperation, checkReleaseOperation } from "./release.ts";
import type { PullRequests } from "../runtime/index.ts";
import type { CheckResult, PullRequest, ReviewThread } from "../types.ts";

async function withRequests<T>(context: OperationContext, work: (requests: PullRequests) => Promise<T>): Promise<T> {
  const [{ openPullRequests }, { openRepository }] = await Promise.all([import("../runtime/index.ts"), import("../../worktree/runtime/index.ts")]);
  const repository = await openRepository(context);
  const requests = await openPullRequests({
    providers: context.providers,
    repository,
    configuration: await context.loadConfiguration(repository.rootPath),
    signal: context.signal,
  });
  try { return await work(requests); } finally { requests.close(); }
}

// A failing test's last words; the whole kept log is in --json.
const logLinesMax = 20;

function renderCheck(check: CheckResult): string {
  const head = `  ${check.status === "passed" ? "ok" : check.status.toUpperCase()}  ${check.name}  ${renderDuration(check.durationMs)}, merged into ${check.baseCommit.slice(0, 10)}`;
  return check.status === "passed" || check.log === "" ? head : `${head}\n${tailLines(check.log, logLinesMax).replaceAll(/^/gm, "      ")}`;
}

function renderThread(thread: ReviewThread, depth = 1): string {
  const indent = "  ".repeat(Math.min(depth, 6));
  const place = thread.file === undefined ? "" : `  ${thread.file}${thread.line === undefined ? "" : `:${thread.line}`}`;
  const state = thread.isResolved === undefined ? "" : thread.isResolved ? "  [resolved]" : "  [open]";
  return [
    `${indent}${thread.author}  ${thread.at}${place}${state}`,
    thread.text.replaceAll(/^/gm, `${indent}  `),
    ...thread.replies.map((reply) => renderThread(reply, depth + 1)),
  ].join("\n");
}

function renderHead(pullRequest: PullRequest): string {
  const merged = pullRequest.mergeCommit ? ` as ${pullRequest.mergeCommit.slice(0, 10)}` : "";
  return [
    `${pullRequest.id}  ${pullRequest.title}`,
    `${pullRequest.state}${merged}: ${pullRequest.branch} at ${pullRequest.headCommit.slice(0, 10) || "(not at the remote)"} into ${pullRequest.baseBranch}`,
    ...(pullRequest.body === "" ? [] : ["", pullRequest.body]),
  ].join("\n");
}

const listOperation = defineOperation({
  name: "pull-request/list", command: "pr list", summary: "List the pull requests in the remote's notes, newest first",
  audience: "person", readOnly: true,
  input: z.object({ all: z.boolean().default(false).describe("Also those that are merged or closed") }),
  handler: async (input, context) => {
    const found = await withRequests(context, (requests) => requests.listPullRequests());
    return {
      version: 1,
      pullRequests: input.all ? found : found.filter(({ state }) => state === "open"),
      otherCount: input.all ? 0 : found.filter(({ state }) => state !== "open").length,
    };
  },
  render: ({ pullRequests, otherCount }) => {
    const rest = otherCount === 0 ? "" : `${plural(otherCount, "merged or closed one")}: inspan pr list --all`;
    if (pullRequests.length === 0) return `No open pull request.${rest === "" ? "" : ` ${rest}`}`;
    return [
      renderTable([
        ["ID", "STATE", "BRANCH", "OPENED", "TITLE"],
        ...pullRequests.map(({ id, state, branch, openedAt, title }) => [id, state, branch, openedAt, title]),
      ]),
      ...(rest === "" ? [] : [rest]),
    ].join("\n");
  },
});

const showOperation = defineOperation({
  name: "pull-request/show", command: "pr show", summary: "Show a pull request from the remote's notes: state, checks of its head, review comments with answers",
  audience: "person", readOnly: true, positional: ["id"],
  input: z.object({ id: z.string().min(1).describe("Id from inspan pr list, or its beginning") }),
  handler: async (input, context) => {
    const { showEvidence } = await import("../runtime/index.ts");
    return withRequests(context, async (requests) => {
      const details = await requests.readDetails(input.id);
      return { version: 1, ...details, evidence: await showEvidence(context, requests, details.pullRequest.taskId) };
    });
  },
  render: ({ pullRequest, checks, threads, evidence }) => [
    renderHead(pullRequest), "",
    evidence === undefined
      ? "Evidence: none recorded"
      : evidence.page === undefined
        ? `Evidence: ${evidence.ref} at the remote`
        : `Evidence: ${evidence.page}${evidence.ref === undefined ? "" : ` (${evidence.ref} at the remote)`}`,
    `Checks of ${pullRequest.headCommit.slice(0, 10) || "the head"}: ${checks.length === 0 ? "none recorded" : ""}`.trimEnd(), ...checks.map(renderCheck),
    `Review: ${threads.length === 0 ? "none recorded" : ""}`.trimEnd(), ...threads.map((thread) => renderThread(thread)),
    ...(pullRequest.state === "open" ? ["", `To merge: inspan pr merge ${pullRequest.id}`] : []),
  ].join("\n"),
});

const mergeOperation = defineOperation({
  name: "pull-request/merge", command: "pr merge", summary: "Squash-merge a pull request at the remote; checks that have not run on this head and base are run first",
  audience: "person", readOnly: false, positional: ["id"],
  input: z.object({
    id: z.string().min(1).describe("Id from inspan pr list, or its beginning"),
    unchecked: z.boolean().default(false).describe("Merge although checks have not passed, or the head is not the one that was reviewed"),
    unsandboxed: z.boolean().default(false).describe("Accept that checks run without a sandbox where none works"),
  }),
  handler: async (input, context) => {
    const { mergeByPerson } = await import("../runtime/index.ts");
    const { pullRequest, result } = await mergeByPerson(context, { id: input.id, isUncheckedAllowed: input.unchecked, isUnsandboxedAllowed: input.unsandboxed });
    return { version: 1, id: pullRequest.id, branch: pullRequest.branch, baseBranch: pullRequest.baseBranch, result };
  },
  render: ({ id, branch, baseBranch, result }) => {
    switch (result.kind) {
      case "merged": return `${id} ${result.wasAlreadyMerged ? "was merged already" : `is merged into ${baseBranch}`} as ${result.commit.slice(0, 10)}.\nNext: git pull`;
      case "checks-failed":
        return `${id} is not merged: checks have not passed.\n${result.results.map(renderCheck).join("\n")}\nNext: mend ${branch}, or inspan pr merge ${id} --unchecked`;
      case "conflict":
        return `${id} is not merged: it conflicts with ${baseBranch} in\n${result.paths.map((path) => `  ${path}`).join("\n")}\nNext: merge ${baseBranch} into ${branch} and push it`;
      case "base-moved": return `${id} is not merged: ${baseBranch} moved meanwhile.\nNext: inspan pr merge ${id}`;
      case "head-moved": return `${id} is not merged: ${branch} moved meanwhile.\nNext: inspan pr show ${id}`;
      case "nothing-to-merge": return `${id} is not merged: ${baseBranch} already holds all of it.`;
      case "not-reviewed":
        return `${id} is not merged: reviewers judged ${result.reviewedCommit.slice(0, 10)}, and ${branch} is at ${result.headCommit.slice(0, 10)} now.\nNext: git diff ${result.reviewedCommit.slice(0, 10)} ${result.headCommit.slice(0, 10)}, then: inspan pr merge ${id} --unchecked`;
      case "closed": return `${id} is closed; nothing is merged.`;
    }
  },
  exitCode: ({ result }) => (result.kind === "merged" ? exitCodes.fine : exitCodes.findings),
});

const queueOperation = defineOperation({
  name: "pull-request/queue", command: "pr queue", summary: "Merge pull requests through a queue: tested together, landed as tested, a bad one found by halving",
  audience: "person", readOnly: false, positional: ["ids"],
  input: z.object({
    ids: z.array(z.string().min(1)).max(200).default([]).describe("Ids from inspan pr list, in the order to merge; none goes on with what a stopped run left"),
    unsandboxed: z.boolean().default(false).describe("Accept that checks run without a sandbox where none works"),
  }),
  handler: async (input, context) => ({
    version: 1,
    ...(await (await import("../runtime/index.ts")).runQueue(context, { ids: input.ids, isUnsandboxedAllowed: input.unsandboxed })),
  }),
  render: ({ landed, rejected, runs }) =>
    [
      `${plural(landed.length, "pull request")} landed in ${plural(runs, "run")} of the checks${landed.length > 0 ? `: ${landed.join(", ")}` : ""}.`,
      ...rejected.map(({ id, reason }) => `${id} is not merged: ${reason}`),
    ].join("\n"),
  exitCode: ({ rejected }) => (rejected.length === 0 ? exitCodes.fine : exitCodes.findings),
});

export const contribution: Contribution = {
  domain: "pull-request",
  operations: [listOperation, showOperation, mergeOperation, queueOperation, lintOperation, checkReleaseOperation, approveReleaseOperation],
  configSections: [checksSection, mergeSection, releaseSection],
};
