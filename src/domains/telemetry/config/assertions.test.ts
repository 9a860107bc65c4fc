import assert from "node:assert/strict";
import { test } from "node:test";
import { AssertionFile, wrongAssertions } from "./assertions.ts";

test("a wrong assertion is told by its number and key, whichever form it has", () => {
  const document = {
    assertions: [
      { id: "a", promql: "up", iz: "> 5" },
      { id: "b", what: "up" },
      { id: "c", traceql: "{ }", max: "soon" },
      "d",
      { id: "e", promql: "up", is: "> 5" },
    ],
  };
  assert.equal(AssertionFile.safeParse(document).success, false);
  const said = wrongAssertions(document);
  assert.equal(said.length, 4);
  for (const [index, pattern] of [
    /^assertion 1: is: .*Unrecognized key: "iz"/,
    /^assertion 2: expected one of startup, promql, logql, journey or traceql$/,
    /^assertion 3: max: expected a duration like 800ms/,
    /^assertion 4: expected one of/,
  ].entries())
    assert.match(said[index] ?? "", pattern);
  assert.deepEqual(wrongAssertions({ assertions: 5 }), []);
});
