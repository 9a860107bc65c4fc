// Assertions on lines, spans and journeys, two runs compared, and the same commands against servers elsewhere: as a person types them.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { startTestEngine, type TestEngine } from "../telemetry/engine.ts";

const launcher = fileURLToPath(new URL("../../bin/inspan.js", import.meta.url));
const now = Date.now();
const ns = (ago: number): string => String(BigInt(now - ago) * 1_000_000n);
let engine: TestEngine;

interface Ran { readonly code: number | null; readonly stdout: string; readonly stderr: string }

function inspan(args: readonly string[], options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {}): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [launcher, ...args], {
      cwd: options.cwd ?? engine.home,
      env: { ...process.env, INSPAN_HOME: join(engine.home, "state"), ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "", stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => { stdout += text; });
    child.stderr.setEncoding("utf8").on("data", (text: string) => { stderr += text; });
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

/** Two runs of one shop: the commit a1 ten minutes ago, the commit b2 now, slower and with another line. */
async function sendRun(commit: string, ago: number, options: { readonly ms: number; readonly line: string }): Promise<void> {
  const resource = { attributes: [{ key: "service.name", value: { stringValue: "shop" } }, { key: "vcs.ref.head.revision", value: { stringValue: commit } }] };
  const spans = Array.from({ length: 4 }, (_, index) => [1, 2].map((part) => ({
    traceId: `${commit}${index}`.padEnd(32, "0"),
    spanId: `${part}${commit}${index}`.padEnd(16, "0"),
    ...(part === 2 ? { parentSpanId: `1${commit}${index}`.padEnd(16, "0") } : {}),
    name: part === 1 ? "POST /pay" : "charge card",
    kind: 2, startTimeUnixNano: ns(ago), endTimeUnixNano: ns(ago - (part === 1 ? options.ms + 20 : options.ms)),
  }))).flat();
  const logs = Array.from({ length: 4 }, (_, index) => ({
    timeUnixNano: ns(ago - index),
    body: { stringValue: options.line },
    attributes: [{ key: "attempt", value: { intValue: String(index) } }],
  }));
  for (const [path, document] of [
    ["traces", { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] }],
    ["logs", { resourceLogs: [{ resource, scopeLogs: [{ logRecords: logs }] }] }],
  ] as const) {
    const sent = await engine.call(`/v1/${path}`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(document) });
    assert.equal(sent.status, 200, sent.text);
  }
}

before(async () => {
  engine = await startTestEngine();
  await sendRun("a1", 600_000, { ms: 100, line: "card charged" });
  await sendRun("b2", 10_000, { ms: 3000, line: "card declined by the bank" });
  await engine.write([{ labels: { __name__: "pay_total", job: "shop" }, samples: [[now - 20_000, 1], [now - 5000, 9]] }]);
});
after(async () => { await engine.stop(); });

test("assertions on lines, spans and journeys pass, fail with what offends, and prove nothing by silence", async () => {
  writeFileSync(join(engine.home, "assertions.yaml"), [
    `- { id: charged, logql: 'sum(count_over_time({service_name="shop"} |= "charged" [1h]))', is: '>= 4' }`,
    `- { id: declined, logql: 'sum(count_over_time({service_name="shop"} |= "declined" [1h])) or vector(0)', is: '== 0' }`,
    `- { id: quiet, logql: 'sum(count_over_time({service_name="shop"} |= "panic" [1h])) or vector(0)', is: '== 0' }`,
    `- { id: silent, logql: 'sum(count_over_time({service_name="nobody"} |= "panic" [1h])) or vector(0)', is: '== 0' }`,
    `- { id: card, traceql: '{ name = "charge card" }', max: 2s }`,
    `- { id: absent, traceql: '{ name = "refund" }', max: 2s }`,
    `- { id: root, traceql: '{ name = "POST /pay" }', max: 1m }`,
    `- { id: pay, journey: POST /pay, max: 2s }`,
    `- { id: calm, journey: POST /pay, max: 1m }`,
    `- { id: both, journey: [POST /pay, GET /cart], max: 1m }`,
    `- { id: wrong, traceql: '{ name = }', max: 1s }`,
  ].join("\n"));
  const ran = await inspan(["assert", "assertions.yaml", "--json"]);
  assert.equal(ran.code, 1, ran.stderr);
  const { assertions } = JSON.parse(ran.stdout) as {
    assertions: {
      id: string;
      status: string;
      value: number;
      reason?: string;
      lines?: string[];
      evidence: { labels: Record<string, string>; value: number; next: string }[];
    }[];
  };
  const by = new Map(assertions.map((one) => [one.id, one]));
  assert.deepEqual(
    assertions.map(({ id, status }) => `${id} ${status}`),
    [
      "charged pass",
      "declined fail",
      "quiet pass",
      "silent no-evidence",
      "card fail",
      "absent no-evidence",
      "root pass",
      "pay fail",
      "calm pass",
      "both no-evidence",
      "wrong fail",
    ],
  );
  assert.deepEqual(by.get("declined")?.lines, [3, 2, 1, 0].map((attempt) => `card declined by the bank attempt="${attempt}"`));
  assert.equal(by.get("declined")?.evidence[0]?.next, `inspan logs '{service_name="shop"} |= "declined"' --since 1h`);
  assert.equal(by.get("silent")?.reason, 'there is no line at all of {service_name="nobody"} within 1h');
  assert.deepEqual(by.get("card")?.evidence.map(({ labels, value }) => [labels["name"], value]), Array.from({ length: 4 }, () => ["charge card", 3]));
  assert.deepEqual([...new Set(by.get("pay")?.evidence.map(({ labels }) => labels["name"]))].sort(), ["POST /pay", "charge card"]);
  assert.equal(by.get("both")?.reason, 'no trace begins with "GET /cart" within 1h');
  assert.match(by.get("wrong")?.reason ?? "", /^Cannot answer "\{ name = \}": .* line 1, col 10: syntax error: unexpected \}/);
  const trace = await inspan((by.get("card")?.evidence[0]?.next ?? "").split(" ").slice(1));
  assert.match(trace.stdout, /POST \/pay[^]*charge card/);
  assert.match(
    (await inspan(["assert", "assertions.yaml"])).stdout,
    /FAIL {2}declined: 4, expected == 0[^]*\| card declined by the bank attempt="\d"[^]*Next: (?:.*)logs '\{service_name="shop"\} \|= "declined"'/,
  );
});

test("two runs are compared by their windows, their commits, and their worktrees", async () => {
  const seen = async (...args: readonly string[]) => {
    const ran = await inspan(["diff-signals", ...args, "--json"]);
    assert.equal(ran.code, 0, ran.stderr);
    const diff = JSON.parse(ran.stdout) as {
      patterns: { name: string; change: string }[];
      spans: { name: string; change: string; before?: { p50Ms: number }; after?: { p50Ms: number } }[];
    };
    return {
      patterns: diff.patterns.map(({ name, change }) => `${change} ${name}`),
      spans: diff.spans.map(({ name, change, before: was, after: is }) => `${change} ${name} ${was?.p50Ms} ${is?.p50Ms}`),
    };
  };
  const expected = { patterns: ["new card declined by the bank", "gone card charged"], spans: ["changed shop POST /pay 120 3020", "changed shop charge card 100 3000"] };
  assert.deepEqual(await seen("vcs.ref.head.revision=a1", "vcs.ref.head.revision=b2"), expected);
  assert.deepEqual(await seen("now-15m..now-5m", "now-5m..now"), expected);
  const other = await startTestEngine();
  try {
    const document = {
      resourceLogs: [
        {
          resource: { attributes: [{ key: "service.name", value: { stringValue: "shop" } }] },
          scopeLogs: [{ logRecords: Array.from({ length: 4 }, () => ({ timeUnixNano: ns(5000), body: { stringValue: "another tree" } })) }],
        },
      ],
    };
    await other.call("/v1/logs", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(document) });
    const trees = await seen("now-15m..now", "now-15m..now", "--before-url", engine.url, "--after-url", other.url);
    assert.deepEqual(trees.patterns, ["new another tree", "gone card charged", "gone card declined by the bank"]);
  } finally { await other.stop(); }
  const empty = await inspan(["diff-signals", "now-2d..now-1d", "now-5m..now"]);
  assert.deepEqual([empty.code, /has neither lines nor spans/.test(empty.stderr)], [2, true], empty.stderr);
});

/** A Prometheus, a Loki and a Tempo elsewhere that want to know who asks; each under a path of its own. */
async function startGate(seen: string[]): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createServer((request, response) => {
    const [, which = "", path = ""] = /^\/(prometheus|loki|tempo)(\/.*)$/.exec(request.url ?? "") ?? [];
    seen.push(`${which} ${request.headers.authorization ?? "nobody"} ${request.headers["x-scope-orgid"] ?? "no tenant"}`);
    if (request.headers.authorization !== "Bearer the-secret") { response.writeHead(401, { "content-type": "text/plain" }).end("no credentials"); return; }
    void engine.call(path).then((answer) => { response.writeHead(answer.status, { "content-type": "application/json" }).end(answer.text); });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }; // a TCP server's address
}

test("telemetry.remote sends the same commands to servers elsewhere, with tenant and token; --url asks one for once", async () => {
  const seen: string[] = [];
  const gate = await startGate(seen);
  const cwd = join(engine.home, "elsewhere");
  mkdirSync(join(cwd, ".git"), { recursive: true });
  writeFileSync(join(cwd, "inspan.yaml"), `version: 1
telemetry: { remote: { metrics: "${gate.url}/prometheus", logs: "${gate.url}/loki/", traces: "${gate.url}/tempo", headers: { X-Scope-OrgID: trees }, tokenEnv: GATE_TOKEN } }
assertions: [{ id: card, traceql: '{ name = "charge card" }', max: 1m }, { id: paid, promql: 'pay_total', is: "> 0" }]
`);
  try {
    const env = { GATE_TOKEN: "the-secret" };
    const ask = async (...args: readonly string[]) => { const ran = await inspan(args, { cwd, env }); assert.equal(ran.code, 0, ran.stderr); return ran.stdout; };
    assert.match(await ask("metrics", "pay_total"), /job="shop"\} +9/);
    assert.match(await ask("logs", '{service_name="shop"} |= "declined"'), /card declined by the bank/);
    assert.match(await ask("traces", '{ name = "charge card" && duration > 2s }'), /POST \/pay/);
    assert.match(await ask("assert"), /ok {2}card: 3,[^]*ok {2}paid: 9/);
    assert.deepEqual([...new Set(seen)].sort(), ["loki", "prometheus", "tempo"].map((name) => `${name} Bearer the-secret trees`));
    const without = await inspan(["metrics", "pay_total"], { cwd });
    assert.deepEqual([without.code, /GATE_TOKEN is not set/.test(without.stderr)], [2, true], without.stderr);
    const wrong = await inspan(["metrics", "pay_total"], { cwd, env: { GATE_TOKEN: "another" } });
    assert.deepEqual([wrong.code === 0, /no credentials/.test(wrong.stderr)], [false, true], wrong.stderr);
    const bare = join(engine.home, "bare");
    mkdirSync(join(bare, ".git"), { recursive: true });
    assert.notEqual((await inspan(["metrics", "pay_total"], { cwd: bare })).code, 0, "nothing runs in that worktree");
    assert.match((await inspan(["metrics", "pay_total", "--url", engine.url], { cwd: bare })).stdout, /job="shop"\} +9/);
    assert.match((await inspan(["logs", '{service_name="shop"}', "--url", `${engine.url}/`], { cwd: bare })).stdout, /card charged/);
    const dead = await inspan(["traces", "{ }", "--url", "http://127.0.0.1:9"], { cwd: bare });
    assert.deepEqual([dead.code, /Cannot ask "http:\/\/127\.0\.0\.1:9"/.test(dead.stderr)], [3, true], dead.stderr);
  } finally { gate.server.close(); gate.server.closeAllConnections(); }
});
