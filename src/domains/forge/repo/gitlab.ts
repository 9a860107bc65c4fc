// GitLab behind the port of a forge: REST version 4 by our own bounded fetch (its client is 141 ms to load, and brings 25 packages).
import { z } from "zod";
import { InspanError, messageOf } from "../../../base/errors.ts";
import { boundText } from "../../../base/text.ts";
import type { Secret } from "../../../providers/index.ts";
import type { Forge, ForgeCheck, ForgeMerge, PullSnapshot } from "../types.ts";
import type { BoundedFetch } from "./bounded-fetch.ts";
import { checkOf, commentsOf, LabDiscussion, LabRequest, LabReviewer, LabStatus, LabUser, personOf, pullOf } from "./gitlab-wire.ts";

// A hundred a page; what is beyond is told as cut.
const perPage = 100;
const logCharsMax = 48_000;
// Developer: may push.
const trustedLevel = 30;

export interface GitLabOptions { readonly baseUrl: string; readonly repository: string; readonly token: Secret; readonly fetch: BoundedFetch }

class LabRefusal extends InspanError {
  readonly status: number;
  constructor(action: string, status: number, said: string) {
    super(status === 401 ? "FORGE_TOKEN" : "FORGE_REFUSED", `Cannot ${action}: the forge answered ${status} (${boundText(said, 600)}).`, { remedy: status === 401 ? "set a token that may read and write merge requests" : "inspan doctor", isRetryable: status >= 500, ...(status === 401 ? { kind: "usage" as const } : {}) });
    this.status = status;
  }
}

type Ask = <Schema extends z.ZodType>(action: string, schema: Schema, call: { readonly method?: string; readonly path: string; readonly body?: Readonly<Record<string, unknown>> }) => Promise<z.infer<Schema>>;

function createAsk({ baseUrl, repository, token, fetch }: GitLabOptions): { readonly ask: Ask; readText(action: string, path: string): Promise<string> } {
  const root = baseUrl.replace(/\/+$/, "");
  const project = `${root}/projects/${encodeURIComponent(repository)}`;
  const send = async (action: string, path: string, init: RequestInit): Promise<string> => {
    const response = await fetch(path.startsWith("/user") ? `${root}${path}` : `${project}${path}`, { ...init, headers: { "private-token": token.reveal(), "user-agent": "inspan", ...(init.body === undefined ? {} : { "content-type": "application/json" }) } });
    const answer = await response.text();
    if (!response.ok) throw new LabRefusal(action, response.status, answer);
    return answer;
  };
  return {
    readText: (action, path) => send(action, path, {}),
    ask: async (action, schema, { method = "GET", path, body }) => {
      const answer = await send(action, path, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
      let value: unknown;
      try { value = answer === "" ? {} : JSON.parse(answer); } catch { value = undefined; } // a page of something else
      const parsed = schema.safeParse(value);
      if (parsed.success) return parsed.data;
      const issue = parsed.error.issues[0];
      throw new InspanError("FORGE_UNREADABLE", `Cannot ${action}: the answer is not what GitLab documents (${issue?.path.join(".") ?? ""}: ${issue?.message ?? "wrong form"}).`, { remedy: "check forge.url in inspan.yaml", isRetryable: true });
    },
  };
}

interface Reader { readonly snapshotOf: (request: LabRequest) => Promise<PullSnapshot>; readonly checksOf: (commit: string) => Promise<readonly ForgeCheck[]> }

/** Reads what belongs to a merge request. What GitLab says has not changed since the last look is not asked for again, but for checks, which change without it. */
function createReader(ask: Ask): Reader {
  const seen = new Map<string, Promise<{ readonly discussions: readonly LabDiscussion[]; readonly reviewers: readonly LabReviewer[] }>>();
  const levels = new Map<number, Promise<boolean>>();
  const isTrusted = (user: LabUser): Promise<boolean> => {
    const known = levels.get(user.id);
    if (known) return known;
    const asked = ask("read a member", z.object({ access_level: z.number() }), { path: `/members/all/${user.id}` }).then(({ access_level: level }) => level >= trustedLevel, (error: unknown) => {
      if (error instanceof LabRefusal && error.status === 404) return false; // no member
      throw error;
    });
    levels.set(user.id, asked);
    asked.catch(() => levels.delete(user.id));
    return asked;
  };
  const wordsOf = (request: LabRequest) => {
    const key = `${request.iid}@${request.updated_at}`;
    const known = seen.get(key);
    if (known) return known;
    const asked = (async () => ({
      discussions: await ask("read discussions", z.array(LabDiscussion), { path: `/merge_requests/${request.iid}/discussions?per_page=${perPage}` }),
      reviewers: await ask("read reviewers", z.array(LabReviewer), { path: `/merge_requests/${request.iid}/reviewers` }),
    }))();
    seen.set(key, asked);
    asked.catch(() => seen.delete(key));
    return asked;
  };
  const checksOf = async (commit: string): Promise<readonly ForgeCheck[]> => (await ask("read checks", z.array(LabStatus), { path: `/repository/commits/${commit}/statuses?per_page=${perPage}` })).map(checkOf);
  return {
    checksOf,
    snapshotOf: async (request) => {
      const { discussions, reviewers } = await wordsOf(request);
      const people = new Map([...discussions.flatMap(({ notes }) => notes.map(({ author }) => author)), ...reviewers.map(({ user }) => user)].map((user) => [user.id, user]));
      const trusted = new Set<string>();
      for (const user of people.values()) if (await isTrusted(user)) trusted.add(user.username);
      const checks = request.sha === "" ? [] : await checksOf(request.sha);
      return { pull: pullOf(request), comments: [...commentsOf(request, discussions, reviewers, trusted)], checks: [...checks], isCut: false };
    },
  };
}

async function merge(ask: Ask, number: number, { expectedHead, title, message }: Parameters<Forge["merge"]>[1]): Promise<ForgeMerge> {
  try {
    const merged = await ask(`merge merge request ${number}`, LabRequest, { method: "PUT", path: `/merge_requests/${number}/merge`, body: { sha: expectedHead, squash: true, squash_commit_message: `${title}\n\n${message}`, should_remove_source_branch: false } });
    return merged.state === "merged" ? { kind: "merged", commit: pullOf(merged).mergeCommit ?? "" } : { kind: "refused", reason: `it is ${merged.state}` };
  } catch (error) {
    if (!(error instanceof LabRefusal)) throw error;
    if (error.status === 409) return { kind: "head-moved" };
    if (error.status === 406) return { kind: "conflict" };
    if ([401, 403, 405, 422].includes(error.status)) return /conflict/i.test(error.message) ? { kind: "conflict" } : { kind: "refused", reason: messageOf(error) };
    throw error;
  }
}

async function comment(ask: Ask, number: number, { body, thread, place }: Parameters<Forge["comment"]>[1]): Promise<{ readonly id: string }> {
  if (thread?.startsWith("disc:")) return { id: `note:${(await ask("answer a discussion", z.object({ id: z.number() }), { method: "POST", path: `/merge_requests/${number}/discussions/${thread.slice("disc:".length)}/notes`, body: { body } })).id}` };
  const refs = place && (await ask(`read merge request ${number}`, LabRequest, { path: `/merge_requests/${number}` })).diff_refs;
  const position = place && refs ? { position: { position_type: "text", ...refs, new_path: place.file, old_path: place.file, new_line: place.line } } : {};
  return { id: `disc:${(await ask("comment", z.object({ id: z.string() }), { method: "POST", path: `/merge_requests/${number}/discussions`, body: { body, ...position } })).id}` };
}

export function createGitLab(options: GitLabOptions): Forge {
  const { ask, readText } = createAsk(options);
  const { snapshotOf, checksOf } = createReader(ask);
  const one = (number: number) => ask(`read merge request ${number}`, LabRequest, { path: `/merge_requests/${number}` });
  const path = (number: number): string => `/merge_requests/${number}`;
  return {
    kind: "gitlab", repository: options.repository,
    readAccount: async () => personOf(await ask("read the account", LabUser, { path: "/user" })),
    readOpen: async () => {
      const open = await ask("read open merge requests", z.array(LabRequest), { path: `/merge_requests?state=opened&order_by=updated_at&per_page=${perPage}` });
      const found: PullSnapshot[] = [];
      for (const request of open) found.push(await snapshotOf(request));
      return found;
    },
    readPull: async (number) => {
      try { return pullOf(await one(number)); } catch (error) {
        if (error instanceof LabRefusal && error.status === 404) return undefined;
        throw error;
      }
    },
    readSnapshot: async (number) => snapshotOf(await one(number)),
    canPush: async (login) => {
      const members = await ask("look for a member", z.array(z.object({ username: z.string(), access_level: z.number() })), { path: `/members/all?query=${encodeURIComponent(login)}&per_page=${perPage}` });
      return members.some(({ username, access_level: level }) => username === login && level >= trustedLevel);
    },
    readChecks: async (commits) => {
      const found = new Map<string, readonly ForgeCheck[]>();
      for (const commit of commits) found.set(commit, await checksOf(commit));
      return found;
    },
    findPulls: async (branch) => (await ask("look for a merge request", z.array(LabRequest), { path: `/merge_requests?state=all&source_branch=${encodeURIComponent(branch)}&order_by=created_at&sort=desc&per_page=30` })).map(pullOf).filter((pull) => pull.branch === branch),
    openPull: async ({ branch, baseBranch, title, body }) => pullOf(await ask("open a merge request", LabRequest, { method: "POST", path: "/merge_requests", body: { source_branch: branch, target_branch: baseBranch, title, description: body } })),
    editPull: async (number, { title, body, state }) => { await ask(`edit merge request ${number}`, LabRequest, { method: "PUT", path: path(number), body: { ...(title === undefined ? {} : { title }), ...(body === undefined ? {} : { description: body }), ...(state === undefined ? {} : { state_event: "close" }) } }); },
    comment: (number, said) => comment(ask, number, said),
    readCheckLog: async (check) => {
      const job = /\/-\/jobs\/(\d+)/.exec(check.url)?.[1];
      return job === undefined ? `${check.name}: ${check.status}\n${check.summary}` : (await readText("read a job's log", `/jobs/${job}/trace`)).slice(-logCharsMax);
    },
    rerunCheck: async (check) => { await ask(`run "${check.name}" again`, z.unknown(), { method: "POST", path: `/jobs/${/\/-\/jobs\/(\d+)/.exec(check.url)?.[1] ?? "0"}/retry` }); },
    reportCheck: async ({ commit, name, isPassed, summary }) => { await ask(`report the check "${name}"`, z.unknown(), { method: "POST", path: `/statuses/${commit}`, body: { state: isPassed ? "success" : "failed", name, description: summary.slice(0, 140) } }); },
    merge: (number, how) => merge(ask, number, how),
    deleteBranch: async (branch) => {
      try { await ask(`delete the branch "${branch}"`, z.unknown(), { method: "DELETE", path: `/repository/branches/${encodeURIComponent(branch)}` }); } catch (error) {
        if (!(error instanceof LabRefusal) || error.status !== 404) throw error; // gone already
      }
    },
  };
}
