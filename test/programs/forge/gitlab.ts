// GitLab on loopback: the part of REST version 4 that Inspan speaks, with faults, over a ForgeWorld. Refuses what GitLab does not describe, where GitLab itself would overlook a name.
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { FakeForge } from "./github.ts";
import { askFaultsOf } from "./gitlab-contract.ts";
import {
  accountJson,
  commitJson,
  discussionJson,
  jobJson,
  jobStatusJson,
  memberJson,
  noteJson,
  pipelinesOf,
  project,
  requestJson,
  reviewersJson,
  statusJson,
  userJson,
  wholeRequestJson,
  type Call,
} from "./gitlab-forms.ts";
import { people, type FakePull, type ForgeWorld } from "./world.ts";

interface Answer { readonly status: number; readonly body?: unknown; readonly text?: string; readonly headers?: Readonly<Record<string, string>> }

const words = (value: unknown): string => (typeof value === "string" ? value : "");
const fine = (body: unknown): Answer => ({ status: 200, body });
const missing: Answer = { status: 404, body: { message: "404 Not found" } };

/** One page of a list, with the headers of offset pagination. */
function page({ url }: Call, items: readonly unknown[]): Answer {
  const [per, number] = [Number(url.searchParams.get("per_page") ?? 20), Number(url.searchParams.get("page") ?? 1)];
  const total = Math.max(1, Math.ceil(items.length / per));
  return {
    status: 200,
    body: items.slice((number - 1) * per, number * per),
    headers: { "x-page": String(number), "x-per-page": String(per), "x-next-page": number < total ? String(number + 1) : "", "x-total-pages": String(total) },
  };
}

function withPull(call: Call, iid: string | undefined, work: (pull: FakePull) => Answer): Answer {
  const pull = call.world.pulls.get(Number(iid));
  return pull ? work(pull) : missing;
}

function discuss(call: Call, pull: FakePull): Answer {
  const position = call.body["position"] as { new_path?: string; new_line?: number; head_sha?: string } | undefined; // our own client's
  if (
    position &&
    !call.world
      .git("diff", "--name-only", `refs/heads/${pull.base}...${call.world.headOf(pull)}`)
      .split("\n")
      .includes(position.new_path ?? "")
  )
    return { status: 400, body: { message: '400 Bad request - Note {:line_code=>["can\'t be blank"]}' } };
  const comment = call.world.say(
    pull.number,
    people.agent,
    words(call.body["body"]),
    position ? { kind: "inline", path: position.new_path ?? "", line: position.new_line ?? 1, commit: position.head_sha ?? "" } : {},
  );
  return { status: 201, body: discussionJson(call.world, comment) };
}

function mergePull(call: Call, pull: FakePull): Answer {
  if (pull.state !== "open") return { status: 405, body: { message: "405 Method Not Allowed" } };
  switch (call.world.merge(pull, words(call.body["sha"]) || undefined, words(call.body["squash_commit_message"]))) {
    case "merged": return fine(wholeRequestJson(call, pull));
    case "moved": return { status: 409, body: { message: "SHA does not match HEAD of source branch" } };
    case "conflict": return { status: 422, body: { message: "Branch cannot be merged" } };
    case "draft": case "protected": return { status: 405, body: { message: "405 Method Not Allowed" } };
  }
}

const at = (path: string): RegExp => new RegExp(`^${path.replaceAll("{}", "([^/]+)")}$`);
const routes: readonly (readonly [string, RegExp, (call: Call, ...parts: string[]) => Answer])[] = [
  ["GET", at("/user"), () => fine(accountJson(people.agent))],
  [
    "GET",
    at(`${project}/members/all/{}`),
    (_, id) => {
      const user = Object.values(people)[Number(id) - 1];
      return user && user.association !== "NONE" ? fine(memberJson(user)) : missing;
    },
  ],
  [
    "GET",
    at(`${project}/members/all`),
    (call) =>
      page(
        call,
        Object.values(people)
          .filter((user) => user.association !== "NONE" && userJson(user).username.includes(call.url.searchParams.get("query") ?? ""))
          .map(memberJson),
      ),
  ],
  ["GET", at(`${project}/merge_requests`), (call) => {
    const { searchParams } = call.url;
    const state = searchParams.get("state") ?? "all";
    const [order, way] = [searchParams.get("order_by") === "updated_at" ? "updated_at" as const : "created_at" as const, searchParams.get("sort") === "asc" ? 1 : -1];
    const requests = [...call.world.pulls.values()].filter(({ branch }) => (searchParams.get("source_branch") ?? branch) === branch).map((pull) => requestJson(call, pull));
    return page(call, requests.filter((one) => state === "all" || one.state === state).sort((a, b) => way * (Date.parse(a[order]) - Date.parse(b[order]) || a.iid - b.iid)));
  }],
  ["POST", at(`${project}/merge_requests`), (call) => {
    const pull = call.world.open({
      branch: words(call.body["source_branch"]),
      base: words(call.body["target_branch"]),
      title: words(call.body["title"]),
      body: words(call.body["description"]),
      user: people.agent,
    });
    return pull ? { status: 201, body: wholeRequestJson(call, pull) } : { status: 409, body: { message: ["Another open merge request already exists for this source branch"] } };
  }],
  ["GET", at(`${project}/merge_requests/{}`), (call, iid) => withPull(call, iid, (pull) => fine(wholeRequestJson(call, pull)))],
  ["PUT", at(`${project}/merge_requests/{}`), (call, iid) => withPull(call, iid, (pull) => {
    Object.assign(pull, {
      ...(call.body["title"] === undefined ? {} : { title: words(call.body["title"]) }),
      ...(call.body["description"] === undefined ? {} : { body: words(call.body["description"]) }),
      ...(call.body["state_event"] === "close" ? { state: "closed" as const } : {}),
      updatedAt: call.world.now(),
    });
    return fine(wholeRequestJson(call, pull));
  })],
  ["PUT", at(`${project}/merge_requests/{}/merge`), (call, iid) => withPull(call, iid, (pull) => mergePull(call, pull))],
  [
    "GET",
    at(`${project}/merge_requests/{}/discussions`),
    (call, iid) =>
      withPull(call, iid, (pull) =>
        page(
          call,
          call.world.comments
            .filter(({ number, kind, replyTo }) => number === pull.number && kind !== "review" && replyTo === undefined)
            .map((root) => discussionJson(call.world, root)),
        ),
      ),
  ],
  ["POST", at(`${project}/merge_requests/{}/discussions`), (call, iid) => withPull(call, iid, (pull) => discuss(call, pull))],
  ["POST", at(`${project}/merge_requests/{}/discussions/{}/notes`), (call, iid, id) => withPull(call, iid, (pull) => {
    const root = call.world.comments.find((comment) => `d${comment.id}` === id);
    return root ? { status: 201, body: noteJson(call.world, call.world.say(pull.number, people.agent, words(call.body["body"]), { kind: root.kind, replyTo: root.id })) } : missing;
  })],
  ["GET", at(`${project}/merge_requests/{}/reviewers`), (call, iid) => withPull(call, iid, (pull) => fine(reviewersJson(call.world, pull)))],
  ["GET", at(`${project}/pipelines`), (call) => {
    // They begin with a push.
    for (const pull of call.world.pulls.values())
      if (pull.state === "open") call.world.startChecks(call.world.mergedResults.get(call.world.headOf(pull)) ?? call.world.headOf(pull));
    return page(call, pipelinesOf(call));
  }],
  ["GET", at(`${project}/repository/commits/{}`), (call, sha) => fine(commitJson(call, sha ?? ""))],
  ["GET", at(`${project}/repository/commits/{}/statuses`), (call, sha) => {
    if (!call.world.mergedResults.has(sha ?? "")) call.world.startChecks(sha ?? "");
    return page(call, [
      ...call.world.checks.filter((check) => check.sha === sha).map((check) => jobStatusJson(call, check)),
      ...call.world.statuses.filter((status) => status.sha === sha).map(statusJson),
    ]);
  }],
  ["POST", at(`${project}/statuses/{}`), ({ world, body }, sha) => {
    const status = { id: world.id(), sha: sha ?? "", context: words(body["name"]), state: words(body["state"]), description: words(body["description"]), createdAt: world.now() };
    world.statuses.push(status);
    return { status: 201, body: statusJson(status) };
  }],
  [
    "GET",
    at(`${project}/jobs/{}/trace`),
    ({ world }, id) => {
      const check = world.checks.find((one) => one.id === Number(id));
      return check ? { status: 200, text: check.log } : missing;
    },
  ],
  ["POST", at(`${project}/jobs/{}/retry`), (call, id) => { const check = call.world.rerun(Number(id)); return check ? { status: 201, body: jobJson(call, check) } : missing; }],
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
      if (fault?.isHanging) return;
      if (fault?.isSilent) { request.socket.destroy(); return; }
      if (fault?.isCut) { response.writeHead(fault.status ?? 200, fault.headers); response.write(fault.body ?? "", () => { request.socket.destroy(); }); return; }
      if (fault && !fault.after) { response.writeHead(fault.status ?? 500, { "content-type": "application/json", ...fault.headers }); response.end(fault.body ?? "{}"); return; }
      const call: Call = { world, origin: `http://${request.headers.host ?? "localhost"}`, url, body };
      const route = request.headers["private-token"] === undefined ? undefined : routes.find(([method, pattern]) => method === request.method && pattern.test(url.pathname));
      const undescribed = route ? askFaultsOf(request.method ?? "GET", url.pathname.replace(project, ""), url.searchParams, body) : [];
      const answer: Answer =
        request.headers["private-token"] === undefined
          ? { status: 401, body: { message: "401 Unauthorized" } }
          : undescribed.length > 0
            ? { status: 400, body: { error: undescribed.join("; ") } }
            : route
              ? route[2](call, ...(route[1].exec(url.pathname)?.slice(1) ?? []))
              : missing;
      if (fault) { request.socket.destroy(); return; }
      response.writeHead(answer.status, { "content-type": answer.text === undefined ? "application/json" : "text/plain", ...answer.headers });
      response.end(answer.text ?? (answer.body === undefined ? undefined : JSON.stringify(answer.body)));
    })();
  });
  await new Promise<void>((resolve) => { server.listen(0, "127.0.0.1", resolve); });
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return { url: `http://127.0.0.1:${port}`, world, close: () => new Promise((resolve) => { server.closeAllConnections(); server.close(() => resolve()); }) };
}
