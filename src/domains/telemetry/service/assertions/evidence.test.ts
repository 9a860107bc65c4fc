import assert from "node:assert/strict";
import { test } from "node:test";
import { neededSelectors } from "./evidence.ts";

test("what answers without a series needs one to be there", () => {
  const cases: readonly (readonly [string, readonly string[] | undefined])[] = [
    ["sum(rate(errs_total[5m])) / sum(reqs_total) < 0.1", []], ["errs_total or vector(0)", ['{__name__="errs_total"}']],
    ['sum(a{x="1"}) or sum(b) or vector(0)', ['{x="1",__name__="a"}', '{__name__="b"}']],
    ["scalar(a) + 1", ['{__name__="a"}']],
    ["absent(errs_total)", ['{__name__=~".+"}']],
    ["vector(0)", undefined],
    ["1 + 1", undefined],
    ["time()", undefined],
    ["sum(", []],
  ];
  for (const [query, expected] of cases)
    assert.deepEqual(
      neededSelectors(query)?.map((one) => one.split(",").sort().join()),
      expected?.map((one) => one.split(",").sort().join()),
      query,
    );
});
