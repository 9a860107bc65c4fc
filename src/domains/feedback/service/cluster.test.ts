// Sixty signals of eight causes, in words as people and tools use them, become eight clusters; a flood is bounded.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { StoredSignal } from "../types.ts";
import { clusteredMax, clusterSignals } from "./cluster.ts";
import { termsOf } from "./terms.ts";

/** Each row is a cause; each text a signal of it. */
const causes: readonly (readonly string[])[] = [
  ["fetch without a timeout hangs the worker", "This fetch() call has no timeout; pass a signal", "please add a timeout to the fetch in quote service", "bare fetch, timeout missing", "request hung for 10 minutes, fetch had no timeout", "fetch needs timeout and retry", "another fetch without timeout in src/domains/mail/runtime.ts", "we agreed: every fetch gets a timeout"],
  ["Don't log the customer's email address", "email address ends up in the logs", "PII: customer email is logged at info", "logs contain customer emails", "remove the email from this log line, it is personal data", "logger.info prints user.email of the customer", "customer email visible in Loki logs"],
  ["Migration is not reversible: no down migration", "down migration missing for 0042_add_orders", "each migration needs a down step", "cannot roll back, migration 0051 has no down", "add the down migration please", "rollback failed because the migration has no down part", "migration without down again"],
  ["Button has no accessible name", "icon button without aria-label", "aria-label missing on the close button", "screen reader says only button: needs an accessible name", "axe: button must have an accessible name (aria-label)", "the delete icon button needs an aria-label", "accessible name missing, icon button"],
  ["Prices are computed with floats; use integer cents", "price arithmetic in floating point is off by a cent", "use cents for prices, not floats", "rounding: the float price is 0.30000000000000004", "invoice total off by one cent because prices are floats", "float used for money, prices must be integer cents", "price as float again, should be cents", "cents please, not a float price"],
  ["Test depends on the wall clock and is flaky", "flaky test: uses the real clock", "inject the clock, this test is flaky around midnight", "test failed at midnight because of the wall clock", "flaky: expects today's date from the wall clock", "this test reads the clock directly and flakes", "clock must be injected; test flaky in CI"],
  ["N+1 query: orders are loaded one by one", "query per row in the orders list (N+1)", "N+1 queries when listing orders", "orders page runs 200 queries; load them in one query", "each order triggers a query, classic N+1", "avoid the query per order, batch the query", "slow orders page: N+1 query", "batch these order queries"],
  ["The feature flag is never removed", "stale feature flag new_checkout still in the source", "remove the feature flag, it is rolled out to everybody", "feature flags older than 90 days should be removed", "dead feature flag", "flag new_checkout is stale, remove it", "clean up this feature flag after rollout", "stale flag: rollout finished in March"],
];

const signals: readonly StoredSignal[] = causes.flatMap((texts, cause) => texts.map((text, index) => ({ cause, text, index }))).sort((left, right) => left.index - right.index || left.cause - right.cause)
  .map(({ cause, text }, index) => ({ id: index + 1, at: `2026-01-01T00:00:${String(index).padStart(2, "0")}Z`, kind: "review-comment", title: text, text: `${text} (#${index * 37})`, link: `cause-${cause}`, cause: `text:${index}` }));

test("sixty signals with eight causes are eight clusters, none mixed and none split", () => {
  assert.equal(signals.length, 60);
  const { clusters, omitted } = clusterSignals(signals);
  const shown = clusters.map(({ signalIds }) => [...new Set(signalIds.map((id) => signals[id - 1]?.link))].join("+")).sort();
  assert.deepEqual([shown, omitted], [causes.map((_texts, cause) => `cause-${cause}`), 0]);
});

test("the same cause is one cluster in any words; another rule in the same words is another", () => {
  const one = (id: number, cause: string, title: string): StoredSignal => ({ id, at: "t", kind: "hook-finding", title, text: "", link: "", cause });
  assert.deepEqual(clusterSignals([one(1, "check:test", "red"), one(2, "check:test", "completely different words here"), one(3, "rule:layers:1", "service imports ui"), one(4, "rule:naming:1", "service imports ui")]).clusters.map(({ signalIds }) => signalIds), [[1, 2], [3], [4]]);
});

test("one word in common does not make one cause", () => {
  const one = (id: number, title: string): StoredSignal => ({ id, at: "t", kind: "comment", title, text: "", link: "", cause: `text:${id}` });
  const titles = ["icon button needs an accessible name (aria-label)", "aria-label missing: the icon button has no accessible name", "rename this variable: x is no name"];
  assert.deepEqual(clusterSignals(titles.map((title, index) => one(index, title))).clusters.map(({ signalIds }) => signalIds), [[0, 1], [2]]);
});

test("a cluster keeps its name while it grows, and knows its first and last day", () => {
  const before = clusterSignals(signals.slice(0, 40)).clusters.map(({ id }) => id);
  const { clusters } = clusterSignals(signals);
  for (const id of before) assert.ok(clusters.some((one) => one.id === id), id);
  assert.deepEqual([clusters[0]?.firstAt.slice(0, 10), clusters[0]?.kinds], ["2026-01-01", ["review-comment"]]);
});

test("a flood of one hundred thousand is bounded, and says what was left out", () => {
  const flood = Array.from({ length: 100_000 }, (_, index): StoredSignal => ({ id: index, at: "t", kind: "exception", title: `timeout ${index}`, text: "", link: "", cause: `event:${index % 7}` }));
  const { clusters, omitted } = clusterSignals(flood);
  assert.deepEqual([clusters.reduce((sum, { signalIds }) => sum + signalIds.length, 0), omitted], [clusteredMax, 100_000 - clusteredMax]);
});

test("termsOf() leaves out what differs from case to case", () => {
  assert.deepEqual(termsOf("Request 3f2504e0-4f89-11d3-9a0c-0305e82c3301 to https://a.example/x hung for 10 minutes at 0xdeadbeef"), ["request", "hung", "minut"]);
  assert.deepEqual(termsOf("getUserName logged logs logging"), ["getusernam", "user", "nam", "log"]);
});
