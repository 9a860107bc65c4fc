// What belongs to merge requests of GitLab, for as few requests as it allows: what did not change since it was read is taken from there. Knows no writes.
import { z } from "zod";
import { InspanError } from "../../../base/errors.ts";
import type { ForgeCheck, ForgeComment, PullSnapshot } from "../types.ts";
import { isRefusal, type GitLabClient } from "./gitlab-client.ts";
import { checkOf, commentsOf, LabDiscussion, LabPipeline, LabRequest, LabReviewer, LabStatus, pullOf, type LabUser } from "./gitlab-wire.ts";

// Developer: may push.
export const trustedLevel = 30;

export interface GitLabLook {
  /** `known` is what an earlier look found: words of the same `updated_at` and checks of the same pipelines are not asked for again. */
  readOpen(known: readonly PullSnapshot[]): Promise<readonly PullSnapshot[]>;
  readSnapshot(number: number): Promise<PullSnapshot>;
  readChecks(commits: readonly string[]): Promise<ReadonlyMap<string, readonly ForgeCheck[]>>;
}

type Pipelines = readonly z.infer<typeof LabPipeline>[];

const markOf = (pipelines: Pipelines): string => pipelines.map(({ id, status, updated_at: at }) => `${id} ${status} ${at}`).sort().join("\n");
const newestOf = (known: readonly PullSnapshot[]): string =>
  known
    .flatMap(({ checksMark }) => (checksMark ?? "").split("\n").map((line) => line.split(" ")[2] ?? ""))
    .sort()
    .at(-1) ?? "";
const mergedRef = (request: LabRequest): string => `refs/merge-requests/${request.iid}/merge`;

interface Reader {
  wordsOf(request: LabRequest): Promise<{ readonly comments: readonly ForgeComment[]; readonly isCut: boolean }>;
  statusesOf(commit: string): Promise<readonly ForgeCheck[]>;
  /** `merged`: where a pipeline for merged results stands. */
  checksOf(request: LabRequest, merged: string | undefined): Promise<readonly ForgeCheck[]>;
}

function createReader({ ask, askAll }: GitLabClient): Reader {
  const levels = new Map<number, Promise<boolean>>();
  const isTrusted = (user: LabUser): Promise<boolean> => {
    const known = levels.get(user.id);
    if (known) return known;
    const asked = ask("read a member", z.object({ access_level: z.number() }), { path: `/members/all/${user.id}` }).then(({ access_level: level }) => level >= trustedLevel, (error: unknown) => {
      if (isRefusal(error, 404)) return false; // no member
      throw error;
    });
    levels.set(user.id, asked);
    asked.catch(() => levels.delete(user.id));
    return asked;
  };

  const wordsOf: Reader["wordsOf"] = async (request) => {
    const { items: discussions, isCut } =
      request.user_notes_count === 0
        ? { items: [], isCut: false }
        : await askAll("read discussions", LabDiscussion, `/merge_requests/${request.iid}/discussions`);
    const reviewers = request.reviewers?.length === 0 ? [] : await ask("read reviewers", z.array(LabReviewer), { path: `/merge_requests/${request.iid}/reviewers` });
    const people = new Map(
      [...discussions.flatMap(({ notes }) => notes.filter(({ system }) => !system).map(({ author }) => author)), ...reviewers.map(({ user }) => user)].map(
        (user) => [user.id, user],
      ),
    );
    const trusted = new Set<string>();
    for (const user of people.values()) if (await isTrusted(user)) trusted.add(user.username);
    return { comments: commentsOf(request, discussions, reviewers, trusted), isCut };
  };

  const statusesOf: Reader["statusesOf"] = async (commit) => (await askAll("read checks", LabStatus, `/repository/commits/${commit}/statuses`)).items.map(checkOf);

  /** A pipeline for merged results stands at a commit of its own, with the head as a parent: what it says, it says of the head. */
  const checksOf: Reader["checksOf"] = async (request, merged) => {
    const own = request.sha === "" ? [] : await statusesOf(request.sha);
    if (merged === undefined || merged === request.sha) return own;
    const { parent_ids: parents } = await ask("read a commit", z.object({ parent_ids: z.array(z.string()) }), { path: `/repository/commits/${merged}` });
    return parents.includes(request.sha) ? [...own, ...(await statusesOf(merged)).map((check) => ({ ...check, commit: request.sha }))] : own;
  };

  return { wordsOf, statusesOf, checksOf };
}

/** Pipelines that changed since the newest one known, newest first; undefined where nobody may read them (CI is off). */
async function readPipelines({ askAll }: GitLabClient, newest: string): Promise<Pipelines | undefined> {
  try {
    return (await askAll("read pipelines", LabPipeline, "/pipelines?order_by=updated_at&sort=desc", (page) => newest === "" || (page.at(-1)?.updated_at ?? "") < newest)).items;
  } catch (error) {
    if (isRefusal(error, 403, 404)) return undefined;
    throw error;
  }
}

export function createGitLabLook(client: GitLabClient): GitLabLook {
  const { ask, askAll, repository } = client;
  const { wordsOf, statusesOf, checksOf } = createReader(client);
  // What the last look at all pipelines said of commits; each of them answers one question about its commit.
  const marks = new Map<string, string>();
  const commits = new Map<string, { readonly mark: string; readonly checks: readonly ForgeCheck[] }>();

  const readOpen: GitLabLook["readOpen"] = async (known) => {
    const { items: open } = await askAll("read open merge requests", LabRequest, "/merge_requests?state=opened&order_by=updated_at&sort=desc");
    const pipelines = await readPipelines(client, newestOf(known));
    marks.clear();
    for (const { sha } of pipelines ?? []) if (!marks.has(sha)) marks.set(sha, markOf((pipelines ?? []).filter((one) => one.sha === sha)));
    const before = new Map(known.map((snapshot) => [snapshot.pull.number, snapshot]));
    // A few at a time (the way to the forge sees to that): one after the other, fifty new ones would take longer than another process waits.
    return Promise.all([...new Map(open.map((one) => [one.iid, one])).values()].map(async (request): Promise<PullSnapshot> => {
      const last = before.get(request.iid);
      const isSameHead = last?.pull.headCommit === request.sha;
      const { comments, isCut } = last && isSameHead && last.pull.updatedAt === request.updated_at ? last : await wordsOf(request);
      const own = pipelines?.filter(({ sha, ref }) => sha === request.sha || ref === mergedRef(request)) ?? [];
      const checksMark = own.length > 0 ? markOf(own) : isSameHead ? last.checksMark ?? "" : "";
      const isSame = pipelines !== undefined && isSameHead && last.checksMark === checksMark;
      const checks = isSame ? last.checks : await checksOf(request, own.find(({ ref }) => ref === mergedRef(request))?.sha);
      return { pull: pullOf(request), comments: [...comments], checks: [...checks], isCut, checksMark };
    }));
  };

  return {
    readOpen,
    readSnapshot: async (number) => {
      let request: LabRequest;
      try { request = await ask(`read merge request ${number}`, LabRequest, { path: `/merge_requests/${number}` }); } catch (error) {
        if (isRefusal(error, 404))
          throw new InspanError("PULL_REQUEST_MISSING", `Cannot read merge request ${number}: ${repository} has none of that number.`, {
            kind: "usage",
            remedy: "inspan pr list",
          });
        throw error;
      }
      const { comments, isCut } = await wordsOf(request);
      const merged = request.head_pipeline?.ref === mergedRef(request) ? request.head_pipeline.sha : undefined;
      return { pull: pullOf(request), comments: [...comments], checks: [...(await checksOf(request, merged))], isCut };
    },
    readChecks: async (asked) => {
      const found = new Map<string, readonly ForgeCheck[]>();
      for (const commit of asked) {
        const mark = marks.get(commit);
        marks.delete(commit);
        const known = commits.get(commit);
        const checks = known !== undefined && mark !== undefined && known.mark === mark ? known.checks : await statusesOf(commit);
        commits.clear(); // the base has one tip
        if (mark !== undefined) commits.set(commit, { mark, checks });
        found.set(commit, checks);
      }
      return found;
    },
  };
}
