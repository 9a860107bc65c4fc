// The fake GitLab's answers, and what our client reads of them, against GitLab's documented entities; and each state that GitLab knows through the port.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { z } from "zod";
import { Secret } from "../../src/providers/index.ts";
import { createBoundedFetch, type CachedAnswer } from "../../src/domains/forge/repo/bounded-fetch.ts";
import { createGitLab } from "../../src/domains/forge/repo/gitlab.ts";
import { LabDiscussion, LabNote, LabPipeline, LabRequest, LabReviewer, LabStatus, LabUser } from "../../src/domains/forge/repo/gitlab-wire.ts";
import { answers, entities, faultsOf } from "../programs/forge/gitlab-contract.ts";
import { startFakeGitLab } from "../programs/forge/gitlab.ts";
import { ForgeWorld, people } from "../programs/forge/world.ts";
import { createBareRemote } from "../support/bare-remote.ts";

async function setUp() {
  const remote = await createBareRemote({ "a.txt": "one\n" });
  const clone = await remote.clone("user");
  const world = new ForgeWorld(remote.originPath);
  const fake = await startFakeGitLab(world);
  const head = clone.commitOn("topic", { "a.txt": "two\n" });
  clone.git("push", "--quiet", "origin", "topic");
  world.ci.set("build", () => ({ conclusion: "success", log: "fine" }));
  const fetch = createBoundedFetch({
    clock: remote.providers.clock,
    random: remote.providers.random,
    signal: AbortSignal.timeout(60_000),
    cache: { read: () => undefined, write: () => undefined, count: () => undefined },
  });
  const forge = createGitLab({ baseUrl: `${fake.url}/api/v4`, repository: "team/desk", token: new Secret("fake-token-of-the-agent"), fetch });
  return { remote, clone, world, fake, head, forge, close: async () => { await fake.close(); await remote.dispose(); } };
}

test("the fake answers as GitLab's documentation says, in every route that our client asks", async () => {
  const { world, fake, head, clone, close } = await setUp();
  try {
    const faults: string[] = [];
    const asked = new Set<string>();
    const call = async (route: string, values: Readonly<Record<string, string | number>> = {}, body?: object) => {
      asked.add(route);
      const [method = "GET", path = ""] = route.split(" ");
      const filled = path.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(values[name])));
      const response = await fetch(`${fake.url}/api/v4${filled === "/user" ? "" : "/projects/team%2Fdesk"}${filled}`, {
        method,
        headers: { "private-token": "t" },
        signal: AbortSignal.timeout(20_000),
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
      const expected = answers[route];
      if (![expected?.status].flat().includes(response.status)) faults.push(`${route}: ${response.status}, expected ${String(expected?.status ?? "to be documented")}`);
      else if (expected?.body !== undefined) faults.push(...faultsOf(expected.body, await response.json(), route));
    };
    const at = { iid: 1, sha: head };
    const base = clone.git("rev-parse", "origin/main");
    await call("GET /user");
    await call("POST /merge_requests", {}, { source_branch: "topic", target_branch: "main", title: "t", description: "d" });
    await call("GET /merge_requests");
    await call("PUT /merge_requests/:iid", at, { title: "u" });
    await call("POST /merge_requests/:iid/discussions", at, { body: "c" });
    await call("POST /merge_requests/:iid/discussions", at, {
      body: "c",
      position: { position_type: "text", base_sha: base, start_sha: base, head_sha: head, new_path: "a.txt", old_path: "a.txt", new_line: 1 },
    });
    world.say(1, people.ada, "added 1 commit", { isSystem: true });
    world.say(1, people.ada, "looks good");
    await call("POST /merge_requests/:iid/discussions/:discussion_id/notes", { ...at, discussion_id: `d${world.comments.at(-1)?.id ?? 0}` }, { body: "r" });
    world.say(1, people.ada, "settled", { kind: "inline", path: "a.txt", line: 1, commit: head, isResolved: true });
    for (const state of ["APPROVED", "CHANGES_REQUESTED", "COMMENTED"])
      world.say(1, state === "APPROVED" ? people.ada : state === "COMMENTED" ? people.stranger : people.linter, "", { kind: "review", state });
    await call("POST /statuses/:sha", at, { state: "success", name: "c", description: "d" });
    await call("GET /pipelines");
    await call("GET /repository/commits/:sha", at);
    await call("GET /repository/commits/:sha/statuses", at);
    await call("GET /merge_requests/:iid/discussions", at);
    await call("GET /merge_requests/:iid/reviewers", at);
    await call("GET /members/all");
    await call("GET /members/all/:user_id", { user_id: 2 });
    await call("GET /jobs/:job_id/trace", { job_id: world.checks[0]?.id ?? 0 });
    await call("POST /jobs/:job_id/retry", { job_id: world.checks[0]?.id ?? 0 });
    for (const change of [
      () => {
        world.isProtected = true;
      },
      () => {
        world.isProtected = false;
        Object.assign(world.pulls.get(1) ?? {}, { isDraft: true });
      },
      () => {
        Object.assign(world.pulls.get(1) ?? {}, { isDraft: false });
      },
    ]) {
      change();
      await call("GET /merge_requests/:iid", at);
    }
    await call("PUT /merge_requests/:iid/merge", at, { sha: head });
    await call("GET /merge_requests/:iid", at);
    clone.git("push", "--quiet", "origin", `${head}:refs/heads/gone`);
    await call("DELETE /repository/branches/:branch", { branch: "gone" });
    assert.deepEqual(faults, []);
    assert.deepEqual(Object.keys(answers).filter((route) => !asked.has(route)), [], "every documented route was asked");
  } finally { await close(); }
});

test("what GitLab does not describe of a request is refused: a name that is none, a value that is none, what has to be there", async () => {
  const { fake, close } = await setUp();
  try {
    const ask = async (method: string, path: string, body?: object) => {
      const response = await fetch(`${fake.url}/api/v4/projects/team%2Fdesk${path}`, {
        method,
        headers: { "private-token": "t" },
        signal: AbortSignal.timeout(20_000),
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
      return `${response.status} ${await response.text()}`;
    };
    assert.match(await ask("GET", "/merge_requests?state=opened&per_page=100&page=2"), /^200 /);
    assert.match(await ask("GET", "/merge_requests?state=open"), /^400 .*state.*expected one of opened closed/);
    assert.match(await ask("GET", "/merge_requests?per_page=many"), /^400 .*per_page/);
    assert.match(await ask("GET", "/merge_requests?head=topic"), /^400 .*head: GitLab gives no such field/);
    assert.match(await ask("POST", "/merge_requests", { source_branch: "topic", target_branch: "main" }), /^400 .*title: missing/);
    assert.match(await ask("POST", "/merge_requests", { source_branch: "topic", target_branch: "main", title: "t" }), /^201 /);
    assert.match(await ask("PUT", "/merge_requests/1", { state_event: "closed" }), /^400 .*expected one of close reopen/);
    assert.match(await ask("POST", "/merge_requests/1/discussions", { body: "c", position: { new_path: "a.txt", new_line: 1 } }), /^400 .*base_sha: missing.*start_sha: missing/);
  } finally { await close(); }
});

test("a page that is short because something on it may not be read is not the last one, from the cache neither", async () => {
  const { remote, world, fake, close } = await setUp();
  try {
    const kept = new Map<string, CachedAnswer>();
    const fetch = createBoundedFetch({
      clock: remote.providers.clock,
      random: remote.providers.random,
      signal: AbortSignal.timeout(60_000),
      cache: {
        read: (url) => kept.get(url),
        write: (url, answer) => {
          kept.set(url, answer);
        },
        count: () => undefined,
      },
    });
    const forge = createGitLab({ baseUrl: `${fake.url}/api/v4`, repository: "team/desk", token: new Secret("fake-token-of-the-agent"), fetch });
    await forge.openPull({ branch: "topic", baseBranch: "main", title: "t", body: "b" });
    world.say(1, people.ada, "counted");
    const discussion = (id: number) => ({
      id: `d${id}`,
      individual_note: false,
      notes: [{ id, body: `word ${id}`, author: { id: 2, username: "ada" }, created_at: "c", system: false }],
    });
    const said = async (...pages: readonly (readonly [number, string, Readonly<Record<string, string>>, string])[]) => {
      world.faults.splice(
        0,
        99,
        ...pages.map(([status, etag, headers, body]) => ({
          match: /discussions$/,
          times: 1,
          status,
          headers: { "content-type": "application/json", etag, ...headers },
          body,
        })),
      );
      const { comments, isCut } = await forge.readSnapshot(1);
      assert.deepEqual(world.faults.filter(({ times }) => times > 0), [], "every page was asked for");
      return [comments.map(({ body }) => body).join(), isCut];
    };
    const [one, two] = [JSON.stringify([discussion(1)]), JSON.stringify([discussion(2)])];
    assert.deepEqual(await said([200, '"a"', { "x-next-page": "2" }, one], [200, '"b"', { "x-next-page": "" }, two]), ["word 1,word 2", false]);
    assert.deepEqual(await said([304, '"a"', {}, ""], [304, '"b"', {}, ""]), ["word 1,word 2", false], "not changed since");
    kept.clear();
    assert.deepEqual(
      await said([200, '"c"', { "x-next-page": "2" }, "[]"], [200, '"d"', { "x-next-page": "3" }, "[]"], [200, '"e"', { "x-next-page": "" }, two]),
      ["word 2", false],
      "two pages of which nothing may be read",
    );
    kept.clear();
    assert.deepEqual(
      await said(
        [200, '"f"', { link: '<http://localhost/x?page=2>; rel="next", <http://localhost/x?page=1>; rel="first"' }, one],
        [200, '"g"', { link: '<http://localhost/x?page=1>; rel="first"' }, two],
      ),
      ["word 1,word 2", false],
      "a proxy that lets only the link pass",
    );
    kept.clear();
    assert.deepEqual(await said([200, '"h"', {}, one]), ["word 1", false], "nothing told: a short page is the last");
  } finally { await close(); }
});

test("our client reads nothing that GitLab does not give, and needs nothing that it may leave out", () => {
  const read: readonly (readonly [string, z.ZodObject])[] = [
    ["account", LabUser],
    ["whole", LabRequest],
    ["discussion", LabDiscussion],
    ["note", LabNote],
    ["reviewer", LabReviewer],
    ["status", LabStatus],
    ["pipeline", LabPipeline],
  ];
  for (const [name, schema] of read) {
    const entity = entities[name] ?? {};
    for (const [field, type] of Object.entries(schema.shape)) {
      const isThere = field in entity || `${field}?` in entity;
      assert.ok(isThere, `${name}.${field} is documented`);
      // A list of merge requests has fewer fields than one that is read alone.
      const mayMiss = !(field in entity) || (name === "whole" && !(field in (entities["request"] ?? {})));
      if (mayMiss) assert.ok((type as z.ZodType).safeParse(undefined).success, `${name}.${field} may be absent`); // zod's own shape
      if ((entity[field] ?? entity[`${field}?`] ?? "").endsWith("|null")) assert.ok((type as z.ZodType).safeParse(null).success, `${name}.${field} may be null`); // zod's own shape
    }
  }
});

test("each state of GitLab means something to the port: jobs, reviews, drafts, approvals, merged results, who may push", async () => {
  const { world, head, forge, clone, close } = await setUp();
  try {
    const pull = await forge.openPull({ branch: "topic", baseBranch: "main", title: "t", body: "b\n/merge\n/close now" });
    assert.equal(world.pulls.get(1)?.body, "b\n /merge\n /close now", "no line of ours is an order to GitLab");
    await forge.comment(1, { body: "see\n/approve" });
    assert.equal(world.comments.at(-1)?.body, "see\n /approve");
    const merge = () => forge.merge(1, { expectedHead: head, title: "t", message: "m" });
    Object.assign(world.pulls.get(1) ?? {}, { isDraft: true });
    assert.match(JSON.stringify(await merge()), /"refused".*draft status/);
    Object.assign(world.pulls.get(1) ?? {}, { isDraft: false });
    world.isProtected = true;
    assert.match(JSON.stringify(await merge()), /"refused".*not approved/);
    world.isProtected = false;
    world.faults.push(
      { match: /PUT .*merge$/, times: 1, status: 405, body: '{"message":"405 Method Not Allowed"}' },
      {
        match: /GET .*merge_requests\/1$/,
        times: 1,
        status: 200,
        body: JSON.stringify({
          iid: 1,
          title: "t",
          description: "",
          state: "opened",
          source_branch: "topic",
          target_branch: "main",
          sha: head,
          web_url: "u",
          author: { id: 1, username: "a" },
          created_at: "c",
          updated_at: "u",
          detailed_merge_status: "checking",
        }),
      },
    );
    await assert.rejects(merge(), { code: "FORGE_BUSY", isRetryable: true });
    assert.deepEqual(await forge.merge(1, { expectedHead: "0".repeat(40), title: "t", message: "m" }), { kind: "head-moved" });

    // Jobs and foreign statuses.
    const states: Readonly<Record<string, string>> = { success: "passed", failure: "failed", cancelled: "cancelled", skipped: "neutral", neutral: "neutral" };
    world.checks.splice(0);
    world.ci.clear();
    for (const [conclusion] of Object.entries(states))
      world.checks.push({
        id: world.id(),
        name: conclusion,
        sha: head,
        status: "completed",
        conclusion,
        log: "",
        attempts: 1,
        startedAt: world.now(),
        completedAt: world.now(),
      });
    world.checks.push(
      {
        id: world.id(),
        name: "may fail",
        sha: head,
        status: "completed",
        conclusion: "failure",
        log: "",
        attempts: 1,
        startedAt: world.now(),
        completedAt: world.now(),
        isAllowedToFail: true,
      },
      {
        id: world.id(),
        name: "runs",
        sha: head,
        status: "in_progress",
        conclusion: undefined,
        log: "",
        attempts: 1,
        startedAt: world.now(),
        completedAt: undefined,
      },
      {
        id: world.id(),
        name: "waits",
        sha: head,
        status: "queued",
        conclusion: undefined,
        log: "",
        attempts: 1,
        startedAt: world.now(),
        completedAt: undefined,
      },
    );
    await forge.reportCheck({ commit: head, name: "inspan/test", isPassed: false, summary: "failed on the merge" });
    const checks = (await forge.readChecks([head])).get(head) ?? [];
    assert.deepEqual(Object.fromEntries(checks.map(({ name, status }) => [name, status])), {
      ...states,
      "may fail": "neutral",
      runs: "pending",
      waits: "pending",
      "inspan/test": "failed",
    });
    assert.deepEqual(checks.filter(({ canRerun }) => !canRerun).map(({ name }) => name), ["inspan/test"], "a status of another program cannot be run again");

    // A pipeline for merged results stands at another commit; what it says, it says of the head.
    const merged = clone.git("commit-tree", `${head}^{tree}`, "-p", clone.git("rev-parse", "origin/main"), "-p", head, "-m", "merged");
    clone.git("push", "--quiet", "origin", `${merged}:refs/heads/merged-results`);
    world.mergedResults.set(head, merged);
    world.checks.splice(0, 99, {
      id: world.id(),
      name: "build",
      sha: merged,
      status: "completed",
      conclusion: "failure",
      log: "no",
      attempts: 1,
      startedAt: world.now(),
      completedAt: world.now(),
    });
    for (const snapshot of [await forge.readSnapshot(1), (await forge.readOpen())[0]])
      assert.deepEqual(
        snapshot?.checks.filter(({ name }) => name === "build").map(({ commit, status }) => [commit, status]),
        [[head, "failed"]],
      );

    // Reviews and who may push.
    world.say(1, people.ada, "", { kind: "review", state: "CHANGES_REQUESTED" });
    world.say(1, people.stranger, "", { kind: "review", state: "APPROVED" });
    const { comments } = await forge.readSnapshot(1);
    assert.deepEqual(
      comments.filter(({ channel }) => channel === "review").map(({ author, verdict, isTrusted }) => [author.login, verdict, isTrusted]),
      [
        ["ada", "changes-requested", true],
        ["mallory", "approved", false],
      ],
    );
    assert.deepEqual([await forge.canPush("ada"), await forge.canPush("mallory"), await forge.canPush("ad"), await forge.canPush("nobody")], [true, false, false, false]);
    await forge.editPull(pull.number, { state: "closed" });
    assert.equal((await forge.readPull(1))?.state, "closed");
    assert.deepEqual(await forge.readOpen(), []);
    assert.equal(await forge.readPull(99), undefined);
  } finally { await close(); }
});
