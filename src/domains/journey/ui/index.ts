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
    return { version: 1, journeys: await listJourneys(context) };
  },
  render: ({ journeys }) => (journeys.length === 0 ? "No journey lies below docs/journeys." : renderTable([["ID", "ENTRY", "NAME"], ...journeys.map(({ id, entry, name }) => [id, entry, name])])),
});

const runOperation = defineOperation({
  name: "journey/run", command: "journey run", summary: "Play a journey in the browser: steps, console, requests, timings and telemetry against its budgets",
  audience: "person", readOnly: false, positional: ["id"],
  input: z.object({
    id: z.string().min(1).describe("Id of the journey, as `inspan journey list` shows it"),
    restart: z.boolean().default(false).describe("Restart the services first, after a change"),
    record: z.boolean().default(false).describe("Make a film of it"),
  }),
  handler: async (input, context) => {
    const { playJourney } = await import("../runtime/index.ts");
    const { run, comparison } = await playJourney(context, input);
    return { ...run, comparison };
  },
  // Errors of the page are its own words.
  render: ({ comparison, ...run }) => (run.faults.length + comparison.length === 0 ? renderRun(run, comparison) : fenceUntrusted(`journey:${run.id}`, renderRun(run, comparison))),
  exitCode: ({ status }) => (status === "pass" ? 0 : 1),
});

export const contribution: Contribution = { domain: "journey", operations: [listOperation, runOperation], configSections: [] };
