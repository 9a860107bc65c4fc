// Cases of our own in Prometheus' notation, written from its documentation: they run where nobody has put Prometheus' own files.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runScript } from "./run.ts";

function passes(name: string, script: string): void {
  test(name, () => {
    const wrong = runScript(script, () => 0).filter(({ status }) => status !== "passed");
    assert.deepEqual(wrong.map(({ line, query, reason }) => `${line}: ${query}: ${reason}`), []);
  });
}

passes("windows are open on the left, rates are extrapolated, resets are added", `
load 10s
  c_total{job="a"} 0+10x12
  r_total 0 10 20 5 15 25
eval instant at 60s rate(c_total[1m])
  {job="a"} 1
eval instant at 60s count_over_time(c_total[1m])
  {job="a"} 6
eval instant at 50s increase(r_total[50s])
  {} 43.75
eval instant at 60s sum by (job) (rate(c_total[30s] offset 30s))
  {job="a"} 1
`);

passes("stale markers end a series, absent samples do not within five minutes", `
load 1m
  gone 1 2 stale
  quiet 1 _ _ _ _ _ _
eval instant at 2m gone
eval instant at 1m gone
  gone 2
eval instant at 4m quiet
  quiet 1
eval instant at 5m quiet
eval instant at 5m absent(quiet)
  {} 1
`);

passes("series are matched by labels; what is ambiguous fails", `
load 1m
  errors{job="a",code="500"} 2
  errors{job="b",code="500"} 3
  requests{job="a"} 10
  requests{job="b"} 30
eval instant at 0 errors / on(job) requests
  {job="a"} 0.2
  {job="b"} 0.1
eval instant at 0 errors / on(job) group_left requests
  {job="a",code="500"} 0.2
  {job="b",code="500"} 0.1
eval instant at 0 requests > 20
  requests{job="b"} 30
eval instant at 0 requests > bool 20
  {job="a"} 0
  {job="b"} 1
eval instant at 0 requests unless on(job) errors{job="a"}
  requests{job="b"} 30
eval instant at 0 sum(requests) / on() errors
  expect fail regex: found duplicate series for the match group
`);

passes("classic and native histograms give quantiles; a bound cuts them", `
load 1m
  h_bucket{le="1"} 10
  h_bucket{le="2"} 30
  h_bucket{le="+Inf"} 40
  n {{schema:0 sum:5 count:4 buckets:[1 2 1]}}
eval instant at 0 histogram_quantile(0.5, h_bucket)
  {} 1.5
eval instant at 0 histogram_quantile(0.99, h_bucket)
  {} 2
eval instant at 0 histogram_quantile(0.5, n)
  {} 1.414213562373095
eval instant at 0 histogram_count(n </ 1)
  {} 1
eval instant at 0 histogram_count(n >/ 2)
  {} 1
eval instant at 0 n + 1
  expect info msg: PromQL info: incompatible sample types encountered for binary operator "+": histogram + float (1:1)
`);

passes("subqueries, @ and negative offsets look where they say", `
load 10s
  x 0+1x30
eval instant at 100s max_over_time(x[30s:10s])
  {} 10
eval instant at 100s x @ 50
  x 5
eval instant at 100s x offset -50s
  x 15
eval range from 0 to 60s step 30s x @ end()
  x 6 6 6
eval range from 0 to 60s step 30s avg_over_time(x[20s])
  {} 0 2.5 5.5
`);

passes("large and small numbers add up", `
load 1m
  v{n="1"} 1e100
  v{n="2"} 1
  v{n="3"} -1e100
  big{n="1"} 1.7e308
  big{n="2"} 1.7e308
eval instant at 0 sum(v)
  {} 1
eval instant at 0 avg(big)
  {} 1.7e308
`);

passes("the bounds of a query are those that were asked for, also where no step meets its end", `
load 5s
  x 0+1x30
eval range from 0 to 25s step 10s x @ end()
  x 5 5 5
eval range from 10s to 35s step 10s range() + step() + start() + end()
  {} 80 80 80
eval range from 10s to 30s step 10s max_over_time(vector(step())[10s:5s])
  {} 10 10 10
eval instant at 20s end() - step() - range()
  20
eval instant at 20s min_of(3, max_of(1, 2))
  2
`);
