// What parses, what does not, and how it is said.
import assert from "node:assert/strict";
import { test } from "node:test";
import "./re2-engine.ts";
import { parseQuery } from "./parser.ts";

function refuses(query: string, message: RegExp | string): void {
  assert.throws(
    () => parseQuery(query),
    (error: Error) => (typeof message === "string" ? error.message === message : message.test(error.message)) || assert.fail(`${query}: ${error.message}`),
  );
}

test("parseQuery() binds by Prometheus' precedence", () => {
  const shape = (query: string): string =>
    JSON.stringify(parseQuery(query), (key, value: unknown) =>
      ["start", "end", "opStart", "isBool", "matching", "isDuration", "offsetMs", "at", "matchers", "name"].includes(key) ? undefined : value,
    );
  assert.equal(shape("-2 ^ 2"), shape("-(2 ^ 2)").replace('{"kind":"paren","expr":', "").replace("}}}", "}}"));
  assert.match(shape("1 + 2 * 3"), /"op":"\+","left":\{"kind":"number","value":1\}/);
  assert.match(shape("2 ^ 3 ^ 2"), /"op":"\^","left":\{"kind":"number","value":2\}/);
  assert.match(shape("a or b and c"), /^\{"kind":"binary","op":"or"/);
  assert.match(shape("a + b offset 5m"), /^\{"kind":"binary"/);
});

test("parseQuery() reads what Prometheus 3 allows", () => {
  for (const query of [
    "up",
    'up{job="a",b!~"x|y"}',
    '{"http.requests","a.b"="c"}',
    "rate(x[5m])",
    "rate(x[300])",
    "sum by (job) (x)",
    "sum(x) without (a,)",
    'sum by ("a.b") (x)',
    "x[5m:1m]",
    "x[5m:] offset -1h",
    "x @ 1.5 offset 1h",
    "x @ start()",
    "x offset 5m @ end()",
    "0x1F + 1e3 + .5 + 5. + Inf + NaN",
    "1h30m + 1",
    "topk(5, x)",
    'count_values("v", x)',
    "a / on(x) group_left(y) b",
    "a == bool 1",
    "bottomk(1, x) # comment",
    "`raw` ",
    "by",
    "offset",
    "sum",
    "1_000",
    "a unless ignoring(x) b",
    "+x",
    "--1",
    "start",
    "a:b:c",
    "avg_over_time(rate(x[1m])[5m:30s] @ 100)",
  ]) assert.doesNotThrow(() => parseQuery(query), query);
});

test("parseQuery() names position, what stands there and what was expected", () => {
  refuses("", /^1:1: parse error: no expression found in input/);
  refuses("sum(", /^1:5: parse error: unclosed left parenthesis, expected "\)"/);
  refuses("up{job=}", /^1:8: parse error: unexpected "}" in label matching, expected string$/);
  refuses("up{job}", /^1:7: parse error: .*expected label matching operator/);
  refuses("up up", /^1:4: parse error: unexpected identifier "up", expected an operator or the end of the query$/);
  refuses("1 +", /^1:4: parse error: unexpected end of input, expected an expression/);
  refuses("rate(x)", '1:6: parse error: expected type range vector in call to function "rate", got instant vector');
  refuses("foo(x)", '1:1: parse error: unknown function with name "foo"');
  refuses("sum(1)", "1:5: parse error: expected type instant vector in aggregation expression, got scalar");
  refuses("1 == 1", "1:3: parse error: comparisons between scalars must use BOOL modifier");
  refuses("a + bool b", "1:3: parse error: bool modifier can only be used on comparison operators");
  refuses("a and 1", '1:1: parse error: set operator "and" not allowed in binary scalar expression');
  refuses("{}", "1:1: parse error: vector selector must contain at least one non-empty matcher");
  refuses('{a=~".*"}', "1:1: parse error: vector selector must contain at least one non-empty matcher");
  refuses('up{a=~"("}', /^1:1: parse error: error parsing regexp "\("/);
  refuses("(a + b)[5m]", "1:8: parse error: ranges only allowed for vector selectors");
  refuses("sum(x) offset 5m", /^1:8: parse error: offset modifier must be preceded by/);
  refuses("x offset 5m offset 5m", "1:13: parse error: offset may not be set multiple times");
  refuses("x[0s]", "1:3: parse error: duration must be greater than 0");
  refuses("x[5m1h]", /^1:3: parse error: bad duration syntax/);
  refuses('"abc', "1:1: parse error: unterminated quoted string");
  refuses("a\n+ $", "2:3: parse error: unexpected character: '$'");
  refuses("a / on(x) group_left(x) b", '1:3: parse error: label "x" must not occur in ON and GROUP clause at once');
  refuses(`${"(".repeat(300)}1${")".repeat(300)}`, /nests deeper than 200/);
});
