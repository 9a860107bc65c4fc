// What became of the pull requests of earlier nights: merged, closed by a person, or still open.
import { messageOf } from "../../../base/errors.ts";
import type { PullRequests } from "../../pull-request/runtime/index.ts";
import type { ProposalStore } from "../repo/proposal-store.ts";

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
