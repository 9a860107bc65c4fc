// GitLab behind the port of a forge: REST version 4 by our own bounded fetch (its client is 141 ms to load, and brings 25 packages).
import { z } from "zod";
import { InspanError, messageOf } from "../../../base/errors.ts";
import type { Forge, ForgeMerge } from "../types.ts";
import { createGitLabClient, isRefusal, type GitLabClient, type GitLabOptions } from "./gitlab-client.ts";
import { createGitLabLook, trustedLevel } from "./gitlab-look.ts";
import { LabRequest, LabUser, personOf, pullOf } from "./gitlab-wire.ts";
import { withoutQuickActions } from "./quick-actions.ts";

const logCharsMax = 48_000;
// While GitLab looks whether a fresh head can be merged, it refuses to.
const passingStates = ["checking", "unchecked", "preparing", "approvals_syncing"];

// What was done is told by any object, or by nothing; a page of a proxy tells nothing.
const Done = z.object({});

const pathOf = (number: number): string => `/merge_requests/${number}`;

/** GitLab says no without a reason; the request itself bears it. */
async function whyRefused({ ask }: GitLabClient, number: number, said: string): Promise<ForgeMerge> {
  const request = await ask(`read merge request ${number}`, LabRequest, { path: pathOf(number) }).catch(() => undefined); // the refusal is what counts
  const { detailed_merge_status: state, has_conflicts: hasConflicts } = request ?? {};
  if (passingStates.includes(state ?? "")) throw new InspanError("FORGE_BUSY", `Cannot merge merge request ${number}: GitLab still looks whether it can be merged (${state ?? ""}).`, { remedy: "do the same again", isRetryable: true });
  if (hasConflicts === true || state === "conflict" || /conflict/i.test(said)) return { kind: "conflict" };
  return { kind: "refused", reason: state === undefined || state === null || state === "mergeable" ? said : `${said} GitLab's reason: ${state.replaceAll("_", " ")}.` };
}

async function merge(client: GitLabClient, number: number, { expectedHead, title, message }: Parameters<Forge["merge"]>[1]): Promise<ForgeMerge> {
  try {
    const merged = await client.ask(`merge merge request ${number}`, LabRequest, { method: "PUT", path: `${pathOf(number)}/merge`, body: { sha: expectedHead, squash: true, squash_commit_message: `${title}\n\n${message}`, should_remove_source_branch: false } });
    return merged.state === "merged" ? { kind: "merged", commit: pullOf(merged).mergeCommit ?? "" } : { kind: "refused", reason: `it is ${merged.state}` };
  } catch (error) {
    if (isRefusal(error, 409)) return { kind: "head-moved" };
    if (isRefusal(error, 406)) return { kind: "conflict" };
    if (isRefusal(error, 401, 403, 405, 422)) return whyRefused(client, number, messageOf(error));
    throw error;
  }
}

async function comment({ ask }: GitLabClient, number: number, { body: said, thread, place }: Parameters<Forge["comment"]>[1]): Promise<{ readonly id: string }> {
  const body = withoutQuickActions(said);
  if (thread?.startsWith("disc:")) return { id: `note:${(await ask("answer a discussion", z.object({ id: z.number() }), { method: "POST", path: `${pathOf(number)}/discussions/${thread.slice("disc:".length)}/notes`, body: { body } })).id}` };
  const refs = place && (await ask(`read merge request ${number}`, LabRequest, { path: pathOf(number) })).diff_refs;
  const position = place && refs ? { position: { position_type: "text", ...refs, new_path: place.file, old_path: place.file, new_line: place.line } } : {};
  return { id: `disc:${(await ask("comment", z.object({ id: z.string() }), { method: "POST", path: `${pathOf(number)}/discussions`, body: { body, ...position } })).id}` };
}

const jobOf = (url: string): string | undefined => /\/-\/jobs\/(\d+)/.exec(url)?.[1];

export function createGitLab(options: GitLabOptions): Forge {
  const client = createGitLabClient(options);
  const { ask, readText } = client;
  const { readOpen, readSnapshot, readChecks } = createGitLabLook(client);
  const one = (number: number) => ask(`read merge request ${number}`, LabRequest, { path: pathOf(number) });
  return {
    kind: "gitlab", repository: options.repository,
    readAccount: async () => personOf(await ask("read the account", LabUser, { path: "/user" })),
    readOpen: (known = []) => readOpen(known),
    readSnapshot, readChecks,
    readPull: async (number) => {
      try { return pullOf(await one(number)); } catch (error) {
        if (isRefusal(error, 404)) return undefined;
        throw error;
      }
    },
    canPush: async (login) => {
      const members = await ask("look for a member", z.array(z.object({ username: z.string(), access_level: z.number() })), { path: `/members/all?query=${encodeURIComponent(login)}&per_page=100` });
      return members.some(({ username, access_level: level }) => username === login && level >= trustedLevel);
    },
    findPulls: async (branch) => (await ask("look for a merge request", z.array(LabRequest), { path: `/merge_requests?state=all&source_branch=${encodeURIComponent(branch)}&order_by=created_at&sort=desc&per_page=30` })).map(pullOf).filter((pull) => pull.branch === branch),
    findUpdated: async (countMax) => (await ask("look for merge requests", z.array(LabRequest), { path: `/merge_requests?state=all&order_by=updated_at&sort=desc&per_page=${countMax}` })).map(pullOf),
    openPull: async ({ branch, baseBranch, title, body }) => pullOf(await ask("open a merge request", LabRequest, { method: "POST", path: "/merge_requests", body: { source_branch: branch, target_branch: baseBranch, title, description: withoutQuickActions(body) } })),
    editPull: async (number, { title, body, state }) => {
      await ask(`edit merge request ${number}`, LabRequest, {
        method: "PUT",
        path: pathOf(number),
        body: {
          ...(title === undefined ? {} : { title }),
          ...(body === undefined ? {} : { description: withoutQuickActions(body) }),
          ...(state === undefined ? {} : { state_event: "close" }),
        },
      });
    },
    comment: (number, said) => comment(client, number, said),
    readCheckLog: async (check) => {
      const job = jobOf(check.url);
      const fallback = `${check.name}: ${check.status}\n${check.summary}`;
      if (job === undefined) return fallback;
      try { return (await readText("read a job's log", `/jobs/${job}/trace`)).slice(-logCharsMax) || fallback; } catch (error) {
        if (isRefusal(error, 403, 404, 410)) return fallback; // erased, or not for us: the failure stands all the same
        throw error;
      }
    },
    rerunCheck: async (check) => { await ask(`run "${check.name}" again`, Done, { method: "POST", path: `/jobs/${jobOf(check.url) ?? "0"}/retry` }); },
    reportCheck: async ({ commit, name, isPassed, summary }) => {
      try { await ask(`report the check "${name}"`, Done, { method: "POST", path: `/statuses/${commit}`, body: { state: isPassed ? "success" : "failed", name, description: summary.slice(0, 140) } }); } catch (error) {
        // Two reports of one commit at once: the later one is not taken.
        if (isRefusal(error, 409)) throw new InspanError("FORGE_BUSY", messageOf(error), { remedy: "do the same again", isRetryable: true, cause: error });
        throw error;
      }
    },
    merge: (number, how) => merge(client, number, how),
    deleteBranch: async (branch) => {
      try { await ask(`delete the branch "${branch}"`, Done, { method: "DELETE", path: `/repository/branches/${encodeURIComponent(branch)}` }); } catch (error) {
        if (!isRefusal(error, 404)) throw error; // gone already
      }
    },
  };
}
