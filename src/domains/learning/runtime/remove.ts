// A guardrail that never fires or costs more than it saves, as a pull request that takes it out again.
import type { FileEdit } from "../service/edits.ts";
import { withoutGuardrail } from "../service/edits.ts";
import { quiet } from "../service/body.ts";
import { removalsOf } from "../service/ledger.ts";
import { guardrailsFolder, type LedgerEntry, type NightDecision, type Proposal } from "../types.ts";
import { readBlob } from "../repo/history.ts";
import type { DreamRun } from "./dream-run.ts";
import { publish } from "./publish.ts";

export async function proposeRemovals(run: DreamRun, entries: readonly LedgerEntry[], known: readonly Proposal[], countMax: number): Promise<readonly NightDecision[]> {
  const decisions: NightDecision[] = [];
  for (const entry of removalsOf(entries)) {
    const cluster = `remove:${entry.id}`;
    const prior = known.find((one) => one.cluster === cluster);
    const about = { cluster, title: `Remove: ${entry.title}`, signals: 0, rung: entry.rung, guardrail: entry.id };
    if (prior !== undefined && prior.state !== "merged") {
      decisions.push({
        ...about,
        action: prior.state === "open" ? "waiting" : "told",
        reason: prior.state === "open" ? `pull request ${prior.pullRequest} waits for a person` : `a person keeps it (pull request ${prior.pullRequest})`,
      });
      continue;
    }
    if (decisions.filter(({ action }) => action === "proposed").length >= countMax) {
      decisions.push({ ...about, action: "waiting", reason: "it waits for another night" });
      continue;
    }
    decisions.push(await proposeRemoval(run, entry, about));
  }
  return decisions;
}

async function proposeRemoval(run: DreamRun, entry: LedgerEntry, about: Omit<NightDecision, "action" | "reason">): Promise<NightDecision> {
  const text = entry.rung === "lint" ? undefined : await readBlob(run.port, run.world.base, entry.file);
  const edits: readonly FileEdit[] = [
    { path: entry.file, text: text === undefined ? undefined : withoutGuardrail(text, entry.id) },
    { path: `${guardrailsFolder}/${entry.id}.json`, text: undefined },
  ];
  const title = `guardrail: remove ${quiet(entry.title)} (${entry.rung})`;
  const published = await publish({
    context: run.context,
    repository: run.repository,
    pullRequests: run.pullRequests,
    treePath: run.treePath,
    base: run.world.base,
    proposalId: run.context.providers.random.id(6),
    title,
    edits,
    rule: undefined,
    message: title,
    body: () => [
      "## What", "", `Takes guardrail \`${entry.id}\` out: ${quiet(entry.advice)}.`, "", "## Ledger", "",
      `Since ${entry.since.slice(0, 10)}, ${entry.days} days, ${entry.cost.tasks} tasks: caught ${entry.caught ?? "(leaves no sign)"}, came back ${entry.recurrences}, false ${entry.falseFindings}, ${entry.cost.tokens} tokens${entry.savedTokens === null ? "" : `, about ${entry.savedTokens} saved`}.`,
      "", "A person merges it, or closes it; a closed one is not proposed again.",
    ].join("\n"),
  });
  if (published.kind === "refused") return { ...about, action: "refused", reason: published.reason };
  return published.kind === "dry"
    ? { ...about, action: "proposed", reason: `${entry.advice} (not opened)` }
    : { ...about, action: "proposed", reason: entry.advice, pullRequest: { id: published.id, url: published.url, branch: published.branch } };
}
