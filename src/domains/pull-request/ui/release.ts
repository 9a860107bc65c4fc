// The release gate on the command line: apart from merging, for one commit of the base.
import { z } from "zod";
import { exitCodes } from "../../../base/errors.ts";
import { renderDuration, tailLines } from "../../../base/text.ts";
import { defineOperation } from "../../../providers/index.ts";
import type { ReleaseReport } from "../runtime/index.ts";

// A failing smoke check's last words; the whole kept log is in --json.
const logLinesMax = 20;
const commitField = z.string().min(1).optional().describe("A commit of the base; its tip unless told");

const toOutput = ({ failed, ...report }: ReleaseReport) => ({
  version: 1,
  ...report,
  failed,
  state: report.isReady ? ("ready" as const) : failed.length > 0 ? ("failed" as const) : ("waiting" as const),
});

function render({ commit, state, smoke, approvals, approvalsNeeded, missing, failed }: ReturnType<typeof toOutput>): string {
  return [
    `${commit.slice(0, 10)} is ${state === "ready" ? "ready to be released" : state === "failed" ? "not to be released" : "not released yet"}.`,
    ...smoke.map(
      ({ name, status, durationMs, log }) =>
        `  ${status === "passed" ? "ok" : status.toUpperCase()}  ${name}  ${renderDuration(durationMs)}${status === "passed" || log === "" ? "" : `\n${tailLines(log, logLinesMax).replaceAll(/^/gm, "      ")}`}`,
    ),
    ...approvals.map(({ by, at, note }) => `  approved by ${by}, ${at}: ${note}`), ...missing.map((what) => `  missing: ${what}`),
    ...(state === "ready"
      ? []
      : [
          failed.length > 0
            ? `Next: mend ${failed.join(", ")}, merge it, then: inspan release check`
            : approvals.length < approvalsNeeded
              ? `Next: inspan release approve ${commit.slice(0, 10)}`
              : "Next: inspan release check",
        ]),
  ].join("\n");
}

const exitCode = ({ state }: ReturnType<typeof toOutput>): number => (state === "ready" ? exitCodes.fine : state === "failed" ? exitCodes.findings : exitCodes.held);

export const checkReleaseOperation = defineOperation({
  name: "pull-request/release-check",
  command: "release check",
  summary: "Run the smoke checks of a commit of the base and tell whether it may be released: exit code 0 ready, 1 a smoke check fails, 4 something is missing",
  audience: "person", readOnly: false, positional: ["commit"],
  input: z.object({
    commit: commitField,
    again: z.boolean().default(false).describe("Run also what has passed before"),
    unsandboxed: z.boolean().default(false).describe("Accept that checks run without a sandbox where none works"),
  }),
  handler: async ({ commit, again, unsandboxed }, context) =>
    toOutput(await (await import("../runtime/index.ts")).checkRelease(context, { commit, isAgain: again, isUnsandboxedAllowed: unsandboxed })),
  render, exitCode,
});

export const approveReleaseOperation = defineOperation({
  name: "pull-request/release-approve", command: "release approve", summary: "Approve a commit of the base for release, in your own name",
  audience: "person", readOnly: false, positional: ["commit"],
  input: z.object({
    commit: commitField,
    note: z.string().max(2000).default("").describe("What you have looked at"),
    withdraw: z.boolean().default(false).describe("Take your approval back"),
  }),
  handler: async ({ commit, note, withdraw }, context) => toOutput(await (await import("../runtime/index.ts")).approveRelease(context, { commit, note, isWithdrawn: withdraw })),
  render, exitCode: () => exitCodes.fine,
});
