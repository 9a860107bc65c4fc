// `inspan dream`, and the parts of `inspan feedback` that look at the whole: what was not sent, what came back.
import { z } from "zod";
import { renderTable } from "../../../base/text.ts";
import { defineOperation, type Contribution } from "../../../providers/index.ts";
import { learningSection } from "../config.ts";

const dreamOperation = defineOperation({
  name: "learning/dream", command: "dream", summary: "Turn the day's feedback into proposals: one guardrail a cause, one rung above what exists, as pull requests that a person merges",
  audience: "person", readOnly: false,
  input: z.object({
    dryRun: z.boolean().default(false).describe("Decide and prove, open nothing"),
    max: z.number().int().min(0).max(20).optional().describe("Proposals at most; learning.proposalsMax unless told"),
    collect: z.boolean().default(true).describe("First read what git, pull requests and transcripts say"),
    agent: z.string().min(1).optional().describe("The agent that words proposals; learning.agent or agents.default unless told"),
    model: z.string().min(1).optional().describe("The model that words proposals"),
    unsandboxed: z.boolean().default(false).describe("Accept that the agent's commands run without a sandbox where none works"),
  }),
  handler: async (input, context) => (await import("../runtime/index.ts")).dream(context, { isDry: input.dryRun, isCollecting: input.collect, proposalsMax: input.max, agent: input.agent, model: input.model, isUnsandboxedAllowed: input.unsandboxed }),
  render: ({ decisions, clusters, signals, proposed, warnings, decisionsLeftOut, omitted }) => {
    const rows = decisions.map(({ cluster, action, rung, signals: count, title, reason, pullRequest }) => [cluster, action, rung ?? "", String(count), title.slice(0, 60), `${pullRequest === undefined ? "" : `${pullRequest.id}: `}${reason.slice(0, 160)}`]);
    return [
      ...(rows.length === 0 ? [] : [renderTable([["CLUSTER", "DECISION", "RUNG", "SIGNALS", "WHAT", "WHY"], ...rows])]), ...(decisionsLeftOut === 0 ? [] : [`… ${decisionsLeftOut} more in --json`]),
      `${signals} signals${omitted > 0 ? ` (${omitted} older ones left out)` : ""}, ${clusters} causes, ${proposed} proposed.`, ...warnings.map((warning) => `warning: ${warning}`), ...(proposed > 0 ? ["Next: inspan pr list"] : []),
    ].join("\n");
  },
});

const collectOperation = defineOperation({
  name: "feedback/collect", command: "feedback collect", summary: "Keep feedback that nobody sends: reverts, what people changed in agents' files, words on pull requests, commands tried in vain",
  audience: "person", readOnly: false, input: z.object({}),
  handler: async (_input, context) => ({ version: 1 as const, ...await (await import("../runtime/index.ts")).collectNow(context) }),
  render: ({ added, byKind, warnings }) => [`Kept ${added} new signals${added === 0 ? "" : `: ${Object.entries(byKind).map(([kind, count]) => `${count} ${kind}`).join(", ")}`}.`, ...warnings.map((warning) => `warning: ${warning}`)].join("\n"),
});

export const contribution: Contribution = { domain: "learning", operations: [dreamOperation, collectOperation], configSections: [learningSection] };
