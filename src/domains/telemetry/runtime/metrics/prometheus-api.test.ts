// The Prometheus API of a real engine: answers, errors in its own form, cuts that are said.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startTestEngine, type TestEngine } from "../../../../../test/telemetry/engine.ts";

let engine: TestEngine;
before(async () => {
  engine = await startTestEngine();
  const series = ["api", "web"].flatMap((job) =>
    ["200", "500"].map((code) => ({
      labels: { __name__: "http_requests_total", job, code },
      samples: Array.from({ length: 61 }, (_, at) => [at * 1000, at * (code === "200" ? 10 : 1)] as const),
    })),
  );
  assert.equal((await engine.write(series)).status, 204);
});
after(async () => { assert.equal(await engine.stop(), 0); });

test("GET and POST of query give the same, in Prometheus' form", async () => {
  const expected = { status: "success", data: { resultType: "vector", result: [{ metric: { job: "api" }, value: [60, "11"] }, { metric: { job: "web" }, value: [60, "11"] }] } };
  assert.deepEqual(await engine.api("query", { query: "sum by(job)(rate(http_requests_total[1m]))", time: "60" }), expected);
  const posted = await engine.call("/api/v1/query", {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ query: "sum by(job)(rate(http_requests_total[1m]))", time: "1970-01-01T00:01:00Z" }).toString(),
  });
  assert.deepEqual(JSON.parse(posted.text), expected);
  assert.deepEqual((await engine.api("query", { query: "1 / 0", time: "5.5" })).data, { resultType: "scalar", result: [5.5, "+Inf"] });
  assert.deepEqual((await engine.api("query", { query: '"x"', time: "5" })).data, { resultType: "string", result: [5, "x"] });
  assert.deepEqual((await engine.api("query", { query: 'http_requests_total{job="api",code="500"}[2s]', time: "10" })).data, {
    resultType: "matrix",
    result: [
      {
        metric: { __name__: "http_requests_total", job: "api", code: "500" },
        values: [
          [9, "9"],
          [10, "10"],
        ],
      },
    ],
  });
});

test("query_range walks every step, both ends included", async () => {
  const { data } = await engine.api("query_range", { query: 'http_requests_total{job="api",code="500"} > 50', start: "0", end: "60", step: "20s" });
  assert.deepEqual(data, { resultType: "matrix", result: [{ metric: { __name__: "http_requests_total", job: "api", code: "500" }, values: [[60, "60"]] }] });
});

test("what cannot be asked is said with the right status and type", async () => {
  const cases: readonly (readonly [string, Record<string, string>, number, string, RegExp])[] = [
    ["query", { query: "sum(" }, 400, "bad_data", /^invalid parameter "query": 1:5: parse error: unclosed left parenthesis/],
    ["query", {}, 400, "bad_data", /no expression found/],
    ["query", { query: "up", time: "yesterday" }, 400, "bad_data", /invalid parameter "time": cannot parse "yesterday" to a valid timestamp/],
    ["query", { query: "http_requests_total + on() http_requests_total", time: "60" }, 422, "execution", /found duplicate series for the match group \{\} on the right hand-side/],
    ["query_range", { query: "up", start: "0", end: "1577000000", step: "0.001" }, 400, "bad_data", /exceeded maximum resolution of 11,000 points per timeseries/],
    ["query_range", { query: "up", start: "10", end: "0", step: "1" }, 400, "bad_data", /end timestamp must not be before start time/],
    ["query_range", { query: "up", start: "0", end: "10", step: "0" }, 400, "bad_data", /zero or negative query resolution step widths/],
    ["query_range", { query: "up[5m]", start: "0", end: "10", step: "1" }, 400, "bad_data", /invalid expression type "range vector" for range query/],
    ["query", { query: "max_over_time(vector(1)[50y:1ms])", time: "60" }, 422, "execution", /a subquery has \d+ steps, expected at most/],
    ["series", {}, 400, "bad_data", /no match\[\] parameter provided/],
    ["series", { "match[]": '{job=""}' }, 400, "bad_data", /match\[\] must contain at least one non-empty matcher/],
    [
      "query_range",
      { query: "up", start: "0", end: "11001", step: "1" },
      400,
      "bad_data",
      /^exceeded maximum resolution of 11,000 points per timeseries\. Try decreasing the query resolution \(\?step=XX\)/,
    ],
    ["series", { "match[]": "{" }, 400, "bad_data", /invalid parameter "match\[\]"/],
  ];
  for (const [path, params, status, type, message] of cases) {
    const got = await engine.call(`/api/v1/${path}?${new URLSearchParams(params).toString()}`);
    assert.equal(got.status, status, `${path} ${JSON.stringify(params)}: ${got.text}`);
    const { errorType, error } = JSON.parse(got.text) as { errorType: string; error: string };
    assert.equal(errorType, type);
    assert.match(error, message);
  }
});

test("stats count the samples that selectors hand over, step by step", async () => {
  const samplesOf = async (path: string, params: Record<string, string>) =>
    ((await engine.api(path, params)).data as { stats?: { samples: { totalQueryableSamples: number }; timings: { execTotalTime: number } } }).stats?.samples
      .totalQueryableSamples;
  assert.equal(await samplesOf("query", { query: "http_requests_total", time: "60" }), undefined);
  assert.equal(await samplesOf("query", { query: "http_requests_total", time: "60", stats: "all" }), 4);
  assert.equal(await samplesOf("query", { query: 'rate(http_requests_total{job="api"}[10s])', time: "60", stats: "all" }), 20);
  assert.equal(await samplesOf("query", { query: 'http_requests_total{job="api"}[10s]', time: "60", stats: "all" }), 20);
  assert.equal(await samplesOf("query_range", { query: 'http_requests_total{job="api"}', start: "0", end: "60", step: "20", stats: "true" }), 8);
});

test("labels, values, series and limits", async () => {
  assert.deepEqual((await engine.api("labels", {})).data, ["__name__", "code", "job"]);
  assert.deepEqual((await engine.api("label/code/values", {})).data, ["200", "500"]);
  assert.deepEqual((await engine.api("label/code/values", { "match[]": 'http_requests_total{code!="500"}' })).data, ["200"]);
  assert.deepEqual((await engine.api("label/code/values", { start: "3600" })).data, []);
  const cut = await engine.api("series", { "match[]": ["{job=~\".+\"}", "http_requests_total"], limit: "3" });
  assert.equal((cut.data as unknown[]).length, 3);
  assert.deepEqual(cut.warnings, ["results truncated due to limit"]);
  assert.deepEqual((await engine.api("query", { query: "http_requests_total", time: "60", limit: "1" })).warnings, ["results truncated due to limit"]);
});

test("format_query and parse_query read what query reads", async () => {
  assert.equal((await engine.api("format_query", { query: "sum(rate(x[5m]))by(job)/on(a)group_left b" })).data, "sum by (job) (rate(x[5m])) / on (a) group_left () b");
  assert.equal(((await engine.api("parse_query", { query: "rate(x[5m])" })).data as { type: string }).type, "call");
  assert.equal((await engine.api("parse_query", { query: "rate(" })).errorType, "bad_data");
});

test("a pattern that explodes elsewhere is answered", async () => {
  const got = await engine.api("query", { query: `http_requests_total{job=~"(a+)+(a|aa)+$|${"(x+x+)+".repeat(20)}y"}`, time: "60" });
  assert.equal(got.status, "success");
});

test("what Prometheus says of itself, its targets and its rules is there in its form, narrowed as asked", async () => {
  const answers = (path: string, params: Readonly<Record<string, string>> = {}) => engine.api(path, params);
  assert.deepEqual((await answers("status/walreplay")).data, { min: 0, max: 0, current: 0, state: "done" });
  assert.deepEqual((await answers("scrape_pools")).data, { scrapePools: [] });
  assert.deepEqual((await answers("targets", { state: "active" })).data, { activeTargets: [], droppedTargets: [], droppedTargetCounts: {} });
  const tsdb = (await answers("status/tsdb", { limit: "1" })).data as { headStats: Record<string, number>; seriesCountByLabelValuePair: unknown };
  assert.deepEqual(
    [tsdb.headStats["numSeries"], tsdb.headStats["minTime"], tsdb.headStats["maxTime"], tsdb.seriesCountByLabelValuePair],
    [4, 0, 60_000, [{ name: "__name__=http_requests_total", value: 4 }]],
  );
  for (const [path, params, error] of [["rules", { type: "x" }, /"type": not supported value/], ["targets", { state: "x" }, /"state"/], ["status/tsdb", { limit: "0" }, /positive number/], ["query_range", { query: "up", start: "0", end: "1", step: "1e100" }, /overflows int64/]] as const) {
    const refused = await answers(path, params);
    assert.deepEqual([refused.errorType, error.test(refused.error ?? "")], ["bad_data", true], refused.error);
  }
  assert.deepEqual((await answers("label/job/values", { start: "-292273086-05-16T16:47:06Z", end: "292277025-08-18T07:12:54.999999999Z" })).data, ["api", "web"]);
  const rules = { rules: [{ file: "a.yml", groups: [{ name: "g", interval: "1h", rules: [{ alert: "Busy", expr: "vector(1)" }, { record: "one", expr: "vector(1)" }] }] }] };
  assert.equal((await engine.call("/inspan/v1/metrics", { method: "PUT", body: JSON.stringify(rules) })).status, 200);
  const shown = async (params: Readonly<Record<string, string>>) =>
    ((await answers("rules", params)).data as { groups: { name: string; rules: { name: string; alerts?: unknown[] }[] }[] }).groups.map((group) => [
      group.name,
      ...group.rules.map(({ name, alerts }) => [name, alerts?.length]),
    ]);
  assert.deepEqual(await shown({}), [["g", ["Busy", 1], ["one", undefined]]]);
  assert.deepEqual(await shown({ type: "record" }), [["g", ["one", undefined]]]);
  assert.deepEqual(await shown({ type: "alert", exclude_alerts: "true" }), [["g", ["Busy", 0]]]);
  assert.deepEqual(await shown({ "rule_name[]": "none" }), []);
  assert.equal(JSON.parse((await engine.call("/prometheus/api/v1/alerts")).text).data.alerts.length, 1);
});
