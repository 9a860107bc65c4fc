// What others said and what failed on a forge, of any pull request that changed, open or not: what is learnt from, not what waits for an answer.
import { isOurs, parseForgeCommand, type Forge, type ForgeCheck, type ForgePull } from "../../forge/index.ts";
import type { PullRequest } from "../types.ts";
import type { PullRequests } from "./pull-requests.ts";

/** Of the forge's own checks; what we reported there is known. */
const hasFailed = ({ name, status }: ForgeCheck): boolean => (status === "failed" || status === "timed-out") && !name.startsWith("inspan/");

export function saidWays(
  forge: Forge,
  { readAccount, toPullRequest }: { readAccount(): Promise<string>; toPullRequest(pull: ForgePull): PullRequest },
): Pick<PullRequests, "listUpdated" | "readSaid" | "readFailed" | "readCheckLog"> {
  return {
    listUpdated: async ({ since, countMax }) => (await forge.findUpdated(countMax)).filter(({ updatedAt }) => Date.parse(updatedAt) >= Date.parse(since)).map(toPullRequest),
    readSaid: async ({ id }) => {
      const { comments, checks } = await forge.readSnapshot(Number(id));
      const login = await readAccount();
      return { comments: comments.filter((one) => !isOurs(one, login) && parseForgeCommand(one.body) === undefined), failed: checks.filter(hasFailed) };
    },
    readFailed: async (commits) => (commits.length === 0 ? [] : [...(await forge.readChecks(commits)).values()].flat().filter(hasFailed)),
    readCheckLog: (check) => forge.readCheckLog(check),
  };
}
