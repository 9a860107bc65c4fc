// GitHub on loopback: the part of REST and GraphQL that Inspan speaks, with ETags, limits and faults, over a ForgeWorld.
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { people, type FakeComment, type FakePull, type FakeUser, type ForgeWorld } from "./world.ts";
import {
  checkRunJson,
  commentJson,
  graphComments,
  graphCommit,
  graphPull,
  graphReplies,
  graphReviews,
  graphThreads,
  inlineJson,
  pullJson,
  statusJson,
  userJson,
  type Shape,
} from "./github-forms.ts";

interface Answer { readonly status: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>>; readonly text?: string }
interface Call { readonly world: ForgeWorld; readonly shape: Shape; readonly url: URL; readonly body: Readonly<Record<string, unknown>>; readonly user: FakeUser }

type Route = readonly [string, RegExp, (call: Call, ...parts: string[]) => Answer];

const fine = (body: unknown): Answer => ({ status: 200, body });
const made = (body: unknown): Answer => ({ status: 201, body });
const missing: Answer = { status: 404, body: { message: "Not Found", documentation_url: "https://docs.github.com/rest", status: "404" } };
const invalid = (message: string): Answer => ({
  status: 422,
  body: { message: "Validation Failed", errors: [{ resource: "PullRequest", code: "custom", message }], documentation_url: "https://docs.github.com/rest" },
});
const words = (value: unknown): string => (typeof value === "string" ? value : "");

function withPull(call: Call, number: string, work: (pull: FakePull) => Answer): Answer {
  const pull = call.world.pulls.get(Number(number));
  return pull ? work(pull) : missing;
}

function postInline(call: Call, pull: FakePull, more: Partial<FakeComment>): Answer {
  const { world, body, user, shape } = call;
  const [path, line] = [words(body["path"]), Number(body["line"])];
  const isInDiff = more.replyTo !== undefined || world.git("diff", "--name-only", `refs/heads/${pull.base}...${world.headOf(pull)}`).split("\n").includes(path);
  if (!isInDiff) return invalid("path could not be resolved");
  const comment = world.say(pull.number, user, words(body["body"]), { kind: "inline", path, line, commit: words(body["commit_id"]), ...more });
  return made(inlineJson(shape, comment));
}

function mergePull(call: Call, pull: FakePull): Answer {
  if (pull.state !== "open") return { status: 405, body: { message: "Pull Request is not mergeable" } };
  switch (call.world.merge(pull, call.body["sha"] === undefined ? undefined : words(call.body["sha"]), `${words(call.body["commit_title"])}\n\n${words(call.body["commit_message"])}`)) {
    case "merged": return fine({ sha: pull.mergeCommit, merged: true, message: "Pull Request successfully merged" });
    case "moved": return { status: 409, body: { message: "Head branch was modified. Review and try the merge again." } };
    case "conflict": return { status: 405, body: { message: "Pull Request has merge conflicts" } };
    case "draft": return { status: 405, body: { message: "Pull Request is still a draft" } };
    case "protected": return { status: 405, body: { message: "At least 1 approving review is required by reviewers with write access." } };
  }
}

/** Further pages of what a look cut. */
function restOfGraph(
  { world, shape }: Call,
  name: string,
  variables: { readonly number?: number; readonly after?: string | null; readonly before?: string; readonly thread?: string; readonly commit?: string },
): Answer | undefined {
  const pull = world.pulls.get(variables.number ?? 0);
  const [head, after] = [pull === undefined ? "" : world.headOf(pull), variables.after ?? undefined];
  const ofPull = (connection: object): Answer => fine({ data: { repository: { pullRequest: pull ? connection : null } } });
  switch (name) {
    case "InspanComments": return ofPull({ comments: graphComments(shape, pull?.number ?? 0, 100, variables.before) });
    case "InspanReviews": return ofPull({ reviews: graphReviews(shape, pull?.number ?? 0, head, 100, variables.before) });
    case "InspanThreads": return ofPull({ reviewThreads: graphThreads(shape, pull?.number ?? 0, head, 50, variables.before) });
    case "InspanReplies": {
      const root = world.comments.find(({ id }) => `T_${id}` === variables.thread);
      const of = root && world.pulls.get(root.number);
      return fine({ data: { node: root && of ? { __typename: "PullRequestReviewThread", comments: graphReplies(shape, root, world.headOf(of), 100, after) } : null } });
    }
    case "InspanContexts": return fine({ data: { repository: { object: { __typename: "Commit", ...graphCommit(shape, variables.commit ?? "", 100, after) } } } });
    default: return undefined;
  }
}

function graph(call: Call): Answer {
  const { world, shape, body } = call;
  const variables = (body["variables"] ?? {}) as { number?: number; after?: string | null; before?: string; thread?: string; commit?: string }; // our own client's
  const more = restOfGraph(call, /query (Inspan\w+)/.exec(words(body["query"]))?.[1] ?? "", variables);
  if (more !== undefined) return more;
  if (words(body["query"]).includes("InspanPull(")) {
    const pull = world.pulls.get(variables.number ?? 0);
    if (pull) world.startChecks(world.headOf(pull));
    return fine({ data: { repository: { pullRequest: pull ? graphPull(shape, pull) : null } } });
  }
  if (words(body["query"]).includes("InspanChecks(")) {
    const asked = [...words(body["query"]).matchAll(/(c\d+): object\(oid: "([0-9a-f]+)"\)/g)].map((match) => [match[1] ?? "", match[2] ?? ""] as const);
    for (const [, commit] of asked) world.startChecks(commit);
    return fine({ data: { repository: Object.fromEntries(asked.map(([name, commit]) => [name, { __typename: "Commit", ...graphCommit(shape, commit) }])) } });
  }
  const open = [...world.pulls.values()].filter(({ state }) => state === "open").reverse();
  const from = Number(variables.after ?? 0);
  const page = open.slice(from, from + 50);
  for (const pull of page) world.startChecks(world.headOf(pull));
  return fine({
    data: {
      repository: {
        pullRequests: { pageInfo: { hasNextPage: from + 50 < open.length, endCursor: String(from + 50) }, nodes: page.map((pull) => graphPull(shape, pull)) },
      },
    },
  });
}

const repo = "/repos/team/desk";
const at = (path: string): RegExp => new RegExp(`^${path.replaceAll("{}", "([^/]+)")}$`);
const routes: readonly Route[] = [
  ["GET", at("/user"), ({ shape, user }) => fine(userJson(shape, user))],
  ["POST", at("/graphql"), graph],
  ["GET", at(`${repo}/pulls`), ({ world, shape, url }) => {
    const head = url.searchParams.get("head")?.split(":")[1];
    const state = url.searchParams.get("state") ?? "open";
    const found = [...world.pulls.values()].filter((pull) => (head === undefined || pull.branch === head) && (state === "all" || pull.state === state)).reverse();
    return fine(found.slice(0, Number(url.searchParams.get("per_page") ?? 30)).map((pull) => pullJson(shape, pull)));
  }],
  ["POST", at(`${repo}/pulls`), ({ world, shape, body, user }) => {
    const pull = world.open({ branch: words(body["head"]), base: words(body["base"]), title: words(body["title"]), body: words(body["body"]), user });
    return pull ? made(pullJson(shape, pull)) : invalid(`A pull request already exists for team:${words(body["head"])}.`);
  }],
  ["GET", at(`${repo}/collaborators/{}/permission`), ({ shape }, login) => {
    const user = Object.values(people).find((one) => one.login === login);
    const permission = user === undefined || user.association === "NONE" ? "read" : "write";
    return user
      ? fine({
          permission,
          role_name: permission,
          user: {
            ...userJson(shape, user),
            permissions: { pull: true, triage: false, push: permission === "write", maintain: false, admin: false },
            role_name: permission,
          },
        })
      : missing;
  }],
  ["GET", at(`${repo}/pulls/{}`), (call, number) => withPull(call, number ?? "", (pull) => fine(pullJson(call.shape, pull)))],
  ["PATCH", at(`${repo}/pulls/{}`), (call, number) => withPull(call, number ?? "", (pull) => {
    Object.assign(pull, {
      ...(call.body["title"] === undefined ? {} : { title: words(call.body["title"]) }),
      ...(call.body["body"] === undefined ? {} : { body: words(call.body["body"]) }),
      ...(call.body["state"] === "closed" ? { state: "closed" } : {}),
      updatedAt: call.world.now(),
    });
    return fine(pullJson(call.shape, pull));
  })],
  ["PUT", at(`${repo}/pulls/{}/merge`), (call, number) => withPull(call, number ?? "", (pull) => mergePull(call, pull))],
  [
    "POST",
    at(`${repo}/issues/{}/comments`),
    (call, number) => withPull(call, number ?? "", (pull) => made(commentJson(call.shape, call.world.say(pull.number, call.user, words(call.body["body"]))))),
  ],
  ["POST", at(`${repo}/pulls/{}/comments`), (call, number) => withPull(call, number ?? "", (pull) => postInline(call, pull, {}))],
  ["POST", at(`${repo}/pulls/{}/comments/{}/replies`), (call, number, id) => withPull(call, number ?? "", (pull) => {
    const root = call.world.comments.find((comment) => comment.id === Number(id) && comment.kind === "inline");
    return root
      ? postInline(call, pull, {
          replyTo: root.replyTo ?? root.id,
          ...(root.path === undefined ? {} : { path: root.path }),
          ...(root.line === undefined ? {} : { line: root.line }),
          ...(root.commit === undefined ? {} : { commit: root.commit }),
        })
      : missing;
  })],
  [
    "GET",
    at(`${repo}/check-runs/{}`),
    ({ world, shape }, id) => {
      const check = world.checks.find((one) => one.id === Number(id));
      return check ? fine(checkRunJson(shape, check)) : missing;
    },
  ],
  ["GET", at(`${repo}/check-runs/{}/annotations`), () => fine([])],
  ["POST", at(`${repo}/check-runs/{}/rerequest`), ({ world }, id) => (world.rerun(Number(id)) ? { status: 201, body: {} } : missing)],
  ["GET", at(`${repo}/actions/jobs/{}/logs`), ({ url }, id) => ({ status: 302, headers: { location: `${url.origin}/elsewhere/${id}` }, text: "" })],
  ["GET", at("/elsewhere/{}"), ({ world }, id) => ({ status: 200, headers: { "content-type": "text/plain" }, text: world.checks.find((one) => one.id === Number(id))?.log ?? "" })],
  ["POST", at(`${repo}/statuses/{}`), ({ world, shape, body }, sha) => {
    const status = {
      id: world.id(),
      sha: sha ?? "",
      context: words(body["context"]),
      state: words(body["state"]),
      description: words(body["description"]),
      createdAt: world.now(),
    };
    world.statuses.push(status);
    return made(statusJson(shape, status));
  }],
  ["DELETE", at(`${repo}/git/refs/heads/{}`), ({ world }, branch) => {
    if (world.tip(decodeURIComponent(branch ?? "")) === undefined) return { status: 422, body: { message: "Reference does not exist" } };
    world.git("update-ref", "-d", `refs/heads/${decodeURIComponent(branch ?? "")}`);
    return { status: 204 };
  }],
];

async function readBody(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text === "" ? {} : JSON.parse(text) as Record<string, unknown>; // our own client's
}

function answerOf(call: Call, method: string): Answer {
  for (const [verb, pattern, handler] of routes) {
    const match = verb === method ? pattern.exec(call.url.pathname) : null;
    if (match) return handler(call, ...match.slice(1));
  }
  return missing;
}

function send(response: ServerResponse, answer: Answer, etag: string | undefined): void {
  const text = answer.text ?? (answer.body === undefined ? "" : JSON.stringify(answer.body));
  response.writeHead(answer.status, { "content-type": "application/json; charset=utf-8", ...(etag === undefined ? {} : { etag }), ...answer.headers });
  response.end(answer.status === 304 || answer.status === 204 ? undefined : text);
}

export interface FakeForge { readonly url: string; readonly world: ForgeWorld; close(): Promise<void> }

/** Every request with the token "fake-token-of-the-agent" is made by the agent's account; others are refused. */
export async function startFakeGitHub(world: ForgeWorld): Promise<FakeForge> {
  const server = createServer((request, response) => {
    void (async () => {
      const url = new URL(request.url ?? "/", `http://${request.headers.host ?? "localhost"}`);
      const method = request.method ?? "GET";
      const line = `${method} ${url.pathname}`;
      world.requests.push(line);
      const body = await readBody(request);
      const fault = world.faults.find(({ match, times }) => times > 0 && match.test(line));
      if (fault) fault.times--;
      if (fault && !fault.after) {
        if (fault.isSilent) { request.socket.destroy(); return; }
        if (fault.isHanging) return;
        if (fault.isCut) { response.writeHead(fault.status ?? 200, fault.headers); response.write(fault.body ?? "", () => { request.socket.destroy(); }); return; }
        send(response, { status: fault.status ?? 500, ...(fault.headers ? { headers: fault.headers } : {}), text: fault.body ?? '{"message":"fault"}' }, undefined);
        return;
      }
      const isElsewhere = url.pathname.startsWith("/elsewhere/");
      if (isElsewhere === (request.headers.authorization !== undefined)) { send(response, { status: 401, body: { message: "Bad credentials" } }, undefined); return; }
      const answer = answerOf({ world, shape: { url: url.origin, world }, url, body, user: people.agent }, method);
      if (fault) { request.socket.destroy(); return; }
      const etag = method === "GET" && answer.status === 200 ? `"${createHash("sha1").update(JSON.stringify(answer.body ?? answer.text)).digest("hex")}"` : undefined;
      send(response, etag !== undefined && request.headers["if-none-match"] === etag ? { status: 304 } : answer, etag);
    })();
  });
  await new Promise<void>((resolve) => { server.listen(0, "127.0.0.1", resolve); });
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return { url: `http://127.0.0.1:${port}`, world, close: () => new Promise((resolve) => { server.closeAllConnections(); server.close(() => resolve()); }) };
}
