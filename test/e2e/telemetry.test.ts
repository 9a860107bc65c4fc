// Telemetry from the command line, as an agent uses it: a query, what exists, assertions, rules with a test, a dashboard.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { startTestEngine, type TestEngine } from "../telemetry/engine.ts";

const launcher = fileURLToPath(new URL("../../bin/inspan.js", import.meta.url));
let engine: TestEngine;

interface Ran { readonly code: number | null; readonly stdout: string; readonly stderr: string }

function inspan(...args: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [launcher, ...args], {
      cwd: engine.home,
      env: { ...process.env, INSPAN_HOME: join(engine.home, "state") },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "", stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => { stdout += text; });
    child.stderr.setEncoding("utf8").on("data", (text: string) => { stderr += text; });
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

before(async () => {
  engine = await startTestEngine();
  const now = Date.now();
  const samples = (slope: number) => Array.from({ length: 60 }, (_, at) => [now - (60 - at) * 1000, at * slope] as const);
  await engine.write([
    { labels: { __name__: "http_requests_total", job: "api", code: "200" }, samples: samples(10) },
    { labels: { __name__: "http_requests_total", job: "api", code: "500" }, samples: samples(1) },
    { labels: { __name__: "inspan_service_ready_duration_seconds", inspan_service: "web" }, samples: [[now - 30_000, 1.25]] },
  ]);
});
after(async () => { await engine.stop(); });

test("inspan metrics finds the worktree's engine, and shows values, ranges and what exists", async () => {
  const value = await inspan("metrics", "sum by(code)(increase(http_requests_total[30s]))", "--json");
  assert.equal(value.code, 0, value.stderr);
  const output = JSON.parse(value.stdout) as { series: { labels: unknown; points: [number, number][] }[]; source: { kind: string }; total: number };
  assert.equal(output.source.kind, "engine");
  assert.deepEqual(output.series.map(({ labels }) => labels).sort(), [{ code: "200" }, { code: "500" }]);
  const range = await inspan("metrics", "http_requests_total", "--range", "1m", "--step", "10s");
  assert.match(range.stdout, /SERIES +MIN +MAX +LAST/);
  assert.match(range.stdout, /[▁▂▃▄▅▆▇█]/);
  const nothing = await inspan("metrics", "http_request_count{job=\"api\"}");
  assert.match(nothing.stdout, /Nothing matches http_request_count.*\nMetrics: http_requests_total inspan_service_ready_duration_seconds\nLabels: code inspan_service job/);
  const wrong = await inspan("metrics", "sum(http_requests_total", "--json");
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /1:24: parse error: unclosed left parenthesis, expected "\)"/);
});

test("inspan assert passes, fails with the offending series and the next query, and never passes on nothing", async () => {
  writeFileSync(join(engine.home, "assertions.yaml"), [
    "- { id: start, startup: web, max: 800ms }", "- { id: errors, promql: 'sum by(job)(increase(http_requests_total{code=\"500\"}[1m]))', is: '< 1000' }",
    "- { id: traffic, promql: 'http_requests_total', is: '> 100' }", "- { id: nothing, promql: 'absent_metric', is: '== 0' }", "- { id: broken, promql: 'sum(', is: '== 0' }",
    "- { id: silent, promql: 'absent_metric or vector(0)', is: '== 0' }",
    "- { id: constant, promql: 'vector(1)', is: '== 1' }",
    "- { id: absence, promql: 'absent(absent_metric)', is: '== 1' }",
    "- { id: fallback, promql: 'sum(http_requests_total{code=\"777\"}) or sum(http_requests_total) * 0 or vector(0)', is: '== 0' }",
  ].join("\n"));
  const ran = await inspan("assert", "assertions.yaml", "--json");
  assert.equal(ran.code, 1, ran.stderr);
  const { assertions } = JSON.parse(ran.stdout) as {
    assertions: {
      id: string;
      kind: string;
      status: string;
      value: number | null;
      limit: number;
      evidence: { labels: unknown; value: number; next: string }[];
      reason?: string;
    }[];
  };
  assert.deepEqual(assertions.map(({ id, kind, status }) => [id, kind, status]), [["start", "startup", "fail"], ["errors", "promql", "pass"], ["traffic", "promql", "fail"], ["nothing", "promql", "no-evidence"], ["broken", "promql", "fail"],
    ["silent", "promql", "no-evidence"], ["constant", "promql", "no-evidence"], ["absence", "promql", "pass"], ["fallback", "promql", "pass"]]);
  assert.deepEqual([assertions[0]?.value, assertions[0]?.limit], [1.25, 0.8]);
  assert.deepEqual(
    assertions[2]?.evidence.map(({ labels, next }) => [labels, next]),
    [[{ __name__: "http_requests_total", job: "api", code: "500" }, "inspan metrics 'http_requests_total' --range 1h"]],
  );
  assert.match(assertions[4]?.reason ?? "", /parse error/);
  const text = await inspan("assert", "assertions.yaml");
  assert.match(text.stdout, /FAIL {2}start: 1\.25, expected <= 0\.8[^]*NO EVIDENCE {2}nothing: the query answered nothing/);
});

test("inspan assert reads inspan.yaml, and a passing list ends with 0", async () => {
  writeFileSync(join(engine.home, "inspan.yaml"), "version: 1\nassertions:\n  - { id: start, startup: web, max: 2s }\n");
  const ran = await inspan("assert");
  assert.equal(ran.code, 0, ran.stderr);
  assert.equal(ran.stdout, "ok  start: 1.25, expected <= 2\n");
  writeFileSync(join(engine.home, "inspan.yaml"), "version: 1\nassertions:\n  - { id: start, startup: web, max: soon }\n");
  assert.equal((await inspan("assert")).code, 2);
});

test("rules of inspan.yaml run in the engine, and an incident becomes a rule with a test", async () => {
  mkdirSync(join(engine.home, "monitoring"), { recursive: true });
  writeFileSync(
    join(engine.home, "monitoring", "rules.yml"),
    'groups:\n  - name: api\n    rules:\n      - alert: ManyErrors\n        expr: sum by(job)(rate(errors_total[2m])) > 1\n        for: 2m\n        labels: { severity: page }\n        annotations: { summary: "{{ $labels.job }} fails" }\n',
  );
  const testFile = (alerts: string) =>
    `rule_files: [rules.yml]\nevaluation_interval: 1m\ntests:\n  - name: an outage\n    interval: 1m\n    input_series: [{ series: 'errors_total{job="api"}', values: '0+120x10' }]\n    alert_rule_test:\n      - { eval_time: 2m, alertname: ManyErrors, exp_alerts: [] }\n      - { eval_time: 5m, alertname: ManyErrors, exp_alerts: ${alerts} }\n    promql_expr_test:\n      - { expr: 'sum(errors_total)', eval_time: 5m, exp_samples: [{ value: 600, labels: '{}' }] }\n`;
  writeFileSync(join(engine.home, "monitoring", "good.yml"), testFile("[{ exp_labels: { job: api, severity: page }, exp_annotations: { summary: api fails } }]"));
  writeFileSync(join(engine.home, "monitoring", "bad.yml"), testFile("[]"));
  const good = await inspan("telemetry", "rules", "test", "monitoring/good.yml");
  assert.deepEqual([good.code, good.stdout], [0, "ok: 3 expectations\n"], good.stderr);
  const bad = await inspan("telemetry", "rules", "test", "monitoring/bad.yml");
  assert.equal(bad.code, 1);
  assert.match(bad.stdout, /an outage, alert ManyErrors at 5m: expected no alert, got \{alertname="ManyErrors", job="api", severity="page"\}/);
  writeFileSync(join(engine.home, "inspan.yaml"), "version: 1\ntelemetry:\n  rules: [monitoring/rules.yml]\n");
  const configured = await inspan("telemetry", "configure");
  assert.deepEqual([configured.code, configured.stdout], [0, "The engine scrapes 0 targets and evaluates 1 rule.\n"], configured.stderr);
});

test("a dashboard's queries are checked against what is emitted", async () => {
  const panel = (title: string, expr: string) => ({ title, targets: [{ expr, datasource: { type: "prometheus" } }] });
  writeFileSync(
    join(engine.home, "dashboard.json"),
    JSON.stringify({
      panels: [
        panel("Requests", 'sum(rate(http_requests_total{job="$job"}[$__rate_interval]))'),
        { type: "row", panels: [panel("Gone", "http_latency_seconds"), panel("Wrong", "sum(")] },
      ],
    }),
  );
  const ran = await inspan("telemetry", "dashboards", "check", "dashboard.json", "--json");
  assert.equal(ran.code, 1, ran.stderr);
  assert.deepEqual(
    (JSON.parse(ran.stdout) as { queries: { panel: string; status: string }[] }).queries.map(({ panel: title, status }) => [title, status]),
    [
      ["Requests", "ok"],
      ["Gone", "empty"],
      ["Wrong", "broken"],
    ],
  );
});
