// LogQL as text: what is printed reads back as the same tree, and prints the same again.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseLogql } from "./parse.ts";
import { printLogql } from "./print.ts";

const queries: readonly (readonly [string, string])[] = [
  ['{a="b"}   |=   "x"|json|   c>1', '{a="b"} |= "x" | json | c > 1'],
  ['{a="b",c=~"d.*"} |~ `x\\d` or "y" != ip("10.0.0.0/8")', '{a="b", c=~"d.*"} |~ "x\\\\d" or "y" != ip("10.0.0.0/8")'],
  ['{a="b"} | logfmt --strict x,y="z" | x>=1500ms and (y="1" or z!="2") | n<=10KB', '{a="b"} | logfmt --strict x, y="z" | x >= 1s500ms and (y="1" or z!="2") | n <= 10KB'],
  [
    '{a="b"}|line_format "{{.x}}"|label_format c=d,e=`{{.f}}`|drop g,h="i"|keep j|decolorize|unpack|distinct k',
    '{a="b"}\n  | line_format "{{.x}}"\n  | label_format c=d, e="{{.f}}"\n  | drop g, h="i"\n  | keep j\n  | decolorize\n  | unpack\n  | distinct k',
  ],
  [
    'sum by(x)(rate({a="b"}[5m]))/ignoring(y) group_left(z) sum(rate({a="b"}[90s] offset 1h))',
    'sum by (x) (rate({a="b"} [5m])) / ignoring (y) group_left (z) sum(rate({a="b"} [1m30s] offset 1h))',
  ],
  ['quantile_over_time(.99,{a="b"}|json|unwrap duration(t)[1m])by(x)>bool 2', 'quantile_over_time(0.99, {a="b"} | json | unwrap duration(t) [1m]) by (x) > bool 2'],
  ['topk(3,sum without(x)(count_over_time({a="b"}[1m]))) or vector(0)', 'topk(3, sum without (x) (count_over_time({a="b"} [1m]))) or vector(0)'],
  ['label_replace(rate({a="b"}[1m]),"x","$1","a","(.*)")', 'label_replace(rate({a="b"} [1m]), "x", "$1", "a", "(.*)")'],
  ['1+2*3', '1 + (2 * 3)'],
];

test("printLogql() writes one form, which reads back as the same tree", () => {
  for (const [query, expected] of queries) {
    const printed = printLogql(parseLogql(query));
    assert.equal(printed, expected);
    assert.deepEqual(parseLogql(printed), parseLogql(query), query);
    assert.equal(printLogql(parseLogql(printed)), printed);
  }
});

test("a query that is too long for a line gets lines, and stays the same query", () => {
  const long = `sum by (level) (count_over_time({service_name="checkout", environment="staging"} |= "timeout" | json | status >= 500 | line_format "{{.message}}" [5m]))`;
  const printed = printLogql(parseLogql(long));
  assert.equal(
    printed,
    'sum by (level) (\n  count_over_time(\n    {service_name="checkout", environment="staging"}\n      |= "timeout"\n      | json\n      | status >= 500\n      | line_format "{{.message}}" [5m]\n  )\n)',
  );
  assert.deepEqual(parseLogql(printed), parseLogql(long));
});
