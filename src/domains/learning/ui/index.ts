// `inspan dream`, and the parts of `inspan feedback` that look at the whole: what was not sent, what came back.
import { z } from "zod";
import { renderTable } from "../../../base/text.ts";
import { defineOperation, type Contribution } from "../../../providers/index.ts";
import { learningSection } from "../config.ts";

const dreamOperation = defineOperation({
  name: "learning/dream",
  command: "dream",
  summary: "Turn the day's feedback into proposals: one guardrail a cause, one rung above what exists, as pull requests that a person merges",
  audience: "person", readOnly: false,
  input: z.object({
    dryRun: z.boolean().default(false).describe("Decide and prove, open nothing"),
    max: z.number().int().min(0).max(20).optional().describe("Proposals at most; learning.proposalsMax unless told"),
    collect: z.boolean().default(true).describe("First read what git, pull requests and transcripts say"),
    agent: z.string().min(1).optional().describe("The agent that words proposals; learning.agent or agents.default unless told"),
    model: z.string().min(1).optional().describe("The model that words proposals"),
    unsandboxed: z.boolean().default(false).describe("Accept that the agent's commands run without a sandbox where none works"),
  }),
  handler: async (input, context) =>
    (await import("../runtime/index.ts")).dream(context, {
      isDry: input.dryRun,
      isCollecting: input.collect,
      proposalsMax: input.max,
      agent: input.agent,
      model: input.model,
      isUnsandboxedAllowed: input.unsandboxed,
    }),
  render: ({ decisions, clusters, signals, proposed, warnings, decisionsLeftOut, omitted }) => {
    const rows = decisions.map(({ cluster, action, rung, signals: count, title, reason, pullRequest }) => [
      cluster,
      action,
      rung ?? "",
      String(count),
      title.slice(0, 60),
      `${pullRequest === undefined ? "" : `${pullRequest.id}: `}${reason.slice(0, 160)}`,
    ]);
    return [
      ...(rows.length === 0 ? [] : [renderTable([["CLUSTER", "DECISION", "RUNG", "SIGNALS", "WHAT", "WHY"], ...rows])]),
      ...(decisionsLeftOut === 0 ? [] : [`… ${decisionsLeftOut} more in --json`]),
      `${signals} signals${omitted > 0 ? ` (${omitted} older ones left out)` : ""}, ${clusters} causes, ${proposed} proposed.`,
      ...warnings.map((warning) => `warning: ${warning}`),
      ...(proposed > 0 ? ["Next: inspan pr list"] : []),
    ].join("\n");
  },
});

const collectOperation = defineOperation({
  name: "feedback/collect",
  command: "feedback collect",
  summary: "Keep feedback that nobody sends: reverts, what people changed in agents' files, words on pull requests, commands tried in vain",
  audience: "person", readOnly: false, input: z.object({}),
  handler: async (_input, context) => ({ version: 1 as const, ...await (await import("../runtime/index.ts")).collectNow(context) }),
  render: ({ added, byKind, warnings }) =>
    [
      `Kept ${added} new signals${
        added === 0
          ? ""
          : `: ${Object.entries(byKind)
              .map(([kind, count]) => `${count} ${kind}`)
              .join(", ")}`
      }.`,
      ...warnings.map((warning) => `warning: ${warning}`),
    ].join("\n"),
});

/** A day that there is; the engine's own reader takes the 31st of February for March. */
const isDay = (text: string): boolean => /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) && new Date(text).toISOString().startsWith(text);

const statsOperation = defineOperation({
  name: "feedback/stats",
  command: "feedback stats",
  summary: "Show which causes come again, and the ledger of guardrails: what each answers, how often the fault came back, what it costs",
  audience: "person", readOnly: true,
  input: z.object({
    limit: z.number().int().min(1).max(500).default(20).describe("Clusters at most"),
    since: z.string().refine(isDay, "expected a day like 2026-01-31").optional().describe("Only signals since this day, YYYY-MM-DD"),
    time: z.boolean().default(false).describe("Also measure how long each learnt rule takes"),
  }),
  handler: async (input, context) => (await import("../runtime/index.ts")).readFeedbackStats(context, { limit: input.limit, since: input.since, isTimed: input.time }),
  render: ({ clusters, total, looked, isCut, floods, guardrails, warnings }) => {
    const flooded = floods.map(({ day, cause, count }) => `${count} more of ${cause === "*" ? "many causes" : cause} on ${day} were counted, not kept`);
    const rows = clusters.map(({ id, signalIds, counted, kinds, tasks, firstAt, lastAt, title }) => [
      id,
      `${signalIds.length}${counted === 0 ? "" : `+${counted}`}`,
      kinds.join(","),
      String(tasks.length),
      firstAt.slice(0, 10),
      lastAt.slice(0, 10),
      title.slice(0, 100),
    ]);
    const ledger = guardrails.map(({ id, rung, since, recurrences, caught, falseFindings, cost, verdict, title, advice }) => [
      id,
      rung,
      since.slice(0, 10),
      String(recurrences),
      caught === null ? "-" : String(caught),
      String(falseFindings),
      `${cost.tokens}${cost.msPerCheck === null ? "" : `, ${cost.msPerCheck} ms`}`,
      verdict,
      `${title}${advice === "" ? "" : `: ${advice}`}`,
    ]);
    return [
      ...(rows.length === 0
        ? ["No signal."]
        : [
            renderTable([["CLUSTER", "TIMES", "KIND", "TASKS", "FIRST", "LAST", "WHAT"], ...rows]),
            `${looked} of ${total} signals${isCut ? "; smaller clusters left out, raise --limit" : ""}`,
          ]),
      ...flooded,
      ...(ledger.length === 0 ? [] : ["", renderTable([["GUARDRAIL", "RUNG", "SINCE", "BACK", "CAUGHT", "FALSE", "TOKENS", "VERDICT", "WHAT"], ...ledger])]),
      ...warnings.map((warning) => `warning: ${warning}`),
    ].join("\n");
  },
});

const watchOperation = defineOperation({
  name: "feedback/watch",
  command: "feedback watch",
  summary: "Tie error spans, logs and alerts of running instances to the merge that brought them; tell it, or open a fix task or a revert",
  audience: "person", readOnly: false,
  input: z.object({
    since: z
      .string()
      .regex(/^\d{1,6}[smhdw]$/, "expected for example 15m, 24h or 7d")
      .default("24h")
      .describe("How far back: 15m, 24h, 7d"),
    url: z.string().optional().describe("Base URL of the telemetry; the worktree's own engine or telemetry.remote unless told"),
    act: z
      .enum(["tell", "task", "revert"])
      .default("tell")
      .describe(
        "tell; task: start a task that finds and mends the newest; revert: open a revert where one merge is certain, a task where versions leave several",
      ),
    unsandboxed: z.boolean().default(false).describe("Accept that a task's commands run without a sandbox where none works"),
  }),
  handler: async (input, context) =>
    (await import("../runtime/index.ts")).watchInstances(context, {
      since: input.since,
      url: input.url,
      act: input.act,
      isUnsandboxedAllowed: input.unsandboxed,
    }),
  render: ({ regressions, events, warnings }) => [
    ...(regressions.length === 0
      ? []
      : [
          renderTable([
            ["SERVICE", "WHAT", "TIMES", "FIRST", "CHANGE", "BY", "ACTION"],
            ...regressions.map(({ service, what, count, firstAt, suspects, by, isCertain, action }) => [
              service,
              what.slice(0, 60),
              String(count),
              firstAt.slice(0, 19),
              suspects[0] === undefined
                ? "-"
                : `${suspects[0].commit.slice(0, 10)} ${suspects[0].subject.slice(0, 40)}${suspects.length > 1 ? ` (+${suspects.length - 1})` : ""}`,
              `${by}${isCertain ? ", certain" : ""}`,
              action,
            ]),
          ]),
        ]),
    `${events} errors, ${regressions.length} kinds.`, ...warnings.map((warning) => `warning: ${warning}`),
  ].join("\n"),
});

export const contribution: Contribution = { domain: "learning", operations: [dreamOperation, collectOperation, statsOperation, watchOperation], configSections: [learningSection] };
