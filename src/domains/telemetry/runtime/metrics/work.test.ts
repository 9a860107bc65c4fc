// Scraping and rules in a real engine against a real page of metrics.
import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { after, before, test } from "node:test";
import { startTestEngine, type TestEngine } from "../../../../../test/telemetry/engine.ts";

let engine: TestEngine;
let page = "";
let target: Server;
let waiting: (() => void)[] = [];
let port = 0;
before(async () => {
  engine = await startTestEngine();
  target = createServer((_request, response) => {
    response.writeHead(page === "" ? 500 : 200, { "content-type": "text/plain; version=0.0.4" }).end(page);
    for (const wake of waiting.splice(0)) wake();
  });
  await new Promise<void>((done) => target.listen(0, "127.0.0.1", done));
  const address = target.address();
  port = typeof address === "object" && address !== null ? address.port : 0;
});
after(async () => { await engine.stop(); target.closeAllConnections(); target.close(); });

/** Two more requests: the page of the first of them is stored when the second comes. */
async function scraped(): Promise<void> {
  for (let count = 0; count < 2; count++) await new Promise<void>((done) => waiting.push(done));
}

async function value(query: string): Promise<string | undefined> {
  const { data } = await engine.api("query", { query });
  return (data as { result: { value: [number, string] }[] }).result[0]?.value[1];
}

const configure = (document: unknown) => engine.call("/inspan/v1/metrics", { method: "PUT", body: JSON.stringify(document) });

test("a page is scraped with job, instance and up; what leaves the page ends at once; a dead target is down", async () => {
  page = '# TYPE hits_total counter\n# HELP hits_total Hits\nhits_total{code="200",job="mine"} 7\nleaving 1\n';
  assert.equal((await configure({ scrape: [{ job: "app", url: `http://127.0.0.1:${port}/metrics`, intervalMs: 100, labels: { env: "dev" } }] })).status, 200);
  await scraped();
  assert.equal(await value(`hits_total{job="app",instance="127.0.0.1:${port}",env="dev",exported_job="mine",code="200"}`), "7");
  assert.equal(await value("up"), "1");
  assert.equal(await value("leaving"), "1");
  assert.equal(await value("scrape_samples_scraped"), "2");
  page = "hits_total 8\n";
  await scraped();
  assert.equal(await value("leaving"), undefined);
  assert.equal(await value("hits_total"), "8");
  page = "this is { no page\n";
  await scraped();
  assert.equal(await value("up"), "0");
  page = "";
  await scraped();
  assert.equal(await value("up"), "0");
  assert.equal(await value("hits_total"), undefined);
  const { data } = await engine.api("targets", {});
  const [{ health, lastError } = { health: "", lastError: "" }] = (data as { activeTargets: { health: string; lastError: string }[] }).activeTargets;
  assert.deepEqual([health, lastError], ["down", "server returned HTTP status 500"]);
  assert.equal((await configure({ scrape: [] })).status, 200);
});

test("rules record and alert on the engine's own data; broken ones are refused with their place", async () => {
  const now = Date.now();
  await engine.write([{ labels: { __name__: "errors", job: "api" }, samples: [[now - 1000, 5]] }]);
  const groups = [
    {
      name: "g",
      interval: "1h",
      rules: [
        { record: "job:errors:sum", expr: "sum by(job)(errors)", labels: { team: "a" } },
        { alert: "Errors", expr: "errors > 3", labels: { severity: "page" }, annotations: { summary: "{{ $labels.job }} has {{ $value }}" } },
      ],
    },
  ];
  const answer = await configure({ rules: [{ file: "rules.yml", groups }] });
  assert.equal(answer.status, 200, answer.text);
  assert.equal((await engine.call("/inspan/v1/metrics/evaluate-rules", { method: "POST" })).status, 204);
  assert.equal(await value('job:errors:sum{team="a",job="api"}'), "5");
  assert.equal(await value('ALERTS{alertname="Errors",alertstate="firing",severity="page",job="api"}'), "1");
  const alerts = (await engine.api("alerts", {})).data as { alerts: { annotations: unknown; state: string }[] };
  assert.deepEqual(alerts.alerts.map(({ annotations, state }) => [annotations, state]), [[{ summary: "api has 5" }, "firing"]]);
  const rules = (await engine.api("rules", {})).data as { groups: { rules: { name: string; health: string }[] }[] };
  assert.deepEqual(rules.groups[0]?.rules.map(({ name, health }) => [name, health]), [["job:errors:sum", "ok"], ["Errors", "ok"]]);
  const broken = await configure({ rules: [{ file: "rules.yml", groups: [{ name: "g", rules: [{ alert: "A", expr: "sum(" }] }] }] });
  assert.equal(broken.status, 400);
  assert.match(broken.text, /rules\.yml: group g, rule 1 A: 1:5: parse error: unclosed left parenthesis/);
});
