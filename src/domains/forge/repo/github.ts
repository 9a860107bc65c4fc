// GitHub behind the port of a forge. Nothing is done twice in one call; looking first is the caller's.
import { z } from "zod";
import { InspanError, messageOf } from "../../../base/errors.ts";
import { boundText } from "../../../base/text.ts";
import type { Forge, ForgeCheck, ForgeMerge, PullSnapshot } from "../types.ts";
import { createGitHubClient, statusOf, type GitHubClient, type GitHubOptions } from "./github-client.ts";
import { checksOf, checksQuery, GraphChecks, GraphOne, GraphPage, oneQuery, openQuery, personOf, pullOfRest, RestPull, RestUser } from "./github-wire.ts";
import { wholeCommit, wholePull } from "./github-whole.ts";

// 50 a page: two hundred open pull requests are more than a team looks at.
const pagesMax = 4;
const logCharsMax = 48_000;

// What was done is told by any object, or by nothing; a page of a proxy tells nothing.
const Done = z.object({}).optional();

const causeStatus = (error: unknown): number | undefined => (error instanceof InspanError ? statusOf(error.cause) : undefined);

async function readOpen(client: GitHubClient, known: readonly PullSnapshot[]): Promise<readonly PullSnapshot[]> {
  const before = new Map(known.map((snapshot) => [snapshot.pull.number, snapshot]));
  const found: PullSnapshot[] = [];
  let after: string | null | undefined;
  for (let page = 0; page < pagesMax; page++) {
    const { repository } = await client.graph("read open pull requests", GraphPage, openQuery, { after: after ?? null });
    for (const pull of repository.pullRequests.nodes) found.push(await wholePull(client, pull, before.get(pull.number)));
    const { endCursor, hasNextPage } = repository.pullRequests.pageInfo;
    if (!hasNextPage || !endCursor || endCursor === after) break; // a page that names itself as the next one
    after = endCursor;
  }
  // One that moved up between two pages is on both.
  return [...new Map(found.map((snapshot) => [snapshot.pull.number, snapshot])).values()];
}

async function readSnapshot(client: GitHubClient, number: number): Promise<PullSnapshot> {
  const { repository } = await client.graph(`read pull request ${number}`, GraphOne, oneQuery, { number });
  if (repository.pullRequest === null) throw new InspanError("PULL_REQUEST_MISSING", `Cannot read pull request ${number}: ${client.options.repository} has none of that number.`, { kind: "usage", remedy: "inspan pr list" });
  return wholePull(client, repository.pullRequest);
}

async function comment({ ask }: GitHubClient, number: number, { body, thread, place }: Parameters<Forge["comment"]>[1]): Promise<{ readonly id: string }> {
  const Made = z.object({ id: z.number() });
  const inline = thread?.startsWith("inline:") ? thread.slice("inline:".length) : undefined;
  if (inline !== undefined) return { id: `inline:${(await ask("answer a comment", Made, "POST /repos/{owner}/{repo}/pulls/{number}/comments/{comment}/replies", { number, comment: Number(inline), body })).id}` };
  if (place) return { id: `inline:${(await ask("comment on a line", Made, "POST /repos/{owner}/{repo}/pulls/{number}/comments", { number, body, commit_id: place.commit, path: place.file, line: place.line, side: "RIGHT" })).id}` };
  return { id: `top:${(await ask("comment", Made, "POST /repos/{owner}/{repo}/issues/{number}/comments", { number, body })).id}` };
}

async function merge({ ask }: GitHubClient, number: number, { expectedHead, title, message }: Parameters<Forge["merge"]>[1]): Promise<ForgeMerge> {
  try {
    const { sha } = await ask(
      `merge pull request ${number}`,
      z.object({ sha: z.string(), merged: z.literal(true) }),
      "PUT /repos/{owner}/{repo}/pulls/{number}/merge",
      { number, sha: expectedHead, commit_title: title, commit_message: message, merge_method: "squash" },
    );
    return { kind: "merged", commit: sha };
  } catch (error) {
    const said = messageOf(error);
    const status = causeStatus(error) ?? 0;
    if (status === 409) return { kind: "head-moved" };
    if (status === 405 && /base branch was modified/i.test(said)) throw new InspanError("FORGE_BUSY", said, { remedy: "do the same again", isRetryable: true, cause: error });
    if (![403, 405, 422].includes(status)) throw error;
    return /conflict|not mergeable/i.test(said) ? { kind: "conflict" } : { kind: "refused", reason: boundText(said, 600) };
  }
}

async function readJobLog({ options, apiUrl }: GitHubClient, job: number): Promise<string> {
  const first = await options.fetch(`${apiUrl}/repos/${options.repository}/actions/jobs/${job}/logs`, { headers: { authorization: `token ${options.token.reveal()}`, "user-agent": "inspan" } });
  const elsewhere = first.headers.get("location");
  // The log lies at another host, whose address is its own secret: our token does not go there.
  const answer = first.status === 302 && elsewhere !== null && /^https?:/.test(elsewhere) ? await options.fetch(elsewhere, { headers: { "user-agent": "inspan" } }) : first;
  return answer.status === 200 ? (await answer.text()).slice(-logCharsMax) : ""; // logs are kept for a while only
}

async function readCheckLog(client: GitHubClient, check: ForgeCheck): Promise<string> {
  const run = Number(check.id.split(":")[1]);
  const fallback = `${check.name}: ${check.status}\n${check.summary}`;
  if (!check.canRerun) return fallback;
  const Output = z.object({ output: z.object({ title: z.string().nullish(), summary: z.string().nullish(), text: z.string().nullish() }) });
  const Annotations = z.array(z.object({ path: z.string(), start_line: z.number(), message: z.string().nullish() }));
  const allowed = <T>(asked: Promise<T>): Promise<T | undefined> => asked.catch((error: unknown) => {
    if ([403, 404, 410].includes(causeStatus(error) ?? 0)) return undefined; // not kept, or not for us: the failure stands all the same
    throw error;
  });
  const { output } = (await allowed(client.ask("read a check", Output, "GET /repos/{owner}/{repo}/check-runs/{run}", { run }))) ?? { output: {} };
  const annotations = (await allowed(client.ask("read a check's annotations", Annotations, "GET /repos/{owner}/{repo}/check-runs/{run}/annotations", { run, per_page: 50 }))) ?? [];
  // A job of GitHub Actions has the id of its check.
  const job = /\/actions\/runs\/\d+\/job\/\d+/.test(check.url) ? await readJobLog(client, run) : "";
  const parts = [output.title, output.summary, output.text, ...annotations.map((one) => `${one.path}:${one.start_line} ${one.message ?? ""}`), job];
  return boundText(parts.filter((part) => part !== null && part !== undefined && part !== "").join("\n") || fallback, logCharsMax);
}

export function createGitHub(options: GitHubOptions): Forge {
  const client = createGitHubClient(options);
  const { ask } = client;
  const [owner = ""] = options.repository.split("/");
  return {
    kind: "github", repository: options.repository,
    readAccount: async () => personOf(await ask("read the account", RestUser, "GET /user")),
    readOpen: (known = []) => readOpen(client, known),
    readPull: async (number) => {
      try { return pullOfRest(await ask(`read pull request ${number}`, RestPull, "GET /repos/{owner}/{repo}/pulls/{number}", { number })); } catch (error) {
        if (causeStatus(error) === 404) return undefined;
        throw error;
      }
    },
    readSnapshot: (number) => readSnapshot(client, number),
    canPush: async (login) => {
      try {
        const { permission } = await ask("read a permission", z.object({ permission: z.string() }), "GET /repos/{owner}/{repo}/collaborators/{login}/permission", { login });
        return permission === "admin" || permission === "write";
      } catch (error) {
        if (causeStatus(error) === 404) return false; // nobody whom the repository knows
        throw error;
      }
    },
    readChecks: async (commits) => {
      const { repository } = await client.graph("read checks of commits", GraphChecks, checksQuery(commits), {});
      const whole = await Promise.all(Object.values(repository).map(async (commit) => (commit ? [commit.oid, checksOf(await wholeCommit(client, commit))] as const : undefined)));
      return new Map(whole.filter((one) => one !== undefined));
    },
    findPulls: async (branch) =>
      (
        await ask("look for a pull request", z.array(RestPull), "GET /repos/{owner}/{repo}/pulls", {
          state: "all",
          head: `${owner}:${branch}`,
          sort: "created",
          direction: "desc",
          per_page: 30,
        })
      )
        .map(pullOfRest)
        .filter((pull) => pull.branch === branch),
    findUpdated: async (countMax) => (await ask("look for pull requests", z.array(RestPull), "GET /repos/{owner}/{repo}/pulls", { state: "all", sort: "updated", direction: "desc", per_page: countMax })).map(pullOfRest),
    openPull: async ({ branch, baseBranch, title, body }) => pullOfRest(await ask("open a pull request", RestPull, "POST /repos/{owner}/{repo}/pulls", { head: branch, base: baseBranch, title, body, maintainer_can_modify: true })),
    editPull: async (number, change) => { await ask(`edit pull request ${number}`, RestPull, "PATCH /repos/{owner}/{repo}/pulls/{number}", { number, ...change }); },
    comment: (number, said) => comment(client, number, said),
    readCheckLog: (check) => readCheckLog(client, check),
    rerunCheck: async (check) => { await ask(`run "${check.name}" again`, Done, "POST /repos/{owner}/{repo}/check-runs/{run}/rerequest", { run: Number(check.id.split(":")[1]) }); },
    reportCheck: async ({ commit, name, isPassed, summary }) => {
      await ask(`report the check "${name}"`, Done, "POST /repos/{owner}/{repo}/statuses/{commit}", {
        commit,
        context: name,
        state: isPassed ? "success" : "failure",
        description: summary.slice(0, 140),
      });
    },
    merge: (number, how) => merge(client, number, how),
    deleteBranch: async (branch) => {
      try { await ask(`delete the branch "${branch}"`, Done, "DELETE /repos/{owner}/{repo}/git/refs/heads/{branch}", { branch }); } catch (error) {
        if (![404, 422].includes(causeStatus(error) ?? 0)) throw error; // gone already
      }
    },
  };
}
