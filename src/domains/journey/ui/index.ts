// Journeys on the command line. Knows the operations, not how a step is played.
import { z } from "zod";
import { fenceUntrusted, renderTable } from "../../../base/text.ts";
import { defineOperation, type Contribution } from "../../../providers/index.ts";
import { renderRun } from "../service/judge.ts";

const listOperation = defineOperation({
  name: "journey/list", command: "journey list", summary: "List the journeys of this repository with their entry points",
  audience: "person", readOnly: true,
  input: z.object({}),
  handler: async (_input, context) => {
    const { listJourneys } = await import("../runtime/index.ts");
    return { version: 1, ...await listJourneys(context) };
  },
  render: ({ journeys, unread }) => [
    journeys.length === 0 ? "No journey lies below docs/journeys." : renderTable([["ID", "ENTRY", "NAME"], ...journeys.map(({ id, entry, name }) => [id, entry, name])]),
    ...unread.map(({ reason }) => reason),
  ].join("\n"),
});

const runOperation = defineOperation({
  name: "journey/run", command: "journey run", summary: "Play a journey in the browser: steps, console, requests, timings and telemetry against its budgets",
  audience: "person", readOnly: false, positional: ["id"],
  input: z.object({
    id: z.string().min(1).describe("Id of the journey, as `inspan journey list` shows it"),
    restart: z.boolean().default(false).describe("Restart the services first, after a change"),
    record: z.boolean().default(false).describe("Make a film of it"),
    trace: z.boolean().default(false).describe("Make a film and Playwright's trace of it: actions, page before and after each, network"),
    untilClean: z.boolean().default(false).describe("Again after each edit, with the services restarted, until nothing is left to mend"),
    rounds: z.number().int().min(1).max(50).default(5).describe("With --until-clean: rounds at most"),
    fix: z
      .string()
      .min(1)
      .max(2_000)
      .optional()
      .describe("With --until-clean: a command that mends, run in the sandbox with the faults in INSPAN_FAULTS; edits are waited for unless told"),
    waitSeconds: z.number().int().min(1).max(3_600).default(600).describe("With --until-clean: how long an edit is waited for"),
  }),
  handler: async (input, context) => {
    const { playJourney, playUntilClean } = await import("../runtime/index.ts");
    if (input.untilClean) {
      const { run, comparison, rounds, end } = await playUntilClean(context, {
        id: input.id,
        record: input.record,
        rounds: input.rounds,
        fix: input.fix,
        waitSeconds: input.waitSeconds,
      });
      return { ...run, comparison, loop: { end, rounds } };
    }
    const { run, comparison } = await playJourney(context, input);
    return { ...run, comparison, loop: undefined };
  },
  // Errors of the page are its own words.
  render: ({ comparison, loop, ...run }) =>
    (loop === undefined ? "" : renderLoop(loop)) +
    (run.faults.length + comparison.length === 0 ? renderRun(run, comparison) : fenceUntrusted(`journey:${run.id}`, renderRun(run, comparison))),
  exitCode: ({ status }) => (status === "pass" ? 0 : 1),
});

const ends = {
  "clean": "clean",
  "rounds-used": "not clean: all rounds are used",
  "unchanged": "not clean: the repair changed nothing",
  "nobody-came": "not clean: nobody edited anything in time",
} as const;

function renderLoop({
  end,
  rounds,
}: {
  readonly end: keyof typeof ends;
  readonly rounds: readonly { readonly round: number; readonly status: string; readonly faults: readonly string[]; readonly snapshot: string | undefined }[];
}): string {
  return `${rounds.map(({ round, status, faults, snapshot }) => `round ${round}: ${status}${faults.length === 0 ? "" : `, ${faults.length} faults`}${snapshot === undefined ? "" : `, page: ${snapshot}`}`).join("\n")}\n${ends[end]} after ${rounds.length} rounds\n`;
}

export const contribution: Contribution = { domain: "journey", operations: [listOperation, runOperation], configSections: [] };
