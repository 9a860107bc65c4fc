// `inspan pr watch`: keeps an eye on all pull requests of the tasks and on the base.
import { z } from "zod";
import { exitCodes } from "../../../base/errors.ts";
import { plural } from "../../../base/text.ts";
import { defineOperation } from "../../../providers/index.ts";

// A watch is started by a service that starts it again; a week is longer than any of them runs.
const minutesMax = 7 * 24 * 60;

export const watchPullsOperation = defineOperation({
  name: "task/watch-pull-requests",
  command: "pr watch",
  summary: "Watch pull requests and the base: ask held tasks' questions there, resume on a person's answer, offer a revert where the base became red",
  audience: "person", readOnly: false, isStreaming: true,
  input: z.object({
    once: z.boolean().default(false).describe("One look, then whatever it set going"),
    minutes: z.number().positive().max(minutesMax).default(60).describe("How long to watch"),
    atOnce: z.number().int().min(1).max(20).default(2).describe("Tasks that go on at the same time"),
    unsandboxed: z.boolean().default(false).describe("Accept that commands run without a sandbox where this machine has none"),
  }),
  handler: async ({ once, minutes, atOnce, unsandboxed }, context) => {
    const { base, lastFailure, ...end } = await (await import("../runtime/index.ts")).watchPulls(context, { isOnce: once, minutes, atOnce, isUnsandboxedAllowed: unsandboxed });
    const regression = base?.kind === "regression" ? base.regression : undefined;
    return {
      version: 1, ...end, lastFailure: lastFailure ?? null,
      base: base === undefined ? null : {
        state: base.kind === "regression" ? "red" as const : base.kind, commit: base.tip, runs: base.runs,
        regression: regression === undefined ? null : {
          commit: regression.culprit.commit, title: regression.culprit.title, checks: regression.failed.map(({ name }) => name), pullRequest: regression.pullRequest?.id ?? null,
          revert:
            regression.revert === undefined
              ? null
              : { state: regression.revert.kind, pullRequest: regression.revert.kind === "conflict" ? null : regression.revert.pullRequest.id },
        },
        candidates: base.kind === "red" ? base.candidates.map(({ commit, title }) => ({ commit, title })) : [],
      },
    };
  },
  render: ({ looks, asked, answered, woken, failures, lastFailure, base }) => [
    `${plural(looks, "look")}${failures === 0 ? "" : `, ${failures} failed (${lastFailure ?? ""})`}.`,
    ...asked.map((id) => `Asked on the pull request: ${id}`),
    ...answered.map(({ taskId, by, outcome }) => `${taskId}: answered by ${by}, ${outcome}`),
    ...woken.map(({ taskId, reasons, outcome }) => `${taskId}: taken up again (${reasons.join("; ")}), ${outcome}`),
    ...(base === null ? [] : [base.state === "wait" ? `The base has no result at ${base.commit.slice(0, 10)} yet.` : `The base is ${base.state} at ${base.commit.slice(0, 10)}.`]),
    ...(base?.regression
      ? [
          `Red since ${base.regression.commit.slice(0, 10)} ${base.regression.title} (${base.regression.checks.join(", ")})${base.regression.revert?.pullRequest ? `\nNext: inspan pr queue ${base.regression.revert.pullRequest}` : ""}`,
        ]
      : []),
    ...(base?.candidates.map(({ commit, title }) => `Red since one of: ${commit.slice(0, 10)} ${title}`) ?? []),
  ].join("\n"),
  exitCode: ({ base }) => (base?.state === "red" ? exitCodes.findings : exitCodes.fine),
});
