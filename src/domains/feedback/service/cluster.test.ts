// Sixty signals of eight causes, in words as people and tools use them, become eight clusters; a flood is bounded.
import assert from "node:assert/strict";
import { test } from "node:test";
import { sixtySignals } from "../../../../test/support/sixty-signals.ts";
import type { StoredSignal } from "../types.ts";
import { clusteredMax, clusterSignals } from "./cluster.ts";
import { termsOf } from "./terms.ts";

const signals: readonly StoredSignal[] = sixtySignals
  .flatMap((texts, cause) => texts.map((text, index) => ({ cause, text, index })))
  .sort((left, right) => left.index - right.index || left.cause - right.cause)
  .map(({ cause, text }, index) => ({ id: index + 1, at: `2026-01-01T00:00:${String(index).padStart(2, "0")}Z`, kind: "review-comment", title: text, text: `${text} (#${index * 37})`, link: `cause-${cause}`, cause: `text:${index}` }));

test("sixty signals with eight causes are eight clusters, none mixed and none split", () => {
  assert.equal(signals.length, 60);
  const { clusters, omitted } = clusterSignals(signals);
  const shown = clusters.map(({ signalIds }) => [...new Set(signalIds.map((id) => signals[id - 1]?.link))].join("+")).sort();
  assert.deepEqual([shown, omitted], [sixtySignals.map((_texts, cause) => `cause-${cause}`), 0]);
});

test("the same cause is one cluster in any words; another rule in the same words is another", () => {
  const one = (id: number, cause: string, title: string): StoredSignal => ({ id, at: "t", kind: "hook-finding", title, text: "", link: "", cause });
  assert.deepEqual(
    clusterSignals([
      one(1, "check:test", "red"),
      one(2, "check:test", "completely different words here"),
      one(3, "rule:layers:1", "service imports ui"),
      one(4, "rule:naming:1", "service imports ui"),
    ]).clusters.map(({ signalIds }) => signalIds),
    [[1, 2], [3], [4]],
  );
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
  const flood = Array.from({ length: 100_000 }, (_, index): StoredSignal => ({
    id: index,
    at: "t",
    kind: "exception",
    title: `timeout ${index}`,
    text: "",
    link: "",
    cause: `event:${index % 7}`,
  }));
  const { clusters, omitted } = clusterSignals(flood);
  assert.deepEqual([clusters.reduce((sum, { signalIds }) => sum + signalIds.length, 0), omitted], [clusteredMax, 100_000 - clusteredMax]);
});

test("termsOf() leaves out what differs from case to case", () => {
  assert.deepEqual(termsOf("Request 3f2504e0-4f89-11d3-9a0c-0305e82c3301 to https://a.example/x hung for 10 minutes at 0xdeadbeef"), ["request", "hung", "minut"]);
  assert.deepEqual(termsOf("getUserName logged logs logging"), ["getusernam", "user", "nam", "log"]);
});
