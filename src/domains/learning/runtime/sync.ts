// What became of the pull requests of earlier nights: merged, closed by a person, or still open; and those that a killed night opened and did not note.
import { messageOf } from "../../../base/errors.ts";
import type { PullRequests } from "../../pull-request/runtime/index.ts";
import type { HistoryPort } from "../repo/history.ts";
import { listFilesAt } from "../repo/guardrail-files.ts";
import type { ProposalStore } from "../repo/proposal-store.ts";
import { signalIdsOf } from "../service/body.ts";
import { guardrailsFolder } from "../types.ts";
import { proposalBranches } from "./publish.ts";

/** Open ones that are looked at; a person who leaves more than this open wants no more. */
const openMax = 50;

/** Gives what could not be learnt as warnings: a failed look is not "gone". */
export async function syncProposals(store: ProposalStore, pullRequests: PullRequests, proposalsMax: number): Promise<readonly string[]> {
  const open = store.list(proposalsMax).filter(({ state }) => state === "open").slice(0, openMax);
  const warnings: string[] = [];
  for (const proposal of open) {
    try {
      const { state } = await pullRequests.readPullRequest(proposal.pullRequest);
      if (state !== "open") store.setState(proposal, state === "merged" ? "merged" : "rejected");
    } catch (error) { warnings.push(`pull request ${proposal.pullRequest} cannot be read: ${messageOf(error)}`); }
  }
  return warnings;
}

/** Open pull requests of a night that was killed before it noted them: their signals are proposed already. What cannot be learnt is a warning. */
export async function adoptProposals(
  store: ProposalStore,
  pullRequests: PullRequests,
  { port, base, nowIso, proposalsMax }: { readonly port: HistoryPort; readonly base: string; readonly nowIso: string; readonly proposalsMax: number },
): Promise<readonly string[]> {
  const warnings: string[] = [];
  try {
    const noted = new Set(store.list(proposalsMax).map(({ pullRequest }) => pullRequest));
    for (const { id, url, branch, title, taskId, headCommit, state } of await pullRequests.listPullRequests()) {
      if (state !== "open" || headCommit === "" || noted.has(id) || taskId?.startsWith("dream-") !== true || !branch.startsWith(proposalBranches)) continue;
      const message = await port.git.run(["log", "-1", "--format=%B", headCommit], { cwd: port.rootPath, signal: port.signal, acceptExitCodes: [128] });
      const signalIds = signalIdsOf(message.stdout);
      if (message.exitCode !== 0 || signalIds.length === 0) continue;
      const standing = new Set(await listFilesAt(port, base, [guardrailsFolder]));
      const file = (await listFilesAt(port, headCommit, [guardrailsFolder])).find((one) => !standing.has(one));
      store.add({
        id: branch,
        cluster: `s${signalIds[0] ?? 0}`,
        guardrail: file?.slice(guardrailsFolder.length + 1, -".json".length) ?? "",
        rung: "prompt",
        title,
        at: nowIso,
        state: "open",
        reason: "a night that was killed had opened it",
        branch,
        pullRequest: id,
        url,
        lastSignal: Math.max(...signalIds),
        signalIds: [...signalIds],
      });
      warnings.push(`pull request ${id} was opened by a night that was killed; it is kept`);
    }
  } catch (error) { warnings.push(`open pull requests cannot be listed: ${messageOf(error)}`); }
  return warnings;
}
