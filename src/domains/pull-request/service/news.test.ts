import assert from "node:assert/strict";
import { test } from "node:test";
import type { ForgeCheck, ForgeComment, PullSnapshot } from "../../forge/index.ts";
import { findNews } from "./news.ts";

const person = (login: string, isBot = false) => ({ login, isBot });
const pull: PullSnapshot["pull"] = {
  number: 1,
  title: "t",
  body: "b",
  state: "open",
  branch: "inspan/t1",
  headCommit: "h",
  baseBranch: "main",
  mergeable: "yes",
  url: "u",
  author: person("us"),
  createdAt: "1",
  updatedAt: "2",
};
const said = (more: Partial<ForgeComment>): ForgeComment => ({
  id: "top:1",
  channel: "top-level",
  author: person("ada"),
  isTrusted: true,
  body: "Rename it.",
  threadId: more.id ?? "top:1",
  createdAt: "3",
  url: "u",
  ...more,
});
const build = (more: Partial<ForgeCheck>): ForgeCheck => ({ id: "run:1", name: "build", commit: "h", status: "failed", summary: "", url: "", canRerun: true, ...more });
const options = {
  account: "us",
  pushedCommit: "h",
  config: { checks: [], flakes: [{ check: "flaky", until: "2026-02-01", reason: "r" }] },
  today: "2026-01-01",
  reruns: new Map(),
};

test("findNews() wakes a task for what waits for it, and for nothing else", () => {
  const check = (snapshot: Partial<PullSnapshot>, expected: readonly string[] | undefined, more: Partial<typeof options> = {}) => {
    assert.deepEqual(
      findNews({ pull, comments: [], checks: [], isCut: false, ...snapshot }, { ...options, ...more })?.reasons,
      expected,
      JSON.stringify(snapshot),
    );
  };
  check({}, undefined);
  check({ comments: [said({})] }, ["@ada has said something"]);
  check({ comments: [said({ id: "review:1", channel: "review", verdict: "changes-requested", body: "" })] }, ["@ada asks for changes"]);
  check({ comments: [said({ id: "review:1", channel: "review", verdict: "approved", body: "Fine." })] }, undefined);
  check({ comments: [said({}), said({ id: "top:2", author: person("us"), body: "**Fixed** <!-- inspan:t1:answer:top:1 -->", createdAt: "4" })] }, undefined);
  check({ comments: [said({ author: person("mallory"), isTrusted: false })] }, undefined);
  check({ comments: [said({ author: person("lint", true) })] }, undefined);
  check({ comments: [said({ body: "/inspan answer merge" })] }, undefined);
  check({ checks: [build({})] }, ["build fails"]);
  check({ checks: [build({ status: "passed" })] }, undefined);
  check({ checks: [build({ status: "pending" })] }, undefined);
  check({ checks: [build({ commit: "earlier" })] }, undefined);
  check({ checks: [build({ name: "flaky" })] }, undefined, { reruns: new Map([["flaky", 1]]) });
  check({ checks: [build({ name: "flaky" })] }, ["flaky fails"], { reruns: new Map([["flaky", 1]]), today: "2026-02-02" });
  check({ pull: { ...pull, mergeable: "no" } }, ["the base conflicts"]);
  check({ pull: { ...pull, mergeable: "unknown" } }, undefined);
  check({ pull: { ...pull, state: "merged" }, comments: [said({})] }, undefined);
  check({ pull: { ...pull, headCommit: "a person's" }, comments: [said({})] }, undefined);
  const key = (id: string) => findNews({ pull, comments: [said({ id })], checks: [], isCut: false }, options)?.key;
  assert.equal(key("top:1"), key("top:1"));
  assert.notEqual(key("top:1"), key("top:2"));
});
