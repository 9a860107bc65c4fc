// Each method of the port on both forges against each way in which a forge fails: bounded, told with what, why and what next, no write sent twice, no token shown. Prints a row each.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { InspanError } from "../../src/base/errors.ts";
import { Secret, type Clock } from "../../src/providers/index.ts";
import { createBoundedFetch } from "../../src/domains/forge/repo/bounded-fetch.ts";
import { createGitHub } from "../../src/domains/forge/repo/github.ts";
import { createGitLab } from "../../src/domains/forge/repo/gitlab.ts";
import type { Forge, ForgeCheck } from "../../src/domains/forge/index.ts";
import { startFakeGitHub, type FakeForge } from "../programs/forge/github.ts";
import { startFakeGitLab } from "../programs/forge/gitlab.ts";
import { ForgeWorld, people, type Fault } from "../programs/forge/world.ts";
import { createBareRemote, type BareRemote } from "../support/bare-remote.ts";

const token = "fake-token-of-the-agent";
// A read is asked for four times at most; a method takes a few reads.
const requestsMax = 12;
const hangMs = 60;

let remote: BareRemote;
let head = "";
before(async () => {
  remote = await createBareRemote({ "a.txt": "one\n" });
  const clone = await remote.clone("user");
  head = clone.commitOn("topic", { "a.txt": "two\n" });
  clone.git("push", "--quiet", "origin", "topic");
});
after(() => remote.dispose());

interface Place { readonly world: ForgeWorld; readonly forge: Forge; readonly fake: FakeForge; slept: number; readonly check: ForgeCheck }

async function setUp(kind: "github" | "gitlab"): Promise<Place> {
  const world = new ForgeWorld(remote.originPath);
  const fake = await (kind === "github" ? startFakeGitHub : startFakeGitLab)(world);
  world.merge = () => "moved"; // no row may change the repository
  world.ci.set("build", () => ({ conclusion: "failure", log: "no" }));
  world.open({ branch: "topic", base: "main", title: "t", body: "b", user: people.agent });
  world.say(1, people.ada, "a word");
  world.startChecks(head);
  const place = { slept: 0 };
  const clock: Clock = { ...remote.providers.clock, nowMs: () => remote.providers.clock.nowMs() + place.slept, sleep: async (ms) => { place.slept += ms; } };
  const fetch = createBoundedFetch({
    clock,
    random: remote.providers.random,
    signal: new AbortController().signal,
    answerMs: 10_000,
    cache: { read: () => undefined, write: () => undefined, count: () => undefined },
  });
  const options = { baseUrl: kind === "github" ? fake.url : `${fake.url}/api/v4`, repository: "team/desk", token: new Secret(token), fetch };
  const job = world.checks[0]?.id ?? 0;
  const check: ForgeCheck = {
    id: `run:${job}`,
    name: "build",
    commit: head,
    status: "failed",
    summary: "",
    url: kind === "github" ? `${fake.url}/team/desk/actions/runs/9/job/${job}` : `${fake.url}/team/desk/-/jobs/${job}`,
    canRerun: true,
  };
  return Object.assign(place, { world, fake, check, forge: kind === "github" ? createGitHub(options) : createGitLab(options) });
}

const merging = { title: "t", message: "m" };
const methods: Readonly<Record<string, (place: Place) => Promise<unknown>>> = {
  readAccount: ({ forge }) => forge.readAccount(),
  readOpen: ({ forge }) => forge.readOpen(),
  readPull: ({ forge }) => forge.readPull(1),
  readSnapshot: ({ forge }) => forge.readSnapshot(1),
  canPush: ({ forge }) => forge.canPush("ada"),
  readChecks: ({ forge }) => forge.readChecks([head]),
  findPulls: ({ forge }) => forge.findPulls("topic"), readCheckLog: ({ forge, check }) => forge.readCheckLog(check),
  openPull: ({ forge }) => forge.openPull({ branch: "topic", baseBranch: "main", title: "t", body: "b" }),
  editPull: ({ forge }) => forge.editPull(1, { title: "u" }),
  comment: ({ forge }) => forge.comment(1, { body: "c" }),
  "comment at a line": ({ forge }) => forge.comment(1, { body: "c", place: { commit: head, file: "a.txt", line: 1 } }),
  rerunCheck: ({ forge, check }) => forge.rerunCheck(check),
  reportCheck: ({ forge }) => forge.reportCheck({ commit: head, name: "c", isPassed: true, summary: "s" }),
  merge: ({ forge }) => forge.merge(1, { ...merging, expectedHead: head }),
  deleteBranch: ({ forge }) => forge.deleteBranch("gone"),
};
const writes = ["openPull", "editPull", "comment", "comment at a line", "rerunCheck", "reportCheck", "merge", "deleteBranch"];

const json = { "content-type": "application/json" };
const hourLater = (): string => String(Math.floor(Date.now() / 1000) + 7200);
type Row = Omit<Fault, "match" | "times"> & {
  readonly expected: RegExp;
  /** Requests that change something may be sent again: the forge says that it did not take them. */ readonly isRefusedForNow?: boolean;
};
const faults: Readonly<Record<string, Row>> = {
  "403, the hour is used": {
    status: 403,
    headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": hourLater() },
    body: '{"message":"API rate limit exceeded"}',
    expected: /^FORGE_LIMITED retryable/,
    isRefusedForNow: true,
  },
  "403, a burst, for two hours": {
    status: 403,
    headers: { "retry-after": "7200" },
    body: '{"message":"You have exceeded a secondary rate limit"}',
    expected: /^FORGE_LIMITED retryable/,
    isRefusedForNow: true,
  },
  "403, a burst, told in words alone": {
    status: 403,
    body: '{"message":"You have exceeded a secondary rate limit. Please wait a few minutes."}',
    expected: /^FORGE_LIMITED retryable/,
    isRefusedForNow: true,
  },
  "403, a no": { status: 403, body: '{"message":"Resource not accessible by personal access token"}', expected: /^FORGE_REFUSED: .*403.*Resource not accessible/ },
  "401": { status: 401, body: '{"message":"Bad credentials"}', expected: /^FORGE_TOKEN: .*401/ },
  "404": { status: 404, body: '{"message":"Not Found"}', expected: /^FORGE_REFUSED: .*404|^PULL_REQUEST_MISSING/ },
  "409": { status: 409, body: '{"message":"Conflict"}', expected: /^FORGE_REFUSED: .*409/ },
  "422 that gives our token back": { status: 422, body: `{"message":"Validation Failed for ${token}"}`, expected: /^FORGE_REFUSED: .*422.*\*\*\*/ },
  "429": { status: 429, body: "{}", expected: /^FORGE_LIMITED retryable/, isRefusedForNow: true },
  "429 until a date": {
    status: 429,
    headers: { "retry-after": new Date(Date.now() + 7_200_000).toUTCString() },
    body: "{}",
    expected: /^FORGE_LIMITED retryable/,
    isRefusedForNow: true,
  },
  "500": { status: 500, body: '{"message":"Server Error"}', expected: /^FORGE_REFUSED retryable: .*500/ },
  "502 of a proxy": { status: 502, headers: { "content-type": "text/html" }, body: "<html>Bad Gateway</html>", expected: /^FORGE_REFUSED retryable: .*502/ },
  "503": { status: 503, headers: { "retry-after": "1" }, body: "{}", expected: /^FORGE_REFUSED retryable: .*503/ },
  "200 and HTML": { status: 200, headers: { "content-type": "text/html" }, body: "<html>Sign in</html>", expected: /^FORGE_UNREADABLE retryable/ },
  "200 and HTML that says JSON": { status: 200, body: "<html>Sign in</html>", expected: /^FORGE_UNREADABLE retryable/ },
  "200 and half of JSON": { status: 200, body: '{"id": 1, "num', expected: /^FORGE_UNREADABLE retryable/ },
  "200 and other JSON": { status: 200, body: '"hello"', expected: /^FORGE_UNREADABLE retryable/ },
  "301": {
    status: 301,
    headers: { ...json, location: "https://example.org/repositories/7?secret=x" },
    body: "{}",
    expected: /^FORGE_MOVED: .*301.*example\.org\/repositories\/7\)/,
  },
  "a huge answer": { status: 200, headers: { ...json, "content-length": String(64 * 1024 * 1024) }, body: "{}", expected: /^FORGE_UNREADABLE retryable: .*too large/ },
  "an answer that is cut": {
    status: 200,
    headers: { ...json, "content-length": "1000", connection: "close" },
    body: '{"id":',
    isCut: true,
    expected: /^FORGE_UNREACHABLE retryable/,
  },
  "a connection that is cut": { isSilent: true, expected: /^FORGE_UNREACHABLE retryable/ },
};

// Where an answer like this means something: the forge's way to say no to one thing, or that it is done.
const meanings: Readonly<Record<string, RegExp>> = {
  "github readPull 404": /^undefined$/,
  "gitlab readPull 404": /^undefined$/,
  "github canPush 404": /^false$/,
  "github deleteBranch 404": /^undefined$/,
  "gitlab deleteBranch 404": /^undefined$/,
  "github deleteBranch 422 that gives our token back": /^undefined$/,
  "github readCheckLog 404": /^"build: failed/,
  "gitlab readCheckLog 404": /^"build: failed/,
  "github readCheckLog 403, a no": /^"build: failed/,
  "gitlab readCheckLog 403, a no": /^"build: failed/,
  "gitlab readCheckLog 200 and HTML": /^"<html>/,
  "gitlab readCheckLog 200 and HTML that says JSON": /^"<html>/,
  "gitlab readCheckLog 200 and half of JSON": /^"\{/,
  "gitlab readCheckLog 200 and other JSON": /hello/, // a log is any text
  "github merge 403, a no": /"kind":"refused"/,
  "gitlab merge 403, a no": /"kind":"refused"/,
  "gitlab merge 401": /"kind":"refused"/,
  "github merge 409": /"kind":"head-moved"/,
  "gitlab merge 409": /"kind":"head-moved"/,
  "gitlab reportCheck 409": /^FORGE_BUSY retryable: Cannot report .*409/,
  "github merge 422 that gives our token back": /"kind":"refused".*\*\*\*/,
  "gitlab merge 422 that gives our token back": /"kind":"refused".*\*\*\*/,
};

const told = (value: unknown): string =>
  value instanceof InspanError
    ? `${value.code}${value.isRetryable ? " retryable" : ""}: ${value.message} Next: ${value.remedy ?? "NOTHING"}`
    : value instanceof Error
      ? `${value.name}: ${value.message}`
      : value === undefined
        ? "undefined"
        : JSON.stringify(value);

for (const kind of ["github", "gitlab"] as const) {
  test(`${kind}: every method against every fault`, async () => {
    const place = await setUp(kind);
    const wrong: string[] = [];
    try {
      for (const [fault, { expected, isRefusedForNow, ...answer }] of Object.entries(faults)) {
        for (const [name, method] of Object.entries(methods)) {
          place.world.faults.splice(0, 99, { match: /./, times: 99, ...answer });
          const from = place.world.requests.length;
          const outcome = told(await method(place).catch((error: unknown) => error));
          const sent = place.world.requests.slice(from);
          const changing = sent.filter((line) => !line.startsWith("GET ") && !line.endsWith("/graphql"));
          const row = `${kind} ${name} × ${fault}: ${outcome.replaceAll(/\s+/g, " ").slice(0, 300)} [${sent.length} requests]`;
          console.log(row);
          const meaning = meanings[`${kind} ${name} ${fault}`] ?? expected;
          if (!meaning.test(outcome)) wrong.push(`not what was expected: ${row}`);
          if (outcome.includes(token)) wrong.push(`shows the token: ${row}`);
          if (meaning === expected && !/^[A-Z_]+( retryable)?: Cannot .+ Next: (?!NOTHING)./s.test(outcome)) wrong.push(`does not say what, why and next: ${row}`);
          if (sent.length > requestsMax || sent.length === 0) wrong.push(`requests: ${row}`);
          if (changing.length > (isRefusedForNow ? 4 : 1)) wrong.push(`sent again: ${row} ${changing.join()}`);
          if (writes.includes(name) && name !== "comment at a line" && changing.length === 0) wrong.push(`a write that was none: ${row}`);
        }
      }
    } finally { await place.fake.close(); }
    assert.deepEqual(wrong, []);
  });

  test(`${kind}: what passes by is waited for, reads are repeated, writes only where the forge did not take them`, async () => {
    const place = await setUp(kind);
    const { world } = place;
    try {
      const passing: readonly (readonly [string, Omit<Fault, "match" | "times">, number, boolean])[] = [
        ["429 for a second", { status: 429, headers: { "retry-after": "1" }, body: "{}" }, 1_000, true],
        ["403, a burst in words", { status: 403, body: '{"message":"You have exceeded a secondary rate limit"}' }, 60_000, true],
        [
          "403 until the hour is over",
          { status: 403, headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(Math.floor(Date.now() / 1000) + 60) }, body: "{}" },
          1_000,
          true,
        ],
        ["502", { status: 502, body: "{}" }, 200, false], ["a cut connection", { isSilent: true }, 200, false],
      ];
      for (const [fault, answer, sleptMin, isForWrites] of passing) {
        for (const [name, method] of [["readSnapshot", methods["readSnapshot"]], ["readOpen", methods["readOpen"]], ["comment", methods["comment"]]] as const) {
          world.faults.splice(0, 99, { match: /./, times: 1, ...answer });
          const [before, slept, said] = [world.requests.length, place.slept, world.comments.length];
          const outcome = told(await method?.(place).catch((error: unknown) => error));
          const isRead = name !== "comment";
          const row = `${kind} ${name} × once ${fault}: ${outcome.slice(0, 120)} [${world.requests.length - before} requests, waited ${Math.round(place.slept - slept)} ms]`;
          console.log(row);
          assert.equal(/^[A-Z_]+/.test(outcome), !(isRead || isForWrites), row);
          if (isRead || isForWrites) assert.ok(place.slept - slept >= sleptMin, row);
          assert.equal(world.comments.length - said, !isRead && isForWrites ? 1 : 0, row);
        }
      }
    } finally { await place.fake.close(); }
  });

  test(`${kind}: a forge that never answers is left after a bounded time, a write to it is not repeated`, async () => {
    const place = await setUp(kind);
    place.world.faults.push({ match: /./, times: 999, isHanging: true });
    const fetch = createBoundedFetch({
      clock: { ...remote.providers.clock, sleep: async () => undefined },
      random: remote.providers.random,
      signal: new AbortController().signal,
      answerMs: hangMs,
      cache: { read: () => undefined, write: () => undefined, count: () => undefined },
    });
    const options = { baseUrl: kind === "github" ? place.fake.url : `${place.fake.url}/api/v4`, repository: "team/desk", token: new Secret(token), fetch };
    const hanging = { ...place, forge: kind === "github" ? createGitHub(options) : createGitLab(options) };
    try {
      for (const [name, method] of Object.entries(methods)) {
        const from = fetch.requests();
        const outcome = told(await method(hanging).catch((error: unknown) => error));
        const row = `${kind} ${name} × no answer at all: ${outcome} [${fetch.requests() - from} requests]`;
        console.log(row);
        assert.match(outcome, /^FORGE_UNREACHABLE retryable: Cannot reach "127\.0\.0\.1:\d+": no whole answer within 0\.06 s, expected an answer\. Next: inspan doctor/, row);
        assert.equal(fetch.requests() - from, writes.includes(name) && !(kind === "gitlab" && name === "comment at a line") ? 1 : 4, row);
      }
    } finally { await place.fake.close(); }
  });
}

test("pages that lead to themselves end", async () => {
  const hub = await setUp("github");
  const lab = await setUp("gitlab");
  try {
    const pull = {
      number: 1,
      title: "t",
      body: "",
      state: "OPEN",
      mergedAt: null,
      mergeable: "MERGEABLE",
      url: "u",
      createdAt: "c",
      updatedAt: "d",
      headRefName: "topic",
      headRefOid: head,
      baseRefName: "main",
      mergeCommit: null,
      author: null,
      comments: { pageInfo: {}, nodes: [] },
      reviews: { pageInfo: {}, nodes: [] },
      reviewThreads: { pageInfo: {}, nodes: [] },
      commits: { nodes: [] },
    };
    hub.world.faults.push({
      match: /./,
      times: 99,
      status: 200,
      body: JSON.stringify({ data: { repository: { pullRequests: { pageInfo: { hasNextPage: true, endCursor: "same" }, nodes: [pull] } } } }),
    });
    const before = hub.world.requests.length;
    assert.deepEqual((await hub.forge.readOpen()).map((one) => one.pull.number), [1]);
    assert.equal(hub.world.requests.length - before, 2);
    hub.world.faults.splice(0, 99, {
      match: /./,
      times: 99,
      status: 200,
      body: JSON.stringify({ data: null, errors: [{ type: "RATE_LIMITED", message: "API rate limit exceeded" }] }),
    });
    await assert.rejects(hub.forge.readOpen(), { code: "FORGE_LIMITED" });
    hub.world.faults.splice(0, 99, {
      match: /./,
      times: 99,
      status: 200,
      body: JSON.stringify({
        data: { repository: null },
        errors: [{ type: "NOT_FOUND", message: "Could not resolve to a Repository with the name 'team/desk'." }],
      }),
    });
    await assert.rejects(hub.forge.readOpen(), { code: "FORGE_REFUSED", isRetryable: false, message: /Could not resolve to a Repository/ });

    const words = Array.from({ length: 100 }, (_, index) => ({
      id: `d${index}`,
      notes: [{ id: index, body: "w", author: { id: 2, username: "ada" }, created_at: "c", system: false }],
    }));
    lab.world.faults.push({
      match: /discussions/,
      times: 99,
      status: 200,
      headers: { ...json, link: `<${lab.fake.url}/same>; rel="next"`, "x-next-page": "1" },
      body: JSON.stringify(words),
    });
    const from = lab.world.requests.length;
    const snapshot = await lab.forge.readSnapshot(1);
    assert.deepEqual([snapshot.comments.length, snapshot.isCut, lab.world.requests.slice(from).filter((line) => line.includes("discussions")).length], [100, true, 2]);
    lab.world.faults.splice(0);
    for (let index = 0; index < 130; index++) lab.world.say(1, people.ada, `word ${index}`);
    const whole = await lab.forge.readSnapshot(1);
    assert.deepEqual([whole.comments.length, whole.comments.at(-1)?.body, whole.isCut], [131, "word 129", false], "what stands on the second page is heard");
  } finally { await hub.fake.close(); await lab.fake.close(); }
});
