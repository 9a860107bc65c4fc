// GitLab on loopback: the part of REST version 4 that Inspan speaks, with faults, over a ForgeWorld.
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { FakeForge } from "./github.ts";
import { people, type FakeComment, type FakePull, type FakeUser, type ForgeWorld } from "./world.ts";

interface Answer { readonly status: number; readonly body?: unknown; readonly text?: string }
interface Call { readonly world: ForgeWorld; readonly origin: string; readonly url: URL; readonly body: Readonly<Record<string, unknown>> }

const project = "/projects/team%2Fdesk";
const words = (value: unknown): string => (typeof value === "string" ? value : "");
const idOf = (user: FakeUser): number => Object.values(people).findIndex(({ login }) => login === user.login) + 1;
const userJson = (user: FakeUser) => ({ id: idOf(user), username: user.login.replace("[bot]", "-bot"), name: user.login, state: "active", web_url: `http://localhost/${user.login}`, ...(user.type === "Bot" ? { bot: true } : {}) });
const fine = (body: unknown): Answer => ({ status: 200, body });
const missing: Answer = { status: 404, body: { message: "404 Not found" } };

function requestJson({ world, origin }: Call, pull: FakePull) {
  const head = world.headOf(pull);
  const isOpen = pull.state === "open";
  return {
    id: 1000 + pull.number, iid: pull.number, project_id: 1, title: pull.title, description: pull.body, state: pull.merged ? "merged" : isOpen ? "opened" : "closed", source_branch: pull.branch, target_branch: pull.base, sha: head, author: userJson(pull.user),
    merge_commit_sha: null, squash_commit_sha: pull.mergeCommit ?? null, web_url: `${origin}/team/desk/-/merge_requests/${pull.number}`, created_at: pull.createdAt, updated_at: pull.updatedAt, merged_at: pull.mergedAt ?? null,
    has_conflicts: isOpen && !world.isMergeable(pull), detailed_merge_status: isOpen && world.isMergeable(pull) ? "mergeable" : "conflict", diff_refs: { base_sha: world.tip(pull.base) ?? "", start_sha: world.tip(pull.base) ?? "", head_sha: head },
  };
}

const noteJson = (comment: FakeComment) => ({
  id: comment.id, type: comment.path === undefined ? null : "DiffNote", body: comment.body, author: userJson(comment.user), created_at: comment.createdAt, updated_at: comment.createdAt, system: false, resolvable: true, resolved: comment.isResolved ?? false,
  ...(comment.path === undefined ? {} : { position: { base_sha: comment.commit, start_sha: comment.commit, head_sha: comment.commit, old_path: comment.path, new_path: comment.path, position_type: "text", new_line: comment.line ?? null, old_line: null } }),
});
const discussionJson = (world: ForgeWorld, root: FakeComment) => ({ id: `d${root.id}`, individual_note: false, notes: [root, ...world.comments.filter(({ replyTo }) => replyTo === root.id)].map(noteJson) });

function withPull(call: Call, iid: string | undefined, work: (pull: FakePull) => Answer): Answer {
  const pull = call.world.pulls.get(Number(iid));
  return pull ? work(pull) : missing;
}

function discuss(call: Call, pull: FakePull): Answer {
  const position = call.body["position"] as { new_path?: string; new_line?: number; head_sha?: string } | undefined; // our own client's
  if (position && !call.world.git("diff", "--name-only", `refs/heads/${pull.base}...${call.world.headOf(pull)}`).split("\n").includes(position.new_path ?? "")) return { status: 400, body: { message: '400 Bad request - Note {:line_code=>["can\'t be blank"]}' } };
  const comment = call.world.say(pull.number, people.agent, words(call.body["body"]), position ? { kind: "inline", path: position.new_path ?? "", line: position.new_line ?? 1, commit: position.head_sha ?? "" } : {});
  return { status: 201, body: discussionJson(call.world, comment) };
}

function mergePull(call: Call, pull: FakePull): Answer {
  if (pull.state !== "open") return { status: 405, body: { message: "405 Method Not Allowed" } };
  switch (call.world.merge(pull, words(call.body["sha"]) || undefined, words(call.body["squash_commit_message"]))) {
    case "merged": return fine(requestJson(call, pull));
    case "moved": return { status: 409, body: { message: "SHA does not match HEAD of source branch" } };
    case "conflict": return { status: 422, body: { message: "Branch cannot be merged: conflict" } };
    case "protected": return { status: 405, body: { message: "405 Method Not Allowed: approvals are missing" } };
  }
}

const jobJson = (call: Call, check: ForgeWorld["checks"][number]) => ({
  id: check.id, sha: check.sha, name: check.name, ref: "x", status: check.status !== "completed" ? "running" : check.conclusion === "success" ? "success" : check.conclusion === "cancelled" ? "canceled" : "failed", description: null, allow_failure: false,
  target_url: `${call.origin}/team/desk/-/jobs/${check.id}`, created_at: check.startedAt, started_at: check.startedAt, finished_at: check.completedAt ?? null, author: userJson(people.ada),
});

const at = (path: string): RegExp => new RegExp(`^${path.replaceAll("{}", "([^/]+)")}$`);
const routes: readonly (readonly [string, RegExp, (call: Call, ...parts: string[]) => Answer])[] = [
  ["GET", at("/user"), () => fine(userJson(people.agent))],
  ["GET", at(`${project}/members/all/{}`), (_, id) => { const user = Object.values(people)[Number(id) - 1]; return user && user.association !== "NONE" ? fine({ ...userJson(user), access_level: 30 }) : missing; }],
  ["GET", at(`${project}/members/all`), ({ url }) => fine(Object.values(people).filter((user) => user.association !== "NONE" && userJson(user).username.includes(url.searchParams.get("query") ?? "")).map((user) => ({ ...userJson(user), access_level: 30 })))],
  ["GET", at(`${project}/merge_requests`), (call) => {
    const { searchParams } = call.url;
    const state = searchParams.get("state");
    return fine([...call.world.pulls.values()].filter((pull) => (state === "all" || pull.state === "open") && (searchParams.get("source_branch") ?? pull.branch) === pull.branch).reverse().map((pull) => requestJson(call, pull)));
  }],
  ["POST", at(`${project}/merge_requests`), (call) => {
    const pull = call.world.open({ branch: words(call.body["source_branch"]), base: words(call.body["target_branch"]), title: words(call.body["title"]), body: words(call.body["description"]), user: people.agent });
    return pull ? { status: 201, body: requestJson(call, pull) } : { status: 409, body: { message: ["Another open merge request already exists for this source branch"] } };
  }],
  ["GET", at(`${project}/merge_requests/{}`), (call, iid) => withPull(call, iid, (pull) => fine(requestJson(call, pull)))],
  ["PUT", at(`${project}/merge_requests/{}`), (call, iid) => withPull(call, iid, (pull) => {
    Object.assign(pull, { ...(call.body["title"] === undefined ? {} : { title: words(call.body["title"]) }), ...(call.body["description"] === undefined ? {} : { body: words(call.body["description"]) }), ...(call.body["state_event"] === "close" ? { state: "closed" as const } : {}), updatedAt: call.world.now() });
    return fine(requestJson(call, pull));
  })],
  ["PUT", at(`${project}/merge_requests/{}/merge`), (call, iid) => withPull(call, iid, (pull) => mergePull(call, pull))],
  ["GET", at(`${project}/merge_requests/{}/discussions`), (call, iid) => withPull(call, iid, (pull) => fine(call.world.comments.filter(({ number, kind, replyTo }) => number === pull.number && kind !== "review" && replyTo === undefined).map((root) => discussionJson(call.world, root))))],
  ["POST", at(`${project}/merge_requests/{}/discussions`), (call, iid) => withPull(call, iid, (pull) => discuss(call, pull))],
  ["POST", at(`${project}/merge_requests/{}/discussions/{}/notes`), (call, iid, id) => withPull(call, iid, (pull) => {
    const root = call.world.comments.find((comment) => `d${comment.id}` === id);
    return root ? { status: 201, body: noteJson(call.world.say(pull.number, people.agent, words(call.body["body"]), { kind: root.kind, replyTo: root.id })) } : missing;
  })],
  ["GET", at(`${project}/merge_requests/{}/reviewers`), (call, iid) => withPull(call, iid, (pull) => {
    const last = new Map(call.world.comments.filter(({ number, kind }) => number === pull.number && kind === "review").map((comment) => [comment.user.login, comment]));
    return fine([...last.values()].map((comment) => ({ user: userJson(comment.user), state: comment.state === "APPROVED" ? "approved" : comment.state === "CHANGES_REQUESTED" ? "requested_changes" : "reviewed", created_at: comment.createdAt })));
  })],
  ["GET", at(`${project}/repository/commits/{}/statuses`), (call, sha) => {
    call.world.startChecks(sha ?? "");
    const own = call.world.statuses.filter((status) => status.sha === sha).map((status) => ({ id: status.id, sha: status.sha, ref: "x", name: status.context, status: status.state === "success" ? "success" : "failed", description: status.description, target_url: null, allow_failure: false, created_at: status.createdAt, started_at: status.createdAt, finished_at: status.createdAt, author: userJson(people.agent) }));
    return fine([...call.world.checks.filter((check) => check.sha === sha).map((check) => jobJson(call, check)), ...own]);
  }],
  ["POST", at(`${project}/statuses/{}`), ({ world, body }, sha) => {
    world.statuses.push({ id: world.id(), sha: sha ?? "", context: words(body["name"]), state: words(body["state"]), description: words(body["description"]), createdAt: world.now() });
    return { status: 201, body: {} };
  }],
  ["GET", at(`${project}/jobs/{}/trace`), ({ world }, id) => { const check = world.checks.find((one) => one.id === Number(id)); return check ? { status: 200, text: check.log } : missing; }],
  ["POST", at(`${project}/jobs/{}/retry`), ({ world }, id) => (world.rerun(Number(id)) ? { status: 201, body: {} } : missing)],
  ["DELETE", at(`${project}/repository/branches/{}`), ({ world }, branch) => {
    if (world.tip(decodeURIComponent(branch ?? "")) === undefined) return missing;
    world.git("update-ref", "-d", `refs/heads/${decodeURIComponent(branch ?? "")}`);
    return { status: 204 };
  }],
];

async function readBody(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text === "" ? {} : JSON.parse(text) as Record<string, unknown>; // our own client's
}

/** The API's root is the url with "/api/v4". */
export async function startFakeGitLab(world: ForgeWorld): Promise<FakeForge> {
  const server = createServer((request, response) => {
    void (async () => {
      const url = new URL((request.url ?? "/").replace(/^\/api\/v4/, ""), `http://${request.headers.host ?? "localhost"}`);
      const line = `${request.method ?? "GET"} ${url.pathname}`;
      world.requests.push(line);
      const body = await readBody(request);
      const fault = world.faults.find(({ match, times }) => times > 0 && match.test(line));
      if (fault) fault.times--;
      if (fault && !fault.after) { response.writeHead(fault.status ?? 500, { "content-type": "application/json", ...fault.headers }); response.end(fault.body ?? "{}"); return; }
      const call: Call = { world, origin: `http://${request.headers.host ?? "localhost"}`, url, body };
      const route = request.headers["private-token"] === undefined ? undefined : routes.find(([method, pattern]) => method === request.method && pattern.test(url.pathname));
      const answer = request.headers["private-token"] === undefined ? { status: 401, body: { message: "401 Unauthorized" } } : route ? route[2](call, ...(route[1].exec(url.pathname)?.slice(1) ?? [])) : missing;
      if (fault) { request.socket.destroy(); return; }
      response.writeHead(answer.status, { "content-type": "application/json" });
      response.end(answer.text ?? (answer.body === undefined ? undefined : JSON.stringify(answer.body)));
    })();
  });
  await new Promise<void>((resolve) => { server.listen(0, "127.0.0.1", resolve); });
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return { url: `http://127.0.0.1:${port}`, world, close: () => new Promise((resolve) => { server.closeAllConnections(); server.close(() => resolve()); }) };
}
