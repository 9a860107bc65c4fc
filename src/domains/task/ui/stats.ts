// `inspan stats`: the figures of this repository's tasks.
import { z } from "zod";
import { renderTable } from "../../../base/text.ts";
import { defineOperation } from "../../../providers/index.ts";
import type { Spread } from "../service/stats.ts";

const spread = ({ median, p90, max }: Spread): string => (median === null ? "none" : `median ${median}, 90 % below ${p90 ?? median}, longest ${max ?? median}`);
const percent = (rate: number | null): string => (rate === null ? "none" : `${Math.round(rate * 100)} %`);
const money = (sum: number | null): string => (sum === null ? "unknown" : `${sum.toFixed(2)} USD`);

// The rest stands in --json.
const peopleShown = 20;

export const statsOperation = defineOperation({
  name: "task/stats",
  command: "stats",
  summary: "Figures for people: pull requests per engineer and day, age, waiting, rounds, first-pass rate, cost, share merged without a person",
  audience: "person", readOnly: true,
  input: z.object({
    days: z.number().int().min(1).max(3650).default(30).describe("How far to look back"),
    engineers: z.number().int().min(1).max(10_000).optional().describe("How many people start tasks here; found by who started them unless told"),
  }),
  handler: async ({ days, engineers }, context) => ({ version: 1, ...(await (await import("../runtime/index.ts")).readStats(context, { days, engineers })) }),
  render: ({ days, engineers, people, tasks, pullRequests, ageMinutes, waitingMinutes, reviewRounds, firstPassRate, mergedWithoutPersonRate, costUsd, tokens }) => renderTable([
    [`Last ${days} days`, `${tasks.total} tasks: ${tasks.done} done, ${tasks.held} held, ${tasks.cancelled} cancelled, ${tasks.failed} failed`],
    [
      "Pull requests",
      `${pullRequests.opened} opened, ${pullRequests.merged} merged, ${pullRequests.open} open; ${pullRequests.mergedPerEngineerAndDay} merged per engineer (${engineers}) and day`,
    ],
    ...people.slice(0, peopleShown).map(({ engineer, tasks: started, merged, mergedPerDay }) => [`  ${engineer}`, `${started} tasks, ${merged} merged, ${mergedPerDay} a day`]),
    ["Minutes to the merge", spread(ageMinutes.merged)],
    ["Minutes open now", spread(ageMinutes.open)],
    ["Minutes waiting", spread(waitingMinutes)],
    ["Rounds of review", spread(reviewRounds)],
    ["Passed at the first try", percent(firstPassRate)], ["Merged without a person", percent(mergedWithoutPersonRate)],
    ["Cost", `${money(costUsd.total)} in all, ${money(costUsd.perMerged)} for each merged`], ["Tokens", `${tokens.total}, of which reviews ${percent(tokens.reviewShare)}`],
  ]),
});
