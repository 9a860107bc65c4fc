// How a task's evidence goes to the remote and comes back: the same way beside notes and beside a forge, because a ref is a ref.
import { readIdentity } from "../../worktree/runtime/index.ts";
import { attachEvidence, fetchEvidence } from "../repo/evidence-ref.ts";
import type { PullRequests } from "./pull-requests.ts";
import { portOf, type Requests } from "./requests.ts";

export function evidenceWays(requests: Requests): Pick<PullRequests, "attachEvidence" | "fetchEvidence"> {
  const { providers: { git, files }, repository } = requests;
  const port = async () => ({ ...portOf(requests), files, identity: await readIdentity(git, repository.rootPath) });
  return {
    attachEvidence: async (options) => attachEvidence(await port(), options),
    fetchEvidence: async (options) => fetchEvidence(await port(), options),
  };
}
