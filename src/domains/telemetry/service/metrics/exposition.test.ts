// Pages of metrics, well-formed and not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseExposition } from "./exposition.ts";

test("parseExposition() reads the text format and OpenMetrics", () => {
  const page = parseExposition('# HELP a Some\\nhelp\n# TYPE a counter\na{x="1",y="q\\"\\\\\\n"} 3 1500\nb +Inf\n{"c.d",e="f"} 1e-3\nNaN_is_a_name NaN\n', false);
  assert.deepEqual(
    page.samples.map(({ name, labels, value, timeMs }) => [name, labels, value, timeMs]),
    [
      [
        "a",
        [
          ["x", "1"],
          ["y", 'q"\\\n'],
        ],
        3,
        1500,
      ],
      ["b", [], Infinity, undefined],
      ["c.d", [["e", "f"]], 0.001, undefined],
      ["NaN_is_a_name", [], Number.NaN, undefined],
    ],
  );
  assert.deepEqual(page.metadata.get("a"), { type: "counter", help: "Some\nhelp", unit: "" });
  const open = parseExposition('# TYPE a counter\na_total{x="1"} 3 1.5 # {trace_id="t"} 0.5 1.25\n# EOF\n', true);
  assert.deepEqual(open.samples, [{ name: "a_total", labels: [["x", "1"]], value: 3, timeMs: 1500, exemplar: { labels: [["trace_id", "t"]], value: 0.5, timeMs: 1250 } }]);
});

test("parseExposition() names the line that is broken", () => {
  for (const [page, message] of [
    ["a 1\nb{x=1} 2", /^line 2: label x has no quoted value/],
    ['a{x="1} 2', /no closing quote/],
    ["a", /"" is no number/],
    ["a b", /"b" is no number/],
    ["a 1 2 3", /stands behind the sample/],
    ['a{x="1"', /expected , or }/],
  ] as const)
    assert.throws(() => parseExposition(page, false), { message });
});
